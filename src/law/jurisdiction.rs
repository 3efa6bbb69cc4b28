//! Jurisdictions: what a country says about late charges, terms, limitation and formal notices, as read from
//! `workflows/jurisdictions/*.yaml`.
//!
//! The structs are the files. Reading YAML is the workflow module's; whoever reads hands the values in.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use serde::Deserialize;

use super::{Exact, Legal, Series};
use crate::domain::{Currency, DebtorKind};

/// From which day interest runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Starts {
    /// The day after the due date, without any reminder.
    AfterDue,
    /// The day after the formal notice; nothing without one.
    FormalNotice,
}

/// Which half-year's rate a day is priced with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateMode {
    /// That of the day.
    Segmented,
    /// That of the first day of interest, for the whole delay.
    Frozen,
}

/// Where cents are rounded, half away from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Each printed segment; the total is their sum, so that a reader can check every line and the sum.
    #[default]
    Segment,
    /// The exact total; the segments take the cents that add up to it.
    Total,
}

/// Whether the contract may set another rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractRate {
    /// A contract rate is not used.
    #[default]
    Ignored,
    /// It replaces the default one.
    Allowed,
}

/// The lowest contract rate: a multiple of a series.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// The series.
    pub reference: String,
    /// How many times.
    pub times: Legal<Exact>,
}

/// One tier of the lump sum for recovery costs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LumpSum {
    /// Smallest principal it is for.
    pub from: Exact,
    /// How much, in the jurisdiction's currency, once for each late invoice.
    pub amount: Legal<Exact>,
}

/// How late charges are computed for one kind of debtor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeRule {
    /// From which day.
    pub starts: Starts,
    /// Which half-year's rate.
    pub rate_mode: RateMode,
    /// The series the rate is made from.
    pub reference: String,
    /// Percentage points added to it.
    pub margin: Legal<Exact>,
    /// Days of a year: 365 also in leap years, unless written otherwise.
    #[serde(default = "day_basis")]
    pub day_basis: u32,
    /// Where cents are rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// Whether the contract may set another rate.
    #[serde(default)]
    pub contract_rate: ContractRate,
    /// The lowest contract rate.
    #[serde(default)]
    pub floor: Option<Floor>,
    /// Tiers of the lump sum, ascending; none where nothing may be asked.
    #[serde(default)]
    pub lump_sum: Vec<LumpSum>,
}

fn day_basis() -> u32 {
    365
}

/// A value for each kind of debtor; absent where the law gives none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByKind<T> {
    /// Companies and professionals.
    pub business: Option<T>,
    /// Private persons.
    pub consumer: Option<T>,
    /// State, local authorities, public hospitals.
    pub public: Option<T>,
}

impl<T> Default for ByKind<T> {
    fn default() -> Self {
        Self { business: None, consumer: None, public: None }
    }
}

impl<T> ByKind<T> {
    /// The value for `kind`.
    pub fn of(&self, kind: DebtorKind) -> Option<&T> {
        match kind {
            DebtorKind::Business => self.business.as_ref(),
            DebtorKind::Consumer => self.consumer.as_ref(),
            DebtorKind::Public => self.public.as_ref(),
        }
    }

    /// Every value there is, with its kind.
    pub fn each(&self) -> impl Iterator<Item = (DebtorKind, &T)> {
        [DebtorKind::Business, DebtorKind::Consumer, DebtorKind::Public]
            .into_iter()
            .filter_map(|kind| Some((kind, self.of(kind)?)))
    }
}

/// What is usual for a formal notice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormalNotice {
    /// The shortest deadline that is customary, in days.
    pub customary_deadline_days: Legal<u32>,
}

/// Terms of payment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentTerms {
    /// Where nothing was agreed.
    pub default_days: Legal<u32>,
    /// The longest that may be agreed, in days after issue.
    pub longest_days: Legal<u32>,
}

/// Time limits of insolvency proceedings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insolvency {
    /// Months from the publication in which claims must be declared.
    pub declare_months: Legal<u32>,
}

/// Who must have agreed to electronic registered letters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectronicRegistered {
    /// The kinds of debtors that must have agreed before.
    pub consent_needed: Vec<DebtorKind>,
    /// Where it was read.
    pub source: String,
    /// When.
    pub read_on: NaiveDate,
    /// See [`Legal::verified`].
    pub verified: bool,
}

/// One file under `jurisdictions/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    /// Its name, `fr`.
    #[serde(rename = "jurisdiction")]
    pub name: String,
    /// For people.
    pub title: String,
    /// The name of its calendar.
    pub calendar: String,
    /// The currency of its lump sums.
    pub currency: Currency,
    /// Rates by half-year, by a name that is unique over all files.
    #[serde(default)]
    pub series: BTreeMap<String, Series>,
    /// Late charges.
    #[serde(default)]
    pub charges: ByKind<ChargeRule>,
    /// Formal notices.
    #[serde(default)]
    pub formal_notice: Option<FormalNotice>,
    /// Terms of payment.
    #[serde(default)]
    pub payment_terms: Option<PaymentTerms>,
    /// Years after which a claim is time-barred.
    #[serde(default)]
    pub limitation: ByKind<Legal<u32>>,
    /// Insolvency proceedings.
    #[serde(default)]
    pub insolvency: Option<Insolvency>,
    /// Electronic registered letters.
    #[serde(default)]
    pub electronic_registered: Option<ElectronicRegistered>,
}

impl Jurisdiction {
    /// The last day a claim may be brought, counted from `start`: the due date, the performance or the last
    /// acknowledgement by the debtor, whichever the caller found decisive. A closed day is not moved.
    pub fn limitation_ends_on(&self, kind: DebtorKind, start: NaiveDate) -> Option<NaiveDate> {
        let years = self.limitation.of(kind)?.value;
        start.checked_add_months(Months::new(years.checked_mul(12)?))
    }
}
