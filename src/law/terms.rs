//! Payment terms as people write them, in French and English.
//!
//! `45 jours fin de mois` has two lawful computations; the common one is taken (issue + 45 days, then the end of that
//! month) and the other must be asked for in words: `fin de mois 45 jours`, `45 days after the end of the month`. A
//! text that is not understood word for word is no term: nobody is chased by a guess. Two counts in one text, a date,
//! business days are not understood.

mod reading;

use std::fmt;

use chrono::{Datelike, Days, NaiveDate};
use serde::de::{Deserialize, Deserializer, Error as _};

use super::add_months;
use reading::Reading;

/// What an invoice or a party says of the terms of payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Nothing was agreed: the law's own term counts.
    Nothing,
    /// These.
    Terms(Terms),
}

impl Agreement {
    /// Reads a text, whatever its case and spacing; `None` where it is not understood.
    ///
    /// Understood: `30`, `net 30`, `n/30`, `2/10 net 30` (the discount is no matter of the due date), `30 days`,
    /// `2 months`, `30 jours nets`, `due on receipt`, `comptant`, `fin de mois`, `end of month`, `45 jours fin de mois`,
    /// `45 days EOM`, `fin de mois 45 jours`, `45 days after the end of the month`, `45 jours fin de mois le 10`,
    /// `le 10 du mois suivant`, `10th of next month`, `30 days from delivery`, `30 days after the end of the ten-day
    /// period of delivery`; and `none`, `legal`, `délai légal` where nothing was agreed.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let words: Vec<&str> =
            without_discount(&text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        if NOTHING_AGREED.contains(&words.join(" ").as_str()) {
            return Some(Self::Nothing);
        }
        Reading::of(&words)?.terms().map(Self::Terms)
    }
}

/// How people write that nothing was agreed.
const NOTHING_AGREED: &[&str] = &[
    "none",
    "nothing agreed",
    "not agreed",
    "legal",
    "legal term",
    "legal terms",
    "statutory",
    "statutory terms",
    "délai légal",
    "delai legal",
    "légal",
    "aucun",
    "néant",
];

/// A discount for early payment and its days before the net term: `2/10 net 30`, `2%/10, n/30`.
fn without_discount(text: &str) -> &str {
    let after_number = |text: &'_ str| -> Option<usize> {
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(text.len());
        (end > 0).then_some(end)
    };
    let rest = || {
        let rest = text[after_number(text)?..].trim_start();
        let rest = rest.strip_prefix('%').unwrap_or(rest).trim_start().strip_prefix('/')?.trim_start();
        let rest = rest[rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?..].trim_start();
        let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        (rest.starts_with("net ") || rest.starts_with("n/")).then_some(rest)
    };
    rest().unwrap_or(text)
}

/// From which day a term counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountedFrom {
    /// The day of issue.
    #[default]
    Issue,
    /// The receipt of the invoice, of which no day is known: the day of issue.
    Receipt,
    /// The delivery of goods, the performance of a service.
    Delivery,
}

/// Terms that are understood. As text: what is counted, in the order in which it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// From which day.
    pub from: CountedFrom,
    moves: Vec<Move>,
}

impl Terms {
    /// The last day to pay on time; `None` where they count from a delivery of which no day is known.
    pub fn due_on(&self, issued_on: NaiveDate, delivered_on: Option<NaiveDate>) -> Option<NaiveDate> {
        let start = match self.from {
            CountedFrom::Delivery => delivered_on?,
            CountedFrom::Issue | CountedFrom::Receipt => issued_on,
        };
        self.moves.iter().try_fold(start, |day, step| step.from(day))
    }

    /// These, and where the text leaves it open whether the days or the end of the month come first, both ways: either
    /// is lawful, and a contract says which (CEPC, computation of payment terms).
    pub fn computations(&self) -> impl Iterator<Item = Self> + use<> {
        let turned = match self.moves.as_slice() {
            [first @ Move::Days(_), Move::EndOfMonth] => Some(vec![Move::EndOfMonth, *first]),
            _ => None,
        };
        let turned = turned.map(|moves| Self { from: self.from, moves });
        std::iter::once(self.clone()).chain(turned)
    }

    /// Whether the end of a month is part of the count.
    pub fn is_to_month_end(&self) -> bool {
        self.moves.iter().any(|step| matches!(step, Move::EndOfMonth | Move::DayOfNextMonth(_)))
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (of, after) = match self.from {
            CountedFrom::Issue => ("of issue", "after issue"),
            CountedFrom::Receipt => ("of receipt", "after receipt"),
            CountedFrom::Delivery => ("of delivery", "after delivery"),
        };
        for (place, step) in self.moves.iter().enumerate() {
            let is_first = place == 0;
            if !is_first {
                f.write_str(", then ")?;
            }
            match (step, is_first) {
                (Move::Days(0), true) => write!(f, "the day {of}")?,
                (Move::Days(count), true) => write!(f, "{count} days {after}")?,
                (Move::Days(count), false) => write!(f, "{count} days")?,
                (Move::Months(count), true) => write!(f, "{count} months {after}")?,
                (Move::Months(count), false) => write!(f, "{count} months")?,
                (Move::EndOfMonth, true) => write!(f, "the end of the month {of}")?,
                (Move::EndOfMonth, false) => f.write_str("the end of that month")?,
                (Move::EndOfTenDays, _) => write!(f, "the end of the ten-day period {of}")?,
                (Move::DayOfNextMonth(day), _) => write!(f, "day {day} of the next month")?,
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Terms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Agreement::read(&text) {
            Some(Agreement::Terms(terms)) => Ok(terms),
            _ => Err(D::Error::custom(format!("terms `{text}` are not understood; write for example `60 days`"))),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Days(u32),
    Months(u32),
    EndOfMonth,
    /// Of a month's three periods of ten days (décades), the last one as long as the month has days.
    EndOfTenDays,
    DayOfNextMonth(u32),
}

impl Move {
    fn from(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Days(count) => day.checked_add_days(Days::new(count.into())),
            Self::Months(count) => Some(add_months(day, count)),
            Self::EndOfMonth => add_months(day.with_day(1)?, 1).pred_opt(),
            Self::EndOfTenDays => match day.day() {
                1..=10 => day.with_day(10),
                11..=20 => day.with_day(20),
                _ => Self::EndOfMonth.from(day),
            },
            Self::DayOfNextMonth(number) => {
                let next = add_months(day.with_day(1)?, 1);
                (1..=number).rev().find_map(|number| next.with_day(number))
            }
        }
    }
}

#[cfg(test)]
mod tests;
