//! What people and carriers reported: contacts, feedback, approvals, tasks, deliveries.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::{Channel, DebtorId, DeliveryStatus, InvoiceId, NoticeId, StepId, TaskId};

/// Which way a contact went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The debtor came to us.
    Inbound,
    /// We went to the debtor; counts for the contact budget.
    Outbound,
}

/// A contact somebody had with the debtor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRecorded {
    /// With whom.
    pub debtor: DebtorId,
    /// `call`, `email`, `letter` or `visit`.
    pub channel: String,
    /// Which way.
    pub direction: Direction,
    /// What came of it.
    pub outcome: String,
    /// When.
    pub at: DateTime<Utc>,
    /// A note.
    pub note: Option<String>,
    /// The task it belongs to.
    pub task: Option<String>,
}

/// The debtor's answer to a satisfaction question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackReceived {
    /// Whose.
    pub debtor: DebtorId,
    /// About which invoice.
    pub invoice: Option<InvoiceId>,
    /// The score given.
    pub score: Decimal,
    /// A comment.
    pub comment: Option<String>,
}

/// A person answered an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalAnswered {
    /// The case.
    pub invoice: InvoiceId,
    /// The step.
    pub step: StepId,
    /// Yes or no.
    pub answer: ApprovalAnswer,
    /// Who.
    pub by: String,
    /// A note.
    pub note: Option<String>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalAnswer {
    /// Send it.
    Approved,
    /// Do not.
    Rejected,
}

/// Which task was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskRef {
    /// By its own identifier.
    Id(TaskId),
    /// By the case and the step that opened it.
    Step {
        /// The case.
        invoice: InvoiceId,
        /// The step.
        step: StepId,
    },
}

/// A person answered a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskAnswered {
    /// Which task.
    pub task: TaskRef,
    /// One of the step's `outcomes`, or free text.
    pub outcome: String,
    /// Who.
    pub by: String,
    /// A note.
    pub note: Option<String>,
}

/// Which notice a status is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeRef {
    /// By its own identifier.
    Id(NoticeId),
    /// By the identifier its provider gave.
    ProviderId(String),
    /// By the case, step, and where needed channel and occurrence.
    Step {
        /// The case.
        invoice: InvoiceId,
        /// The step.
        step: StepId,
        /// The channel; absent means every channel of the step.
        channel: Option<Channel>,
        /// The occurrence; absent means the latest.
        occurrence: Option<u32>,
    },
}

/// What a carrier or integrator reports of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeReported {
    /// Which notice.
    pub notice: NoticeRef,
    /// How far it got.
    pub status: DeliveryStatus,
    /// When.
    pub at: DateTime<Utc>,
    /// Where the proof is.
    pub proof: Option<String>,
}
