//! `relance report`: accounting views of what is owed on a day, from the tables or from a file of events.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use chrono::{Days, NaiveDate};
use clap::{Args, ValueEnum};
use relance::config::Settings;
use relance::domain::{Class, Matrix, parse_decimal};
use relance::report::{Gathering, Scope, Table, View, csv, json as json_of, table, text};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::Ended;
use crate::args::day;
use crate::of_day::{self, OfDay, Seen};

/// Days of a period unless `--from` says otherwise.
const PERIOD_DAYS: u64 = 90;

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
    /// Which day, and from where it is read
    #[command(flatten)]
    pub of: OfDay,
    /// First day of the period; 90 days that end with --as-of by default
    #[arg(long, value_parser = day)]
    pub from: Option<NaiveDate>,
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
        if self.first_day() > self.of.as_of {
            bail!("--from {} is after --as-of {}", self.first_day(), self.of.as_of);
        }
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

    fn scope(&self, seen: &Seen) -> Scope {
        Scope {
            from: self.first_day(),
            as_of: self.of.as_of,
            end: seen.end_of(self.of.as_of),
            opening_end: seen.end_of(self.first_day() - Days::new(1)),
            zone: seen.zone,
        }
    }

    fn first_day(&self) -> NaiveDate {
        self.from.unwrap_or(self.of.as_of - Days::new(PERIOD_DAYS - 1))
    }
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
    let mut gathered = None;
    let seen = of_day::from_events(&args.of, events, folder, |seen, account| {
        gathered.get_or_insert_with(|| Gathering::new(args.scope(seen))).take(account, &seen.book);
    })?;
    print(args, &view, gathered.unwrap_or_else(|| Gathering::new(args.scope(&seen))), &seen);
    Ok(Ended::Well)
}

/// Reads the tables.
pub async fn from_tables(args: &ReportArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let view = args.view()?;
    let mut gathered = None;
    let seen = of_day::from_tables(&args.of, settings, |seen, account| {
        gathered.get_or_insert_with(|| Gathering::new(args.scope(seen))).take(account, &seen.book);
    })
    .await?;
    print(args, &view, gathered.unwrap_or_else(|| Gathering::new(args.scope(&seen))), &seen);
    Ok(Ended::Well)
}

fn print(args: &ReportArgs, view: &View, gathered: Gathering, seen: &Seen) {
    let table = table(view, &gathered, args.detail, seen.law().and_then(|law| law.bad_debts.as_ref()));
    let name = args.name.to_possible_value().map(|name| name.get_name().to_owned());
    let about = json!({ "report": name, "from": args.first_day() });
    print_table(&table, args.format, &args.of, seen, about);
}

/// Prints a table; `about` goes before its rows in JSON.
pub fn print_table(table: &Table, format: ReportFormat, of: &OfDay, seen: &Seen, mut about: Value) {
    match format {
        ReportFormat::Text => print!("{}", text(table)),
        ReportFormat::Csv => print!("{}", csv(table)),
        ReportFormat::Json => {
            about["creditor"] = json!(seen.creditor);
            about["as_of"] = json!(of.as_of);
            about["known_by"] = json!(of.known_by.unwrap_or(of.as_of));
            let Value::Object(about) = about else { return };
            println!("{}", json_of(table, about));
        }
    }
}
