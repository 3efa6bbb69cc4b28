//! The JSON Schema (draft-07) of provider definitions, for editors.
//!
//! It knows keys, types and limits. What only a reader can tell (a rule no answer reaches, a path that is no
//! path, the one step that commits) stays with `check`.

mod hover;

use serde_json::{Value, json};

use super::check::{CONCURRENT, CONCURRENT_MAX, PER_SECOND_MAX, STEPS_MAX, TIMEOUT_SECONDS, TIMEOUT_SECONDS_MAX};

/// The schema: `# yaml-language-server: $schema=../schema/provider.json`.
pub fn provider_schema() -> Value {
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "provider.json",
        "title": "A relance provider",
        "description": "What carries text messages and letters: where it is, what to ask it, what each answer means.",
        "type": "object",
        "additionalProperties": false,
        "required": ["provider", "channel"],
        "properties": properties(),
        // A folder has no requests; everything else has an address and steps.
        "if": { "properties": { "transport": { "const": "folder" } }, "required": ["transport"] },
        "else": { "required": ["base_url", "send"] },
        "definitions": definitions(),
    });
    with_hovers(&mut schema, "");
    schema
}

fn properties() -> Value {
    let channel = json!({ "enum": ["sms", "letter"] });
    json!({
        "provider": about(json!({ "type": "string", "pattern": "^[a-z0-9-]+$" }), "Its name, which workflows and settings use."),
        "title": about(text(), "For people."),
        "channel": about(one_or_many(&channel), "What it carries."),
        "transport": { "enum": ["http", "folder"], "default": "http", "description": "How notices reach it." },
        "base_url": about(addresses(), "The address, or one for each environment; RELANCE_PROVIDER_URLS gives others."),
        "auth": about(auth(), "How it knows us; texts may hold {{ secret.name }}."),
        "rate": about(object(json!({
            "per_second": { "type": "number", "exclusiveMinimum": 0, "maximum": PER_SECOND_MAX },
            "concurrent": { "type": "integer", "minimum": 1, "maximum": CONCURRENT_MAX, "default": CONCURRENT },
        }), &[]), "How fast one process may ask."),
        "timeout_seconds": {
            "type": "integer", "minimum": 1, "maximum": TIMEOUT_SECONDS_MAX, "default": TIMEOUT_SECONDS,
            "description": "How long one request may take.",
        },
        "services": {
            "type": "object", "additionalProperties": { "type": "object" },
            "propertyNames": { "enum": ["standard", "tracked", "registered", "registered_receipt", "electronic_registered"] },
            "description": "The letter services it offers, each with what {{ service.… }} holds; any where absent.",
        },
        "limits": about(object(json!({
            "text_chars": whole(0),
            "pdf_mb": whole(0),
            "postal_lines": { "type": "boolean" },
            "countries": { "type": "array", "items": { "type": "string", "pattern": "^[A-Z]{2}$" } },
        }), &[]), "What it does not take; a notice beyond is refused before anything leaves."),
        "prices": {
            "type": "object",
            "additionalProperties": { "type": "string", "pattern": "^[0-9]+([.][0-9]+)? [A-Z]{3}$" },
            "propertyNames": { "enum": ["sms", "standard", "tracked", "registered", "registered_receipt", "electronic_registered"] },
            "description": "What it charges, like \"6.11 EUR\": for a letter by service, for one segment of a text message. Simulations count with it.",
        },
        "config": { "type": "object", "description": "What {{ config.… }} holds." },
        "send": about(object(json!({
            "steps": { "type": "array", "items": reference("step"), "minItems": 1, "maxItems": STEPS_MAX },
        }), &["steps"]), "The requests that hand a notice over; the last one commits."),
        "reconcile": about(reference("step"), "The request that asks what became of a notice."),
        "on_ambiguous": {
            "enum": ["hold", "reconcile", "retry"], "default": "hold",
            "description": "What an unclear answer means: a person decides, the provider is asked, or it is sent again (never letters).",
        },
        "retry_after": about(object(json!({
            "header": text(), "unit": { "enum": ["seconds", "milliseconds", "epoch"] },
        }), &["header", "unit"]), "Where an answer says when to come back, beside Retry-After."),
    })
}

fn auth() -> Value {
    let kind = |name: &str, mut fields: Value, required: &[&str]| {
        fields["kind"] = json!({ "const": name });
        object(fields, &[&["kind"], required].concat())
    };
    json!({ "anyOf": [
        kind("none", json!({}), &[]),
        kind("basic", json!({ "user": text(), "password": text() }), &["user"]),
        kind("bearer", json!({ "token": text() }), &["token"]),
        kind("header", json!({ "name": text(), "value": text() }), &["name", "value"]),
        kind("query", json!({ "fields": fields() }), &["fields"]),
        kind("body", json!({ "fields": fields() }), &["fields"]),
        kind("oauth2", json!({
            "grant": { "enum": ["client_credentials", "password"], "default": "client_credentials" },
            "token_url": addresses(),
            "client": object(json!({
                "id": text(), "secret": text(), "in": { "enum": ["basic", "body"], "default": "basic" },
            }), &["id", "secret"]),
            "form": texts(),
        }), &["token_url", "client"]),
        kind("signed", signed(), &SIGNED),
        kind("token", json!({
            "get": { "type": "string", "pattern": "^/" },
            "sign": object(signed(), &SIGNED),
            "token": reference("path"),
            "ends_at": reference("path"),
            "header": text(),
            "headers": texts(),
        }), &["get", "token", "header"]),
    ] })
}

/// What a signature must say.
const SIGNED: [&str; 3] = ["text", "algorithm", "in"];

fn signed() -> Value {
    json!({
        "headers": texts(),
        "text": text(),
        "algorithm": { "enum": ["sha1", "sha256", "sha512", "hmac_sha1", "hmac_sha256", "hmac_sha512"] },
        "key": text(),
        "encoding": { "enum": ["hex", "base64"], "default": "hex" },
        "prefix": text(),
        "in": { "anyOf": [
            object(json!({ "header": text() }), &["header"]), object(json!({ "query": text() }), &["query"]),
        ] },
        "clock": { "type": "string", "pattern": "^/" },
    })
}

fn definitions() -> Value {
    let path = json!({ "type": "string", "pattern": "^\\$" });
    let key = object(
        json!({ "header": text(), "query": text(), "field": text(), "key": text(), "window_hours": whole(1) }),
        &["window_hours"],
    );
    let part = object(
        json!({
            "name": text(), "file": { "const": "letter" }, "text": text(), "json": {}, "filename": text(), "type": text(),
        }),
        &[],
    );
    let status = json!({ "anyOf": [
        { "type": "integer", "minimum": 100, "maximum": 599 }, { "enum": ["2xx", "3xx", "4xx", "5xx"] },
    ] });
    let when = object(
        json!({
            "status": one_or_many(&status),
            "header": texts(),
            "exists": one_or_many(&path),
            "absent": one_or_many(&path),
            "equals": { "type": "object", "propertyNames": path, "additionalProperties": plain() },
            "in": { "type": "object", "propertyNames": path, "additionalProperties": { "type": "array", "items": plain() } },
        }),
        &[],
    );
    json!({
        "address": { "type": "string", "pattern": "^https?://[^/{?# ][^{?# ]*[^/{?# ]$" },
        "path": path,
        "step": step(),
        "part": about(part, "One of file, text and json."),
        "idempotency": about(key, "Where our key goes (one of header, query and field), and how long it is remembered."),
        "when": about(when, "A test of an answer; all that is written must hold."),
        "rule": object(json!({
            "when": reference("when"),
            "then": { "enum": [
                "accepted", "duplicate", "rejected", "retry", "throttled", "auth_error", "credit_exhausted",
                "misconfigured", "ambiguous",
            ] },
            "id": source(), "reason": source(), "capture": sources(),
        }), &["then"]),
    })
}

fn step() -> Value {
    let path = json!({ "type": "string", "pattern": "^/([^/?#\\\\]|$)" });
    let mut step = object(
        json!({
            "id": about(text(), "Its name in messages."),
            "commit": { "type": "boolean", "description": "The notice cannot be taken back after it." },
            "get": path, "post": path, "put": path, "patch": path, "delete": path,
            "auth": { "const": "none", "description": "Without the provider's auth." },
            "query": texts(),
            "headers": texts(),
            "json": { "description": "A JSON body; a leaf that is only {{ … }} keeps its type, null leaves are left out." },
            "form": { "type": "object", "description": "Form fields, nested as a[b]." },
            "multipart": { "type": "array", "items": { "allOf": [reference("part"), { "required": ["name"] }] } },
            "raw": about(reference("part"), "The PDF or a text as the whole body."),
            "idempotency": reference("idempotency"),
            "accept": about(reference("when"), "Before the commit: what must hold to go on; any 2xx where absent."),
            "capture": about(sources(), "Kept of the answer, as {{ cap.… }} for later steps."),
            "outcomes": { "type": "array", "items": reference("rule"), "minItems": 1 },
        }),
        &[],
    );
    let method = |name: &str| json!({ "required": [name] });
    step["oneOf"] = ["get", "post", "put", "patch", "delete"].map(method).into();
    step
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn fields() -> Value {
    json!({ "type": "object", "additionalProperties": text(), "minProperties": 1 })
}

/// An address, or one by environment.
fn addresses() -> Value {
    let by_environment = json!({ "production": reference("address"), "sandbox": reference("address") });
    json!({ "anyOf": [reference("address"), object(by_environment, &["production"])] })
}

fn texts() -> Value {
    json!({ "type": "object", "additionalProperties": text() })
}

/// A text taken from an answer: `$.path`, or written out; the first that gives one.
fn source() -> Value {
    one_or_many(&text())
}

fn sources() -> Value {
    json!({ "type": "object", "additionalProperties": source() })
}

fn plain() -> Value {
    json!({ "type": ["string", "number", "boolean", "null"] })
}

fn whole(least: u32) -> Value {
    json!({ "type": "integer", "minimum": least })
}

fn one_or_many(one: &Value) -> Value {
    json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
}

fn object(properties: Value, required: &[&str]) -> Value {
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// The schema with its description; draft-07 ignores what stands beside a `$ref`, so that one is wrapped.
fn about(schema: Value, description: &str) -> Value {
    let mut schema = if schema.get("$ref").is_some() { json!({ "allOf": [schema] }) } else { schema };
    schema["description"] = description.into();
    schema
}

/// Gives every key below `place` its hover text: what it means, and how it might be written.
fn with_hovers(schema: &mut Value, place: &str) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match (name.as_str(), value) {
                    // What stands in `if` is asked, never offered.
                    ("if", _) => {}
                    ("properties", Value::Object(properties)) => {
                        for (key, value) in properties {
                            with_hovers(value, key);
                            told(value, place, key);
                        }
                    }
                    ("definitions", Value::Object(definitions)) => {
                        definitions.iter_mut().for_each(|(name, value)| with_hovers(value, name));
                    }
                    (_, value) => with_hovers(value, place),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| with_hovers(item, place)),
        _ => {}
    }
}

fn told(value: &mut Value, place: &str, key: &str) {
    let (meaning, example) = hover::of(place, key);
    let meaning = value["description"].as_str().unwrap_or(meaning).to_owned();
    let mut told = about(value.take(), &meaning);
    told["markdownDescription"] = format!("{meaning}\n\n```yaml\n{key}: {example}\n```").into();
    *value = told;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{Provider, from_yaml};

    /// A definition with every key that the shipped ones do not use.
    const RARE: &str = "
provider: rare
channel: [letter]
transport: http
base_url: { production: https://api.rare.example/v1, sandbox: http://127.0.0.1:9 }
auth: { kind: header, name: X-Key, value: '{{ secret.rare }}' }
timeout_seconds: 20
retry_after: { header: X-Reset, unit: milliseconds }
send:
  steps:
    - id: token
      auth: none
      post: /token
      query: { a: b }
      headers: { c: d }
      form: { e: { f: g } }
      accept: { status: 201, header: { x: seen }, absent: $.error, equals: { $.ok: true }, in: { $.n: [1, two] } }
      capture: { token: [$.token, none] }
    - id: letter
      commit: true
      put: /letters/{{ notice.id }}
      raw: { file: letter, type: application/pdf }
      idempotency: { query: key, key: '{{ notice.id }}', window_hours: 2 }
      outcomes:
        - { when: { status: [201, 2xx] }, then: accepted, id: $.id, capture: { tracking: $.t } }
        - { then: ambiguous }
reconcile:
  get: /letters/{{ notice.id }}
  outcomes: [{ when: { status: 200 }, then: accepted }, { then: ambiguous }]
on_ambiguous: reconcile
";

    fn mistakes(yaml: &str) -> Vec<String> {
        let validator = jsonschema::validator_for(&provider_schema()).unwrap();
        let value: Value = from_yaml("provider.yaml", yaml).unwrap();
        validator.iter_errors(&value).map(|error| error.to_string()).collect()
    }

    #[test]
    fn what_the_reader_takes_fits_the_schema() {
        assert!(jsonschema::meta::is_valid(&provider_schema()));
        Provider::parse("rare.yaml", RARE).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(mistakes(RARE), Vec::<String>::new());
        for auth in [
            "{ kind: query, fields: { k: '{{ secret.k }}' } }",
            "{ kind: body, fields: { k: '{{ secret.k }}' } }",
            "{ kind: oauth2, grant: password, token_url: { production: https://a.example/t, sandbox: http://127.0.0.1:9 }, client: { id: \
             i, secret: '{{ secret.s }}', in: body }, form: { username: u, password: '{{ secret.p }}' } }",
            "{ kind: token, get: /token, sign: { text: t, algorithm: sha1, in: { header: S } }, token: $.token, ends_at: $.end, \
             header: X-T, headers: { X-Id: '{{ secret.i }}' } }",
            "{ kind: signed, headers: { X-T: '{{ now.epoch }}' }, text: t, algorithm: hmac_sha512, key: '{{ secret.k }}', \
             encoding: base64, prefix: v1=, in: { query: s }, clock: /time }",
        ] {
            let yaml = RARE.replace("{ kind: header, name: X-Key, value: '{{ secret.rare }}' }", auth);
            // A request that asks has no body for a key.
            let yaml = yaml.replace("raw: { file: letter, type: application/pdf }", "json: { a: b }");
            let yaml = yaml.replace("reconcile:\n", "reconcile:\n  auth: none\n");
            Provider::parse("rare.yaml", &yaml).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(mistakes(&yaml), Vec::<String>::new(), "{auth}");
        }
        for (file, yaml) in crate::workflow::provider::shipped::SHIPPED {
            assert_eq!(mistakes(yaml), Vec::<String>::new(), "{file}");
        }
    }

    #[test]
    fn the_schema_refuses_what_the_reader_refuses() {
        let edits = [
            ("provider: rare", "provider: Rare!"),
            ("channel: [letter]", "channel: [email]"),
            ("https://api.rare.example/v1", "https://api.rare.example/v1/"),
            ("kind: header", "kind: cookie"),
            ("timeout_seconds: 20", "timeout_seconds: 51"),
            ("unit: milliseconds", "unit: minutes"),
            ("put: /letters", "put: letters"),
            ("post: /token", "post: /token\n      get: /token"),
            ("window_hours: 2", "window_hours: 0"),
            ("status: 201", "status: 2"),
            ("then: accepted", "then: perhaps"),
            ("file: letter", "file: invoice"),
            ("on_ambiguous: reconcile", "on_ambiguous: guess"),
            ("transport: http", "transport: pigeon"),
            ("absent: $.error", "absent: error"),
        ];
        for (old, new) in edits {
            let edited = RARE.replacen(old, new, 1);
            assert_ne!(edited, RARE, "{old}");
            assert!(Provider::parse("rare.yaml", &edited).is_err(), "the reader takes {new}");
            assert_ne!(mistakes(&edited), Vec::<String>::new(), "the schema takes {new}");
        }
    }
}
