//! Money on its way to invoices.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use super::disputed::Disputes;
use super::money::{Money, monies};
use super::{AllocationReason, Balance, ClaimLaw, Ledger, Source};
use crate::domain::{AllocationPolicy, AllocationRule, Currency, Facts, Invoice, InvoiceId, PaidFirst, Recorded};

/// An invoice that money can go to.
#[derive(Clone)]
struct Open<'a> {
    invoice: &'a Invoice,
    due_on: NaiveDate,
    claimed: Decimal,
    left: Decimal,
    disputed: Decimal,
    as_of: Option<DateTime<Utc>>,
    /// What was taken off the principal and when, and what went to interest: kept where interest is paid first.
    paid: Vec<(NaiveDate, Decimal)>,
    interest_paid: Decimal,
}

impl<'a> Open<'a> {
    fn of(facts: &Facts, disputes: &Disputes<'_>, recorded: &'a Recorded<Invoice>, due_on: NaiveDate) -> Self {
        let invoice = &recorded.fact;
        let claimed = match invoice.amount_due {
            _ if facts.voided.contains_key(&invoice.id) => Decimal::ZERO,
            Some(due) => due.amount.max(Decimal::ZERO),
            None => invoice.total,
        };
        Self {
            invoice,
            due_on,
            claimed,
            left: claimed,
            disputed: disputes.part(recorded).unwrap_or(Decimal::MAX),
            as_of: invoice.amount_due.map(|due| due.as_of),
            paid: Vec::new(),
            interest_paid: Decimal::ZERO,
        }
    }

    fn id(&self) -> &'a InvoiceId {
        &self.invoice.id
    }

    /// Whether money known at `known` is already counted in the platform's own balance.
    fn counts(&self, known: DateTime<Utc>) -> bool {
        self.as_of.is_some_and(|as_of| known <= as_of)
    }

    /// What money may take of the principal in one round: the undisputed part first, the disputed one after.
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
#[derive(Clone, Default)]
struct Queue {
    order: Vec<usize>,
    /// By round, the first that may have room. Room only shrinks: what is full is passed once for all money.
    first: [usize; 2],
}

/// The invoices of an account, in the order of ids, while money goes to them.
pub(super) struct Booking<'a, L> {
    law: &'a L,
    policy: &'a AllocationPolicy,
    open: Vec<Open<'a>>,
    queues: BTreeMap<Currency, Queue>,
    received: Vec<Money<'a>>,
    pending: Vec<Money<'a>>,
    ledger: Ledger,
}

impl<'a, L: ClaimLaw> Booking<'a, L> {
    pub fn of(facts: &'a Facts, law: &'a L, policy: &'a AllocationPolicy) -> Self {
        let disputes = Disputes::of(facts);
        let open = |recorded: &'a Recorded<Invoice>| Open::of(facts, &disputes, recorded, law.due_on(&recorded.fact));
        let open: Vec<Open<'a>> = facts.invoices.values().map(open).collect();
        let mut queues: BTreeMap<Currency, Queue> = BTreeMap::new();
        for (place, one) in open.iter().enumerate() {
            queues.entry(one.invoice.currency).or_default().order.push(place);
        }
        for queue in queues.values_mut() {
            queue.order.sort_by_key(|&place| (open[place].due_on, open[place].id()));
        }
        let (received, pending) = monies(facts);
        Self { law, policy, open, queues, received, pending, ledger: Ledger::default() }
    }

    /// Books all money. A pending payment goes the same way over what is left, in a book of its own.
    pub fn ledger(mut self) -> Ledger {
        let received = std::mem::take(&mut self.received);
        self.book(received);
        let pending = std::mem::take(&mut self.pending);
        let is_covered = !pending.is_empty();
        let (open, queues) = if is_covered { (self.open.clone(), self.queues.clone()) } else { Default::default() };
        let mut covering =
            Booking { open, queues, received: vec![], pending: vec![], ledger: Ledger::default(), ..self };
        covering.book(pending);
        let mut ledger = self.ledger;
        for one in self.open {
            let disputed = one.disputed.min(one.left);
            let by = || covering.ledger.of_invoice(one.id());
            let pending: Decimal = by().map(|one| one.principal()).sum();
            let balance = Balance {
                currency: one.invoice.currency,
                claimed: one.claimed,
                open: one.left,
                disputed,
                pending: pending.min(one.left - disputed),
                pending_on: by().map(|one| one.day).max(),
            };
            ledger.balances.insert(one.id().clone(), balance);
        }
        ledger
    }

    /// Named money of every day goes before any that names nothing. Where interest is paid first each day is booked by
    /// itself: how much interest ran depends on what was paid before.
    fn book(&mut self, monies: Vec<Money<'a>>) {
        if self.policy.first == PaidFirst::Interest {
            for money in monies {
                let rest = self.take_named(money);
                rest.into_iter().for_each(|rest| self.take_unnamed(rest));
            }
            return;
        }
        let rest: Vec<Money<'a>> = monies.into_iter().filter_map(|money| self.take_named(money)).collect();
        rest.into_iter().for_each(|rest| self.take_unnamed(rest));
    }

    /// Each named part up to what is left there. Returns what is free to go elsewhere.
    fn take_named(&mut self, mut money: Money<'a>) -> Option<Money<'a>> {
        for (invoice, amount) in std::mem::take(&mut money.named) {
            let amount = amount.min(money.amount);
            if amount <= Decimal::ZERO {
                continue;
            }
            let Ok(place) = self.open.binary_search_by(|one| one.id().cmp(invoice)) else {
                money.amount -= amount;
                self.ledger.kept.push(money.goes_to(invoice, amount, AllocationReason::Named));
                continue;
            };
            if self.open[place].invoice.currency != money.currency {
                continue; // Refused at intake; here it stays free in its own currency.
            }
            if self.open[place].counts(money.known) {
                money.amount -= amount;
                self.ledger.count(money.goes_to(invoice, amount, AllocationReason::InPlatformBalance));
                continue;
            }
            self.pay(place, &mut money, amount, Round::Disputed, AllocationReason::Named);
        }
        (money.amount > Decimal::ZERO).then_some(money)
    }

    /// Then what is free: undisputed parts, disputed parts, credit.
    fn take_unnamed(&mut self, mut money: Money<'a>) {
        if let Some(mut queue) = self.queues.remove(&money.currency) {
            for (round, first) in [Round::Undisputed, Round::Disputed].into_iter().zip(&mut queue.first) {
                let full = queue.order[*first..].iter().take_while(|&&place| self.open[place].room(round).is_zero());
                *first += full.count();
                let mut from = *first;
                while from < queue.order.len() && money.amount > Decimal::ZERO {
                    let to = from + self.group(&queue.order[from..], money.day);
                    self.take_group(&queue.order[from..to], &mut money, round);
                    from = to;
                }
            }
            self.queues.insert(money.currency, queue);
        }
        if money.amount > Decimal::ZERO {
            *self.ledger.credit.entry(money.currency).or_default() += money.amount;
        }
    }

    /// How many of the claims that come next the creditor's order does not tell apart but by proportion.
    fn group(&self, next: &[usize], day: NaiveDate) -> usize {
        let due_on = |place: usize| self.open[place].due_on;
        let first = due_on(next[0]);
        let same = |place: &&usize| {
            if self.policy.has(AllocationRule::Oldest) {
                due_on(**place) == first
            } else if self.policy.has(AllocationRule::Due) {
                (due_on(**place) <= day) == (first <= day)
            } else {
                true
            }
        };
        next.iter().take_while(same).count()
    }

    fn take_group(&mut self, group: &[usize], money: &mut Money<'a>, round: Round) {
        let is_oldest = self.policy.has(AllocationRule::Oldest);
        if self.policy.has(AllocationRule::ProRata) {
            let why = if is_oldest { AllocationReason::SharedPerDay } else { AllocationReason::InProportion };
            return self.share(group, money, round, why);
        }
        let mut group = group.to_vec();
        group.sort_unstable();
        for place in group {
            self.share(&[place], money, round, AllocationReason::NextInOrder);
        }
    }

    /// Shares money among claims: in proportion to what is owed, what rounding leaves to the smallest ids.
    fn share(&mut self, group: &[usize], money: &mut Money<'a>, round: Round, why: AllocationReason) {
        let room = |place: usize| self.open[place].room(round) + self.interest(place, money, round);
        let takes = |place: &usize| {
            let one = &self.open[*place];
            !one.counts(money.known) && one.room(round) > Decimal::ZERO
        };
        let rooms: Vec<(usize, Decimal)> = group.iter().copied().filter(takes).map(|i| (i, room(i))).collect();
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
        let is_alone = rooms.len() == 1 && why == AllocationReason::SharedPerDay;
        let why = if is_alone { AllocationReason::OldestDue } else { why };
        for ((place, _), part) in rooms.into_iter().zip(parts) {
            self.pay(place, money, part, round, why);
        }
    }

    /// Interest that ran on a claim and is not paid, where a payment pays it first. A credit note reduces the principal,
    /// and interest of a claim whose principal is paid stays a claim of its own.
    fn interest(&self, place: usize, money: &Money<'_>, round: Round) -> Decimal {
        let one = &self.open[place];
        let is_payment = matches!(money.source, Source::Payment(_));
        let is_owed = one.room(round) > Decimal::ZERO && one.left > one.disputed.min(one.left);
        if self.policy.first != PaidFirst::Interest || !is_payment || !is_owed {
            return Decimal::ZERO;
        }
        let principal = one.claimed - one.disputed.min(one.claimed);
        (self.law.interest(one.invoice, principal, &one.paid, money.day) - one.interest_paid).max(Decimal::ZERO)
    }

    /// Pays up to `amount` on one claim: interest where it comes first, then the principal up to what is left.
    fn pay(&mut self, place: usize, money: &mut Money<'a>, amount: Decimal, round: Round, why: AllocationReason) {
        let interest = self.interest(place, money, round).min(amount);
        let one = &mut self.open[place];
        let principal = (amount - interest).min(one.room(round));
        let taken = interest + principal;
        if taken <= Decimal::ZERO {
            return;
        }
        one.left -= principal;
        one.interest_paid += interest;
        if self.policy.first == PaidFirst::Interest && !principal.is_zero() {
            one.paid.push((money.day, principal));
        }
        money.amount -= taken;
        let mut allocation = money.goes_to(one.id(), taken, why);
        allocation.interest = interest;
        self.ledger.count(allocation);
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
