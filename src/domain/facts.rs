//! The facts known of one account, folded: of two versions of one thing the greater stands.

use std::collections::BTreeMap;

use super::{
    ApprovalAnswered, ChargesClaimed, ChargesWaived, ContactRecorded, CreditNote, Creditor, Debtor, DisputeOpened,
    DisputeResolved, Fact, FeedbackReceived, HoldPlaced, InsolvencyOpened, Invoice, InvoiceId, InvoiceVoided,
    LimitationInterrupted, NoticeReported, Payment, PaymentsSynced, Peers, PlanAgreed, PromiseMade, Recorded,
    TaskAnswered, Version,
};

/// What opened a thing and what closed it; either may be known first.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<O, C> {
    /// What opened it.
    pub opened: Option<Recorded<O>>,
    /// What closed it.
    pub closed: Option<Recorded<C>>,
}

impl<O, C> Default for Pair<O, C> {
    fn default() -> Self {
        Self { opened: None, closed: None }
    }
}

impl<O, C> Pair<O, C> {
    /// What opened it, while nothing closed it.
    pub fn standing(&self) -> Option<&Recorded<O>> {
        if self.closed.is_some() { None } else { self.opened.as_ref() }
    }
}

/// The facts of one account, with its creditor's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The creditor.
    pub creditor: Option<Recorded<Creditor>>,
    /// The newest `payments.synced` by `through`.
    pub feed: Option<Recorded<PaymentsSynced>>,
    /// How the creditor's debtors pay, where that was counted: what is known of a debtor that paid little is weighed
    /// with it.
    pub peers: Option<Peers>,
    /// The debtor.
    pub debtor: Option<Recorded<Debtor>>,
    /// Insolvency proceedings.
    pub insolvency: Option<Recorded<InsolvencyOpened>>,
    /// Invoices.
    pub invoices: BTreeMap<InvoiceId, Recorded<Invoice>>,
    /// Void invoices.
    pub voided: BTreeMap<InvoiceId, Recorded<InvoiceVoided>>,
    /// Credit notes by id.
    pub credit_notes: BTreeMap<String, Recorded<CreditNote>>,
    /// Payments by id.
    pub payments: BTreeMap<String, Recorded<Payment>>,
    /// Disputes by id.
    pub disputes: BTreeMap<String, Pair<DisputeOpened, DisputeResolved>>,
    /// Promises by id.
    pub promises: BTreeMap<String, Pair<PromiseMade, ()>>,
    /// Plans by id.
    pub plans: BTreeMap<String, Pair<PlanAgreed, ()>>,
    /// Holds by id.
    pub holds: BTreeMap<String, Pair<HoldPlaced, ()>>,
    /// Late charges claimed, by the claim's id.
    pub charges_claimed: BTreeMap<String, Recorded<ChargesClaimed>>,
    /// Late charges waived, by the waiver's id.
    pub charges_waived: BTreeMap<String, Recorded<ChargesWaived>>,
    /// What interrupted limitation, by its id.
    pub interruptions: BTreeMap<String, Recorded<LimitationInterrupted>>,
    /// Contacts by event identity.
    pub contacts: BTreeMap<String, Recorded<ContactRecorded>>,
    /// Feedback by event identity.
    pub feedback: BTreeMap<String, Recorded<FeedbackReceived>>,
    /// Answers to approvals by event identity.
    pub approvals: BTreeMap<String, Recorded<ApprovalAnswered>>,
    /// Answers to tasks by event identity.
    pub answers: BTreeMap<String, Recorded<TaskAnswered>>,
    /// Carriers' reports by event identity.
    pub reports: BTreeMap<String, Recorded<NoticeReported>>,
}

impl Facts {
    /// Takes over what `others` knows of the creditor itself.
    pub fn know_creditor(&mut self, others: &Self) {
        self.creditor.clone_from(&others.creditor);
        self.feed.clone_from(&others.feed);
        self.peers = others.peers;
    }

    /// Folds one fact in. `identity` is the event's source and id, the key of facts that have none of their own.
    /// Returns whether anything changed: an older version than the one known changes nothing.
    pub fn apply(&mut self, identity: &str, version: Version, fact: Fact) -> bool {
        let identity = || identity.to_owned();
        match fact {
            Fact::Creditor(fact) => newest(&mut self.creditor, version, fact),
            Fact::PaymentsSynced(fact) => {
                let later = self.feed.as_ref().is_none_or(|known| fact.through > known.fact.through);
                if later {
                    self.feed = Some(Recorded { version, fact });
                }
                later
            }
            Fact::Debtor(fact) => newest(&mut self.debtor, version, fact),
            Fact::InsolvencyOpened(fact) => newest(&mut self.insolvency, version, fact),
            Fact::Invoice(fact) => newest_in(&mut self.invoices, fact.id.clone(), version, fact),
            Fact::InvoiceVoided(fact) => newest_in(&mut self.voided, fact.invoice.clone(), version, fact),
            Fact::CreditNote(fact) => newest_in(&mut self.credit_notes, fact.id.clone(), version, fact),
            Fact::Payment(fact) => newest_in(&mut self.payments, fact.id.clone(), version, fact),
            Fact::DisputeOpened(fact) => opened(&mut self.disputes, fact.id.clone(), version, fact),
            Fact::DisputeResolved(fact) => closed(&mut self.disputes, fact.id.clone(), version, fact),
            Fact::PromiseMade(fact) => opened(&mut self.promises, fact.id.clone(), version, fact),
            Fact::PromiseWithdrawn(id) => closed(&mut self.promises, id, version, ()),
            Fact::PlanAgreed(fact) => opened(&mut self.plans, fact.id.clone(), version, fact),
            Fact::PlanCancelled(id) => closed(&mut self.plans, id, version, ()),
            Fact::HoldPlaced(fact) => opened(&mut self.holds, fact.id.clone(), version, fact),
            Fact::HoldReleased(id) => closed(&mut self.holds, id, version, ()),
            Fact::ChargesClaimed(fact) => newest_in(&mut self.charges_claimed, fact.id.clone(), version, fact),
            Fact::ChargesWaived(fact) => newest_in(&mut self.charges_waived, fact.id.clone(), version, fact),
            Fact::LimitationInterrupted(fact) => newest_in(&mut self.interruptions, fact.id.clone(), version, fact),
            Fact::Contact(fact) => newest_in(&mut self.contacts, identity(), version, fact),
            Fact::Feedback(fact) => newest_in(&mut self.feedback, identity(), version, fact),
            Fact::ApprovalAnswered(fact) => newest_in(&mut self.approvals, identity(), version, fact),
            Fact::TaskAnswered(fact) => newest_in(&mut self.answers, identity(), version, fact),
            Fact::NoticeReported(fact) => newest_in(&mut self.reports, identity(), version, fact),
        }
    }
}

fn newest<T>(known: &mut Option<Recorded<T>>, version: Version, fact: T) -> bool {
    let later = known.as_ref().is_none_or(|known| version > known.version);
    if later {
        *known = Some(Recorded { version, fact });
    }
    later
}

fn newest_in<K: Ord, T>(known: &mut BTreeMap<K, Recorded<T>>, key: K, version: Version, fact: T) -> bool {
    let later = known.get(&key).is_none_or(|known| version > known.version);
    if later {
        known.insert(key, Recorded { version, fact });
    }
    later
}

fn opened<O, C>(known: &mut BTreeMap<String, Pair<O, C>>, id: String, version: Version, fact: O) -> bool {
    newest(&mut known.entry(id).or_default().opened, version, fact)
}

fn closed<O, C>(known: &mut BTreeMap<String, Pair<O, C>>, id: String, version: Version, fact: C) -> bool {
    newest(&mut known.entry(id).or_default().closed, version, fact)
}
