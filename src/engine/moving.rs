//! Moving running cases to another revision of their workflow (rules 25, 37).
//!
//! A case is where its journal says, so moving it means to tell the journal what its steps are called now. What was
//! done stays done whatever it is called: nothing here orders, and no line of what left is ever taken out. What
//! follows from the new revision is left to the next decision.
//!
//! Only open cases move. Waiting ones have no revision yet; settled, exhausted and handed-over ones are not running:
//! they stay on the revision they ended on, and a settled one that is reopened goes on there until it is moved.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Book;
use super::answers::APPROVAL;
use super::delivery::{Standing, handed_over};
use super::scene::{Outcome, Scene, Walker};
use super::terms::ledger;
use super::timing::{DeadlineState, deadline_state, planned};
use crate::domain::{
    Account, Case, CaseState, Decision, Entry, InvoiceId, Kind, NoticeState, Reason, Revision, StepId, StepOutcome,
    StepRecord, TaskState, WorkflowName,
};
use crate::workflow::{Step, Workflow};

/// Why a case cannot be moved now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsafe {
    /// A notice of it is claimed, being sent, or may have left.
    Claimed,
    /// A person was asked to approve its next step, and has not, or has refused.
    AwaitingApproval,
    /// A deadline it was given is not over, or waits for its proof.
    RunningDeadline,
    /// This program does not have the revision it stands on, so it cannot tell what is running.
    UnknownRevision,
}

impl Unsafe {
    /// The name used in tables and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::AwaitingApproval => "awaiting_approval",
            Self::RunningDeadline => "running_deadline",
            Self::UnknownRevision => "unknown_revision",
        }
    }
}

/// What moving the cases of an account comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moved {
    /// The cases that move, whole, on their new revision.
    pub cases: Vec<Case>,
    /// What was skipped by moving, in order.
    pub entries: Vec<Entry>,
    /// The cases that stay where they are, and why.
    pub stays: Vec<(InvoiceId, Unsafe)>,
}

impl Moved {
    /// The same as a decision, to be carried out and saved as any other; the account is to be decided after it.
    pub fn decision(&self) -> Decision {
        Decision { cases: self.cases.clone(), entries: self.entries.clone(), ..Decision::default() }
    }
}

/// Moves every open case of `workflow` that stands on another revision to `to`, where it is safe. Moving again
/// changes nothing. A revision that the book does not have moves nobody.
pub fn move_cases(account: &Account, book: &Book, workflow: &WorkflowName, to: &Revision, now: DateTime<Utc>) -> Moved {
    let key = (workflow.clone(), to.clone());
    let concerns = |case: &Case| {
        let elsewhere = case.workflow.as_ref().is_some_and(|(name, revision)| name == workflow && revision != to);
        elsewhere && case.state == CaseState::Open
    };
    if book.revision(&key).is_none() || !account.cases.values().any(concerns) {
        return Moved::default();
    }
    let ledger = ledger(&account.facts, book);
    let scene = Scene::of(account, book, &ledger, now);
    let (mut moved, mut outcome) = (Moved::default(), Outcome::default());
    for case in account.cases.values().filter(|case| concerns(case)) {
        let Some(invoice) = account.facts.invoices.get(&case.invoice) else { continue };
        let Some(balance) = ledger.balances.get(&case.invoice) else { continue };
        let before = scene.walker(case.clone(), invoice, balance);
        if let Some(why) = keeps_in_place(&scene, &before) {
            moved.stays.push((case.invoice.clone(), why));
            continue;
        }
        let mut case = case.clone();
        case.workflow = Some(key.clone());
        let mut walker = scene.walker(case, invoice, balance);
        move_case(&scene, &before, &mut walker, &mut outcome);
        moved.cases.push(walker.case);
    }
    outcome.entries.sort_by(Entry::order);
    moved.entries = outcome.entries;
    moved
}

/// What makes this no moment to move the case.
pub(super) fn keeps_in_place(scene: &Scene<'_>, walker: &Walker<'_>) -> Option<Unsafe> {
    let of_case = |notice: &&crate::domain::Notice| notice.lines.iter().any(|line| line.invoice == *walker.id());
    let mut notices = scene.account.notices.values().filter(of_case);
    if notices.any(|notice| matches!(handed_over(scene.account, notice), Standing::Leaving | Standing::Uncertain)) {
        return Some(Unsafe::Claimed);
    }
    let asked = |task: &crate::domain::Task| {
        task.kind == APPROVAL && task.state == TaskState::Open && task.invoices.contains(walker.id())
    };
    let refused = [Reason::Rejected, Reason::ApprovalExpired];
    if refused.iter().any(|reason| walker.case.held.contains(reason)) || scene.account.tasks.values().any(asked) {
        return Some(Unsafe::AwaitingApproval);
    }
    let Some(workflow) = walker.workflow else { return Some(Unsafe::UnknownRevision) };
    let runs = |record: &StepRecord| match deadline_state(scene, walker, workflow, record) {
        Some(DeadlineState::Ends(last)) => walker.today <= last,
        Some(DeadlineState::NotStarted(_)) => has_left(scene, record),
        None => false,
    };
    walker.case.journal.iter().any(runs).then_some(Unsafe::RunningDeadline)
}

/// Whether a step was done, or a notice of it was taken by a carrier.
fn has_left(scene: &Scene<'_>, record: &StepRecord) -> bool {
    record.outcome == StepOutcome::Done || accepted(scene, record).is_some()
}

/// When the first notice of a journal line was accepted.
fn accepted(scene: &Scene<'_>, record: &StepRecord) -> Option<DateTime<Utc>> {
    let notices = record.notices.iter().filter_map(|id| scene.account.notices.get(id));
    let accepted = notices.filter_map(|notice| match handed_over(scene.account, notice) {
        Standing::Accepted(at) => Some(at),
        _ => None,
    });
    accepted.min()
}

/// Moves one case: names its journal anew, ends what has no step any more, skips what is new and past.
fn move_case(scene: &Scene<'_>, before: &Walker<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let Some(workflow) = walker.workflow else { return };
    let names: Vec<Cow<'_, BTreeSet<StepId>>> =
        workflow.steps.iter().map(|step| scene.book.names_of(&workflow.name, step)).collect();
    let known = known_before(scene.book, before);
    let heir = |id: &StepId, also: &BTreeSet<StepId>| heir(scene.book, workflow, &names, id, also);
    let mut journal = Vec::with_capacity(walker.case.journal.len());
    for mut record in std::mem::take(&mut walker.case.journal) {
        match heir(&record.step, &record.also) {
            Some(index) => {
                record.also.insert(std::mem::replace(&mut record.step, workflow.steps[index].id.clone()));
                record.also.extend(names[index].iter().cloned());
                record.also.remove(&record.step);
            }
            None => match ended(scene, record) {
                Some(over) => record = over,
                None => continue,
            },
        }
        journal.push(record);
    }
    walker.case.journal = journal;
    if let Some(target) = walker.case.go_to.take() {
        let index = heir(&target, &BTreeSet::new());
        walker.case.go_to = index.map(|index| workflow.steps[index].id.clone());
    }
    skip_past(scene, walker, outcome, |index| names[index].iter().any(|name| known.contains(name)));
    // What an edit makes due later in a day goes at the next opening, as after an import (rule 2); what was ordered
    // that day already goes on.
    if !has_ordered(scene, walker) {
        walker.case.free_since = walker.case.free_since.map(|_| scene.now);
    }
}

/// Every name of the steps that the case had before it moved, and of what its journal tells of.
fn known_before(book: &Book, before: &Walker<'_>) -> BTreeSet<StepId> {
    let mut known = BTreeSet::new();
    for record in &before.case.journal {
        known.insert(record.step.clone());
        known.extend(record.also.iter().cloned());
    }
    if let Some(workflow) = before.workflow {
        known.extend(workflow.steps.iter().flat_map(|step| book.names_of(&workflow.name, step).into_owned()));
    }
    known
}

/// The step that a journal line is about: the one called so or renamed from it, then one that has another name of the
/// line, then one that was renamed from it in revisions between, then one that it was renamed from: a renaming that is
/// taken back.
fn heir(
    book: &Book,
    workflow: &Workflow,
    names: &[Cow<'_, BTreeSet<StepId>>],
    id: &StepId,
    also: &BTreeSet<StepId>,
) -> Option<usize> {
    let place =
        |is: &dyn Fn(usize, &Step) -> bool| workflow.steps.iter().enumerate().position(|(index, step)| is(index, step));
    place(&|_, step| step.is_named(id))
        .or_else(|| place(&|_, step| also.iter().any(|id| step.is_named(id))))
        .or_else(|| place(&|index, _| names[index].contains(id) || !names[index].is_disjoint(also)))
        .or_else(|| {
            let older = book.names(&workflow.name, id);
            place(&|_, step| older.iter().any(|name| step.is_named(name)))
        })
}

/// The line of a step that the new revision does not have. What left or was asked of a person was done; what nobody
/// has taken is forgotten, and its notices are withdrawn by the next decision.
fn ended(scene: &Scene<'_>, record: StepRecord) -> Option<StepRecord> {
    if record.outcome != StepOutcome::Ordered {
        return Some(record);
    }
    let left = accepted(scene, &record).is_some();
    if left || record.task.is_some() {
        return Some(StepRecord { outcome: StepOutcome::Done, at: scene.now, ..record });
    }
    let mut notices = record.notices.iter().filter_map(|id| scene.account.notices.get(id));
    let failed = notices.any(|notice| notice.state == NoticeState::Rejected);
    failed.then_some(StepRecord { outcome: StepOutcome::Skipped(Reason::Unreachable), at: scene.now, ..record })
}

/// Skips the steps that are new to the case and planned before today (rule 37).
fn skip_past(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome, is_known: impl Fn(usize) -> bool) {
    let Some(workflow) = walker.workflow else { return };
    for (index, step) in workflow.steps.iter().enumerate() {
        let Some(day) = planned(walker, workflow, step).filter(|day| *day < walker.today) else { continue };
        if step.backfill || is_known(index) || walker.records(step).next().is_some() {
            continue;
        }
        let entry = walker.step_entry(scene, Kind::Skipped, Some(Reason::StepNew), index, step);
        outcome.say(entry, [format!("new since {}, planned for {day}", walker.today)]);
        walker.record(scene, step, 1, StepOutcome::Skipped(Reason::StepNew));
    }
}

fn has_ordered(scene: &Scene<'_>, walker: &Walker<'_>) -> bool {
    let ids = walker.case.journal.iter().flat_map(|record| &record.notices);
    let mut notices = ids.filter_map(|id| scene.account.notices.get(id));
    notices.any(|notice| notice.state == NoticeState::Ordered)
}
