//! Limitation: after how long a claim is time-barred, from when, and what begins the time anew.
//!
//! The earliest day from which it may run counts, so that a warning never comes too late. An end on a closed day is not
//! moved: nothing shows that the rule for procedural terms applies. What a reminder or a formal notice does not do, it
//! does not do here either: only what the file lists interrupts.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::domain::{DebtorKind, InterruptionCause};

/// Longest period that is counted, in years.
const YEARS_MAX: u32 = 100;

/// From which day a period runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitationStart {
    /// The due date, or delivery where it was earlier.
    #[default]
    Earliest,
    /// 1 January after that day.
    NextJanuary,
}

/// A period with its source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitationPeriod {
    /// Years.
    pub value: u32,
    /// From which day it runs.
    #[serde(default)]
    pub starts: LimitationStart,
    /// Where it was read.
    pub source: String,
    /// The day it was last compared with its source.
    pub read_on: NaiveDate,
    /// Last day it holds, where that is known.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
    /// See [`super::Legal::verified`].
    pub verified: bool,
}

/// What interrupts a period: a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterruptedBy {
    /// The causes.
    pub causes: Vec<InterruptionCause>,
    /// Where it was read.
    pub source: String,
    /// When.
    pub read_on: NaiveDate,
    /// See [`super::Legal::verified`].
    pub verified: bool,
}

/// The rules of one jurisdiction; empty where its file says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitationRules {
    /// How many months before the end the creditor is told, 6 unless written: a choice, no law.
    #[serde(default = "near_months")]
    pub near_months: u32,
    /// Against companies and professionals.
    #[serde(default)]
    pub business: Option<LimitationPeriod>,
    /// Against private persons.
    #[serde(default)]
    pub consumer: Option<LimitationPeriod>,
    /// Against public bodies.
    #[serde(default)]
    pub public: Option<LimitationPeriod>,
    /// Shorter periods of sectors, for what they sell to others than public bodies: `haulage`.
    #[serde(default)]
    pub sectors: BTreeMap<String, LimitationPeriod>,
    /// What interrupts; nothing does where absent.
    #[serde(default)]
    pub interrupted_by: Option<InterruptedBy>,
}

fn near_months() -> u32 {
    6
}

impl LimitationRules {
    /// The period of a kind of debtor.
    pub fn of(&self, kind: DebtorKind) -> Option<&LimitationPeriod> {
        match kind {
            DebtorKind::Business => self.business.as_ref(),
            DebtorKind::Consumer => self.consumer.as_ref(),
            DebtorKind::Public => self.public.as_ref(),
        }
    }

    /// Every period there is, with its kind.
    pub fn each(&self) -> impl Iterator<Item = (DebtorKind, &LimitationPeriod)> {
        let kinds = [DebtorKind::Business, DebtorKind::Consumer, DebtorKind::Public];
        kinds.into_iter().filter_map(|kind| Some((kind, self.of(kind)?)))
    }

    /// When a claim is time-barred, and why then; `None` where the file has no period for this kind of debtor.
    pub fn of_claim(&self, claim: &LimitedClaim<'_>) -> Option<Limitation> {
        let mut because = Vec::new();
        let (period, ends_on) = self.count(claim, &mut |sentence| because.push(sentence.to_string()))?;
        let general = self.of(claim.kind)?;
        let is_shorter = |special: &&LimitationPeriod| special.value < general.value;
        let is_assumed = claim.sector.is_none()
            && claim.kind != DebtorKind::Public
            && self.sectors.values().any(|special| is_shorter(&special));
        if is_assumed {
            let shorter = self.sectors.iter().filter(|(_, special)| is_shorter(special));
            let shorter: Vec<String> = shorter.map(|(name, one)| format!("{name} has {}", Years(one.value))).collect();
            because.push(format!("no sector is stated, so the general period is assumed; {}", shorter.join(", ")));
        }
        let near_on = self.near(ends_on)?;
        Some(Limitation { ends_on, near_on, because, is_assumed, is_verified: period.verified })
    }

    /// The last day of a claim, and the day from which it is near: as [`Self::of_claim`], without the words.
    pub fn days_of_claim(&self, claim: &LimitedClaim<'_>) -> Option<(NaiveDate, NaiveDate)> {
        let (_, ends_on) = self.count(claim, &mut |_| {})?;
        Some((ends_on, self.near(ends_on)?))
    }

    fn near(&self, ends_on: NaiveDate) -> Option<NaiveDate> {
        ends_on.checked_sub_months(Months::new(self.near_months))
    }

    /// The period that counts and the last day; each sentence that explains them is told.
    fn count(
        &self,
        claim: &LimitedClaim<'_>,
        tell: &mut dyn FnMut(std::fmt::Arguments<'_>),
    ) -> Option<(&LimitationPeriod, NaiveDate)> {
        let general = self.of(claim.kind)?;
        let of_sector = claim.sector.and_then(|sector| self.sectors.get(sector));
        let of_sector = of_sector.filter(|special| claim.kind != DebtorKind::Public && special.value < general.value);
        let period = of_sector.unwrap_or(general);
        let payable_on = claim.due_on.unwrap_or(claim.issued_on);
        let start = claim.performed_on.map_or(payable_on, |day| day.min(payable_on));
        let from = match claim.due_on {
            None if start < payable_on => "the delivery; no due date is known",
            None => "the day of issue; no due date is known",
            Some(_) if start < payable_on => "the delivery, which was before the due date",
            Some(_) => "the due date",
        };
        tell(format_args!("runs from {start}, {from}"));
        let doubt = if period.verified { "" } else { "; not verified" };
        tell(format_args!("{} ({}{doubt})", Years(period.value), period.source));
        let mut ends_on = period.end(start)?;
        let mut acts = claim.interrupted.to_vec();
        acts.sort_unstable_by_key(|(cause, on)| (*on, *cause));
        for (cause, on) in acts.into_iter().filter(|(_, on)| *on >= start) {
            let word = cause.in_words();
            if !self.interrupted_by.as_ref().is_some_and(|list| list.causes.contains(&cause)) {
                tell(format_args!("{word} of {on}: not among what interrupts it here"));
            } else if on > ends_on {
                tell(format_args!("{word} of {on}: too late, it ended on {ends_on}"));
            } else {
                tell(format_args!("interrupted by {word} on {on}: a new period of the same length"));
                ends_on = ends_on.max(period.end(on)?);
            }
        }
        Some((period, ends_on))
    }
}

/// What limitation is counted for: one claim. All days are civil days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitedClaim<'a> {
    /// Against whom.
    pub kind: DebtorKind,
    /// The sector of what was sold, where it is known.
    pub sector: Option<&'a str>,
    /// The last day to pay on time, where it is known; else the day of issue counts.
    pub due_on: Option<NaiveDate>,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The day of delivery or performance.
    pub performed_on: Option<NaiveDate>,
    /// What interrupted it, in any order.
    pub interrupted: &'a [(InterruptionCause, NaiveDate)],
}

impl LimitationPeriod {
    /// Its last day, from the day after `start`.
    fn end(&self, start: NaiveDate) -> Option<NaiveDate> {
        let months = Months::new(self.value.min(YEARS_MAX) * 12);
        match self.starts {
            LimitationStart::Earliest => start.checked_add_months(months),
            LimitationStart::NextJanuary => {
                NaiveDate::from_ymd_opt(start.year() + 1, 1, 1)?.checked_add_months(months)?.pred_opt()
            }
        }
    }
}

/// `1 year`, `5 years`.
struct Years(u32);

impl std::fmt::Display for Years {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} year{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// When a claim is time-barred, and why then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limitation {
    /// The last day on which it may be brought.
    pub ends_on: NaiveDate,
    /// The day from which its end is near.
    pub near_on: NaiveDate,
    /// What decided, in sentences.
    pub because: Vec<String>,
    /// Whether the sector is not known and another would have a shorter period.
    pub is_assumed: bool,
    /// Whether the period was compared with the text of the law.
    pub is_verified: bool,
}
