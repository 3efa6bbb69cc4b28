//! The book of the demonstration: the events that an accounting platform would publish for 3 creditors, 60 debtors
//! and 500 invoices over four months.
//!
//! A pure function of its seed: the same seed gives the same text on every machine. Persons, firms, addresses and
//! numbers are invented; telephone numbers come from the ranges kept for fiction, mail goes to `example.org`.
//! It publishes nothing and knows nothing of the engine: who is written to, and when, is not decided here.

mod dice;
mod parties;
mod stories;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use serde_json::{Value, json};

use dice::Dice;

/// The seed of `make demo`.
pub const SEED: u64 = 2026;
/// How many invoices are written.
pub const INVOICES: u64 = 500;
/// How many debtors they are shared among.
pub const DEBTORS: u64 = 60;
/// How many days the book covers: long enough for an invoice that nobody pays to come to its last step.
pub const DAYS: i64 = 120;

/// Where the virtual calendar starts: a Sunday, so that all is known before the first contact hours.
pub fn start() -> DateTime<Utc> {
    first_day().and_time(NaiveTime::MIN).and_utc()
}

/// Where it ends.
pub fn end() -> DateTime<Utc> {
    start() + Duration::days(DAYS)
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 4).expect("a day of the calendar")
}

/// The events as CloudEvents JSON, each with the instant from which it is known, in that order.
pub fn book(seed: u64) -> Vec<(DateTime<Utc>, String)> {
    let mut pages = Pages::default();
    let creditors = parties::creditors();
    for creditor in creditors {
        pages.put(start(), creditor.id, "creditor.upserted", creditor.data());
    }
    let debtors: Vec<parties::Debtor> =
        (0..DEBTORS).map(|place| parties::debtor(place, &mut Dice::new(seed, "debtor", place))).collect();
    for debtor in &debtors {
        pages.put(start(), debtor.creditor().id, "debtor.upserted", debtor.data());
    }
    for place in 0..INVOICES {
        let debtor = &debtors[usize::try_from(place % DEBTORS).unwrap_or_default()];
        stories::tell(&mut pages, debtor, place, &mut Dice::new(seed, "invoice", place));
    }
    for debtor in &debtors {
        stories::tell_of_debtor(&mut pages, debtor);
    }
    pages.in_order()
}

/// What was written so far.
#[derive(Default)]
struct Pages {
    events: Vec<(DateTime<Utc>, String)>,
}

impl Pages {
    /// Writes an event that happened at `at`. What happened before the calendar starts is told at its start, as an
    /// import would; what would happen after its end is left out.
    fn put(&mut self, at: DateTime<Utc>, creditor: &str, kind: &str, data: Value) {
        if at > end() {
            return;
        }
        let at = at.max(start());
        let number = self.events.len() + 1;
        let event = json!({
            "specversion": "1.0",
            "id": format!("demo-{number:05}"),
            "source": "/demo/books",
            "type": kind,
            "time": at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            "creditor": creditor,
            "datacontenttype": "application/json",
            "data": data,
        });
        self.events.push((at, event.to_string()));
    }

    fn in_order(mut self) -> Vec<(DateTime<Utc>, String)> {
        // Stable: events of one instant stay as they were written.
        self.events.sort_by_key(|(at, _)| *at);
        self.events
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use relance::domain::Fact;
    use relance::domain::event::{Event, Message, read};

    use super::*;

    fn events() -> Vec<Event> {
        book(SEED)
            .iter()
            .map(|(at, text)| {
                let message =
                    Message { content_type: Some("application/cloudevents+json"), headers: &[], body: text.as_bytes() };
                let mut readings = read(&message);
                let event = readings.remove(0).unwrap_or_else(|refused| panic!("{}: {text}", refused.refusal));
                assert_eq!(event.time, *at);
                event
            })
            .collect()
    }

    #[test]
    fn every_event_is_one_that_relance_takes() {
        let events = events();
        assert!(events.is_sorted_by_key(|event| event.time));
        let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids.len(), events.len(), "an id is used twice");
    }

    #[test]
    fn it_holds_every_kind_of_story() {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for event in events() {
            *kinds.entry(event.kind.to_string()).or_default() += 1;
        }
        assert_eq!(kinds["creditor.upserted"], 3);
        assert_eq!(kinds["debtor.upserted"], 60);
        assert_eq!(kinds["invoice.upserted"], 500);
        for (kind, at_least) in [
            ("payment.upserted", 300),
            ("credit_note.upserted", 10),
            ("dispute.opened", 15),
            ("dispute.resolved", 10),
            ("promise.made", 15),
            ("plan.agreed", 1),
            ("hold.placed", 1),
            ("hold.released", 1),
            ("invoice.voided", 3),
            ("debtor.insolvency_opened", 1),
        ] {
            assert!(kinds.get(kind).is_some_and(|count| *count >= at_least), "{kind}: {kinds:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_book_and_another_gives_another() {
        assert_eq!(book(1), book(1));
        assert_ne!(book(1), book(2));
    }

    #[test]
    fn nobody_pays_more_than_is_owed() {
        let mut owed = BTreeMap::new();
        let mut paid = BTreeMap::new();
        for event in events() {
            match event.fact {
                Fact::Invoice(invoice) => {
                    owed.insert(invoice.id.clone(), invoice.total);
                }
                Fact::Payment(payment) => {
                    for allocation in payment.allocations {
                        paid.insert((allocation.invoice, payment.id.clone()), allocation.amount);
                    }
                }
                _ => {}
            }
        }
        let mut by_invoice = BTreeMap::new();
        for ((invoice, _), amount) in paid {
            *by_invoice.entry(invoice).or_insert(rust_decimal::Decimal::ZERO) += amount;
        }
        for (invoice, amount) in by_invoice {
            assert!(amount <= owed[&invoice], "{invoice}: {amount} paid of {}", owed[&invoice]);
        }
    }
}
