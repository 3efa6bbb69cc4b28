//! The load of the benchmarks: mixed events of a fixed pattern, about 600 bytes each, with repetitions and out of
//! order.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use relance::broker::Outgoing;
use serde_json::{Value, json};

/// Invoices of one debtor.
pub const INVOICES_EACH: usize = 5;
/// Creditors the debtors are shared among.
const CREDITORS: usize = 10;
/// Every so many events one is sent a second time.
const REPEATED_EVERY: usize = 20;

/// The business instant of the benchmark: a Tuesday in contact hours.
pub fn now() -> DateTime<Utc> {
    day(0).and_hms_opt(10, 0, 0).expect("ten o'clock").and_utc()
}

fn day(offset: i64) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2026, 3, 3).expect("a day of the calendar");
    let days = Days::new(offset.unsigned_abs());
    if offset < 0 { first - days } else { first + days }
}

/// `count` events: one in seven a debtor, then invoices and as many payments, credit notes and new versions among
/// them; one in twenty comes twice, and neighbours are swapped.
pub fn mixed(count: usize) -> Vec<Outgoing> {
    let mut load: Vec<Outgoing> = (0..CREDITORS).map(creditor).collect();
    let mut place = 0;
    while load.len() < count {
        let debtor = place / INVOICES_EACH;
        if place % INVOICES_EACH == 0 {
            load.push(self::debtor(debtor));
        }
        load.push(invoice(place, debtor));
        load.push(settlement(place, debtor));
        if load.len() % REPEATED_EVERY < 2 {
            load.push(load[load.len() - 1].clone());
        }
        place += 1;
    }
    load.truncate(count);
    for pair in load[CREDITORS..].chunks_mut(7) {
        pair.reverse();
    }
    load
}

/// Creditors, debtors and `count` invoices that nobody has paid, some due and some not.
pub fn open(count: usize) -> Vec<Outgoing> {
    let debtors = 0..count.div_ceil(INVOICES_EACH);
    let invoices = (0..count).map(|number| invoice(number, number / INVOICES_EACH));
    (0..CREDITORS).map(creditor).chain(debtors.map(debtor)).chain(invoices).collect()
}

fn event(creditor: usize, kind: &str, id: &str, data: &Value) -> Outgoing {
    let body = json!({
        "specversion": "1.0", "id": id, "source": "/bench", "type": kind, "time": (now() - Duration::hours(2)).to_rfc3339(),
        "creditor": format!("creditor-{creditor}"), "datacontenttype": "application/json", "data": data,
    });
    Outgoing::structured(kind, id, body.to_string().into_bytes())
}

fn creditor(number: usize) -> Outgoing {
    let data = json!({
        "id": format!("creditor-{number}"), "name": format!("Bench {number}"), "legal_id": "000000000",
        "address": {"lines": ["1 rue de la Paix"], "postal_code": "75002", "city": "Paris", "country": "FR"},
        "email_from": "compta@example.org", "locale": "fr-FR", "timezone": "Europe/Paris",
        "iban": "FR7630006000011234567890189",
    });
    event(number, "creditor.upserted", &format!("c-{number}"), &data)
}

fn debtor(number: usize) -> Outgoing {
    let data = json!({
        "debtor": format!("D-{number}"), "kind": "business", "name": format!("Client {number}"), "locale": "fr-FR",
        "address": {"lines": ["2 avenue des Tilleuls"], "postal_code": "69003", "city": "Lyon", "country": "FR"},
        "contacts": [{"role": "billing", "email": format!("client-{number}@example.org"), "phone": "+33199001234"}],
    });
    event(number % CREDITORS, "debtor.upserted", &format!("d-{number}"), &data)
}

fn invoice(number: usize, debtor: usize) -> Outgoing {
    let overdue = i64::try_from(number % 40).unwrap_or_default();
    let data = json!({
        "invoice": format!("F-{number}"), "number": format!("2026-{number:07}"), "debtor": format!("D-{debtor}"),
        "currency": "EUR", "total": format!("{}.{:02}", 100 + number % 5_000, number % 100),
        "issued_on": day(-overdue - 30), "due_on": day(20 - overdue), "purchase_order": format!("PO-{number:08}"),
        "tags": ["bench", "goods"], "delivered_on": day(-overdue - 31),
        "note": "kept and ignored, as platforms send more than they are asked for, in fields of their own",
    });
    event(debtor % CREDITORS, "invoice.upserted", &format!("i-{number}"), &data)
}

/// A payment of a whole invoice, or a credit note.
pub fn settlement(number: usize, debtor: usize) -> Outgoing {
    let amount = format!("{}.{:02}", 100 + number % 5_000, number % 100);
    if number % 10 == 9 {
        let data = json!({
            "credit_note": format!("A-{number}"), "debtor": format!("D-{debtor}"), "invoice": format!("F-{number}"),
            "currency": "EUR", "total": "10.00", "issued_on": day(0), "reason": "returned goods",
        });
        return event(debtor % CREDITORS, "credit_note.upserted", &format!("a-{number}"), &data);
    }
    let data = json!({
        "payment": format!("P-{number}"), "debtor": format!("D-{debtor}"), "currency": "EUR", "amount": amount,
        "received_on": day(0), "allocations": [{"invoice": format!("F-{number}"), "amount": amount}],
        "reference": format!("VIR SEPA 2026-{number:07}"), "status": if number.is_multiple_of(3) { "pending" } else { "received" },
    });
    event(debtor % CREDITORS, "payment.upserted", &format!("p-{number}"), &data)
}
