//! Reasons to wait, as stated: insolvency, disputes, promises, plans, holds.
//!
//! Whether one of them holds back a notice today is decided by the engine.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::{DebtorId, InvoiceId};

/// Insolvency proceedings were opened against the debtor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsolvencyOpened {
    /// The debtor.
    pub debtor: DebtorId,
    /// The kind of proceedings, as the court calls it.
    pub procedure: String,
    /// Day of the judgment.
    pub judgment_date: NaiveDate,
    /// Day of publication, from which the time to declare runs.
    pub published_on: Option<NaiveDate>,
    /// To whom claims are declared.
    pub representative: Option<String>,
}

/// The debtor disputes an invoice, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeOpened {
    /// The platform's identifier.
    pub id: String,
    /// Whose.
    pub debtor: DebtorId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The disputed part; absent means the whole.
    pub amount: Option<Decimal>,
    /// Category, the platform's own.
    pub category: Option<String>,
    /// Reason, the platform's own.
    pub reason: Option<String>,
}

/// How a dispute ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeOutcome {
    /// The claim stands.
    Rejected,
    /// The debtor was right; a credit note or write-off follows.
    Accepted,
    /// The debtor gave it up.
    Withdrawn,
}

/// A dispute ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeResolved {
    /// The dispute.
    pub id: String,
    /// How.
    pub outcome: DisputeOutcome,
}

/// The debtor says it will pay an amount by a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseMade {
    /// The platform's identifier.
    pub id: String,
    /// Who promised.
    pub debtor: DebtorId,
    /// On which invoices; empty means all open ones of the debtor.
    pub invoices: Vec<InvoiceId>,
    /// How much.
    pub amount: Decimal,
    /// Last day of the promise.
    pub pay_by: NaiveDate,
    /// Who said so.
    pub said_by: Option<String>,
    /// How.
    pub channel: Option<String>,
}

/// A plan: a promise in instalments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanAgreed {
    /// The platform's identifier.
    pub id: String,
    /// With whom.
    pub debtor: DebtorId,
    /// On which invoices.
    pub invoices: Vec<InvoiceId>,
    /// What is to be paid and when.
    pub instalments: Vec<Instalment>,
}

/// One instalment of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Its last day.
    pub due_on: NaiveDate,
    /// How much.
    pub amount: Decimal,
}

/// Somebody decided that nothing is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldPlaced {
    /// The platform's identifier.
    pub id: String,
    /// Whose.
    pub debtor: DebtorId,
    /// One invoice; absent means the whole account.
    pub invoice: Option<InvoiceId>,
    /// Why.
    pub reason: String,
    /// Its last day; absent means until released.
    pub until: Option<NaiveDate>,
}
