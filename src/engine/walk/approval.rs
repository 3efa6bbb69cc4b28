//! The yes of a person that a step may need (rules 23, 30): whether it is needed, asked for, given or refused.

use chrono::{DateTime, Utc};

use super::{Candidate, Here, Part};
use crate::domain::{Phase, Reason, Task, TaskId, TaskState};
use crate::engine::answers::{APPROVAL, APPROVED, REJECTED};
use crate::engine::scene::{Hold, Outcome, Scene, Walker};
use crate::engine::scope::CaseScope;
use crate::workflow::{OnExpire, Workflow};

/// Whether a person's yes is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Consent {
    /// No.
    NotNeeded,
    /// Yes, and it has not been asked for.
    Ask,
    /// Yes, and this task asks for it.
    Asked(TaskId),
    /// Yes, and this task gave it.
    Given(TaskId),
}

impl Consent {
    /// Whether nothing may go before a person has answered.
    pub fn is_missing(self) -> bool {
        matches!(self, Self::Ask | Self::Asked(_))
    }
}

/// The approval asked for a step, and whether one is needed: for explanations.
pub(in crate::engine) fn consent<'a>(
    scene: &Scene<'a>,
    walker: &mut Walker<'a>,
    outcome: &mut Outcome,
    workflow: &'a Workflow,
    (index, occurrence): (usize, u32),
) -> (Option<Task>, bool) {
    let here = Here { scene, walker, outcome, workflow, index, occurrence, is_contact_day: false };
    (here.approval(), here.needs_approval())
}

/// The consent to what is left of a step under way, and when it was given; `None` where a person refused it or did not
/// answer in time, which holds the case. A question that nobody needs answered any more is taken back.
pub(in crate::engine) fn consent_to_rest<'a>(
    scene: &Scene<'a>,
    walker: &mut Walker<'a>,
    outcome: &mut Outcome,
    workflow: &'a Workflow,
    (index, occurrence): (usize, u32),
) -> Option<(Consent, Option<DateTime<Utc>>)> {
    let here = Here { scene, walker, outcome, workflow, index, occurrence, is_contact_day: false };
    if let Some(hold) = here.refusal() {
        here.walker.step_holds.push(hold);
        return None;
    }
    let task = here.approval();
    if !here.needs_approval() {
        take_back(here.outcome, task);
        return Some((Consent::NotNeeded, None));
    }
    Some(match task {
        Some(task) if task.state == TaskState::Open => (Consent::Asked(task.id), None),
        Some(task) if task.outcome.as_deref() == Some(APPROVED) => (Consent::Given(task.id), task.answered_at),
        _ => (Consent::Ask, None),
    })
}

/// Takes a question back that is still open.
pub(in crate::engine) fn take_back(outcome: &mut Outcome, task: Option<Task>) {
    if let Some(task) = task.filter(|task| task.state == TaskState::Open) {
        outcome.tasks.insert(task.id, Task { state: TaskState::Withdrawn, ..task });
    }
}

impl Here<'_, '_, '_> {
    /// A step whose approval is asked for: what would be asked now is compared with what was. The question is taken
    /// back where none is needed any more.
    pub(super) fn asked(&mut self, at: usize) -> Option<Candidate> {
        let task = self.approval().filter(|task| task.state == TaskState::Open)?;
        if !self.needs_approval() {
            take_back(self.outcome, Some(task));
            // Nobody said yes at this hour: the step goes at the next opening.
            self.walker.case.free_since = self.walker.case.free_since.map(|_| self.scene.now);
            return None;
        }
        let because = vec!["what was asked for has changed".to_owned()];
        let (index, occurrence, consent) = (self.index, self.occurrence, Consent::Asked(task.id));
        Some(Candidate { walker: at, index, occurrence, part: Part::Step, consent, because })
    }

    /// The newest approval asked for this occurrence of the step.
    pub(super) fn approval(&self) -> Option<Task> {
        let step = self.step();
        let mine = |task: &&Task| {
            task.kind == APPROVAL
                && task.step.as_ref().is_some_and(|id| self.walker.is_named(step, id))
                && task.occurrence == self.occurrence
                && task.invoices.contains(self.walker.id())
        };
        // Only what a debtor who is not to be contacted may still get is asked for without the file's saying so.
        if step.approval.is_none() && step.phase < Phase::FormalNotice {
            return None;
        }
        let newest = self.scene.tasks(self.outcome).filter(mine).max_by_key(|task| {
            let stands = task.state != TaskState::Withdrawn;
            (task.created_at, stands, task.id)
        });
        newest.filter(|task| task.state != TaskState::Withdrawn).cloned()
    }

    /// Whether a person must say yes before the step goes.
    pub(super) fn needs_approval(&self) -> bool {
        if self.is_protected() && self.step().phase >= Phase::FormalNotice {
            return true;
        }
        self.step().approval.as_ref().is_some_and(|approval| {
            let when = approval.when.as_ref();
            when.is_none_or(|when| when.evaluate(&CaseScope::of(self.scene, self.walker)).value)
        })
    }

    /// Whether the debtor asked not to be contacted.
    fn is_protected(&self) -> bool {
        self.scene.debtor.is_some_and(|debtor| debtor.do_not_contact.is_some())
    }

    /// What a refused or expired approval keeps back. One that was asked for the debtor's wish alone ends with it.
    pub(super) fn refusal(&self) -> Option<Hold> {
        if self.step().approval.is_none() && !self.is_protected() {
            return None;
        }
        let task = self.approval()?;
        let expiry = self.step().approval.as_ref().and_then(|approval| approval.expires).map(|(_, then)| then);
        let (reason, because) = match (task.state, task.outcome.as_deref()) {
            (TaskState::Answered, Some(REJECTED)) => (Reason::Rejected, "the approval was refused"),
            (TaskState::TimedOut, _) if expiry == Some(OnExpire::Hold) => {
                (Reason::ApprovalExpired, "nobody answered the approval in time")
            }
            _ => return None,
        };
        Some(Hold::of(reason, because.to_owned()))
    }
}
