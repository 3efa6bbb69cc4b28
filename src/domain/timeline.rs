//! The timeline: what happened to an account, in entries of one shape, for simulation, scenarios,
//! explanation, history and the events relance publishes.

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Channel, CreditorId, Currency, DebtorId, InvoiceId, LetterService, StepId, WorkflowName};

/// What happened. The order is the order of entries at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the definition, in the contract's order")]
pub enum Kind {
    Notice,
    Task,
    Approval,
    Approved,
    Rejected,
    Skipped,
    Held,
    Resumed,
    Settled,
    Reopened,
    Voided,
    Block,
    Unblock,
    Published,
    HandedOver,
    Exhausted,
    PromiseKept,
    PromiseBroken,
    PlanKept,
    PlanBroken,
}

/// Why; a closed list for each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the definition")]
pub enum Reason {
    // skipped
    WhenFalse,
    DueDatePassed,
    Unreachable,
    JumpedOver,
    ParentSkipped,
    DateMissing,
    StepNew,
    // held: the holds
    Dispute,
    Promise,
    Plan,
    Manual,
    Insolvency,
    StaleFeed,
    PendingCollection,
    DoNotContact,
    // held: the rest
    Requires,
    Approval,
    ApprovalExpired,
    Rejected,
    ProofMissing,
    DebtorUnknown,
    WorkflowUnknown,
    NoWorkflow,
    BlockedStep,
    // settled
    Payment,
    CreditNote,
    PlatformBalance,
    // tasks without a step, with `insolvency`, `unreachable`, `requires` and `proof_missing`
    Exhausted,
}

impl Reason {
    /// What the entry of a task without a step carries; of other reasons of tasks its `because` speaks alone.
    pub fn of_task(why: &str) -> Option<Self> {
        let carried = [Self::Exhausted, Self::Insolvency, Self::Unreachable, Self::Requires, Self::ProofMissing];
        carried.into_iter().find(|reason| reason.as_str() == why)
    }

    /// The name used in timelines, tables and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WhenFalse => "when_false",
            Self::DueDatePassed => "due_date_passed",
            Self::Unreachable => "unreachable",
            Self::JumpedOver => "jumped_over",
            Self::ParentSkipped => "parent_skipped",
            Self::DateMissing => "date_missing",
            Self::StepNew => "step_new",
            Self::Dispute => "dispute",
            Self::Promise => "promise",
            Self::Plan => "plan",
            Self::Manual => "manual",
            Self::Insolvency => "insolvency",
            Self::StaleFeed => "stale_feed",
            Self::PendingCollection => "pending_collection",
            Self::DoNotContact => "do_not_contact",
            Self::Requires => "requires",
            Self::Approval => "approval",
            Self::ApprovalExpired => "approval_expired",
            Self::Rejected => "rejected",
            Self::ProofMissing => "proof_missing",
            Self::DebtorUnknown => "debtor_unknown",
            Self::WorkflowUnknown => "workflow_unknown",
            Self::NoWorkflow => "no_workflow",
            Self::BlockedStep => "blocked_step",
            Self::Payment => "payment",
            Self::CreditNote => "credit_note",
            Self::PlatformBalance => "platform_balance",
            Self::Exhausted => "exhausted",
        }
    }
}

/// One thing that happened. Absent keys are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, with the account's local offset, whole seconds.
    pub at: DateTime<FixedOffset>,
    /// What.
    pub kind: Kind,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// Whose claim.
    pub creditor: CreditorId,
    /// Against whom.
    pub debtor: DebtorId,
    /// Which invoices, sorted.
    pub invoices: Vec<InvoiceId>,
    /// Under which workflow.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub workflow: Option<WorkflowName>,
    /// By which step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<StepId>,
    /// Through which channel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<Channel>,
    /// By which service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service: Option<LetterService>,
    /// With which template.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub template: Option<String>,
    /// How much, with the currency's decimals.
    #[serde(skip_serializing_if = "Option::is_none", default, with = "rust_decimal::serde::str_option")]
    pub amount: Option<Decimal>,
    /// In which currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// The values that decided, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub because: Vec<String>,
    /// The place of the step in its workflow, for ordering; not printed.
    #[serde(skip)]
    pub place: usize,
}

impl Entry {
    /// The order of entries: instant, creditor, debtor, kind, place of the step, channel, first invoice.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |entry: &Self| {
            (entry.at, entry.creditor.clone(), entry.debtor.clone(), entry.kind, entry.place, entry.channel)
        };
        key(self).cmp(&key(other)).then_with(|| self.invoices.first().cmp(&other.invoices.first()))
    }
}
