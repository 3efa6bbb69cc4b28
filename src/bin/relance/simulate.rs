//! `relance simulate`: workflows in virtual time, over a file of events, one invoice, or past invoices.
//!
//! Reads flags and files and prints; what happens is decided by `relance::simulate`.

mod flags;
mod history;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;
use relance::config::Settings;
use relance::domain::{Account, Channel, Currency, Reason};
use relance::engine::Book;
use relance::simulate::{self, Assumption, Input, Options, Outcome};
use relance::workflow::Workflow;
use relance::workflow::provider::PriceList;

use crate::args::SimulateFormat;
use crate::{Ended, catalog, files};

/// What can happen, and how it is said; the forms are those `--what-if` reads.
pub const EXAMPLES: &str = "Examples:
  relance simulate --workflow workflows/fr-b2b.yaml --events book.jsonl --until 2026-12-31
  relance simulate --workflow workflows/fr-b2b.yaml --invoice 1200 --due 2026-04-01
  relance simulate --workflow workflows/fr-b2b.yaml --invoice 1200 --due 2026-04-01 --what-if 'payment 500 on 2026-04-20'
  relance simulate --workflow workflows --events book.jsonl --what-if 'dispute on 2026-04-20 for F-1' --format html > timeline.html
  relance simulate --workflow workflows/fr-b2b.yaml --history paid.csv --price registered_receipt=6.11

What may happen (--what-if, repeatable; `at 14:30` and `for INVOICE` may be added, or name a file of events):
  payment 500 on 2026-04-20               dispute on 2026-04-20
  payment all on 2026-04-20               dispute 200 on 2026-04-20
  credit 100 on 2026-04-20                dispute resolved rejected on 2026-05-04
  promise 700 by 2026-05-10 on 2026-04-20 hold until 2026-05-10 on 2026-04-20
  promise withdrawn on 2026-05-04         hold released on 2026-05-04
  insolvency on 2026-04-20                void on 2026-04-20
  approve formal-notice on 2026-05-11     reject formal-notice on 2026-05-11
  answer call promised on 2026-04-20      first_presented formal-notice on 2026-05-15
  bounce reminder-1 on 2026-04-08         delivered formal-notice on 2026-05-15";

/// What is said where the one invoice of the flags is taken by no workflow.
const NO_WORKFLOW: &str = "no workflow takes this invoice, for the reasons above: tell it otherwise with --debtor-kind, \
                           --currency, --country, --tag or --invoice";

/// The flags.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// A workflow file, a folder of them, or the name of a workflow in the workflows folder; may be repeated; only what
    /// is named takes part
    #[arg(long, required = true)]
    pub workflow: Vec<PathBuf>,
    /// CloudEvents, one JSON object a line
    #[arg(long)]
    pub events: Option<PathBuf>,
    #[command(flatten)]
    pub one: flags::OneInvoiceFlags,
    /// Past invoices with their settlement dates (CSV), replayed through one workflow, or two side by side
    #[arg(long, value_name = "FILE.csv")]
    pub history: Option<PathBuf>,
    /// What happens besides: 'payment 500 on 2026-04-20', or a file of events; may be repeated
    #[arg(long, value_name = "SAYING|FILE")]
    pub what_if: Vec<String>,
    /// Last civil day simulated, in the workflow's time zone
    #[arg(long, value_parser = crate::args::day)]
    pub until: Option<chrono::NaiveDate>,
    /// Suppose a proof event that no one reported: first_presented=3bd
    #[arg(long)]
    pub assume: Vec<String>,
    /// What a notice costs, over what its provider's definition says: registered_receipt=6.11, sms="0.08 GBP"
    #[arg(long, value_name = "WHAT=PRICE")]
    pub price: Vec<String>,
    /// A timeline to read, JSON lines, or a page
    #[arg(long, value_enum, default_value = "text")]
    pub format: SimulateFormat,
}

/// Walks what the flags name through the workflows and prints the timeline.
pub fn run(args: &SimulateArgs, settings: &Settings) -> anyhow::Result<Ended> {
    flags::check(args)?;
    let folder = &settings.workflows.folder;
    let policies = args.workflow.iter().map(|path| policy(path, folder)).collect::<anyhow::Result<Vec<_>>>()?;
    let assume = args.assume.iter().map(|text| text.parse::<Assumption>()).collect::<Result<_, _>>()?;
    let options = Options { until: args.until, assume };
    let prices = prices(args, settings, policies.first().and_then(|policy| policy.first()))?;
    if args.history.is_some() {
        return history::run(args, policies, &prices, &options, folder);
    }
    let taking_part: Vec<Workflow> = policies.into_iter().flatten().collect();
    let input = input(args, &taking_part)?;
    let book = Book::with_law(taking_part, catalog::law(folder)?);
    let outcome = simulate::simulate(&book, input, &options);
    print(args, &book, &prices, &outcome);
    for refused in &outcome.refused {
        eprintln!("{}:{}: {}", source(args), refused.line, refused.refusal);
    }
    for key in &outcome.stalled {
        eprintln!("internal error: the account {} of {} did not settle; please report it", key.debtor, key.creditor);
    }
    // A timeline to read and a page say it themselves.
    if args.format == SimulateFormat::Json {
        simulate::warnings(&outcome, &book).iter().for_each(|warning| eprintln!("warning: {warning}"));
    }
    if args.one.invoice.is_some() && outcome.accounts.iter().any(has_no_workflow) {
        eprintln!("{NO_WORKFLOW}");
    }
    let well = outcome.refused.is_empty() && outcome.stalled.is_empty();
    Ok(if well { Ended::Well } else { Ended::WithProblems })
}

/// Whether a case of the account waits for a workflow that takes it.
fn has_no_workflow(account: &Account) -> bool {
    account.cases.values().any(|case| case.held.contains(&Reason::NoWorkflow))
}

/// The workflows at `path`; a file or a folder without any is an error.
fn policy(path: &Path, folder: &Path) -> anyhow::Result<Vec<Workflow>> {
    let path = &catalog::named_or_at(path, folder)?;
    let found = catalog::workflows_at(path, folder)?;
    if found.is_empty() {
        bail!("{} holds no workflow; name a workflow file with --workflow", path.display());
    }
    Ok(found)
}

/// Prices of the providers that the settings name for each channel, and over them those of the flags. A price without
/// a currency is in that of the jurisdiction.
fn prices(args: &SimulateArgs, settings: &Settings, workflow: Option<&Workflow>) -> anyhow::Result<PriceList> {
    let providers = catalog::providers(&settings.workflows.folder)?;
    let named = [(Channel::Sms, &settings.providers.sms), (Channel::Letter, &settings.providers.letter)];
    let defaults = named.into_iter().filter_map(|(channel, name)| Some((channel, name.clone()?)));
    let mut prices = PriceList::new(&providers, defaults);
    let currency = args.one.currency()?.or_else(|| workflow.map(simulate::currency_of));
    for text in &args.price {
        prices.set_written(text, currency.unwrap_or(Currency::EUR))?;
    }
    Ok(prices)
}

/// The events: of the file or of the one invoice, and what else may happen.
fn input(args: &SimulateArgs, workflows: &[Workflow]) -> anyhow::Result<Input> {
    let mut input = match (&args.events, workflows.first()) {
        (Some(path), _) => simulate::read_events(&files::read_long(path)?.text),
        (None, Some(first)) => {
            let invoice = args.one.invoice(first)?;
            if let Some(until) = args.until.filter(|until| *until < invoice.issued_on()) {
                bail!(
                    "--until {until} is before the invoice is known, on {}; nothing would be shown",
                    invoice.issued_on()
                );
            }
            invoice.input(first)
        }
        (None, None) => Input::default(),
    };
    let mut after = input.events.iter().map(|one| one.line).max().unwrap_or(0);
    let (events, sayings): (Vec<_>, Vec<_>) = args.what_if.iter().cloned().partition(|text| names_a_file(text));
    for path in events {
        let more = simulate::read_events(&files::read_long(Path::new(&path))?.text);
        if let Some(refused) = more.refused.first() {
            bail!("--what-if {path}:{refused}; correct the event");
        }
        input.events.extend(more.events.into_iter().map(|mut one| {
            one.line += after;
            one
        }));
        after = input.events.iter().map(|one| one.line).max().unwrap_or(after);
    }
    simulate::add_what_ifs(&mut input, &sayings, workflows, after).map_err(|wrong| {
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        anyhow!("what may happen is not understood:\n{}", told.join("\n"))
    })?;
    Ok(input)
}

/// A saying has blanks; the name of a file of events ends like one.
fn names_a_file(text: &str) -> bool {
    let path = Path::new(text);
    files::has_extension(path, "jsonl") || files::has_extension(path, "json")
}

/// What refused lines are lines of.
fn source(args: &SimulateArgs) -> String {
    args.events.as_ref().map_or_else(|| "the flags".to_owned(), |path| path.display().to_string())
}

/// What the page is called: who walks through what.
fn title(args: &SimulateArgs) -> String {
    let workflows: Vec<String> = args.workflow.iter().map(|path| path.display().to_string()).collect();
    let what = match &args.events {
        Some(path) => path.display().to_string(),
        None => "One invoice".to_owned(),
    };
    format!("{what} through {}", workflows.join(", "))
}

fn print(args: &SimulateArgs, book: &Book, prices: &PriceList, outcome: &Outcome) {
    match args.format {
        SimulateFormat::Text => {
            let colours =
                std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
            let paint = if colours { simulate::Paint::Colours } else { simulate::Paint::Plain };
            print!("{}", simulate::reading(outcome, book, prices, paint));
        }
        SimulateFormat::Json => {
            for entry in &outcome.entries {
                println!("{}", simulate::json_line(entry));
            }
        }
        SimulateFormat::Html => print!("{}", simulate::html(&title(args), outcome, book, prices)),
    }
}
