//! A timetable in words: `every Monday at 08:00, Europe/Paris`.

use super::Timetable;
use super::field::{Field, MONTHS, Values, WEEKDAYS};

impl Timetable {
    /// For people, in English.
    pub fn in_words(&self) -> String {
        let [minutes, hours, days, months, weekdays] = &self.fields;
        let months =
            if months.is_restricted() { format!(" in {}", named(months, Field::Month)) } else { String::new() };
        let day = if weekdays.is_restricted() {
            format!("every {}", named(weekdays, Field::Weekday))
        } else if days.is_restricted() {
            format!("on day {} of the month", listed(days.iter().map(|day| day.to_string())))
        } else {
            "every day".to_owned()
        };
        format!("{day}{months} {}, {}", time(minutes, hours), self.zone().name())
    }
}

/// `at 08:00 and 18:00`, `every 15 minutes from 08:00 to 18:45`, `every hour at minute 5`.
fn time(minutes: &Values, hours: &Values) -> String {
    let (few, all) = (minutes.iter().count() == 1, !hours.is_restricted());
    if few && !all && hours.iter().count() <= 4 {
        let minute = minutes.iter().next().unwrap_or_default();
        return format!("at {}", listed(hours.iter().map(|hour| format!("{hour:02}:{minute:02}"))));
    }
    let often = match (minutes.is_restricted(), gap(minutes)) {
        (false, _) => "every minute".to_owned(),
        (true, Some(gap)) if minutes.iter().next() == Some(0) && 60 % gap == 0 => format!("every {gap} minutes"),
        (true, _) if few && minutes.iter().next() == Some(0) => "every hour on the hour".to_owned(),
        (true, _) => format!("at minute {}", listed(minutes.iter().map(|minute| minute.to_string()))),
    };
    if all {
        return if often.starts_with("at minute") { format!("every hour {often}") } else { often };
    }
    match (gap(hours), hours.iter().next(), hours.iter().last()) {
        (Some(1), Some(first), Some(last)) => format!("{often} in the hours from {first:02} to {last:02}"),
        _ => format!("{often} in the hours {}", listed(hours.iter().map(|hour| format!("{hour:02}")))),
    }
}

/// The distance between neighbours, where it is one and the same all along, up to the end of the hour.
fn gap(values: &Values) -> Option<u32> {
    let all: Vec<u32> = values.iter().collect();
    let gap = all.get(1)? - all.first()?;
    all.windows(2).all(|two| two[1] - two[0] == gap).then_some(gap)
}

fn named(values: &Values, field: Field) -> String {
    let name = |value: u32| match field {
        Field::Month => MONTHS[value as usize - 1],
        _ => WEEKDAYS[value as usize],
    };
    let mut all: Vec<u32> = values.iter().collect();
    if field == Field::Weekday && all.first() == Some(&0) {
        all.rotate_left(1); // A week is read from Monday to Sunday.
    }
    match (gap(values), all.first(), all.last()) {
        (Some(1), Some(first), Some(last)) if all.len() > 2 && first < last => {
            let day = if field == Field::Weekday { "day from " } else { "" };
            format!("{day}{} to {}", name(*first), name(*last))
        }
        _ => listed(all.iter().map(|value| name(*value).to_owned())),
    }
}

/// `a, b and c`
fn listed(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    match items.pop() {
        None => String::new(),
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} and {last}", items.join(", ")),
    }
}
