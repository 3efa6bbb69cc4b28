//! Facts: what the platform told us, one value for each event type, and the order of two versions.
//!
//! Facts are never derived and never deleted. The state of an account is a function of the set of its
//! facts, so the order in which they arrive, and how often, makes no difference.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Creditor, Debtor};

mod answers;
mod claims;
mod holds;
mod law;

pub use answers::*;
pub use claims::*;
pub use holds::*;
pub use law::*;

/// Orders two versions of one thing: the greater wins. Instants are kept to the microsecond.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// When it happened, by the platform's clock.
    pub time: DateTime<Utc>,
    /// The platform's own order where times tie; absent is 0.
    pub sequence: i64,
    /// The event's id, the last tie-break.
    pub id: String,
}

/// A fact and the version that stated it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded<T> {
    /// Which version stated it.
    pub version: Version,
    /// What was stated.
    pub fact: T,
}

/// What an event stated: one variant for each type of `relance.in`.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// `creditor.upserted`
    Creditor(Creditor),
    /// `payments.synced`
    PaymentsSynced(PaymentsSynced),
    /// `debtor.upserted`
    Debtor(Debtor),
    /// `debtor.insolvency_opened`
    InsolvencyOpened(InsolvencyOpened),
    /// `invoice.upserted`
    Invoice(Invoice),
    /// `invoice.voided`
    InvoiceVoided(InvoiceVoided),
    /// `credit_note.upserted`
    CreditNote(CreditNote),
    /// `payment.upserted`
    Payment(Payment),
    /// `dispute.opened`
    DisputeOpened(DisputeOpened),
    /// `dispute.resolved`
    DisputeResolved(DisputeResolved),
    /// `promise.made`
    PromiseMade(PromiseMade),
    /// `promise.withdrawn`: the promise's id
    PromiseWithdrawn(String),
    /// `plan.agreed`
    PlanAgreed(PlanAgreed),
    /// `plan.cancelled`: the plan's id
    PlanCancelled(String),
    /// `hold.placed`
    HoldPlaced(HoldPlaced),
    /// `hold.released`: the hold's id
    HoldReleased(String),
    /// `charges.claimed`
    ChargesClaimed(ChargesClaimed),
    /// `charges.waived`
    ChargesWaived(ChargesWaived),
    /// `limitation.interrupted`
    LimitationInterrupted(LimitationInterrupted),
    /// `contact.recorded`
    Contact(ContactRecorded),
    /// `feedback.received`
    Feedback(FeedbackReceived),
    /// `approval.answered`
    ApprovalAnswered(ApprovalAnswered),
    /// `task.answered`
    TaskAnswered(TaskAnswered),
    /// `notice.status`
    NoticeReported(NoticeReported),
}
