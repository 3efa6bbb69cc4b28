//! How the debtor paid so far, by what the ledger knows: delays, the share paid late, and whether it gets later.
//!
//! Only what was paid counts, each invoice with the days from its due date to the last payment, 0 where it was on time.
//! A debtor that paid little is known little: its own counts by as many invoices as it paid, the creditor's debtors
//! together as [`PEERS_COUNT_AS`] more. Where nothing was paid nothing is said of the debtor.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use super::days::sane;
use super::terms::AccountTerms;
use crate::domain::{Facts, Habit, Ledger, Peers};

/// Paid invoices that make up the trend: the last so many against those before, of which there are as many at least.
const TREND: usize = 4;
/// Paid invoices as which the creditor's other debtors count: with two of its own a debtor's word weighs half.
const PEERS_COUNT_AS: usize = 2;

/// The paid invoices of an account.
#[derive(Debug, Default)]
pub(super) struct Behaviour {
    /// Days late in the order in which they were paid.
    paid: Vec<i64>,
    sorted: Vec<i64>,
    peers: Option<Peers>,
}

impl Behaviour {
    pub fn of(facts: &Facts, ledger: &Ledger, terms: &AccountTerms<'_>) -> Self {
        let settled = ledger.balances.iter().filter(|(_, balance)| balance.open.is_zero());
        let paid = settled.filter_map(|(id, _)| {
            let paid_on: NaiveDate = sane(ledger.of_invoice(id).map(|one| one.day).max()?);
            let due_on = terms.due_on(&facts.invoices.get(id)?.fact)?;
            Some((paid_on, id, (paid_on - due_on).num_days().max(0)))
        });
        let mut paid: Vec<_> = paid.collect();
        paid.sort_unstable();
        let paid: Vec<i64> = paid.into_iter().map(|(_, _, days)| days).collect();
        let mut sorted = paid.clone();
        sorted.sort_unstable();
        Self { paid, sorted, peers: facts.peers }
    }

    /// The debtor's own figures.
    pub fn habit(&self) -> Habit {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let late = self.sorted.iter().filter(|days| **days > 0).count();
        let days_late = lower_median(&self.sorted).unwrap_or_default();
        Habit { paid: count(self.sorted.len()), late: count(late), days_late }
    }

    /// The median of the days late, the lower of two, drawn towards what is usual for the creditor's debtors; whole days,
    /// half a day counts as one. `None` where nothing was paid.
    pub fn usual(&self) -> Option<Decimal> {
        let usual = self.drawn(self.habit().days_late.into(), |peers| peers.days_late.into())?;
        Some(usual.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero))
    }

    /// The share paid late, 0 to 1, drawn towards that of the creditor's debtors; to four decimals. `None` where nothing
    /// was paid.
    pub fn share_late(&self) -> Option<Decimal> {
        let habit = self.habit();
        let own = Decimal::from(habit.late).checked_div(habit.paid.into())?;
        Some(self.drawn(own, |peers| peers.share_late)?.round_dp(4))
    }

    /// The mean of its own, by its paid invoices, and of the creditor's debtors.
    fn drawn(&self, own: Decimal, of_peers: impl Fn(Peers) -> Decimal) -> Option<Decimal> {
        let paid = Decimal::from(self.sorted.len());
        if paid.is_zero() {
            return None;
        }
        let Some(peers) = self.peers else { return Some(own) };
        let weight = Decimal::from(PEERS_COUNT_AS);
        (own * paid + of_peers(peers) * weight).checked_div(paid + weight)
    }

    /// By how many days the last four paid invoices were later than those before; `None` with fewer than eight.
    pub fn trend(&self) -> Option<i64> {
        let before = self.paid.len().checked_sub(TREND).filter(|before| *before >= TREND)?;
        let median = |days: &[i64]| {
            let mut sorted = days.to_vec();
            sorted.sort_unstable();
            lower_median(&sorted)
        };
        Some(median(&self.paid[before..])? - median(&self.paid[..before])?)
    }

    /// All of it in words; `None` where nothing was paid.
    pub fn in_words(&self, promises_broken: usize) -> Option<String> {
        let usual = match self.usual()? {
            days if days.is_zero() => "usually pays on time".to_owned(),
            days if days == Decimal::ONE => "usually pays 1 day late".to_owned(),
            days => format!("usually pays {days} days late"),
        };
        let habit = self.habit();
        let percent = (Decimal::from(habit.late * 100) / Decimal::from(habit.paid)).round();
        let count = self.sorted.len();
        let invoices = if count == 1 { "invoice" } else { "invoices" };
        let mut said = format!("{usual} ({count} paid {invoices}, {percent} % late");
        match self.trend() {
            Some(days) if days > 0 => said.push_str(&format!("; the last {TREND} were {days} days later than before")),
            Some(days) if days < 0 => {
                said.push_str(&format!("; the last {TREND} were {} days earlier than before", -days))
            }
            _ => {}
        }
        if let Some(peers) = self.peers {
            let (own, all) = (habit.days_late, peers.days_late);
            said.push_str(&format!("; its own median is {own} days, that of this creditor's debtors {all}"));
        }
        if promises_broken > 0 {
            let promises = if promises_broken == 1 { "promise" } else { "promises" };
            said.push_str(&format!("; {promises_broken} {promises} broken"));
        }
        said.push(')');
        Some(said)
    }
}

fn lower_median(sorted: &[i64]) -> Option<i64> {
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}
