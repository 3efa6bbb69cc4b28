//! What notices cost, as far as their prices are known; what has no price is counted beside, never as zero.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;

use crate::domain::{Account, Channel, Currency, LetterService, Notice, NoticeState};
use crate::workflow::provider::{PriceList, Priced};

/// A sum of postage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postage {
    /// Exact, by currency.
    pub known: BTreeMap<Currency, Decimal>,
    /// How many letters and segments have no known price.
    pub unknown: BTreeMap<Priced, usize>,
}

impl Postage {
    /// What every notice of `accounts` that was accepted costs.
    pub fn of<'a>(accounts: impl IntoIterator<Item = &'a Account>, prices: &PriceList) -> Self {
        let mut postage = Self::default();
        for notice in accounts.into_iter().flat_map(sent) {
            postage.add(notice, prices);
        }
        postage
    }

    /// Adds one notice. A text message counts as one segment: its text is not written in a simulation.
    pub fn add(&mut self, notice: &Notice, prices: &PriceList) {
        self.add_one(notice.provider.as_deref(), notice.channel, notice.service, prices);
    }

    fn add_one(
        &mut self,
        provider: Option<&str>,
        channel: Channel,
        service: Option<LetterService>,
        prices: &PriceList,
    ) {
        match prices.price(provider, channel, service) {
            Some(price) => *self.known.entry(price.currency).or_default() += price.amount,
            // Nobody bills an email by the piece.
            None if channel == Channel::Email => {}
            None => *self.unknown.entry(Priced::of(channel, service)).or_default() += 1,
        }
    }
}

/// The notices that left.
pub(super) fn sent(account: &Account) -> impl Iterator<Item = &Notice> {
    account.notices.values().filter(|notice| notice.state == NoticeState::Accepted)
}

/// An exact amount with at least the currency's decimals: fractions of a cent are kept.
pub(super) fn exact(amount: Decimal, currency: Currency) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < currency.decimals() {
        amount.rescale(currency.decimals());
    }
    amount.to_string()
}

impl fmt::Display for Postage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known.iter().map(|(currency, amount)| format!("{} {currency}", exact(*amount, *currency)));
        let unknown = self.unknown.iter().map(|(what, count)| format!("{count} {what}"));
        let (known, unknown): (Vec<_>, Vec<_>) = (known.collect(), unknown.collect());
        match (known.is_empty(), unknown.is_empty()) {
            (true, true) => out.write_str("none"),
            (false, true) => out.write_str(&known.join(" + ")),
            (true, false) => write!(out, "unknown (no price of {})", unknown.join(", ")),
            (false, false) => write!(out, "{} + unknown (no price of {})", known.join(" + "), unknown.join(", ")),
        }
    }
}
