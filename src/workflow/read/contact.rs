//! Contact hours and the contact budget.

use std::ops::Range;

use chrono::NaiveTime;

use super::Reader;
use crate::domain::{Channel, DebtorKind};
use crate::workflow::keys::{AT_MOST, CHANNELS, CONTACT, COUNT_MAX, HOURS_FOR, KINDS};
use crate::workflow::yaml::{Node, NodeKind};
use crate::workflow::{Code, ContactBudget, ContactChannel, ContactHours, ContactRules, HoursFor};

/// The channels of `hours_for`, in the order of their names.
const REACHED_BY: [ContactChannel; 4] = [
    ContactChannel::Notice(Channel::Email),
    ContactChannel::Notice(Channel::Sms),
    ContactChannel::Notice(Channel::Letter),
    ContactChannel::Call,
];

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A weekday or a range as it is abbreviated here, from longer names and French ones.
fn english(key: &str) -> Option<String> {
    const FRENCH: [&str; 7] = ["lun", "mar", "mer", "jeu", "ven", "sam", "dim"];
    let day = |name: &str| {
        let start: String = name.trim().to_lowercase().chars().take(3).collect();
        let place = WEEKDAYS.iter().position(|day| *day == start);
        place.or_else(|| FRENCH.iter().position(|day| *day == start)).map(|place| WEEKDAYS[place])
    };
    let parts = key.split(['-', '–']).map(day).collect::<Option<Vec<_>>>()?;
    (parts.len() <= 2).then(|| parts.join("-"))
}

impl Reader<'_, '_> {
    /// `contact:`
    pub(super) fn contact(&mut self, node: &Node) -> Option<ContactRules> {
        let fields = self.fields(node, &CONTACT)?;
        let hours = fields.get("hours").and_then(|node| self.hours(node));
        let days_between = fields.get("days_between").and_then(|node| self.count(node, 0, COUNT_MAX)).unwrap_or(0);
        let at_most = fields.get("at_most").and_then(|node| self.budget(node));
        let hours_for = fields.get("hours_for").map_or_else(Vec::new, |node| self.hours_for(node));
        Some(ContactRules { hours: hours?, hours_for, days_between, at_most })
    }

    /// `hours_for:`
    fn hours_for(&mut self, node: &Node) -> Vec<HoursFor> {
        let items = self.items(node, "hours_for");
        let mut found = Vec::new();
        for item in items {
            let Some(fields) = self.fields(item, &HOURS_FOR) else { continue };
            let kinds = [DebtorKind::Business, DebtorKind::Consumer, DebtorKind::Public];
            let kind = fields.get("kind").and_then(|node| self.one_of(node, KINDS, &kinds));
            let named = fields.get("channels").map_or(&[][..], |node| self.items(node, "channels"));
            let channels = named.iter().filter_map(|node| self.one_of(node, CHANNELS, &REACHED_BY)).collect();
            if let Some(hours) = fields.get("hours").and_then(|node| self.hours(node)) {
                found.push(HoursFor { kind, channels, hours });
            }
        }
        found
    }

    fn budget(&mut self, node: &Node) -> Option<ContactBudget> {
        let fields = self.fields(node, &AT_MOST)?;
        let contacts = fields.get("contacts").and_then(|node| self.count(node, 1, COUNT_MAX));
        let in_days = fields.get("in_days").and_then(|node| self.count(node, 1, COUNT_MAX));
        Some(ContactBudget { contacts: contacts?, in_days: in_days? })
    }

    fn hours(&mut self, node: &Node) -> Option<ContactHours> {
        let NodeKind::Map(entries) = &node.kind else {
            self.mistyped(node, "weekdays and hours", Some("write { mon-fri: \"09:00-18:00\" }".into()));
            return None;
        };
        if entries.is_empty() {
            self.bad(node, "there are no contact hours, so nothing could ever be sent", "write the hours of a weekday");
            return None;
        }
        let mut hours = ContactHours::default();
        let mut fits = true;
        for entry in entries {
            let days = self.weekdays(&entry.key, entry.key_span.clone());
            let intervals = self.intervals(&entry.value);
            let (Some(days), Some(intervals)) = (days, intervals) else {
                fits = false;
                continue;
            };
            for day in days {
                if !hours.days[day].is_empty() {
                    let message = format!("`{}` has its hours already", WEEKDAYS[day]);
                    let help = "write several intervals as a list: [\"09:00-12:00\", \"14:00-18:00\"]".to_owned();
                    self.findings.add_with_help(Code::BadValue, entry.key_span.clone(), message, help);
                    fits = false;
                }
                hours.days[day].clone_from(&intervals);
            }
        }
        fits.then_some(hours)
    }

    fn weekdays(&mut self, key: &str, span: Range<usize>) -> Option<Range<usize>> {
        let place = |name: &str| WEEKDAYS.iter().position(|day| *day == name);
        let (first, last) = key.split_once('-').unwrap_or((key, key));
        match (place(first), place(last)) {
            (Some(first), Some(last)) if first <= last => Some(first..last + 1),
            (Some(_), Some(_)) => {
                let help =
                    "a range goes from an earlier weekday to a later one, `mon-fri`; write the rest apart".to_owned();
                self.findings.add_with_help(Code::BadValue, span, format!("`{key}` goes backward"), help);
                None
            }
            _ => {
                let help = match english(key) {
                    Some(english) => format!("write `{english}`"),
                    None => format!("write a weekday or a range: {}, mon-fri", WEEKDAYS.join(", ")),
                };
                self.findings.add_with_help(Code::UnknownKey, span, format!("`{key}` is not a weekday here"), help);
                None
            }
        }
    }

    /// One or several `"HH:MM-HH:MM"`, sorted, not overlapping.
    fn intervals(&mut self, node: &Node) -> Option<Vec<(NaiveTime, NaiveTime)>> {
        let mut found = match &node.kind {
            NodeKind::List(_) => {
                let items = self.items(node, "hours");
                items
                    .iter()
                    .map(|item| self.interval(item))
                    .collect::<Vec<_>>()
                    .into_iter()
                    .collect::<Option<Vec<_>>>()?
            }
            _ => vec![self.interval(node)?],
        };
        found.sort_unstable();
        if found.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            self.bad(node, "the hours overlap", "write them so that one ends before the next begins");
            return None;
        }
        (!found.is_empty()).then_some(found)
    }

    fn interval(&mut self, node: &Node) -> Option<(NaiveTime, NaiveTime)> {
        let text = match &node.kind {
            NodeKind::Scalar { text, .. } => text.clone(),
            _ => self.text(node)?,
        };
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        match text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?))) {
            Some((from, to)) if from < to => Some((from, to)),
            Some(_) => {
                self.bad(node, format!("`{text}` ends before it begins"), "write the earlier time first");
                None
            }
            None => {
                let help = match text.contains("24:00") {
                    true => format!("a day ends at 23:59: write \"{}\"", text.replace("24:00", "23:59")),
                    false => "write hours and minutes: \"09:00-18:00\"".to_owned(),
                };
                self.bad(node, format!("`{text}` is not a time of opening"), &help);
                None
            }
        }
    }
}
