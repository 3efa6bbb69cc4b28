//! The formulas of the trade. Amounts include tax and are of one currency; results are rounded half away from zero to two
//! decimals. Nothing is divided by nothing: a figure without sales is `None`.

use chrono::{Datelike, Months, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

/// Longest time that count-back looks at, in months.
const MONTHS_MAX: u32 = 120;

/// Days sales outstanding: `receivables / sales × days` of the period.
pub fn days_outstanding(receivables: Decimal, sales: Decimal, days: i64) -> Option<Decimal> {
    receivables.checked_mul(Decimal::from(days))?.checked_div(sales).filter(|_| sales > Decimal::ZERO).map(round)
}

/// Days sales outstanding less the best possible: how many days of it are delay.
pub fn average_days_delinquent(outstanding: Decimal, best: Decimal) -> Decimal {
    outstanding - best
}

/// Days sales outstanding by counting back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// How many days.
    pub days: Decimal,
    /// The days of each month counted, the latest first.
    pub months: Vec<(NaiveDate, Decimal)>,
    /// What no month's sales were left for: the days are at least so many.
    pub rest: Decimal,
}

/// Takes each month's sales off the receivables, the latest first, and adds up the days of those months; of the last
/// one in proportion. A month without sales counts with all its days. `sales` knows those of a month from its first day
/// through the day given, `first` is the day of the first sale.
pub fn count_back(
    receivables: Decimal,
    on: NaiveDate,
    first: Option<NaiveDate>,
    sales: impl Fn(NaiveDate, NaiveDate) -> Decimal,
) -> Counted {
    let mut counted = Counted { days: Decimal::ZERO, months: Vec::new(), rest: receivables.max(Decimal::ZERO) };
    let mut last = on;
    for _ in 0..MONTHS_MAX {
        if counted.rest.is_zero() || first.is_none_or(|first| last < first) {
            break;
        }
        let Some(start) = last.with_day(1) else { break };
        let length = Decimal::from(last.day());
        let sold = sales(start, last);
        let days = match sold > counted.rest {
            true => counted.rest * length / sold,
            false => length,
        };
        counted.rest -= counted.rest.min(sold.max(Decimal::ZERO));
        counted.days += days;
        counted.months.push((start, round(days)));
        let Some(before) = start.pred_opt() else { break };
        last = before;
    }
    counted.days = round(counted.days);
    counted
}

/// What collection effectiveness is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effectiveness {
    /// Receivables on the evening before the period.
    pub opening: Decimal,
    /// Sales of the period.
    pub sales: Decimal,
    /// Receivables at its end.
    pub closing: Decimal,
    /// Those of them that are not due.
    pub current: Decimal,
}

/// Collection effectiveness in percent: `(opening + sales − closing) / (opening + sales − current) × 100`. With a number
/// of months the sales are divided by it, as one school does for periods of several months.
pub fn effectiveness(of: &Effectiveness, months: Option<u32>) -> Option<Decimal> {
    let sales = months.map_or(Some(of.sales), |months| of.sales.checked_div(Decimal::from(months)))?;
    let collectable = of.opening + sales - of.current;
    let collected = of.opening + sales - of.closing;
    (collectable > Decimal::ZERO).then(|| round(collected * Decimal::ONE_HUNDRED / collectable))
}

/// How many months a period touches, at least one.
pub(super) fn months_of(from: NaiveDate, to: NaiveDate) -> u32 {
    let months = (0..MONTHS_MAX).take_while(|months| {
        from.with_day(1)
            .and_then(|first| first.checked_add_months(Months::new(*months)))
            .is_some_and(|first| first <= to)
    });
    u32::try_from(months.count()).unwrap_or(MONTHS_MAX).max(1)
}

pub(super) fn round(figure: Decimal) -> Decimal {
    let mut rounded = figure.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}
