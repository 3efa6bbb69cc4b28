//! Values for the tests of the store: events as they arrive, notices as the engine orders them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use relance::advance::{Arrival, Intake, Memory, Original, intake};
use relance::domain::event::{Message, read};
use relance::domain::{
    Account, AccountKey, Address, Channel, Content, Creditor, CreditorId, DebtorId, DebtorKind, Fact, InvoiceId,
    Locale, Notice, NoticeId, NoticeLine, NoticeState, Phase, Recipient, StepId,
};
use relance::engine::Book;
use relance::store::{Database, Lock, Writer};
use serde_json::{Value, json};

/// The business time of these tests.
pub fn noon() -> DateTime<Utc> {
    "2026-03-31T10:00:00Z".parse().unwrap()
}

/// The account most of them are about.
pub fn key(debtor: &str) -> AccountKey {
    AccountKey { creditor: CreditorId::new("acme"), debtor: DebtorId::new(debtor) }
}

/// An event `minute` minutes after noon.
pub fn event(id: &str, kind: &str, minute: i64, data: Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/books", "type": kind, "creditor": "acme",
        "time": (noon() + TimeDelta::minutes(minute)).to_rfc3339(), "data": data,
    })
}

pub fn invoice(id: &str, event_id: &str, minute: i64, debtor: &str, total: &str) -> Value {
    event(
        event_id,
        "invoice.upserted",
        minute,
        json!({
            "invoice": id, "number": id, "debtor": debtor, "currency": "EUR", "total": total,
            "issued_on": "2026-02-01", "due_on": "2026-03-03",
        }),
    )
}

pub fn payment(id: &str, event_id: &str, minute: i64, debtor: &str, amount: &str) -> Value {
    event(
        event_id,
        "payment.upserted",
        minute,
        json!({
            "payment": id, "debtor": debtor, "currency": "EUR", "amount": amount, "received_on": "2026-03-20",
            "status": "received",
        }),
    )
}

pub fn creditor() -> Value {
    event(
        "creditor-1",
        "creditor.upserted",
        -60,
        json!({
            "id": "acme", "name": "Acme", "legal_id": "552100554", "email_from": "ar@acme.example",
            "address": {"lines": ["1 rue A"], "postal_code": "75001", "city": "Paris", "country": "FR"},
            "locale": "fr-FR", "timezone": "Europe/Paris",
        }),
    )
}

pub fn debtor(id: &str) -> Value {
    event(
        &format!("debtor-{id}"),
        "debtor.upserted",
        -50,
        json!({
            "debtor": id, "kind": "business", "name": "Dupont", "locale": "fr",
            "contacts": [{"role": "dunning", "email": "compta@dupont.example"}],
        }),
    )
}

/// As they come from the queue: each a message of its own.
pub fn arrivals(events: &[Value]) -> Vec<Arrival> {
    events.iter().flat_map(|event| arrival(event.to_string().into_bytes())).collect()
}

/// The events of one message.
pub fn arrival(body: Vec<u8>) -> Vec<Arrival> {
    let readings = read(&Message { body: &body, content_type: None, headers: &[] });
    let original = Arc::new(Original { body, headers: "{}".to_owned() });
    readings.into_iter().map(|reading| Arrival { reading, original: Arc::clone(&original) }).collect()
}

/// A worker's part: a connection, and what it remembers.
pub struct Desk {
    pub writer: Writer,
    pub memory: Memory,
    pub book: Book,
}

impl Desk {
    pub fn new(database: &Database) -> Self {
        Self { writer: database.writer(), memory: Memory::default(), book: Book::default() }
    }

    /// Takes one batch in.
    pub async fn take(&mut self, events: &[Value]) -> Intake {
        intake(&mut self.writer, &self.memory, &self.book, &arrivals(events), noon()).await.unwrap()
    }

    pub async fn view(&mut self, debtor: &str) -> Account {
        relance::advance::view(&mut self.writer, &key(debtor)).await.unwrap()
    }

    /// Orders a notice by hand, as the engine would.
    pub async fn order(&mut self, debtor: &str, notice: &Notice) -> Vec<NoticeId> {
        let key = key(debtor);
        let mut tx = self.writer.begin().await.unwrap();
        tx.lock_creditors(std::slice::from_ref(&key.creditor), Lock::Shared).await.unwrap();
        tx.lock_accounts(std::slice::from_ref(&key)).await.unwrap();
        let refused = tx.order(&[(&key, notice)]).await.unwrap().refused;
        tx.commit().await.unwrap();
        refused
    }
}

/// An email for one invoice's first reminder, valid until six hours after noon.
pub fn notice(id: &str, invoice: &str) -> Notice {
    Notice {
        id: NoticeId::derive(&[id]),
        channel: Channel::Email,
        service: None,
        provider: None,
        workflow: "fr-b2b".into(),
        revision: "r1".into(),
        step: StepId::new("reminder-1"),
        template: "reminder-1".to_owned(),
        lines: vec![NoticeLine { invoice: InvoiceId::new(invoice), step: StepId::new("reminder-1"), occurrence: 1 }],
        totals: Vec::new(),
        ordered_at: noon(),
        valid_until: noon() + TimeDelta::hours(6),
        state: NoticeState::Ordered,
        accepted_at: None,
        delivery: None,
        address_digest: None,
        content: Some(Box::new(content())),
    }
}

fn content() -> Content {
    let readings = arrivals(&[creditor()]);
    let Ok(event) = &readings[0].reading else { panic!("the sample is sound") };
    let Fact::Creditor(Creditor { .. }) = &event.fact else { panic!("it states a creditor") };
    let Fact::Creditor(creditor) = event.fact.clone() else { unreachable!() };
    Content {
        language: "fr".to_owned(),
        locale: Locale("fr-FR".to_owned()),
        timezone: chrono_tz::Tz::Europe__Paris,
        creditor,
        debtor_name: "Dupont".to_owned(),
        debtor_kind: DebtorKind::Business,
        debtor_legal_id: None,
        debtor_address: Some(Address {
            lines: Vec::new(),
            postal_code: String::new(),
            city: String::new(),
            country: String::new(),
        }),
        recipient: Recipient {
            role: None,
            name: None,
            email: Some("compta@dupont.example".to_owned()),
            phone: None,
            address: None,
            cc: Vec::new(),
        },
        invoices: Vec::new(),
        charges: Vec::new(),
        deadline: None,
        previous: Vec::new(),
        attach: Vec::new(),
        from: None,
        phase: Phase::Reminder,
        today: noon().date_naive(),
    }
}

/// One number, by a query written in a test.
pub async fn count(database: &str, query: &'static str) -> i64 {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(database).await.unwrap();
    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
}
