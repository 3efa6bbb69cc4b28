//! The JSON Schema (draft-07) of workflow files, made from the tables the reader reads by.

mod hover;
mod reference;

use serde_json::{Map, Value, json};

use super::keys::{COUNT_MAX, LIST_ITEMS_MAX, SCHEDULE, Table, Takes, WORKFLOW};

pub use reference::language_reference;

/// The schema, for editors: `# yaml-language-server: $schema=schema/workflow.json`.
pub fn workflow_schema() -> Value {
    let mut schema = keys(&WORKFLOW);
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "workflow.json",
        "title": "A relance workflow",
        "description": "An escalation policy: steps anchored on the due date, read from top to bottom.",
    });
    let (Value::Object(head), Value::Object(body)) = (head, &mut schema) else { return schema };
    head.into_iter().chain(std::mem::take(body)).collect::<Map<_, _>>().into()
}

/// The schema of `schedules:` in `relance.yaml`.
pub fn schedules_schema() -> Value {
    const SCHEDULES: Takes = Takes::List(&Takes::Keys(&SCHEDULE));
    let mut schema = takes(&SCHEDULES);
    let (about, example) = ("Periodic mails about all of a creditor's claims.", hover::schedule());
    schema["description"] = about.into();
    schema["markdownDescription"] = format!("{about}\n\n```yaml\nschedules:\n  - {example}\n```").into();
    schema
}

fn keys(table: &Table) -> Value {
    let properties: Map<_, _> = table
        .keys
        .iter()
        .map(|key| {
            let mut value = takes(&key.takes);
            if let Value::Object(fields) = &mut value {
                fields.insert("description".into(), key.about.into());
                let hover = format!("{}\n\n```yaml\n{}\n```", key.about, hover::example(key));
                fields.insert("markdownDescription".into(), hover.into());
                if let Some(snippets) = hover::snippets(key.name) {
                    fields.insert("defaultSnippets".into(), snippets);
                }
            }
            (key.name.to_owned(), value)
        })
        .collect();
    let required: Vec<_> = table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if let (Value::Object(fields), false) = (&mut schema, required.is_empty()) {
        fields.insert("required".into(), required.into());
    }
    schema
}

fn takes(what: &Takes) -> Value {
    const DURATION: &str = "[0-9]+ ((business |working )?days?|weeks?|months?)";
    match what {
        Takes::Edition => json!({ "const": 1 }),
        Takes::Text | Takes::Zone => json!({ "type": "string", "minLength": 1 }),
        Takes::Cron => json!({
            "type": "string", "pattern": "^\\S+( +\\S+){4}$", "examples": ["0 8 * * mon", "15 2 * * *"],
        }),
        Takes::Word => json!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$" }),
        Takes::Number => json!({ "type": "number", "minimum": 0 }),
        Takes::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Duration => {
            json!({ "type": "string", "pattern": format!("^{DURATION}$"), "examples": ["3 business days"] })
        }
        Takes::Deadline => {
            let pattern = format!("^{DURATION} after ({})$", super::keys::PROOFS.join("|"));
            json!({ "type": "string", "pattern": pattern, "examples": ["15 days after first_presented"] })
        }
        Takes::Condition => json!({ "type": ["string", "boolean"], "examples": ["balance >= 500 and not disputed"] }),
        Takes::Hours => json!({ "type": "string", "pattern": "^[0-2]?[0-9]:[0-5][0-9] ?- ?[0-2]?[0-9]:[0-5][0-9]$" }),
        Takes::OneOf(known) => {
            let meanings: Vec<_> = known.iter().map(|word| hover::meaning(word)).collect();
            json!({ "enum": known, "enumDescriptions": meanings })
        }
        Takes::List(item) => {
            json!({ "type": "array", "items": takes(item), "minItems": 1, "maxItems": LIST_ITEMS_MAX })
        }
        Takes::Keys(table) => keys(table),
        Takes::Named(value) => {
            let mut value = takes(value);
            value["description"] = "A name of your own, and what it stands for.".into();
            json!({ "type": "object", "additionalProperties": value, "maxProperties": COUNT_MAX })
        }
        Takes::Weekdays(value) => {
            let day = "(mon|tue|wed|thu|fri|sat|sun)";
            let mut value = takes(value);
            value["description"] = "The hours of a weekday or of a range, `mon-fri`; the end is outside.".into();
            // Named as well as matched: editors offer what is named.
            let offered = ["mon-fri", "sat", "sun", "mon", "tue", "wed", "thu", "fri"];
            let named: Map<_, _> = offered.iter().map(|name| ((*name).to_owned(), value.clone())).collect();
            let matched = Map::from_iter([(format!("^{day}(-{day})?$"), value)]);
            json!({
                "type": "object", "additionalProperties": false, "minProperties": 1,
                "properties": named, "patternProperties": matched,
            })
        }
        Takes::Either(forms) => json!({ "anyOf": forms.iter().map(takes).collect::<Vec<_>>() }),
    }
}

#[cfg(test)]
mod tests;
