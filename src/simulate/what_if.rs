//! What might happen to an invoice, as a person says it: `payment 500 on 2026-04-20`.
//!
//! A saying is a verb, its words, and clauses in any order: `on` a day (required), `at` a time, `by` and `until` a day,
//! `for` an invoice (only where there are several). It becomes an event like any other, known from the first instant
//! of its day in the workflow's zone. What a saying cannot express is written as events, in a file.

mod event;
mod says;

pub(super) use event::moment;
pub use says::{FORMS, WhatIfError};

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use rust_decimal::Decimal;

use super::Input;
use crate::domain::{CreditorId, Currency, DebtorId, DeliveryStatus, Fact, InvoiceId};
use crate::workflow::{Workflow, nearest};

/// Adds what `sayings` tell to `input`. Lines of the added events are numbered on behind `after_line`.
///
/// Errors name the place in the saying and give an example; all of them are returned.
pub fn add_what_ifs(
    input: &mut Input,
    sayings: &[String],
    workflows: &[Workflow],
    after_line: usize,
) -> Result<(), Vec<WhatIfError>> {
    let (mut said, mut wrong) = (Vec::new(), Vec::new());
    for (place, text) in sayings.iter().enumerate() {
        match says::parse(text, workflows).and_then(|saying| Ok((subject(&saying, text, input)?, saying))) {
            Ok((subject, saying)) => said.push((place, subject, saying)),
            Err(why) => wrong.push(why),
        }
    }
    // What closes a dispute, a promise or a hold finds it however the sayings are ordered.
    said.sort_by_key(|(place, _, saying)| (saying.what.closes(), *place));
    let zone = workflows.first().map_or(chrono_tz::UTC, |workflow| workflow.timezone);
    for (place, subject, saying) in &said {
        let event = event::of(saying, subject, *place, input, zone);
        input.read(after_line + place + 1, &event);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// What a saying is about.
#[derive(Clone, Debug, PartialEq)]
struct Subject {
    creditor: CreditorId,
    debtor: DebtorId,
    invoice: InvoiceId,
    currency: Currency,
    total: Decimal,
}

/// One saying, read.
#[derive(Clone, Debug, PartialEq)]
struct Saying {
    what: What,
    on: NaiveDate,
    at: Option<NaiveTime>,
    invoice: Option<(String, std::ops::Range<usize>)>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
enum What {
    /// `None`: all of the invoice's total.
    Payment(Option<Decimal>),
    Credit(Decimal),
    /// `None`: the whole invoice.
    Dispute(Option<Decimal>),
    DisputeResolved(&'static str),
    Promise(Decimal, NaiveDate),
    PromiseWithdrawn,
    Hold(Option<NaiveDate>),
    HoldReleased,
    Insolvency,
    Void,
    Approval(String, &'static str),
    Answer(String, String),
    Delivery(String, DeliveryStatus),
}

impl What {
    fn closes(&self) -> bool {
        matches!(self, Self::DisputeResolved(_) | Self::PromiseWithdrawn | Self::HoldReleased)
    }
}

/// The invoice a saying names, or the only one there is.
fn subject(saying: &Saying, text: &str, input: &Input) -> Result<Subject, WhatIfError> {
    let mut known: Vec<Subject> = Vec::new();
    let mut seen = BTreeSet::new();
    for numbered in &input.events {
        let Fact::Invoice(invoice) = &numbered.event.fact else { continue };
        if seen.insert((&invoice.id, &numbered.event.creditor)) {
            known.push(Subject {
                creditor: numbered.event.creditor.clone(),
                debtor: invoice.debtor.clone(),
                invoice: invoice.id.clone(),
                currency: invoice.currency,
                total: invoice.total,
            });
        }
    }
    let end = text.len()..text.len();
    let error = |at: std::ops::Range<usize>, message: String, help: String| WhatIfError::new(text, at, message, help);
    let names = || known.iter().map(|one| one.invoice.as_str());
    match &saying.invoice {
        Some((name, at)) => {
            let mut fits = known.iter().filter(|one| one.invoice.as_str() == name);
            match (fits.next(), fits.next()) {
                (Some(one), None) => Ok(one.clone()),
                (Some(_), Some(_)) => {
                    let help = "write this event in a file: --what-if FILE.jsonl".to_owned();
                    Err(error(at.clone(), format!("several creditors have an invoice `{name}`"), help))
                }
                (None, _) => {
                    let near = nearest(name, names()).or(names().next()).unwrap_or("F-1").to_owned();
                    Err(error(at.clone(), format!("no event states an invoice `{name}`"), format!("for {near}")))
                }
            }
        }
        None => match &known[..] {
            [one] => Ok(one.clone()),
            [] => Err(error(
                end,
                "there is no invoice to happen to".to_owned(),
                "--invoice 1200 --due 2026-04-01".to_owned(),
            )),
            [first, ..] => {
                let help = format!("{text} for {}", first.invoice);
                Err(error(end, format!("which of the {} invoices?", known.len()), help))
            }
        },
    }
}

#[cfg(test)]
mod tests;
