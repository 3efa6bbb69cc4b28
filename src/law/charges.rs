//! Late charges: simple interest day by day, and the lump sum.
//!
//! Interest is `principal × rate × days / day basis`, without compounding, on the amount tax included; the
//! day a payment arrives is the last one counted on what it pays. Interest does not compound anywhere here:
//! where a court orders it, the judgment's own figures stand.

use chrono::{Days, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    ChargeRule, ContractRate, Exact, HalfYear, Jurisdiction, Jurisdictions, Legal, RateMode, Rounding, Starts,
};
use crate::domain::{ChargeSegment, Currency, DebtorKind};

/// What charges are computed on: one invoice.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim<'a> {
    /// Which law applies.
    pub kind: DebtorKind,
    /// Currency of the amounts.
    pub currency: Currency,
    /// What was owed, tax included, before the reductions.
    pub principal: Decimal,
    /// Payments and credits on the principal: day received, amount.
    pub reductions: &'a [(NaiveDate, Decimal)],
    /// Last day to pay on time.
    pub due_on: NaiveDate,
    /// The day of the formal notice that counts (received, first presented or sent: the caller's policy).
    pub formal_notice_on: Option<NaiveDate>,
    /// The contract's penalty rate, percent a year.
    pub contract_rate: Option<Decimal>,
    /// The day insolvency proceedings were opened.
    pub judgment_on: Option<NaiveDate>,
    /// The first day whose interest is asked for, where the creditor gave up what ran before.
    pub interest_from: Option<NaiveDate>,
    /// The statute to compute by, by its name in the jurisdiction's file; the one for this kind of debtor where absent.
    pub statute: Option<&'a str>,
}

/// Days priced at one rate on one principal.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// First day priced.
    pub from: NaiveDate,
    /// Last day priced.
    pub to: NaiveDate,
    /// Days, both ends included.
    pub days: i64,
    /// On how much.
    pub principal: Decimal,
    /// Percent a year.
    pub rate: Decimal,
    /// Interest, rounded to the currency.
    pub amount: Decimal,
}

/// Something a reader of the result must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// The contract's rate is below the lowest lawful one; it was used as written.
    BelowFloor {
        /// In which half-year.
        half_year: HalfYear,
        /// The contract's rate.
        rate: Decimal,
        /// The lowest.
        floor: Decimal,
    },
    /// The default rate is below the floor that contract rates have; it was used, not raised.
    DefaultBelowFloor {
        /// In which half-year.
        half_year: HalfYear,
        /// The default rate.
        rate: Decimal,
        /// The floor of contract rates.
        floor: Decimal,
    },
    /// Nothing is late: the last day counted is not after the due date.
    NotLate,
    /// Interest runs only from a formal notice, and no day of one was given.
    NoFormalNotice,
    /// A contract rate was given where the law's own rate stands.
    ContractRateIgnored,
    /// The lump sum is in another currency than the claim and was left out.
    LumpSumInOtherCurrency(Currency),
    /// A value that was used is not verified.
    Unverified {
        /// Which.
        what: String,
        /// Its source.
        source: String,
    },
}

impl std::fmt::Display for Concern {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BelowFloor { half_year, rate, floor } => {
                write!(out, "the contract rate {rate} % is below the lowest lawful one of {half_year}, {floor} %")
            }
            Self::DefaultBelowFloor { half_year, rate, floor } => write!(
                out,
                "in {half_year} the default rate {rate} % is below the floor of contract rates, {floor} %; it was not raised"
            ),
            Self::NotLate => out.write_str("nothing is late by then: interest runs from the day after the due date"),
            Self::NoFormalNotice => {
                out.write_str("interest runs only from a formal notice, and no day of one is given")
            }
            Self::ContractRateIgnored => out.write_str("a contract rate does not count for this kind of debtor"),
            Self::LumpSumInOtherCurrency(currency) => {
                write!(out, "the lump sum is in {currency}, the claim is not; it was left out")
            }
            Self::Unverified { what, source } => write!(out, "not verified: {what} ({source})"),
        }
    }
}

/// Interest and lump sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Charges {
    /// Interest, segment by segment.
    pub segments: Vec<Segment>,
    /// Their sum.
    pub interest: Decimal,
    /// The lump sum, 0 where none may be asked.
    pub lump_sum: Decimal,
    /// The statute they were computed by, by its name in the file.
    pub statute: Option<String>,
    /// What a reader must know; each once.
    pub concerns: Vec<Concern>,
}

impl Charges {
    /// Interest and lump sum together.
    pub fn total(&self) -> Decimal {
        self.interest + self.lump_sum
    }

    /// The segments as a notice prints them, under the invoice's number.
    pub fn statement(&self, number: &str) -> Vec<ChargeSegment> {
        let line = |segment: &Segment| ChargeSegment {
            invoice: number.to_owned(),
            from: segment.from,
            to: segment.to,
            days: segment.days,
            rate: segment.rate,
            amount: segment.amount,
        };
        self.segments.iter().map(line).collect()
    }

    fn concern(&mut self, concern: Concern) {
        if !self.concerns.contains(&concern) {
            self.concerns.push(concern);
        }
    }
}

/// Why charges cannot be computed. Nothing is ever extrapolated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChargesError {
    /// No file defines it.
    #[error("no jurisdiction `{0}`; add jurisdictions/{0}.yaml")]
    UnknownJurisdiction(String),
    /// The jurisdiction has no such statute for this kind of debtor.
    #[error("no statute `{statute}` for a {kind} debtor in `{jurisdiction}`; known: {known}", kind = kind.as_str())]
    UnknownStatute {
        /// What was asked for.
        statute: String,
        /// Against whom.
        kind: DebtorKind,
        /// In which jurisdiction.
        jurisdiction: String,
        /// Those that it has.
        known: String,
    },
    /// No file defines the series.
    #[error("no series `{0}` in any jurisdiction file")]
    UnknownSeries(String),
    /// The series has no value there.
    #[error("`{series}` has no rate for {half_year}; add it to the jurisdiction file with its source")]
    MissingHalfYear {
        /// Which series.
        series: String,
        /// Which half-year.
        half_year: HalfYear,
    },
    /// A value is known not to hold any more.
    #[error("the {what} holds until {until} only; look up what follows")]
    OutOfDate {
        /// Which value.
        what: String,
        /// Its last day.
        until: NaiveDate,
    },
    /// A year of no days.
    #[error("day_basis must be 360, 365 or 366")]
    DayBasis,
    /// Beyond what is computed exactly.
    #[error("amount or rate too large to compute interest exactly")]
    TooLarge,
}

impl Jurisdictions {
    /// Late charges of one invoice up to and including `until`, under the named jurisdiction. Nothing where the
    /// law gives this kind of debtor no charges, or nothing was owed the day after the due date.
    pub fn charges(&self, name: &str, claim: &Claim<'_>, until: NaiveDate) -> Result<Charges, ChargesError> {
        let law = self.get(name).ok_or_else(|| ChargesError::UnknownJurisdiction(name.to_owned()))?;
        let Some(rule) = law.charge_rule(claim.kind, claim.statute)? else { return Ok(Charges::default()) };
        if !matches!(rule.day_basis, 360 | 365 | 366) {
            return Err(ChargesError::DayBasis);
        }
        // Proceedings stop interest; the text is silent on the day itself, so the day before is the last.
        let until = claim.judgment_on.map_or(until, |day| until.min(day - Days::new(1)));
        let mut charges = Charges { statute: rule.statute.clone(), ..Charges::default() };
        if until <= claim.due_on {
            charges.concern(Concern::NotLate);
            return Ok(charges);
        }
        if principal_on(claim, claim.due_on + Days::new(1)) <= Decimal::ZERO {
            return Ok(charges);
        }
        lump_sum(law, rule, claim, &mut charges)?;
        let first = match (rule.starts, claim.formal_notice_on) {
            (Starts::AfterDue, _) => claim.due_on + Days::new(1),
            (Starts::FormalNotice, Some(day)) => claim.due_on.max(day) + Days::new(1),
            (Starts::FormalNotice, None) => {
                charges.concern(Concern::NoFormalNotice);
                return Ok(charges);
            }
        };
        self.interest(rule, claim, first, until, &mut charges)?;
        round(rule.rounding, rule.day_basis, claim.currency, &mut charges)?;
        Ok(charges)
    }

    fn interest(
        &self,
        rule: &ChargeRule,
        claim: &Claim<'_>,
        first: NaiveDate,
        until: NaiveDate,
        charges: &mut Charges,
    ) -> Result<(), ChargesError> {
        let contract = claim.contract_rate.filter(|_| rule.contract_rate == ContractRate::Allowed);
        if claim.contract_rate.is_some() && contract.is_none() {
            charges.concern(Concern::ContractRateIgnored);
        }
        let mut from = claim.interest_from.map_or(first, |day| first.max(day));
        while from <= until {
            let half_year = HalfYear::of(if rule.rate_mode == RateMode::Frozen { first } else { from });
            let reduced = claim.reductions.iter().map(|(day, _)| *day).filter(|day| *day >= from);
            let boundary = match rule.rate_mode {
                RateMode::Segmented => HalfYear::of(from).last_day(),
                RateMode::Frozen => until,
            };
            let to = reduced.chain([boundary, until]).min().unwrap_or(until);
            let principal = principal_on(claim, from);
            if principal > Decimal::ZERO {
                let rate = match contract {
                    Some(rate) => rate,
                    None => self.default_rate(rule, half_year, from, charges)?,
                };
                self.compare_with_floor(rule, half_year, rate, contract.is_some(), charges);
                let days = (to - from).num_days() + 1;
                charges.segments.push(Segment { from, to, days, principal, rate, amount: Decimal::ZERO });
            }
            from = to + Days::new(1);
        }
        if contract.is_some() {
            join_equal(&mut charges.segments);
        }
        Ok(())
    }

    fn default_rate(
        &self,
        rule: &ChargeRule,
        half_year: HalfYear,
        day: NaiveDate,
        charges: &mut Charges,
    ) -> Result<Decimal, ChargesError> {
        let reference = self.rate(&rule.reference, half_year)?;
        if !reference.verified {
            let what = format!("{} {half_year} = {}", rule.reference, reference.value.0);
            charges.concern(Concern::Unverified { what, source: reference.source.clone() });
        }
        let margin = usable(&rule.margin, "margin", day, charges)?;
        Ok(reference.value.0 + margin)
    }

    /// The value of a series in one half-year.
    pub fn rate(&self, series: &str, half_year: HalfYear) -> Result<&Legal<Exact>, ChargesError> {
        let found = self.series(series).ok_or_else(|| ChargesError::UnknownSeries(series.to_owned()))?;
        let missing = || ChargesError::MissingHalfYear { series: series.to_owned(), half_year };
        found.values.get(&half_year).ok_or_else(missing)
    }

    fn compare_with_floor(
        &self,
        rule: &ChargeRule,
        half_year: HalfYear,
        rate: Decimal,
        is_contract: bool,
        charges: &mut Charges,
    ) {
        // A floor that is not known for a half-year cannot be compared with; the rate itself is known.
        let floor = rule
            .floor
            .as_ref()
            .and_then(|floor| Some(self.rate(&floor.reference, half_year).ok()?.value.0 * floor.times.value.0));
        match floor {
            Some(floor) if rate < floor && is_contract => {
                charges.concern(Concern::BelowFloor { half_year, rate, floor });
            }
            Some(floor) if rate < floor => charges.concern(Concern::DefaultBelowFloor { half_year, rate, floor }),
            _ => {}
        }
    }
}

/// What is owed during `day`: a payment counts from the day after it arrived.
fn principal_on(claim: &Claim<'_>, day: NaiveDate) -> Decimal {
    claim.principal - claim.reductions.iter().filter(|(on, _)| *on < day).map(|(_, amount)| *amount).sum::<Decimal>()
}

/// One flat contract rate over a half-year's end is one line.
fn join_equal(segments: &mut Vec<Segment>) {
    segments.dedup_by(|next, before| {
        let same = next.rate == before.rate && next.principal == before.principal;
        let adjacent = before.to + Days::new(1) == next.from;
        if same && adjacent {
            before.to = next.to;
            before.days += next.days;
        }
        same && adjacent
    });
}

fn lump_sum(
    law: &Jurisdiction,
    rule: &ChargeRule,
    claim: &Claim<'_>,
    charges: &mut Charges,
) -> Result<(), ChargesError> {
    let Some(tier) = rule.lump_sum.iter().rev().find(|tier| claim.principal >= tier.from.0) else { return Ok(()) };
    if claim.judgment_on.is_some_and(|day| day <= claim.due_on) {
        return Ok(());
    }
    if law.currency != claim.currency {
        charges.concern(Concern::LumpSumInOtherCurrency(law.currency));
        return Ok(());
    }
    charges.lump_sum = usable(&tier.amount, "lump sum", claim.due_on + Days::new(1), charges)?;
    Ok(())
}

fn usable(value: &Legal<Exact>, what: &str, day: NaiveDate, charges: &mut Charges) -> Result<Decimal, ChargesError> {
    if let Some(until) = value.valid_until.filter(|_| !value.holds_on(day)) {
        return Err(ChargesError::OutOfDate { what: what.to_owned(), until });
    }
    if !value.verified {
        let what = format!("{what} {}", value.value.0);
        charges.concern(Concern::Unverified { what, source: value.source.clone() });
    }
    Ok(value.value.0)
}

fn round(rounding: Rounding, day_basis: u32, currency: Currency, charges: &mut Charges) -> Result<(), ChargesError> {
    let to_cents =
        |amount: Decimal| amount.round_dp_with_strategy(currency.decimals(), RoundingStrategy::MidpointAwayFromZero);
    let (mut exact, mut given) = (Decimal::ZERO, Decimal::ZERO);
    for segment in &mut charges.segments {
        let percent_days = segment.rate.checked_mul(Decimal::from(segment.days));
        let interest = percent_days
            .and_then(|percent_days| segment.principal.checked_mul(percent_days))
            .and_then(|product| product.checked_div(Decimal::from(100 * u64::from(day_basis))))
            .ok_or(ChargesError::TooLarge)?;
        exact = exact.checked_add(interest).ok_or(ChargesError::TooLarge)?;
        segment.amount = match rounding {
            Rounding::Segment => to_cents(interest),
            Rounding::Total => to_cents(exact) - given,
        };
        given += segment.amount;
    }
    charges.interest = given;
    Ok(())
}
