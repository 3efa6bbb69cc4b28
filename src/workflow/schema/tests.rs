//! The schema against the example and against edits of it that the reader refuses.

use serde_json::Value;

use super::*;
use crate::workflow::from_yaml;

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
