//! The closed list of event types relance consumes.

use std::fmt;
use std::str::FromStr;

use super::Refusal;
use crate::domain::Fact;

/// Longer than this no misspelling of a type is.
const TYPE_BYTES_COMPARED: usize = 64;
/// Letters that a misspelt type may differ in.
const DISTANCE_MAX: usize = 4;

macro_rules! fact_kinds {
    ($($name:ident = $text:literal / $fact:pat,)+) => {
        /// Which fact an event states: one for each type of `relance.in`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FactKind {
            $(#[doc = concat!("`", $text, "`")] $name,)+
        }

        impl FactKind {
            /// Every kind, in the order of the contract.
            pub const ALL: &[FactKind] = &[$(Self::$name),+];

            /// The event's `type`; also the name in tables.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The kind that a misspelt `type` is nearest to, where one is near.
            fn nearest(text: &str) -> Option<Self> {
                if text.len() > TYPE_BYTES_COMPARED {
                    return None;
                }
                let distance = |kind: &Self| strsim::damerau_levenshtein(text, kind.as_str());
                let near = Self::ALL.iter().copied().min_by_key(distance)?;
                (distance(&near) <= DISTANCE_MAX).then_some(near)
            }

            /// The kind of an event's `type`.
            pub fn from_type(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }
        }

        pub(super) fn kind_of(fact: &Fact) -> FactKind {
            match fact { $($fact => FactKind::$name,)+ }
        }
    };
}

fact_kinds! {
    Creditor = "creditor.upserted" / Fact::Creditor(_),
    Debtor = "debtor.upserted" / Fact::Debtor(_),
    InsolvencyOpened = "debtor.insolvency_opened" / Fact::InsolvencyOpened(_),
    Invoice = "invoice.upserted" / Fact::Invoice(_),
    InvoiceVoided = "invoice.voided" / Fact::InvoiceVoided(_),
    CreditNote = "credit_note.upserted" / Fact::CreditNote(_),
    Payment = "payment.upserted" / Fact::Payment(_),
    PaymentsSynced = "payments.synced" / Fact::PaymentsSynced(_),
    DisputeOpened = "dispute.opened" / Fact::DisputeOpened(_),
    DisputeResolved = "dispute.resolved" / Fact::DisputeResolved(_),
    PromiseMade = "promise.made" / Fact::PromiseMade(_),
    PromiseWithdrawn = "promise.withdrawn" / Fact::PromiseWithdrawn(_),
    PlanAgreed = "plan.agreed" / Fact::PlanAgreed(_),
    PlanCancelled = "plan.cancelled" / Fact::PlanCancelled(_),
    HoldPlaced = "hold.placed" / Fact::HoldPlaced(_),
    HoldReleased = "hold.released" / Fact::HoldReleased(_),
    ChargesClaimed = "charges.claimed" / Fact::ChargesClaimed(_),
    ChargesWaived = "charges.waived" / Fact::ChargesWaived(_),
    LimitationInterrupted = "limitation.interrupted" / Fact::LimitationInterrupted(_),
    Contact = "contact.recorded" / Fact::Contact(_),
    Feedback = "feedback.received" / Fact::Feedback(_),
    ApprovalAnswered = "approval.answered" / Fact::ApprovalAnswered(_),
    TaskAnswered = "task.answered" / Fact::TaskAnswered(_),
    NoticeReported = "notice.status" / Fact::NoticeReported(_),
}

impl fmt::Display for FactKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for FactKind {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        Self::from_type(text).ok_or_else(|| {
            let help = Self::nearest(text).map_or("`relance schema event` lists those it does".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
            Refusal::new("type", format!("is no event type relance consumes; {help}"))
        })
    }
}
