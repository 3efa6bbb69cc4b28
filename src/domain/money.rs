//! Money: an exact decimal in one ISO 4217 currency. Two currencies are never added up.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Largest amount taken, in whole units: far above any claim, far below where 28 digits would round.
pub const AMOUNT_UNITS_MAX: i64 = 1_000_000_000_000_000;

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro.
    pub const EUR: Currency = Currency(iso_currency::Currency::EUR);

    /// The currency of a three-letter code in capitals.
    pub fn from_code(code: &str) -> Option<Self> {
        let found = iso_currency::Currency::from_code(code)?;
        (found.code() == code).then_some(Self(found))
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals an amount of this currency has.
    pub fn decimals(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(input)?;
        Self::from_code(&code).ok_or_else(|| D::Error::custom(format!("unknown currency `{code}`")))
    }
}

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not written as a plain decimal.
    #[error("not a decimal amount; write it like \"1200.00\"")]
    NotDecimal,
    /// Beyond what relance keeps exactly.
    #[error("too large; amounts go up to {AMOUNT_UNITS_MAX}")]
    TooLarge,
    /// More decimals than the currency has (trailing zeros do not count).
    #[error("{written} decimals, and {currency} has {decimals}; write at most {decimals}, nothing is rounded here")]
    TooManyDecimals {
        /// The currency of the amount.
        currency: Currency,
        /// How many decimals it has.
        decimals: u32,
        /// How many were written, trailing zeros aside.
        written: u32,
    },
}

/// Reads a decimal exactly from its text, `1200.00` or `1.2e3`, never through binary floating point.
pub fn parse_decimal(text: &str) -> Result<Decimal, AmountError> {
    let plausible = text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    if !plausible {
        return Err(AmountError::NotDecimal);
    }
    let value = if text.contains(['e', 'E']) {
        let exponent: i32 =
            text.split(['e', 'E']).nth(1).and_then(|digits| digits.parse().ok()).ok_or(AmountError::TooLarge)?;
        if exponent.abs() > 28 {
            return Err(AmountError::TooLarge);
        }
        Decimal::from_scientific(text)
    } else {
        Decimal::from_str_exact(text)
    };
    // Of more digits than it holds the library says no more than that it cannot read them.
    let mut parts = text.strip_prefix('-').unwrap_or(text).splitn(2, '.');
    let digits = parts.all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let value = value.map_err(|why| match why {
        rust_decimal::Error::ExceedsMaximumPossibleValue | rust_decimal::Error::Underflow => AmountError::TooLarge,
        rust_decimal::Error::ErrorString(_) if digits && text.len() > 28 => AmountError::TooLarge,
        _ => AmountError::NotDecimal,
    })?;
    if value.abs() > Decimal::from(AMOUNT_UNITS_MAX) {
        return Err(AmountError::TooLarge);
    }
    Ok(value)
}

/// Reads an amount of `currency` exactly; more decimals than it has are refused, trailing zeros aside.
pub fn parse_amount(text: &str, currency: Currency) -> Result<Decimal, AmountError> {
    let value = parse_decimal(text)?.normalize();
    if value.scale() > currency.decimals() {
        let (decimals, written) = (currency.decimals(), value.scale());
        return Err(AmountError::TooManyDecimals { currency, decimals, written });
    }
    Ok(value)
}

/// An amount in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount, in units of the currency.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// `amount` of `currency`.
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The amount with exactly the currency's decimals, `1200.00`.
    pub fn plain(&self) -> String {
        plain_amount(self.amount, self.currency)
    }
}

/// The amount with exactly the currency's decimals, rounded half away from zero where it has more: `1200.00`.
pub fn plain_amount(amount: Decimal, currency: Currency) -> String {
    let places = currency.decimals();
    let mut rounded = amount.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(places);
    rounded.to_string()
}

impl FromStr for Currency {
    type Err = AmountError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::from_code(code).ok_or(AmountError::NotDecimal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_from_their_text() {
        let eur = Currency::EUR;
        assert_eq!(parse_amount("1200.000", eur).unwrap(), Decimal::from(1200));
        assert_eq!(parse_amount("1.2e3", eur).unwrap(), Decimal::from(1200));
        assert!(matches!(parse_amount("0.125", eur), Err(AmountError::TooManyDecimals { .. })));
        assert_eq!(parse_amount("1e400", eur), Err(AmountError::TooLarge));
        assert_eq!(parse_amount("12,00", eur), Err(AmountError::NotDecimal));
        assert_eq!(parse_amount(&"9".repeat(38), eur), Err(AmountError::TooLarge));
        assert_eq!(parse_amount(&format!("{}.1.2", "9".repeat(38)), eur), Err(AmountError::NotDecimal));
        assert_eq!(parse_amount("", eur), Err(AmountError::NotDecimal));
        assert!(parse_amount("1.5", Currency::from_code("JPY").unwrap()).is_err());
    }

    #[test]
    fn amounts_are_written_with_their_decimals() {
        assert_eq!(plain_amount(Decimal::from(12), Currency::EUR), "12.00");
        assert_eq!(plain_amount(Decimal::new(12_345, 3), Currency::EUR), "12.35");
        assert_eq!(plain_amount(Decimal::from(12), Currency::from_code("JPY").unwrap()), "12");
    }
}
