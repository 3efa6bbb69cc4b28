//! Which late charges of an invoice the creditor asks for: those the law gives, less what it waived.
//!
//! Of a claim and a waiver about one thing the later counts. Neither is ever written on the invoice.

use chrono::NaiveDate;

use super::days::{plus_days, sane};
use crate::domain::{ChargePart, Facts, InvoiceId, Version};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Whether a claim stands: every notice states the charges, not the formal notice and what follows it alone.
    pub is_claimed: bool,
    /// Whether interest is asked for.
    pub interest: bool,
    /// The first day whose interest is asked for, where what ran before was waived.
    pub interest_from: Option<NaiveDate>,
    /// Whether the lump sum is asked for.
    pub lump_sum: bool,
}

impl Asked {
    /// What the facts of an account say of one of its invoices.
    pub fn of(facts: &Facts, invoice: &InvoiceId) -> Self {
        let concerns = |named: &Option<InvoiceId>| named.as_ref().is_none_or(|named| named == invoice);
        let claims = facts.charges_claimed.values().filter(|known| concerns(&known.fact.invoice));
        let claimed: Option<&Version> = claims.map(|known| &known.version).max();
        let waivers = facts.charges_waived.values().filter(|known| concerns(&known.fact.invoice));
        let standing = waivers.filter(|known| claimed.is_none_or(|claimed| known.version > *claimed));
        let mut asked = Self { is_claimed: claimed.is_some(), interest: true, interest_from: None, lump_sum: true };
        for waiver in standing.map(|known| &known.fact) {
            let gives_up = |part| waiver.parts.is_empty() || waiver.parts.contains(&part);
            if gives_up(ChargePart::LumpSum) {
                asked.lump_sum = false;
            }
            match waiver.through.filter(|_| gives_up(ChargePart::Interest)) {
                Some(through) => asked.interest_from = asked.interest_from.max(Some(plus_days(sane(through), 1))),
                None if gives_up(ChargePart::Interest) => asked.interest = false,
                None => {}
            }
        }
        asked
    }
}
