//! Back-test: past invoices replayed through a policy, and what that policy would have sent.
//!
//! Every debtor is replayed as it paid, and never otherwise: history does not show how debtors would have reacted to
//! another policy, and nothing here guesses it. Days of settlement become payments known from the first instant of
//! their day; nobody answers tasks or approvals; a deadline starts only where `assume` says so.

mod measure;
mod page;
mod tables;
#[cfg(test)]
mod tests;

pub use measure::{
    Distribution, FirstContact, GroupMeasured, Measured, NeverContacted, PhaseReached, SOON_DAYS, StepMeasured,
};
pub use page::html as backtest_html;
pub use tables::text as backtest_text;

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, SecondsFormat};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::history::{History, PastInvoice};
use super::scenario::stock;
use super::what_if::moment;
use super::{Input, Options, Outcome, simulate};
use crate::domain::{DebtorKind, Locale, plain_amount};
use crate::engine::Book;
use crate::law::Law;
use crate::workflow::Workflow;
use crate::workflow::provider::PriceList;

/// What every report says first.
pub const CAVEAT: &str = "History shows when each debtor paid under the policy it lived under. It does not show how \
    debtors would have reacted to another policy: every invoice here is paid on the day it was really paid, whatever \
    is sent. That a step preceded a payment does not mean that it caused it.";

/// What is supposed of debtors that the history does not tell.
#[derive(Clone, Debug)]
pub struct Supposed {
    /// What they are.
    pub kind: DebtorKind,
    /// Country of their address; the jurisdiction's where absent.
    pub country: Option<String>,
    /// Their language.
    pub locale: Option<Locale>,
}

/// One policy to replay: the workflows of one file or folder, under a name.
#[derive(Clone, Debug)]
pub struct Policy {
    /// How it is called in the report.
    pub name: String,
    /// Its workflows; never empty.
    pub workflows: Vec<Workflow>,
}

/// A report: one policy, or two side by side.
#[derive(Clone, Debug, Serialize)]
pub struct Backtest {
    /// That history does not show how debtors would have reacted.
    pub caveat: &'static str,
    /// What was supposed where the history is silent, as sentences.
    pub supposed: Vec<String>,
    /// Rows replayed.
    pub invoices: usize,
    /// Rows that could not be read or applied, with the reason.
    pub refused: Vec<String>,
    /// Columns that were not used.
    pub unused_columns: Vec<String>,
    /// First day of issue and last day replayed.
    pub first_day: NaiveDate,
    /// The last day replayed: beyond it nothing is known.
    pub last_day: NaiveDate,
    /// What each policy would have done, in the order they were named.
    pub policies: Vec<Measured>,
}

/// Replays `history` through each of `policies`; `None` where it has no row to replay.
pub fn backtest(
    history: &History,
    policies: &[Policy],
    law: &Law,
    prices: &PriceList,
    supposed: &Supposed,
    options: &Options,
) -> Option<Backtest> {
    let first_day = history.invoices.iter().map(|one| one.issued_on).min()?;
    let known = history.invoices.iter().map(|one| one.settled_on.unwrap_or(one.due_on).max(one.due_on)).max()?;
    let last_day = options.until.unwrap_or(known);
    let mut refused: Vec<String> = history.refused.iter().map(ToString::to_string).collect();
    let mut measured = Vec::new();
    for policy in policies {
        let first = policy.workflows.first()?;
        let book = Book::with_law(policy.workflows.clone(), law.clone());
        let options = Options { until: Some(last_day), assume: options.assume.clone() };
        let outcome = simulate(&book, events(history, first, supposed), &options);
        note_refused(&outcome, &mut refused);
        measured.push(measure::measure(policy.name.clone(), history, &outcome, &book, prices));
    }
    Some(Backtest {
        caveat: CAVEAT,
        supposed: sentences(history, supposed, options),
        invoices: history.invoices.len(),
        refused,
        unused_columns: history.unused_columns.clone(),
        first_day,
        last_day,
        policies: measured,
    })
}

fn note_refused(outcome: &Outcome, refused: &mut Vec<String>) {
    for one in &outcome.refused {
        let said = one.to_string();
        if !refused.contains(&said) {
            refused.push(said);
        }
    }
}

fn sentences(history: &History, supposed: &Supposed, options: &Options) -> Vec<String> {
    let kind = match supposed.kind {
        DebtorKind::Business => "a business",
        DebtorKind::Consumer => "a consumer",
        DebtorKind::Public => "a public body",
    };
    let mut said = vec![
        format!("Every debtor is {kind} that can be reached by email, telephone and post."),
        "A payment is known from the first instant of its day, so nothing is sent on it.".to_owned(),
        "Nobody answers a task or an approval: steps that need an answer wait, and what their file says of silence happens."
            .to_owned(),
        "A text message is counted as one segment, whatever its text comes to.".to_owned(),
    ];
    let undated = history.invoices.iter().filter(|one| one.dispute.is_some_and(|dispute| !dispute.is_dated)).count();
    match undated {
        0 => {}
        1 => said.push("One dispute has no day in the history: it stands from half-way between issue and settlement until settlement.".to_owned()),
        _ => said.push(format!(
            "{undated} disputes have no day in the history: each stands from half-way between issue and settlement until settlement."
        )),
    }
    if options.assume.is_empty() {
        said.push("No letter is taken to have been presented, so deadlines that run from it do not start; suppose it with --assume first_presented=3bd.".to_owned());
    }
    said
}

/// The history as events; each has the line of its row.
fn events(history: &History, workflow: &Workflow, supposed: &Supposed) -> Input {
    let mut input = Input::default();
    let mut first_seen: BTreeMap<&str, &PastInvoice> = BTreeMap::new();
    for one in &history.invoices {
        let first = first_seen.entry(&one.debtor).or_insert(one);
        if one.issued_on < first.issued_on {
            *first = one;
        }
    }
    let zone = workflow.timezone;
    let start = history.invoices.iter().map(|one| one.issued_on).min().unwrap_or_default();
    let mut add = |line: usize, kind: &str, id: &str, day: NaiveDate, data: Value| {
        let time = moment(day, NaiveTime::MIN, zone).to_rfc3339_opts(SecondsFormat::Secs, true);
        let event = json!({
            "specversion": "1.0", "id": format!("{kind} {id}"), "source": "history", "type": kind, "time": time,
            "creditor": "C-1", "data": data,
        });
        input.read(line, &event.to_string());
    };
    add(1, "creditor.upserted", "C-1", start, Value::Object(stock::creditor(workflow)));
    for (id, first) in first_seen {
        add(first.line, "debtor.upserted", id, first.issued_on, Value::Object(debtor(id, workflow, supposed)));
    }
    for one in &history.invoices {
        let amount = plain_amount(one.amount, one.currency);
        let invoice = json!({
            "invoice": one.invoice, "number": one.invoice, "debtor": one.debtor, "currency": one.currency.code(),
            "total": amount, "issued_on": one.issued_on, "due_on": one.due_on,
        });
        add(one.line, "invoice.upserted", &one.invoice, one.issued_on, invoice);
        if let Some(day) = one.settled_on {
            let payment = json!({
                "payment": one.invoice, "debtor": one.debtor, "currency": one.currency.code(), "amount": amount,
                "received_on": day, "status": "received",
                "allocations": [{ "invoice": one.invoice, "amount": amount }],
            });
            add(one.line, "payment.upserted", &one.invoice, day, payment);
        }
        if let Some(dispute) = one.dispute {
            let opened = json!({ "dispute": one.invoice, "debtor": one.debtor, "invoice": one.invoice });
            add(one.line, "dispute.opened", &one.invoice, dispute.opened_on, opened);
            if let Some(day) = dispute.resolved_on {
                let resolved = json!({ "dispute": one.invoice, "outcome": "withdrawn" });
                add(one.line, "dispute.resolved", &one.invoice, day, resolved);
            }
        }
    }
    input
}

fn debtor(id: &str, workflow: &Workflow, supposed: &Supposed) -> Map<String, Value> {
    let mut debtor = stock::debtor(workflow, id);
    debtor.insert("kind".to_owned(), json!(supposed.kind));
    if let Some(locale) = &supposed.locale {
        debtor.insert("locale".to_owned(), json!(locale.0));
    }
    if let (Some(country), Some(address)) = (&supposed.country, debtor.get_mut("address")) {
        *address =
            json!({ "lines": ["1 Sample Street"], "postal_code": "10000", "city": "Sample Town", "country": country });
    }
    debtor
}
