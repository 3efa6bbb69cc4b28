//! `relance bench plan`: an edit of every workflow planned over many open cases, beside the floor of only reading
//! them, and what workers notice of it meanwhile.
//!
//! The cases stand where a working day leaves them: some not due yet, some with a first notice sent, on the revision
//! that the folder holds. The edit puts one step of every workflow off by a day.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use relance::advance::{self, Arrival, Behind, Memory, Original, Sending};
use relance::broker::Outgoing;
use relance::clock;
use relance::config::Settings;
use relance::domain::Channel;
use relance::domain::event::{self, Message};
use relance::engine::Book;
use relance::store::{Claim, Database, Outcome, Recorded, Writer};
use relance::worker::{Edition, Library};
use relance::workflow::SourceFile;
use serde_json::json;

use super::load;
use crate::args::TimelineFormat;
use crate::catalog::Proposed;
use crate::{Ended, catalog, running, service, settings};

/// The benchmark's own database.
const NAME: &str = "relance_bench_plan";
/// Longer than this a plan of the default size may not take, in seconds.
const SECONDS_MAX: u64 = 10;
/// The size that bound is for.
const BOUND_CASES: usize = 100_000;
/// Rows of one transaction while the book is made.
const BATCH: usize = 500;
/// Longest time a claim of the benchmark is held.
const LEASE: Duration = Duration::from_secs(600);
/// How long events are applied without a plan beside them.
const ALONE: Duration = Duration::from_secs(3);

/// The flags.
#[derive(Debug, Args)]
pub struct PlanBench {
    /// How many open cases
    #[arg(long, default_value_t = BOUND_CASES)]
    pub cases: usize,
    /// Plan so many times and tell the middle one
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// As lines for people, or as JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: TimelineFormat,
}

/// Measures and prints; slower than the bound is a problem found.
pub async fn run(args: &PlanBench, settings: &Settings) -> anyhow::Result<Ended> {
    let database = settings::database(settings)?.make_anew(NAME).await?;
    database.migrate().await?;
    let library = service::first_start(settings, &database).await?.library();
    let proposed = Proposed { editions: put_off(settings, &library)?, law: None };
    fill(&database, &library.book(), args.cases).await?;
    let alone = beside(&database, &library.book(), args.cases, 0, tokio::time::sleep(ALONE)).await?.1;
    let mut applied = alone.len();
    let (mut plans, mut meanwhile) = (Vec::new(), Vec::new());
    let mut cases = 0;
    for _ in 0..args.runs.max(1) {
        let started = Instant::now();
        let planning = async {
            let found = running::survey(&mut database.writer(), &library, &proposed, load::now()).await;
            (found, started.elapsed())
        };
        let ((found, took), delays) = beside(&database, &library.book(), args.cases, applied, planning).await?;
        cases = running::total(&found?).cases;
        applied += delays.len();
        plans.push(took);
        meanwhile.extend(delays);
    }
    let floor = read_only(&database, &library, &proposed.editions).await?;
    settings::database(settings)?.drop_beside(NAME).await?;
    plans.sort_unstable();
    let plan = plans[plans.len() / 2];
    print(args.format, cases, (plan, floor), (alone, meanwhile));
    let is_slow = args.cases <= BOUND_CASES && plan > Duration::from_secs(SECONDS_MAX);
    Ok(if is_slow { Ended::WithProblems } else { Ended::Well })
}

fn print(
    format: TimelineFormat,
    cases: usize,
    (plan, floor): (Duration, Duration),
    (alone, meanwhile): (Vec<Duration>, Vec<Duration>),
) {
    let (alone, meanwhile) = (Delays::of(alone), Delays::of(meanwhile));
    let (plan, floor) = (plan.as_secs_f64(), floor.as_secs_f64());
    match format {
        TimelineFormat::Json => println!(
            "{}",
            json!({
                "name": "plan", "value": round(plan), "unit": "s", "floor": round(floor), "cases": cases,
                "intake_alone_ms": { "median": round(alone.median), "longest": round(alone.longest) },
                "intake_meanwhile_ms": { "median": round(meanwhile.median), "longest": round(meanwhile.longest) },
            })
        ),
        TimelineFormat::Text => {
            println!("plan    {plan:>8.3} s  over {cases} open cases, every one of an edited workflow");
            println!("floor   {floor:>8.3} s  merely reading their accounts");
            println!(
                "intake  {:>8.1} ms an event while planning (longest {:.1} ms), {:.1} ms alone (longest {:.1} ms)",
                meanwhile.median, meanwhile.longest, alone.median, alone.longest
            );
        }
    }
}

/// How long single events took to be durable, in milliseconds.
struct Delays {
    median: f64,
    longest: f64,
}

impl Delays {
    fn of(mut each: Vec<Duration>) -> Self {
        each.sort_unstable();
        let millis = |place: usize| each.get(place).map_or(0.0, |took| took.as_secs_f64() * 1_000.0);
        Self { median: millis(each.len() / 2), longest: millis(each.len().saturating_sub(1)) }
    }
}

fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// What the folder holds, with one step of every workflow a day later.
fn put_off(settings: &Settings, library: &Library) -> anyhow::Result<Vec<Edition>> {
    let edited = library.editions().map(|edition| {
        let SourceFile { name, text } = &edition.source;
        let later = a_day_later(text).with_context(|| format!("{name} holds no `after_due: N days` to edit"))?;
        Ok(SourceFile::new(name.clone(), later))
    });
    catalog::editions_of(edited.collect::<anyhow::Result<_>>()?, &settings.workflows.folder)
}

fn a_day_later(text: &str) -> Option<String> {
    text.match_indices("after_due: ").find_map(|(place, key)| {
        let (before, after) = text.split_at(place + key.len());
        let (days, rest) = after.split_once(" day")?;
        let days: u32 = days.parse().ok()?;
        Some(format!("{before}{} days{}", days + 1, rest.trim_start_matches('s')))
    })
}

/// Makes the book: every event applied, every notice that is due sent and accepted.
async fn fill(database: &Database, book: &Book, cases: usize) -> anyhow::Result<()> {
    let (mut writer, memory) = (database.writer(), Memory::default());
    writer.make_months().await?;
    for batch in load::open(cases).chunks(BATCH) {
        let refused = advance::intake(&mut writer, &memory, book, &read(batch), load::now()).await?.refused;
        anyhow::ensure!(refused == 0, "{refused} events of the load are refused");
    }
    while advance::wake(&mut writer, &memory, book, load::now(), BATCH).await? > 0 {}
    while send(&mut writer, &memory, book).await? > 0 {}
    Ok(())
}

/// What dispatch does, without sending anything.
async fn send(writer: &mut Writer, memory: &Memory, book: &Book) -> anyhow::Result<usize> {
    let claim = Claim { token: clock::draw_token(), lease: LEASE };
    let mut claimed = Vec::new();
    for channel in [Channel::Email, Channel::Sms, Channel::Letter] {
        claimed.extend(advance::claim_notices(writer, &claim, load::now(), channel, None, BATCH).await?);
    }
    let sendings = claimed.iter().map(|one| Sending { key: one.key.clone(), notice: one.notice.id, documents: vec![] });
    advance::mark_sending(writer, &claim, &sendings.collect::<Vec<_>>()).await?;
    let records: Vec<Recorded> = claimed
        .iter()
        .map(|one| Recorded {
            key: one.key.clone(),
            notice: one.notice.id,
            token: claim.token,
            provider: NAME.to_owned(),
            provider_id: None,
            outcome: Outcome::Accepted(load::now()),
            detail: None,
        })
        .collect();
    advance::record(writer, memory, book, &records, load::now()).await?;
    Ok(claimed.len())
}

fn read(events: &[Outgoing]) -> Vec<Arrival> {
    let mut arrivals = Vec::with_capacity(events.len());
    for one in events {
        let message = Message { body: &one.body, content_type: Some(&one.content_type), headers: &[] };
        let original = std::sync::Arc::new(Original { body: one.body.clone(), headers: "{}".to_owned() });
        let readings = event::read(&message).into_iter();
        arrivals.extend(readings.map(|reading| Arrival { reading, original: original.clone() }));
    }
    arrivals
}

/// Runs `planning` while a worker applies payments one by one, from the one at `from`; what came of it, and how long
/// each payment took to be durable.
async fn beside<T>(
    database: &Database,
    book: &Book,
    cases: usize,
    from: usize,
    planning: impl Future<Output = T>,
) -> anyhow::Result<(T, Vec<Duration>)> {
    let is_over = AtomicBool::new(false);
    let (mut writer, memory) = (database.writer(), Memory::default());
    let applying = async {
        let mut delays = Vec::new();
        while !is_over.load(Ordering::Relaxed) {
            let number = from + delays.len();
            if number >= cases {
                bail!("too few cases for what is applied meanwhile: give more --cases");
            }
            let arrivals = read(&[load::settlement(number, number / load::INVOICES_EACH)]);
            let started = Instant::now();
            advance::intake(&mut writer, &memory, book, &arrivals, load::now()).await?;
            delays.push(started.elapsed());
        }
        Ok(delays)
    };
    let planning = async {
        let found = planning.await;
        is_over.store(true, Ordering::Relaxed);
        found
    };
    let (found, delays) = tokio::join!(planning, applying);
    Ok((found, delays?))
}

/// How long reading the accounts takes that a plan looks at.
async fn read_only(database: &Database, library: &Library, editions: &[Edition]) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut writer = database.writer();
    let mut behind = Behind::begin(&mut writer).await?;
    for (workflow, to) in running::targets(editions, library) {
        let mut after = None;
        while let Some(last) = behind.next((&workflow, &to), after.as_ref(), running::CHUNK_ACCOUNTS).await?.pop() {
            after = Some(last.key);
        }
    }
    behind.end().await?;
    Ok(started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_puts_one_step_off_by_a_day() {
        let edited = a_day_later("- { after_due: 3 business days }\n- { after_due: 9 days }\n- { after_due: 20 days }");
        assert_eq!(
            edited.as_deref(),
            Some("- { after_due: 3 business days }\n- { after_due: 10 days }\n- { after_due: 20 days }")
        );
        assert_eq!(a_day_later("after_due: 1 day, x").as_deref(), Some("after_due: 2 days, x"));
        assert_eq!(a_day_later("after_due: soon"), None);
    }
}
