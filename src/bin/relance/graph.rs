//! `relance graph`: a workflow drawn, and where a case stands in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use relance::advance;
use relance::config::Settings;
use relance::domain::{Account, CreditorId, InvoiceId};
use relance::engine::{Book, steps_ahead};
use relance::simulate::{self, Options, Overlay};
use relance::workflow::Workflow;

use crate::{Ended, catalog, desk, files, settings};

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
    /// Draw the revision that this case walks, where it stands and the days ahead: CREDITOR/INVOICE
    #[arg(long, value_name = "CREDITOR/INVOICE")]
    pub case: Option<String>,
    /// Take the case from a file of events instead of the database
    #[arg(long, requires = "case")]
    pub events: Option<PathBuf>,
    /// With --events: the day on which the case is looked at; today by default
    #[arg(long, value_parser = crate::args::day, requires = "events")]
    pub until: Option<chrono::NaiveDate>,
}

/// Draws it: the workflow of the folder, or with a case the revision that the case walks.
pub fn run(args: &GraphArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let (workflow, overlay) = match (&args.case, &args.events) {
        (None, _) => (in_folder(args, settings)?, None),
        (Some(case), Some(events)) => standing(case, simulated(args, events, settings)?)?,
        (Some(case), None) => standing(case, crate::block_on(stored(case, settings))?)?,
    };
    // Where events are played, the file says which workflow it is; a stored case says it itself.
    if args.case.is_some() && args.events.is_none() && !names(&args.workflow, &workflow) {
        bail!("the case walks the workflow {0}; draw that one: relance graph {0} --case …", workflow.name);
    }
    match args.format {
        GraphFormat::Mermaid => print!("{}", simulate::mermaid(&workflow, overlay.as_ref())),
        GraphFormat::Svg => print!("{}", simulate::svg(&workflow, overlay.as_ref())),
    }
    Ok(Ended::Well)
}

fn in_folder(args: &GraphArgs, settings: &Settings) -> anyhow::Result<Arc<Workflow>> {
    let folder = &settings.workflows.folder;
    let path = catalog::named_or_at(&args.workflow, folder)?;
    Ok(Arc::new(catalog::workflows_at(&path, folder)?.pop().context("the file holds no workflow")?))
}

/// Whether what was asked for is `workflow`: by its name, or by the path of its file.
fn names(asked: &Path, workflow: &Workflow) -> bool {
    asked.file_stem().is_some_and(|stem| stem == workflow.name.as_str())
}

/// Accounts as they stand at an instant, with what decides them.
struct Stood {
    accounts: Vec<Account>,
    book: Arc<Book>,
    at: DateTime<Utc>,
}

fn key_of(case: &str) -> anyhow::Result<(CreditorId, InvoiceId)> {
    match case.split_once('/') {
        Some((creditor, invoice)) => Ok((creditor.into(), invoice.into())),
        None => bail!("`{case}` names no case; write CREDITOR/INVOICE, `acme/F-4711`"),
    }
}

/// The revision that a case walks, and where it stands in it.
fn standing(case: &str, stood: Stood) -> anyhow::Result<(Arc<Workflow>, Option<Overlay>)> {
    let (creditor, invoice) = key_of(case)?;
    let mine = stood.accounts.iter().filter(|account| account.key.creditor == creditor);
    let found = mine.filter_map(|account| Some((account, account.cases.get(&invoice)?))).next();
    let (account, found) =
        found.with_context(|| format!("no case of invoice {invoice} of creditor {creditor} is known"))?;
    let key = found.workflow.as_ref().context("the case waits: no workflow was chosen for it yet")?;
    let workflow =
        stood.book.revision(key).with_context(|| format!("revision {} of {} cannot be read", key.1, key.0))?;
    let ahead = steps_ahead(account, &stood.book, stood.at).remove(&invoice).unwrap_or_default();
    Ok((workflow.clone(), Some(Overlay::of(workflow, found, &ahead))))
}

/// The accounts as the events leave them.
fn simulated(args: &GraphArgs, events: &Path, settings: &Settings) -> anyhow::Result<Stood> {
    let workflow = in_folder(args, settings)?;
    let text = files::read_one(events)?.text;
    let now = settings::clock(settings)?.now();
    let until = args.until.unwrap_or(now.with_timezone(&workflow.timezone).date_naive());
    let options = Options { until: Some(until), ..Options::default() };
    let book = Book::with_law([(*workflow).clone()], catalog::law(&settings.workflows.folder)?);
    let accounts = simulate::simulate(&book, simulate::read_events(&text), &options).accounts;
    Ok(Stood { accounts, book: Arc::new(book), at: now })
}

/// The account of the case as Postgres has it.
async fn stored(case: &str, settings: &Settings) -> anyhow::Result<Stood> {
    let (creditor, invoice) = key_of(case)?;
    let database = settings::ready_database(settings).await.context("give --events FILE to do without a database")?;
    let known = database.reader().account_of(&creditor, &invoice).await?;
    let key = known.with_context(|| format!("no invoice {invoice} of creditor {creditor} is known"))?;
    let book = desk::book(settings, &database).await?;
    let account = advance::view(&mut database.writer(), &key).await?;
    Ok(Stood { accounts: vec![account], book, at: settings::clock(settings)?.now() })
}
