//! Late charges: interest day by day, and the lump sum.
//!
//! Interest is `principal × rate × days / day basis` on the amount tax included; the day a payment arrives is the last
//! one counted on what it pays. It is simple unless the claim says that it was agreed or ordered to bear interest
//! itself, and the rule lets it.

mod interest;
mod rounding;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::HalfYear;
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
    /// The day from which the judgment on the claim is enforceable (served): the legal rate goes up some time after.
    pub enforceable_on: Option<NaiveDate>,
    /// The day from which interest bears interest once a whole year of it is due: the contract or a court says so.
    pub capitalised_from: Option<NaiveDate>,
    /// The statute to compute by, by its name in the jurisdiction's file; the one for this kind of debtor where absent.
    pub statute: Option<&'a str>,
}

/// Days priced at one rate on one principal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segment {
    /// First day priced.
    pub from: NaiveDate,
    /// Last day priced.
    pub to: NaiveDate,
    /// Days, both ends included.
    pub days: i64,
    /// On how much.
    #[serde(with = "rust_decimal::serde::str")]
    pub principal: Decimal,
    /// Percent a year.
    #[serde(with = "rust_decimal::serde::str")]
    pub rate: Decimal,
    /// Interest, rounded to the currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// What the rate is made of, with its sources.
    pub why: String,
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
    /// Interest was to bear interest where the law forbids it.
    NotCapitalised,
    /// A judgment was given where the rate does not go up after one.
    NotRaisedAfterJudgment,
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
            Self::NotCapitalised => {
                out.write_str("interest bears no interest for this kind of debtor; it stays simple")
            }
            Self::NotRaisedAfterJudgment => {
                out.write_str("the rate of this statute does not go up after a judgment; only the legal rate does")
            }
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

/// Payments that went to interest first, and the rest to the principal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booked {
    /// What reduced the principal: day, amount.
    pub reductions: Vec<(NaiveDate, Decimal)>,
    /// What paid interest.
    pub interest_paid: Decimal,
}

impl Charges {
    /// Interest and lump sum together.
    pub fn total(&self) -> Decimal {
        self.interest + self.lump_sum
    }

    /// What is left of the interest once some of it was paid: the oldest days are paid first.
    #[must_use]
    pub fn less(mut self, mut paid: Decimal) -> Self {
        for segment in &mut self.segments {
            let part = paid.min(segment.amount);
            segment.amount -= part;
            self.interest -= part;
            paid -= part;
        }
        self.segments.retain(|segment| !segment.amount.is_zero());
        self
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
    #[error("day_basis must be 360, 365, 366 or actual")]
    DayBasis,
    /// Beyond what is computed exactly.
    #[error("amount or rate too large to compute interest exactly")]
    TooLarge,
}
