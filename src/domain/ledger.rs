//! The ledger: what is still owed on each invoice, as a function of the set of facts.
//!
//! It never looks at the order in which facts arrived. Named money goes to the invoice it was named for, up
//! to its balance; what is left goes to undisputed claims by due date, then to disputed ones; claims due on
//! one day share pro rata. Principal only: late charges have a ledger of their own. Currencies never mix.
//! It does not decide what is held: disputes only tell which part of a balance is disputed.

mod disputed;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Currency, Facts, Invoice, InvoiceId, PaymentStatus, Recorded};
use disputed::Disputes;

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

/// One payment or credit note, as the ledger counts it.
struct Money<'a> {
    source: Source,
    currency: Currency,
    amount: Decimal,
    day: NaiveDate,
    known: DateTime<Utc>,
    named: Vec<(&'a InvoiceId, Decimal)>,
}

/// An invoice that money can go to.
struct Open<'a> {
    id: &'a InvoiceId,
    currency: Currency,
    due_on: NaiveDate,
    left: Decimal,
    disputed: Decimal,
    as_of: Option<DateTime<Utc>>,
}

impl Open<'_> {
    /// Whether money known at `known` is already counted in the platform's own balance.
    fn counts(&self, known: DateTime<Utc>) -> bool {
        self.as_of.is_some_and(|as_of| known <= as_of)
    }

    /// What money may take in one round: the undisputed part first, the disputed one after.
    fn room(&self, round: Round) -> Decimal {
        match round {
            Round::Undisputed => (self.left - self.disputed).max(Decimal::ZERO),
            Round::Disputed => self.left,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Round {
    Undisputed,
    Disputed,
}

/// The claims of one currency by due date.
#[derive(Default)]
struct Queue {
    order: Vec<usize>,
    /// By round, the first that may have room. Room only shrinks: what is full is passed once for all money.
    first: [usize; 2],
}

impl Ledger {
    /// The ledger of an account. `due_on` knows the day by which money that names no invoice is shared out: the due
    /// date, by terms where no day is given.
    pub fn of(facts: &Facts, due_on: impl Fn(&Invoice) -> NaiveDate) -> Self {
        let disputes = Disputes::of(facts);
        let open = |invoice| opened(facts, &disputes, invoice, &due_on);
        let mut open: Vec<Open<'_>> = facts.invoices.values().map(open).collect();
        let claimed: Vec<Decimal> = open.iter().map(|invoice| invoice.left).collect();
        let mut ledger = Self::default();
        let (received, pending) = monies(facts);
        let rest = ledger.take_named(&mut open, received);
        ledger.take_unnamed(&mut open, rest);

        // A pending payment goes the same way over what is left, in a book of its own.
        let mut pending_book = Self::default();
        if !pending.is_empty() {
            let before: Vec<Decimal> = open.iter().map(|invoice| invoice.left).collect();
            let rest = pending_book.take_named(&mut open, pending);
            pending_book.take_unnamed(&mut open, rest);
            open.iter_mut().zip(before).for_each(|(invoice, left)| invoice.left = left);
        }
        for (invoice, claimed) in open.iter().zip(claimed) {
            let disputed = invoice.disputed.min(invoice.left);
            let covering = || pending_book.of_invoice(invoice.id);
            let pending: Decimal = covering().map(|one| one.amount).sum();
            let balance = Balance {
                currency: invoice.currency,
                claimed,
                open: invoice.left,
                disputed,
                pending: pending.min(invoice.left - disputed),
                pending_on: covering().map(|one| one.day).max(),
            };
            ledger.balances.insert(invoice.id.clone(), balance);
        }
        ledger
    }

    /// What went to one invoice, in the order in which it was counted.
    pub fn of_invoice<'a>(&'a self, invoice: &InvoiceId) -> impl Iterator<Item = &'a Allocation> + use<'a> {
        self.places.get(invoice).into_iter().flatten().map(|place| &self.allocations[*place])
    }

    fn count(&mut self, allocation: Allocation) {
        self.places.entry(allocation.invoice.clone()).or_default().push(self.allocations.len());
        self.allocations.push(allocation);
    }

    /// Named money first, each up to what is left there; `open` stands in the order of ids. Returns what is free to go
    /// elsewhere.
    fn take_named<'a>(&mut self, open: &mut [Open<'_>], monies: Vec<Money<'a>>) -> Vec<Money<'a>> {
        let mut rest = Vec::with_capacity(monies.len());
        for mut money in monies {
            for (invoice, amount) in std::mem::take(&mut money.named) {
                let amount = amount.min(money.amount);
                if amount <= Decimal::ZERO {
                    continue;
                }
                let Ok(place) = open.binary_search_by(|one| one.id.cmp(invoice)) else {
                    money.amount -= amount;
                    self.kept.push(money.goes_to(invoice, amount, AllocationReason::Named));
                    continue;
                };
                let found = &mut open[place];
                if found.currency != money.currency {
                    continue; // Refused at intake; here it stays free in its own currency.
                }
                if found.counts(money.known) {
                    money.amount -= amount;
                    self.count(money.goes_to(invoice, amount, AllocationReason::InPlatformBalance));
                    continue;
                }
                let taken = amount.min(found.left);
                if taken > Decimal::ZERO {
                    found.left -= taken;
                    money.amount -= taken;
                    self.count(money.goes_to(invoice, taken, AllocationReason::Named));
                }
            }
            if money.amount > Decimal::ZERO {
                rest.push(money);
            }
        }
        rest
    }

    /// Then what is free: undisputed parts by due date, disputed parts by due date, credit.
    fn take_unnamed(&mut self, open: &mut [Open<'_>], rest: Vec<Money<'_>>) {
        if rest.is_empty() {
            return;
        }
        let mut queues: BTreeMap<Currency, Queue> = BTreeMap::new();
        for (place, invoice) in open.iter().enumerate() {
            queues.entry(invoice.currency).or_default().order.push(place);
        }
        for queue in queues.values_mut() {
            queue.order.sort_by_key(|&place| (open[place].due_on, open[place].id));
        }
        for mut money in rest {
            if let Some(Queue { order, first }) = queues.get_mut(&money.currency) {
                for (round, first) in [Round::Undisputed, Round::Disputed].into_iter().zip(first) {
                    *first += order[*first..].iter().take_while(|&&place| open[place].room(round).is_zero()).count();
                    let mut from = *first;
                    while from < order.len() && money.amount > Decimal::ZERO {
                        let due_on = open[order[from]].due_on;
                        let to = from + order[from..].iter().take_while(|&&place| open[place].due_on == due_on).count();
                        self.share(open, &order[from..to], &mut money, round);
                        from = to;
                    }
                }
            }
            if money.amount > Decimal::ZERO {
                *self.credit.entry(money.currency).or_default() += money.amount;
            }
        }
    }

    /// Shares money among claims due on one day: in proportion, what rounding leaves to the smallest ids.
    fn share(&mut self, open: &mut [Open<'_>], day: &[usize], money: &mut Money<'_>, round: Round) {
        let takes = |index: &&usize| {
            let one = &open[**index];
            !one.counts(money.known) && one.room(round) > Decimal::ZERO
        };
        let rooms: Vec<(usize, Decimal)> = day.iter().filter(takes).map(|&i| (i, open[i].room(round))).collect();
        let sum: Decimal = rooms.iter().map(|(_, room)| *room).sum();
        let sharing = money.amount.min(sum);
        if sharing <= Decimal::ZERO {
            return;
        }
        let mut parts: Vec<Decimal> =
            rooms.iter().map(|(_, room)| portion(sharing, *room, sum, money.currency.decimals())).collect();
        let mut left = sharing - parts.iter().sum::<Decimal>();
        for ((_, room), part) in rooms.iter().zip(&mut parts) {
            let more = left.min(*room - *part);
            *part += more;
            left -= more;
        }
        let why = if rooms.len() > 1 { AllocationReason::SharedPerDay } else { AllocationReason::OldestDue };
        for ((index, _), part) in rooms.into_iter().zip(parts) {
            if part > Decimal::ZERO {
                open[index].left -= part;
                money.amount -= part;
                let allocation = money.goes_to(open[index].id, part, why);
                self.count(allocation);
            }
        }
    }
}

impl Money<'_> {
    fn goes_to(&self, invoice: &InvoiceId, amount: Decimal, why: AllocationReason) -> Allocation {
        let (source, invoice) = (self.source.clone(), invoice.clone());
        Allocation { source, invoice, amount, why, day: self.day, known: self.known }
    }
}

/// `sharing · room / sum`, rounded down to the currency's decimals.
fn portion(sharing: Decimal, room: Decimal, sum: Decimal, decimals: u32) -> Decimal {
    if sharing == sum {
        return room;
    }
    let exact = sharing.checked_mul(room).and_then(|product| product.checked_div(sum));
    // Beyond 28 digits the ratio goes first; what it rounds away comes back with the last cent.
    let exact = exact.or_else(|| room.checked_div(sum).and_then(|ratio| ratio.checked_mul(sharing)));
    exact.unwrap_or_default().round_dp_with_strategy(decimals, RoundingStrategy::ToZero).min(room)
}

fn opened<'a>(
    facts: &'a Facts,
    disputes: &Disputes<'_>,
    recorded: &'a Recorded<Invoice>,
    due_on: impl Fn(&Invoice) -> NaiveDate,
) -> Open<'a> {
    let invoice = &recorded.fact;
    let void = facts.voided.contains_key(&invoice.id);
    let claimed = match invoice.amount_due {
        _ if void => Decimal::ZERO,
        Some(due) => due.amount,
        None => invoice.total,
    };
    Open {
        id: &invoice.id,
        currency: invoice.currency,
        due_on: due_on(invoice),
        left: claimed.max(Decimal::ZERO),
        disputed: disputes.part(recorded).unwrap_or(Decimal::MAX),
        as_of: invoice.amount_due.map(|due| due.as_of),
    }
}

/// Received money and pending money, each in the order of its day, then payments before credit notes, then id.
fn monies(facts: &Facts) -> (Vec<Money<'_>>, Vec<Money<'_>>) {
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

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
