//! One law file: its form, and what no type can say: dates that exist, sources, gaps, tiers, holidays.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::NaiveDate;

use super::is_jurisdiction;
use crate::law::{CalendarFile, HalfYear, Jurisdiction};
use crate::workflow::yaml::{Entry, Node, NodeKind, read, typed};
use crate::workflow::{Code, Diagnostic, Findings, SourceFile, impossible_dates};

/// Days from Easter Sunday beyond which a holiday lies in another year.
const EASTER_DAYS: std::ops::RangeInclusive<i64> = -80..=250;

/// Everything that is to be said about one file alone.
pub(super) fn file(file: &SourceFile, today: Option<NaiveDate>) -> Vec<Diagnostic> {
    let mut findings = Findings::new(&file.name, &file.text);
    let Some(root) = read(&file.text, &mut findings) else { return findings.into_sorted() };
    if is_jurisdiction(file) {
        typed::<Jurisdiction>(&root, &mut findings);
    } else {
        typed::<CalendarFile>(&root, &mut findings);
        holidays(&root, &mut findings);
    }
    impossible_dates(&root, &mut findings);
    let mut unverified = Vec::new();
    values(&root, today, &mut unverified, &mut findings);
    if let Some(first) = unverified.first() {
        let message = match unverified.len() {
            1 => "one value was not compared with the text of the law".to_owned(),
            several => format!("{several} values were not compared with the text of the law; this is the first"),
        };
        let help = "look it up, correct `value`, `source` and `read_on`, and write `verified: true`".to_owned();
        findings.add_with_help(Code::UnverifiedLaw, first.clone(), message, help);
    }
    for series in get(&root, "series").into_iter().flat_map(entries) {
        half_years(series, today, &mut findings);
    }
    for rule in get(&root, "charges").into_iter().flat_map(entries) {
        tiers(&rule.value, &mut findings);
    }
    let mut found = findings.into_sorted();
    let sources: Vec<Range<usize>> =
        found.iter().filter(|one| one.code == Code::MissingSource).map(|one| one.span.clone()).collect();
    // A missing source is also a missing key: it is said once, at the value.
    found.retain(|one| {
        let around = |value: &Range<usize>| one.span.start <= value.start && value.end <= one.span.end;
        one.code != Code::MissingKey || !one.message.contains("`source`") || !sources.iter().any(around)
    });
    found
}

/// Every mapping with `value`, and the file's own `source`.
fn values(node: &Node, today: Option<NaiveDate>, unverified: &mut Vec<Range<usize>>, findings: &mut Findings<'_>) {
    for entry in entries(node) {
        match entry.key.as_str() {
            "source" if text(&entry.value).is_some_and(|text| text.trim().is_empty()) => {
                let help = "write the article, the publication or the page where it was read".to_owned();
                findings.add_with_help(Code::MissingSource, entry.value.span.clone(), "the source is empty", help);
            }
            "verified" if text(&entry.value) == Some("false") => {
                unverified.push(entry.key_span.start..entry.value.span.end)
            }
            "valid_until" => past(&entry.value, today, findings),
            _ => values(&entry.value, today, unverified, findings),
        }
    }
    if let (Some(value), None) = (get(node, "value"), get(node, "source")) {
        let help = "write `source: \"article, publication or page\"` beside it".to_owned();
        findings.add_with_help(Code::MissingSource, value.span.clone(), "the value has no source", help);
    }
    if let NodeKind::List(items) = &node.kind {
        items.iter().for_each(|item| values(item, today, unverified, findings));
    }
}

fn past(node: &Node, today: Option<NaiveDate>, findings: &mut Findings<'_>) {
    let last = text(node).and_then(|text| text.parse::<NaiveDate>().ok());
    if let (Some(last), Some(today)) = (last, today)
        && last < today
    {
        let help = "look the value up again, and write until when it holds".to_owned();
        findings.add_with_help(Code::LawOutOfDate, node.span.clone(), format!("the value held until {last}"), help);
    }
}

fn half_years(series: &Entry, today: Option<NaiveDate>, findings: &mut Findings<'_>) {
    let values = get(&series.value, "values").into_iter().flat_map(entries);
    let mut halves: Vec<(HalfYear, Range<usize>)> =
        values.filter_map(|entry| Some((entry.key.parse().ok()?, entry.key_span.clone()))).collect();
    halves.sort_by_key(|(half, _)| *half);
    for pair in halves.windows(2) {
        let missing: Vec<String> = std::iter::successors(Some(pair[0].0.next()), |half| Some(half.next()))
            .take_while(|half| *half < pair[1].0)
            .map(|half| half.to_string())
            .collect();
        if !missing.is_empty() {
            let message = format!("the series `{}` has no rate for {}", series.key, missing.join(", "));
            let help = "add the half-year: a claim that runs through it has no interest until then".to_owned();
            findings.add_with_help(Code::MissingHalfYear, pair[1].1.clone(), message, help);
        }
    }
    if let (Some((last, span)), Some(today)) = (halves.last(), today)
        && *last < HalfYear::of(today)
    {
        let message = format!("the series `{}` ends with {last}, and today is {}", series.key, HalfYear::of(today));
        let help = "add the rates that were published since".to_owned();
        findings.add_with_help(Code::LawOutOfDate, span.clone(), message, help);
    }
}

/// Tiers of the lump sum begin higher and higher.
fn tiers(rule: &Node, findings: &mut Findings<'_>) {
    let Some(NodeKind::List(items)) = get(rule, "lump_sum").map(|node| &node.kind) else { return };
    let mut highest: Option<rust_decimal::Decimal> = None;
    for node in items.iter().filter_map(|item| get(item, "from")) {
        let Some(from) = text(node).and_then(|text| crate::domain::parse_decimal(text).ok()) else { continue };
        if let Some(before) = highest.filter(|before| from <= *before) {
            let message = format!("this tier begins at {from}, and the one above it at {before}");
            let help = "write the tiers from the lowest to the highest, each once".to_owned();
            findings.add_with_help(Code::OverlappingPeriods, node.span.clone(), message, help);
        }
        highest = highest.max(Some(from));
    }
}

fn holidays(root: &Node, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for key in ["holidays", "days"] {
        let Some(NodeKind::List(items)) = get(root, key).map(|node| &node.kind) else { continue };
        for item in items {
            let name = get(item, "name").and_then(text).unwrap_or_default();
            if let Some(day) = day_of(item)
                && !seen.insert(day.clone())
            {
                let message = format!("`{name}` is the day of a holiday above it");
                let help = "leave one of them out".to_owned();
                findings.add_with_help(Code::OverlappingPeriods, item.span.clone(), message, help);
            }
            holiday(item, key, name, findings);
        }
    }
}

fn holiday(item: &Node, key: &str, name: &str, findings: &mut Findings<'_>) {
    let said: Vec<&str> = ["date", "easter", "weekday"].into_iter().filter(|key| get(item, key).is_some()).collect();
    let mut bad = |node: &Node, help: &str| {
        let message = format!("the days of `{name}` cannot be computed");
        findings.add_with_help(Code::BadHoliday, node.span.clone(), message, help.to_owned());
    };
    if key == "holidays" && said.len() != 1 {
        bad(item, "write exactly one of `date`, `easter` and `weekday`");
    }
    let number = |node: &Node| text(node).and_then(|text| text.parse::<i64>().ok());
    if let Some(easter) = get(item, "easter")
        && number(easter).is_some_and(|days| !EASTER_DAYS.contains(&days))
    {
        bad(easter, "write the days after Easter Sunday, negative before it: Good Friday is -2, Whit Monday 50");
    }
    if let Some(weekday) = get(item, "weekday") {
        if let Some(nth) = get(weekday, "nth")
            && number(nth).is_some_and(|nth| nth != -1 && !(1..=4).contains(&nth))
        {
            bad(nth, "write 1 to 4, or -1 for the last of the month: not every month has a fifth");
        }
        if let Some(month) = get(weekday, "month")
            && number(month).is_some_and(|month| !(1..=12).contains(&month))
        {
            bad(month, "write the month as 1 to 12");
        }
    }
    let has_date = get(item, "date").is_some();
    for alone in ["from_year", "moved"].into_iter().filter_map(|key| get(item, key)) {
        if !has_date {
            bad(alone, "`from_year` and `moved` go with `date`");
        }
    }
    if let (Some(from), Some(_)) =
        (get(item, "from_year"), get(item, "moved").filter(|moved| text(moved) == Some("true")))
    {
        bad(from, "write either `from_year` or `moved: true`");
    }
}

/// On which day it is, as written.
fn day_of(item: &Node) -> Option<String> {
    let written = |key: &str| Some(format!("{key} {}", text(get(item, key)?)?));
    written("date").or_else(|| written("easter")).or_else(|| {
        let weekday = get(item, "weekday")?;
        let part = |key: &str| get(weekday, key).and_then(text).unwrap_or_default().to_owned();
        Some(format!("{} {} {}", part("month"), part("weekday"), part("nth")))
    })
}

fn entries(node: &Node) -> impl Iterator<Item = &Entry> {
    match &node.kind {
        NodeKind::Map(entries) => entries.as_slice(),
        _ => &[],
    }
    .iter()
}

pub(super) fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entries(node).find(|entry| entry.key == key).map(|entry| &entry.value)
}

pub(super) fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}
