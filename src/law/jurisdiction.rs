//! Jurisdictions: what a country says about late charges, terms, limitation and formal notices, as read from
//! `workflows/jurisdictions/*.yaml`.
//!
//! The structs are the files. Reading YAML is the workflow module's; whoever reads hands the values in.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{ChargesError, Exact, Legal, LimitationRules, PaymentTerms, Series, TimeLimits};
use crate::domain::{Currency, DebtorKind, DeliveryStatus};

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
    /// The interest of one day, which is then taken so many times.
    Daily,
}

/// Whose half-year's rate a day has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateDay {
    /// Its own.
    #[default]
    Same,
    /// That of the day before: interest counts from the due date to the day before the payment.
    Before,
}

/// Days of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WrittenBasis")]
pub enum DayBasis {
    /// So many in every year.
    Days(u32),
    /// As many as the year of the day has.
    Actual,
}

impl DayBasis {
    /// How many days a year has.
    pub fn days_of(self, year: i32) -> u32 {
        match self {
            Self::Days(days) => days,
            Self::Actual if NaiveDate::from_ymd_opt(year, 2, 29).is_some() => 366,
            Self::Actual => 365,
        }
    }
}

/// As files write it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "day_basis must be 360, 365, 366 or actual")]
enum WrittenBasis {
    Days(u32),
    Word(BasisWord),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum BasisWord {
    Actual,
}

impl From<WrittenBasis> for DayBasis {
    fn from(written: WrittenBasis) -> Self {
        match written {
            WrittenBasis::Days(days) => Self::Days(days),
            WrittenBasis::Word(BasisWord::Actual) => Self::Actual,
        }
    }
}

/// Whether interest bears interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compounding {
    /// It does not, whatever a contract says.
    #[default]
    Never,
    /// That of a whole year does, where the contract or a court says so.
    YearlyIfAgreed,
}

/// How the rate goes up after a judgment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterJudgment {
    /// By how many percentage points.
    pub points: Legal<Exact>,
    /// How many months after the judgment became enforceable.
    pub months: Legal<u32>,
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
    /// The name of the statute it puts into figures: `L441-10`.
    #[serde(default)]
    pub statute: Option<String>,
    /// From which day.
    pub starts: Starts,
    /// Which half-year's rate.
    pub rate_mode: RateMode,
    /// The series the rate is made from.
    pub reference: String,
    /// Percentage points added to it.
    pub margin: Legal<Exact>,
    /// Days of a year: 365 also in leap years unless written otherwise.
    #[serde(default = "day_basis")]
    pub day_basis: DayBasis,
    /// Whose half-year's rate a day has.
    #[serde(default)]
    pub rate_day: RateDay,
    /// Where cents are rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// Whether the contract may set another rate.
    #[serde(default)]
    pub contract_rate: ContractRate,
    /// From which report of the carrier a formal notice counts, where interest runs from one: that it took the notice
    /// unless written, that it was presented, or delivered.
    #[serde(default = "accepted")]
    pub notice_counts_from: DeliveryStatus,
    /// Whether interest bears interest.
    #[serde(default)]
    pub compounding: Compounding,
    /// How the rate goes up after a judgment.
    #[serde(default)]
    pub after_judgment: Option<AfterJudgment>,
    /// The lowest contract rate.
    #[serde(default)]
    pub floor: Option<Floor>,
    /// Tiers of the lump sum, ascending; none where nothing may be asked.
    #[serde(default)]
    pub lump_sum: Vec<LumpSum>,
}

/// A statute that stands beside the one that usually counts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherCharges {
    /// Against whom it may be used.
    pub kinds: Vec<DebtorKind>,
    /// How it counts; its `statute` is its name.
    pub rule: ChargeRule,
}

fn accepted() -> DeliveryStatus {
    DeliveryStatus::Accepted
}

fn day_basis() -> DayBasis {
    DayBasis::Days(365)
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

/// How the tax of claims that are lost comes back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadDebts {
    /// What the duplicate of the invoice must say; `{net}` and `{vat}` stand for the unpaid sums.
    pub mention: Legal<String>,
    /// The tax may be claimed until the last day of so many calendar years later.
    pub until_years: Legal<u8>,
    /// Proceedings, by a word of their name, from whose judgment on a claim is lost.
    pub procedures: Vec<String>,
}

/// Which time limits are those of insolvency proceedings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Insolvency {
    /// The time limit in which claims must be declared, from the publication, by its name.
    pub declare_within: String,
    /// The time limit in which a late declaration may still be allowed, from the publication.
    #[serde(default)]
    pub relief_within: Option<String>,
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
    /// Further statutes that a creditor may go by instead, each for some kinds of debtors.
    #[serde(default)]
    pub further_charges: Vec<FurtherCharges>,
    /// Formal notices.
    #[serde(default)]
    pub formal_notice: Option<FormalNotice>,
    /// Terms of payment.
    #[serde(default)]
    pub payment_terms: ByKind<PaymentTerms>,
    /// When claims are time-barred.
    #[serde(default)]
    pub limitation: LimitationRules,
    /// How long acts may take, by name.
    #[serde(default)]
    pub time_limits: TimeLimits,
    /// Tax on claims that are lost.
    #[serde(default)]
    pub bad_debts: Option<BadDebts>,
    /// Insolvency proceedings.
    #[serde(default)]
    pub insolvency: Option<Insolvency>,
    /// Electronic registered letters.
    #[serde(default)]
    pub electronic_registered: Option<ElectronicRegistered>,
}

impl Jurisdiction {
    /// The rule of late charges for a kind of debtor: the usual one, or the one of a statute by its name. `None` where
    /// the law gives that kind no charges.
    ///
    /// # Errors
    ///
    /// [`ChargesError::UnknownStatute`] where no statute of that name is for this kind of debtor.
    pub fn charge_rule(&self, kind: DebtorKind, statute: Option<&str>) -> Result<Option<&ChargeRule>, ChargesError> {
        let Some(statute) = statute else { return Ok(self.charges.of(kind)) };
        let further = self.further_charges.iter().filter(|further| further.kinds.contains(&kind));
        let rules: Vec<&ChargeRule> = self.charges.of(kind).into_iter().chain(further.map(|one| &one.rule)).collect();
        let named = |rule: &&ChargeRule| rule.statute.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(statute));
        if let Some(rule) = rules.iter().copied().find(named) {
            return Ok(Some(rule));
        }
        let known: Vec<&str> = rules.iter().filter_map(|rule| rule.statute.as_deref()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let (statute, jurisdiction) = (statute.to_owned(), self.name.clone());
        Err(ChargesError::UnknownStatute { statute, kind, jurisdiction, known })
    }
}
