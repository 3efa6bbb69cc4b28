//! Assumed proofs: how long the post is taken to need, so that a deadline starts in a simulation.
//!
//! A deadline runs from a proof event; without one it does not start. An assumption stands in for that event
//! where the file has none, and everything that rests on it says so.

use std::str::FromStr;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::domain::{DeliveryStatus, instant_of};
use crate::law::Calendar;

/// Longest time the post is taken to need.
const DAYS_MAX: u32 = 366;

/// `first_presented=3bd`: that status comes so many days after the letter left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The status.
    pub status: DeliveryStatus,
    /// How many days.
    pub days: u32,
    /// Business days of the debtor's calendar, else civil days.
    pub business: bool,
}

/// Why a text is no assumption.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no assumption; write status=days like first_presented=3bd (business days) or delivered=4d")]
pub struct AssumptionError(String);

impl FromStr for Assumption {
    type Err = AssumptionError;

    fn from_str(text: &str) -> Result<Self, AssumptionError> {
        let wrong = || AssumptionError(text.to_owned());
        let (status, term) = text.split_once('=').ok_or_else(wrong)?;
        let status = serde_json::from_value(serde_json::Value::from(status.trim())).map_err(|_| wrong())?;
        let term = term.trim();
        let digits = term.chars().take_while(char::is_ascii_digit).count();
        let (number, unit) = term.split_at(digits);
        let business = match unit.trim() {
            "bd" | "business day" | "business days" => true,
            "d" | "day" | "days" => false,
            _ => return Err(wrong()),
        };
        let days = number.parse().ok().filter(|days| *days <= DAYS_MAX).ok_or_else(wrong)?;
        Ok(Self { status, days, business })
    }
}

impl Assumption {
    /// The day the status is taken to come for a letter that left on `day`.
    pub(super) fn day_after(&self, day: NaiveDate, calendar: &Calendar) -> NaiveDate {
        if self.business {
            calendar.add_business_days(day, i64::from(self.days))
        } else {
            day + Days::new(u64::from(self.days))
        }
    }

    /// Noon of that day: the day is what counts, and noon is on it in every reading.
    pub(super) fn moment(day: NaiveDate, zone: chrono_tz::Tz) -> DateTime<Utc> {
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
        instant_of(day.and_time(noon), zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assumptions_are_read_and_anything_else_is_refused() {
        let expected = Assumption { status: DeliveryStatus::FirstPresented, days: 3, business: true };
        assert_eq!("first_presented=3bd".parse(), Ok(expected));
        assert_eq!("first_presented = 3 business days".parse(), Ok(expected));
        assert_eq!("delivered=4d".parse::<Assumption>().unwrap().days, 4);
        for text in ["first_presented", "presented=3bd", "delivered=3", "delivered=-3d", "delivered=99999d", ""] {
            assert!(text.parse::<Assumption>().is_err(), "{text}");
        }
    }
}
