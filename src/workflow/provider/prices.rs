//! What carrying a notice costs: prices of a provider's definition, and the list a simulation counts with.
//!
//! An amount is exact and may have more decimals than its currency: text messages cost fractions of a cent. What has
//! no price is unknown, never zero. Nothing is billed by these figures; they say what a policy would cost.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::Provider;
use crate::domain::{Channel, Currency, LetterService, Money, parse_decimal};

/// Highest price of one notice, in units of its currency: beyond it the figure is a slip of the pen.
const PRICE_UNITS_MAX: i64 = 10_000;

/// What has a price of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priced {
    /// One email.
    Email,
    /// One segment of a text message.
    SmsSegment,
    /// One letter by this service.
    Letter(LetterService),
}

impl Priced {
    /// Every name, in the order of channels and services.
    pub const ALL: [Self; 7] = [
        Self::Email,
        Self::SmsSegment,
        Self::Letter(LetterService::Standard),
        Self::Letter(LetterService::Tracked),
        Self::Letter(LetterService::Registered),
        Self::Letter(LetterService::RegisteredReceipt),
        Self::Letter(LetterService::ElectronicRegistered),
    ];

    /// What a notice on `channel` is priced as; a letter without a service is an ordinary one.
    pub fn of(channel: Channel, service: Option<LetterService>) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Sms => Self::SmsSegment,
            Channel::Letter => Self::Letter(service.unwrap_or(LetterService::Standard)),
        }
    }

    /// The channel it is carried by.
    pub fn channel(self) -> Channel {
        match self {
            Self::Email => Channel::Email,
            Self::SmsSegment => Channel::Sms,
            Self::Letter(_) => Channel::Letter,
        }
    }

    /// The name used in definitions and flags.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Letter(service) => service.as_str(),
            other => other.channel().as_str(),
        }
    }
}

impl fmt::Display for Priced {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Why a text gives no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Nothing of that name is priced.
    #[error(
        "nothing is called `{0}`; a price is of email, sms (a segment), standard, tracked, registered, registered_receipt or electronic_registered"
    )]
    Name(String),
    /// Not an amount and a currency.
    #[error("`{0}` is no price; write an amount and its currency like \"6.11 EUR\"")]
    Amount(String),
    /// Not `name=price`.
    #[error("`{0}` is no price; write what and how much like registered_receipt=6.11, or sms=\"0.08 GBP\"")]
    Pair(String),
}

impl FromStr for Priced {
    type Err = PriceError;

    fn from_str(name: &str) -> Result<Self, PriceError> {
        Self::ALL.into_iter().find(|one| one.as_str() == name).ok_or_else(|| PriceError::Name(name.to_owned()))
    }
}

/// Reads `6.11 EUR`; without a currency that of `otherwise`, if there is one.
pub fn parse_price(text: &str, otherwise: Option<Currency>) -> Result<Money, PriceError> {
    let wrong = || PriceError::Amount(text.to_owned());
    let (amount, currency) = match text.trim().split_once(' ') {
        Some((amount, code)) => (amount, Currency::from_code(code.trim())),
        None => (text.trim(), otherwise),
    };
    let amount = parse_decimal(amount).map_err(|_| wrong())?;
    if amount.is_sign_negative() || amount > Decimal::from(PRICE_UNITS_MAX) {
        return Err(wrong());
    }
    Ok(Money::new(amount, currency.ok_or_else(wrong)?))
}

/// The prices that count: of every provider by its name, the providers that carry what names none, and prices given
/// by hand, which win.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceList {
    by_provider: BTreeMap<String, BTreeMap<Priced, Money>>,
    defaults: BTreeMap<Channel, String>,
    by_hand: BTreeMap<Priced, Money>,
}

impl PriceList {
    /// The prices of `providers`; `defaults` names the provider of each channel where a step names none.
    pub fn new(providers: &[Provider], defaults: impl IntoIterator<Item = (Channel, String)>) -> Self {
        let by_provider = providers.iter().map(|one| (one.name.clone(), one.prices.clone())).collect();
        Self { by_provider, defaults: defaults.into_iter().collect(), by_hand: BTreeMap::new() }
    }

    /// A price given by hand: it stands whoever carries the notice.
    pub fn set(&mut self, what: Priced, price: Money) {
        self.by_hand.insert(what, price);
    }

    /// Reads `registered_receipt=6.11` or `sms=0.08 GBP` as a price given by hand.
    pub fn set_written(&mut self, text: &str, otherwise: Currency) -> Result<(), PriceError> {
        let (name, price) = text.split_once('=').ok_or_else(|| PriceError::Pair(text.to_owned()))?;
        self.set(name.trim().parse()?, parse_price(price, Some(otherwise))?);
        Ok(())
    }

    /// What one notice costs (of a text message: one segment), carried by the provider a step names or by its
    /// channel's; `None` where nobody said.
    pub fn price(&self, provider: Option<&str>, channel: Channel, service: Option<LetterService>) -> Option<Money> {
        let what = Priced::of(channel, service);
        let carrier = provider.or_else(|| self.defaults.get(&channel).map(String::as_str));
        let carried = || self.by_provider.get(carrier?)?.get(&what);
        self.by_hand.get(&what).or_else(carried).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(prices: &str) -> Result<Provider, String> {
        let yaml = format!("provider: folder\nchannel: [sms, letter]\ntransport: folder\n{prices}");
        Provider::parse("folder.yaml", &yaml).map_err(|why| why.to_string())
    }

    #[test]
    fn prices_are_exact_and_what_has_none_is_unknown() {
        let one = provider("prices: { sms: \"0.0798 EUR\", standard: \"1.49 EUR\" }\n").unwrap();
        let price =
            |channel, service| one.price(channel, service).map(|price| format!("{} {}", price.amount, price.currency));
        assert_eq!(price(Channel::Sms, None).as_deref(), Some("0.0798 EUR"));
        assert_eq!(price(Channel::Letter, None).as_deref(), Some("1.49 EUR"));
        assert_eq!(price(Channel::Letter, Some(LetterService::Registered)), None);
        assert_eq!(price(Channel::Email, None), None);
    }

    #[test]
    fn a_price_that_is_none_is_told_with_its_place() {
        for (prices, told) in [
            ("prices: { fax: \"1.00 EUR\" }\n", "prices.fax: nothing is called `fax`"),
            ("prices: { standard: \"1.49\" }\n", "prices.standard: `1.49` is no price"),
            ("prices: { standard: \"-1 EUR\" }\n", "prices.standard: `-1 EUR` is no price"),
            ("prices: { standard: \"1,49 EUR\" }\n", "prices.standard: `1,49 EUR` is no price"),
            ("prices: { standard: \"1.49 EURO\" }\n", "prices.standard: `1.49 EURO` is no price"),
            ("prices: { email: \"1 EUR\" }\n", "prices.email: this provider carries no email"),
        ] {
            let said = provider(prices).unwrap_err();
            assert!(said.contains(told), "{said}");
        }
    }

    #[test]
    fn a_price_by_hand_wins_and_a_step_may_name_its_provider() {
        let one = provider("prices: { standard: \"1.49 EUR\" }\n").unwrap();
        let mut list = PriceList::new(&[one], [(Channel::Letter, "folder".to_owned())]);
        let standard = Some(LetterService::Standard);
        let amount =
            |list: &PriceList, by| list.price(by, Channel::Letter, standard).map(|price| price.amount.to_string());
        assert_eq!(amount(&list, None).as_deref(), Some("1.49"));
        assert_eq!(amount(&list, Some("folder")).as_deref(), Some("1.49"));
        assert_eq!(amount(&list, Some("other")), None);
        list.set_written("standard=2.10", Currency::EUR).unwrap();
        assert_eq!(amount(&list, Some("other")).as_deref(), Some("2.10"));
        let wrong = |text: &str| list.clone().set_written(text, Currency::EUR).unwrap_err().to_string();
        assert!(wrong("standard").contains("registered_receipt=6.11"));
        assert!(wrong("letter=1").contains("`letter`"));
    }
}
