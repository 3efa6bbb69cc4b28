//! `relance explain`: where one case stands, everything that holds it back, and when it could move.
//!
//! Reads only, and keeps nobody waiting: one snapshot of the tables, or a file of events played through workflows. What
//! holds a case is said by `relance::engine::outlook`; `told` puts it into words.

mod statements;
mod told;

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;
use relance::advance;
use relance::config::Settings;
use relance::domain::{Account, CreditorId, Entry, InvoiceId, Ledger};
use relance::engine::{Book, CaseOutlook, ledger, outlook};
use relance::simulate;

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
    /// With --events: a workflow file, a folder of them, or a workflow's name; may be repeated
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
    ledger: Ledger,
}

/// Reads without a database.
pub fn from_events(args: &ExplainArgs, events: &Path, folder: &Path) -> anyhow::Result<Ended> {
    let mut taking_part = Vec::new();
    for path in &args.workflow {
        taking_part.extend(catalog::workflows_at(&catalog::named_or_at(path, folder)?, folder)?);
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
    let mut entries = outcome.entries;
    entries.retain(|entry| entry.creditor == account.key.creditor && entry.debtor == account.key.debtor);
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
    let mut account = advance::view(&mut database.writer(), &key).await?;
    for (id, content) in reader.contents_of(&key).await? {
        if let Some(notice) = account.notices.get_mut(&id) {
            notice.content = Some(Box::new(content));
        }
    }
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
    let mine = entries.into_iter().filter(|entry| entry.invoices.contains(&invoice));
    // What was said before the account's zone was known is told in it as well.
    let in_zone = |entry: Entry| Entry { at: entry.at.with_timezone(&view.zone).fixed_offset(), ..entry };
    let mut entries: Vec<Entry> = told::answers(&account, &view).chain(mine.map(in_zone)).collect();
    // Entries of one instant stay in the order in which they were decided, after the answer that led to them.
    entries.sort_by_key(|entry| entry.at);
    let ledger = ledger(&account.facts, book);
    let told = Told { account, entries, at, view, ledger };
    match args.format {
        TimelineFormat::Text => print!("{}", told::in_words(&told, args.last).join("\n") + "\n"),
        TimelineFormat::Json => println!("{}", told::in_json(&told, args.last)),
    }
    Ok(Ended::Well)
}
