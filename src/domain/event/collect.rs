//! From the text of `data` to the fact, with the account it touches and the key it is stored under.

use super::fields::{Fields, Place, Unsound, walk};
use super::{FactKind, Refusal, answer, hold, law, ledger, party};
use crate::domain::{CreditorId, DebtorId, Fact, NoticeRef, TaskRef};

/// A fact with what the store needs to know about it.
pub(super) struct Collected {
    pub fact: Fact,
    /// The fact's own identifier; none where the event's identity stands for it.
    pub key: Option<String>,
    pub debtor: Option<DebtorId>,
    pub awaits: Option<String>,
}

/// Reads the text of `data`.
pub(super) fn collect(kind: FactKind, creditor: &CreditorId, text: &str) -> Result<Collected, Refusal> {
    let data = Fields::of(text, Place::Root("data"))?;
    let fact = match kind {
        FactKind::Creditor => Fact::Creditor(party::creditor(&data, creditor)?),
        FactKind::Debtor => Fact::Debtor(party::debtor(&data)?),
        FactKind::InsolvencyOpened => Fact::InsolvencyOpened(hold::insolvency(&data)?),
        FactKind::Invoice => Fact::Invoice(ledger::invoice(&data)?),
        FactKind::InvoiceVoided => Fact::InvoiceVoided(ledger::voided(&data)?),
        FactKind::CreditNote => Fact::CreditNote(ledger::credit_note(&data)?),
        FactKind::Payment => Fact::Payment(ledger::payment(&data)?),
        FactKind::PaymentsSynced => Fact::PaymentsSynced(ledger::synced(&data)?),
        FactKind::DisputeOpened => Fact::DisputeOpened(hold::dispute_opened(&data)?),
        FactKind::DisputeResolved => Fact::DisputeResolved(hold::dispute_resolved(&data)?),
        FactKind::PromiseMade => Fact::PromiseMade(hold::promise(&data)?),
        FactKind::PromiseWithdrawn => Fact::PromiseWithdrawn(data.must("promise", |it| it.id())?),
        FactKind::PlanAgreed => Fact::PlanAgreed(hold::plan(&data)?),
        FactKind::PlanCancelled => Fact::PlanCancelled(data.must("plan", |it| it.id())?),
        FactKind::HoldPlaced => Fact::HoldPlaced(hold::hold(&data)?),
        FactKind::HoldReleased => Fact::HoldReleased(data.must("hold", |it| it.id())?),
        FactKind::ChargesClaimed => Fact::ChargesClaimed(law::claimed(&data)?),
        FactKind::ChargesWaived => Fact::ChargesWaived(law::waived(&data)?),
        FactKind::LimitationInterrupted => Fact::LimitationInterrupted(law::interrupted(&data)?),
        FactKind::Contact => Fact::Contact(answer::contact(&data)?),
        FactKind::Feedback => Fact::Feedback(answer::feedback(&data)?),
        FactKind::ApprovalAnswered => Fact::ApprovalAnswered(answer::approval(&data)?),
        FactKind::TaskAnswered => Fact::TaskAnswered(answer::task(&data)?),
        FactKind::NoticeReported => Fact::NoticeReported(answer::notice(&data)?),
    };
    let (key, debtor, awaits) = whose(&fact);
    let debtor = match debtor {
        Some(debtor) => Some(debtor),
        // A closing event may name the debtor; else it waits for what knows it.
        None if awaits.is_some() => data.may("debtor", |it| it.id())?.map(DebtorId::new),
        None => None,
    };
    let awaits = if debtor.is_some() { None } else { awaits };
    Ok(Collected { fact, key, debtor, awaits })
}

/// Refuses what cannot be kept, giving what is content to `kept`.
pub(super) fn check_sound(text: &str, kept: impl FnMut(&[u8])) -> Result<(), Refusal> {
    let Err(unsound) = walk(text, kept) else { return Ok(()) };
    let place = Place::Root("data");
    let culprit = Fields::of(text, place).ok().and_then(|data| {
        // One level around the value stands for the object it came from.
        let spoils = |value: &str| walk(&format!("[{value}]"), |_| {}).is_err();
        data.each().find(|(_, value)| spoils(value)).map(|(name, _)| format!("data.{name}"))
    });
    let field = culprit.unwrap_or_else(|| place.to_string());
    Err(Refusal::new(
        field,
        match unsound {
            Unsound::Nul => "holds a NUL character; take it out".to_owned(),
            Unsound::TooDeep => format!("is nested deeper than {} levels; flatten it", super::NESTING_MAX),
        },
    ))
}

type Whose = (Option<String>, Option<DebtorId>, Option<String>);

fn whose(fact: &Fact) -> Whose {
    let of = |key: &str, debtor: &DebtorId| (Some(key.to_owned()), Some(debtor.clone()), None);
    let event_of = |debtor: &DebtorId| (None, Some(debtor.clone()), None);
    let closing = |what: &str, id: &str| (Some(id.to_owned()), None, Some(format!("{what}:{id}")));
    let answers = |what: &str, id: &str| (None, None, Some(format!("{what}:{id}")));
    match fact {
        Fact::Creditor(fact) => (Some(fact.id.to_string()), None, None),
        // One row for each creditor: the furthest `through` stands.
        Fact::PaymentsSynced(_) => (Some("payments".to_owned()), None, None),
        Fact::Debtor(fact) => of(fact.id.as_str(), &fact.id),
        Fact::InsolvencyOpened(fact) => of(fact.debtor.as_str(), &fact.debtor),
        Fact::Invoice(fact) => of(fact.id.as_str(), &fact.debtor),
        Fact::InvoiceVoided(fact) => of(fact.invoice.as_str(), &fact.debtor),
        Fact::CreditNote(fact) => of(&fact.id, &fact.debtor),
        Fact::Payment(fact) => of(&fact.id, &fact.debtor),
        Fact::DisputeOpened(fact) => of(&fact.id, &fact.debtor),
        Fact::DisputeResolved(fact) => closing("dispute", &fact.id),
        Fact::PromiseMade(fact) => of(&fact.id, &fact.debtor),
        Fact::PromiseWithdrawn(id) => closing("promise", id),
        Fact::PlanAgreed(fact) => of(&fact.id, &fact.debtor),
        Fact::PlanCancelled(id) => closing("plan", id),
        Fact::HoldPlaced(fact) => of(&fact.id, &fact.debtor),
        Fact::HoldReleased(id) => closing("hold", id),
        Fact::ChargesClaimed(fact) => of(&fact.id, &fact.debtor),
        Fact::ChargesWaived(fact) => of(&fact.id, &fact.debtor),
        Fact::LimitationInterrupted(fact) => of(&fact.id, &fact.debtor),
        Fact::Contact(fact) => event_of(&fact.debtor),
        Fact::Feedback(fact) => event_of(&fact.debtor),
        Fact::ApprovalAnswered(fact) => answers("invoice", fact.invoice.as_str()),
        Fact::TaskAnswered(fact) => match &fact.task {
            TaskRef::Id(id) => answers("task", &id.to_string()),
            TaskRef::Step { invoice, .. } => answers("invoice", invoice.as_str()),
        },
        Fact::NoticeReported(fact) => match &fact.notice {
            NoticeRef::Id(id) => answers("notice", &id.to_string()),
            NoticeRef::ProviderId(id) => answers("provider", id),
            NoticeRef::Step { invoice, .. } => answers("invoice", invoice.as_str()),
        },
    }
}
