//! Payments and credit notes as the ledger counts them.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Allocation, AllocationReason, Source};
use crate::domain::{Currency, Facts, InvoiceId, PaymentStatus};

/// One payment or credit note.
pub(super) struct Money<'a> {
    pub source: Source,
    pub currency: Currency,
    pub amount: Decimal,
    pub day: NaiveDate,
    pub known: DateTime<Utc>,
    pub named: Vec<(&'a InvoiceId, Decimal)>,
}

impl Money<'_> {
    /// What of it goes to an invoice.
    pub fn goes_to(&self, invoice: &InvoiceId, amount: Decimal, why: AllocationReason) -> Allocation {
        let (source, invoice, interest) = (self.source.clone(), invoice.clone(), Decimal::ZERO);
        Allocation { source, invoice, amount, interest, why, day: self.day, known: self.known }
    }
}

/// Received money and pending money, each in the order of its day, then payments before credit notes, then id.
pub(super) fn monies(facts: &Facts) -> (Vec<Money<'_>>, Vec<Money<'_>>) {
    let payments = facts.payments.values().filter(|one| one.fact.status != PaymentStatus::Reversed).map(|one| {
        let money = Money {
            source: Source::Payment(one.fact.id.clone()),
            currency: one.fact.currency,
            amount: one.fact.amount,
            day: one.fact.received_on,
            known: one.version.time,
            named: one.fact.allocations.iter().map(|named| (&named.invoice, named.amount)).collect(),
        };
        (one.fact.status == PaymentStatus::Pending, money)
    });
    let notes = facts.credit_notes.values().map(|one| {
        let money = Money {
            source: Source::CreditNote(one.fact.id.clone()),
            currency: one.fact.currency,
            amount: one.fact.total,
            day: one.fact.issued_on,
            known: one.version.time,
            named: one.fact.invoice.iter().map(|invoice| (invoice, one.fact.total)).collect(),
        };
        (false, money)
    });
    let (mut received, mut pending) = (Vec::new(), Vec::new());
    for (is_pending, money) in payments.chain(notes) {
        if is_pending { pending.push(money) } else { received.push(money) }
    }
    for monies in [&mut received, &mut pending] {
        monies.sort_by(|a, b| (a.day, &a.source).cmp(&(b.day, &b.source)));
    }
    (received, pending)
}
