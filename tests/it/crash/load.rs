//! The events of the crash tests: mixed, repeated, out of order, the same in every run.
//!
//! Two parts, because business days matter: an account learnt of after the day's opening is written to on the next
//! day. The first part is known before the first opening, the second arrives while the first part's notices leave.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use relance::broker::Outgoing;
use serde_json::{Value, json};

/// Creditors the debtors are shared among.
const CREDITORS: usize = 10;
/// Invoices of one debtor.
const INVOICES_EACH: usize = 6;
/// One event in so many comes twice.
const REPEATED_EVERY: usize = 12;

/// One version of one fact.
struct Stated {
    late: bool,
    creditor: String,
    kind: &'static str,
    fact: String,
    hour: i64,
    data: Value,
}

/// What is published, and what must be known of it afterwards.
pub struct Load {
    /// Published before the first opening.
    pub early: Vec<Outgoing>,
    /// Published while notices leave.
    pub late: Vec<Outgoing>,
    /// Different events in `early`.
    pub early_identities: i64,
    /// Different events in all.
    pub identities: i64,
    /// The event that must stand for each fact: by creditor, kind and id of the fact.
    pub facts: BTreeMap<(String, String, String), String>,
}

impl Load {
    /// `count` messages.
    pub fn of(count: usize) -> Self {
        let mut repetitions = count / (REPEATED_EVERY + 1);
        let stated = stated(count - repetitions);
        let mut newest: BTreeMap<(String, String, String), (i64, String)> = BTreeMap::new();
        let (mut early, mut late) = (Vec::new(), Vec::new());
        let (mut first, mut all) = (BTreeSet::new(), BTreeSet::new());
        for (place, event) in stated.iter().enumerate() {
            let (id, message) = message(event);
            let known = newest
                .entry((event.creditor.clone(), event.kind.to_owned(), event.fact.clone()))
                .or_insert_with(|| (event.hour, id.clone()));
            if event.hour > known.0 {
                *known = (event.hour, id.clone());
            }
            if !event.late {
                first.insert((event.creditor.clone(), id.clone()));
            }
            assert!(all.insert((event.creditor.clone(), id)), "every version is an event of its own");
            if place % REPEATED_EVERY == REPEATED_EVERY - 1 && repetitions > 0 {
                repetitions -= 1;
                // Every other repetition comes long after the first.
                let again = if repetitions.is_multiple_of(2) || event.late { &mut late } else { &mut early };
                again.push(message.clone());
            }
            if event.late { late.push(message) } else { early.push(message) }
        }
        shuffle(&mut early);
        shuffle(&mut late);
        let facts = newest.into_iter().map(|(fact, (_, id))| (fact, id)).collect();
        Self { early, late, early_identities: number(first.len()), identities: number(all.len()), facts }
    }

    /// Messages in all.
    pub fn messages(&self) -> usize {
        self.early.len() + self.late.len()
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}

fn stated(count: usize) -> Vec<Stated> {
    let mut all = Vec::with_capacity(count + 64);
    for creditor in 0..CREDITORS {
        all.push(of_creditor(creditor, 0));
        all.push(of_creditor(creditor, 1));
    }
    for debtor in 0.. {
        if all.len() >= count {
            break;
        }
        of_debtor(debtor, &mut all);
    }
    all.truncate(count);
    all
}

fn message(event: &Stated) -> (String, Outgoing) {
    let base: DateTime<Utc> = "2026-03-01T06:00:00Z".parse().unwrap();
    let id = format!("{}:{}:{}", event.kind, event.fact, event.hour);
    let body = json!({
        "specversion": "1.0", "id": id, "source": "/books", "type": event.kind, "creditor": event.creditor,
        "time": (base + Duration::hours(event.hour)).to_rfc3339(), "data": event.data,
    });
    let message = Outgoing::structured(event.kind, &id, body.to_string().into_bytes());
    (id, message)
}

/// Fisher and Yates, with the numbers of splitmix64 from a fixed seed.
fn shuffle(messages: &mut [Outgoing]) {
    let mut state = 42_u64;
    for last in (1..messages.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        messages.swap(last, usize::try_from(mixed % (last as u64 + 1)).unwrap());
    }
}

fn of_creditor(creditor: usize, hour: i64) -> Stated {
    let id = format!("creditor-{creditor}");
    let data = json!({
        "id": id, "name": format!("Maison {creditor}, {hour}"), "legal_id": "000000000",
        "address": {"lines": ["1 rue de la Paix"], "postal_code": "75002", "city": "Paris", "country": "FR"},
        "email_from": "compta@example.org", "locale": "fr-FR", "timezone": "Europe/Paris",
        "iban": "FR7630006000011234567890189",
    });
    Stated { late: false, creditor: id.clone(), kind: "creditor.upserted", fact: id, hour, data }
}

/// Everything about one debtor: two versions of itself, its invoices with what reduces them, its holds.
fn of_debtor(debtor: usize, all: &mut Vec<Stated>) {
    let (creditor, id) = (format!("creditor-{}", debtor % CREDITORS), format!("D-{debtor}"));
    let late = debtor % 5 >= 3;
    let mut say = |late: bool, kind: &'static str, fact: String, hour: i64, data: Value| {
        all.push(Stated { late, creditor: creditor.clone(), kind, fact, hour, data });
    };
    // An older version of some debtors comes a day after the newer one.
    say(late || debtor % 10 == 1, "debtor.upserted", id.clone(), 0, particulars(debtor, &id, "before"));
    say(late, "debtor.upserted", id.clone(), 1, particulars(debtor, &id, "now"));
    for nth in 0..INVOICES_EACH {
        let number = debtor * INVOICES_EACH + nth;
        let invoice = format!("F-{number}");
        say(late, "invoice.upserted", invoice.clone(), 2, invoice_of(number, &id, 0));
        if number.is_multiple_of(7) {
            say(late, "invoice.upserted", invoice.clone(), 3, invoice_of(number, &id, 10));
        }
        if !number.is_multiple_of(11) {
            let amount = if number.is_multiple_of(3) { 100 + number % 900 } else { 7 };
            let data = json!({
                "payment": format!("P-{number}"), "debtor": id, "currency": "EUR", "amount": format!("{amount}.00"),
                "received_on": "2026-03-01", "reference": format!("VIR {number:07}"), "status": "received",
                "allocations": [{"invoice": invoice, "amount": format!("{amount}.00")}],
            });
            say(late, "payment.upserted", format!("P-{number}"), 4, data);
        }
        if number % 13 == 5 {
            let data = json!({
                "credit_note": format!("A-{number}"), "debtor": id, "invoice": invoice, "currency": "EUR",
                "total": "10.00", "issued_on": "2026-03-01",
            });
            say(late, "credit_note.upserted", format!("A-{number}"), 4, data);
        }
        if number % 17 == 4 {
            let data = json!({"dispute": format!("L-{number}"), "debtor": id, "invoice": invoice});
            say(late, "dispute.opened", format!("L-{number}"), 5, data);
        }
        if number % 34 == 4 {
            let data = json!({"dispute": format!("L-{number}"), "outcome": "rejected"});
            say(late, "dispute.resolved", format!("L-{number}"), 6, data);
        }
    }
    if debtor % 9 == 2 {
        let data = json!({"hold": format!("H-{debtor}"), "debtor": id, "reason": "asked by the sales team"});
        say(late, "hold.placed", format!("H-{debtor}"), 5, data);
    }
    if debtor % 18 == 2 {
        say(late, "hold.released", format!("H-{debtor}"), 6, json!({"hold": format!("H-{debtor}")}));
    }
}

/// Most are reached by email and telephone, a few by post only, a few not at all; a few are no business.
fn particulars(debtor: usize, id: &str, version: &str) -> Value {
    let mut data = json!({
        "debtor": id, "kind": if debtor % 19 == 7 { "consumer" } else { "business" },
        "name": format!("Client {debtor}, {version}"), "locale": "fr-FR", "contacts": [],
    });
    let (kind, phone) = (debtor % 300, format!("+336399{debtor:05}"));
    if kind != 10 {
        data["address"] = json!({"lines": [format!("{debtor} rue des Tilleuls")], "postal_code": "69003", "city": "Lyon", "country": "FR"});
    }
    match kind {
        0..5 | 10 => {}
        5..10 => data["contacts"] = json!([{"role": "billing", "phone": phone}]),
        _ => {
            let email = format!("client-{debtor}@example.org");
            data["contacts"] = json!([{"role": "billing", "email": email, "phone": phone}]);
        }
    }
    data
}

fn invoice_of(number: usize, debtor: &str, more: usize) -> Value {
    // Half of them overdue for long enough on the first day, the others not yet, or only on the second.
    let due_on = ["2026-02-10", "2026-02-20", "2026-02-26", "2026-02-27", "2026-03-20", "2026-04-01"][number % 6];
    json!({
        "invoice": format!("F-{number}"), "number": format!("2026-{number:07}"), "debtor": debtor, "currency": "EUR",
        "total": format!("{}.00", 100 + number % 900 + more), "issued_on": "2026-01-15", "due_on": due_on,
        "note": "kept and ignored, as platforms send more than they are asked for, in fields of their own",
    })
}
