//! Periodic work, `schedules:` in a workflow or in `relance.yaml`: when it is due, what it sends, to whom.
//!
//! Only what is done for a calendar's sake is here. When a step of a case is due is a date counted from the invoice,
//! never a cron expression.

mod field;
mod timetable;
mod words;

pub use timetable::{CronError, Missed, Timetable};

use crate::domain::{CreditorId, Matrix};

/// What a schedule sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// What was sent, what waits and what is owed.
    Digest,
    /// The provision for doubtful debts, by these shares.
    Provision(Matrix),
}

impl Work {
    /// The type of the event that tells its figures.
    pub fn event_kind(&self) -> &'static str {
        match self {
            Self::Digest => "digest.stated",
            Self::Provision(_) => "provision.stated",
        }
    }

    /// The name used in YAML; also the name of its templates.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Provision(_) => "provision",
        }
    }
}

/// Periodic work as written. A mail is about one creditor and nobody else's: an address never stands without the
/// creditor whose figures it may see.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its name, unique in its file.
    pub id: String,
    /// When it is due.
    pub timetable: Timetable,
    /// What it sends.
    pub work: Work,
    /// The one creditor it is about; each one where absent.
    pub creditor: Option<CreditorId>,
    /// Whom it is sent to; the creditor's own address where empty.
    pub to: Vec<String>,
    /// The language of the mail; the creditor's where absent.
    pub language: Option<String>,
    /// Whether the figures are published as an event as well.
    pub event: bool,
    /// Whether it runs.
    pub enabled: bool,
}
