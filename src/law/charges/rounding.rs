//! Interest of one stretch of days, rounded half away from zero to the currency where the rule says.

use chrono::{Datelike, Days};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{ChargesError, Segment};
use crate::domain::Currency;
use crate::law::{ChargeRule, DayBasis, Rounding};

/// Rounds the interest of one claim, segment after segment.
pub(super) struct Rounded {
    rounding: Rounding,
    day_basis: DayBasis,
    currency: Currency,
    /// The exact interest so far, and what was given for it.
    exact: Decimal,
    given: Decimal,
}

impl Rounded {
    pub fn by(rule: &ChargeRule, currency: Currency) -> Self {
        let (exact, given) = (Decimal::ZERO, Decimal::ZERO);
        Self { rounding: rule.rounding, day_basis: rule.day_basis, currency, exact, given }
    }

    /// The interest of the next segment.
    ///
    /// # Errors
    ///
    /// [`ChargesError::TooLarge`] beyond what is computed exactly.
    pub fn interest(&mut self, segment: &Segment) -> Result<Decimal, ChargesError> {
        let amount = self.of(segment).ok_or(ChargesError::TooLarge)?;
        self.given += amount;
        Ok(amount)
    }

    fn of(&mut self, segment: &Segment) -> Option<Decimal> {
        let days = Decimal::from(segment.days);
        let year = Decimal::from(100 * u64::from(self.day_basis.days_of(segment.from.year())));
        let of_days = |days: Decimal| {
            let percent_days = segment.rate.checked_mul(days)?;
            segment.principal.checked_mul(percent_days)?.checked_div(year)
        };
        let interest = of_days(days)?;
        self.exact = self.exact.checked_add(interest)?;
        Some(match self.rounding {
            Rounding::Segment => self.to_cents(interest),
            Rounding::Total => self.to_cents(self.exact) - self.given,
            Rounding::Daily => self.to_cents(of_days(Decimal::ONE)?).checked_mul(days)?,
        })
    }

    fn to_cents(&self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.currency.decimals(), RoundingStrategy::MidpointAwayFromZero)
    }
}

/// One flat contract rate over the end of a half-year is one line.
pub(super) fn join_equal(
    segments: &mut Vec<Segment>,
    rule: &ChargeRule,
    currency: Currency,
) -> Result<(), ChargesError> {
    segments.dedup_by(|next, before| {
        let same = next.rate == before.rate && next.principal == before.principal;
        let year = rule.day_basis.days_of(next.from.year()) == rule.day_basis.days_of(before.from.year());
        let adjacent = before.to + Days::new(1) == next.from;
        if same && year && adjacent {
            before.to = next.to;
            before.days += next.days;
        }
        same && year && adjacent
    });
    let mut rounded = Rounded::by(rule, currency);
    for segment in segments {
        segment.amount = rounded.interest(segment)?;
    }
    Ok(())
}
