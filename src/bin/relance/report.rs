//! `relance report`: accounting views of what is owed on a day, from the tables or from a file of events.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use relance::advance;
use relance::config::Settings;
use relance::domain::{Class, Creditor, CreditorId, Matrix, parse_decimal};
use relance::engine::Book;
use relance::report::{Gathering, Scope, View, csv, json, table, text};
use relance::simulate;
use rust_decimal::Decimal;

use crate::args::day;
use crate::{Ended, catalog, desk, files, settings};

/// Days of a period unless `--from` says otherwise.
const PERIOD_DAYS: u64 = 90;

/// Accounts read at a time.
const PORTION_ACCOUNTS: usize = 500;

/// Which view.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReportName {
    /// What is owed by how long it is overdue
    Aging,
    /// Days sales outstanding: by the period's sales, by counting back, and the best possible
    Dso,
    /// Collection effectiveness index
    Cei,
    /// Provision for doubtful debts, by --matrix
    Provision,
    /// Promises made in the period, and what became of them
    Promises,
    /// For each step, how many cases were paid within 7 days of it
    Steps,
    /// Tax on lost claims, with the mention that the duplicate invoice must bear
    Vat,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReportFormat {
    /// Columns for people
    Text,
    /// RFC 4180, one header line
    Csv,
    /// One JSON object
    Json,
}

/// The flags.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Which view
    #[arg(value_enum)]
    pub name: ReportName,
    /// The day whose evening is told
    #[arg(long, value_parser = day)]
    pub as_of: NaiveDate,
    /// First day of the period; 90 days that end with --as-of by default
    #[arg(long, value_parser = day)]
    pub from: Option<NaiveDate>,
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
    /// Percent of each class: not_due=0,up_to_30=5,up_to_60=10,up_to_90=25,over_90=50,disputed=50,insolvent=100
    #[arg(long)]
    pub matrix: Option<String>,
    /// With cei: divide the period's sales by its months
    #[arg(long)]
    pub per_month: bool,
    /// With aging and provision: a row for each invoice
    #[arg(long)]
    pub detail: bool,
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReportFormat,
}

impl ReportArgs {
    fn view(&self) -> anyhow::Result<View> {
        Ok(match self.name {
            ReportName::Aging => View::Aging,
            ReportName::Dso => View::Dso,
            ReportName::Cei => View::Cei { per_month: self.per_month },
            ReportName::Provision => View::Provision(matrix(self.matrix.as_deref())?),
            ReportName::Promises => View::Promises,
            ReportName::Steps => View::Steps,
            ReportName::Vat => View::Vat,
        })
    }

    fn scope(&self, zone: Tz) -> anyhow::Result<(Scope, DateTime<Utc>)> {
        let from = self.from.or_else(|| self.as_of.checked_sub_days(Days::new(PERIOD_DAYS - 1)));
        let from = from.context("--as-of lies too far back")?;
        let known_by = self.known_by.unwrap_or(self.as_of);
        if from > self.as_of {
            bail!("--from {from} is after --as-of {}", self.as_of);
        }
        if known_by < self.as_of {
            bail!("--known-by {known_by} is before --as-of {}: nothing of the days between is known", self.as_of);
        }
        let (end, opening_end) = (end_of(self.as_of, zone)?, end_of(from - Days::new(1), zone)?);
        Ok((Scope { from, as_of: self.as_of, end, opening_end, zone }, end_of(known_by, zone)?))
    }
}

/// The first moment after a day.
fn end_of(day: NaiveDate, zone: Tz) -> anyhow::Result<DateTime<Utc>> {
    let next = day.succ_opt().with_context(|| format!("{day} has no next day"))?.and_time(NaiveTime::MIN);
    // Where midnight does not exist the day begins an hour later; where it comes twice, the first time.
    let at = (0..4).find_map(|hours| (next + chrono::Duration::hours(hours)).and_local_timezone(zone).earliest());
    Ok(at.with_context(|| format!("{day} does not end in {zone}"))?.to_utc())
}

fn matrix(text: Option<&str>) -> anyhow::Result<Matrix> {
    let classes: Vec<&str> = Class::ALL.iter().map(|class| class.as_str()).collect();
    let text = text.with_context(|| format!("provision needs --matrix: percent for each of {}", classes.join(", ")))?;
    let mut percent = [None; 7];
    for part in text.split(',') {
        let (name, share) =
            part.split_once('=').with_context(|| format!("--matrix: `{part}` is no `class=percent`"))?;
        let class = Class::ALL.into_iter().find(|class| class.as_str() == name.trim());
        let class = class.with_context(|| format!("--matrix: `{name}` is none of {}", classes.join(", ")))?;
        let share = parse_decimal(share.trim()).map_err(|why| anyhow!("--matrix: {name}: {why}"))?;
        if share < Decimal::ZERO || share > Decimal::ONE_HUNDRED {
            bail!("--matrix: {name}={share} is no share from 0 to 100");
        }
        if percent[class as usize].replace(share).is_some() {
            bail!("--matrix: {name} is given twice");
        }
    }
    let mut whole = [Decimal::ZERO; 7];
    for (class, share) in Class::ALL.into_iter().zip(percent) {
        whole[class as usize] = share.with_context(|| format!("--matrix: {} is missing", class.as_str()))?;
    }
    Ok(Matrix { percent: whole })
}

/// Reads without a database.
pub fn from_events(args: &ReportArgs, events: &Path, folder: &Path) -> anyhow::Result<Ended> {
    let view = args.view()?;
    let mut taking_part = Vec::new();
    for path in &args.workflow {
        taking_part.extend(catalog::workflows_at(&catalog::named_or_at(path, folder)?, folder)?);
    }
    let book = Book::with_law(taking_part, catalog::law(folder)?);
    let read = || anyhow::Ok(simulate::read_events(&files::read_one(events)?.text));
    // Whose zone ends the days is known only once the creditor is.
    let far = end_of(args.known_by.unwrap_or(args.as_of) + Days::new(2), Tz::UTC)?;
    let everything = simulate::stand_at(&Book::with_law([], catalog::law(folder)?), read()?, far);
    for refused in &everything.refused {
        eprintln!("{}:{}: {}", events.display(), refused.line, refused.refusal);
    }
    let mut known: Vec<&CreditorId> = everything.accounts.iter().map(|account| &account.key.creditor).collect();
    known.sort_unstable();
    known.dedup();
    let creditor = one_of(args.creditor.as_deref(), &known)?;
    let mine = everything.accounts.iter().filter(|account| account.key.creditor == creditor);
    let said = mine.filter_map(|account| account.facts.creditor.as_ref()).map(|known| &known.fact).next_back();
    let (scope, end) = args.scope(said.map_or(Tz::UTC, |creditor| creditor.timezone))?;
    let outcome = simulate::stand_at(&book, read()?, end - chrono::Duration::microseconds(1));
    let mut gathered = Gathering::new(scope);
    for account in outcome.accounts.iter().filter(|account| account.key.creditor == creditor) {
        gathered.take(account, &book);
    }
    print(args, &view, &gathered, &book, (&creditor, said));
    Ok(Ended::Well)
}

/// Reads the tables.
pub async fn from_tables(args: &ReportArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let view = args.view()?;
    let database = settings::ready_database(settings).await?;
    let known = database.reader().creditors().await?;
    let creditor = one_of(args.creditor.as_deref(), &known.iter().collect::<Vec<_>>())?;
    let book = desk::book(settings, &database).await?;
    let mut writer = database.writer();
    let said = advance::creditor(&mut writer, &creditor).await?;
    let (scope, end) = args.scope(said.as_ref().map_or(Tz::UTC, |creditor| creditor.timezone))?;
    let mut gathered = Gathering::new(scope);
    let mut after = String::new();
    loop {
        let accounts = advance::survey_known_by(&mut writer, &creditor, &after, PORTION_ACCOUNTS, end).await?;
        let Some(last) = accounts.last() else { break };
        last.key.debtor.as_str().clone_into(&mut after);
        accounts.iter().for_each(|account| gathered.take(account, &book));
    }
    print(args, &view, &gathered, &book, (&creditor, said.as_ref()));
    Ok(Ended::Well)
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

fn print(
    args: &ReportArgs,
    view: &View,
    gathered: &Gathering,
    book: &Book,
    (id, said): (&CreditorId, Option<&Creditor>),
) {
    let law = said.and_then(|one| book.jurisdictions.get(&one.address.country.to_ascii_lowercase()));
    let table = table(view, gathered, args.detail, law.and_then(|law| law.bad_debts.as_ref()));
    match args.format {
        ReportFormat::Text => print!("{}", text(&table)),
        ReportFormat::Csv => print!("{}", csv(&table)),
        ReportFormat::Json => {
            let name = args.name.to_possible_value().map(|name| name.get_name().to_owned());
            let from = gathered.from();
            let about = serde_json::json!({
                "report": name, "creditor": id, "as_of": args.as_of, "from": from,
                "known_by": args.known_by.unwrap_or(args.as_of),
            });
            let serde_json::Value::Object(about) = about else { return };
            println!("{}", json(&table, about));
        }
    }
}
