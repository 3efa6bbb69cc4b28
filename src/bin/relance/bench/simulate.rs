//! `relance bench simulate`: a year of invoices in virtual time, beside the floor of only reading their events.
//!
//! The load is of a fixed pattern: debtors with several invoices through the year, most paid late or early, some in
//! part, some in dispute, some promised, some never paid. Nothing is random, so figures of two versions compare.

use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate, SecondsFormat, Utc};
use clap::Args;
use relance::engine::Book;
use relance::simulate::{self, Input, Options, Outcome};
use serde_json::{Value, json};

use crate::args::TimelineFormat;
use crate::{Ended, catalog};

/// Invoices of one debtor.
const INVOICES_EACH: usize = 5;
/// Days of the year over which invoices are issued.
const YEAR_DAYS: usize = 365;
/// Longer than this a simulation of the default size may not take, in seconds.
const SECONDS_MAX: u64 = 5;
/// The size that bound is for.
const BOUND_INVOICES: usize = 10_000;

/// The flags.
#[derive(Debug, Args)]
pub struct SimulateBench {
    /// How many invoices
    #[arg(long, default_value_t = BOUND_INVOICES)]
    pub invoices: usize,
    /// The workflows folder or one workflow; the configured folder by default
    #[arg(long)]
    pub workflow: Option<std::path::PathBuf>,
    /// Run so many times and tell the middle one
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// As lines for people, or as JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: TimelineFormat,
}

/// Measures and prints; slower than the bound is a problem found.
pub fn run(args: &SimulateBench, folder: &std::path::Path) -> anyhow::Result<Ended> {
    let path = args.workflow.as_deref().unwrap_or(folder);
    let book = Book::with_law(catalog::workflows_at(path, folder)?, catalog::law(folder)?);
    let text = events(args.invoices).join("\n");
    let started = Instant::now();
    let input = simulate::read_events(&text);
    let reading = started.elapsed();
    anyhow::ensure!(input.refused.is_empty(), "the load is refused: {}", input.refused[0]);
    let mut took = Vec::new();
    let mut outcome = Outcome::default();
    for _ in 0..args.runs.max(1) {
        let input: Input = input.clone();
        let started = Instant::now();
        outcome = simulate::simulate(&book, input, &Options::default());
        took.push(started.elapsed());
    }
    took.sort_unstable();
    let whole = reading + took[took.len() / 2];
    print(args, &outcome, reading, whole);
    let is_slow = args.invoices <= BOUND_INVOICES && whole > Duration::from_secs(SECONDS_MAX);
    Ok(if is_slow { Ended::WithProblems } else { Ended::Well })
}

fn print(args: &SimulateBench, outcome: &Outcome, reading: Duration, whole: Duration) {
    let (seconds, floor) = (whole.as_secs_f64(), reading.as_secs_f64());
    match args.format {
        TimelineFormat::Json => println!(
            "{}",
            json!({
                "name": "simulate", "value": round(seconds), "unit": "s", "floor": round(floor), "invoices": args.invoices,
                "entries": outcome.entries.len(),
            })
        ),
        TimelineFormat::Text => {
            println!(
                "simulate  {seconds:>7.3} s  {} invoices over a year, {} entries",
                args.invoices,
                outcome.entries.len()
            );
            println!("floor     {floor:>7.3} s  merely reading their events, which is part of it");
        }
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}

fn day(offset: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap_or_default() + Days::new(offset as u64)
}

fn at(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(8, 30, 0).unwrap_or_default().and_utc()
}

/// Events of `count` invoices, one a line.
fn events(count: usize) -> Vec<String> {
    let mut lines = vec![event("creditor.upserted", "c", day(0), &creditor())];
    for number in 0..count {
        let debtor = number / INVOICES_EACH;
        let issued = number * 61 % YEAR_DAYS;
        if number % INVOICES_EACH == 0 {
            lines.push(event("debtor.upserted", &format!("d-{debtor}"), day(0), &self::debtor(debtor)));
        }
        let (id, total) = (format!("F-{number}"), 40 + number * 37 % 6_000);
        let invoice = json!({
            "invoice": id, "number": id, "debtor": format!("D-{debtor}"), "currency": "EUR", "total": format!("{total}.50"),
            "issued_on": day(issued), "due_on": day(issued + 30), "tags": ["bench"],
        });
        lines.push(event("invoice.upserted", &format!("i-{number}"), day(issued), &invoice));
        lines.extend(story(number, issued, total));
    }
    lines
}

/// What becomes of one invoice, by its number.
fn story(number: usize, issued: usize, total: usize) -> Vec<String> {
    let (id, debtor) = (format!("F-{number}"), format!("D-{}", number / INVOICES_EACH));
    let due = issued + 30;
    let pay = |part: usize, on: usize, amount: String| {
        let payment = json!({
            "payment": format!("P-{number}-{part}"), "debtor": debtor, "currency": "EUR", "amount": amount,
            "received_on": day(on), "allocations": [{ "invoice": id, "amount": amount }], "status": "received",
        });
        event("payment.upserted", &format!("p-{number}-{part}"), day(on), &payment)
    };
    let whole = format!("{total}.50");
    match number % 10 {
        0 | 1 => vec![pay(1, due - 3, whole)],
        2 => vec![pay(1, due + 2, whole)],
        3 | 4 => vec![pay(1, due + 12, whole)],
        5 => vec![pay(1, due + 14, "20.00".to_owned()), pay(2, due + 50, format!("{}.50", total - 20))],
        6 => {
            let opened = json!({ "dispute": format!("X-{number}"), "debtor": debtor, "invoice": id });
            let resolved = json!({ "dispute": format!("X-{number}"), "outcome": "rejected" });
            vec![
                event("dispute.opened", &format!("x-{number}"), day(due + 5), &opened),
                event("dispute.resolved", &format!("y-{number}"), day(due + 25), &resolved),
                pay(1, due + 60, whole),
            ]
        }
        7 => {
            let promise = json!({
                "promise": format!("W-{number}"), "debtor": debtor, "invoices": [id], "amount": whole,
                "pay_by": day(due + 20),
            });
            vec![event("promise.made", &format!("w-{number}"), day(due + 8), &promise), pay(1, due + 40, whole)]
        }
        8 => {
            let status = json!({
                "invoice": id, "step": "formal-notice", "channel": "letter", "status": "first_presented",
                "at": at(day(due + 60)).to_rfc3339_opts(SecondsFormat::Secs, true),
            });
            vec![event("notice.status", &format!("n-{number}"), day(due + 60), &status)]
        }
        _ => Vec::new(),
    }
}

fn event(kind: &str, id: &str, on: NaiveDate, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "/bench", "type": kind, "creditor": "C-1",
        "time": at(on).to_rfc3339_opts(SecondsFormat::Secs, true), "data": data,
    })
    .to_string()
}

fn creditor() -> Value {
    json!({
        "id": "C-1", "name": "Bench", "legal_id": "000000000", "email_from": "compta@example.org", "locale": "fr-FR",
        "address": { "lines": ["1 rue de la Paix"], "postal_code": "75002", "city": "Paris", "country": "FR" },
        "timezone": "Europe/Paris", "iban": "FR7630006000011234567890189",
    })
}

fn debtor(number: usize) -> Value {
    json!({
        "debtor": format!("D-{number}"), "kind": "business", "name": format!("Client {number}"), "locale": "fr-FR",
        "address": { "lines": ["2 avenue des Tilleuls"], "postal_code": "69003", "city": "Lyon", "country": "FR" },
        "contacts": [{ "role": "billing", "email": format!("client-{number}@example.org"), "phone": "+33199001234" }],
    })
}
