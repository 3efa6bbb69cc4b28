//! What the shipped definitions send, held against the providers' own API descriptions: Prism makes a server of
//! each that refuses what does not fit.
//!
//! Twilio's and Lob's descriptions are looked for in `RELANCE_SHARED`, else in `../shared` beside the project. They
//! are not part of it: where neither is there, these two are held against what the descriptions ask for, written
//! out here. The generic contract is ours and always checked.

use std::path::{Path, PathBuf};
use std::process::Command;

use relance::channels::{Channels, Outcome};
use serde_json::{Map, Value, json};

use crate::channels_gateway::{Asked, Gateway, answer};
use crate::channels_http::{TWILIO_ACCOUNT, definition, send, shipped, with_definition};
use crate::channels_support::{Server, free_port, letter, sms};

async fn prism(description: &Path) -> Server {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/node_modules/.bin/prism");
    let program = match std::env::var_os("RELANCE_PRISM") {
        Some(given) => PathBuf::from(given),
        None if own.exists() => own,
        None => "prism".into(),
    };
    let port = free_port();
    let mut command = Command::new(program);
    command.args(["mock", "--errors", "--host", "127.0.0.1", "--port", &port.to_string()]).arg(description);
    Server::start(&mut command, port, "install Prism: scripts/tools.sh prism, or set RELANCE_PRISM to its program")
        .await
}

/// A provider's description, if this machine has them.
fn description(name: &str) -> Option<PathBuf> {
    let given = std::env::var_os("RELANCE_SHARED").map(PathBuf::from);
    let shared = given.clone().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let path = shared.join("specs").join(name);
    assert!(path.exists() || given.is_none(), "RELANCE_SHARED has no specs/{name}");
    path.exists().then_some(path)
}

/// The shipped provider `name` as it is, at a mock server.
fn at(name: &str, server: &Server) -> Channels {
    with_definition(name, &definition(name), &format!("http://127.0.0.1:{}", server.port))
}

fn id(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted { provider_id: Some(id), .. } => id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_generic_contract_takes_what_is_sent() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/generic-provider.openapi.yaml");
    let server = prism(&path).await;
    let channels = at("generic", &server);
    for outgoing in [sms("one"), letter("two")] {
        id(&send(&channels, &outgoing).await);
    }
    // The contract wants a letter's service: without it, this server refuses.
    let mut unfit = letter("three");
    unfit.service = None;
    let outcome = send(&channels, &unfit).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
}

#[tokio::test]
async fn twilio_takes_what_is_sent() {
    let gateway = Gateway::saying(answer(201, &json!({ "sid": "SM1", "status": "queued" }))).await;
    assert_eq!(id(&send(&shipped("twilio", &gateway.url), &sms("one")).await), "SM1");
    let asked = &gateway.asked()[0];
    assert_eq!(asked.target, format!("/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages.json"));
    let form = asked.form();
    assert_eq!(form["To"], "+33612345678");
    assert_eq!(form["From"], "+15005550006");
    assert_eq!(form["Body"], "Durand SAS : facture F-1, 12,00 € à régler. Merci !");

    let Some(path) = description("subset-twilio-messages.yaml") else { return };
    let server = prism(&path).await;
    let channels = at("twilio", &server);
    assert!(id(&send(&channels, &sms("one")).await).starts_with("SM"));
    let mut unfit = sms("two");
    unfit.recipient.phone = Some(String::new());
    let outcome = send(&channels, &unfit).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
}

#[tokio::test]
async fn lob_takes_what_is_sent() {
    let gateway = Gateway::saying(answer(200, &json!({ "id": "ltr_1" }))).await;
    let mut outgoing = letter("one");
    outgoing.service = Some(relance::domain::LetterService::Registered);
    assert_eq!(id(&send(&shipped("lob", &gateway.url), &outgoing).await), "ltr_1");
    let asked = &gateway.asked()[0];
    assert_eq!(asked.headers["authorization"], "Basic bG9iLXNlY3JldDo=");
    assert_eq!(asked.headers["idempotency-key"], outgoing.notice.to_string());
    let sent = fields(asked);
    assert_eq!(
        sent["to"],
        json!({ "name": "Anne Martin", "address_line1": "3 rue des Lilas", "address_city": "Paris", "address_zip": "75011", "address_country": "FR" })
    );
    assert_eq!(sent["extra_service"], "registered");
    assert_eq!(sent["file"], "letter.pdf");

    let Some(path) = description("subset-lob-letters.yaml") else { return };
    // Prism does not look into this description's bodies, so its schema is asked here.
    let described: Value = serde_saphyr::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let schema = json!({ "$ref": "#/components/schemas/letter_editable", "components": described["components"] });
    let schema = jsonschema::draft7::new(&schema).unwrap();
    let mistakes: Vec<_> = schema.iter_errors(&sent).map(|error| error.to_string()).collect();
    assert_eq!(mistakes, [""; 0]);
    let mut unfit = sent;
    unfit["to"].as_object_mut().unwrap().remove("address_line1");
    assert!(!schema.is_valid(&unfit));
    // Path, login and headers are Prism's part, and the answer its example.
    let server = prism(&path).await;
    let channels = at("lob", &server);
    assert!(id(&send(&channels, &outgoing).await).starts_with("ltr_"));
}

/// The parts of a multipart body as the tree they mean: `to[name]` is a field of `to`. A file is its kind of name,
/// because the description knows files by name only.
fn fields(asked: &Asked) -> Value {
    let boundary = asked.headers["content-type"].split("boundary=").nth(1).unwrap();
    let body = String::from_utf8_lossy(&asked.body);
    let mut tree = Map::new();
    for part in body.split(&format!("--{boundary}")).filter(|part| part.contains("name=")) {
        let (head, value) = part.split_once("\r\n\r\n").unwrap();
        let name = head.split("name=\"").nth(1).unwrap().split('"').next().unwrap();
        let value = match (head.contains("filename="), value.trim_end_matches("\r\n")) {
            (true, content) => {
                assert!(head.contains("application/pdf") && content.starts_with("%PDF"), "{head}");
                json!("letter.pdf")
            }
            (false, "true") => json!(true),
            (false, "false") => json!(false),
            (false, text) => json!(text),
        };
        match name.split_once('[') {
            None => _ = tree.insert(name.to_owned(), value),
            Some((outer, inner)) => {
                let nested = tree.entry(outer).or_insert_with(|| json!({}));
                nested[inner.trim_end_matches(']')] = value;
            }
        }
    }
    Value::Object(tree)
}
