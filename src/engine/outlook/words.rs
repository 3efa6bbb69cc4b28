//! The words of an outlook: codes, and what would release each reason.

use super::Keeps;
use crate::domain::{CaseState, Reason};
use crate::engine::scene::{Hold, Scene};

/// One reason.
pub(super) fn keeps(code: &str, because: String, released_by: &str) -> Keeps {
    Keeps { code: code.to_owned(), because, released_by: released_by.to_owned() }
}

/// A hold, with what would release it.
pub(super) fn of_hold(hold: &Hold) -> Keeps {
    let released_by = hold.released_by.unwrap_or(match hold.reason {
        Reason::Dispute => "dispute.resolved, a credit note or a payment",
        Reason::Promise => "the payment, promise.withdrawn, or its last day passes",
        Reason::Plan => "the instalments, plan.cancelled, or an instalment's last day passes unpaid",
        Reason::Manual => "hold.released, or its last day passes",
        Reason::Insolvency => "nothing: the claim is declared and stops for good",
        Reason::StaleFeed => "payments.synced",
        Reason::PendingCollection => "the payment is received or reversed, or its last day passes",
        Reason::DoNotContact => "debtor.upserted without do_not_contact",
        Reason::Requires => {
            "the required step goes on record as sent, or `relance deploy --move` to a revision without it"
        }
        Reason::Rejected | Reason::ApprovalExpired => "approval.answered with approved",
        Reason::ProofMissing => "a notice.status event with the proof",
        Reason::WorkflowUnknown => "the workflow is deployed, or debtor.upserted names another",
        Reason::NoWorkflow => "a workflow that applies is deployed",
        Reason::BlockedStep => "relance unblock",
        _ => "an event",
    });
    keeps(&word(hold.reason), hold.because.clone(), released_by)
}

/// What a state says in which a case does not walk any more, and what could change it.
pub(super) fn over(state: CaseState) -> (&'static str, &'static str) {
    match state {
        CaseState::Settled => ("nothing is owed any more", "a reversed payment reopens it"),
        CaseState::Voided => ("the invoice is void", "nothing: a void is final"),
        CaseState::HandedOver => ("it was handed over; payments still count", "nothing in relance"),
        _ => ("every step is done or skipped", "nothing: a person decides what becomes of the claim"),
    }
}

/// The name of a reason, as the timeline writes it.
pub(super) fn word(reason: Reason) -> String {
    reason.as_str().to_owned()
}

/// What a case waits for whose debtor or creditor is not known: each of them by its name.
pub(super) fn unknown_parties(scene: &Scene<'_>) -> Vec<Keeps> {
    let key = &scene.account.key;
    let released_by = |kind| format!("{kind}; `relance dead list` shows whether one was refused");
    let debtor = scene.debtor.is_none().then(|| Keeps {
        code: "debtor_unknown".to_owned(),
        because: format!("the debtor {} is not known: no debtor.upserted of it was taken in", key.debtor),
        released_by: released_by("debtor.upserted"),
    });
    let creditor = scene.creditor.is_none().then(|| Keeps {
        code: "creditor_unknown".to_owned(),
        because: format!("the creditor {} is not known: no creditor.upserted of it was taken in", key.creditor),
        released_by: released_by("creditor.upserted"),
    });
    debtor.into_iter().chain(creditor).collect()
}
