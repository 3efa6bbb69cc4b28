//! Precedence, provenance, mistakes and the schema.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::ExposeSecret as _;
use serde_json::json;

use super::*;

fn nothing(_: &str) -> Option<String> {
    None
}

fn only_defaults() -> Settings {
    Settings::read(&Sources { flags: BTreeMap::new(), environment: &nothing, file: None }).unwrap()
}

#[test]
fn everything_has_a_default_or_may_be_absent() {
    let settings = only_defaults();
    assert_eq!(settings.console.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.worker.roles, Role::ALL);
    assert!(settings.database.url.is_none());
    assert_eq!(settings.provenance.len(), Settings::KEYS.len());
    assert!(settings.provenance.iter().all(|value| value.origin == Origin::Default));
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let file = json!({
        "broker": {"prefetch": 7, "prefix": "of-file", "url": "amqp://file"},
        "worker": {"roles": ["wake", "intake"]},
    });
    let environment = |name: &str| match name {
        "RELANCE_BROKER_PREFIX" => Some("of-environment".to_owned()),
        "AMQP_URL" => Some("amqp://u:hush@environment".to_owned()),
        "RELANCE_PREFETCH" => Some(String::new()),
        _ => None,
    };
    let flags = BTreeMap::from([("broker.url", "amqp://u:hush@flag".to_owned())]);
    let path = Path::new("relance.yaml");
    let settings = Settings::read(&Sources { flags, environment: &environment, file: Some((path, &file)) }).unwrap();
    assert_eq!(settings.broker.url.unwrap().expose_secret(), "amqp://u:hush@flag");
    assert_eq!(settings.broker.prefix, "of-environment");
    assert_eq!(settings.broker.prefetch, 7, "an empty variable is not set");
    assert_eq!(settings.worker.roles, [Role::Intake, Role::Wake]);
    let origin = |key: &str| settings.provenance.iter().find(|value| value.key == key).unwrap().clone();
    assert_eq!(origin("broker.url").origin, Origin::Flag);
    assert_eq!(origin("broker.prefix").origin, Origin::Environment("RELANCE_BROKER_PREFIX"));
    assert_eq!(origin("broker.prefetch").origin, Origin::File(path.to_owned()));
    assert_eq!(origin("wake.batch_accounts_max").origin, Origin::Default);
}

#[test]
fn a_secret_is_shown_nowhere() {
    let environment = |name: &str| name.ends_with("_URL").then(|| "amqp://u:hush@host".to_owned());
    let sources = Sources { flags: BTreeMap::new(), environment: &environment, file: None };
    let settings = Settings::read(&sources).unwrap();
    let public: Vec<&Provenance> =
        settings.provenance.iter().filter(|value| value.key != "console.public_url").collect();
    assert!(!format!("{public:?}").contains("hush"));
    assert!(!format!("{:?} {:?} {:?}", settings.database, settings.broker, settings.email).contains("hush"));
}

#[test]
fn every_mistake_is_reported_with_where_it_stands() {
    let file = json!({
        "intake": {"batch_events_max": 0, "flush_milis": 3},
        "worker": {"roles": ["walk"]},
        "database": "postgres://x",
    });
    let environment = |name: &str| (name == "RELANCE_LISTEN").then(|| "localhost".to_owned());
    let path = Path::new("relance.yaml");
    let sources = Sources { flags: BTreeMap::new(), environment: &environment, file: Some((path, &file)) };
    let text = Settings::read(&sources).unwrap_err().to_string();
    insta::assert_snapshot!(text, @r"
    intake.flush_milis (file relance.yaml) is no setting; did you mean `intake.flush_millis`?
    database (file relance.yaml) is no setting
    intake.batch_events_max (file relance.yaml) is 0; write at least 1
    console.listen (environment, RELANCE_LISTEN) is no address with a port, such as 127.0.0.1:8080
    worker.roles (file relance.yaml) `walk` is no role; the roles are intake, wake, dispatch, publish, console
    ");
}

#[test]
fn the_schema_takes_the_defaults_and_refuses_the_unknown() {
    let schema = Settings::schema(json!({}));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut file = json!({});
    for (section, fields) in schema["properties"].as_object().unwrap() {
        for (name, field) in fields["properties"].as_object().into_iter().flatten() {
            assert!(field["description"].as_str().unwrap().len() > 20, "{section}.{name} is described");
            if let Some(default) = field.get("default") {
                file[section][name] = default.clone();
            }
        }
    }
    assert!(validator.is_valid(&file));
    let path = Path::new("relance.yaml");
    let of_file = Sources { flags: BTreeMap::new(), environment: &nothing, file: Some((path, &file)) };
    let settings = Settings::read(&of_file).unwrap();
    assert_eq!(settings.broker.prefetch, only_defaults().broker.prefetch);
    assert!(!validator.is_valid(&json!({"broker": {"prefetsh": 1}})));
}
