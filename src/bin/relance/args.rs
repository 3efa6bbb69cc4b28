//! The command line as people type it: every command, its flags and an example.
//!
//! Nothing here does anything; `main` hands each command to the file of its name.

use std::path::PathBuf;

use chrono::Datelike as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use relance::domain::event::{YEAR_MAX, YEAR_MIN};

/// The collections engine: invoice and payment events in, escalating notices out, once.
///
/// Exit code 0: done. 1: problems found. 2: could not run.
#[derive(Debug, Parser)]
#[command(
    name = "relance",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  relance check workflows\n  relance simulate --workflow workflows/fr-b2b.yaml --invoice 1200 --due 2026-04-01\n  relance doctor"
)]
pub struct Cli {
    /// Where relance.yaml is; flags and environment win over it.
    #[arg(long, global = true, env = "RELANCE_CONFIG", default_value = crate::settings::DEFAULT_FILE)]
    pub config: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run: consume events, wake accounts, dispatch notices, publish outcomes
    #[command(after_help = "Example:\n  relance worker --roles intake,wake,dispatch,publish,console")]
    Worker(WorkerArgs),
    /// Find every mistake in workflows, templates, providers, law files and scenarios, with file:line:column
    #[command(
        after_help = "Example:\n  relance check workflows/ --format github\n  relance check workflows --format sarif > relance.sarif"
    )]
    Check(CheckArgs),
    /// Walk a workflow through events, one invoice or past invoices in virtual time and print what happens
    #[command(after_help = crate::simulate::EXAMPLES)]
    Simulate(Box<crate::simulate::SimulateArgs>),
    /// Run scenario files and compare their timelines line by line
    #[command(
        after_help = "Example:\n  relance test workflows/scenarios/\n  relance test --coverage --fail-under 80 --format junit > results.xml"
    )]
    Test(crate::test::TestArgs),
    /// Say where a case stands, everything that holds it back, and when it could move
    #[command(
        after_help = "Examples:\n  relance explain --creditor acme --invoice F-4711\n  relance explain --invoice F-4711 --events book.jsonl --workflow workflows --at 2026-04-08"
    )]
    Explain(crate::explain::ExplainArgs),
    /// Accounting views of what is owed on a day: aging, DSO, effectiveness, provision, promises, steps, tax
    #[command(
        after_help = "Examples:\n  relance report aging --as-of 2026-06-30 --creditor acme\n  relance report dso --as-of 2026-06-30 --events events.jsonl --format json"
    )]
    Report(crate::report::ReportArgs),
    /// When open invoices are likely to be paid, and how far such forecasts went wrong
    #[command(after_help = "Example:\n  relance forecast open --as-of 2026-06-30 --creditor acme")]
    Forecast {
        #[command(subcommand)]
        action: crate::forecast::ForecastAction,
    },
    /// Write files in their canonical form, comments kept
    #[command(after_help = "Example:\n  relance fmt\n  relance fmt --check workflows/fr-b2b.yaml")]
    Fmt(crate::fmt::FmtArgs),
    /// Write a workflow with its texts and a scenario, from a few questions or flags
    #[command(
        after_help = "Example:\n  relance new fr-retail --country fr --kind business --channels email,letter --language fr"
    )]
    New(crate::new::NewArgs),
    /// Draw a workflow: its calendar as the spine, branches beside it, and where a case stands
    #[command(
        after_help = "Example:\n  relance graph fr-b2b\n  relance graph fr-b2b --format svg --events book.jsonl --case C-1/F-1 > case.svg"
    )]
    Graph(crate::graph::GraphArgs),
    /// Show what deploying the workflows folder would change, for new cases and for running ones
    #[command(after_help = "Example:\n  relance plan\n  relance plan workflows/fr-b2b.yaml --format json")]
    Plan(crate::plan::PlanArgs),
    /// Put the workflows folder into service, workers need no restart: new cases take it, running ones with --move
    #[command(
        after_help = "Example:\n  relance deploy --by ada@example.org --note \"reminders a day later\"\n  relance deploy --move --accept fires-now=12 --by ada@example.org\n  relance deploy --retire old-policy --by ada@example.org"
    )]
    Deploy(crate::deploy::DeployArgs),
    /// Stop a step on every revision of its workflow at once
    #[command(
        after_help = "Example:\n  relance block formal-notice --workflow fr-b2b --reason \"wrong address in the letter\" --by ada@example.org"
    )]
    Block(crate::block::BlockArgs),
    /// Let a blocked step go again
    #[command(after_help = "Example:\n  relance unblock formal-notice --workflow fr-b2b --by ada@example.org")]
    Unblock(crate::block::UnblockArgs),
    /// Publish events from a file to RabbitMQ, confirmed; nothing of it where a line is one that intake would refuse
    #[command(after_help = "Example:\n  relance publish book.jsonl")]
    Publish(PublishArgs),
    /// Look after the quarantine: what was refused, and why
    #[command(after_help = "Examples:\n  relance dead list\n  relance dead show 42\n  relance dead replay 42")]
    Dead {
        #[command(subcommand)]
        action: DeadAction,
    },
    /// Check a provider's definition, and try it out: against recorded answers, a sandbox or a mock
    #[command(
        after_help = "Examples:\n  relance provider check workflows/providers/acme.yaml\n  relance provider test twilio"
    )]
    Provider {
        #[command(subcommand)]
        action: crate::provider::ProviderAction,
    },
    /// What waits for a person: tasks, approvals, uncertain notices
    #[command(
        after_help = "Examples:\n  relance task list --creditor acme\n  relance task approve 0b6d2f0e-7f43-8a3c-9d0a-5a5e3f6b9c11 --by ada@example.org"
    )]
    Task {
        #[command(subcommand)]
        action: crate::task::TaskAction,
    },
    /// Periodic mails: when they come, how the last ones went, one of them now
    #[command(
        after_help = "Example:\n  relance schedule list\n  relance schedule run weekly-digest --as-of 2026-11-22 --print"
    )]
    Schedule {
        #[command(subcommand)]
        action: crate::schedule::ScheduleAction,
    },
    /// Create or upgrade the tables
    #[command(after_help = "Example:\n  DATABASE_URL=postgres://localhost/relance relance migrate")]
    Migrate,
    /// Say what works, what does not, and where each setting came from
    #[command(after_help = "Example:\n  relance doctor")]
    Doctor(DoctorArgs),
    /// Print a JSON Schema (draft 7), or the names that templates may use
    #[command(
        after_help = "Example:\n  relance schema workflow > workflows/schema/workflow.json\n  relance schema template --language fr"
    )]
    Schema(crate::schema::SchemaArgs),
    /// Measure this machine: `relance bench intake`, `bench simulate`, `bench plan`, `bench conditions`
    #[command(
        after_help = "Example:\n  relance bench intake --events 200000 --format json\n  relance bench conditions"
    )]
    Bench {
        #[command(subcommand)]
        bench: Bench,
    },
    /// Late charges of one claim, segment by segment
    #[command(
        after_help = "Example:\n  relance charges --jurisdiction fr --kind business --amount 1200 --due 2025-03-31 --until 2025-05-15"
    )]
    Charges(crate::charges::ChargesArgs),
    /// When an invoice is due by its terms, and whether the law lets them be agreed
    #[command(after_help = "Example:\n  relance terms \"45 jours fin de mois\" --issued 2025-01-15")]
    Terms(crate::terms::TermsArgs),
    /// The last day of a legal time limit, and how it is counted
    #[command(after_help = "Examples:\n  relance deadline\n  relance deadline injunction-service --from 2026-08-31")]
    Deadline(crate::deadline::DeadlineArgs),
    /// Write the demonstration's book of events, or run the demonstration
    #[command(after_help = "Example:\n  relance demo run --out demo")]
    Demo {
        #[command(subcommand)]
        action: DemoAction,
    },
}

/// A day as flags write it.
pub fn day(text: &str) -> Result<chrono::NaiveDate, String> {
    let day: chrono::NaiveDate =
        text.parse().map_err(|_| "is no day of the calendar; write it like 2026-04-01".to_owned())?;
    // A year less at both ends: what is counted from the day must be a day as well.
    let (first, last) = (YEAR_MIN + 1, YEAR_MAX - 1);
    if !(first..=last).contains(&day.year()) {
        return Err(format!("lies outside the years {first} to {last}"));
    }
    Ok(day)
}

/// A task's id as `relance task list` prints it.
pub fn task_id(text: &str) -> Result<uuid::Uuid, String> {
    text.parse().map_err(|_| "is no id of a task; `relance task list` prints them in its first column".to_owned())
}

#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// What this process does; all of it by default
    #[arg(long, env = "RELANCE_ROLES", value_delimiter = ',')]
    pub roles: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    Text,
    Json,
    Github,
    Sarif,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Files or folders; the configured workflows folder by default
    pub paths: Vec<PathBuf>,
    /// As text for people, as JSON lines, as annotations of GitHub, or as SARIF
    #[arg(long, value_enum, default_value = "text")]
    pub format: CheckFormat,
    /// Warnings count as problems
    #[arg(long)]
    pub strict: bool,
    /// Print the page of a code, such as unknown-key, and check nothing
    #[arg(long, value_name = "CODE", conflicts_with_all = ["paths", "format", "strict"])]
    pub explain: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TimelineFormat {
    Text,
    Json,
}

/// What `simulate` writes: a timeline to read, one JSON object an entry, or a page to mail to a colleague.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SimulateFormat {
    Text,
    Json,
    Html,
}

#[derive(Debug, Args)]
pub struct PublishArgs {
    /// JSON lines (.jsonl, .json) or CSV (.csv); - reads JSON lines from standard input
    pub file: PathBuf,
    /// Publish all the same what intake would put into its quarantine, and leave out what is no event at all
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Subcommand)]
pub enum DeadAction {
    /// What waits in quarantine, oldest first
    #[command(after_help = "Example:\n  relance dead list --limit 20 --format json")]
    List {
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// As lines for people, or as JSON, an object a line
        #[arg(long, value_enum, default_value = "text")]
        format: TimelineFormat,
    },
    /// One refused message with its original bytes
    #[command(after_help = "Example:\n  relance dead show 42")]
    Show {
        /// Its number, as `relance dead list` prints it
        id: i64,
    },
    /// Send it through intake again, as it was: a number of the quarantine, or a dead letter's id
    #[command(after_help = "Example:\n  relance dead replay 42")]
    Replay {
        /// The number, as `relance dead list` prints it
        id: String,
    },
    /// Close it without applying it: a number of the quarantine; or delete a dead letter by its id
    #[command(after_help = "Example:\n  relance dead drop 42")]
    Drop {
        /// The number, as `relance dead list` prints it
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Only ask the worker on this machine whether it lives (for container health checks)
    #[arg(long)]
    pub live: bool,
}

#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Events to durable state, with the floor in the same run
    #[command(after_help = "Example:\n  relance bench intake --events 20000 --format json")]
    Intake {
        /// How many events
        #[arg(long, default_value_t = 200_000)]
        events: usize,
        /// As lines for people, or as JSON, an object a line
        #[arg(long, value_enum, default_value = "text")]
        format: TimelineFormat,
    },
    /// A year of invoices in virtual time, with the floor of only reading them
    #[command(after_help = "Example:\n  relance bench simulate --invoices 10000")]
    Simulate(crate::bench::simulate::SimulateBench),
    /// A plan over many open cases, with the floor of only reading them, and what workers notice of it
    #[command(after_help = "Example:\n  relance bench plan --cases 100000")]
    Plan(crate::bench::plan::PlanBench),
    /// Evaluations of conditions a second on one core, without and with their reasons
    #[command(after_help = "Example:\n  relance bench conditions")]
    Conditions(crate::bench::conditions::ConditionArgs),
}

#[derive(Debug, Subcommand)]
pub enum DemoAction {
    /// Print the book: CloudEvents, one a line, in order of time
    #[command(after_help = "Example:\n  relance demo book --seed 7 > book.jsonl")]
    Book {
        /// What the dice of the book start from: the same seed gives the same book
        #[arg(long, default_value_t = crate::demo_book::SEED)]
        seed: u64,
    },
    /// Publish the book at one virtual day a second and watch the worker
    #[command(after_help = "Example:\n  relance demo run --out demo")]
    Run {
        /// Where emails, SMS and letters are put
        #[arg(long, default_value = "demo")]
        out: PathBuf,
        /// What the dice of the book start from: the same seed gives the same book
        #[arg(long, default_value_t = crate::demo_book::SEED)]
        seed: u64,
    },
}

#[cfg(test)]
mod tests;
