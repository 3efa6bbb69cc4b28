//! `relance forecast`: when open invoices are likely to be paid, and how far such forecasts went wrong before.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use relance::config::Settings;
use relance::domain::{Currency, DebtorId};
use relance::report::{Expectations, Past, Table, backtest, csv, json as json_of, text};
use relance::simulate;
use serde_json::json;

use crate::Ended;
use crate::of_day::{self, OfDay};
use crate::report::{ReportFormat, print_table};

/// What is asked.
#[derive(Debug, Subcommand)]
pub enum ForecastAction {
    /// When each open invoice is expected, with the days between which eight of ten are paid
    #[command(after_help = "Example:\n  relance forecast open --as-of 2026-06-30 --creditor acme")]
    Open(OpenArgs),
    /// How far forecasts of past invoices went wrong, beside those of naive predictors
    #[command(after_help = "Example:\n  relance forecast backtest --history paid.csv")]
    Backtest(BacktestArgs),
}

#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Which day, and from where it is read
    #[command(flatten)]
    pub of: OfDay,
    /// Only this debtor's invoices
    #[arg(long)]
    pub debtor: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReportFormat,
}

#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// CSV with the columns invoice, debtor, issued_on, due_on, amount, settled_on
    #[arg(long)]
    pub history: PathBuf,
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReportFormat,
}

/// Reads without a database.
pub fn from_events(args: &OpenArgs, events: &Path, folder: &Path) -> anyhow::Result<Ended> {
    let mut gathered = Expectations::new(args.of.as_of);
    let seen = of_day::from_events(&args.of, events, folder, |seen, account| {
        gathered.take(account, &seen.book, seen.end_of(args.of.as_of));
    })?;
    print_table(&gathered.table(only(args).as_ref()), args.format, &args.of, &seen, json!({ "report": "forecast" }));
    Ok(Ended::Well)
}

/// Reads the tables.
pub async fn from_tables(args: &OpenArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let mut gathered = Expectations::new(args.of.as_of);
    let seen = of_day::from_tables(&args.of, settings, |seen, account| {
        gathered.take(account, &seen.book, seen.end_of(args.of.as_of));
    })
    .await?;
    print_table(&gathered.table(only(args).as_ref()), args.format, &args.of, &seen, json!({ "report": "forecast" }));
    Ok(Ended::Well)
}

fn only(args: &OpenArgs) -> Option<DebtorId> {
    args.debtor.as_deref().map(DebtorId::new)
}

/// Compares the predictors on a file.
pub fn compare(args: &BacktestArgs) -> anyhow::Result<Ended> {
    let path = args.history.display();
    let bytes = std::fs::read(&args.history).with_context(|| format!("{path} cannot be read"))?;
    let written = String::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))?;
    let history = simulate::read_history(&written, Currency::EUR).map_err(|why| anyhow!("{path}: {why}"))?;
    history.refused.iter().for_each(|row| eprintln!("{path}: {row}"));
    let past = history.invoices.iter().map(|one| Past {
        debtor: DebtorId::new(one.debtor.as_str()),
        issued_on: one.issued_on,
        due_on: one.due_on,
        settled_on: one.settled_on,
    });
    let table: Table = backtest(&past.collect::<Vec<_>>());
    match args.format {
        ReportFormat::Text => print!("{}", text(&table)),
        ReportFormat::Csv => print!("{}", csv(&table)),
        ReportFormat::Json => {
            let about = serde_json::Map::from_iter([("report".to_owned(), json!("forecast_backtest"))]);
            println!("{}", json_of(&table, about));
        }
    }
    Ok(Ended::Well)
}
