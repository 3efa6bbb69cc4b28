//! Dates that do not exist, wherever they stand in a file: 30 February reads like a date and is none.

use chrono::NaiveDate;

use super::yaml::{Node, NodeKind};
use super::{Code, Findings};

/// Reports every value that has the form of a date and names no day.
pub(crate) fn impossible_dates(node: &Node, findings: &mut Findings<'_>) {
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().for_each(|entry| impossible_dates(&entry.value, findings)),
        NodeKind::List(items) => items.iter().for_each(|item| impossible_dates(item, findings)),
        NodeKind::Scalar { text, .. } => {
            // `2026-03-02 14:30` and an instant begin with their day.
            let day = text.get(..10).filter(|_| text.get(10..11).is_none_or(|next| next == " " || next == "T"));
            if let Some(day) = day.filter(|day| has_form(day))
                && day.parse::<NaiveDate>().is_err()
            {
                let help = last_of_month(day).unwrap_or_else(|| "months go from 01 to 12".to_owned());
                let message = format!("there is no {day}");
                findings.add_with_help(Code::ImpossibleDate, node.span.clone(), message, help);
            }
        }
        NodeKind::Refused => {}
    }
}

fn has_form(day: &str) -> bool {
    day.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}

fn last_of_month(day: &str) -> Option<String> {
    let first = NaiveDate::parse_from_str(&format!("{}-01", day.get(..7)?), "%Y-%m-%d").ok()?;
    let last = first.checked_add_months(chrono::Months::new(1))?.pred_opt()?;
    Some(format!("that month ends on {last}"))
}
