//! Where the deadline of a step that was done stands, for those who show it. What it holds back is `timing`'s.

use chrono::NaiveDate;

use super::Book;
use super::delivery::Reports;
use super::timing::term_of;
use crate::domain::{Account, Case, StepRecord};

/// The day of the proof from which the deadline of `record` runs, and its last day; `None` where the step gives none
/// or the proof is not on record.
pub fn deadline_of(account: &Account, book: &Book, case: &Case, record: &StepRecord) -> Option<(NaiveDate, NaiveDate)> {
    let workflow = book.revision(case.workflow.as_ref()?)?;
    let deadline = workflow.step(&record.step)?.1.deadline?;
    let debtor = account.facts.debtor.as_ref().map(|known| &known.fact);
    let zone = book.zone(debtor, workflow);
    let calendar = book.calendar(&workflow.jurisdiction, debtor.and_then(|debtor| debtor.address.as_ref()));
    term_of((account, &Reports::of(account)), record, deadline, (zone, calendar))
}
