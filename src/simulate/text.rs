//! The timeline as people read it, and as programs read it.
//!
//! Grouped by day, in columns, each entry with the values that decided below it. A scenario file holds the
//! same lines, so what is printed here can be pasted there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::Timelike;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::{Entry, Kind, plain_amount};

/// Begins the lines that say why; a scenario may leave them out.
pub(super) const BECAUSE: char = '·';
/// Wider columns than this are not aligned, in characters: a long list of invoices pushes only its own line.
const COLUMN_CHARS_MAX: usize = 36;

/// One entry in words; empty where there is nothing to say.
pub(super) struct Row {
    pub time: String,
    pub who: String,
    pub what: String,
    pub step: String,
    pub invoices: String,
    pub amount: String,
    pub reason: String,
}

impl Row {
    fn columns(&self) -> [&str; 7] {
        [&self.time, &self.who, &self.what, &self.step, &self.invoices, &self.amount, &self.reason]
    }
}

/// Each entry in words.
pub(super) fn rows(entries: &[Entry]) -> Vec<Row> {
    let parties = Parties::of(entries);
    entries.iter().map(|entry| row(entry, parties)).collect()
}

/// Each entry of one account in words, without naming whose.
pub(super) fn rows_of(entries: &[&Entry]) -> Vec<Row> {
    entries.iter().map(|entry| row(entry, Parties { creditors: false, debtors: false })).collect()
}

/// The whole timeline, by day; empty without entries.
pub fn timeline(entries: &[Entry]) -> String {
    let rows = rows(entries);
    let mut widths = [0; 7];
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row.columns()) {
            let chars = text.graphemes(true).count();
            *width = (*width).max(if chars > COLUMN_CHARS_MAX { 0 } else { chars });
        }
    }
    let mut out = String::new();
    let mut day = None;
    for (entry, row) in entries.iter().zip(&rows) {
        if day != Some(entry.at.date_naive()) {
            let gap = if day.is_some() { "\n" } else { "" };
            day = Some(entry.at.date_naive());
            let _ = writeln!(out, "{gap}{}", entry.at.format("%a %Y-%m-%d"));
        }
        let mut line = String::from(" ");
        for (text, width) in row.columns().into_iter().zip(widths).filter(|(_, width)| *width > 0) {
            let blanks = width.saturating_sub(text.graphemes(true).count());
            let _ = write!(line, " {text}{:blanks$} ", "");
        }
        let _ = writeln!(out, "{}", line.trim_end());
        for because in &entry.because {
            let _ = writeln!(out, "         {BECAUSE} {because}");
        }
    }
    out
}

/// Each entry on one line with its date, single spaces, without reasons: what scenarios compare.
pub(super) fn plain_lines(entries: &[Entry]) -> Vec<String> {
    let line = |(entry, row): (&Entry, Row)| {
        let date = entry.at.format("%Y-%m-%d").to_string();
        let filled = row.columns().into_iter().filter(|text| !text.is_empty());
        std::iter::once(date.as_str()).chain(filled).collect::<Vec<_>>().join(" ")
    };
    entries.iter().zip(rows(entries)).map(line).collect()
}

/// One entry as JSON, in the shape of the contract: absent keys left out, amounts with the currency's decimals.
pub fn json_line(entry: &Entry) -> String {
    let mut entry = entry.clone();
    if let (Some(amount), Some(currency)) = (&mut entry.amount, entry.currency) {
        amount.rescale(currency.decimals());
    }
    // Every field is plain text, a number or a list of them: writing it cannot fail.
    serde_json::to_string(&entry).unwrap_or_default()
}

/// One sentence for the end: what was sent and what became of the cases.
pub fn summary(entries: &[Entry]) -> String {
    let mut counts: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    for entry in entries {
        *counts.entry((entry.kind, word(entry))).or_default() += 1;
    }
    let accounts: BTreeSet<_> = entries.iter().map(|entry| (&entry.creditor, &entry.debtor)).collect();
    let parts: Vec<String> =
        counts.iter().map(|((_, word), count)| format!("{count} {}", word.replace('_', " "))).collect();
    match parts.is_empty() {
        true => "nothing happens".to_owned(),
        false => {
            format!("{} account{}: {}", accounts.len(), if accounts.len() == 1 { "" } else { "s" }, parts.join(", "))
        }
    }
}

/// Which parties must be named because there are several.
#[derive(Clone, Copy)]
struct Parties {
    creditors: bool,
    debtors: bool,
}

impl Parties {
    fn of(entries: &[Entry]) -> Self {
        let first = entries.first();
        Self {
            creditors: entries.iter().any(|entry| first.is_some_and(|first| first.creditor != entry.creditor)),
            debtors: entries.iter().any(|entry| first.is_some_and(|first| first.debtor != entry.debtor)),
        }
    }
}

/// A notice is called by its channel, everything else by its kind.
fn word(entry: &Entry) -> &'static str {
    match (entry.kind, entry.channel) {
        (Kind::Notice, Some(channel)) => channel.as_str(),
        (kind, _) => name_of(kind),
    }
}

fn row(entry: &Entry, parties: Parties) -> Row {
    let at = entry.at;
    let time = if at.second() == 0 { at.format("%H:%M").to_string() } else { at.format("%H:%M:%S").to_string() };
    let who = match (parties.creditors, parties.debtors) {
        (true, _) => format!("{}/{}", entry.creditor, entry.debtor),
        (false, true) => entry.debtor.to_string(),
        (false, false) => String::new(),
    };
    let what = match entry.service {
        Some(service) => format!("{} {}", word(entry), service.as_str()),
        None => word(entry).to_owned(),
    };
    let step = entry.step.as_ref().map(ToString::to_string).unwrap_or_default();
    let invoices = entry.invoices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let amount = match (entry.amount, entry.currency) {
        (Some(amount), Some(currency)) => format!("{} {currency}", plain_amount(amount, currency)),
        (Some(amount), None) => amount.to_string(),
        (None, _) => String::new(),
    };
    let reason = entry.reason.map(|reason| reason.as_str().to_owned()).unwrap_or_default();
    Row { time, who, what, step, invoices, amount, reason }
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Notice => "notice",
        Kind::Task => "task",
        Kind::Approval => "approval",
        Kind::Approved => "approved",
        Kind::Rejected => "rejected",
        Kind::Skipped => "skipped",
        Kind::Held => "held",
        Kind::Resumed => "resumed",
        Kind::Settled => "settled",
        Kind::Reopened => "reopened",
        Kind::Voided => "voided",
        Kind::Block => "block",
        Kind::Unblock => "unblock",
        Kind::Published => "published",
        Kind::HandedOver => "handed_over",
        Kind::Exhausted => "exhausted",
        Kind::PromiseKept => "promise_kept",
        Kind::PromiseBroken => "promise_broken",
        Kind::PlanKept => "plan_kept",
        Kind::PlanBroken => "plan_broken",
    }
}
