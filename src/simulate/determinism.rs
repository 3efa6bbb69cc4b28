//! The same events give the same bytes: whatever the order of lines, whatever comes twice, on any number of threads.

use std::num::NonZero;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::engine::Book;
use crate::workflow::provider::PriceList;
use crate::workflow::{parse_workflow, read_law};

fn day(offset: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap() + Days::new(offset)
}

fn event(kind: &str, id: &str, on: u64, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": format!("{kind}-{id}"), "source": "s", "type": kind, "creditor": "C-1",
        "time": format!("{}T08:30:00Z", day(on)), "data": data,
    })
    .to_string()
}

fn party(debtor: usize) -> String {
    let data = json!({
        "debtor": format!("D-{debtor}"), "kind": "business", "name": format!("Client {debtor}"),
        "address": { "lines": ["2 avenue des Tilleuls"], "postal_code": "69003", "city": "Lyon", "country": "FR" },
        "contacts": [{ "role": "billing", "email": "a@example.org", "phone": "+33199001234" }],
    });
    event("debtor.upserted", &debtor.to_string(), 0, &data)
}

/// One invoice and what becomes of it: nothing, a part, all, a dispute, a promise.
fn story(number: usize, (debtor, issued, amount, fate, after): (usize, u64, u32, u8, u64)) -> Vec<String> {
    let (id, debtor) = (format!("F-{number}"), format!("D-{debtor}"));
    let invoice = json!({
        "invoice": id, "number": id, "debtor": debtor, "currency": "EUR", "total": amount.to_string(),
        "issued_on": day(issued), "due_on": day(issued + 30),
    });
    let on = issued + after;
    let money = |amount: u32| {
        let data = json!({
            "payment": format!("P-{number}"), "debtor": debtor, "currency": "EUR", "amount": amount.to_string(),
            "received_on": day(on), "status": "received",
        });
        event("payment.upserted", &id, on, &data)
    };
    let mut events = vec![event("invoice.upserted", &id, issued, &invoice)];
    events.extend(match fate {
        0 => None,
        1 => Some(money(amount / 2 + 1)),
        2 => Some(money(amount)),
        3 => {
            let data = json!({ "dispute": format!("X-{number}"), "debtor": debtor, "invoice": id });
            Some(event("dispute.opened", &id, on, &data))
        }
        _ => {
            let data = json!({
                "promise": format!("W-{number}"), "debtor": debtor, "amount": amount.to_string(), "pay_by": day(on + 9),
            });
            Some(event("promise.made", &id, on, &data))
        }
    });
    events
}

fn book() -> Book {
    let workflow = parse_workflow("fr-b2b.yaml", include_str!("../../workflows/fr-b2b.yaml")).unwrap();
    Book::with_law([workflow], read_law(&[]).unwrap())
}

fn bytes(book: &Book, lines: &[String], threads: usize) -> [String; 3] {
    let input = read_events(&lines.join("\n"));
    assert!(input.refused.is_empty(), "{:?}", input.refused);
    let outcome = simulate_on(NonZero::new(threads).unwrap(), book, input, &Options::default());
    assert!(outcome.refused.is_empty() && outcome.stalled.is_empty(), "{:?}", outcome.refused);
    let prices = PriceList::default();
    let json: Vec<String> = outcome.entries.iter().map(json_line).collect();
    [json.join("\n"), reading(&outcome, book, &prices, Paint::Plain), html("A", &outcome, book, &prices)]
}

/// Lines as written, and the same shuffled with some of them twice.
fn shuffled() -> impl Strategy<Value = (Vec<String>, Vec<String>, usize)> {
    let one = (0..3_usize, 0..60_u64, 10..9_000_u32, 0..5_u8, 1..90_u64);
    (prop::collection::vec(one, 1..8), 1..5_usize).prop_flat_map(|(stories, threads)| {
        let workflow = parse_workflow("fr-b2b.yaml", include_str!("../../workflows/fr-b2b.yaml")).unwrap();
        let creditor = Value::Object(scenario::stock::creditor(&workflow));
        let mut lines = vec![event("creditor.upserted", "C-1", 0, &creditor)];
        lines.extend((0..3).map(party));
        lines.extend(stories.into_iter().enumerate().flat_map(|(number, told)| story(number, told)));
        let repeats = prop::sample::subsequence(lines.clone(), 0..=lines.len());
        (Just(lines), repeats, Just(threads)).prop_flat_map(|(lines, repeats, threads)| {
            let mut mixed = lines.clone();
            mixed.extend(repeats);
            (Just(lines), Just(mixed).prop_shuffle(), Just(threads))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_set_of_events_gives_the_same_bytes((lines, mixed, threads) in shuffled()) {
        let book = book();
        let wanted = bytes(&book, &lines, 1);
        prop_assert!(!wanted[0].is_empty() || lines.len() < 6);
        prop_assert_eq!(bytes(&book, &mixed, threads), wanted);
    }
}
