//! A case: one invoice walking one version of one workflow, told by its journal of steps.
//!
//! A case has no program counter. Where it stands is what its journal says; dates are computed anew from
//! the invoice each time.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{InvoiceId, NoticeId, Reason, Revision, StepId, TaskId, WorkflowName};

/// The stages of an escalation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the due date.
    Prevention,
    /// Reminders.
    Reminder,
    /// The mise en demeure and what runs under it.
    FormalNotice,
    /// Court, bailiff, handover.
    Legal,
}

impl Phase {
    /// The name used in YAML, tables and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prevention => "prevention",
            Self::Reminder => "reminder",
            Self::FormalNotice => "formal_notice",
            Self::Legal => "legal",
        }
    }
}

/// Where a case stands as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// No workflow yet: debtor or creditor unknown, or none applies.
    Waiting,
    /// Walking.
    Open,
    /// Nothing is owed any more; a reversed payment opens it again.
    Settled,
    /// The invoice is void; final.
    Voided,
    /// Left to somebody else; payments still count.
    HandedOver,
    /// Every step done or skipped, and said so.
    Exhausted,
}

impl CaseState {
    /// The name used in tables and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Voided => "voided",
            Self::HandedOver => "handed_over",
            Self::Exhausted => "exhausted",
        }
    }
}

/// What became of one occurrence of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Its notices or tasks are ordered and not all through.
    Ordered,
    /// Really done, on `StepRecord::day`.
    Done,
    /// Not done, for good, for this reason.
    Skipped(Reason),
}

/// One line of a case's journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The step, by the name it has in the revision the case stands on.
    pub step: StepId,
    /// The names it had before in revisions that the case walked: what was done under one of them stays done.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub also: BTreeSet<StepId>,
    /// Which repetition, from 1.
    pub occurrence: u32,
    /// What became of it.
    pub outcome: StepOutcome,
    /// The civil day in the account's zone: of the order until it is done, then the day it was done.
    pub day: NaiveDate,
    /// The instant of the last change.
    pub at: DateTime<Utc>,
    /// The notices that stand for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<NoticeId>,
    /// The task that stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// Since when every notice of it is known to have failed, so that its fallback goes at the next opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_since: Option<DateTime<Utc>>,
}

impl Case {
    /// Whether two names are those of one step: the same, or one that it has and one that it had in this case.
    pub fn is_same_step(&self, one: &StepId, other: &StepId) -> bool {
        one == other || self.journal.iter().any(|line| line.is_of(one) && line.is_of(other))
    }
}

impl StepRecord {
    /// Whether the line is about the step of that name, now or formerly.
    pub fn is_of(&self, id: &StepId) -> bool {
        self.step == *id || self.also.contains(id)
    }
}

/// Something an answer to a task announced, for which the case waits: a promise, a dispute, a payment, a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// The hold it stands as meanwhile.
    pub reason: Reason,
    /// When it was announced.
    pub since: DateTime<Utc>,
    /// The last day of waiting.
    pub until: NaiveDate,
}

/// One invoice walking one version of one workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The invoice; a case has its identifier.
    pub invoice: InvoiceId,
    /// The workflow and its revision, once chosen.
    pub workflow: Option<(WorkflowName, Revision)>,
    /// Why that workflow was chosen, in sentences: what decided at that moment is not asked again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<String>,
    /// Where it stands as a whole.
    pub state: CaseState,
    /// The phase of the last step done.
    pub phase: Option<Phase>,
    /// When relance first saw the invoice.
    pub opened_at: DateTime<Utc>,
    /// What was done and skipped, in order.
    pub journal: Vec<StepRecord>,
    /// The reasons for which `held` was written and not yet `resumed`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub held: BTreeSet<Reason>,
    /// A jump that is under way: the target step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_to: Option<StepId>,
    /// Keys of one-time entries already written (`promise_broken:P-1`), so that none is written twice.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub said: BTreeSet<String>,
    /// Since when nothing keeps the case back; `None` while something does. What becomes free after a day's
    /// opening goes at the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_since: Option<DateTime<Utc>>,
    /// What an answer announced and is not on record yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaited: Option<Awaited>,
}

impl Case {
    /// A case of which nothing happened yet, first seen at `opened_at`.
    pub fn new(invoice: InvoiceId, opened_at: DateTime<Utc>) -> Self {
        Self {
            invoice,
            workflow: None,
            chosen: Vec::new(),
            state: CaseState::Waiting,
            phase: None,
            opened_at,
            journal: Vec::new(),
            held: BTreeSet::new(),
            go_to: None,
            said: BTreeSet::new(),
            free_since: None,
            awaited: None,
        }
    }
}
