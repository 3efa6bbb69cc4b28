//! Legal time limits: the last day for an act, or the first one on which it may be done, and why it is that day.
//!
//! How long, from when, whether a closed last day is moved and who gets more time stand in the jurisdiction's file. The
//! count is that of art. 641 of the French code of civil procedure, which most laws share: the day of the event does
//! not count, months and years end on the same day number, else on the last day of the month. A last day is moved only
//! where the file says so, and then off Saturdays, Sundays and holidays (art. 642).

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Calendar, Legal};
use crate::domain::Address;

/// Longest length that is counted, in days; in months and years correspondingly.
const DAYS_MAX: u32 = 36_600;

/// `8 days`, `6 months`, `1 year`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    amount: u32,
    unit: LengthUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LengthUnit {
    Days,
    Months,
    Years,
}

impl Length {
    fn months(self) -> Option<u32> {
        match self.unit {
            LengthUnit::Days => None,
            LengthUnit::Months => Some(self.amount),
            LengthUnit::Years => Some(12 * self.amount),
        }
    }

    /// The day so long after `day`, or before it.
    fn from(self, day: NaiveDate, is_backward: bool) -> Option<NaiveDate> {
        match (self.months(), is_backward) {
            (Some(months), false) => day.checked_add_months(Months::new(months)),
            (Some(months), true) => day.checked_sub_months(Months::new(months)),
            (None, false) => day.checked_add_days(Days::new(self.amount.into())),
            (None, true) => day.checked_sub_days(Days::new(self.amount.into())),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            LengthUnit::Days => "day",
            LengthUnit::Months => "month",
            LengthUnit::Years => "year",
        };
        write!(out, "{} {unit}{}", self.amount, if self.amount == 1 { "" } else { "s" })
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let read = || {
            let (amount, unit) = text.split_once(' ')?;
            let amount: u32 = amount.parse().ok()?;
            let (unit, days) = match unit {
                "day" | "days" => (LengthUnit::Days, 1),
                "month" | "months" => (LengthUnit::Months, 30),
                "year" | "years" => (LengthUnit::Years, 366),
                _ => return None,
            };
            (1..=DAYS_MAX / days).contains(&amount).then_some(Self { amount, unit })
        };
        read().ok_or_else(|| D::Error::custom(format!("`{text}` is no length; write it like `15 days` or `6 months`")))
    }
}

/// How long, from the events of which day on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LengthSince {
    /// How long.
    pub value: Length,
    /// The first day of an event it is for; every day that no later entry is for where absent.
    #[serde(default)]
    pub since: Option<NaiveDate>,
    /// Where it was read.
    pub source: String,
    /// The day it was last compared with its source.
    pub read_on: NaiveDate,
    /// See [`Legal::verified`].
    pub verified: bool,
}

/// Whether a day is the last one or the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// The last day for the act.
    #[default]
    LastDay,
    /// The first day on which it may be done.
    FirstDay,
}

/// Who must act in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acts {
    /// The creditor.
    Creditor,
    /// The debtor.
    Debtor,
}

impl Acts {
    /// As written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creditor => "creditor",
            Self::Debtor => "debtor",
        }
    }
}

/// What becomes of a last day that is a Saturday, a Sunday or a holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedLastDay {
    /// It moves to the next working day.
    NextWorkingDay,
    /// It stays the last day.
    Stays,
}

/// A country, or the part of it that some postal codes are not in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Territory {
    /// ISO code.
    pub country: String,
    /// Beginnings of postal codes that lie outside.
    #[serde(default)]
    pub without: Vec<String>,
}

impl Territory {
    fn holds(&self, address: &Address) -> bool {
        let code = address.postal_code.trim();
        address.country.eq_ignore_ascii_case(&self.country)
            && !self.without.iter().any(|start| code.starts_with(start.as_str()))
    }
}

/// More time for whoever lives outside a territory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// How much more.
    pub by: Legal<Length>,
    /// For those who live outside of it.
    pub outside: Territory,
}

/// One time limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLimit {
    /// For people: what must be done.
    pub title: String,
    /// The event it runs from, for people: `the day of the order`.
    pub from: String,
    /// Who must act.
    pub acts: Acts,
    /// The time limit at whose end it begins, by its name; it begins with the event itself where absent.
    #[serde(default)]
    pub after: Option<String>,
    /// Whether it gives the last day or the first.
    #[serde(default)]
    pub gives: Gives,
    /// Whether it is counted back from the event.
    #[serde(default)]
    pub backward: bool,
    /// How long, the entry of the latest `since` that is not after the event.
    pub lengths: Vec<LengthSince>,
    /// More time for those who live elsewhere.
    #[serde(default)]
    pub extended: Option<Extension>,
    /// What becomes of a last day that is closed; it stays where the file does not say.
    #[serde(default)]
    pub closed_last_day: Option<Legal<ClosedLastDay>>,
    /// Whether the local holidays of whoever must act close a day.
    #[serde(default)]
    pub local_holidays: bool,
    /// Why it cannot be relied on yet.
    #[serde(default)]
    pub unavailable: Option<String>,
}

/// The time limits of a jurisdiction, by name.
pub type TimeLimits = BTreeMap<String, TimeLimit>;

/// Where whoever must act is, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Place<'c> {
    /// The calendar of the jurisdiction.
    pub general: &'c Calendar,
    /// The calendar of the address.
    pub local: &'c Calendar,
    /// The address.
    pub address: Option<&'c Address>,
}

/// A day that a time limit gives, and how it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The day.
    pub day: NaiveDate,
    /// Each step of the count, one sentence each, with its source.
    pub steps: Vec<String>,
    /// Whether every value of it was compared with its source.
    pub verified: bool,
}

/// Why a time limit gives no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeLimitError {
    /// No such name.
    #[error("there is no time limit `{0}`; there are {1}")]
    Unknown(String, String),
    /// The event lies before the first `since`.
    #[error("the time limit `{0}` has no length for an event of {1}")]
    NoLength(String, NaiveDate),
    /// Beyond the days that can be counted.
    #[error("the time limit `{0}` from {1} ends beyond all calendars")]
    Beyond(String, NaiveDate),
}

/// The day that the limit `name` gives for an event of the day `from`.
///
/// # Errors
///
/// See [`TimeLimitError`].
pub fn deadline(
    limits: &TimeLimits,
    name: &str,
    from: NaiveDate,
    place: Place<'_>,
) -> Result<Deadline, TimeLimitError> {
    let unknown = |name: &str| {
        TimeLimitError::Unknown(name.to_owned(), limits.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    // From the one that is asked for to the one that begins with the event itself.
    let mut chain: Vec<(&str, &TimeLimit)> = Vec::new();
    let mut next = Some(name);
    while let Some(link) = next {
        let limit = limits.get(link).filter(|_| chain.len() <= limits.len()).ok_or_else(|| unknown(link))?;
        chain.push((link, limit));
        next = limit.after.as_deref();
    }
    let mut found = Deadline { day: from, steps: Vec::new(), verified: true };
    if let Some((_, first)) = chain.last() {
        found.steps.push(format!("{from}, {}: not counted itself", first.from));
    }
    for (name, limit) in chain.into_iter().rev() {
        limit.count(name, place, &mut found)?;
    }
    Ok(found)
}

/// The names in `after` that are no time limit, or one that begins after itself.
pub fn broken_chains(limits: &TimeLimits) -> impl Iterator<Item = &str> {
    let ends = |first: &str| {
        let mut next = Some(first);
        for _ in 0..=limits.len() {
            let Some(link) = next else { return true };
            let Some(limit) = limits.get(link) else { return false };
            next = limit.after.as_deref();
        }
        false
    };
    limits.values().filter_map(|limit| limit.after.as_deref()).filter(move |after| !ends(after))
}

impl TimeLimit {
    /// The length for an event of `day`.
    fn length(&self, day: NaiveDate) -> Option<&LengthSince> {
        let begun = self.lengths.iter().filter(|one| one.since.is_none_or(|since| since <= day));
        begun.max_by_key(|one| one.since)
    }

    fn count(&self, name: &str, place: Place<'_>, found: &mut Deadline) -> Result<(), TimeLimitError> {
        let from = found.day;
        let length = self.length(from).ok_or_else(|| TimeLimitError::NoLength(name.to_owned(), from))?;
        let since = length.since.map(|since| format!(" for events from {since} on")).unwrap_or_default();
        self.add(name, length.value, &format!("{since} ({})", length.source), found)?;
        found.verified &= length.verified;
        if let Some(extension) = &self.extended {
            match place.address {
                Some(address) if !extension.outside.holds(address) => {
                    let who = format!(" for a {} elsewhere ({})", self.acts.as_str(), extension.by.source);
                    self.add(name, extension.by.value, &who, found)?;
                    found.verified &= extension.by.verified;
                }
                Some(_) => {}
                None => found.steps.push(format!(
                    "no address of the {}: {} more for whoever lives elsewhere are not counted",
                    self.acts.as_str(),
                    extension.by.value
                )),
            }
        }
        self.close(place, found);
        Ok(())
    }

    fn add(&self, name: &str, length: Length, why: &str, found: &mut Deadline) -> Result<(), TimeLimitError> {
        let beyond = || TimeLimitError::Beyond(name.to_owned(), found.day);
        let day = length.from(found.day, self.backward).ok_or_else(beyond)?;
        let sign = if self.backward { "less" } else { "plus" };
        let cut = length.months().is_some() && day.day() != found.day.day();
        let cut = if cut { format!(", the month has no {}", found.day.day()) } else { String::new() };
        found.steps.push(format!("{sign} {length}{why}: {day}{cut}"));
        found.day = day;
        Ok(())
    }

    /// Moves a closed last day where the law says so, and tells what a local holiday would have done.
    fn close(&self, place: Place<'_>, found: &mut Deadline) {
        let Some(rule) = &self.closed_last_day else { return };
        found.verified &= rule.verified;
        let calendar = if self.local_holidays { place.local } else { place.general };
        let Some(last) = closed(calendar, found.day) else {
            let local = closed(place.local, found.day);
            if let (Some(local), ClosedLastDay::NextWorkingDay) = (local, rule.value) {
                found.steps.push(format!("{local}: local holidays are not counted here"));
            }
            return;
        };
        match rule.value {
            ClosedLastDay::Stays => found.steps.push(format!("{last}: not moved ({})", rule.source)),
            ClosedLastDay::NextWorkingDay => {
                let run: Vec<String> = found.day.iter_days().map_while(|day| closed(calendar, day)).collect();
                let moved = calendar.procedural_end(found.day);
                let run = run.join(", ");
                found.steps.push(format!("{run}: moved to the next working day, {moved} ({})", rule.source));
                found.day = moved;
            }
        }
    }
}

/// Why a day is closed, if it is.
fn closed(calendar: &Calendar, day: NaiveDate) -> Option<String> {
    match (calendar.holiday(day), day.weekday()) {
        (Some(""), _) => Some(format!("{day} is a holiday in {}", calendar.name)),
        (Some(name), _) => Some(format!("{day} is {name}, a holiday in {}", calendar.name)),
        (None, Weekday::Sat) => Some(format!("{day} is a Saturday")),
        (None, Weekday::Sun) => Some(format!("{day} is a Sunday")),
        (None, _) => None,
    }
}
