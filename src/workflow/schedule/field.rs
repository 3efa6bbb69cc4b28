//! One field of a cron expression, `mon-fri`, `*/15`, `1,15`: read into the set of its values.
//!
//! Unix meaning only: weekdays are 0 to 7, Sunday at both ends. What other dialects add (`L`, `#`, `?`, `W`) is
//! refused by name, never guessed.

use std::collections::BTreeSet;

/// Which of the five fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Minute,
    Hour,
    DayOfMonth,
    Month,
    Weekday,
}

/// The fields in the order in which they are written.
pub(super) const FIELDS: [Field; 5] = [Field::Minute, Field::Hour, Field::DayOfMonth, Field::Month, Field::Weekday];

/// As people write them; a field takes their first three letters.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Field {
    /// As messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of the month",
            Self::Month => "month",
            Self::Weekday => "weekday",
        }
    }

    /// What it takes, with an example.
    fn allowed(self) -> &'static str {
        match self {
            Self::Minute => "0 to 59; `*/15` is every quarter of an hour",
            Self::Hour => "0 to 23; `8-18` is every hour from 8 to 18",
            Self::DayOfMonth => "1 to 31; `1,15` is the 1st and the 15th",
            Self::Month => "1 to 12, or jan to dec; `1-12/3` is every third month",
            Self::Weekday => "sun to sat, or 0 to 7 with Sunday at both ends; `mon-fri` is Monday to Friday",
        }
    }

    /// The first and the last number that may be written.
    fn bounds(self) -> (u32, u32) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::Weekday => (0, 7),
        }
    }

    fn number_of_name(self, name: &str) -> Option<u32> {
        let (names, first): (&[&str], u32) = match self {
            Self::Month => (&MONTHS, 1),
            Self::Weekday => (&WEEKDAYS, 0),
            _ => return None,
        };
        let named = |known: &&str| known.eq_ignore_ascii_case(name) || known[..3].eq_ignore_ascii_case(name);
        names.iter().position(named).and_then(|place| u32::try_from(place).ok()).map(|n| n + first)
    }

    /// Reads the field; an error says what is wrong and what is allowed.
    pub fn read(self, text: &str) -> Result<Values, String> {
        let mut set = BTreeSet::new();
        for item in text.split(',') {
            self.item(item, &mut set)
                .map_err(|what| format!("the {} `{text}`: {what}; allowed are {}", self.name(), self.allowed()))?;
        }
        Ok(Values { field: self, set })
    }

    fn item(self, item: &str, set: &mut BTreeSet<u32>) -> Result<(), String> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<u32>().ok().filter(|step| *step > 0 && *step <= self.bounds().1);
                (range, Some(step.ok_or_else(|| format!("`{item}` has no step that fits"))?))
            }
            None => (item, None),
        };
        let (least, most) = self.bounds();
        let (from, to) = if range == "*" {
            // Of a whole week Sunday counts once, as its first day.
            (least, if self == Self::Weekday { 6 } else { most })
        } else if let Some((from, to)) = range.split_once('-') {
            let (from, to) = (self.number(from)?, self.number(to)?);
            let to = if self == Self::Weekday && to == 0 && from > 0 { 7 } else { to };
            if from > to {
                return Err(format!("`{range}` runs backward; write two ranges with a comma"));
            }
            (from, to)
        } else if step.is_some() {
            return Err(format!("`{item}` has a step and no range; write `{range}-{most}/…` or `*/…`"));
        } else {
            let only = self.number(range)?;
            (only, only)
        };
        let step = usize::try_from(step.unwrap_or(1)).unwrap_or(1);
        let folded = |value: u32| if self == Self::Weekday { value % 7 } else { value };
        set.extend((from..=to).step_by(step).map(folded));
        Ok(())
    }

    fn number(self, text: &str) -> Result<u32, String> {
        if text.is_empty() {
            return Err("something is missing".to_owned());
        }
        if text == "?" {
            return Err("`?` is not used here; write `*`".to_owned());
        }
        if let Some(number) = self.number_of_name(text) {
            return Ok(number);
        }
        let (least, most) = self.bounds();
        let number = text.parse::<u32>().ok().filter(|_| text.chars().all(|c| c.is_ascii_digit()));
        match number {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            Some(_) => Err(format!("`{text}` is out of range")),
            None => Err(format!("`{text}` is not known")),
        }
    }
}

/// The values of a field, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    field: Field,
    set: BTreeSet<u32>,
}

impl Values {
    /// Whether it leaves a value out.
    pub fn is_restricted(&self) -> bool {
        let (least, most) = self.field.bounds();
        let all = if self.field == Field::Weekday { 7 } else { most - least + 1 };
        self.set.len() < all as usize
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.set.iter().copied()
    }

    /// As the `cron` crate reads it without a doubt: a star, or a list; weekdays by name, since its numbers are
    /// not Unix's.
    pub fn plain(&self) -> String {
        if !self.is_restricted() {
            return "*".to_owned();
        }
        let one = |value: u32| match self.field {
            Field::Weekday => WEEKDAYS[value as usize][..3].to_owned(),
            _ => value.to_string(),
        };
        self.iter().map(one).collect::<Vec<_>>().join(",")
    }
}
