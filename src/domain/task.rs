//! Tasks: work for a person, approvals among it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{InvoiceId, StepId, TaskId, WorkflowName};

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Waits for a person.
    Open,
    /// A person answered.
    Answered,
    /// Nobody answered in time.
    TimedOut,
    /// No longer of use.
    Withdrawn,
}

/// Why a task may be opened that no step opens; a closed list, explained in `docs/tasks.md`.
pub const TASK_REASONS: [&str; 12] = [
    "dispute",
    "exhausted",
    "feedback",
    "insolvency",
    "limitation",
    "promise",
    "proof_missing",
    "requires",
    "terms",
    "uncertain",
    "unreachable",
    "workflow_unknown",
];

/// Work for a person. One task stands for all cases of one account at one step on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Derived from creditor, lead case, step, occurrence and kind.
    pub id: TaskId,
    /// What it is about; sorted. Empty for a task about the debtor.
    pub invoices: Vec<InvoiceId>,
    /// The workflow.
    pub workflow: Option<WorkflowName>,
    /// The step that opened it; none where it has a reason instead.
    pub step: Option<StepId>,
    /// Which occurrence of that step, from 1.
    pub occurrence: u32,
    /// `call`, `approval`, `decide`, `legal`, `check`, …
    pub kind: String,
    /// Why it was opened, where no step did: one of [`TASK_REASONS`].
    pub reason: Option<String>,
    /// The role that is to do it.
    pub assign: Option<String>,
    /// The script's template.
    pub script: Option<String>,
    /// A note of the workflow.
    pub note: Option<String>,
    /// What may be answered; empty means anything.
    pub outcomes: Vec<String>,
    /// For an approval: the digest of the exact content it is asked for.
    pub content_digest: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// Its last day.
    pub due_on: Option<NaiveDate>,
    /// Where it stands.
    pub state: TaskState,
    /// What was answered.
    pub outcome: Option<String>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<DateTime<Utc>>,
}
