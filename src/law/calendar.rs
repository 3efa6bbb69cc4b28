//! Calendars: which days are holidays, and arithmetic on business days.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use chrono_tz::Tz;

/// One yearly holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holiday {
    /// The same day of the year.
    Fixed {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
    /// The same day of the year, from the year on in which it was introduced.
    Since {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
        /// The first year.
        year: i32,
    },
    /// The same day of the year; on a weekend the next weekday that is no holiday stands in for it.
    Moved {
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
    /// The n-th of a weekday in a month, or the last one.
    Nth {
        /// 1 to 12.
        month: u32,
        /// Which weekday.
        weekday: Weekday,
        /// 1 to 4, or -1 for the last.
        nth: i8,
    },
}

impl Holiday {
    /// Its day in `year`, before any moving; `None` where it has none.
    fn day_in(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Fixed { month, day } | Self::Moved { month, day } => NaiveDate::from_ymd_opt(year, month, day),
            Self::Since { month, day, year: since } if year >= since => NaiveDate::from_ymd_opt(year, month, day),
            Self::Since { .. } => None,
            Self::Easter { offset } => easter_sunday(year)?.checked_add_signed(chrono::TimeDelta::days(offset)),
            Self::Nth { month, weekday, nth: -1 } => {
                let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                let last = NaiveDate::from_ymd_opt(next.0, next.1, 1)?.pred_opt()?;
                let back = last.weekday().days_since(weekday);
                last.checked_sub_days(Days::new(u64::from(back)))
            }
            Self::Nth { month, weekday, nth } => {
                NaiveDate::from_weekday_of_month_opt(year, month, weekday, u8::try_from(nth).ok()?)
            }
        }
    }
}

/// A yearly holiday by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yearly {
    /// What people call it.
    pub name: String,
    /// When it is.
    pub holiday: Holiday,
}

/// The holidays of one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Its name, `fr` or `fr-57`.
    pub name: String,
    /// The time zone of the place, where its file says.
    pub zone: Option<Tz>,
    /// Yearly holidays.
    pub yearly: Vec<Yearly>,
    /// Single days, by what people call them.
    pub single: BTreeMap<NaiveDate, String>,
}

impl Calendar {
    /// Whether `day` is a holiday here.
    pub fn is_holiday(&self, day: NaiveDate) -> bool {
        self.holiday(day).is_some()
    }

    /// The name of the holiday that `day` is here, empty where its file gives none; `None` on any other day.
    pub fn holiday(&self, day: NaiveDate) -> Option<&str> {
        let falls = |holiday: Holiday| match holiday {
            Holiday::Fixed { month, day: number } => day.month() == month && day.day() == number,
            holiday => holiday.day_in(day.year()) == Some(day),
        };
        let single = || self.single.get(&day).map(String::as_str);
        let yearly = || self.yearly.iter().find(|one| falls(one.holiday)).map(|one| one.name.as_str());
        single().or_else(yearly).or_else(|| self.stands_in(day))
    }

    /// The name of the moved holiday that fell on a weekend and for which `day` stands in.
    fn stands_in(&self, day: NaiveDate) -> Option<&str> {
        let mut taken: Vec<(NaiveDate, &str)> = Vec::new();
        for Yearly { name, holiday } in &self.yearly {
            let Holiday::Moved { .. } = holiday else { continue };
            let Some(falls_on) = holiday.day_in(day.year()) else { continue };
            if !is_weekend(falls_on) {
                continue;
            }
            let mut moved = falls_on;
            while is_weekend(moved)
                || taken.iter().any(|(day, _)| *day == moved)
                || self.yearly.iter().any(|other| other.holiday.day_in(moved.year()) == Some(moved))
            {
                moved = moved + Days::new(1);
            }
            taken.push((moved, name));
        }
        taken.into_iter().find(|(stand_in, _)| *stand_in == day).map(|(_, name)| name)
    }

    /// A business day: Monday to Friday and no holiday.
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        !is_weekend(day) && !self.is_holiday(day)
    }

    /// A working day (jour ouvrable): Monday to Saturday and no holiday.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        day.weekday() != Weekday::Sun && !self.is_holiday(day)
    }

    /// The first business day that is `day` or later.
    pub fn business_day_from(&self, day: NaiveDate) -> NaiveDate {
        let mut found = day;
        while !self.is_business_day(found) {
            found = found + Days::new(1);
        }
        found
    }

    /// The last day of a procedural term that ends on `day`: a Saturday, Sunday or holiday moves to the next
    /// business day (art. 642 of the French code of civil procedure; most laws have the same rule).
    pub fn procedural_end(&self, day: NaiveDate) -> NaiveDate {
        self.business_day_from(day)
    }

    /// The `count`-th business day after `day`, or before it where `count` is negative; 0 is `day` itself.
    pub fn add_business_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        add_open_days(day, count, |day| self.is_business_day(day))
    }

    /// The same in working days, which count Saturdays.
    pub fn add_working_days(&self, day: NaiveDate, count: i64) -> NaiveDate {
        add_open_days(day, count, |day| self.is_working_day(day))
    }
}

fn add_open_days(day: NaiveDate, count: i64, is_open: impl Fn(NaiveDate) -> bool) -> NaiveDate {
    let mut found = day;
    for _ in 0..count.unsigned_abs() {
        loop {
            found = if count < 0 { found - Days::new(1) } else { found + Days::new(1) };
            if is_open(found) {
                break;
            }
        }
    }
    found
}

/// The calendars known, by name: a country (`fr`) or a region of it (`fr-57`, `fr-974`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendars {
    /// By name.
    pub by_name: BTreeMap<String, Calendar>,
}

impl Calendars {
    /// The calendar of a debtor: by its address where the calendar knows country and region, else the
    /// jurisdiction's. A name that no file defines counts as a calendar without holidays; `check` refuses it.
    pub fn of(&self, jurisdiction: &str, address: Option<&crate::domain::Address>) -> &Calendar {
        static NONE: std::sync::LazyLock<Calendar> = std::sync::LazyLock::new(Calendar::default);
        let local = address.and_then(|address| self.local(address));
        local.or_else(|| self.by_name.get(jurisdiction)).unwrap_or(&NONE)
    }

    /// Whether there is a calendar of the country, or the region of it, in which an address lies.
    pub fn knows(&self, address: &crate::domain::Address) -> bool {
        self.local(address).is_some()
    }

    fn local(&self, address: &crate::domain::Address) -> Option<&Calendar> {
        let country = address.country.to_ascii_lowercase();
        // A French postal code starts with its department: two digits, three overseas.
        let region = (1..=3).rev().find_map(|length| {
            let prefix = address.postal_code.trim().get(..length)?;
            self.by_name.get(&format!("{country}-{prefix}"))
        });
        region.or_else(|| self.by_name.get(&country))
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// `count` months after `day`: the same day number, else the last of the month.
pub fn add_months(day: NaiveDate, count: u32) -> NaiveDate {
    day.checked_add_months(chrono::Months::new(count)).unwrap_or(NaiveDate::MAX)
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
