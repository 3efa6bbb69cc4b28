//! When periodic work is due: a five-field cron expression in a time zone.
//!
//! The `cron` crate finds the next match on the wall clock, which is told to it as if it were UTC: it knows nothing
//! of summer time. What the wall clock says is then an instant: a time that the clock jumps over is the first minute
//! after the jump, a time that it shows twice is the first of the two. So every occurrence comes once, on every day.

use std::str::FromStr as _;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::field::{FIELDS, Field, Values};
use crate::domain::instant_of;

/// Occurrences counted after an outage: a week of minutes; more is nothing but "many".
const COUNTED_MAX: usize = 10_000;
/// How far the last occurrence is looked for, in days.
const LOOK_BACK_DAYS: [i64; 3] = [1, 32, 400];

/// Why an expression is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronError {
    /// It is not of the form; says which field, and what is allowed there.
    Syntax {
        /// What is wrong.
        message: String,
        /// What to write instead.
        help: String,
    },
    /// It restricts the day of the month and the weekday, which programs read in two ways.
    BothDays,
    /// It never comes: 30 February.
    Never,
}

impl std::fmt::Display for CronError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Syntax { message, .. } => out.write_str(message),
            Self::BothDays => out.write_str("both the day of the month and the weekday are restricted"),
            Self::Never => out.write_str("this day never comes"),
        }
    }
}

impl CronError {
    /// What to write instead.
    pub fn help(&self) -> &str {
        match self {
            Self::Syntax { help, .. } => help,
            Self::BothDays => {
                "some programs take a day that fits either, others one that fits both: leave one of them `*`; for either, \
                 write two schedules"
            }
            Self::Never => "no month named has that day; write another day or month",
        }
    }
}

/// When periodic work is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Timetable {
    written: String,
    zone: Tz,
    pub(super) fields: [Values; 5],
    plain: cron::Schedule,
}

impl Timetable {
    /// Reads `minute hour day-of-month month weekday`.
    ///
    /// # Errors
    ///
    /// When the expression has not the form, could be read in two ways, or never comes.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, CronError> {
        let syntax = |message: String| CronError::Syntax {
            message,
            help: "write minute, hour, day of the month, month, weekday: `0 8 * * mon` is every Monday at 08:00"
                .to_owned(),
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let fields = match words[..] {
            [_, _, _, _, _] => words.iter().zip(FIELDS).map(|(word, field)| field.read(word)),
            [_, _, _, _, _, _] | [_, _, _, _, _, _, _] => {
                return Err(syntax(format!(
                    "`{text}` has {} fields and five are read; leave seconds and years out",
                    words.len()
                )));
            }
            _ if text.starts_with('@') => return Err(syntax(format!("`{text}` is a nickname; five fields are read"))),
            _ => return Err(syntax(format!("`{text}` has {} fields and five are read", words.len()))),
        };
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(syntax)?;
        let fields: [Values; 5] = fields.try_into().map_err(|_| syntax(format!("`{text}` has not five fields")))?;
        if fields[Field::DayOfMonth as usize].is_restricted() && fields[Field::Weekday as usize].is_restricted() {
            return Err(CronError::BothDays);
        }
        let plain = fields.iter().map(Values::plain).collect::<Vec<_>>().join(" ");
        let plain = cron::Schedule::from_str(&format!("0 {plain}")).map_err(|why| syntax(why.to_string()))?;
        if plain.after(&DateTime::UNIX_EPOCH).next().is_none() {
            return Err(CronError::Never);
        }
        Ok(Self { written: words.join(" "), zone, fields, plain })
    }

    /// The first occurrence after `instant`. `None` only beyond the year 2100.
    pub fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let wall = instant.with_timezone(&self.zone).naive_local();
        let mut candidates = self.plain.after_owned(wall.and_utc()).map(|wall| instant_of(wall.naive_utc(), self.zone));
        // In an hour that comes twice, what the second one shows has been already.
        candidates.find(|candidate| *candidate > instant)
    }

    /// The occurrences after `from`, up to and with `until`, as far as they matter.
    pub fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<Missed> {
        let due = |after: DateTime<Utc>| self.next_after(after).filter(|next| *next <= until);
        let first = due(from)?;
        let walk = |start: DateTime<Utc>| std::iter::successors(Some(start), |last| due(*last));
        let count = walk(first).take(COUNTED_MAX).count();
        // A short look back is enough for what comes often, and what comes seldom is few.
        let windows = LOOK_BACK_DAYS.iter().map(|days| until - TimeDelta::days(*days));
        let near = windows.filter(|start| *start > from).find_map(due);
        let last = walk(near.unwrap_or(first)).last().unwrap_or(first);
        Some(Missed { first, last, count })
    }

    /// The day before the one on which an occurrence falls: the last that is whole, whose evening a statement is of.
    pub fn day_before(&self, occurrence: DateTime<Utc>) -> NaiveDate {
        let day = occurrence.with_timezone(&self.zone).date_naive();
        day.pred_opt().unwrap_or(day)
    }

    /// The instant at which a day ends.
    pub fn end_of(&self, day: NaiveDate) -> DateTime<Utc> {
        instant_of(day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN), self.zone)
    }

    /// The expression as written, single spaces between its fields.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }
}

/// Occurrences that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The first of them.
    pub first: DateTime<Utc>,
    /// The last.
    pub last: DateTime<Utc>,
    /// How many; those beyond ten thousand are not counted.
    pub count: usize,
}

#[cfg(test)]
mod tests;
