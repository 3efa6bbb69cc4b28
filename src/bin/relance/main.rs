//! The command line: reads the arguments, runs the command, turns its end into an exit code.

#![expect(clippy::print_stdout, reason = "the answers of a command go to standard output, messages to standard error")]

mod args;
mod bench;
mod block;
mod catalog;
mod charges;
mod check;
mod dead;
mod deadline;
mod demo;
mod demo_book;
mod deploy;
mod desk;
mod difference;
mod doctor;
mod explain;
mod files;
mod fmt;
mod forecast;
mod graph;
mod law;
mod moving;
mod new;
mod of_day;
mod plan;
mod provider;
mod publish;
mod report;
mod running;
mod schedule;
mod schema;
mod service;
mod settings;
mod simulate;
mod task;
mod terms;
mod test;
mod worker;

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use relance::config::Settings;
use relance::telemetry::{LogShape, Telemetry};

use args::{Bench, Cli, Command, DemoAction};
use forecast::ForecastAction;

/// How a command ended that could run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing to complain about: exit code 0.
    Well,
    /// It found problems and printed them: exit code 1.
    WithProblems,
}

fn main() -> ExitCode {
    end_quietly_without_reader();
    let cli = Cli::parse();
    match run(cli) {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::WithProblems) => ExitCode::from(1),
        Err(why) => {
            eprintln!("relance: {why:#}");
            ExitCode::from(2)
        }
    }
}

/// Printing fails where the reader of a pipe is gone (`| head`) or a disk is full: that is no defect to trace. The
/// first is the reader's wish, the second is said.
fn end_quietly_without_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to stdout") {
            if said.contains("Broken pipe") {
                std::process::exit(0);
            }
            eprintln!("relance: cannot write to standard output");
            std::process::exit(2);
        }
        usual(info);
    }));
}

fn run(cli: Cli) -> anyhow::Result<Ended> {
    // Every TLS client of the process uses this one provider; a second call would be a defect of ours.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut flags = BTreeMap::new();
    if let Command::Worker(args) = &cli.command
        && !args.roles.is_empty()
    {
        flags.insert("worker.roles", args.roles.join(","));
    }
    let settings = settings::read(&cli.config, flags)?;
    let telemetry = || Telemetry::start(&settings.worker.log, LogShape::of_stderr());
    let folder = &settings.workflows.folder;
    match &cli.command {
        Command::Worker(_) => block_on(worker::run(&settings, settings::schedules(&cli.config)?, telemetry()?)),
        Command::Check(args) => check::run(args, &cli.config, folder),
        Command::Simulate(args) => simulate::run(args, &settings),
        Command::Test(args) => test::run(args, folder),
        Command::Explain(args) => match &args.events {
            Some(events) => explain::from_events(args, events, folder),
            None => block_on(explain::from_tables(args, &settings)),
        },
        Command::Forecast { action: ForecastAction::Backtest(args) } => forecast::compare(args),
        Command::Forecast { action: ForecastAction::Open(args) } => match &args.of.events {
            Some(events) => forecast::from_events(args, events, folder),
            None => block_on(forecast::from_tables(args, &settings)),
        },
        Command::Report(args) => match &args.of.events {
            Some(events) => report::from_events(args, events, folder),
            None => block_on(report::from_tables(args, &settings)),
        },
        Command::Fmt(args) => fmt::run(args, folder),
        Command::New(args) => new::run(args, folder),
        Command::Graph(args) => graph::run(args, &settings),
        Command::Publish(args) => block_on(publish::run(args, &settings)),
        Command::Provider { action } => block_on(provider::run(action, folder)),
        Command::Dead { action } => block_on(dead::run(action, &settings)),
        Command::Task { action } => block_on(task::run(action, &settings)),
        Command::Schedule { action } => block_on(schedule::run(action, &cli.config, &settings)),
        Command::Plan(args) => block_on(plan::run(args, &settings)),
        Command::Deploy(args) => block_on(deploy::run(args, &settings)),
        Command::Block(args) => block_on(block::block(args, &settings)),
        Command::Unblock(args) => block_on(block::unblock(args, &settings)),
        Command::Migrate => block_on(migrate(&settings)),
        Command::Doctor(args) => block_on(doctor::run(args, &settings)),
        Command::Schema(args) => schema::run(args),
        Command::Bench { bench: Bench::Intake { events, format } } => {
            block_on(bench::intake(&settings, *events, *format))
        }
        Command::Bench { bench: Bench::Plan(args) } => block_on(bench::plan::run(args, &settings)),
        Command::Bench { bench: Bench::Simulate(args) } => bench::simulate::run(args, folder),
        Command::Bench { bench: Bench::Conditions(args) } => bench::conditions::run(args),
        Command::Charges(args) => charges::run(args, folder),
        Command::Terms(args) => terms::run(args, folder),
        Command::Deadline(args) => deadline::run(args, folder),
        Command::Demo { action: DemoAction::Book { seed } } => demo::print_book(*seed),
        Command::Demo { action: DemoAction::Run { out, seed } } => block_on(demo::run(out, *seed, &settings)),
    }
}

fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?.block_on(future)
}

async fn migrate(settings: &Settings) -> anyhow::Result<Ended> {
    settings::database(settings)?.migrate().await?;
    eprintln!("the tables are up to date");
    Ok(Ended::Well)
}
