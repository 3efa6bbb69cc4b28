//! Reading one value of a field: identifiers, texts, days, instants, amounts, lists, closed lists.

use std::borrow::Cow;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::Refusal;
use super::closed::Closed;
use super::fields::{Field, Fields, Place};
use crate::domain::{Currency, ID_CHARS_MAX, parse_amount, parse_decimal};

/// Longest name, number or reference, in characters: longer than any that is printed on a letter.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Longest note, reason or comment, in characters: a page of text.
pub const NOTE_CHARS_MAX: usize = 10_000;
/// Longest list inside one event: an agreement on ten thousand invoices still fits.
pub const LIST_ITEMS_MAX: usize = 10_000;
/// First year of a date that is taken.
pub const YEAR_MIN: i32 = 1900;
/// Last year of a date that is taken.
pub const YEAR_MAX: i32 = 2200;

impl<'a, 'p> Field<'a, 'p> {
    /// A JSON text with its escapes undone.
    pub(super) fn string(self) -> Result<Cow<'a, str>, Refusal> {
        let Some(inner) = self.raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
            return Err(self.refuse("is not a text; write it in double quotes"));
        };
        if !inner.contains('\\') {
            return Ok(Cow::Borrowed(inner));
        }
        let text: String =
            serde_json::from_str(self.raw).map_err(|_| self.refuse("holds a broken escape; write valid Unicode"))?;
        if text.contains('\0') {
            return Err(self.refuse("holds a NUL character; take it out"));
        }
        Ok(Cow::Owned(text))
    }

    /// An identifier: not empty, not long, no control characters.
    pub(super) fn id(self) -> Result<String, Refusal> {
        let text = self.string()?;
        check_id(&text).map_err(|reason| self.refuse(reason))?;
        Ok(text.into_owned())
    }

    /// A text of one line that must say something.
    pub(super) fn text(self) -> Result<String, Refusal> {
        let text = self.limited(TEXT_CHARS_MAX)?;
        if text.trim().is_empty() {
            return Err(self.refuse("is empty; fill it in"));
        }
        Ok(text.into_owned())
    }

    /// A text of one line where an empty one says nothing.
    pub(super) fn optional_text(self) -> Result<Option<String>, Refusal> {
        let text = self.limited(TEXT_CHARS_MAX)?;
        Ok((!text.trim().is_empty()).then(|| text.into_owned()))
    }

    /// A longer text where an empty one says nothing.
    pub(super) fn optional_note(self) -> Result<Option<String>, Refusal> {
        let text = self.limited(NOTE_CHARS_MAX)?;
        Ok((!text.trim().is_empty()).then(|| text.into_owned()))
    }

    fn limited(self, chars_max: usize) -> Result<Cow<'a, str>, Refusal> {
        let text = self.string()?;
        if text.len() > chars_max && text.chars().count() > chars_max {
            return Err(self.refuse(format!("is longer than {chars_max} characters; shorten it")));
        }
        Ok(text)
    }

    /// One word of a closed list.
    pub(super) fn word<T: Closed>(self) -> Result<T, Refusal> {
        let text = self.string()?;
        T::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
            self.refuse(format!("is not one of {}; write one of them", words.join(", ")))
        })
    }

    /// An ISO 4217 code.
    pub(super) fn currency(self) -> Result<Currency, Refusal> {
        Currency::from_code(&self.string()?)
            .ok_or_else(|| self.refuse("is no ISO 4217 currency; write its three capitals, such as EUR"))
    }

    /// An IANA time zone.
    pub(super) fn timezone(self) -> Result<chrono_tz::Tz, Refusal> {
        let text = self.string()?;
        text.parse().map_err(|_| self.refuse("is no IANA time zone; write one such as Europe/Paris"))
    }

    /// A day, `2026-03-31`.
    pub(super) fn day(self) -> Result<NaiveDate, Refusal> {
        let text = self.string()?;
        let day = read_day(&text).ok_or_else(|| self.refuse("is no calendar day; write it like \"2026-03-31\""))?;
        self.check_year(day.year())?;
        Ok(day)
    }

    /// An instant with an offset, cut to the microsecond.
    pub(super) fn instant(self) -> Result<DateTime<Utc>, Refusal> {
        let text = self.string()?;
        let instant = read_instant(&text).ok_or_else(|| {
            self.refuse("is no instant with an offset (RFC 3339); write it like \"2026-03-31T09:00:00+02:00\"")
        })?;
        self.check_year(instant.year())?;
        Ok(instant)
    }

    fn check_year(self, year: i32) -> Result<(), Refusal> {
        if (YEAR_MIN..=YEAR_MAX).contains(&year) {
            return Ok(());
        }
        Err(self.refuse(format!("lies outside the years {YEAR_MIN} to {YEAR_MAX}; correct it")))
    }

    /// The digits of a number, written as a JSON number or in a JSON text.
    fn digits(self) -> Result<Cow<'a, str>, Refusal> {
        match self.raw.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => Ok(Cow::Borrowed(self.raw)),
            Some(b'"') => self.string(),
            _ => Err(self.refuse("is not a decimal; write it like \"1200.00\"")),
        }
    }

    /// A decimal of any sign.
    pub(super) fn decimal(self) -> Result<Decimal, Refusal> {
        parse_decimal(&self.digits()?).map(|value| value.normalize()).map_err(|why| self.refuse(why.to_string()))
    }

    /// An amount of `currency`, zero or more.
    pub(super) fn amount(self, currency: Currency) -> Result<Decimal, Refusal> {
        let value = parse_amount(&self.digits()?, currency).map_err(|why| self.refuse(why.to_string()))?;
        if value.is_sign_negative() && !value.is_zero() {
            return Err(self.refuse("is negative; write an amount of zero or more"));
        }
        Ok(value.abs())
    }

    /// An amount above zero whose currency is told elsewhere.
    pub(super) fn positive(self) -> Result<Decimal, Refusal> {
        let value = self.decimal()?;
        if value <= Decimal::ZERO {
            return Err(self.refuse("is not above zero; write a positive amount"));
        }
        Ok(value)
    }

    /// `true` or `false`.
    pub(super) fn flag(self) -> Result<bool, Refusal> {
        match self.raw {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.refuse("is neither true nor false; write one of them, without quotes")),
        }
    }

    /// A whole number in a JSON number or text.
    pub(super) fn whole(self) -> Result<i64, Refusal> {
        self.digits()?.parse().map_err(|_| self.refuse("is no whole number of 64 bits; write one such as 7"))
    }

    /// A count from 1.
    pub(super) fn count(self) -> Result<u32, Refusal> {
        let value = self.whole()?;
        u32::try_from(value).ok().filter(|count| *count > 0).ok_or_else(|| self.refuse("is no count; count from 1"))
    }

    /// An identifier relance gave out.
    pub(super) fn uuid(self) -> Result<uuid::Uuid, Refusal> {
        let text = self.string()?;
        text.parse().map_err(|_| self.refuse("is no identifier of relance's; repeat the UUID it published"))
    }

    /// The items of an array, each read by `read`.
    pub(super) fn list<T>(
        self,
        mut read: impl for<'q> FnMut(Field<'a, 'q>) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let items: Vec<&'a RawValue> =
            serde_json::from_str(self.raw).map_err(|_| self.refuse("is not a list; write it in square brackets"))?;
        if items.len() > LIST_ITEMS_MAX {
            return Err(self.refuse(format!("has more than {LIST_ITEMS_MAX} items; send fewer")));
        }
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let field = Field { raw: item.get(), place: Place::Item(&self.place, index) };
            values.push(read(field)?);
        }
        Ok(values)
    }

    /// A list of texts that each say something.
    pub(super) fn texts(self) -> Result<Vec<String>, Refusal> {
        self.list(|item| item.text())
    }

    /// The fields of a nested object, handed to `read`.
    pub(super) fn object<T>(self, read: impl FnOnce(Fields<'a, '_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        read(Fields::of(self.raw, self.place)?)
    }
}

/// What is wrong with a text as an identifier.
pub(super) fn check_id(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("is empty; give it an identifier".to_owned());
    }
    if text.len() > ID_CHARS_MAX && text.chars().count() > ID_CHARS_MAX {
        return Err(format!("is longer than {ID_CHARS_MAX} characters; shorten it"));
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character; take it out".to_owned());
    }
    Ok(())
}

fn read_day(text: &str) -> Option<NaiveDate> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?)
}

pub(super) fn read_instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    // Postgres keeps microseconds; a leap second becomes the second after it.
    DateTime::from_timestamp_micros(instant.timestamp_micros())
}
