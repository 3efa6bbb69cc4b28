//! The main job through the program itself: events into RabbitMQ, notices out of an SMTP server we did not
//! write, outcomes out of RabbitMQ; and every kind of bad input, which disturbs nothing else.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use relance::broker::{Address, Exchange, Outgoing, Publisher, Receipt, Topology};
use relance::domain::{CreditorId, DebtorId};
use relance::store::Database;
use serde_json::{Value, json};

use super::channels_support::Server;
use super::database::{Migrated, fresh_url};
use super::services;

/// How long what is awaited may take: a debug build on a busy machine.
const AWAIT_SECONDS_MAX: u64 = 120;
/// A Tuesday, an hour before contact hours open in Paris.
const START: &str = "2026-03-03T07:00:00Z";
/// Virtual seconds a second: that hour takes half a minute.
const SPEED: &str = "120";

/// A worker process that ends with the test.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Stage {
    database: Database,
    url: String,
    address: Address,
    topology: Topology,
    prefix: String,
}

impl Stage {
    async fn new(name: &str) -> Self {
        let url = fresh_url(name).await;
        let prefix = format!("relance-it-{name}");
        let (address, topology) = (Address::parse(&services::amqp_url()).unwrap(), Topology::with_prefix(&prefix));
        topology.remove(&address).await.unwrap();
        let database = Database::new(&url).unwrap().migrated().await;
        Self { database, url, address, topology, prefix }
    }

    fn worker(&self, environment: &[(&str, String)]) -> Worker {
        let workflows = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
        let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
        command
            .args(["worker", "--roles", "intake,wake,dispatch,publish"])
            .env("DATABASE_URL", &self.url)
            .env("AMQP_URL", services::amqp_url())
            .env("RELANCE_BROKER_PREFIX", &self.prefix)
            .env("RELANCE_WORKFLOWS", workflows)
            .env("RELANCE_CLOCK_START", START)
            .env("RELANCE_CLOCK_SPEED", SPEED)
            .env("RELANCE_LOG", "warn")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        Worker(command.spawn().unwrap())
    }

    async fn publish(&self, messages: &[Outgoing]) {
        let mut publisher = Publisher::new(self.address.clone(), self.topology.clone());
        let receipts = publisher.publish(Exchange::In, messages).await.unwrap();
        assert!(receipts.iter().all(|receipt| *receipt == Receipt::Confirmed));
        publisher.close().await;
    }

    async fn end(self) {
        self.topology.remove(&self.address).await.unwrap();
    }
}

/// Asks until the answer is yes.
async fn await_that(what: &str, mut asked: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(AWAIT_SECONDS_MAX);
    while !asked().await {
        assert!(tokio::time::Instant::now() < deadline, "waited {AWAIT_SECONDS_MAX} s in vain until {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn event(kind: &str, id: &str, data: Value) -> Outgoing {
    let body = json!({
        "specversion": "1.0", "id": id, "source": "/test", "type": kind, "time": "2026-03-03T06:00:00Z",
        "creditor": "acme", "data": data,
    });
    Outgoing::structured(kind, id, body.to_string().into_bytes())
}

fn parties() -> [Outgoing; 2] {
    let creditor = json!({
        "id": "acme", "name": "Acme", "legal_id": "000000000", "email_from": "compta@acme.example",
        "address": {"lines": ["1 rue de l'Exemple"], "postal_code": "75002", "city": "Paris", "country": "FR"},
        "locale": "fr-FR", "timezone": "Europe/Paris", "iban": "FR7630006000011234567890189",
    });
    let debtor = json!({
        "debtor": "D-1", "kind": "business", "name": "Client", "locale": "fr-FR",
        "contacts": [{"role": "billing", "email": "client@client.example"}],
    });
    [event("creditor.upserted", "c-1", creditor), event("debtor.upserted", "d-1", debtor)]
}

fn overdue_invoice(id: &str) -> Outgoing {
    let data = json!({
        "invoice": id, "number": id, "debtor": "D-1", "currency": "EUR", "total": "1200.00",
        "issued_on": "2026-01-20", "due_on": "2026-02-19",
    });
    event("invoice.upserted", &format!("i-{id}"), data)
}

fn mails(maildir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(maildir.join("new")) else { return vec![] };
    entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overdue_invoice_is_reminded_of_by_email_and_settled_by_its_payment() {
    let stage = Stage::new("reminded").await;
    let folder = tempfile::tempdir().unwrap();
    let maildir = folder.path().join("mail");
    let server = Server::smtp(&maildir).await;
    let _worker = stage.worker(&[("SMTP_URL", format!("smtp://127.0.0.1:{}", server.port))]);
    // The invoice comes before its debtor: the order makes no difference.
    stage.publish(&[overdue_invoice("F-1")]).await;
    stage.publish(&parties()).await;
    await_that("the reminder arrives", async || !mails(&maildir).is_empty()).await;
    let mail = mails(&maildir).remove(0);
    assert!(mail.contains("To: client@client.example"), "{mail}");
    assert!(mail.contains("Message-ID: <") && mail.contains("@acme.example>"), "{mail}");
    assert!(mail.contains("F-1") && mail.contains("text/html"), "{mail}");

    let reader = stage.database.reader();
    await_that("the notice counts as accepted", async || {
        reader.tally().await.unwrap().notices == [("email".to_owned(), "accepted".to_owned(), 1)]
    })
    .await;
    let payment = json!({
        "payment": "P-1", "debtor": "D-1", "currency": "EUR", "amount": "1200.00", "received_on": "2026-03-03",
        "allocations": [{"invoice": "F-1", "amount": "1200.00"}], "status": "received",
    });
    stage.publish(&[event("payment.upserted", "p-1", payment)]).await;
    await_that("the case is settled", async || {
        reader.tally().await.unwrap().cases.iter().any(|(state, ..)| state == "settled")
    })
    .await;
    let key = relance::domain::AccountKey { creditor: CreditorId::from("acme"), debtor: DebtorId::from("D-1") };
    let history = reader.history(&key, 100).await.unwrap().join("\n");
    assert!(history.contains("\"settled\"") && history.contains("\"notice\""), "{history}");
    await_that("every outcome is published", async || reader.tally().await.unwrap().unpublished == 0).await;
    assert_eq!(mails(&maildir).len(), 1);
    stage.end().await;
}

/// Bad messages with what their reason must name.
fn bad_input() -> Vec<(Vec<u8>, &'static str)> {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_slice(&overdue_invoice("F-bad").body).unwrap();
        change(&mut value);
        value.to_string().into_bytes()
    };
    let huge = with(&|event| event["data"]["note"] = "x".repeat(10 << 20).into());
    let text = String::from_utf8(overdue_invoice("F-bad").body).unwrap();
    vec![
        (b"{\"specversion\": \"1.0\", ".to_vec(), "body"),
        (b"\xff\xfe".to_vec(), "body"),
        (with(&|event| event["type"] = "invoice.painted".into()), "type"),
        (with(&|event| drop(event["data"].as_object_mut().unwrap().remove("total"))), "data.total"),
        (with(&|event| event["data"]["total"] = json!({"amount": 1})), "data.total"),
        (text.replace("\"1200.00\"", "1e400").into_bytes(), "data.total"),
        (with(&|event| event["data"]["due_on"] = "0001-01-01".into()), "data.due_on"),
        (with(&|event| event["data"]["issued_on"] = "2026-02-30".into()), "data.issued_on"),
        (with(&|event| event["data"]["number"] = "F\0".into()), "data.number"),
        (with(&|event| event["data"]["currency"] = "EURO".into()), "data.currency"),
        (with(&|event| event["data"]["invoice"] = "".into()), "data.invoice"),
        (with(&|event| event["creditor"] = "x".repeat(201).into()), "creditor"),
        (with(&|event| drop(event.as_object_mut().unwrap().remove("time"))), "time"),
        (huge, "body"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_of_every_kind_goes_aside_with_its_field_and_disturbs_nothing() {
    let stage = Stage::new("bad_input").await;
    let folder = tempfile::tempdir().unwrap();
    let _worker = stage.worker(&[("RELANCE_MAIL_FOLDER", folder.path().display().to_string())]);
    let bad = bad_input();
    let mut messages: Vec<Outgoing> = parties().into();
    for (place, (body, _)) in bad.iter().enumerate() {
        messages.push(Outgoing::structured("anything.at_all", &format!("bad-{place}"), body.clone()));
        messages.push(overdue_invoice(&format!("F-{place}")));
    }
    stage.publish(&messages).await;
    let reader = stage.database.reader();
    await_that("all of it is dealt with", async || {
        let tally = reader.tally().await.unwrap();
        let cases: i64 = tally.cases.iter().map(|(.., count)| count).sum();
        cases == i64::try_from(bad.len()).unwrap() && tally.quarantined == cases
    })
    .await;
    let quarantined = reader.quarantined(0, 100).await.unwrap();
    for (body, field) in &bad {
        let row = quarantined.iter().find(|row| row.refusal.bytes == *body).expect("the original bytes are kept");
        let named = row.refusal.field.as_deref().unwrap_or_default();
        assert!(named.starts_with(field), "{field}: {named}: {}", row.refusal.reason);
        assert!(!row.refusal.reason.is_empty());
    }
    await_that("the good ones are reminded of, in one email", async || {
        reader.tally().await.unwrap().notices == [("email".to_owned(), "accepted".to_owned(), 1)]
    })
    .await;
    stage.end().await;
}
