//! Single values: text, words, numbers, durations, conditions, closed lists.

use rust_decimal::Decimal;

use super::Reader;
use crate::domain::{DeliveryStatus, parse_decimal};
use crate::workflow::condition::nearest;
use crate::workflow::keys::{LIST_ITEMS_MAX, PROOFS};
use crate::workflow::yaml::{Node, NodeKind, Plain, classify};
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
            self.bad(node, "the text has a control character in it", "leave it out");
            return None;
        }
        if text.chars().count() > TEXT_CHARS_MAX {
            self.bad(node, format!("the text is longer than {TEXT_CHARS_MAX} characters"), "shorten it");
            return None;
        }
        Some(text.clone())
    }

    /// A name: lower-case letters, digits, `-` and `_`.
    pub fn word(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        let fits = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.len() <= WORD_CHARS_MAX;
        if !fits {
            let help = format!(
                "a name has lower-case letters, digits, `-` and `_`, starts with a letter or digit, and has at most \
                 {WORD_CHARS_MAX} characters"
            );
            self.bad(node, format!("`{text}` is not a name"), &help);
            return None;
        }
        Some(text)
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
                self.findings.add(Code::BadValue, node.span.clone(), why.to_string());
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
                    let message = format!("`{text}` is not a plain number");
                    let help = "write the number out in decimal digits".to_owned();
                    self.findings.add_with_help(Code::WrongType, node.span.clone(), message, help);
                    return None;
                }
                _ if text.contains(',') => Some("write a decimal point, `15.00`".to_owned()),
                _ => None,
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
            let help = format!("write the unit: `{text} days`, `{text} business days`, `{text} weeks`");
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
            let help = "write a duration and the proof it runs from: `15 days after first_presented`";
            self.bad(node, format!("`{text}` is not a deadline"), help);
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
        match proof(after.trim()) {
            Some(after) => Some(Deadline { term, after }),
            None => {
                self.unknown_value(node, after.trim(), PROOFS);
                None
            }
        }
    }

    /// A condition; its mistakes are placed within the file.
    pub fn condition(&mut self, node: &Node) -> Option<Condition> {
        // `when: true` is plain YAML for true, and a condition as well.
        let text = match &node.kind {
            NodeKind::Scalar { text, plain: true } if matches!(classify(text), Plain::Bool(_)) => text.to_lowercase(),
            _ => self.text(node)?,
        };
        match Condition::parse(&text) {
            Ok(condition) => Some(condition),
            Err(errors) => {
                let shift = self.shift_within(node, &text);
                for error in errors {
                    let span = match shift {
                        Some(shift) => shift + error.span.start..shift + error.span.end,
                        None => node.span.clone(),
                    };
                    self.findings.add_with_help(error.code, span, error.message, error.help);
                }
                None
            }
        }
    }

    /// Where a scalar's text starts in the file, if it stands there as it is: no escapes, no folded lines.
    fn shift_within(&self, node: &Node, text: &str) -> Option<usize> {
        let written = self.findings.text().get(node.span.clone())?;
        [0, 1]
            .into_iter()
            .find(|quote| written.get(*quote..).is_some_and(|rest| rest.starts_with(text)))
            .map(|quote| node.span.start + quote)
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
        let help = match nearest(text, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of: {}", known.join(", ")),
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
            _ => {
                self.mistyped(node, wanted, Some("write a list: `[a, b]`".into()));
                &[]
            }
        }
    }
}

fn proof(name: &str) -> Option<DeliveryStatus> {
    use DeliveryStatus::{Accepted, Delivered, DepositProof, FirstPresented, Posted, ReceiptProof, Sent};
    let values = [Accepted, Sent, Posted, DepositProof, FirstPresented, Delivered, ReceiptProof];
    PROOFS.iter().position(|known| *known == name).and_then(|place| values.get(place).copied())
}

/// Reads `3 business days`; the error says what to write.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let mut words = text.split_whitespace();
    let (amount, unit, rest) = (words.next().unwrap_or_default(), words.next(), words.next());
    let usual = "write a number and a unit: days, business days, weeks or months";
    let amount = match amount.parse::<u32>() {
        Ok(amount) if amount <= DURATION_AMOUNT_MAX => amount,
        Ok(_) => return Err(format!("at most {DURATION_AMOUNT_MAX}")),
        Err(_) if amount.starts_with('-') => {
            return Err("there are no negative durations; `before_due` counts backward".to_owned());
        }
        Err(_) => return Err(usual.to_owned()),
    };
    let unit = match (unit, rest) {
        (Some("day" | "days"), None) => Unit::Days,
        (Some("business"), Some("day" | "days")) => Unit::BusinessDays,
        (Some("week" | "weeks"), None) => Unit::Weeks,
        (Some("month" | "months"), None) => Unit::Months,
        _ => {
            let unit = text.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
            let near = nearest(&unit, ["days", "business days", "weeks", "months"]);
            return Err(near.map_or(usual.to_owned(), |near| format!("did you mean `{amount} {near}`?")));
        }
    };
    if words.next().is_some() { Err(usual.to_owned()) } else { Ok(Duration { amount, unit }) }
}
