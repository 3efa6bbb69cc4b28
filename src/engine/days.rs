//! Civil days and moments: arithmetic that cannot fail, whatever a platform or a file says.
//!
//! Days outside 1900 to 2999 are moved to that range, and terms are cut at ten years: nothing real lies there,
//! and nothing overflows. No rule of the language is decided here.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::domain::instant_of;
use crate::law::Calendar;
use crate::workflow::{ContactHours, Duration, Unit};

/// Longest term counted, in days, business or working days; in weeks and months correspondingly.
pub const TERM_DAYS_MAX: u32 = 3_660;

const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day");
const LAST: NaiveDate = NaiveDate::from_ymd_opt(2999, 12, 31).expect("a day");

/// `day`, moved into the range that is counted in.
pub fn sane(day: NaiveDate) -> NaiveDate {
    day.clamp(FIRST, LAST)
}

/// The day `count` civil days after `day`, before it where negative.
pub fn plus_days(day: NaiveDate, count: i64) -> NaiveDate {
    let span = Days::new(count.unsigned_abs());
    let moved = if count < 0 { sane(day).checked_sub_days(span) } else { sane(day).checked_add_days(span) };
    moved.map_or(if count < 0 { FIRST } else { LAST }, sane)
}

/// The civil day of an instant.
pub fn civil_day(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    let utc = at.date_naive();
    if utc <= FIRST || utc >= LAST { sane(utc) } else { at.with_timezone(&zone).date_naive() }
}

/// The instant of a wall-clock time: the earlier of two, the first after a gap.
pub fn moment(zone: Tz, day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    instant_of(sane(day).and_time(time), zone)
}

/// The first instant of a day.
pub fn day_start(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    moment(zone, day, NaiveTime::MIN)
}

/// The last day of a term that starts with the day after `day`.
pub fn add(day: NaiveDate, term: Duration, calendar: &Calendar) -> NaiveDate {
    shift(day, term, calendar, 1)
}

/// The same counted backward.
pub fn subtract(day: NaiveDate, term: Duration, calendar: &Calendar) -> NaiveDate {
    shift(day, term, calendar, -1)
}

fn shift(day: NaiveDate, term: Duration, calendar: &Calendar, sign: i64) -> NaiveDate {
    let day = sane(day);
    let amount = term.amount.min(TERM_DAYS_MAX);
    match term.unit {
        Unit::Days => plus_days(day, sign * i64::from(amount)),
        Unit::Weeks => plus_days(day, sign * 7 * i64::from(amount.min(TERM_DAYS_MAX / 7))),
        Unit::BusinessDays => sane(calendar.add_business_days(day, sign * i64::from(amount))),
        Unit::WorkingDays => sane(calendar.add_working_days(day, sign * i64::from(amount))),
        Unit::Months => {
            let months = Months::new(amount.min(TERM_DAYS_MAX / 30));
            let moved = if sign < 0 { day.checked_sub_months(months) } else { day.checked_add_months(months) };
            moved.map_or(day, sane)
        }
    }
}

/// The contact hours of a day: none on a holiday.
pub fn open_hours<'a>(hours: &'a ContactHours, day: NaiveDate, calendar: &Calendar) -> &'a [(NaiveTime, NaiveTime)] {
    let intervals = hours.on(day.weekday());
    if intervals.is_empty() || calendar.is_holiday(day) { &[] } else { intervals }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn months_keep_the_day_number_or_take_the_last() {
        let month = Duration { amount: 1, unit: Unit::Months };
        assert_eq!(add(day(2026, 1, 31), month, &Calendar::default()), day(2026, 2, 28));
        assert_eq!(subtract(day(2026, 3, 31), month, &Calendar::default()), day(2026, 2, 28));
    }

    #[test]
    fn the_first_business_day_after_sunday_is_monday() {
        let one = Duration { amount: 1, unit: Unit::BusinessDays };
        assert_eq!(add(day(2026, 11, 22), one, &Calendar::default()), day(2026, 11, 23));
        assert_eq!(subtract(day(2026, 11, 22), one, &Calendar::default()), day(2026, 11, 20));
    }

    #[test]
    fn working_days_count_saturdays() {
        let two = Duration { amount: 2, unit: Unit::WorkingDays };
        assert_eq!(add(day(2026, 11, 20), two, &Calendar::default()), day(2026, 11, 23));
        assert_eq!(subtract(day(2026, 11, 23), two, &Calendar::default()), day(2026, 11, 20));
    }

    #[test]
    fn a_wall_clock_time_in_the_gap_is_the_first_instant_after_it() {
        let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        let found = moment(chrono_tz::Europe::Paris, day(2026, 3, 29), half_past_two);
        assert_eq!(found.to_rfc3339(), "2026-03-29T01:00:00+00:00");
    }

    #[test]
    fn absurd_days_stay_in_range() {
        assert_eq!(plus_days(NaiveDate::MAX, i64::MAX), LAST);
        assert_eq!(
            add(NaiveDate::MIN, Duration { amount: u32::MAX, unit: Unit::Months }, &Calendar::default()).year(),
            1900 + 10
        );
        day_start(chrono_tz::Europe::Paris, NaiveDate::MIN);
        civil_day(chrono_tz::Europe::Paris, DateTime::<Utc>::MAX_UTC);
    }
}
