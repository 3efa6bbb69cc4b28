//! What a workflow says about prevention: answers to a satisfaction question, and warnings about credit.

use rust_decimal::Decimal;

use super::{Condition, Duration, Message};

/// A satisfaction question, and what a bad answer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// The question, sent by email.
    pub message: Message,
    /// The task that a bad answer opens; none where absent.
    pub on_bad: Option<BadScore>,
}

/// When a score is bad, and who hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadScore {
    /// The highest score that is bad, on the platform's own scale.
    pub at_most: Decimal,
    /// The kind of the task.
    pub kind: String,
    /// The role that is to do it.
    pub assign: Option<String>,
    /// How long it has; never past the due date while that is ahead.
    pub within: Duration,
    /// A note for who does it.
    pub note: Option<String>,
}

/// When the platform is warned that a debtor gets a new invoice.
#[derive(Clone, Debug, PartialEq)]
pub struct CreditWarning {
    /// Asked when the invoice comes; where absent, whether the account owes more than the debtor's credit limit.
    pub when: Option<Condition>,
    /// The deposit to ask for on the next orders, in percent; no advice where absent.
    pub deposit_percent: Option<Decimal>,
}
