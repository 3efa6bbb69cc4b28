//! `relance graph`: a workflow drawn, and where a case stands in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use relance::advance;
use relance::config::Settings;
use relance::domain::{Account, InvoiceId};
use relance::engine::Book;
use relance::simulate::{self, Options, Overlay};
use relance::workflow::Workflow;

use crate::{Ended, catalog, files, settings};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    Mermaid,
    Svg,
}

#[derive(Debug, Args)]
pub struct GraphArgs {
    /// A workflow by its name in the workflows folder, or a file
    pub workflow: PathBuf,
    /// A diagram in Mermaid, or a drawing
    #[arg(long, value_enum, default_value = "mermaid")]
    pub format: GraphFormat,
    /// Show where this case stands: CREDITOR/INVOICE
    #[arg(long, value_name = "CREDITOR/INVOICE")]
    pub case: Option<String>,
    /// Take the case from a file of events instead of the database
    #[arg(long, requires = "case")]
    pub events: Option<PathBuf>,
    /// With --events: the day on which the case is looked at; today by default
    #[arg(long, requires = "events")]
    pub until: Option<chrono::NaiveDate>,
}

/// Draws it.
pub fn run(args: &GraphArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let folder = &settings.workflows.folder;
    let named = folder.join(args.workflow.with_extension("yaml"));
    let path = if args.workflow.is_file() || !named.is_file() { &args.workflow } else { &named };
    catalog::must_exist(path)?;
    let workflow = catalog::workflows_at(path, folder)?.pop().context("the file holds no workflow")?;
    let overlay = match &args.case {
        Some(case) => Some(overlay(args, case, &workflow, settings)?),
        None => None,
    };
    match args.format {
        GraphFormat::Mermaid => print!("{}", simulate::mermaid(&workflow, overlay.as_ref())),
        GraphFormat::Svg => print!("{}", simulate::svg(&workflow, overlay.as_ref())),
    }
    Ok(Ended::Well)
}

fn overlay(args: &GraphArgs, case: &str, workflow: &Workflow, settings: &Settings) -> anyhow::Result<Overlay> {
    let Some((creditor, invoice)) = case.split_once('/') else {
        bail!("`{case}` names no case; write CREDITOR/INVOICE, `acme/F-4711`");
    };
    let id = InvoiceId::from(invoice);
    let accounts = match &args.events {
        Some(events) => simulated(args, events, workflow, settings)?,
        None => crate::block_on(stored(creditor, &id, settings))?,
    };
    let mine = accounts.iter().filter(|account| account.key.creditor.as_str() == creditor);
    let found = mine.filter_map(|account| account.cases.get(&id)).next();
    let found = found.with_context(|| format!("no case of invoice {invoice} of creditor {creditor} is known"))?;
    match &found.workflow {
        Some((name, _)) if *name == workflow.name => Ok(Overlay::of(workflow, found)),
        Some((name, _)) => {
            bail!("the case walks the workflow {name}; draw that one: relance graph {name} --case {case}")
        }
        None => bail!("the case waits: no workflow was chosen for it yet"),
    }
}

/// The accounts as the events leave them.
fn simulated(
    args: &GraphArgs,
    events: &Path,
    workflow: &Workflow,
    settings: &Settings,
) -> anyhow::Result<Vec<Account>> {
    let text = files::read_one(events)?.text;
    let today = settings::clock(settings)?.now().with_timezone(&workflow.timezone).date_naive();
    let options = Options { until: Some(args.until.unwrap_or(today)), ..Options::default() };
    let book = Book::with_law(vec![workflow.clone()], catalog::law(&settings.workflows.folder)?);
    Ok(simulate::simulate(&book, simulate::read_events(&text), &options).accounts)
}

/// The account of the case as Postgres has it.
async fn stored(creditor: &str, invoice: &InvoiceId, settings: &Settings) -> anyhow::Result<Vec<Account>> {
    let database = settings::ready_database(settings).await.context("give --events FILE to do without a database")?;
    let known = database.reader().account_of(&creditor.into(), invoice).await?;
    let key = known.with_context(|| format!("no invoice {invoice} of creditor {creditor} is known"))?;
    let mut writer = database.writer();
    Ok(vec![advance::view(&mut writer, &key).await?])
}
