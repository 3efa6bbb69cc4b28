//! The timeline as a person likes to read it: by month and day, with days overdue, holds as spans, what came in beside
//! what was done, and how it ended. What scenarios compare is `text`'s; this may change its looks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use unicode_segmentation::UnicodeSegmentation as _;

use super::Outcome;
use super::ending::ending;
use super::story::{self, Came, Span};
use super::text::{self, BECAUSE};
use crate::domain::{Account, AccountKey, Entry, InvoiceId, Kind};
use crate::engine::Book;
use crate::workflow::provider::PriceList;

/// Wider columns than this are not aligned: a long list of invoices pushes only its own line.
const COLUMN_CHARS_MAX: usize = 36;
/// What is left after money came in is told for so many accounts; for more the ledger would be counted too often.
const BALANCES_ACCOUNTS_MAX: usize = 50;
/// And for accounts with so many facts of money: each of them would be counted with all the others.
const BALANCES_FACTS_MAX: usize = 400;

/// Whether the text is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// For a terminal.
    Colours,
    /// For everything else.
    Plain,
}

/// How a line looks on a terminal.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    Came,
    Sent,
    Person,
    Held,
    Good,
    Quiet,
}

impl Look {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Notice => Self::Sent,
            Kind::Task | Kind::Approval | Kind::Block | Kind::HandedOver | Kind::Exhausted => Self::Person,
            Kind::Held | Kind::Rejected | Kind::PromiseBroken | Kind::PlanBroken => Self::Held,
            Kind::Settled | Kind::PromiseKept | Kind::PlanKept => Self::Good,
            _ => Self::Quiet,
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::Came => "<",
            Self::Sent => ">",
            Self::Person => "?",
            Self::Held => "!",
            Self::Good => "=",
            Self::Quiet => " ",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Came => "36",
            Self::Sent => "1",
            Self::Person => "35",
            Self::Held => "33",
            Self::Good => "32",
            Self::Quiet => "2",
        }
    }
}

impl Paint {
    fn on(self, text: &str, code: &str) -> String {
        match self {
            Self::Colours if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}

struct Line {
    at: DateTime<FixedOffset>,
    look: Look,
    /// `time, overdue, who, what, step, invoices, amount, note`.
    columns: [String; 8],
    because: Vec<String>,
}

/// The whole reading: the days, then the ending.
pub fn reading(outcome: &Outcome, book: &Book, prices: &PriceList, paint: Paint) -> String {
    let lines = lines(outcome, book);
    let mut out = String::new();
    write_days(&mut out, &lines, paint);
    if !lines.is_empty() {
        out.push('\n');
    }
    for (what, said) in ending(outcome, book, prices) {
        let _ = writeln!(out, "{} {said}", paint.on(&format!("{what:<10}"), "1"));
    }
    out
}

fn lines(outcome: &Outcome, book: &Book) -> Vec<Line> {
    let names_debtors = outcome.accounts.len() > 1;
    let mut of_account: BTreeMap<&AccountKey, Vec<&Entry>> = BTreeMap::new();
    let by_key: BTreeMap<_, _> =
        outcome.accounts.iter().map(|one| ((&one.key.creditor, &one.key.debtor), &one.key)).collect();
    for entry in &outcome.entries {
        if let Some(key) = by_key.get(&(&entry.creditor, &entry.debtor)) {
            of_account.entry(key).or_default().push(entry);
        }
    }
    let mut lines = Vec::new();
    for account in &outcome.accounts {
        let zone = story::zone_of(account, book);
        let entries = of_account.remove(&account.key).unwrap_or_default();
        let spans = story::held(&entries);
        let who = if names_debtors { account.key.debtor.to_string() } else { String::new() };
        let facts = &account.facts;
        let facts = facts.invoices.len() + facts.voided.len() + facts.payments.len() + facts.credit_notes.len();
        let tells_rest = outcome.accounts.len() <= BALANCES_ACCOUNTS_MAX && facts <= BALANCES_FACTS_MAX;
        lines.extend(story::came(account, zone).iter().map(|came| came_line(account, book, came, &who, tells_rest)));
        for (entry, row) in entries.iter().zip(text::rows_of(&entries)) {
            let overdue = overdue(account, &entry.invoices, entry.at.date_naive());
            let note = note(entry, &row.reason, &spans, zone);
            let what = row.what.replace('_', " ");
            let columns = [row.time, overdue, who.clone(), what, row.step, row.invoices, row.amount, note];
            lines.push(Line { at: entry.at, look: Look::of(entry.kind), columns, because: entry.because.clone() });
        }
    }
    // Accounts come in their order and each is in time; at one instant what came in stands before what followed.
    lines.sort_by_key(|line| line.at.to_utc());
    lines
}

fn came_line(account: &Account, book: &Book, came: &Came, who: &str, tells_rest: bool) -> Line {
    let rest = came.amount.filter(|_| came.is_money && tells_rest).map(|(_, currency)| {
        let owed = story::owed(&account.facts, book, currency, came.at.to_utc());
        format!("{} owed", story::amount((owed, currency)))
    });
    let invoices = came.invoices.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let columns = [
        came.at.format("%H:%M").to_string(),
        overdue(account, &came.invoices, came.at.date_naive()),
        who.to_owned(),
        came.what.clone(),
        String::new(),
        invoices,
        came.amount.map(story::amount).unwrap_or_default(),
        rest.unwrap_or_default(),
    ];
    Line { at: came.at, look: Look::Came, columns, because: Vec::new() }
}

/// Days since the oldest due date of these invoices: `+6`, or `-7` before it.
fn overdue(account: &Account, invoices: &[InvoiceId], day: NaiveDate) -> String {
    let due = invoices.iter().filter_map(|id| account.facts.invoices.get(id)?.fact.due_on).min();
    due.map(|due| format!("{:+}", (day - due).num_days())).unwrap_or_default()
}

/// The reason; of a hold also how long it stood.
fn note(entry: &Entry, reason: &str, spans: &[Span], zone: chrono_tz::Tz) -> String {
    let reason = reason.replace('_', " ");
    if entry.kind != Kind::Held {
        return reason;
    }
    let span = spans.iter().find(|span| {
        span.from == entry.at.to_utc() && span.invoices == entry.invoices && span.what.replace('_', " ") == reason
    });
    match span.map(|span| (span.days(zone), span.to)) {
        Some((Some(days), Some(to))) => {
            let to = to.with_timezone(&zone);
            format!("{reason}, {days} day{} until {}", if days == 1 { "" } else { "s" }, to.format("%a %-d %b"))
        }
        _ => format!("{reason}, until the end"),
    }
}

fn write_days(out: &mut String, lines: &[Line], paint: Paint) {
    let mut widths = [0; 8];
    for line in lines {
        for (width, text) in widths.iter_mut().zip(&line.columns) {
            let chars = text.graphemes(true).count();
            *width = (*width).max(if chars > COLUMN_CHARS_MAX { 0 } else { chars });
        }
    }
    let (mut month, mut day) = (None, None);
    for line in lines {
        let date = line.at.date_naive();
        if month != Some((date.year(), date.month())) {
            let gap = if month.is_some() { "\n" } else { "" };
            month = Some((date.year(), date.month()));
            let _ = writeln!(out, "{gap}{}", paint.on(&date.format("%B %Y").to_string(), "1;4"));
        }
        let shown = if day == Some(date) { String::new() } else { date.format("%a %e").to_string() };
        day = Some(date);
        let mut row = String::new();
        for (place, (text, width)) in line.columns.iter().zip(widths).enumerate().filter(|(_, (_, width))| *width > 0) {
            let blanks = width.saturating_sub(text.graphemes(true).count());
            // Numbers end together.
            let _ = match place {
                1 | 6 => write!(row, "{:blanks$}{text}  ", ""),
                _ => write!(row, "{text}{:blanks$}  ", ""),
            };
        }
        let row = format!("{} {}", line.look.mark(), row.trim_end());
        let _ = writeln!(out, "  {:<6}  {}", shown, paint.on(row.trim_end(), line.look.code()));
        for because in &line.because {
            let _ = writeln!(out, "{:20}{}", "", paint.on(&format!("{BECAUSE} {because}"), "2"));
        }
    }
}
