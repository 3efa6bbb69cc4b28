//! A scenario file with the timeline that happened in place of the expected one.
//!
//! Everything else stays as it was written: the rest of the file byte for byte, the comments inside the timeline
//! where the line they stood above is still there, else at the day they were about, and the blank lines between
//! days if there were any.

use chrono::NaiveDate;

use crate::domain::Entry;
use crate::simulate::text::BECAUSE;
use crate::simulate::timeline;

/// The file with the timeline that happened: how a scenario is written by running and reading. A file without
/// `expect:` gets one.
pub fn with_expectation(text: &str, entries: &[Entry]) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.iter().position(|line| line.starts_with("expect:"));
    let Some(from) = from else {
        let mut out = lines.clone();
        if out.last().is_some_and(|last| !last.is_empty()) {
            out.push("");
        }
        let block = block(entries, &[], "");
        out.extend(block.iter().map(String::as_str));
        return joined(&out, end);
    };
    let inside = |line: &&&str| line.is_empty() || line.starts_with([' ', '\t']);
    let mut to = from + 1 + lines[from + 1..].iter().take_while(inside).count();
    // Blank lines in front of what follows belong to what follows.
    while to > from + 1 && lines[to - 1].trim().is_empty() {
        to -= 1;
    }
    let comment = lines[from].find(" #").map_or("", |at| lines[from][at..].trim_end());
    let block = block(entries, &lines[from + 1..to], comment);
    let out: Vec<&str> = lines[..from]
        .iter()
        .copied()
        .chain(block.iter().map(String::as_str))
        .chain(lines[to..].iter().copied())
        .collect();
    joined(&out, end)
}

fn joined(lines: &[&str], end: &str) -> String {
    lines.iter().flat_map(|line| [*line, end]).collect()
}

/// A comment of the old timeline and what it stands above.
struct Remark<'a> {
    text: &'a str,
    /// The day it stands in, or above whose heading it stands; none at the end.
    day: Option<NaiveDate>,
    is_above_heading: bool,
    /// The words of the first entry below it.
    line: String,
}

/// The key `expect` with its timeline. `old` are the lines that stood there.
fn block(entries: &[Entry], old: &[&str], comment: &str) -> Vec<String> {
    let remarks = remarks(old);
    if entries.is_empty() && remarks.is_empty() {
        return vec![format!("expect: \"\"{comment}")];
    }
    let brief: Vec<Entry> = entries.iter().map(|entry| Entry { because: Vec::new(), ..entry.clone() }).collect();
    let is_airy = old.is_empty() || old.iter().any(|line| line.trim().is_empty());
    let printed = timeline(&brief);
    let lines: Vec<&str> = printed.lines().filter(|line| !line.is_empty()).collect();
    let places: Vec<usize> = remarks.iter().map(|remark| place(remark, &lines)).collect();
    let mut out = vec![format!("expect: |{comment}")];
    for (at, line) in lines.iter().copied().map(Some).chain([None]).enumerate() {
        if line.and_then(heading).is_some() && is_airy && at > 0 {
            out.push(String::new());
        }
        let here = remarks.iter().zip(&places).filter(|(_, place)| **place == at);
        out.extend(here.map(|(remark, _)| format!("  {}", remark.text)));
        out.extend(line.map(|line| format!("  {line}")));
    }
    out
}

/// The line of the new timeline above which a comment goes: where its own line is on its day, else its day, else
/// where its line is on another day, else the next day.
fn place(remark: &Remark<'_>, lines: &[&str]) -> usize {
    let Some(day) = remark.day else { return lines.len() };
    let days: Vec<(usize, NaiveDate)> =
        lines.iter().enumerate().filter_map(|(at, line)| Some((at, heading(line)?))).collect();
    let day_of = |at: usize| days.iter().rev().find(|(from, _)| *from <= at).copied();
    let same = |at: &usize| words(lines[*at]) == remark.line;
    let of_day = |at: &usize| day_of(*at).is_some_and(|(_, found)| found == day);
    let its_line = (0..lines.len()).find(|at| same(at) && of_day(at));
    let its_heading = days.iter().find(|(_, found)| *found == day).map(|(at, _)| *at);
    let elsewhere = (0..lines.len()).find(same);
    let next = days.iter().find(|(_, found)| *found > day).map(|(at, _)| *at);
    match remark.is_above_heading {
        true => its_heading.or_else(|| elsewhere.and_then(day_of).map(|(at, _)| at)),
        false => its_line.or(its_heading).or(elsewhere),
    }
    .or(next)
    .unwrap_or(lines.len())
}

fn remarks<'a>(old: &[&'a str]) -> Vec<Remark<'a>> {
    let (mut found, mut day) = (Vec::<Remark<'a>>::new(), None);
    for line in old.iter().map(|line| line.trim()).filter(|line| !line.is_empty() && !line.starts_with(BECAUSE)) {
        if line.starts_with('#') {
            found.push(Remark { text: line, day: None, is_above_heading: false, line: String::new() });
            continue;
        }
        let is_heading = heading(line).is_some();
        day = heading(line).or(day);
        for remark in found.iter_mut().rev().take_while(|remark| remark.line.is_empty()) {
            remark.is_above_heading |= is_heading;
            remark.day = day;
            if !is_heading {
                remark.line = words(line);
            }
        }
    }
    found
}

/// The day of a line like `Tue 2026-04-07`.
fn heading(line: &str) -> Option<NaiveDate> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, day] = words[..] else { return None };
    day.parse().ok()
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: &str) -> Entry {
        let json = format!(
            r#"{{"at":"{at}","kind":"notice","creditor":"C-1","debtor":"D-1","invoices":["F-1","F-2"],
            "step":"reminder-1","channel":"email","amount":"1200","currency":"EUR","because":["balance 1200.00"]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_scenario_is_written_by_running_it() {
        let entries = [entry("2026-04-07T09:00:00+02:00")];
        let block = "expect: |\n  Tue 2026-04-07\n    09:00  email  reminder-1  F-1, F-2  1200.00 EUR\n";
        let text = "scenario: a\nexpect: |\n  Mon 2026-04-06\n\n    09:00 old\n# after\nuntil: 2026-05-01\n";
        let wanted = format!("scenario: a\n{block}# after\nuntil: 2026-05-01\n");
        assert_eq!(with_expectation(text, &entries), wanted);
        assert_eq!(with_expectation("scenario: a\n", &entries), format!("scenario: a\n\n{block}"));
        assert_eq!(with_expectation("expect: |\n  old\n", &[]), "expect: \"\"\n");
    }

    #[test]
    fn comments_blank_lines_and_line_ends_stay() {
        let entries = [entry("2026-04-07T09:00:00+02:00"), entry("2026-04-14T09:00:00+02:00")];
        let text = "# head\nscenario: a\nexpect: |   # why\n  # first\n  Mon 2026-04-06\n    # gone\n    09:00 old\n\n  \
                    Tue 2026-04-14\n    # kept\n    09:00 email reminder-1 F-1, F-2 1200.00 EUR\n  # last\n\n# tail\n";
        let wanted = "# head\nscenario: a\nexpect: | # why\n  # first\n  # gone\n  Tue 2026-04-07\n    09:00  email  \
                      reminder-1  F-1, F-2  1200.00 EUR\n\n  Tue 2026-04-14\n  # kept\n    09:00  email  reminder-1  F-1, F-2  \
                      1200.00 EUR\n  # last\n\n# tail\n";
        assert_eq!(with_expectation(text, &entries), wanted);
        assert_eq!(with_expectation(wanted, &entries), wanted);
        assert_eq!(with_expectation(&text.replace('\n', "\r\n"), &entries), wanted.replace('\n', "\r\n"));
    }
}
