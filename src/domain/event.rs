//! Events as they arrive: the CloudEvents envelope and the `data` of every type, read strictly into facts.
//!
//! What is read here is either an [`Event`] that can be applied or a [`Refusal`] that names the field and the
//! remedy; nothing in between. It deliberately normalises nothing but instants (to the microsecond), keeps
//! the text of `data` as it came, and never repeats a debtor's particulars in a refusal.

mod answer;
mod closed;
mod collect;
mod envelope;
mod examples;
mod fields;
mod fields_table;
mod hold;
mod kind;
mod law;
mod ledger;
mod party;
mod scalar;
mod schema;

pub use envelope::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, EVENT_BYTES_MAX, Message, Reading, Refused, read};
pub use fields::NESTING_MAX;
pub use kind::FactKind;
pub use scalar::{LIST_ITEMS_MAX, NOTE_CHARS_MAX, TEXT_CHARS_MAX, YEAR_MAX, YEAR_MIN};
pub use schema::schema;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{CreditorId, DebtorId, Fact, Version};

/// Why something is not taken: the field, and what is wrong with it and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Refusal {
    /// Where: `time`, `data.total`, `data.allocations[2].amount`; `body` for the message as a whole.
    pub field: String,
    /// A sentence that says what is wrong and what to do. Never a name, an address or a free text.
    pub reason: String,
}

impl Refusal {
    pub(super) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// One event that can be applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Whose claim it is.
    pub creditor: CreditorId,
    /// The system that published it.
    pub source: String,
    /// Its id within that system.
    pub id: String,
    /// The first half of the SHA-256 of creditor, source and id: the identity of the event.
    pub identity_hash: [u8; 16],
    /// The first half of the SHA-256 of what it says, white space between JSON tokens aside. Two digests under
    /// one identity are two different events, and the first stays.
    pub digest: [u8; 16],
    /// When it happened, by the platform's clock.
    pub time: DateTime<Utc>,
    /// Orders the versions of one (`kind`, `key`). Its `id` is the event's id followed by its source, so that no
    /// two events tie; its `time` is `time`, but `through` for `payments.synced`, of which the furthest stands.
    pub version: Version,
    /// Which fact.
    pub kind: FactKind,
    /// Which one of its kind: the fact's own identifier, or the event's identity where it has none.
    pub key: String,
    /// Whose account it touches. None for a creditor's facts, and for a closing event that leaves it out.
    pub debtor: Option<DebtorId>,
    /// For an event that names no debtor: the [`Event::announces`] of the fact, task or notice that knows it.
    pub awaits: Option<String>,
    /// What it states.
    pub fact: Fact,
    /// The text of `data` as it came.
    pub data: String,
    /// Where it stands in the message's body.
    pub bytes: std::ops::Range<usize>,
}

impl Event {
    /// What closing events may wait for, that this event makes known: `invoice:F-1`, `dispute:D-1`.
    pub fn announces(&self) -> Option<String> {
        let (prefix, id) = match &self.fact {
            Fact::Invoice(invoice) => ("invoice", invoice.id.as_str()),
            Fact::DisputeOpened(dispute) => ("dispute", dispute.id.as_str()),
            Fact::PromiseMade(promise) => ("promise", promise.id.as_str()),
            Fact::PlanAgreed(plan) => ("plan", plan.id.as_str()),
            Fact::HoldPlaced(hold) => ("hold", hold.id.as_str()),
            _ => return None,
        };
        Some(format!("{prefix}:{id}"))
    }

    /// The identity as text, the key of facts that have no identifier of their own.
    pub fn identity(&self) -> String {
        hex::encode(self.identity_hash)
    }
}

impl Fact {
    /// Reads a stored `data` again. The text was taken once, so a refusal means that the row was changed by
    /// other hands.
    pub fn parse(kind: FactKind, creditor: &CreditorId, data: &str) -> Result<Self, Refusal> {
        Ok(collect::collect(kind, creditor, data)?.fact)
    }

    /// Which kind of fact it is.
    pub fn kind(&self) -> FactKind {
        kind::kind_of(self)
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
