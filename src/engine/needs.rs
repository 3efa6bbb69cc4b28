//! What one step needs before it may go, whatever the hour: that nobody blocked it, and what it `requires` (rule 21).
//!
//! Everything here is a question; the walk asks it and writes what follows.

use super::delivery::{Standing, standing};
use super::scene::{Hold, Scene, Walker};
use crate::domain::{Phase, Reason, StepOutcome, StepRecord};
use crate::workflow::{Action, Step, Workflow};

/// Whether the step is stopped on every revision.
pub(super) fn blocked(scene: &Scene<'_>, workflow: &Workflow, step: &Step) -> Option<Hold> {
    let why = scene.book.why_blocked(&workflow.name, &step.id)?;
    Some(Hold::of(Reason::BlockedStep, format!("{} is blocked: {why}", step.id)))
}

/// Whether the debtor asked not to be contacted: that keeps reminders and calls back, never a formal notice (rule 30).
pub(super) fn not_contacted(scene: &Scene<'_>, step: &Step) -> Option<Hold> {
    let asked = scene.debtor?.do_not_contact.as_ref()?;
    let contacts = |action: &Action| matches!(action, Action::Message(_) | Action::Survey(_) | Action::Task(_));
    let is_asked = step.phase <= Phase::Reminder && step.actions.iter().any(contacts);
    let because = format!("not to be contacted: {}", asked.reason);
    is_asked.then_some(Hold::of(Reason::DoNotContact, because))
}

/// The first required step that is not on record (rule 21).
pub(super) fn unmet(scene: &Scene<'_>, walker: &Walker<'_>, workflow: &Workflow, step: &Step) -> Option<Hold> {
    let missing = step
        .requires
        .iter()
        .find(|id| workflow.step(id).is_none_or(|(_, required)| !is_on_record(scene, walker, required)))?;
    Some(Hold::of(Reason::Requires, format!("{missing} is not on record as sent")))
}

/// Whether a step is on record: one of its notices was accepted and did not bounce; without a message, it was done.
pub(super) fn is_on_record(scene: &Scene<'_>, walker: &Walker<'_>, step: &Step) -> bool {
    let sent = |record: &StepRecord| {
        let notices = record.notices.iter().filter_map(|id| scene.account.notices.get(id));
        let mut standings = notices.map(|notice| standing(scene, notice));
        record.notices.is_empty() || standings.any(|one| matches!(one, Standing::Accepted(_)))
    };
    walker.records(step).any(|record| record.outcome == StepOutcome::Done && sent(record))
}
