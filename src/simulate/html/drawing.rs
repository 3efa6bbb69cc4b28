//! One account's time as a drawing: an axis of days, phases as bands, steps as marks by channel, holds and deadlines as
//! bars, what is owed as a line. Everything drawn stands in words in the table below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::{Account, Channel, Currency, Entry, Kind, Phase};
use crate::engine::Book;
use crate::simulate::page::escape;
use crate::simulate::story::{self, Came, Span};
use crate::simulate::what_if::moment;

/// Width of the drawing and where its time begins and ends, in its own units.
const WIDTH: f64 = 1000.0;
const LEFT: f64 = 112.0;
const RIGHT: f64 = 972.0;
/// Height of a lane of marks: the mark, and two rows for its names.
const LANE: f64 = 44.0;
/// Height of one bar with its gap.
const BAR: f64 = 22.0;
/// Height of the line of what is owed.
const OWED: f64 = 84.0;
/// Width of a letter of a label, at most.
const LETTER: f64 = 6.1;
/// Bars of holds or deadlines that are drawn; the table has all.
const BARS_MAX: usize = 8;
/// Points of the line of what is owed; of more, every so many-th is drawn.
const POINTS_MAX: usize = 300;
/// Due dates that get a line of their own.
const DUE_DATES_MAX: usize = 4;

/// Which entries a lane shows.
type Belongs = fn(&Entry) -> bool;

/// Where instants lie on the axis.
struct Axis {
    from: NaiveDate,
    zone: chrono_tz::Tz,
    start: DateTime<Utc>,
    seconds: f64,
    to: NaiveDate,
}

impl Axis {
    fn of(account: &Account, entries: &[&Entry], came: &[Came], zone: chrono_tz::Tz) -> Option<Self> {
        let days = entries.iter().map(|one| one.at.date_naive()).chain(came.iter().map(|one| one.at.date_naive()));
        let dues = account.facts.invoices.values().filter_map(|one| one.fact.due_on);
        let days: Vec<NaiveDate> = days.chain(dues).collect();
        // A little air on both sides, so that the first and the last mark have room.
        let (first, last) = (*days.iter().min()?, *days.iter().max()?);
        let air = u64::try_from((last - first).num_days() / 40 + 2).unwrap_or(2);
        let (from, to) = (first.checked_sub_days(Days::new(air))?, last.checked_add_days(Days::new(air + 1))?);
        let at = |day: NaiveDate| moment(day, NaiveTime::MIN, zone);
        let (start, end) = (at(from), at(to));
        #[expect(clippy::cast_precision_loss, reason = "a place on a drawing")]
        let seconds = (end - start).num_seconds() as f64;
        Some(Self { from, zone, start, seconds, to })
    }

    fn x(&self, at: DateTime<Utc>) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a place on a drawing")]
        let passed = (at - self.start).num_seconds() as f64;
        LEFT + (RIGHT - LEFT) * (passed / self.seconds).clamp(0.0, 1.0)
    }

    fn day(&self, day: NaiveDate) -> f64 {
        self.x(moment(day, NaiveTime::MIN, self.zone))
    }
}

/// What has been drawn, and how far down.
struct Drawing {
    out: String,
    y: f64,
}

impl Drawing {
    fn lane_name(&mut self, name: &str, y: f64) {
        let _ = writeln!(
            self.out,
            "<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"end\" fill=\"var(--soft)\">{}</text>",
            LEFT - 10.0,
            escape(name)
        );
    }

    fn line_across(&mut self, y: f64) {
        let _ = writeln!(self.out, "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"var(--line)\"/>");
    }
}

/// Draws the account; nothing where nothing happened.
pub(super) fn write(out: &mut String, account: &Account, entries: &[&Entry], came: &[Came], book: &Book, place: usize) {
    let zone = story::zone_of(account, book);
    let Some(axis) = Axis::of(account, entries, came, zone) else { return };
    let mut drawing = Drawing { out: String::new(), y: 8.0 };
    phases(&mut drawing, &axis, entries, book);
    let lanes: [(&str, &str, Belongs); 4] = [
        ("Email", "var(--email)", |entry| entry.channel == Some(Channel::Email)),
        ("SMS", "var(--sms)", |entry| entry.channel == Some(Channel::Sms)),
        ("Letter", "var(--letter)", |entry| entry.channel == Some(Channel::Letter)),
        ("People", "var(--person)", |entry| entry.channel.is_none() && is_act(entry.kind)),
    ];
    for (name, colour, belongs) in lanes {
        let marks: Vec<&&Entry> = entries.iter().filter(|entry| is_act(entry.kind) && belongs(entry)).collect();
        if !marks.is_empty() {
            lane(&mut drawing, &axis, name, colour, &marks);
        }
    }
    let days = |span: &Span| span.days(zone).map_or("to the end".to_owned(), |days| format!("{days} days"));
    bars(&mut drawing, &axis, "Held", "var(--hold)", &story::held(entries), days);
    let last = |span: &Span| {
        // The span ends with the first instant after the last day.
        let last = span.to.and_then(|to| to.with_timezone(&zone).date_naive().pred_opt());
        last.map_or(String::new(), |day| format!("up to {}", day.format("%a %-d %b")))
    };
    bars(&mut drawing, &axis, "Deadline", "var(--person)", &story::deadlines(account, book, zone), last);
    owed(&mut drawing, &axis, (account, book), came, entries);
    let height = drawing.y + 36.0;
    let _ = write!(
        out,
        "<figure><svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-labelledby=\"t{place} d{place}\">\n\
         <title id=\"t{place}\">What happens on the account of {}</title>\n<desc id=\"d{place}\">{}</desc>\n",
        escape(account.key.debtor.as_str()),
        escape(&in_words(entries, &axis))
    );
    months(out, &axis, drawing.y);
    due_dates(out, &axis, account, drawing.y);
    out.push_str(&drawing.out);
    out.push_str("</svg></figure>\n");
}

fn is_act(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Notice
            | Kind::Task
            | Kind::Approval
            | Kind::Block
            | Kind::Unblock
            | Kind::HandedOver
            | Kind::Exhausted
            | Kind::Published
    )
}

/// For who does not see the drawing.
fn in_words(entries: &[&Entry], axis: &Axis) -> String {
    let count = |kind: Kind| entries.iter().filter(|entry| entry.kind == kind).count();
    format!(
        "From {} to {}: {} notices, {} tasks and approvals, {} holds. The table below has every entry.",
        axis.from,
        axis.to,
        count(Kind::Notice),
        count(Kind::Task) + count(Kind::Approval),
        count(Kind::Held)
    )
}

/// Month by month, or every third one where there are many.
fn months(out: &mut String, axis: &Axis, bottom: f64) {
    let months =
        (axis.to.year() - axis.from.year()) * 12 + axis.to.month().cast_signed() - axis.from.month().cast_signed();
    let every: u32 = if months > 36 {
        6
    } else if months > 15 {
        3
    } else {
        1
    };
    let mut month = axis.from.with_day(1).unwrap_or(axis.from);
    while month <= axis.to {
        if month >= axis.from && month.month0().is_multiple_of(every) {
            let x = axis.day(month);
            let format = if month.month() == 1 || months <= 8 { "%b %Y" } else { "%b" };
            let _ = writeln!(
                out,
                "<path d=\"M{x:.1} 4V{bottom:.1}\" stroke=\"var(--line)\"/><text x=\"{:.1}\" y=\"{:.1}\" fill=\"var(--soft)\">{}</text>",
                x + 3.0,
                bottom + 16.0,
                month.format(format)
            );
        }
        let Some(next) = month.checked_add_months(Months::new(1)) else { return };
        month = next;
    }
}

fn due_dates(out: &mut String, axis: &Axis, account: &Account, bottom: f64) {
    let dues: BTreeSet<NaiveDate> = account.facts.invoices.values().filter_map(|one| one.fact.due_on).collect();
    if dues.len() > DUE_DATES_MAX {
        return;
    }
    for due in dues {
        let x = axis.day(due);
        let _ = writeln!(
            out,
            "<path d=\"M{x:.1} 4V{bottom:.1}\" stroke=\"var(--bad)\" stroke-dasharray=\"4 3\"/><text x=\"{x:.1}\" y=\"{:.1}\" \
             text-anchor=\"middle\" fill=\"var(--bad)\">due {}</text>",
            bottom + 28.0,
            due.format("%-d %b")
        );
    }
}

/// From the first step of each phase to the first of the next; a phase ends with the account's last entry.
fn phases(drawing: &mut Drawing, axis: &Axis, entries: &[&Entry], book: &Book) {
    let mut first: BTreeMap<Phase, DateTime<Utc>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| is_act(entry.kind)) {
        let (Some(name), Some(step)) = (&entry.workflow, &entry.step) else { continue };
        let step = book.newest.get(name).and_then(|workflow| workflow.step(step));
        if let Some((_, step)) = step {
            first.entry(step.phase).or_insert(entry.at.to_utc());
        }
    }
    let Some(last) = entries.last().map(|entry| entry.at.to_utc()) else { return };
    let starts: Vec<(Phase, DateTime<Utc>)> = first.into_iter().collect();
    for (place, (phase, start)) in starts.iter().enumerate() {
        let end = starts.get(place + 1).map_or(last, |(_, next)| *next).max(*start);
        let (x, right) = (axis.x(*start), axis.x(end) - 2.0);
        let width = (right - x).max(3.0);
        let _ = writeln!(
            drawing.out,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"18\" rx=\"4\" fill=\"var(--band)\" stroke=\"var(--line)\"><title>{}</title></rect>",
            drawing.y,
            phase.as_str().replace('_', " ")
        );
        let name = phase.as_str().replace('_', " ");
        if width_of(&name) + 8.0 < width {
            let _ = writeln!(
                drawing.out,
                "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"var(--ink)\">{name}</text>",
                x + 6.0,
                drawing.y + 13.0
            );
        }
    }
    if !starts.is_empty() {
        drawing.lane_name("Phase", drawing.y + 13.0);
        drawing.y += 28.0;
    }
}

fn width_of(text: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a width on a drawing")]
    let chars = text.chars().count() as f64;
    chars * LETTER
}

/// Marks with their steps' names on two rows; a name without room is left to the table and the mark's own title.
fn lane(drawing: &mut Drawing, axis: &Axis, name: &str, colour: &str, marks: &[&&Entry]) {
    let middle = drawing.y + LANE - 12.0;
    drawing.line_across(middle);
    drawing.lane_name(name, middle + 4.0);
    let mut taken = [f64::MIN; 2];
    for entry in marks {
        let x = axis.x(entry.at.to_utc());
        // An ending is told by what it is, an act by its step.
        let step = entry.step.as_ref().filter(|_| entry.kind != Kind::HandedOver);
        let what = step.map_or_else(|| kind_word(entry.kind).to_owned(), ToString::to_string);
        let title = format!("{}: {} {what}", entry.at.format("%a %-d %B %Y %H:%M"), kind_word(entry.kind));
        let shape = match entry.channel {
            Some(Channel::Email) => format!("<circle cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"5.5\" fill=\"{colour}\">"),
            Some(Channel::Sms) => format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"11\" height=\"11\" rx=\"2.5\" fill=\"{colour}\">",
                x - 5.5,
                middle - 5.5
            ),
            Some(Channel::Letter) => format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"16\" height=\"11\" rx=\"1.5\" fill=\"{colour}\">",
                x - 8.0,
                middle - 5.5
            ),
            None => format!("<path d=\"M{x:.1} {:.1}l6.5 6.5l-6.5 6.5l-6.5 -6.5z\" fill=\"{colour}\">", middle - 6.5),
        };
        let end = shape.split([' ', '>']).next().unwrap_or("<g").trim_start_matches('<').to_owned();
        let _ = writeln!(drawing.out, "{shape}<title>{}</title></{end}>", escape(&title));
        let half = width_of(&what) / 2.0;
        let from = (x - half).clamp(LEFT, RIGHT - 2.0 * half);
        if let Some(row) = (0..2).find(|row| taken[*row] < from) {
            taken[row] = from + 2.0 * half + 6.0;
            #[expect(clippy::cast_precision_loss, reason = "one of two rows")]
            let y = middle - 11.0 - 13.0 * row as f64;
            let _ = writeln!(
                drawing.out,
                "<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" fill=\"var(--ink)\">{}</text>",
                from + half,
                escape(&what)
            );
        }
    }
    drawing.y += LANE + 4.0;
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Notice => "sent",
        Kind::Task => "task",
        Kind::Approval => "approval asked",
        Kind::Block => "blocked",
        Kind::Unblock => "unblocked",
        Kind::HandedOver => "handed over",
        Kind::Exhausted => "exhausted",
        _ => "published",
    }
}

fn bars(drawing: &mut Drawing, axis: &Axis, name: &str, colour: &str, spans: &[Span], until: impl Fn(&Span) -> String) {
    if spans.is_empty() {
        return;
    }
    drawing.y += 4.0;
    drawing.lane_name(name, drawing.y + 13.0);
    for span in spans.iter().take(BARS_MAX) {
        let (x, right) = (axis.x(span.from), span.to.map_or(RIGHT, |to| axis.x(to)));
        let width = (right - x).max(3.0);
        let what = span.what.replace('_', " ");
        let said = format!("{what}, {}", until(span));
        let _ = writeln!(
            drawing.out,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"17\" rx=\"4\" fill=\"{colour}\" fill-opacity=\".25\" stroke=\"{colour}\"><title>{}</title></rect>",
            drawing.y,
            escape(&said)
        );
        // Inside where it fits, else behind the bar, else before it.
        let room = width_of(&said);
        let (at, anchor) = if room + 10.0 < width {
            (x + 6.0, "start")
        } else if x + width + room + 6.0 < RIGHT {
            (x + width + 6.0, "start")
        } else {
            (x - 6.0, "end")
        };
        let _ = writeln!(
            drawing.out,
            "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\" fill=\"var(--ink)\">{}</text>",
            drawing.y + 13.0,
            escape(&said)
        );
        drawing.y += BAR;
    }
    if spans.len() > BARS_MAX {
        let _ = writeln!(
            drawing.out,
            "<text x=\"{LEFT}\" y=\"{:.1}\" fill=\"var(--soft)\">and {} more, in the table</text>",
            drawing.y + 11.0,
            spans.len() - BARS_MAX
        );
        drawing.y += BAR;
    }
    drawing.y += 4.0;
}

/// What is owed in the account's main currency, as steps.
fn owed(drawing: &mut Drawing, axis: &Axis, (account, book): (&Account, &Book), came: &[Came], entries: &[&Entry]) {
    let mut totals: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for one in account.facts.invoices.values() {
        *totals.entry(one.fact.currency).or_default() += one.fact.total;
    }
    let Some((currency, _)) = totals.iter().max_by_key(|(_, sum)| **sum) else { return };
    let money: Vec<DateTime<Utc>> = came.iter().filter(|one| one.is_money).map(|one| one.at.to_utc()).collect();
    let every = money.len().div_ceil(POINTS_MAX).max(1);
    let last = money.len().saturating_sub(1);
    let kept = money.iter().enumerate().filter(|(place, _)| place % every == 0 || *place == last);
    let points: Vec<(DateTime<Utc>, Decimal)> =
        kept.map(|(_, at)| (*at, story::owed(&account.facts, book, *currency, *at))).collect();
    let Some(most) = points.iter().map(|(_, sum)| *sum).max().filter(|most| *most > Decimal::ZERO) else { return };
    drawing.y += 8.0;
    let (top, bottom) = (drawing.y + 14.0, drawing.y + OWED);
    let height = |sum: Decimal| bottom - (bottom - top) * (sum / most).to_f64().unwrap_or(0.0);
    let mut path = format!("M{LEFT} {bottom:.1}");
    for (at, sum) in &points {
        let _ = write!(path, "H{:.1}V{:.1}", axis.x(*at), height(*sum));
    }
    let _ = writeln!(
        drawing.out,
        "<path d=\"{path}H{RIGHT}V{bottom:.1}Z\" fill=\"var(--email)\" fill-opacity=\".1\"/><path d=\"{path}H{RIGHT}\" fill=\"none\" stroke=\"var(--email)\" stroke-width=\"2\"/>"
    );
    drawing.line_across(bottom);
    drawing.lane_name("Owed", bottom - 4.0);
    drawing.lane_name(&story::amount((most, *currency)), top + 4.0);
    for entry in entries.iter().filter(|entry| entry.kind == Kind::Settled) {
        let x = axis.x(entry.at.to_utc());
        let _ = writeln!(
            drawing.out,
            "<circle cx=\"{x:.1}\" cy=\"{bottom:.1}\" r=\"5.5\" fill=\"var(--good)\"><title>{}</title></circle>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"var(--good)\">settled</text>",
            escape(&format!("{}: settled", entry.at.format("%a %-d %B %Y"))),
            bottom - 9.0
        );
    }
    drawing.y = bottom;
}
