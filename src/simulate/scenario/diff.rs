//! The comparison for people: expected and actual line by line, and why the first difference came about.

use std::fmt;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use chrono::NaiveDate;

use super::{Difference, Report};
use crate::simulate::text::BECAUSE;
use crate::workflow::Colours;

/// How many lines that are the same are shown before and after one that is not.
const CONTEXT_LINES: usize = 3;

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&diff(self, Colours::None))
    }
}

/// `-` expected and missing, `+` happened and not expected, with its reasons below; lines far from any difference
/// are counted, not shown. The first difference is explained at the end.
pub fn diff(report: &Report, colours: Colours) -> String {
    let paint = Paint(colours);
    let mut out = String::new();
    for refused in &report.refused {
        let _ = writeln!(out, "{}", paint.red(&format!("  ! {refused}")));
    }
    if report.stalled {
        let _ =
            writeln!(out, "{}", paint.red("  ! an account never came to rest: a defect of relance, please report it"));
    }
    let differs = |line: &Difference| !matches!(line, Difference::Same(..));
    if !report.lines.iter().any(differs) {
        return out;
    }
    let _ = writeln!(out, "  {}  {}", paint.red("- expected"), paint.green("+ happened"));
    let near = |at: usize| {
        let from = at.saturating_sub(CONTEXT_LINES);
        report.lines[from..(at + CONTEXT_LINES + 1).min(report.lines.len())].iter().any(differs)
    };
    let mut passed_over = 0;
    for (at, line) in report.lines.iter().enumerate() {
        if !near(at) {
            passed_over += 1;
            continue;
        }
        say_passed_over(&mut out, &paint, &mut passed_over);
        match line {
            Difference::Same(line, _) => drop(writeln!(out, "    {line}")),
            Difference::Missing(line) => drop(writeln!(out, "{}", paint.red(&format!("  - {line}")))),
            Difference::Extra(line, because) => {
                let _ = writeln!(out, "{}", paint.green(&format!("  + {line}")));
                for because in because {
                    let _ = writeln!(out, "{}", paint.dim(&format!("      {BECAUSE} {because}")));
                }
            }
        }
    }
    say_passed_over(&mut out, &paint, &mut passed_over);
    if let Some(why) = first_difference(&report.lines) {
        let _ = writeln!(out, "\n  {} {why}", paint.bold("first difference:"));
    }
    out
}

fn say_passed_over(out: &mut String, paint: &Paint, passed_over: &mut usize) {
    if *passed_over > 0 {
        let lines = if *passed_over == 1 { "line" } else { "lines" };
        let _ = writeln!(out, "{}", paint.dim(&format!("    … {passed_over} {lines} as expected")));
        *passed_over = 0;
    }
}

/// The first difference in a sentence, with the values that decided.
pub(super) fn first_difference(lines: &[Difference]) -> Option<String> {
    let at = lines.iter().position(|line| !matches!(line, Difference::Same(..)))?;
    // A line that moved is missing in one place and extra in another.
    let (missing, extra) = match &lines[at] {
        Difference::Missing(line) => (Some(line), lines.iter().find_map(|other| moved(line, other))),
        Difference::Extra(line, because) => {
            let from = lines.iter().find_map(|other| match other {
                Difference::Missing(missing) if key(missing) == key(line) => Some(missing),
                _ => None,
            });
            (from, Some((line, because)))
        }
        Difference::Same(..) => return None,
    };
    let because = |because: &[String]| match because {
        [] => String::new(),
        _ => format!(", because: {}", because.join("; ")),
    };
    let sentence = match (missing, extra) {
        (Some(missing), Some((line, why))) => {
            let days = day(line).zip(day(missing)).map(|(came, wanted)| (came - wanted).num_days());
            let how = match days {
                Some(0) | None => "came otherwise".to_owned(),
                Some(days) => {
                    format!("came {} {}", days_in_words(days.abs()), if days > 0 { "later" } else { "earlier" })
                }
            };
            format!("`{missing}` {how}: `{line}`{}", because(why))
        }
        (Some(missing), None) => {
            let next = lines[at..].iter().find_map(|line| match line {
                Difference::Same(line, why) | Difference::Extra(line, why) => Some((line, why)),
                Difference::Missing(_) => None,
            });
            let next = next.map_or("nothing more happens".to_owned(), |(line, why)| {
                format!("what comes next is `{line}`{}", because(why))
            });
            format!("`{missing}` never happens; {next}")
        }
        (None, Some((line, why))) => format!("`{line}` was not expected{}", because(why)),
        (None, None) => return None,
    };
    Some(sentence)
}

fn moved<'a>(missing: &str, other: &'a Difference) -> Option<(&'a String, &'a Vec<String>)> {
    match other {
        Difference::Extra(line, because) if key(line) == key(missing) => Some((line, because)),
        _ => None,
    }
}

/// What a line is about, whenever it happens: its words without date, time and amount.
fn key(line: &str) -> Vec<&str> {
    let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit() || c == '.');
    line.split(' ').skip(2).filter(|word| !is_number(word)).collect()
}

fn day(line: &str) -> Option<NaiveDate> {
    line.split(' ').next()?.parse().ok()
}

fn days_in_words(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// Text in colour, where colours are wanted.
struct Paint(Colours);

impl Paint {
    fn with(&self, style: Style, text: &str) -> String {
        match self.0 {
            Colours::None => text.to_owned(),
            Colours::Ansi => format!("{style}{text}{style:#}"),
        }
    }

    fn red(&self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default(), text)
    }

    fn green(&self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    fn dim(&self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    fn bold(&self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(written: &[&str]) -> Vec<Difference> {
        let line = |line: &&str| {
            let text = line[2..].to_owned();
            match &line[..2] {
                "- " => Difference::Missing(text),
                "+ " => Difference::Extra(text, vec!["balance 250.10 > 1000 → false".to_owned()]),
                _ => Difference::Same(text, vec!["due date 2026-04-01".to_owned()]),
            }
        };
        written.iter().map(line).collect()
    }

    #[test]
    fn the_first_difference_is_explained() {
        let cases = [
            vec!["  2026-04-07 09:00 email a F-1", "- 2026-04-08 09:00 sms b F-1", "+ 2026-04-10 09:00 sms b F-1"],
            vec!["- 2026-04-08 09:00 sms b F-1", "  2026-04-09 09:00 email a F-1"],
            vec!["- 2026-04-08 09:00 sms b F-1"],
            vec!["+ 2026-04-08 09:00 skipped b F-1 when_false"],
            vec!["- 2026-04-08 09:00 email b F-1 12.00 EUR", "+ 2026-04-08 09:00 email b F-1 13.00 EUR"],
            vec!["  2026-04-07 09:00 email a F-1"],
        ];
        let said: Vec<_> = cases.iter().map(|case| first_difference(&lines(case))).collect();
        insta::assert_debug_snapshot!(said);
    }

    #[test]
    fn far_lines_are_counted_and_colours_are_asked_for() {
        let mut all: Vec<String> = (1..=9).map(|day| format!("  2026-04-0{day} 09:00 email a F-1")).collect();
        all.push("+ 2026-04-10 09:00 sms b F-1".to_owned());
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let report = Report {
            title: String::new(),
            workflows: Vec::new(),
            lines: lines(&all),
            refused: Vec::new(),
            entries: Vec::new(),
            accounts: Vec::new(),
            stalled: false,
        };
        insta::assert_snapshot!(diff(&report, Colours::None));
        assert!(diff(&report, Colours::Ansi).contains("\u{1b}[32m  + 2026-04-10"));
    }
}
