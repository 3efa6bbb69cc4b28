//! Single values: text, words, numbers, durations, conditions, closed lists.

use std::ops::Range;

use rust_decimal::Decimal;

use super::Reader;
use super::within::within;
use crate::domain::{DeliveryStatus, parse_decimal};
use crate::workflow::condition::{nearest, yes_or_no};
use crate::workflow::keys::{LIST_ITEMS_MAX, PROOFS};
use crate::workflow::yaml::{Entry, Node, NodeKind, Plain, classify};
use crate::workflow::{Code, Condition, DURATION_AMOUNT_MAX, Deadline, Duration, Unit};

/// Longest name of a step, workflow, role or template, in characters: it is a key in tables and file names.
pub(crate) const WORD_CHARS_MAX: usize = 64;
/// Longest free text, in characters.
pub(crate) const TEXT_CHARS_MAX: usize = 2_000;

impl Reader<'_, '_> {
    /// Text that needs no quotes to be text, or has them.
    pub fn text(&mut self, node: &Node) -> Option<String> {
        let NodeKind::Scalar { text, plain } = &node.kind else {
            self.mistyped(node, "text", None);
            return None;
        };
        if *plain && classify(text) != Plain::Text {
            let message = format!("`{text}` is not text without quotes");
            let help = format!("write \"{text}\" in quotes");
            self.findings.add_with_help(Code::UnquotedText, node.span.clone(), message, help);
            return None;
        }
        if text.trim().is_empty() {
            self.bad(node, "the text is empty", "write something, or leave the key out");
            return None;
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            self.control_character(node);
            return None;
        }
        if text.chars().count() > TEXT_CHARS_MAX {
            self.bad(node, format!("the text is longer than {TEXT_CHARS_MAX} characters"), "shorten it");
            return None;
        }
        Some(text.clone())
    }

    /// At its place where it is written as itself, else at the text whose escapes hold it.
    fn control_character(&mut self, node: &Node) {
        let written = &self.findings.text()[node.span.clone()];
        let found = written.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\n' | '\r'));
        let span = found.map_or(node.span.clone(), |(at, c)| {
            let start = node.span.start + at;
            start..start + c.len_utf8()
        });
        let (message, help) = match found {
            Some((_, '\t')) => ("a tab stands in the text", "write a space"),
            _ => ("the text has a control character in it", "leave it out"),
        };
        self.findings.add_with_help(Code::BadValue, span, message, help.to_owned());
    }

    /// A name: lower-case letters, digits, `-` and `_`.
    pub fn word(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        let fits = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.len() <= WORD_CHARS_MAX;
        if !fits {
            self.bad(node, format!("`{text}` cannot be a name here"), &name_like(&text));
            return None;
        }
        Some(text)
    }

    /// A key of the writer's own: one that every YAML reader takes for text.
    pub fn key_text(&mut self, entry: &Entry) {
        let quoted = self.findings.text()[entry.key_span.clone()].starts_with(['"', '\'']);
        if !quoted && classify(&entry.key) != Plain::Text {
            let message = format!("`{}` is not text without quotes", entry.key);
            let help = format!("write \"{}\" in quotes", entry.key);
            self.findings.add_with_help(Code::UnquotedText, entry.key_span.clone(), message, help);
        }
    }

    /// An exact decimal, 0 or more, read from the text of the number.
    pub fn number(&mut self, node: &Node) -> Option<Decimal> {
        let text = self.number_text(node)?;
        match parse_decimal(text) {
            Ok(number) if !number.is_sign_negative() || number.is_zero() => Some(number),
            Ok(_) => {
                self.bad(node, format!("{text} is negative"), "write 0 or more");
                None
            }
            Err(why) => {
                self.bad(node, why.to_string(), "write an amount with the decimals of its currency: 15.00");
                None
            }
        }
    }

    /// A whole number between two bounds.
    pub fn whole(&mut self, node: &Node, least: i64, most: i64) -> Option<i64> {
        let text = self.number_text(node)?;
        match text.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => {
                let help = format!("write a whole number from {least} to {most}");
                self.bad(node, format!("{text} does not fit here"), &help);
                None
            }
        }
    }

    /// A count between two bounds.
    pub fn count(&mut self, node: &Node, least: i64, most: i64) -> Option<u32> {
        self.whole(node, least, most).and_then(|number| u32::try_from(number).ok())
    }

    fn number_text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let help = match &node.kind {
            NodeKind::Scalar { text, plain: true } => match classify(text) {
                Plain::Integer | Plain::Fraction => return Some(text),
                Plain::OddNumber | Plain::Trap => {
                    let message = format!("`{text}` may be read as another number elsewhere");
                    let number =
                        Decimal::from_scientific(text).ok().or_else(|| parse_decimal(&text.replace('_', "")).ok());
                    let help = match number {
                        Some(number) => format!("write it in plain digits: {}", number.normalize()),
                        None => "write it in plain digits, `1000`".to_owned(),
                    };
                    self.findings.add_with_help(Code::WrongType, node.span.clone(), message, help);
                    return None;
                }
                _ => Some(plain_number(text)),
            },
            NodeKind::Scalar { text, .. } if matches!(classify(text), Plain::Integer | Plain::Fraction) => {
                Some(format!("write it without quotes: {text}"))
            }
            _ => None,
        };
        self.mistyped(node, "a number", help);
        None
    }

    /// true or false
    pub fn flag(&mut self, node: &Node) -> Option<bool> {
        if let NodeKind::Scalar { text, plain: true } = &node.kind
            && let Plain::Bool(value) = classify(text)
        {
            return Some(value);
        }
        self.mistyped(node, "true or false", Some("write `true` or `false`, without quotes".into()));
        None
    }

    /// `3 business days`
    pub fn duration(&mut self, node: &Node) -> Option<Duration> {
        if let NodeKind::Scalar { text, plain: true } = &node.kind
            && classify(text) == Plain::Integer
        {
            let help = format!("write the unit: `{text} days`, or `{text} business days`, weeks, months");
            self.findings.add_with_help(Code::WrongType, node.span.clone(), "a duration needs a unit", help);
            return None;
        }
        let text = self.text(node)?;
        match parse_duration(&text) {
            Ok(duration) => Some(duration),
            Err(help) => {
                self.bad(node, format!("`{text}` is not a duration"), &help);
                None
            }
        }
    }

    /// `15 days after first_presented`
    pub fn deadline(&mut self, node: &Node) -> Option<Deadline> {
        let text = self.text(node)?;
        let Some((term, after)) = text.split_once(" after ") else {
            let term = parse_duration(text.trim()).map_or("15 days", |_| text.trim());
            let help = format!("write what it runs from too: `{term} after first_presented`");
            self.bad(node, format!("`{text}` does not say from when the debtor's term runs"), &help);
            return None;
        };
        let term = match parse_duration(term.trim()) {
            Ok(term) if term.amount > 0 => term,
            Ok(_) => {
                self.bad(node, "the deadline gives no time", "give at least one day");
                return None;
            }
            Err(help) => {
                self.bad(node, format!("`{}` is not a duration", term.trim()), &help);
                return None;
            }
        };
        let after = after.trim();
        match proof(after) {
            Some(after) => Some(Deadline { term, after }),
            None => {
                let at = text.rfind(after).unwrap_or_default();
                let span = self.part_of(node, &text, &(at..at + after.len()));
                self.unknown_value(&Node { span, kind: node.kind.clone() }, after, PROOFS);
                None
            }
        }
    }

    /// A condition; its mistakes are placed within the file.
    pub fn condition(&mut self, node: &Node) -> Option<Condition> {
        // `when: true` is plain YAML for true, and a condition as well.
        let text = match &node.kind {
            NodeKind::Scalar { text, plain: true } if matches!(classify(text), Plain::Bool(_)) => text.to_lowercase(),
            NodeKind::Scalar { text, plain: true } if yes_or_no(text).is_some() => {
                let help = yes_or_no(text).map(str::to_owned);
                let message = format!("`{text}` is no condition");
                self.findings.add_with_help(Code::ConditionSyntax, node.span.clone(), message, help);
                return None;
            }
            _ => self.text(node)?,
        };
        match Condition::parse(&text) {
            Ok(condition) => Some(condition),
            Err(errors) => {
                for error in errors {
                    let span = self.part_of(node, &text, &error.span);
                    let help = error.help.or_else(|| Some(remedy(error.code).to_owned()));
                    self.findings.add_with_help(error.code, span, error.message, help);
                }
                None
            }
        }
    }

    /// Where a part of a scalar's text stands in the file; the whole scalar where that cannot be said.
    fn part_of(&self, node: &Node, text: &str, part: &Range<usize>) -> Range<usize> {
        let written = self.findings.text().get(node.span.clone()).unwrap_or_default();
        match within(written, text, part) {
            Some(found) => node.span.start + found.start..node.span.start + found.end,
            None => node.span.clone(),
        }
    }

    /// A value of a closed list.
    pub fn one_of<T: Copy>(&mut self, node: &Node, known: &[&str], values: &[T]) -> Option<T> {
        let text = self.text(node)?;
        match known.iter().position(|name| *name == text) {
            Some(place) => values.get(place).copied(),
            None => {
                self.unknown_value(node, &text, known);
                None
            }
        }
    }

    /// Reports a value that is not in its closed list.
    pub fn unknown_value(&mut self, node: &Node, text: &str, known: &[&str]) {
        let loose = text.to_lowercase().replace([' ', '-'], "_");
        let meant = known.iter().copied().find(|name| *name == loose);
        let help = match meant.or_else(|| nearest(text, known.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of: {}", known.join(", ")),
        };
        self.findings.add_with_help(Code::UnknownValue, node.span.clone(), format!("`{text}` is not known here"), help);
    }

    /// The items of a list.
    pub fn items<'n>(&mut self, node: &'n Node, wanted: &str) -> &'n [Node] {
        match &node.kind {
            NodeKind::List(items) if items.is_empty() => {
                self.bad(node, "the list is empty", "write an item, or leave the key out");
                &[]
            }
            NodeKind::List(items) if items.len() > LIST_ITEMS_MAX => {
                self.bad(node, format!("the list has {} items", items.len()), "at most 200 are read");
                &[]
            }
            NodeKind::List(items) => items,
            NodeKind::Scalar { text, .. } if !text.contains([',', ' ']) => {
                self.mistyped(node, wanted, Some(format!("write a list: `[{text}]`")));
                &[]
            }
            _ => {
                self.mistyped(node, wanted, Some("write a list: `[a, b]`".into()));
                &[]
            }
        }
    }
}

/// What to do about a mistake of a condition that has no remedy of its own.
fn remedy(code: Code) -> &'static str {
    match code {
        Code::ConditionLimit => "take parts out, or put a tag on the invoices and ask for `tag(\"…\")`",
        Code::ConditionType => "compare amounts with amounts, days with days, texts with texts",
        _ => "a condition reads like `balance >= 500 and not disputed`",
    }
}

/// What to write instead of a text that is no name.
fn name_like(text: &str) -> String {
    let endings = [".txt", ".html", ".mjml", ".subject", ".sms", ".typ", ".yaml"];
    let bare = endings.iter().find_map(|ending| text.strip_suffix(ending)).unwrap_or(text);
    let bare = bare.rsplit('/').next().unwrap_or_default();
    let lower: String = bare
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' { c } else { '-' })
        .collect();
    let like = lower.trim_matches(['-', '_']);
    if like.is_empty() || like.len() > WORD_CHARS_MAX || bare.chars().any(|c| c.is_alphabetic() && !c.is_ascii()) {
        return format!("use lower-case letters a to z, digits, `-` and `_`; at most {WORD_CHARS_MAX} characters");
    }
    format!("write `{like}`: lower-case letters, digits, `-` and `_`")
}

/// What to write instead of a text where a number is wanted.
fn plain_number(text: &str) -> String {
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let digits = digits.replacen(',', ".", 1);
    if digits.is_empty() || parse_decimal(&digits).is_err() {
        return "write it in digits, for instance 15".to_owned();
    }
    let point = if digits.contains('.') { ", with a decimal point" } else { "" };
    format!("write only the number{point}: {digits}")
}

fn proof(name: &str) -> Option<DeliveryStatus> {
    use DeliveryStatus::{Accepted, Delivered, DepositProof, FirstPresented, Posted, ReceiptProof, Sent};
    let values = [Accepted, Sent, Posted, DepositProof, FirstPresented, Delivered, ReceiptProof];
    PROOFS.iter().position(|known| *known == name).and_then(|place| values.get(place).copied())
}

/// Units as they are called elsewhere.
const FOREIGN_UNITS: &[(&str, &str)] = &[
    ("d", "days"),
    ("j", "days"),
    ("jour", "days"),
    ("jours", "days"),
    ("calendar days", "days"),
    ("bd", "business days"),
    ("jours ouvrés", "business days"),
    ("jours ouvrables", "working days"),
    ("open days", "business days"),
    ("w", "weeks"),
    ("semaine", "weeks"),
    ("semaines", "weeks"),
    ("mois", "months"),
];

/// The remedy for a number and a unit without a space: `3days`.
fn glued(text: &str) -> Option<String> {
    let at = text.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
    if text[at..].starts_with(char::is_whitespace) {
        return None;
    }
    let spaced = format!("{} {}", &text[..at], text[at..].trim());
    match parse_duration(&spaced) {
        Ok(_) => Some(format!("write a space: `{spaced}`")),
        Err(help) => Some(help),
    }
}

/// Reads `3 business days`; the error says what to write.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let mut words = text.split_whitespace();
    let (amount, unit, rest) = (words.next().unwrap_or_default(), words.next(), words.next());
    let usual = "write a number and a unit: `3 days`, `3 business days`, `2 weeks`, `1 month`";
    let amount = match amount.parse::<u32>() {
        Ok(amount) if amount <= DURATION_AMOUNT_MAX => amount,
        Ok(_) => return Err(format!("write at most {DURATION_AMOUNT_MAX}")),
        Err(_) if !amount.is_empty() && amount.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(format!("write at most {DURATION_AMOUNT_MAX}"));
        }
        Err(_) if amount.starts_with('-') => {
            return Err(format!("for days before, write `before_due: {}`", text.trim().trim_start_matches('-')));
        }
        Err(_) if parse_decimal(amount).is_ok() => return Err("write a whole number of days".to_owned()),
        Err(_) => return Err(glued(text).unwrap_or_else(|| usual.to_owned())),
    };
    let unit = match (unit, rest) {
        (Some("day" | "days"), None) => Unit::Days,
        (Some("business"), Some("day" | "days")) => Unit::BusinessDays,
        (Some("working"), Some("day" | "days")) => Unit::WorkingDays,
        (Some("week" | "weeks"), None) => Unit::Weeks,
        (Some("month" | "months"), None) => Unit::Months,
        _ => {
            let unit = text.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
            if matches!(unit.as_str(), "h" | "hour" | "hours" | "heures") {
                let days = amount.div_ceil(24).max(1);
                return Err(format!("there are no hours; write `{days} days` or `{days} business days`"));
            }
            let near = FOREIGN_UNITS.iter().find(|(foreign, _)| *foreign == unit).map(|(_, unit)| *unit);
            let near = near.or_else(|| nearest(&unit, ["days", "business days", "working days", "weeks", "months"]));
            return Err(near.map_or(usual.to_owned(), |near| format!("did you mean `{amount} {near}`?")));
        }
    };
    if words.next().is_some() { Err(usual.to_owned()) } else { Ok(Duration { amount, unit }) }
}
