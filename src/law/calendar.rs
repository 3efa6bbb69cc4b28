//! Calendars: which days are holidays, and arithmetic on business days.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// One yearly holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holiday {
    /// The same day of the year, from a year on where it was introduced later.
    Fixed {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
    /// So many days after Easter Sunday; negative before it.
    Easter {
        /// Days after Easter Sunday.
        offset: i64,
    },
}

/// The holidays of one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Its name, `fr` or `fr-57`.
    pub name: String,
    /// Yearly holidays.
    pub yearly: Vec<Holiday>,
    /// Single days.
    pub single: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// Whether `day` is a holiday here.
    pub fn is_holiday(&self, day: NaiveDate) -> bool {
        self.single.contains(&day)
            || self.yearly.iter().any(|holiday| match *holiday {
                Holiday::Fixed { month, day: number } => day.month() == month && day.day() == number,
                Holiday::Easter { offset } => {
                    easter_sunday(day.year()).is_some_and(|easter| (day - easter).num_days() == offset)
                }
            })
    }

    /// A business day: Monday to Friday and no holiday.
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !self.is_holiday(day)
    }

    /// The first business day that is `day` or later.
    pub fn business_day_from(&self, day: NaiveDate) -> NaiveDate {
        let mut found = day;
        while !self.is_business_day(found) {
            found = found + Days::new(1);
        }
        found
    }

    /// The `count`-th business day after `day`, or before it where `count` is negative; 0 is `day` itself.
    pub fn add_business_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        let mut found = day;
        for _ in 0..count.unsigned_abs() {
            loop {
                found = if count < 0 { found - Days::new(1) } else { found + Days::new(1) };
                if self.is_business_day(found) {
                    break;
                }
            }
        }
        found
    }
}

/// The calendars known, by name: a country (`fr`) or a region of it (`fr-57`, `fr-974`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendars {
    /// By name.
    pub by_name: std::collections::BTreeMap<String, Calendar>,
}

impl Calendars {
    /// The calendar of a debtor: by its address where the calendar knows country and region, else the
    /// jurisdiction's. A name that no file defines counts as a calendar without holidays; `check` refuses it.
    pub fn of(&self, jurisdiction: &str, address: Option<&crate::domain::Address>) -> &Calendar {
        static NONE: std::sync::LazyLock<Calendar> = std::sync::LazyLock::new(Calendar::default);
        let country = address.map(|address| address.country.to_ascii_lowercase());
        let region = address.zip(country.as_deref()).and_then(|(address, country)| {
            // A French postal code starts with its department: two digits, three overseas.
            (1..=3).rev().find_map(|length| {
                let prefix = address.postal_code.trim().get(..length)?;
                self.by_name.get(&format!("{country}-{prefix}"))
            })
        });
        region
            .or_else(|| self.by_name.get(country.as_deref()?))
            .or_else(|| self.by_name.get(jurisdiction))
            .unwrap_or(&NONE)
    }
}

/// Easter Sunday of the Gregorian calendar (the anonymous computus, Nature 1876).
pub fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let a = year % 19;
    let (b, c) = (year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_church_says() {
        for (year, month, day) in [(2008, 3, 23), (2019, 4, 21), (2024, 3, 31), (2027, 3, 28), (2030, 4, 21)] {
            assert_eq!(easter_sunday(year), NaiveDate::from_ymd_opt(year, month, day));
        }
    }
}
