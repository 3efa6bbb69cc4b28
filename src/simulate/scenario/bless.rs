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
    day: Option<NaiveDate>,
    /// The words of the line below; empty above a heading and at the end.
    line: String,
}

/// The key `expect` with its timeline. `old` are the lines that stood there.
fn block(entries: &[Entry], old: &[&str], comment: &str) -> Vec<String> {
    if entries.is_empty() && remarks(old).is_empty() {
        return vec![format!("expect: \"\"{comment}")];
    }
    let brief: Vec<Entry> = entries.iter().map(|entry| Entry { because: Vec::new(), ..entry.clone() }).collect();
    let is_airy = old.is_empty() || old.iter().any(|line| line.trim().is_empty());
    let mut left = remarks(old);
    let mut out = vec![format!("expect: |{comment}")];
    let mut day = None;
    let printed = timeline(&brief);
    for line in printed.lines().filter(|line| !line.is_empty()) {
        let heading = heading(line);
        day = heading.or(day);
        if heading.is_some() && is_airy && out.len() > 1 {
            out.push(String::new());
        }
        let words = words(line);
        let due = |remark: &Remark<'_>| match heading {
            // What stood above a day that is gone goes above the next one.
            Some(heading) => remark.line.is_empty() && remark.day.is_some_and(|day| day <= heading) || remark.day < day,
            None => remark.day == day && remark.line == words,
        };
        let (here, rest) = left.into_iter().partition::<Vec<_>, _>(due);
        left = rest;
        out.extend(here.iter().map(|remark| format!("  {}", remark.text)));
        out.push(format!("  {line}"));
    }
    out.extend(left.iter().map(|remark| format!("  {}", remark.text)));
    out
}

fn remarks<'a>(old: &[&'a str]) -> Vec<Remark<'a>> {
    let (mut found, mut day) = (Vec::<Remark<'a>>::new(), None);
    let mut waiting = 0;
    for line in old.iter().map(|line| line.trim()).filter(|line| !line.is_empty() && !line.starts_with(BECAUSE)) {
        if line.starts_with('#') {
            found.push(Remark { text: line, day, line: String::new() });
            continue;
        }
        let is_heading = heading(line).is_some();
        day = heading(line).or(day);
        for remark in &mut found[waiting..] {
            remark.day = day;
            remark.line = if is_heading { String::new() } else { words(line) };
        }
        waiting = found.len();
    }
    // What stood at the end stays at the end.
    found[waiting..].iter_mut().for_each(|remark| remark.day = Some(NaiveDate::MAX));
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
