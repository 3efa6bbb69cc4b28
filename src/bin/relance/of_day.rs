//! The accounts of one creditor as they were known on the evening of a day, from the tables or from a file of events.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use clap::Args;
use relance::advance;
use relance::config::Settings;
use relance::domain::{Account, Creditor, CreditorId};
use relance::engine::Book;
use relance::law::Jurisdiction;
use relance::simulate;

use crate::args::day;
use crate::{catalog, desk, files, settings};

/// Accounts read at a time.
const PORTION_ACCOUNTS: usize = 500;

/// The flags.
#[derive(Debug, Args)]
pub struct OfDay {
    /// The day whose evening is told
    #[arg(long, value_parser = day)]
    pub as_of: NaiveDate,
    /// The last day whose events count as known, for a later correction of the same figures; --as-of by default
    #[arg(long, value_parser = day)]
    pub known_by: Option<NaiveDate>,
    /// Whose claims; may be left out where there is one creditor
    #[arg(long)]
    pub creditor: Option<String>,
    /// Without a database: CloudEvents, one JSON object a line
    #[arg(long)]
    pub events: Option<PathBuf>,
    /// With --events: workflows whose steps and holds count; may be repeated
    #[arg(long, requires = "events")]
    pub workflow: Vec<PathBuf>,
}

impl OfDay {
    fn known_by(&self) -> anyhow::Result<NaiveDate> {
        let known_by = self.known_by.unwrap_or(self.as_of);
        if known_by < self.as_of {
            bail!("--known-by {known_by} is before --as-of {}: nothing of the days between is known", self.as_of);
        }
        Ok(known_by)
    }
}

/// What was read, but for the accounts.
pub struct Seen {
    /// Whose claims.
    pub creditor: CreditorId,
    /// The zone of the days: the creditor's.
    pub zone: Tz,
    /// What decisions are made by.
    pub book: Arc<Book>,
    country: Option<String>,
}

impl Seen {
    fn of(creditor: CreditorId, said: Option<&Creditor>, book: Arc<Book>) -> Self {
        let country = said.map(|creditor| creditor.address.country.to_ascii_lowercase());
        Self { creditor, zone: said.map_or(Tz::UTC, |creditor| creditor.timezone), book, country }
    }

    /// The law of the creditor's country, where there is one.
    pub fn law(&self) -> Option<&Jurisdiction> {
        self.book.jurisdictions.get(self.country.as_deref()?)
    }

    /// The first moment after a day.
    pub fn end_of(&self, day: NaiveDate) -> DateTime<Utc> {
        end_of(day, self.zone)
    }
}

/// The first moment after a day. Where midnight does not exist the day begins an hour later; where it comes twice, the
/// first time.
fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let next = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN);
    let at = (0..4).find_map(|hours| (next + chrono::Duration::hours(hours)).and_local_timezone(zone).earliest());
    at.map_or_else(|| next.and_utc(), |at| at.to_utc())
}

/// Reads without a database.
pub fn from_events(
    of: &OfDay,
    events: &Path,
    folder: &Path,
    mut take: impl FnMut(&Seen, &Account),
) -> anyhow::Result<Seen> {
    let known_by = of.known_by()?;
    let mut taking_part = Vec::new();
    for path in &of.workflow {
        taking_part.extend(catalog::workflows_at(&catalog::named_or_at(path, folder)?, folder)?);
    }
    let text = files::read_one(events)?.text;
    // Whose zone ends the days is known only once the creditor is.
    let nobodys = Book::with_law([], catalog::law(folder)?);
    let far = end_of(known_by + Days::new(1), Tz::UTC);
    let everything = simulate::stand_at(&nobodys, simulate::read_events(&text), far);
    for refused in &everything.refused {
        eprintln!("{}:{}: {}", events.display(), refused.line, refused.refusal);
    }
    let mut known: Vec<&CreditorId> = everything.accounts.iter().map(|account| &account.key.creditor).collect();
    known.sort_unstable();
    known.dedup();
    let creditor = one_of(of.creditor.as_deref(), &known)?;
    let mine = everything.accounts.iter().filter(|account| account.key.creditor == creditor);
    let said = mine.filter_map(|account| account.facts.creditor.as_ref()).map(|known| &known.fact).next_back();
    let book = Arc::new(Book::with_law(taking_part, catalog::law(folder)?));
    let seen = Seen::of(creditor, said, book);
    let last = seen.end_of(known_by) - chrono::Duration::microseconds(1);
    let outcome = simulate::stand_at(&seen.book, simulate::read_events(&text), last);
    outcome.accounts.iter().filter(|one| one.key.creditor == seen.creditor).for_each(|one| take(&seen, one));
    Ok(seen)
}

/// Reads the tables, some accounts at a time.
pub async fn from_tables(
    of: &OfDay,
    settings: &Settings,
    mut take: impl FnMut(&Seen, &Account),
) -> anyhow::Result<Seen> {
    let known_by = of.known_by()?;
    let database = settings::ready_database(settings).await?;
    let known = database.reader().creditors().await?;
    let creditor = one_of(of.creditor.as_deref(), &known.iter().collect::<Vec<_>>())?;
    let book = desk::book(settings, &database).await?;
    let mut writer = database.writer();
    let said = advance::creditor(&mut writer, &creditor).await?;
    let seen = Seen::of(creditor, said.as_ref(), book);
    let (end, mut after) = (seen.end_of(known_by), String::new());
    loop {
        let accounts = advance::survey_known_by(&mut writer, &seen.creditor, &after, PORTION_ACCOUNTS, end).await?;
        let Some(last) = accounts.last() else { return Ok(seen) };
        last.key.debtor.as_str().clone_into(&mut after);
        accounts.iter().for_each(|account| take(&seen, account));
    }
}

/// The creditor named, else the only one there is.
fn one_of(named: Option<&str>, known: &[&CreditorId]) -> anyhow::Result<CreditorId> {
    let list = || known.iter().take(10).map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
    match (named, known) {
        (Some(named), _) if known.iter().any(|one| one.as_str() == named) => Ok(CreditorId::new(named)),
        (Some(named), _) => bail!("no creditor {named} is known; there are: {}", list()),
        (None, [one]) => Ok((*one).clone()),
        (None, []) => bail!("no creditor is known"),
        (None, _) => bail!("several creditors are known; name one with --creditor: {}", list()),
    }
}
