//! Which days bear interest at which rate on how much.

use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::Decimal;

use super::{Booked, Charges, ChargesError, Claim, Concern, Segment, rounding};
use crate::law::{
    AfterJudgment, ChargeRule, Compounding, ContractRate, DayBasis, Exact, HalfYear, Jurisdiction, Jurisdictions,
    Legal, RateDay, RateMode, Starts,
};

impl Jurisdictions {
    /// Late charges of one invoice up to and including `until`, under the named jurisdiction. Nothing where the
    /// law gives this kind of debtor no charges, or nothing was owed the day after the due date.
    pub fn charges(&self, name: &str, claim: &Claim<'_>, until: NaiveDate) -> Result<Charges, ChargesError> {
        let law = self.get(name).ok_or_else(|| ChargesError::UnknownJurisdiction(name.to_owned()))?;
        let Some(rule) = law.charge_rule(claim.kind, claim.statute)? else { return Ok(Charges::default()) };
        if matches!(rule.day_basis, DayBasis::Days(days) if !matches!(days, 360 | 365 | 366)) {
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
        let mut run = Run::of(self, rule, claim, first, until, charges)?;
        run.price()?;
        let mut charges = run.charges;
        charges.interest = charges.segments.iter().map(|segment| segment.amount).sum();
        Ok(charges)
    }

    /// Payments, in the order of their days, that pay interest run up to that day first (Code civil, art. 1343-1).
    pub fn interest_first(
        &self,
        name: &str,
        claim: &Claim<'_>,
        payments: &[(NaiveDate, Decimal)],
    ) -> Result<Booked, ChargesError> {
        let mut booked = Booked::default();
        for (day, amount) in payments {
            let ran = self.charges(name, &Claim { reductions: &booked.reductions, ..claim.clone() }, *day)?.interest;
            let interest = (ran - booked.interest_paid).max(Decimal::ZERO).min(*amount);
            booked.interest_paid += interest;
            booked.reductions.push((*day, amount - interest));
        }
        Ok(booked)
    }

    /// The value of a series in one half-year.
    pub fn rate(&self, series: &str, half_year: HalfYear) -> Result<&Legal<Exact>, ChargesError> {
        let found = self.series(series).ok_or_else(|| ChargesError::UnknownSeries(series.to_owned()))?;
        let missing = || ChargesError::MissingHalfYear { series: series.to_owned(), half_year };
        found.values.get(&half_year).ok_or_else(missing)
    }
}

/// The pricing of one claim under one rule.
struct Run<'r> {
    laws: &'r Jurisdictions,
    rule: &'r ChargeRule,
    claim: &'r Claim<'r>,
    /// The first day that bears interest, and the first that is priced: what ran before may have been given up.
    first: NaiveDate,
    until: NaiveDate,
    /// The contract's rate, where it counts.
    contract: Option<Decimal>,
    /// From which day the rate is higher, and by what.
    raised: Option<(NaiveDate, &'r AfterJudgment)>,
    /// From which day whole years of interest bear interest.
    capitalised_from: Option<NaiveDate>,
    charges: Charges,
}

impl<'r> Run<'r> {
    fn of(
        laws: &'r Jurisdictions,
        rule: &'r ChargeRule,
        claim: &'r Claim<'r>,
        first: NaiveDate,
        until: NaiveDate,
        mut charges: Charges,
    ) -> Result<Self, ChargesError> {
        let contract = claim.contract_rate.filter(|_| rule.contract_rate == ContractRate::Allowed);
        if claim.contract_rate.is_some() && contract.is_none() {
            charges.concern(Concern::ContractRateIgnored);
        }
        let after = rule.after_judgment.as_ref().filter(|_| contract.is_none());
        let raised = claim.enforceable_on.zip(after).map(|(served, after)| {
            let from = served.checked_add_months(Months::new(after.months.value)).unwrap_or(NaiveDate::MAX);
            (from, after)
        });
        if claim.enforceable_on.is_some() && raised.is_none() {
            charges.concern(Concern::NotRaisedAfterJudgment);
        }
        let may = rule.compounding == Compounding::YearlyIfAgreed;
        if claim.capitalised_from.is_some() && !may {
            charges.concern(Concern::NotCapitalised);
        }
        let capitalised_from = claim.capitalised_from.filter(|_| may).map(|day| day.max(first));
        Ok(Self { laws, rule, claim, first, until, contract, raised, capitalised_from, charges })
    }

    /// Every stretch of days with one rate and one principal, rounded as the rule says.
    fn price(&mut self) -> Result<(), ChargesError> {
        let mut from = self.claim.interest_from.map_or(self.first, |day| self.first.max(day));
        // Interest that bears interest, and that of the year under way.
        let (mut compounded, mut of_year) = (Decimal::ZERO, Decimal::ZERO);
        let mut rounded = rounding::Rounded::by(self.rule, self.claim.currency);
        while from <= self.until {
            let to = self.end_of_stretch(from);
            let owed = principal_on(self.claim, from);
            if owed > Decimal::ZERO {
                let (rate, why) = self.rate_on(from)?;
                let days = (to - from).num_days() + 1;
                let mut segment =
                    Segment { from, to, days, principal: owed + compounded, rate, amount: Decimal::ZERO, why };
                segment.amount = rounded.interest(&segment)?;
                if self.capitalised_from.is_some_and(|start| from >= start) {
                    of_year += segment.amount;
                }
                self.add(segment);
            }
            from = to + Days::new(1);
            if self.is_anniversary(from) {
                compounded += of_year;
                of_year = Decimal::ZERO;
            }
        }
        if self.contract.is_some() {
            rounding::join_equal(&mut self.charges.segments, self.rule, self.claim.currency)?;
        }
        Ok(())
    }

    fn add(&mut self, segment: Segment) {
        self.charges.segments.push(segment);
    }

    /// The last day that is priced like `from`.
    fn end_of_stretch(&self, from: NaiveDate) -> NaiveDate {
        let half_year = match (self.rule.rate_mode, self.rule.rate_day) {
            (RateMode::Frozen, _) => self.until,
            (RateMode::Segmented, RateDay::Same) => HalfYear::of(from).last_day(),
            (RateMode::Segmented, RateDay::Before) => HalfYear::of(from - Days::new(1)).last_day() + Days::new(1),
        };
        let year = match self.rule.day_basis {
            DayBasis::Actual => NaiveDate::from_ymd_opt(from.year(), 12, 31).unwrap_or(NaiveDate::MAX),
            DayBasis::Days(_) => self.until,
        };
        // A payment that went to interest alone changes no principal, and parts no stretch: a cent could hang on it.
        let paid = self.claim.reductions.iter().filter(|(day, amount)| *day >= from && !amount.is_zero());
        let paid = paid.map(|(day, _)| *day);
        let raised = self.raised.map(|(day, _)| day - Days::new(1)).filter(|day| *day >= from);
        let year_of_interest = self.capitalised_from.and_then(|start| {
            let before = (start > from).then(|| start - Days::new(1));
            before.or_else(|| next_anniversary(start, from).map(|day| day - Days::new(1)))
        });
        paid.chain(raised).chain(year_of_interest).chain([half_year, year, self.until]).min().unwrap_or(self.until)
    }

    /// Whether a whole number of years of interest is due when `day` begins.
    fn is_anniversary(&self, day: NaiveDate) -> bool {
        let before = day - Days::new(1);
        self.capitalised_from.is_some_and(|start| day > start && next_anniversary(start, before) == Some(day))
    }

    /// Percent a year on `day`, and what it is made of.
    fn rate_on(&mut self, day: NaiveDate) -> Result<(Decimal, String), ChargesError> {
        let priced = if self.rule.rate_mode == RateMode::Frozen { self.first } else { day };
        let half_year = HalfYear::of(match self.rule.rate_day {
            RateDay::Same => priced,
            RateDay::Before => priced - Days::new(1),
        });
        let (mut rate, mut why) = match self.contract {
            Some(rate) => (rate, format!("{rate} % by contract")),
            None => self.default_rate(half_year, day)?,
        };
        self.compare_with_floor(half_year, rate);
        if let Some((from, after)) = self.raised.filter(|(from, _)| day >= *from) {
            let points = usable(&after.points, "points after a judgment", day, &mut self.charges)?;
            rate += points;
            why.push_str(&format!(", and {points} points from {from} ({})", after.points.source));
        }
        Ok((rate, why))
    }

    fn default_rate(&mut self, half_year: HalfYear, day: NaiveDate) -> Result<(Decimal, String), ChargesError> {
        let rule = self.rule;
        let reference = self.laws.rate(&rule.reference, half_year)?;
        if !reference.verified {
            let what = format!("{} {half_year} = {}", rule.reference, reference.value.0);
            self.charges.concern(Concern::Unverified { what, source: reference.source.clone() });
        }
        let margin = usable(&rule.margin, "margin", day, &mut self.charges)?;
        let mut why = format!("{} {half_year}: {} % ({})", rule.reference, reference.value.0, reference.source);
        if !margin.is_zero() {
            why.push_str(&format!(", and {margin} points ({})", rule.margin.source));
        }
        Ok((reference.value.0 + margin, why))
    }

    fn compare_with_floor(&mut self, half_year: HalfYear, rate: Decimal) {
        let Some(floor) = &self.rule.floor else { return };
        // A floor that is not known for a half-year cannot be compared with; the rate itself is known.
        let Ok(reference) = self.laws.rate(&floor.reference, half_year) else { return };
        let floor = reference.value.0 * floor.times.value.0;
        if rate < floor {
            self.charges.concern(match self.contract {
                Some(_) => Concern::BelowFloor { half_year, rate, floor },
                None => Concern::DefaultBelowFloor { half_year, rate, floor },
            });
        }
    }
}

/// The first day after `day` on which a whole number of years since `start` is over.
fn next_anniversary(start: NaiveDate, day: NaiveDate) -> Option<NaiveDate> {
    let years = u32::try_from(day.year() - start.year()).ok()?;
    (years..=years + 1).filter_map(|years| start.checked_add_months(Months::new(12 * years))).find(|one| *one > day)
}

/// What is owed during `day`: a payment counts from the day after it arrived.
fn principal_on(claim: &Claim<'_>, day: NaiveDate) -> Decimal {
    claim.principal - claim.reductions.iter().filter(|(on, _)| *on < day).map(|(_, amount)| *amount).sum::<Decimal>()
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
