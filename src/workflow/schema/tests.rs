//! The schema against the example and against edits of it that the reader refuses.

use serde_json::Value;

use super::*;
use crate::workflow::yaml::{Node, NodeKind, read};
use crate::workflow::{Findings, from_yaml, parse_workflow};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../../tests/workflow/example.yaml");

#[test]
fn the_example_fits_the_schema() {
    let schema = workflow_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let example: Value = from_yaml("example.yaml", &EXAMPLE.replace("15.00", "15")).unwrap();
    let errors: Vec<_> = validator.iter_errors(&example).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    assert!(jsonschema::meta::is_valid(&schema));
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = jsonschema::validator_for(&workflow_schema()).unwrap();
    let edits = [
        ("workflow: fr-b2b", "workflow: FR"),
        ("priority: 10", "priorty: 10"),
        ("mon-fri", "mon-fry"),
        ("before_due: 7 days", "before_due: 7"),
        ("service: standard", "service: slow"),
        ("after first_presented", "after first_presentd"),
        ("jurisdiction: fr", "# jurisdiction"),
        ("refused: { go_to: formal-notice }", "refused: { goto: formal-notice }"),
    ];
    for (old, new) in edits {
        assert!(EXAMPLE.contains(old), "{old}");
        let text = EXAMPLE.replace("15.00", "15").replacen(old, new, 1);
        let value: Value = from_yaml("example.yaml", &text).unwrap();
        assert!(!validator.is_valid(&value), "{old} → {new}");
    }
}

const SHIPPED: &[(&str, &str)] = &[
    ("example", EXAMPLE),
    ("fr-b2b", include_str!("../../../workflows/fr-b2b.yaml")),
    ("fr-b2c", include_str!("../../../workflows/fr-b2c.yaml")),
    ("en-b2b", include_str!("../../../workflows/en-b2b.yaml")),
];

/// The keys that an editor would offer where `schema` holds, each with its own schema.
fn offered(schema: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    if let Some(properties) = schema["properties"].as_object() {
        found.extend(properties.iter().map(|(name, value)| (name.clone(), value)));
    }
    for form in schema["anyOf"].as_array().into_iter().flatten() {
        found.extend(offered(form));
    }
    found
}

/// The schemas of what stands below a key that an editor cannot know, and of items.
fn below<'a>(schema: &'a Value, key: Option<&str>) -> Vec<&'a Value> {
    let mut found = Vec::new();
    match key {
        Some(key) => {
            found.extend(offered(schema).into_iter().filter(|(name, _)| name == key).map(|(_, value)| value));
            found.extend(schema.get("additionalProperties").filter(|value| value.is_object()));
        }
        None => found.extend(schema.get("items")),
    }
    for form in schema["anyOf"].as_array().into_iter().flatten() {
        found.extend(below(form, key));
    }
    found
}

/// Every key below `node` is offered at its place with a hover text, and a wrong one is refused there.
fn walk(node: &Node, schemas: &[&Value], path: &str, seen: &mut usize) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for entry in entries {
                let path = format!("{path}.{}", entry.key);
                let next: Vec<&Value> = schemas.iter().flat_map(|schema| below(schema, Some(&entry.key))).collect();
                assert!(!next.is_empty(), "{path} is not offered");
                assert!(next.iter().all(|value| value["description"].is_string()), "{path} has no hover text");
                let named = schemas.iter().flat_map(|schema| offered(schema)).any(|(name, _)| name == entry.key);
                // Only names of the writer's own are not offered.
                assert!(named || path.contains(".outcomes."), "{path}");
                *seen += 1;
                walk(&entry.value, &next, &path, seen);
            }
        }
        NodeKind::List(items) => {
            let next: Vec<&Value> = schemas.iter().flat_map(|schema| below(schema, None)).collect();
            items.iter().for_each(|item| walk(item, &next, path, seen));
        }
        _ => {}
    }
}

#[test]
fn completion_offers_every_key_of_every_shipped_workflow() {
    let schema = workflow_schema();
    for (name, text) in SHIPPED {
        let mut findings = Findings::new(name, text);
        let root = read(text, &mut findings).unwrap();
        let mut seen = 0;
        walk(&root, &[&schema], name, &mut seen);
        assert!(seen > 30, "{name}: {seen}");
    }
}

/// Every key of every table has a hover text with an example, and every word of a closed list its meaning's place.
fn every_key(schema: &Value, path: &str) {
    for (name, value) in offered(schema) {
        let path = format!("{path}.{name}");
        assert!(value["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
        if !path.contains(".hours.") {
            let hover = value["markdownDescription"].as_str().unwrap_or_default();
            assert!(hover.contains(&format!("```yaml\n{name}: ")), "{path}: {hover}");
        }
        every_key(value, &path);
        below(value, None).into_iter().for_each(|item| every_key(item, &path));
    }
    if let Some(value) = schema.get("additionalProperties").filter(|value| value.is_object()) {
        assert!(value["description"].is_string(), "{path}");
        every_key(value, path);
    }
}

#[test]
fn every_key_has_a_hover_text_with_an_example() {
    every_key(&workflow_schema(), "");
}

proptest! {
    /// What the reader takes, the schema takes: lines of shipped files dropped, doubled and exchanged.
    #[test]
    fn the_schema_takes_what_the_reader_takes(
        file in 0..SHIPPED.len(), drop in proptest::collection::vec(0_usize..100, 0..3),
        swap in proptest::option::of((0_usize..100, 0_usize..100)),
    ) {
        let mut lines: Vec<&str> = SHIPPED[file].1.lines().collect();
        if let Some((a, b)) = swap {
            let count = lines.len();
            lines.swap(a % count, b % count);
        }
        for at in drop {
            let count = lines.len();
            lines.remove(at % count);
        }
        let text = lines.join("\n").replace(".00", "");
        if parse_workflow("mutated.yaml", &text).is_ok() {
            let value: Value = from_yaml("mutated.yaml", &text).unwrap();
            let validator = jsonschema::validator_for(&workflow_schema()).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            prop_assert_eq!(errors, Vec::<String>::new());
        }
    }
}
