//! Legal values: a number with its source, and rates by half-year.
//!
//! A value is never used outside the time it is known for; what is missing is an error that names it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de::Error as _};

/// A decimal read exactly from its text, `12.40`, never through binary floating point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(pub Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Digits;
        impl serde::de::Visitor<'_> for Digits {
            type Value = Exact;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a decimal number")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Exact, E> {
                crate::domain::parse_decimal(text).map(Exact).map_err(|why| E::custom(format!("`{text}`: {why}")))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Exact, E> {
                Ok(Exact(Decimal::from(number)))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Exact, E> {
                Ok(Exact(Decimal::from(number)))
            }
        }
        input.deserialize_any(Digits)
    }
}

/// A value of the law and where it was read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Legal<T> {
    /// The value.
    pub value: T,
    /// Where it was read.
    pub source: String,
    /// The day it was last compared with its source.
    pub read_on: NaiveDate,
    /// Last day it holds, where that is known.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
    /// Whether the law's text or an independent publication was read; else only public code says so, or memory.
    pub verified: bool,
}

impl<T> Legal<T> {
    /// Whether it may be used for `day`.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_until.is_none_or(|last| day <= last)
    }
}

/// January to June, or July to December, of one year: `2025-H1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HalfYear {
    year: i32,
    half: u32,
}

impl HalfYear {
    /// The half-year a day lies in.
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), half: if day.month() <= 6 { 1 } else { 2 } }
    }

    /// The one after it.
    pub fn next(self) -> Self {
        if self.half == 1 { Self { half: 2, ..self } } else { Self { year: self.year + 1, half: 1 } }
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        let (month, day) = if self.half == 1 { (6, 30) } else { (12, 31) };
        NaiveDate::from_ymd_opt(self.year, month, day).unwrap_or(NaiveDate::MAX)
    }
}

impl fmt::Display for HalfYear {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-H{}", self.year, self.half)
    }
}

impl FromStr for HalfYear {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once("-H").and_then(|(year, half)| Some((year.parse().ok()?, half.parse().ok()?)));
        match parts {
            Some((year @ 1900..=2200, half @ 1..=2)) => Ok(Self { year, half }),
            _ => Err(format!("`{text}` is no half-year; write it like 2025-H1")),
        }
    }
}

impl<'de> Deserialize<'de> for HalfYear {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(D::Error::custom)
    }
}

/// A rate by half-year, percent a year.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// For people.
    pub title: String,
    /// By half-year; gaps are errors when they are asked for.
    pub values: BTreeMap<HalfYear, Legal<Exact>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_year_is_read_written_and_ends() {
        let half: HalfYear = "2024-H2".parse().unwrap();
        assert_eq!(half.to_string(), "2024-H2");
        assert_eq!(half.last_day(), NaiveDate::from_ymd_opt(2024, 12, 31).unwrap());
        assert_eq!(HalfYear::of(NaiveDate::from_ymd_opt(2024, 7, 1).unwrap()), half);
        assert!("2024-H3".parse::<HalfYear>().is_err());
        assert!("2024".parse::<HalfYear>().is_err());
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        assert_eq!(serde_json::from_str::<Exact>("\"12.40\"").unwrap().0, Decimal::new(1240, 2));
        assert_eq!(serde_json::from_str::<Exact>("40").unwrap().0, Decimal::from(40));
        assert!(serde_json::from_str::<Exact>("12.40").is_err());
    }
}
