//! `relance explain`: where one case stands, everything that holds it back, and when it could move.
//!
//! Reads only: the tables, or a file of events played through workflows. What holds a case is said by
//! `relance::engine::outlook`; here it is put into words.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use relance::advance;
use relance::config::Settings;
use relance::domain::{Account, CreditorId, Entry, InvoiceId, Kind, StepOutcome, plain_amount};
use relance::engine::{Book, CaseOutlook, Keeps, ledger, outlook};
use relance::simulate;
use serde_json::json;

use crate::args::TimelineFormat;
use crate::{Ended, catalog, desk, files, settings};

/// How many of an account's entries are read from the tables: the whole history of any real account.
const ENTRIES_MAX: i64 = 100_000;

/// The flags.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The invoice
    #[arg(long)]
    pub invoice: String,
    /// Whose claim it is; may be left out with --events where only one creditor has such an invoice
    #[arg(long, required_unless_present = "events")]
    pub creditor: Option<String>,
    /// Without a database: CloudEvents, one JSON object a line
    #[arg(long, requires = "workflow")]
    pub events: Option<PathBuf>,
    /// With --events: a workflow file or a folder of them; may be repeated
    #[arg(long, requires = "events")]
    pub workflow: Vec<PathBuf>,
    /// With --events: the moment, or the end of a day; the last event by default
    #[arg(long, requires = "events")]
    pub at: Option<String>,
    /// How many entries of the timeline to show
    #[arg(long, default_value_t = 10)]
    pub last: usize,
    /// As lines for people, or as JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: TimelineFormat,
}

/// What is explained, from wherever it was read.
struct Told {
    account: Account,
    entries: Vec<Entry>,
    at: DateTime<Utc>,
    view: CaseOutlook,
}

/// Reads without a database.
pub fn from_events(args: &ExplainArgs, events: &Path, folder: &Path) -> anyhow::Result<Ended> {
    let mut taking_part = Vec::new();
    for path in &args.workflow {
        catalog::must_exist(path)?;
        taking_part.extend(catalog::workflows_at(path, folder)?);
    }
    let zone = taking_part.first().map_or(chrono_tz::UTC, |workflow| workflow.timezone);
    let book = Book::with_law(taking_part, catalog::law(folder)?);
    let input = simulate::read_events(&files::read_one(events)?.text);
    let last = input.events.iter().map(|numbered| numbered.event.time).max();
    let at = match &args.at {
        Some(text) => moment(text, zone)?,
        None => last.with_context(|| format!("{} holds no event", events.display()))?,
    };
    let outcome = simulate::stand_at(&book, input, at);
    for refused in &outcome.refused {
        eprintln!("{}:{}: {}", events.display(), refused.line, refused.refusal);
    }
    let invoice = InvoiceId::from(args.invoice.as_str());
    let mine = |account: &&Account| {
        let creditor = args.creditor.as_deref();
        creditor.is_none_or(|creditor| account.key.creditor.as_str() == creditor)
            && account.facts.invoices.contains_key(&invoice)
    };
    let found: Vec<&Account> = outcome.accounts.iter().filter(mine).collect();
    let account = match found.as_slice() {
        [one] => (*one).clone(),
        [] => bail!("{}", unknown(&outcome.accounts, args)),
        _ => bail!("several creditors have an invoice {invoice}; name one with --creditor"),
    };
    let entries = outcome.entries.into_iter().filter(|entry| entry.debtor == account.key.debtor).collect();
    tell(args, &book, account, entries, at)
}

/// Reads the tables.
pub async fn from_tables(args: &ExplainArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let database = settings::ready_database(settings).await?;
    let creditor = CreditorId::from(args.creditor.as_deref().unwrap_or_default());
    let invoice = InvoiceId::from(args.invoice.as_str());
    let reader = database.reader();
    let key = reader.account_of(&creditor, &invoice).await?.ok_or_else(|| {
        anyhow!("no invoice {invoice} of creditor {creditor} is known; check both, and `relance dead list` for refused events")
    })?;
    let book = desk::book(settings, &database).await?;
    let account = advance::view(&mut database.writer(), &key).await?;
    let entries = reader.history(&key, ENTRIES_MAX).await?;
    let entries =
        entries.iter().map(|text| serde_json::from_str(text).context("an entry of the history cannot be read"));
    let entries = entries.collect::<anyhow::Result<Vec<Entry>>>()?;
    tell(args, &book, account, entries, settings::clock(settings)?.now())
}

fn moment(text: &str, zone: chrono_tz::Tz) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    let day: NaiveDate =
        text.parse().map_err(|_| anyhow!("--at {text}: write a day like 2026-04-08, or 2026-04-08T12:00:00+02:00"))?;
    let end = day.and_hms_opt(23, 59, 59).and_then(|end| end.and_local_timezone(zone).latest());
    Ok(end.with_context(|| format!("--at {text} is no moment in {zone}"))?.to_utc())
}

/// The error for an invoice nobody knows, with those that look most like it.
fn unknown(accounts: &[Account], args: &ExplainArgs) -> String {
    let alike = |id: &str| {
        id.chars().filter(|c| args.invoice.contains(*c)).count() as isize
            - id.len().abs_diff(args.invoice.len()) as isize
    };
    let mut known: Vec<&str> =
        accounts.iter().flat_map(|account| account.facts.invoices.keys()).map(InvoiceId::as_str).collect();
    known.sort_by_key(|id| (-alike(id), *id));
    known.truncate(3);
    let nearest = if known.is_empty() { "none is".to_owned() } else { format!("nearest: {}", known.join(", ")) };
    format!("no invoice {} is known at that moment; {nearest}", args.invoice)
}

fn tell(
    args: &ExplainArgs,
    book: &Book,
    account: Account,
    entries: Vec<Entry>,
    at: DateTime<Utc>,
) -> anyhow::Result<Ended> {
    let invoice = InvoiceId::from(args.invoice.as_str());
    let view = outlook(&account, book, at).into_iter().find(|view| view.invoice == invoice);
    let view = view.ok_or_else(|| anyhow!("invoice {invoice} has no case; this is a defect of relance"))?;
    let entries = entries.into_iter().filter(|entry| entry.invoices.contains(&invoice)).collect();
    let told = Told { account, entries, at, view };
    match args.format {
        TimelineFormat::Text => print!("{}", in_words(&told, args.last).join("\n") + "\n"),
        TimelineFormat::Json => println!("{}", in_json(&told, args.last)),
    }
    Ok(Ended::Well)
}

/// Since when a reason stands: the last time that it was said and not taken back.
fn since<'a>(told: &'a Told, keeps: &Keeps) -> Option<&'a Entry> {
    let same = |entry: &&Entry| entry.reason.is_some_and(|reason| json!(reason) == json!(keeps.code));
    let last = told.entries.iter().rev().filter(|entry| matches!(entry.kind, Kind::Held | Kind::Resumed)).find(same);
    last.filter(|entry| entry.kind == Kind::Held)
}

fn in_words(told: &Told, last: usize) -> Vec<String> {
    let view = &told.view;
    let money = |amount| format!("{} {}", plain_amount(amount, view.currency), view.currency);
    let mut lines = vec![format!(
        "{} of {} against {}, as of {}",
        view.invoice,
        told.account.key.creditor,
        told.account.key.debtor,
        told.at.format("%Y-%m-%d %H:%M UTC")
    )];
    let disputed = if view.disputed.is_zero() { String::new() } else { format!(", {} disputed", money(view.disputed)) };
    let due_on = view.due_on.map_or("no due date known".to_owned(), |day| format!("due date {day}"));
    lines.push(format!("  {} open{disputed}, {due_on}", money(view.open)));
    let workflow = view.workflow.as_ref();
    let workflow = workflow.map_or("no workflow".to_owned(), |(name, revision)| {
        format!("{name} at {}", revision.as_str().chars().take(12).collect::<String>())
    });
    lines.push(format!("  {}, {workflow}", view.state.as_str()));
    if let Some(step) = &view.step {
        let day = |day: Option<NaiveDate>| day.map_or("not dated".to_owned(), |day| day.to_string());
        let verb = if view.is_in_flight { "under way" } else { "waits for" };
        let due = view.due.map_or(String::new(), |due| format!(", due {due}"));
        lines.push(format!("  {verb}: {step}, planned {}{due}", day(view.planned)));
    }
    lines.push(String::new());
    lines.push(if view.keeps.is_empty() {
        "Nothing holds it back".to_owned()
    } else {
        "What holds it back".to_owned()
    });
    for keeps in &view.keeps {
        let since =
            since(told, keeps).map_or(String::new(), |entry| format!(" (since {})", entry.at.format("%Y-%m-%d %H:%M")));
        lines.push(format!("  {:<18} {}{since}", keeps.code, keeps.because));
        lines.push(format!("  {:<18} released by: {}", "", keeps.released_by));
    }
    lines.push(String::new());
    lines.push(match &view.earliest {
        Some(moves) => {
            let step = moves.step.as_ref().map_or(String::new(), |step| format!("{step} "));
            format!("Moves at the earliest: {} ({step}{})", moves.at.format("%Y-%m-%d %H:%M UTC"), moves.how)
        }
        None => "Moves at the earliest: not by itself; a person or an event is needed".to_owned(),
    });
    if let Some(at) = view.if_released {
        lines.push(format!("If released now: {}", at.format("%Y-%m-%d %H:%M UTC")));
    }
    section(&mut lines, "Facts", facts(told));
    section(&mut lines, "Journal", journal(told));
    let skipped = told.entries.len().saturating_sub(last);
    let text = simulate::timeline(&told.entries[skipped..]);
    section(&mut lines, "Timeline", text.lines().map(str::to_owned).collect());
    lines
}

fn section(lines: &mut Vec<String>, title: &str, of: Vec<String>) {
    if !of.is_empty() {
        lines.push(String::new());
        lines.push(title.to_owned());
        lines.extend(of.into_iter().map(|line| format!("  {line}").trim_end().to_owned()));
    }
}

/// The facts that matter: money that came and why it went here, disputes, promises.
fn facts(told: &Told) -> Vec<String> {
    let (facts, invoice) = (&told.account.facts, &told.view.invoice);
    let ledger = ledger(facts);
    let currency = told.view.currency;
    let mut lines: Vec<String> = Vec::new();
    for one in ledger.of_invoice(invoice) {
        let (what, id) = match &one.source {
            relance::domain::Source::Payment(id) => ("payment", id),
            relance::domain::Source::CreditNote(id) => ("credit note", id),
        };
        let why = format!("{:?}", one.why);
        lines.push(format!("{} {what} {id}: {} {currency} ({why})", one.day, plain_amount(one.amount, currency)));
    }
    for (id, pair) in &facts.disputes {
        let Some(opened) = pair.opened.as_ref().filter(|opened| opened.fact.invoice == *invoice) else { continue };
        let state = pair
            .closed
            .as_ref()
            .map_or("open".to_owned(), |closed| format!("{:?}", closed.fact.outcome).to_lowercase());
        lines.push(format!("{} dispute {id}: {state}", opened.version.time.date_naive()));
    }
    for (id, pair) in &facts.promises {
        let Some(made) = &pair.opened else { continue };
        let about = &made.fact.invoices;
        if about.is_empty() || about.contains(invoice) {
            let state = if pair.closed.is_some() { ", withdrawn" } else { "" };
            let amount = plain_amount(made.fact.amount, currency);
            let on = made.version.time.date_naive();
            lines.push(format!("{on} promise {id}: {amount} by {}{state}", made.fact.pay_by));
        }
    }
    lines
}

fn journal(told: &Told) -> Vec<String> {
    let Some(case) = told.account.cases.get(&told.view.invoice) else { return Vec::new() };
    let line = |record: &relance::domain::StepRecord| {
        let became = match record.outcome {
            StepOutcome::Ordered => "ordered".to_owned(),
            StepOutcome::Done => "done".to_owned(),
            StepOutcome::Skipped(reason) => format!("skipped ({})", json!(reason).as_str().unwrap_or_default()),
        };
        let times = if record.occurrence > 1 { format!(", {} times", record.occurrence) } else { String::new() };
        let also: Vec<&str> = record.also.iter().map(|id| id.as_str()).collect();
        let also = if also.is_empty() { String::new() } else { format!(", formerly {}", also.join(", ")) };
        format!("{} {} {became}{times}{also}", record.day, record.step)
    };
    case.journal.iter().map(line).collect()
}

fn in_json(told: &Told, last: usize) -> String {
    let case = told.account.cases.get(&told.view.invoice);
    let mut object = json!(told.view);
    let keeps = told.view.keeps.iter().map(|keeps| {
        let mut one = json!(keeps);
        if let Some(entry) = since(told, keeps) {
            one["since"] = json!(entry.at);
        }
        one
    });
    object["keeps"] = json!(keeps.collect::<Vec<_>>());
    object["creditor"] = json!(told.account.key.creditor);
    object["debtor"] = json!(told.account.key.debtor);
    object["at"] = json!(told.at);
    object["facts"] = json!(facts(told));
    object["journal"] = json!(case.map(|case| &case.journal));
    object["timeline"] = json!(told.entries[told.entries.len().saturating_sub(last)..]);
    object.to_string()
}
