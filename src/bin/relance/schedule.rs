//! `relance schedule`: when periodic mails come, how the last ones went, and one of them tried now.

use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, SecondsFormat, SubsecRound as _, Utc};
use clap::{Args, Subcommand, ValueEnum};
use relance::config::Settings;
use relance::domain::CreditorId;
use relance::store::{Database, Occurrence, RunEnd, RunView, Writer};
use relance::worker::schedules::{self, InUse, Means};
use relance::worker::{Library, statement};
use serde_json::json;

use crate::{Ended, settings};

/// Occurrences and runs that are shown of each schedule.
const SHOWN: usize = 5;

#[derive(Debug, Subcommand)]
pub enum ScheduleAction {
    /// Every schedule in words, with its next five occurrences and its last runs
    #[command(after_help = "Example:\n  relance schedule list")]
    List(ListArgs),
    /// Make one now and send it, or only print it
    #[command(after_help = "Example:\n  relance schedule run weekly-digest --creditor acme --as-of 2026-11-22 --print")]
    Run(RunArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// As lines for people or as JSON, an object a line
    #[arg(long, value_enum, default_value = "text")]
    pub format: ListFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ListFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// Its id; `WORKFLOW/ID` where several have the same
    pub id: String,
    /// About which creditor; needed where the schedule names none and there are several
    #[arg(long)]
    pub creditor: Option<String>,
    /// The day whose evening the figures are of; yesterday unless given
    #[arg(long, value_parser = crate::args::day)]
    pub as_of: Option<NaiveDate>,
    /// Print the mail and send nothing
    #[arg(long)]
    pub print: bool,
}

/// Carries the action out; `file` is where `relance.yaml` is.
pub async fn run(action: &ScheduleAction, file: &Path, settings: &Settings) -> anyhow::Result<Ended> {
    let database = settings::ready_database(settings).await?;
    let library = crate::service::shelf(settings, &database).await?.library();
    let known = schedules::in_use(&library, &settings::schedules(file)?);
    let now = settings::clock(settings)?.now();
    match action {
        ScheduleAction::List(args) => {
            list(&database, &known, now, args.format).await?;
            Ok(Ended::Well)
        }
        ScheduleAction::Run(args) => {
            let one = named(&known, &args.id)?;
            let creditor = creditor(&database, one, args.creditor.as_deref()).await?;
            let as_of = args.as_of.unwrap_or_else(|| one.schedule.timetable.day_before(now));
            let mut writer = database.writer();
            if args.print {
                print(&mut writer, &library, one, &creditor, as_of, now).await
            } else {
                send(&mut writer, &library, settings, one, &creditor, as_of, now).await
            }
        }
    }
}

async fn list(database: &Database, known: &[InUse], now: DateTime<Utc>, format: ListFormat) -> anyhow::Result<()> {
    let reader = database.reader();
    for one in known {
        let timetable = &one.schedule.timetable;
        let next: Vec<String> = std::iter::successors(timetable.next_after(now), |last| timetable.next_after(*last))
            .take(if one.schedule.enabled { SHOWN } else { 0 })
            .map(|at| local(at, one))
            .collect();
        let runs = reader.runs(&one.key, SHOWN as i64).await?;
        match format {
            ListFormat::Json => println!("{}", as_json(one, &next, &runs)),
            ListFormat::Text => print_lines(one, &next, &runs),
        }
    }
    eprintln!("schedules: {}", known.len());
    Ok(())
}

fn local(at: DateTime<Utc>, one: &InUse) -> String {
    at.with_timezone(&one.schedule.timetable.zone()).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn print_lines(one: &InUse, next: &[String], runs: &[RunView]) {
    let schedule = &one.schedule;
    println!("{}  {}  {}", one.key, schedule.work.as_str(), schedule.timetable.in_words());
    let to = if schedule.to.is_empty() { "the creditor's own address".to_owned() } else { schedule.to.join(", ") };
    let about = schedule.creditor.as_ref().map_or("each creditor", CreditorId::as_str);
    let event =
        if schedule.event { format!(", and as the event {}", schedule.work.event_kind()) } else { String::new() };
    println!("  about {about}, to {to}{event}");
    if !schedule.enabled {
        println!("  switched off");
    }
    next.iter().for_each(|at| println!("  next {at}"));
    for run in runs {
        let passed = match run.passed_over {
            0 => String::new(),
            count => format!(", {count} passed over before it"),
        };
        let detail = run.detail.as_deref().map_or_else(String::new, |why| format!(": {why}"));
        println!("  last {}  {}  {}{passed}{detail}", local(run.at, one), run.creditor, run.state);
    }
}

fn as_json(one: &InUse, next: &[String], runs: &[RunView]) -> serde_json::Value {
    let schedule = &one.schedule;
    json!({
        "schedule": schedule.id, "workflow": one.workflow, "send": schedule.work.as_str(),
        "cron": schedule.timetable.written(), "timezone": schedule.timetable.zone().name(),
        "words": schedule.timetable.in_words(), "creditor": schedule.creditor, "to": schedule.to,
        "event": schedule.event, "enabled": schedule.enabled, "next": next,
        "runs": runs.iter().map(|run| json!({
            "creditor": run.creditor, "at": local(run.at, one), "state": run.state, "detail": run.detail,
            "passed_over": run.passed_over,
        })).collect::<Vec<_>>(),
    })
}

fn named<'k>(known: &'k [InUse], id: &str) -> anyhow::Result<&'k InUse> {
    let fits = |one: &&InUse| one.key.to_string() == id || one.key.id == id;
    let exact = known.iter().find(|one| one.key.to_string() == id);
    let mut found = known.iter().filter(fits);
    match (exact, found.next(), found.next()) {
        (Some(one), _, _) | (None, Some(one), None) => Ok(one),
        (None, None, _) => {
            let names: Vec<String> = known.iter().map(|one| one.key.to_string()).collect();
            let there =
                if names.is_empty() { "there are none".to_owned() } else { format!("there are {}", names.join(", ")) };
            bail!("no schedule `{id}`; {there}")
        }
        (None, Some(_), Some(_)) => bail!("several schedules are called `{id}`; write WORKFLOW/{id}"),
    }
}

/// About whom: an address is only ever sent what its own creditor may see.
async fn creditor(database: &Database, one: &InUse, asked: Option<&str>) -> anyhow::Result<CreditorId> {
    let asked = asked.map(CreditorId::from);
    match (&one.schedule.creditor, asked) {
        (Some(own), Some(asked)) if *own != asked => {
            bail!("schedule {} is about creditor {own} and nobody else; leave --creditor out", one.key)
        }
        (Some(own), _) => Ok(own.clone()),
        (None, Some(asked)) => Ok(asked),
        (None, None) => {
            let known = database.reader().creditors().await?;
            match &known[..] {
                [only] => Ok(only.clone()),
                [] => bail!("no creditor is known yet; publish `creditor.upserted` first"),
                _ => bail!("there are {} creditors; name one with --creditor", known.len()),
            }
        }
    }
}

async fn print(
    writer: &mut Writer,
    library: &Library,
    one: &InUse,
    creditor: &CreditorId,
    as_of: NaiveDate,
    now: DateTime<Utc>,
) -> anyhow::Result<Ended> {
    let (schedule, workflow) = (&one.schedule, one.workflow.as_ref());
    let order = statement::Order { schedule, workflow, creditor, as_of, now, held: None };
    let made = statement::make(writer, library, order).await.with_context(|| format!("schedule {}", one.key))?;
    let to = made.recipient.email.iter().chain(&made.recipient.cc).map(String::as_str).collect::<Vec<_>>().join(", ");
    println!("From: {}\nTo: {to}\nSubject: {}\n\n{}", made.sender.email, made.mail.subject, made.mail.text);
    for file in &made.attachments {
        println!("==== {}\n{}", file.name, String::from_utf8_lossy(&file.bytes));
    }
    if let Some(data) = &made.event {
        println!("==== event {}\n{data}", schedule.work.event_kind());
    }
    eprintln!("printed; nothing was sent");
    Ok(Ended::Well)
}

async fn send(
    writer: &mut Writer,
    library: &Library,
    settings: &Settings,
    one: &InUse,
    creditor: &CreditorId,
    as_of: NaiveDate,
    now: DateTime<Utc>,
) -> anyhow::Result<Ended> {
    let channels = crate::worker::open_channels(settings)?;
    let claim = schedules::claim();
    let occurrence =
        Occurrence { key: one.key.clone(), at: now.trunc_subsecs(6), as_of, passed_over: None, timetable: None };
    let runs = writer.claim_runs(&claim, &occurrence, Some(creditor), 1).await?;
    let run = runs.first().context("another process runs it at this very moment; try again")?;
    let lease = crate::worker::pace(settings).lease;
    let means = Means { library, channels: &channels, now, lease };
    let (end, detail) = schedules::carry(means, writer, &claim, Some(one), run).await?;
    let why = detail.unwrap_or_default();
    match end {
        RunEnd::Accepted => {
            eprintln!("sent");
            return Ok(Ended::Well);
        }
        RunEnd::Rejected => eprintln!("not sent: {why}"),
        RunEnd::Uncertain => eprintln!("it may have left, nobody can know: {why}"),
        RunEnd::Retry(seconds) => eprintln!("not sent yet: {why}; a worker tries again in {seconds} s"),
    }
    Ok(Ended::WithProblems)
}
