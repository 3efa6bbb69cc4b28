//! From files to law: calendars that extend one another, and jurisdictions that share series.
//!
//! Files are handed in already read. A later file of the same name replaces an earlier one, so that a folder
//! of the ops team stands above what the binary carries.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, Weekday};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Calendar, Calendars, Holiday, Jurisdiction, Series, Yearly};

/// A month and a day, `"12-25"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl<'de> Deserialize<'de> for MonthDay {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let parts = text.split_once('-').and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
        match parts {
            // 2024 is a leap year, so 02-29 passes.
            Some((month, day)) if NaiveDate::from_ymd_opt(2024, month, day).is_some() => Ok(Self { month, day }),
            _ => Err(D::Error::custom(format!("`{text}` is no day of the year; write month-day like \"12-25\""))),
        }
    }
}

/// The n-th weekday of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeekdayOfMonth {
    month: u32,
    #[serde(deserialize_with = "weekday")]
    weekday: Weekday,
    nth: i8,
}

fn weekday<'de, D: Deserializer<'de>>(input: D) -> Result<Weekday, D::Error> {
    let text = String::deserialize(input)?;
    text.parse().map_err(|_| D::Error::custom(format!("`{text}` is no weekday; write mon … sun")))
}

/// One holiday as written: exactly one of `date`, `easter`, `weekday`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayEntry {
    /// For people.
    pub name: String,
    /// Month and day.
    #[serde(default)]
    pub date: Option<MonthDay>,
    /// Days after Easter Sunday.
    #[serde(default)]
    pub easter: Option<i64>,
    /// A weekday of a month.
    #[serde(default)]
    pub weekday: Option<WeekdayOfMonth>,
    /// The first year, with `date`.
    #[serde(default)]
    pub from_year: Option<i32>,
    /// With `date`: moved off a weekend.
    #[serde(default)]
    pub moved: bool,
}

/// A single day that is a holiday once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingleDay {
    /// For people.
    pub name: String,
    /// The day.
    pub date: NaiveDate,
}

/// One file under `calendars/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// Its name: a country, or a country and the beginning of its postal codes.
    pub calendar: String,
    /// Other names it is found by: overseas departments have country codes of their own.
    #[serde(default)]
    pub also: Vec<String>,
    /// For people.
    pub title: String,
    /// The calendar it adds to.
    #[serde(default)]
    pub extends: Option<String>,
    /// The time zone of the place; that of the calendar it adds to where absent.
    #[serde(default)]
    pub timezone: Option<chrono_tz::Tz>,
    /// Where the days were read.
    pub source: String,
    /// When.
    pub read_on: NaiveDate,
    /// Whether a text of the law or an independent publication was read.
    pub verified: bool,
    /// Yearly holidays.
    pub holidays: Vec<HolidayEntry>,
    /// Holidays that come once.
    #[serde(default)]
    pub days: Vec<SingleDay>,
}

/// Why files do not make a law. All of them are reported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LawError {
    /// `extends` names nothing, or itself around a circle.
    #[error("calendar `{calendar}` extends `{extends}`, which is no calendar or extends it in turn")]
    Extends {
        /// Which file.
        calendar: String,
        /// What it names.
        extends: String,
    },
    /// A holiday that is not said exactly once.
    #[error("calendar `{calendar}`, `{holiday}`: write exactly one of `date`, `easter` and `weekday`")]
    Holiday {
        /// Which file.
        calendar: String,
        /// Which holiday.
        holiday: String,
    },
    /// `calendar:` names nothing.
    #[error("jurisdiction `{jurisdiction}` counts by calendar `{calendar}`, which no file defines")]
    Calendar {
        /// Which file.
        jurisdiction: String,
        /// What it names.
        calendar: String,
    },
    /// A reference to a series that no file defines.
    #[error("jurisdiction `{jurisdiction}` refers to the series `{series}`, which no file defines")]
    Series {
        /// Which file.
        jurisdiction: String,
        /// What it names.
        series: String,
    },
    /// A reference to a time limit that the file does not define.
    #[error(
        "jurisdiction `{jurisdiction}` refers to the time limit `{name}`, which it does not define or which begins after itself"
    )]
    TimeLimit {
        /// Which file.
        jurisdiction: String,
        /// What it names.
        name: String,
    },
    /// Two files define one series.
    #[error("the series `{0}` is defined by two jurisdictions")]
    SeriesTwice(String),
}

/// The jurisdictions known, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jurisdictions {
    by_name: BTreeMap<String, Jurisdiction>,
}

impl Jurisdictions {
    /// One by name.
    pub fn get(&self, name: &str) -> Option<&Jurisdiction> {
        self.by_name.get(name)
    }

    /// Their names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// A series of any of them.
    pub fn series(&self, name: &str) -> Option<&Series> {
        self.by_name.values().find_map(|law| law.series.get(name))
    }
}

/// Calendars and jurisdictions that fit together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Law {
    /// By country and region.
    pub calendars: Calendars,
    /// By name.
    pub jurisdictions: Jurisdictions,
}

impl Law {
    /// Puts files together; later ones replace earlier ones of the same name. Every mistake is reported.
    pub fn build(
        calendars: impl IntoIterator<Item = CalendarFile>,
        jurisdictions: impl IntoIterator<Item = Jurisdiction>,
    ) -> Result<Self, Vec<LawError>> {
        let files: BTreeMap<String, CalendarFile> =
            calendars.into_iter().map(|file| (file.calendar.clone(), file)).collect();
        let by_name: BTreeMap<String, Jurisdiction> =
            jurisdictions.into_iter().map(|law| (law.name.clone(), law)).collect();
        let mut errors = Vec::new();
        let mut law = Self { calendars: Calendars::default(), jurisdictions: Jurisdictions { by_name } };
        for file in files.values() {
            let calendar = assemble(file, &files, &mut errors);
            for name in file.also.iter().filter(|name| !files.contains_key(*name)) {
                law.calendars.by_name.insert(name.clone(), calendar.clone());
            }
            law.calendars.by_name.insert(file.calendar.clone(), calendar);
        }
        // A workflow names its jurisdiction; days are counted by the calendar that one names.
        for jurisdiction in law.jurisdictions.by_name.values() {
            if let Some(calendar) = law.calendars.by_name.get(&jurisdiction.calendar).cloned() {
                law.calendars.by_name.entry(jurisdiction.name.clone()).or_insert(calendar);
            }
        }
        law.check_references(&mut errors);
        if errors.is_empty() { Ok(law) } else { Err(errors) }
    }

    fn check_references(&self, errors: &mut Vec<LawError>) {
        let mut seen = BTreeSet::new();
        for law in self.jurisdictions.by_name.values() {
            let jurisdiction = law.name.clone();
            if !self.calendars.by_name.contains_key(&law.calendar) {
                errors.push(LawError::Calendar { jurisdiction: jurisdiction.clone(), calendar: law.calendar.clone() });
            }
            let further = law.further_charges.iter().map(|further| &further.rule);
            for rule in law.charges.each().map(|(_, rule)| rule).chain(further) {
                let floor = rule.floor.iter().map(|floor| &floor.reference);
                for series in floor.chain([&rule.reference]).filter(|name| self.jurisdictions.series(name).is_none()) {
                    errors.push(LawError::Series { jurisdiction: jurisdiction.clone(), series: series.clone() });
                }
            }
            let insolvency =
                law.insolvency.iter().flat_map(|one| [Some(&one.declare_within), one.relief_within.as_ref()]);
            let unknown = insolvency.flatten().map(String::as_str).filter(|name| !law.time_limits.contains_key(*name));
            let unknown = unknown.chain(super::broken_chains(&law.time_limits));
            errors.extend(
                unknown.map(|name| LawError::TimeLimit { jurisdiction: jurisdiction.clone(), name: name.to_owned() }),
            );
            let twice = law.series.keys().filter(|name| !seen.insert((*name).clone()));
            errors.extend(twice.map(|name| LawError::SeriesTwice(name.clone())));
        }
    }
}

fn assemble(file: &CalendarFile, files: &BTreeMap<String, CalendarFile>, errors: &mut Vec<LawError>) -> Calendar {
    let mut calendar = Calendar { name: file.calendar.clone(), ..Calendar::default() };
    let (mut part, mut seen) = (file, BTreeSet::from([file.calendar.as_str()]));
    loop {
        calendar.zone = calendar.zone.or(part.timezone);
        for entry in &part.holidays {
            match holiday(entry) {
                Some(holiday) => calendar.yearly.push(Yearly { name: entry.name.clone(), holiday }),
                None if std::ptr::eq(part, file) => {
                    errors.push(LawError::Holiday { calendar: file.calendar.clone(), holiday: entry.name.clone() })
                }
                // The file it extends reports its own mistakes.
                None => {}
            }
        }
        for day in &part.days {
            calendar.single.entry(day.date).or_insert_with(|| day.name.clone());
        }
        let Some(extends) = &part.extends else { return calendar };
        match files.get(extends).filter(|_| seen.insert(extends)) {
            Some(next) => part = next,
            None => {
                errors.push(LawError::Extends { calendar: part.calendar.clone(), extends: extends.clone() });
                return calendar;
            }
        }
    }
}

fn holiday(entry: &HolidayEntry) -> Option<Holiday> {
    match (entry.date, entry.easter, entry.weekday, entry.from_year, entry.moved) {
        (Some(MonthDay { month, day }), None, None, None, false) => Some(Holiday::Fixed { month, day }),
        (Some(MonthDay { month, day }), None, None, Some(year), false) => Some(Holiday::Since { month, day, year }),
        (Some(MonthDay { month, day }), None, None, None, true) => Some(Holiday::Moved { month, day }),
        (None, Some(offset), None, None, false) => Some(Holiday::Easter { offset }),
        (None, None, Some(WeekdayOfMonth { month, weekday, nth }), None, false)
            if (1..=12).contains(&month) && (nth == -1 || (1..=4).contains(&nth)) =>
        {
            Some(Holiday::Nth { month, weekday, nth })
        }
        _ => None,
    }
}
