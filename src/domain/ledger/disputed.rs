//! Which part of each invoice is disputed. Every fact is read once, however many invoices and disputes there are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::domain::{DisputeOpened, DisputeOutcome, DisputeResolved, Facts, Invoice, InvoiceId, Pair, Recorded};

/// What was disputed, by invoice.
pub(super) struct Disputes<'a> {
    on: BTreeMap<&'a InvoiceId, Vec<&'a Pair<DisputeOpened, DisputeResolved>>>,
    /// When a credit note or a payment last named the invoice.
    named: BTreeMap<&'a InvoiceId, DateTime<Utc>>,
}

impl<'a> Disputes<'a> {
    pub fn of(facts: &'a Facts) -> Self {
        let (mut on, mut named) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::new());
        for pair in facts.disputes.values() {
            if let Some(opened) = &pair.opened {
                on.entry(&opened.fact.invoice).or_default().push(pair);
            }
        }
        let notes = facts.credit_notes.values().flat_map(|one| one.fact.invoice.iter().map(|id| (id, &one.version)));
        let payments = facts
            .payments
            .values()
            .flat_map(|one| one.fact.allocations.iter().map(|allocation| (&allocation.invoice, &one.version)));
        for (invoice, version) in notes.chain(payments).filter(|_| !on.is_empty()) {
            let last = named.entry(invoice).or_insert(version.time);
            *last = version.time.max(*last);
        }
        Self { on, named }
    }

    /// The disputed part of an invoice; `None` is the whole. Parts add up.
    pub fn part(&self, invoice: &Recorded<Invoice>) -> Option<Decimal> {
        let mut part = Decimal::ZERO;
        for pair in self.on.get(&invoice.fact.id).into_iter().flatten() {
            let Some(opened) = &pair.opened else { continue };
            if pair.closed.as_ref().is_none_or(|closed| self.still_stands(invoice, closed)) {
                part += opened.fact.amount?.max(Decimal::ZERO);
            }
        }
        Some(part)
    }

    /// Whether a closed dispute stands nevertheless. One that was accepted stands until the platform has drawn the
    /// consequence: the invoice stated anew, or a credit note or payment that names it.
    fn still_stands(&self, invoice: &Recorded<Invoice>, closed: &Recorded<DisputeResolved>) -> bool {
        let later = |known: DateTime<Utc>| known > closed.version.time;
        closed.fact.outcome == DisputeOutcome::Accepted
            && !later(invoice.version.time)
            && !self.named.get(&invoice.fact.id).is_some_and(|named| later(*named))
    }
}
