//! How the debtor paid so far, by what the ledger knows: delays, the share paid late, and whether it gets later.
//!
//! Only what was paid counts, each invoice with the days from its due date to the last payment, 0 where it was on time.
//! How a debtor that paid little compares with others is told by forecasts, which see all debtors of a creditor.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::days::sane;
use super::terms::AccountTerms;
use crate::domain::{Facts, Ledger};

/// Paid invoices that make up the trend: the last so many against those before, of which there are as many at least.
const TREND: usize = 4;

/// The paid invoices of an account.
#[derive(Debug, Default)]
pub(super) struct Behaviour {
    /// Days late in the order in which they were paid.
    paid: Vec<i64>,
    sorted: Vec<i64>,
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
        Self { paid, sorted }
    }

    /// The median of the days late, the lower of two; `None` where nothing was paid.
    pub fn usual(&self) -> Option<i64> {
        lower_median(&self.sorted)
    }

    /// The share paid late, 0 to 1; `None` where nothing was paid.
    pub fn share_late(&self) -> Option<Decimal> {
        let late = self.sorted.iter().filter(|days| **days > 0).count();
        Decimal::from(late).checked_div(Decimal::from(self.sorted.len()))
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
            0 => "usually pays on time".to_owned(),
            days => format!("usually pays {days} days late"),
        };
        let percent = (self.share_late()? * Decimal::ONE_HUNDRED).round();
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
