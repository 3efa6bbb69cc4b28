//! The closed lists of values that event fields take, with the words that stand for them.

use crate::domain::{
    AllocationRule, ApprovalAnswer, Channel, ChargePart, ContactRole, DebtorKind, DeliveryStatus, Direction,
    DisputeOutcome, InterruptionCause, PaidFirst, PaymentStatus,
};

/// A closed list: another word in its place puts the event in quarantine.
pub(super) trait Closed: Copy + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

macro_rules! closed {
    ($($name:ty { $($word:literal => $value:expr,)+ })+) => {$(
        impl Closed for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, $value)),+];
        }
    )+};
}

/// The channels of a recorded contact; wider than those relance writes on.
#[derive(Clone, Copy)]
pub(super) struct ContactChannel(pub &'static str);

closed! {
    DebtorKind {
        "business" => DebtorKind::Business,
        "consumer" => DebtorKind::Consumer,
        "public" => DebtorKind::Public,
    }
    ContactRole {
        "billing" => ContactRole::Billing,
        "dunning" => ContactRole::Dunning,
        "management" => ContactRole::Management,
        "legal" => ContactRole::Legal,
    }
    PaymentStatus {
        "received" => PaymentStatus::Received,
        "pending" => PaymentStatus::Pending,
        "reversed" => PaymentStatus::Reversed,
    }
    DisputeOutcome {
        "rejected" => DisputeOutcome::Rejected,
        "accepted" => DisputeOutcome::Accepted,
        "withdrawn" => DisputeOutcome::Withdrawn,
    }
    ChargePart {
        "interest" => ChargePart::Interest,
        "lump_sum" => ChargePart::LumpSum,
    }
    InterruptionCause {
        "acknowledgement" => InterruptionCause::Acknowledgement,
        "court_claim" => InterruptionCause::CourtClaim,
        "enforcement" => InterruptionCause::Enforcement,
    }
    AllocationRule {
        "named" => AllocationRule::Named,
        "due" => AllocationRule::Due,
        "most_burdensome" => AllocationRule::MostBurdensome,
        "oldest" => AllocationRule::Oldest,
        "pro_rata" => AllocationRule::ProRata,
    }
    PaidFirst {
        "principal" => PaidFirst::Principal,
        "interest" => PaidFirst::Interest,
    }
    Direction {
        "inbound" => Direction::Inbound,
        "outbound" => Direction::Outbound,
    }
    ApprovalAnswer {
        "approved" => ApprovalAnswer::Approved,
        "rejected" => ApprovalAnswer::Rejected,
    }
    ContactChannel {
        "call" => ContactChannel("call"),
        "email" => ContactChannel("email"),
        "letter" => ContactChannel("letter"),
        "visit" => ContactChannel("visit"),
    }
    Channel {
        "email" => Channel::Email,
        "sms" => Channel::Sms,
        "letter" => Channel::Letter,
    }
    DeliveryStatus {
        "accepted" => DeliveryStatus::Accepted,
        "printing" => DeliveryStatus::Printing,
        "sent" => DeliveryStatus::Sent,
        "posted" => DeliveryStatus::Posted,
        "in_transit" => DeliveryStatus::InTransit,
        "first_presented" => DeliveryStatus::FirstPresented,
        "at_counter" => DeliveryStatus::AtCounter,
        "delivered" => DeliveryStatus::Delivered,
        "bounced" => DeliveryStatus::Bounced,
        "refused" => DeliveryStatus::Refused,
        "unclaimed" => DeliveryStatus::Unclaimed,
        "address_unknown" => DeliveryStatus::AddressUnknown,
        "returned" => DeliveryStatus::Returned,
        "rejected" => DeliveryStatus::Rejected,
        "cancelled" => DeliveryStatus::Cancelled,
        "failed" => DeliveryStatus::Failed,
        "expired" => DeliveryStatus::Expired,
        "deposit_proof" => DeliveryStatus::DepositProof,
        "content_proof" => DeliveryStatus::ContentProof,
        "receipt_proof" => DeliveryStatus::ReceiptProof,
        "return_scan" => DeliveryStatus::ReturnScan,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_the_word_it_is_written_with() {
        for (word, status) in DeliveryStatus::WORDS {
            assert_eq!(status.as_str(), *word);
        }
    }

    #[test]
    fn the_words_are_those_the_types_are_stored_under() {
        fn same<T: Closed + serde::Serialize>() {
            for (word, value) in T::WORDS {
                assert_eq!(serde_json::to_value(value).unwrap(), *word);
            }
        }
        same::<DebtorKind>();
        same::<ContactRole>();
        same::<PaymentStatus>();
        same::<DisputeOutcome>();
        same::<ChargePart>();
        same::<InterruptionCause>();
        same::<AllocationRule>();
        same::<PaidFirst>();
        same::<Direction>();
        same::<ApprovalAnswer>();
        same::<Channel>();
        same::<DeliveryStatus>();
    }
}
