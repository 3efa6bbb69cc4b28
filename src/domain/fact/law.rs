//! What the law asks to be said in so many words: late charges claimed and waived, limitation interrupted.
//!
//! Charges are never written on an invoice, and nothing but these facts claims, waives or interrupts anything.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{DebtorId, InvoiceId};

/// A part of the late charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargePart {
    /// Interest.
    Interest,
    /// The lump sum for recovery costs.
    LumpSum,
}

/// The creditor claims the late charges of an invoice: every notice about it states them from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargesClaimed {
    /// The platform's identifier of the claim.
    pub id: String,
    /// From whom.
    pub debtor: DebtorId,
    /// On which invoice; absent means on every one of the debtor.
    pub invoice: Option<InvoiceId>,
    /// Who decided.
    pub by: Option<String>,
    /// A note.
    pub note: Option<String>,
}

/// The creditor gives late charges up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargesWaived {
    /// The platform's identifier of the waiver.
    pub id: String,
    /// For whom.
    pub debtor: DebtorId,
    /// On which invoice; absent means on every one of the debtor.
    pub invoice: Option<InvoiceId>,
    /// Which parts; empty means all.
    pub parts: Vec<ChargePart>,
    /// The last day whose interest is given up; absent means for good.
    pub through: Option<NaiveDate>,
    /// Who decided.
    pub by: Option<String>,
    /// Why.
    pub reason: String,
}

/// What interrupts a limitation period; the list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterruptionCause {
    /// The debtor acknowledged the debt.
    Acknowledgement,
    /// The claim was brought before a court, in summary proceedings too.
    CourtClaim,
    /// A protective measure or an act of enforcement.
    Enforcement,
}

impl InterruptionCause {
    /// For sentences: `court claim`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::CourtClaim => "court claim",
            Self::Enforcement => "enforcement",
        }
    }
}

/// A limitation period was interrupted: a new one of the same length runs from that day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitationInterrupted {
    /// The platform's identifier.
    pub id: String,
    /// Whose debt.
    pub debtor: DebtorId,
    /// Of which invoices; never empty.
    pub invoices: Vec<InvoiceId>,
    /// By what.
    pub cause: InterruptionCause,
    /// On which day.
    pub on: NaiveDate,
    /// A note: the act, its reference.
    pub note: Option<String>,
}
