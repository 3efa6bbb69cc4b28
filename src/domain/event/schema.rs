//! The JSON Schema of events, from one table of fields.
//!
//! The table says what the readers beside it take; a test holds the two together, field by field. What a schema
//! cannot say (due before issue, allocations above the payment) only the readers refuse.

use serde_json::{Map, Value, json};

use super::closed::{Closed, ContactChannel};
use super::examples::{envelope_example, example, hover};
use super::fields_table::fields_of;
use super::scalar::{LIST_ITEMS_MAX, NOTE_CHARS_MAX, TEXT_CHARS_MAX};
use super::{FactKind, YEAR_MAX, YEAR_MIN};
use crate::domain::{
    AllocationRule, ApprovalAnswer, Channel, ChargePart, ContactRole, DebtorKind, DeliveryStatus, Direction,
    DisputeOutcome, ID_CHARS_MAX, InterruptionCause, PaidFirst, PaymentStatus,
};

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Id,
    Text,
    Note,
    Day,
    Instant,
    Amount,
    Positive,
    Decimal,
    Currency,
    Flag,
    Count,
    Uuid,
    Locale,
    Timezone,
    Country,
    Sha256,
    Words(Words),
    List(&'static Shape),
    Object(&'static [Row]),
}

/// Which closed list.
#[derive(Clone, Copy)]
pub(super) enum Words {
    DebtorKind,
    ContactRole,
    PaymentStatus,
    DisputeOutcome,
    ChargePart,
    InterruptionCause,
    AllocationRule,
    PaidFirst,
    Direction,
    ApprovalAnswer,
    ContactChannel,
    Channel,
    DeliveryStatus,
}

/// Whether a field may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Must,
    May,
}

/// One field: its name, whether it may be left out, what it holds, and what that means.
pub(super) struct Row(pub &'static str, pub Need, pub Shape, pub &'static str);

/// The JSON Schema (draft 7) of one structured event.
pub fn schema() -> Value {
    let kinds: Vec<&str> = FactKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let data_of = |kind: &FactKind| {
        json!({
            "if": {"properties": {"type": {"const": kind.as_str()}}},
            "then": {"properties": {"data": {"$ref": format!("#/definitions/{kind}")}}},
        })
    };
    let mut definitions = scalars();
    for kind in FactKind::ALL {
        definitions.insert(kind.as_str().to_owned(), object(fields_of(*kind)));
    }
    let mut properties = json!({
        "specversion": {"description": "The version of CloudEvents: 1.0.", "const": "1.0"},
        "id": described(reference("id"), "With source and creditor the identity of the event."),
        "source": described(reference("id"), "The system that publishes."),
        "type": {"description": "What kind of event it is; it decides what stands in data.", "enum": kinds},
        "time": described(reference("instant"), "When it happened; orders two versions of the same thing."),
        "creditor": described(reference("id"), "Whose claim it is."),
        "sequence": {
            "description": "Orders versions when time ties; absent is 0.",
            "anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^-?[0-9]{1,19}$"}, {"type": "null"}],
        },
        "data": {"description": "The whole current state of the thing.", "type": "object"},
    });
    for (name, value) in properties.as_object_mut().into_iter().flatten() {
        let meaning = value["description"].as_str().unwrap_or_default();
        value["markdownDescription"] = hover(meaning, name, envelope_example(name)).into();
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "An event that relance consumes: CloudEvents 1.0, structured mode",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "creditor", "data"],
        "properties": properties,
        "allOf": FactKind::ALL.iter().map(data_of).collect::<Vec<_>>(),
        "definitions": definitions,
    })
}

fn object(rows: &[Row]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for Row(name, need, shape, meaning) in rows {
        let mut value = match need {
            Need::Must => described(shape_schema(*shape), meaning),
            Need::May => json!({"description": meaning, "anyOf": [shape_schema(*shape), {"type": "null"}]}),
        };
        value["markdownDescription"] = hover(meaning, name, &example(name, *shape)).into();
        properties.insert((*name).to_owned(), value);
        if *need == Need::Must {
            required.push(*name);
        }
    }
    json!({"type": "object", "required": required, "properties": properties})
}

/// In draft 7 nothing beside a reference counts, so it goes one level down.
fn described(value: Value, meaning: &str) -> Value {
    json!({"description": meaning, "allOf": [value]})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/definitions/{name}")})
}

fn shape_schema(shape: Shape) -> Value {
    match shape {
        Shape::Id => reference("id"),
        Shape::Text => reference("text"),
        Shape::Note => reference("note"),
        Shape::Day => reference("day"),
        Shape::Instant => reference("instant"),
        Shape::Amount | Shape::Positive => reference("amount"),
        Shape::Decimal => reference("decimal"),
        Shape::Currency => reference("currency"),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Count => json!({"type": "integer", "minimum": 1}),
        Shape::Uuid => json!({"type": "string", "pattern": "^[0-9a-fA-F-]{32,36}$"}),
        Shape::Locale => {
            json!({"type": "string", "pattern": "^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$", "maxLength": 35})
        }
        Shape::Timezone => json!({"type": "string", "pattern": "^[A-Za-z0-9_+/-]+$"}),
        Shape::Country => json!({"type": "string", "pattern": "^([A-Z]{2})?$"}),
        Shape::Sha256 => json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}),
        Shape::Words(words) => json!({"enum": words_of(words)}),
        Shape::List(items) => json!({"type": "array", "maxItems": LIST_ITEMS_MAX, "items": shape_schema(*items)}),
        Shape::Object(rows) => object(rows),
    }
}

fn scalars() -> Map<String, Value> {
    let years = format!("Between the years {YEAR_MIN} and {YEAR_MAX}.");
    let number = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?$";
    let positive = r"^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?$";
    let scalars = [
        ("id", json!({"type": "string", "pattern": r"\S", "maxLength": ID_CHARS_MAX})),
        ("text", json!({"type": "string", "maxLength": TEXT_CHARS_MAX})),
        ("note", json!({"type": "string", "maxLength": NOTE_CHARS_MAX})),
        ("day", json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": years})),
        (
            "instant",
            json!({
                "type": "string",
                "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[-+][0-9]{2}:[0-9]{2})$",
                "description": format!("RFC 3339, with an offset; kept to the microsecond. {years}"),
            }),
        ),
        (
            "amount",
            json!({
                "description": "A decimal, zero or more, with no more decimals than its currency has.",
                "anyOf": [{"type": "string", "pattern": positive}, {"type": "number", "minimum": 0}],
            }),
        ),
        ("decimal", json!({"anyOf": [{"type": "string", "pattern": number}, {"type": "number"}]})),
        ("currency", json!({"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217."})),
    ];
    scalars.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

pub(super) fn words_of(words: Words) -> Vec<&'static str> {
    fn of<T: Closed>() -> Vec<&'static str> {
        T::WORDS.iter().map(|(word, _)| *word).collect()
    }
    match words {
        Words::DebtorKind => of::<DebtorKind>(),
        Words::ContactRole => of::<ContactRole>(),
        Words::PaymentStatus => of::<PaymentStatus>(),
        Words::DisputeOutcome => of::<DisputeOutcome>(),
        Words::ChargePart => of::<ChargePart>(),
        Words::InterruptionCause => of::<InterruptionCause>(),
        Words::AllocationRule => of::<AllocationRule>(),
        Words::PaidFirst => of::<PaidFirst>(),
        Words::Direction => of::<Direction>(),
        Words::ApprovalAnswer => of::<ApprovalAnswer>(),
        Words::ContactChannel => of::<ContactChannel>(),
        Words::Channel => of::<Channel>(),
        Words::DeliveryStatus => of::<DeliveryStatus>(),
    }
}
