//! The JSON Schema (draft-07) of scenario files, for editors.
//!
//! What stands in an event is the events' own schema; here its form is looked at and its kinds are offered.

use serde_json::{Map, Value, json};

use crate::domain::FactKind;

/// The schema: `# yaml-language-server: $schema=../schema/scenario.json`.
pub fn scenario_schema() -> Value {
    let text = || json!({ "type": "string", "minLength": 1 });
    let texts = || json!({ "type": "array", "items": text() });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "scenario.json",
        "title": "A relance scenario",
        "description": "A story in, a timeline out: events with dates, and what relance must do.",
        "type": "object",
        "additionalProperties": false,
        "required": ["scenario", "events", "expect"],
        "properties": {
            "scenario": about(text(), "What the story is about.", "Paid late, after the first reminder"),
            "workflow": about(text(), "The workflow, by its name or by a path from this file.", "fr-b2b"),
            "workflows": about(texts(), "Several workflows, instead of `workflow`.", "[fr-b2b, fr-b2c]"),
            "until": about(day(), "The last day that is simulated.", "2026-05-31"),
            "assume": about(texts(), "Proofs taken to come where no event says so.", "[first_presented=3bd]"),
            "currency": about(json!({ "type": "string", "pattern": "^[A-Z]{3}$" }), "Of events that write none.", "EUR"),
            "creditor": about(json!({ "type": "object" }), "What differs from the stock creditor `C-1`.", "{ name: Atelier Martin }"),
            "debtors": about(
                json!({ "type": "array", "items": { "type": "object" } }),
                "What differs from the stock debtor `D-1`; one item a debtor.",
                "[{ debtor: D-1, kind: business }]",
            ),
            "events": about(json!({ "type": "array", "items": event() }), "What happens, each with its moment.", "[{ at: 2026-04-08 14:30, payment.upserted: { payment: P-1, amount: 1200.00 } }]"),
            "expect": about(json!({ "type": "string" }), "The timeline that must come out, as `relance simulate` prints it; `relance test --bless` writes it.", "|"),
        },
    })
}

fn event() -> Value {
    let mut properties = Map::new();
    properties.insert(
        "at".into(),
        about(
            json!({ "type": "string" }),
            "When it becomes known: a day, a day and a time in the workflow's zone, or an instant.",
            "2026-04-08 14:30",
        ),
    );
    for kind in FactKind::ALL {
        let meaning = format!("The data of a `{kind}` event; what is left out is filled in.");
        properties.insert(kind.as_str().to_owned(), about(json!({ "type": "object" }), &meaning, "{ … }"));
    }
    for (name, schema, meaning, example) in [
        ("id", json!({ "type": "string" }), "The event's own id, where it matters.", "evt-7"),
        ("sequence", json!({ "type": "integer" }), "Orders versions when the times are the same.", "2"),
        ("creditor", json!({ "type": "string" }), "Another creditor than `C-1`.", "C-2"),
        ("specversion", json!({ "const": "1.0" }), "A whole CloudEvents event is taken as it is.", "\"1.0\""),
        ("source", json!({ "type": "string" }), "Of a whole event: the system that publishes.", "/books"),
        ("type", json!({ "type": "string" }), "Of a whole event: what kind it is.", "invoice.upserted"),
        ("time", json!({ "type": "string" }), "Of a whole event: when it happened.", "2026-03-02T09:30:00+01:00"),
        ("data", json!({ "type": "object" }), "Of a whole event: the state of its thing.", "{ … }"),
    ] {
        properties.insert(name.to_owned(), about(schema, meaning, example));
    }
    json!({
        "type": "object",
        "properties": properties,
        "anyOf": [{ "required": ["specversion"] }, { "required": ["at"] }],
        "additionalProperties": false,
    })
}

fn day() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
}

fn about(mut schema: Value, meaning: &str, example: &str) -> Value {
    schema["description"] = meaning.into();
    schema["markdownDescription"] = format!("{meaning}\n\nExample: `{example}`").into();
    schema
}
