//! Answers and reports of a simulation that nothing took: said, because a story usually means them to count.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::Outcome;
use crate::domain::{Account, InvoiceId, NoticeRef, StepId, Task, TaskRef};
use crate::engine::{APPROVAL, Book, is_about};

/// A sentence for each answer to a task or an approval that was not asked for then, and for each report of a notice
/// that was not ordered by then. Days are those of the case's workflow.
pub(super) fn in_vain(outcome: &Outcome, book: &Book) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for account in &outcome.accounts {
        let facts = &account.facts;
        let day = |at: DateTime<Utc>, invoice: &InvoiceId| {
            let chosen = account.cases.get(invoice).and_then(|case| book.revision(case.workflow.as_ref()?));
            at.with_timezone(&chosen.map_or(chrono_tz::UTC, |workflow| workflow.timezone)).date_naive()
        };
        for answer in facts.approvals.values() {
            let (invoice, step, at) = (&answer.fact.invoice, &answer.fact.step, answer.version.time);
            if !is_taken(account, invoice, step, at, |task| task.kind == APPROVAL) {
                let day = day(at, invoice);
                said.insert(format!(
                    "the answer of {day} to the approval of {step} for {invoice} changed nothing: none was asked then"
                ));
            }
        }
        for answer in facts.answers.values() {
            let TaskRef::Step { invoice, step } = &answer.fact.task else { continue };
            if !is_taken(account, invoice, step, answer.version.time, |_| true) {
                let day = day(answer.version.time, invoice);
                said.insert(format!(
                    "the answer of {day} to the task of {step} for {invoice} changed nothing: none was open then"
                ));
            }
        }
        for report in facts.reports.values() {
            let NoticeRef::Step { invoice, step, .. } = &report.fact.notice else { continue };
            let known = report.version.time;
            if !account.notices.values().any(|notice| is_about(account, &report.fact, known, notice)) {
                let (day, status) = (day(known, invoice), report.fact.status);
                said.insert(format!(
                    "the report `{status}` of {day} on {step} for {invoice} changed nothing: no notice of it was ordered then"
                ));
            }
        }
    }
    said
}

/// Whether a task of the step took an answer known at `at`: it was open then.
fn is_taken(
    account: &Account,
    invoice: &InvoiceId,
    step: &StepId,
    at: DateTime<Utc>,
    is_meant: impl Fn(&Task) -> bool,
) -> bool {
    let is_of = |task: &&Task| {
        let same = |own| account.is_same_step(invoice, own, step);
        is_meant(task) && task.invoices.contains(invoice) && task.step.as_ref().is_some_and(same)
    };
    let mut tasks = account.tasks.values().filter(is_of);
    tasks.any(|task| task.created_at < at && task.answered_at.is_some_and(|answered| at <= answered))
}
