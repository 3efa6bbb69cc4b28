//! `relance simulate --history`: past invoices through one policy, or two side by side.

use relance::domain::{Currency, Locale};
use relance::simulate::{self, History, Options, Policy, Supposed};
use relance::workflow::Workflow;
use relance::workflow::provider::PriceList;

use anyhow::{Context, anyhow};

use super::SimulateArgs;
use crate::args::SimulateFormat;
use crate::{Ended, catalog, files};

/// Replays the file and prints the report; rows at fault are named on standard error too.
pub fn run(
    args: &SimulateArgs,
    policies: Vec<Vec<Workflow>>,
    prices: &PriceList,
    options: &Options,
    folder: &std::path::Path,
) -> anyhow::Result<Ended> {
    let path = args.history.as_deref().context("--history is missing")?;
    let text = files::read_long(path)?.text;
    let first = policies.first().and_then(|policy| policy.first());
    let currency = args.one.currency()?.or_else(|| first.map(simulate::currency_of)).unwrap_or(Currency::EUR);
    let history: History =
        simulate::read_history(&text, currency).map_err(|why| anyhow!("{}: {why}", path.display()))?;
    for bad in &history.refused {
        eprintln!("{}: {bad}", path.display());
    }
    let supposed = Supposed {
        kind: args.one.kind(first)?,
        country: args.one.country.clone(),
        locale: args.one.locale.clone().map(Locale),
    };
    let policies: Vec<Policy> =
        args.workflow.iter().zip(policies).map(|(path, workflows)| named(path, workflows)).collect();
    let law = catalog::law(folder)?;
    let report = simulate::backtest(&history, &policies, &law, prices, &supposed, options)
        .with_context(|| format!("{} has no row that can be replayed", path.display()))?;
    match args.format {
        SimulateFormat::Text => print!("{}", simulate::backtest_text(&report)),
        SimulateFormat::Json => println!("{}", serde_json::to_string(&report)?),
        SimulateFormat::Html => print!("{}", simulate::backtest_html(&report)),
    }
    Ok(if report.refused.is_empty() { Ended::Well } else { Ended::WithProblems })
}

/// A policy is called as its only workflow, or as its folder.
fn named(path: &std::path::Path, workflows: Vec<Workflow>) -> Policy {
    let name = match &workflows[..] {
        [one] => one.name.to_string(),
        _ => path.display().to_string(),
    };
    Policy { name, workflows }
}
