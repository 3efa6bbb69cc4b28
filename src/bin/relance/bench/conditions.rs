//! `relance bench conditions`: evaluations a second on one core, without and with the reasons, in one run.
//!
//! The conditions are those of the shipped workflows and of the language's description; the facts they are asked
//! about are at hand, so what is measured is the language and not the ledger.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Instant;

use anyhow::bail;
use chrono::{Days, NaiveDate};
use clap::Args;
use relance::domain::Currency;
use relance::workflow::{Condition, Name, Scope, Value};
use rust_decimal::Decimal;
use serde_json::json;

use crate::Ended;
use crate::args::TimelineFormat;

/// What is asked, in turn.
const CONDITIONS: &[&str] = &[
    "debtor.kind == \"business\" and invoice.currency == \"EUR\"",
    "debtor.kind == \"consumer\" and invoice.currency == \"EUR\"",
    "invoice.total >= 1000",
    "balance >= 500",
    "balance > 5000",
    "balance >= 200 and not disputed",
    "(debtor.country ?? \"\") not in [\"DE\", \"BE\"] and overdue_days > 30",
    "invoice.issued_on + 30 days < 2026-03-01 or tag(\"vip\")",
];

#[derive(Debug, Args)]
pub struct ConditionArgs {
    /// How many evaluations of each kind
    #[arg(long, default_value_t = 8_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub evaluations: u64,
    /// As lines for people, or as JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: TimelineFormat,
}

/// Measures both ways of asking and prints them.
pub fn run(args: &ConditionArgs) -> anyhow::Result<Ended> {
    let mut conditions = Vec::new();
    for text in CONDITIONS {
        match Condition::parse(text) {
            Ok(condition) => conditions.push(condition),
            Err(errors) => bail!("`{text}`: {}", errors[0]),
        }
    }
    let facts = Facts::default();
    let bare = rate(args.evaluations, &conditions, |condition| {
        black_box(condition.holds(black_box(&facts)));
    });
    let explained = rate(args.evaluations, &conditions, |condition| {
        black_box(condition.evaluate(black_box(&facts)));
    });
    for (name, said, value) in
        [("conditions", "answers", bare), ("conditions-because", "answers with reasons", explained)]
    {
        match args.format {
            TimelineFormat::Json => {
                println!("{}", json!({ "name": name, "value": value.round(), "unit": "evaluations/s/core" }));
            }
            TimelineFormat::Text => {
                println!("{said:<20} {:>6.2} million evaluations a second, one core", value / 1e6);
            }
        }
    }
    Ok(Ended::Well)
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(evaluations: u64, conditions: &[Condition], ask: impl Fn(&Condition)) -> f64 {
    let rounds = evaluations.div_ceil(conditions.len() as u64);
    let started = Instant::now();
    for _ in 0..rounds {
        conditions.iter().for_each(&ask);
    }
    (rounds * conditions.len() as u64) as f64 / started.elapsed().as_secs_f64()
}

/// A business in France with an invoice that is a month late.
struct Facts {
    balance: Decimal,
    total: Decimal,
    issued_on: NaiveDate,
}

impl Default for Facts {
    fn default() -> Self {
        Self { balance: Decimal::new(125_010, 2), total: Decimal::new(240_000, 2), issued_on: NaiveDate::default() }
    }
}

impl Scope for Facts {
    fn value(&self, name: Name) -> Option<Value<'_>> {
        Some(match name {
            Name::Balance => Value::Money(self.balance, Currency::EUR),
            Name::InvoiceTotal => Value::Money(self.total, Currency::EUR),
            Name::InvoiceCurrency => Value::Text(Cow::Borrowed("EUR")),
            Name::InvoiceIssuedOn => Value::Date(self.issued_on),
            Name::DebtorKind => Value::Text(Cow::Borrowed("business")),
            Name::DebtorCountry => Value::Text(Cow::Borrowed("FR")),
            Name::Disputed => Value::Bool(false),
            Name::OverdueDays => Value::Decimal(Decimal::from(31)),
            _ => return None,
        })
    }

    fn has_tag(&self, tag: &str) -> bool {
        tag == "key-account"
    }

    fn add_business_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        day.checked_add_days(Days::new(count.unsigned_abs())).unwrap_or(day)
    }

    fn add_working_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        self.add_business_days(day, count)
    }
}
