//! The schema and the readers say the same.

use serde_json::{Value, json};

use super::fields_table::fields_of;
use super::samples::{event, full};
use super::schema::{Need, Row};
use super::*;

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

fn is_read(event: &Value) -> bool {
    let body = event.to_string();
    read(&Message { body: body.as_bytes(), content_type: None, headers: &[] }).remove(0).is_ok()
}

#[test]
fn every_sample_is_valid_and_shows_every_field_of_the_table() {
    let validator = validator();
    for &kind in FactKind::ALL {
        let sample = full(kind);
        let errors: Vec<String> =
            validator.iter_errors(&event(kind, sample.clone())).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{kind}");
        // A sample names a task or notice in one of several ways, and a closing event needs no debtor.
        let alternatives = ["notice", "provider_id", "invoice", "step", "debtor"];
        for Row(name, need, ..) in fields_of(kind) {
            let shown = sample.get(*name).is_some() || (*need == Need::May && alternatives.contains(name));
            assert!(shown, "{kind} does not show {name}");
        }
        for name in sample.as_object().unwrap().keys().filter(|name| *name != "x_platform") {
            assert!(fields_of(kind).iter().any(|Row(known, ..)| known == name), "{kind}.{name} is not in the table");
        }
    }
}

#[test]
fn what_the_schema_refuses_the_readers_refuse_field_by_field() {
    let validator = validator();
    let wrong =
        [json!({"wrong": true}), json!([{"wrong": []}]), json!(true), json!(-1), json!(""), json!("x"), json!(null)];
    let mut refused = 0;
    for &kind in FactKind::ALL {
        for Row(name, ..) in fields_of(kind) {
            for value in &wrong {
                let mut data = full(kind);
                data[*name] = value.clone();
                let event = event(kind, data);
                if !validator.is_valid(&event) {
                    refused += 1;
                    assert!(!is_read(&event), "{kind}: the schema refuses {name} = {value}, the reader takes it");
                }
            }
        }
    }
    assert!(refused > 300, "only {refused} mistakes were tried");
}

#[test]
fn wrong_types_that_the_readers_refuse_the_schema_refuses() {
    let validator = validator();
    for &kind in FactKind::ALL {
        for Row(name, ..) in fields_of(kind) {
            for value in [json!({"wrong": true}), json!([[]]), json!(true)] {
                let mut data = full(kind);
                data[*name] = value.clone();
                let event = event(kind, data);
                assert_eq!(validator.is_valid(&event), is_read(&event), "{kind}.{name} = {value}");
            }
        }
    }
}
