//! The ledger: what is still owed on each invoice, as a function of the set of facts.
//!
//! It never looks at the order in which facts arrived. Named money goes to the invoice it was named for, up
//! to its balance; what is left goes to undisputed claims, then to disputed ones, in the order that the creditor
//! states, else by due date, pro rata where days are equal. Balances are principal: late charges stay apart, unless the
//! creditor books part payments to interest first. Currencies never mix.
//! It does not decide what is held: disputes only tell which part of a balance is disputed.

mod booking;
mod disputed;
mod money;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{AllocationPolicy, Currency, Facts, Invoice, InvoiceId, plain_amount};
use booking::Booking;

/// Where money came from. Payments come before credit notes of the same day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A payment, by its id.
    Payment(String),
    /// A credit note, by its id.
    CreditNote(String),
}

/// Why money went to an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllocationReason {
    /// It was named for this invoice.
    Named,
    /// Not named, or more than was owed there: the oldest due takes it.
    OldestDue,
    /// The same, shared in proportion with others due on the same day.
    SharedPerDay,
    /// Not named: shared in proportion to what was owed, as the creditor's order says.
    InProportion,
    /// Not named: the next in the creditor's order.
    NextInOrder,
    /// Named for this invoice and already counted in the platform's own balance.
    InPlatformBalance,
}

impl AllocationReason {
    /// The reason in words, to follow the sum.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Named => "named for it",
            Self::OldestDue => "not named, oldest due",
            Self::SharedPerDay => "not named, shared with others due that day",
            Self::InProportion => "not named, shared in proportion",
            Self::NextInOrder => "not named, next in the creditor's order",
            Self::InPlatformBalance => "counted in the platform's balance",
        }
    }
}

/// Money that went to an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Where it came from.
    pub source: Source,
    /// Where it went.
    pub invoice: InvoiceId,
    /// How much, in the invoice's currency; positive.
    pub amount: Decimal,
    /// The part of it that paid interest; 0 unless the creditor books part payments to interest first.
    pub interest: Decimal,
    /// Why there.
    pub why: AllocationReason,
    /// The day the money was received or the credit note issued.
    pub day: NaiveDate,
    /// When the fact that brought it happened.
    pub known: DateTime<Utc>,
}

/// What is owed on one invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Its currency.
    pub currency: Currency,
    /// What money counts against: the total, or the platform's balance where it states one; 0 once void.
    pub claimed: Decimal,
    /// What is still owed, disputed or not; never negative.
    pub open: Decimal,
    /// The disputed part of it.
    pub disputed: Decimal,
    /// The part of the undisputed rest that a pending payment covers.
    pub pending: Decimal,
    /// The latest day of a pending payment that covers a part.
    pub pending_on: Option<NaiveDate>,
}

impl Allocation {
    /// Where it came from, how much, why there and what became of it, in words.
    pub fn sentence(&self, currency: Currency) -> String {
        let (what, id) = match &self.source {
            Source::Payment(id) => ("payment", id),
            Source::CreditNote(id) => ("credit note", id),
        };
        let (amount, why) = (plain_amount(self.amount, currency), self.why.sentence());
        let interest = match self.interest.is_zero() {
            true => String::new(),
            false => format!(", {} of it to interest", plain_amount(self.interest, currency)),
        };
        format!("{what} {id}: {amount} {currency}, {why}{interest}")
    }

    /// The part that reduced the principal.
    pub fn principal(&self) -> Decimal {
        self.amount - self.interest
    }
}

impl Balance {
    /// What is owed and not disputed: `balance` everywhere in the language.
    pub fn undisputed(&self) -> Decimal {
        self.open - self.disputed
    }
}

/// Balances and allocations of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// By invoice: every invoice known, void ones too.
    pub balances: BTreeMap<InvoiceId, Balance>,
    /// What money went where, in the order in which it was counted.
    pub allocations: Vec<Allocation>,
    /// The places of each invoice's own among them.
    places: BTreeMap<InvoiceId, Vec<usize>>,
    /// Named for invoices that are not known yet.
    pub kept: Vec<Allocation>,
    /// More than is owed, by currency: credit for later invoices.
    pub credit: BTreeMap<Currency, Decimal>,
}

/// What the ledger cannot know by itself of the claims it counts.
pub trait ClaimLaw {
    /// The day by which money that names no invoice is shared out: the due date, by terms where no day is given.
    fn due_on(&self, invoice: &Invoice) -> NaiveDate;

    /// The interest that ran on a principal through a day, `paid` being what was taken off it. Asked only where the
    /// creditor books part payments to interest first.
    fn interest(
        &self,
        _invoice: &Invoice,
        _principal: Decimal,
        _paid: &[(NaiveDate, Decimal)],
        _through: NaiveDate,
    ) -> Decimal {
        Decimal::ZERO
    }
}

impl<F: Fn(&Invoice) -> NaiveDate> ClaimLaw for F {
    fn due_on(&self, invoice: &Invoice) -> NaiveDate {
        self(invoice)
    }
}

impl Ledger {
    /// The ledger of an account.
    pub fn of(facts: &Facts, law: &impl ClaimLaw) -> Self {
        let terms = facts.creditor.as_ref().and_then(|known| known.fact.terms.as_ref());
        let stated = terms.and_then(|terms| terms.allocation.clone());
        let policy = stated.unwrap_or_else(AllocationPolicy::usual);
        Booking::of(facts, law, &policy).ledger()
    }

    /// What went to one invoice, in the order in which it was counted.
    pub fn of_invoice<'a>(&'a self, invoice: &InvoiceId) -> impl Iterator<Item = &'a Allocation> + use<'a> {
        self.places.get(invoice).into_iter().flatten().map(|place| &self.allocations[*place])
    }

    fn count(&mut self, allocation: Allocation) {
        self.places.entry(allocation.invoice.clone()).or_default().push(self.allocations.len());
        self.allocations.push(allocation);
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
