//! The schemas that editors use: every shipped file fits its own, every key has a hover text and is offered, and what
//! lies under `workflows/schema` is what the program prints.

use std::collections::BTreeMap;

use relance::simulate::scenario;
use relance::workflow::{from_yaml, provider_schema, workflow_schema};
use serde_json::Value;

use super::shipped::{folder, yaml_files};

/// Every kind with its schema.
fn schemas() -> [(&'static str, Value); 8] {
    [
        ("workflow", workflow_schema()),
        ("provider", provider_schema()),
        ("event", relance::domain::event::schema()),
        ("config", relance::config::Settings::schema(relance::workflow::schedules_schema())),
        ("scenario", scenario::scenario_schema()),
        ("jurisdiction", relance::law::jurisdiction_schema()),
        ("calendar", relance::law::calendar_schema()),
        ("wording", relance::render::word_list_schema()),
    ]
}

#[test]
fn shipped_workflows_fit_the_schema() {
    let validator = jsonschema::validator_for(&workflow_schema()).unwrap();
    for file in yaml_files(&folder()) {
        // JSON has one kind of number; the reader takes decimals from their text.
        let value: Value = from_yaml(&file.name, &file.text.replace(".00", "")).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", file.name);
    }
}

#[test]
fn shipped_files_of_every_kind_fit_their_schemas_and_completion_offers_each_key() {
    let schemas: BTreeMap<_, _> = schemas().into();
    for (folder_name, kind, least) in [
        ("scenarios", "scenario", 20),
        ("jurisdictions", "jurisdiction", 100),
        ("calendars", "calendar", 100),
        ("providers", "provider", 80),
        ("wording", "wording", 100),
    ] {
        let schema = &schemas[kind];
        let validator = jsonschema::validator_for(schema).unwrap();
        let files = yaml_files(&folder().join(folder_name));
        let mut seen = 0;
        for file in &files {
            let value: Value = as_json(&file.text);
            let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert_eq!(errors, Vec::<String>::new(), "{}", file.name);
            // An unknown key would be underlined.
            let mut wrong = value.clone();
            wrong["no_such_key"] = Value::from(1);
            assert!(!validator.is_valid(&wrong), "{}", file.name);
            offered_everywhere(&value, &forms(schema, schema), schema, &file.name, &mut seen);
        }
        assert!(seen > least, "{kind}: {seen}");
    }
}

#[test]
fn completion_offers_every_setting() {
    let schema = relance::config::Settings::schema(relance::workflow::schedules_schema());
    for (name, _) in relance::config::Settings::KEYS {
        let (section, field) = name.split_once('.').unwrap();
        assert!(schema["properties"][section]["properties"][field].is_object(), "{name}");
    }
    assert!(schema["properties"]["schedules"]["items"]["properties"]["cron"].is_object());
}

/// A schema with every form it may take: references followed, alternatives and conjunctions beside each other.
fn forms<'s>(schema: &'s Value, root: &'s Value) -> Vec<&'s Value> {
    if let Some(name) = schema["$ref"].as_str() {
        return forms(root.pointer(name.trim_start_matches('#')).unwrap(), root);
    }
    let mut found = vec![schema];
    for key in ["anyOf", "allOf", "oneOf"] {
        let inner = schema[key].as_array().into_iter().flatten();
        found.extend(inner.flat_map(|form| forms(form, root)));
    }
    found
}

/// Every key of `value` is named by one of its schemas, where it is not a name of the writer's own.
fn offered_everywhere(value: &Value, schemas: &[&Value], root: &Value, path: &str, seen: &mut usize) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = format!("{path}.{key}");
                let named: Vec<&Value> = schemas
                    .iter()
                    .filter_map(|schema| schema["properties"].get(key))
                    .flat_map(|one| forms(one, root))
                    .collect();
                let own: Vec<&Value> = schemas
                    .iter()
                    .filter_map(|schema| schema.get("additionalProperties").filter(|one| one.is_object()))
                    .flat_map(|one| forms(one, root))
                    .collect();
                let is_free =
                    schemas.iter().any(|schema| schema["type"] == "object" && schema.get("properties").is_none());
                if named.is_empty()
                    && own.is_empty()
                    && (is_free || schemas.iter().all(|schema| schema.get("type").is_none()))
                {
                    continue;
                }
                assert!(!named.is_empty() || !own.is_empty(), "{path} is not offered");
                *seen += usize::from(!named.is_empty());
                offered_everywhere(value, if named.is_empty() { &own } else { &named }, root, &path, seen);
            }
        }
        Value::Array(items) => {
            let inner: Vec<&Value> =
                schemas.iter().filter_map(|schema| schema.get("items")).flat_map(|one| forms(one, root)).collect();
            items.iter().for_each(|item| offered_everywhere(item, &inner, root, path, seen));
        }
        _ => {}
    }
}

#[test]
fn every_property_of_every_schema_has_a_hover_text() {
    /// What it means, and how it might be written. Weekdays and half-years need no example.
    fn has_hover(value: &Value) -> bool {
        let text = |key: &str| value[key].as_str().unwrap_or_default();
        let shown = text("markdownDescription").strip_prefix(text("description")).unwrap_or_default();
        let is_weekday = text("description").starts_with("The hours of a weekday");
        !text("description").is_empty() && (is_weekday || shown.len() > "\n\nExample: ``".len())
    }
    fn walk(schema: &Value, path: &str, missing: &mut Vec<String>) {
        let Value::Object(fields) = schema else { return };
        for (key, value) in fields {
            let named = key == "properties" || key == "patternProperties";
            let inside_condition = path.contains("/if") || path.contains("/then") || path.contains("/allOf");
            if let (true, false, Value::Object(properties)) = (named, inside_condition, value) {
                let bare = properties.iter().filter(|(_, value)| !has_hover(value));
                missing.extend(bare.map(|(name, _)| format!("{path}.{name}")));
            }
            match value {
                Value::Array(items) => items.iter().for_each(|item| walk(item, &format!("{path}/{key}"), missing)),
                _ => walk(value, &format!("{path}/{key}"), missing),
            }
        }
    }
    let mut missing = Vec::new();
    schemas().iter().for_each(|(kind, schema)| walk(schema, kind, &mut missing));
    // Kinds of debtors explain themselves.
    missing.retain(|path| !["business", "consumer", "public"].iter().any(|kind| path.ends_with(kind)));
    assert_eq!(missing, Vec::<String>::new());
}

/// A file as an editor sees it: numbers are numbers, whatever their decimals.
fn as_json(text: &str) -> Value {
    fn with_numbers(value: Value) -> Value {
        match value {
            Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, with_numbers(value))).collect(),
            Value::Array(items) => items.into_iter().map(with_numbers).collect(),
            // The reader gives `2.50` as text, lest it loses its last digit.
            Value::String(text) if text.contains('.') && text.parse::<f64>().is_ok() => {
                text.parse::<f64>().unwrap().into()
            }
            other => other,
        }
    }
    with_numbers(from_yaml("file.yaml", text).unwrap())
}

#[test]
fn shipped_schemas_are_those_the_program_prints() {
    for (kind, schema) in schemas() {
        assert!(jsonschema::meta::is_valid(&schema), "{kind}");
        let path = folder().join(format!("schema/{kind}.json"));
        let shipped = std::fs::read_to_string(&path).unwrap();
        let current = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        assert!(shipped == current, "write it anew: relance schema {kind} > workflows/schema/{kind}.json");
    }
}
