//! The expected timeline against the one that happened.

use std::ops::Range;

use chrono::{NaiveDate, NaiveTime};

use crate::domain::{Account, Entry, WorkflowName};
use crate::simulate::text::{BECAUSE, plain_lines};
use crate::simulate::{Outcome, RefusedLine};
use crate::workflow::yaml::Spanned;
use crate::workflow::{Code, Findings};

/// One line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Expected, and it happened; with the values that decided.
    Same(String, Vec<String>),
    /// Expected, and it did not happen.
    Missing(String),
    /// It happened and was not expected; with the values that decided.
    Extra(String, Vec<String>),
}

/// What became of one scenario.
#[derive(Debug)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// The workflows it is about.
    pub workflows: Vec<WorkflowName>,
    /// Both timelines, line by line.
    pub lines: Vec<Difference>,
    /// Events that would be put in quarantine, by line of the scenario file.
    pub refused: Vec<RefusedLine>,
    /// What happened.
    pub entries: Vec<Entry>,
    /// The accounts as they stand at the end.
    pub accounts: Vec<Account>,
    /// Whether the engine could not settle an account.
    pub stalled: bool,
}

impl Report {
    pub(super) fn new(title: String, workflows: Vec<WorkflowName>, expected: &[String], outcome: Outcome) -> Self {
        let lines = compare(expected, &plain_lines(&outcome.entries), &outcome.entries);
        let stalled = !outcome.stalled.is_empty();
        Self {
            title,
            workflows,
            lines,
            refused: outcome.refused,
            entries: outcome.entries,
            accounts: outcome.accounts,
            stalled,
        }
    }

    /// Whether everything happened as expected and nothing else.
    pub fn passed(&self) -> bool {
        let same = self.lines.iter().all(|line| matches!(line, Difference::Same(..)));
        same && self.refused.is_empty() && !self.stalled
    }
}

/// One normal line for each expected entry: date, then the words, single spaces.
pub(super) fn expected_lines(expect: &Spanned<String>, findings: &mut Findings<'_>) -> Vec<String> {
    let mut day: Option<NaiveDate> = None;
    let mut lines = Vec::new();
    let mut searched = expect.span.start;
    for line in expect.value.lines() {
        let place = place(line, &mut searched, expect, findings.text());
        let words: Vec<&str> = line.split_whitespace().collect();
        let [first, rest @ ..] = &words[..] else { continue };
        if first.starts_with([BECAUSE, '#']) {
            continue;
        }
        if first.parse::<NaiveDate>().is_ok() {
            readable(rest, place, findings);
            lines.push(words.join(" "));
        } else if let Some(heading) = rest.first().filter(|_| rest.len() == 1).and_then(|word| word.parse().ok()) {
            right_weekday(first, heading, place, findings);
            day = Some(heading);
        } else if let Some(day) = day {
            readable(&words, place, findings);
            lines.push(format!("{day} {}", words.join(" ")));
        } else {
            let message = format!("`{}` stands under no day", words.join(" "));
            let help = "write a line like `Tue 2026-04-07` above it, or the date in front".to_owned();
            findings.add_with_help(Code::ExpectedLine, place, message, help);
        }
    }
    lines
}

/// Where a line of the block stands in the file; the block as a whole where it was folded or escaped.
fn place(line: &str, searched: &mut usize, expect: &Spanned<String>, text: &str) -> Range<usize> {
    let line = line.trim();
    let found = text.get(*searched..expect.span.end).and_then(|rest| rest.find(line));
    match found.filter(|_| !line.is_empty()) {
        Some(at) => {
            let start = *searched + at;
            *searched = start + line.len();
            start..*searched
        }
        None => expect.span.clone(),
    }
}

/// A line is a time and what happens.
fn readable(words: &[&str], place: Range<usize>, findings: &mut Findings<'_>) {
    let is_time = |word: &str| word.len() == 5 && NaiveTime::parse_from_str(word, "%H:%M").is_ok();
    if words.len() < 2 || !is_time(words[0]) {
        let message = format!("`{}` is no line of a timeline", words.join(" "));
        let help = "write the time and what happens: `09:00 email reminder-1 F-1 1200.00 EUR`".to_owned();
        findings.add_with_help(Code::ExpectedLine, place, message, help);
    }
}

fn right_weekday(written: &str, day: NaiveDate, place: Range<usize>, findings: &mut Findings<'_>) {
    let right = day.format("%a").to_string();
    if written != right {
        let help = format!("write `{right} {day}`");
        findings.add_with_help(Code::ExpectedLine, place, format!("{day} is no {written}"), help);
    }
}

/// Longest common subsequence: what is the same stays together, and only what differs is marked.
fn compare(expected: &[String], happened: &[String], entries: &[Entry]) -> Vec<Difference> {
    let (rows, columns) = (expected.len(), happened.len());
    let mut longest = vec![vec![0_u32; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[row][column] = if expected[row] == happened[column] {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    while row < rows || column < columns {
        if row < rows && column < columns && expected[row] == happened[column] {
            lines.push(Difference::Same(expected[row].clone(), entries[column].because.clone()));
            (row, column) = (row + 1, column + 1);
        } else if row < rows && (column == columns || longest[row + 1][column] >= longest[row][column + 1]) {
            lines.push(Difference::Missing(expected[row].clone()));
            row += 1;
        } else {
            lines.push(Difference::Extra(happened[column].clone(), entries[column].because.clone()));
            column += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::timeline;

    fn texts(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    fn entry(at: &str) -> Entry {
        let json = format!(
            r#"{{"at":"{at}","kind":"notice","creditor":"C-1","debtor":"D-1","invoices":["F-1","F-2"],
            "step":"reminder-1","channel":"email","amount":"1200","currency":"EUR","because":["balance 1200.00"]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn what_is_printed_is_what_is_expected() {
        let entries = [entry("2026-04-07T09:00:00+02:00"), entry("2026-04-14T09:00:00+02:00")];
        let printed = Spanned { value: timeline(&entries), span: 0..0 };
        let mut findings = Findings::new("a.yaml", "");
        let expected = expected_lines(&printed, &mut findings);
        assert!(findings.is_empty());
        assert_eq!(expected, plain_lines(&entries));
        assert_eq!(expected[0], "2026-04-07 09:00 email reminder-1 F-1, F-2 1200.00 EUR");
    }

    #[test]
    fn a_line_under_no_day_is_a_mistake() {
        let mut findings = Findings::new("a.yaml", "");
        let expect = Spanned { value: "09:00 email reminder-1 F-1".to_owned(), span: 0..0 };
        assert_eq!(expected_lines(&expect, &mut findings), Vec::<String>::new());
        assert!(findings.has_errors());
    }

    #[test]
    fn a_date_may_stand_in_front_and_comments_are_passed_over() {
        let mut findings = Findings::new("a.yaml", "");
        let value = "# why\n2026-04-07  09:00 email a\n\nWed 2026-04-08\n  10:00   sms  b\n   · because\n".to_owned();
        let lines = expected_lines(&Spanned { value, span: 0..0 }, &mut findings);
        assert_eq!(lines, ["2026-04-07 09:00 email a", "2026-04-08 10:00 sms b"]);
    }

    #[test]
    fn only_what_differs_is_marked() {
        let happened = [entry("2026-04-07T09:00:00+02:00"), entry("2026-04-14T09:00:00+02:00")];
        let words = plain_lines(&happened);
        let expected = texts(&["2026-04-06 09:00 gone", &words[1], "2026-05-01 09:00 never"]);
        let lines = compare(&expected, &words, &happened);
        let wanted = [
            Difference::Missing(expected[0].clone()),
            Difference::Extra(words[0].clone(), texts(&["balance 1200.00"])),
            Difference::Same(words[1].clone(), texts(&["balance 1200.00"])),
            Difference::Missing(expected[2].clone()),
        ];
        assert_eq!(lines, wanted);
    }
}
