//! What lies ahead of a case: every step of its revision, whether it is over, and the day it is planned for. Asked
//! when two revisions are compared; nothing is decided here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::Book;
use super::scene::Scene;
use super::terms::ledger;
use super::timing::planned;
use crate::domain::{Account, CaseState, InvoiceId, StepId, StepOutcome};

/// One step of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepAhead {
    /// Its id.
    pub step: StepId,
    /// Every name it has or had, its id included.
    pub names: BTreeSet<StepId>,
    /// The day it is planned for, from the invoice's dates alone; none where a date is not known.
    pub planned: Option<NaiveDate>,
    /// Whether that day is before today.
    pub is_past: bool,
    /// Whether it was done, was skipped, or is under way.
    pub is_over: bool,
    /// Whether it is made up for where it is new and past.
    pub backfill: bool,
}

/// The steps of every open case whose revision the book has, in the order of the file.
pub fn steps_ahead(account: &Account, book: &Book, now: DateTime<Utc>) -> BTreeMap<InvoiceId, Vec<StepAhead>> {
    let ledger = ledger(&account.facts, book);
    let scene = Scene::of(account, book, &ledger, now);
    let mut found = BTreeMap::new();
    for case in account.cases.values().filter(|case| case.state == CaseState::Open) {
        let Some(invoice) = account.facts.invoices.get(&case.invoice) else { continue };
        let Some(balance) = ledger.balances.get(&case.invoice) else { continue };
        let walker = scene.walker(case.clone(), invoice, balance);
        let Some(workflow) = walker.workflow else { continue };
        let steps = workflow.steps.iter().map(|step| {
            let planned = planned(&walker, workflow, step);
            let mut names = book.names(&workflow.name, &step.id).into_owned();
            let mut records = walker.records(step).peekable();
            let is_over = records.peek().is_some();
            // An order that nobody has claimed is decided anew: the step is still ahead.
            let only_ordered = records.all(|record| record.outcome == StepOutcome::Ordered && record.task.is_none());
            names.extend(walker.records(step).flat_map(|record| record.also.iter().cloned()));
            StepAhead {
                step: step.id.clone(),
                names,
                planned,
                is_past: planned.is_some_and(|day| day < walker.today),
                is_over: is_over && !only_ordered,
                backfill: step.backfill,
            }
        });
        found.insert(case.invoice.clone(), steps.collect());
    }
    found
}
