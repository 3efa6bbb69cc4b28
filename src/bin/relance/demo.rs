//! `relance demo`: the main job on real parts, at one virtual day a second.
//!
//! It publishes the book of `demo_book` as its events fall due, to a worker of its own: a child process with a
//! database and queues of their own, a mail folder and the `outbox-folder` provider.

mod summary;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use relance::broker::{Address, Exchange, Outgoing, Publisher, Receipt, Topology};
use relance::clock::Clock;
use relance::config::Settings;
use relance::store::{Database, Reader};
use tokio::process::{Child, Command};

use crate::{Ended, demo_book, settings};

/// Virtual seconds a second: a day.
const SPEED: f64 = 86_400.0;
/// How often the summary is written.
const LOOK_MILLIS: u64 = 1_000;
/// How often the book is looked at.
const TURN_MILLIS: u64 = 50;
/// How long the worker may take to finish after the book's last day.
const REST_SECONDS_MAX: u64 = 30;
/// The demonstration's own database and queues.
const NAME: &str = "relance_demo";

/// Prints the book.
pub fn print_book(seed: u64) -> anyhow::Result<Ended> {
    for (_, event) in demo_book::book(seed) {
        println!("{event}");
    }
    Ok(Ended::Well)
}

/// Runs the demonstration and leaves what was sent in `out`.
pub async fn run(out: &Path, seed: u64, settings: &Settings) -> anyhow::Result<Ended> {
    let out = prepare_folder(out)?;
    let database =
        settings::database(settings)?.make_anew(NAME).await.context("cannot make the database relance_demo")?;
    database.migrate().await?;
    let (address, _) = settings::broker(settings)?;
    let topology = Topology::with_prefix(NAME);
    topology.remove(&address).await?;
    let book = demo_book::book(seed);
    summary::welcome(&out, &book, demo_book::start(), demo_book::end());
    let clock = Clock::new(Some(demo_book::start()), Some(SPEED))?;
    let mut worker = start_worker(settings, &database, &out)?;
    let told = tell(&book, &clock, &address, &topology, &database.reader(), &mut worker).await;
    stop(&mut worker).await?;
    told?;
    summary::farewell(&out, &database.reader()).await?;
    Ok(Ended::Well)
}

fn prepare_folder(out: &Path) -> anyhow::Result<PathBuf> {
    for part in ["mail", "outbox"] {
        let folder = out.join(part);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    Ok(out.canonicalize()?)
}

fn start_worker(settings: &Settings, database: &Database, out: &Path) -> anyhow::Result<Child> {
    let log = std::fs::File::create(out.join("worker.log"))?;
    let start = demo_book::start().to_rfc3339_opts(SecondsFormat::Secs, true);
    Command::new(std::env::current_exe()?)
        .args(["worker", "--roles", "intake,wake,dispatch,publish"])
        .env("DATABASE_URL", database.url())
        .env("RELANCE_BROKER_PREFIX", NAME)
        .env("RELANCE_WORKFLOWS", &settings.workflows.folder)
        .env("RELANCE_CLOCK_START", start)
        .env("RELANCE_CLOCK_SPEED", SPEED.to_string())
        .env("RELANCE_MAIL_FOLDER", out.join("mail"))
        .env("RELANCE_OUTBOX_FOLDER", out.join("outbox"))
        .env("RELANCE_SMS_PROVIDER", "outbox-folder")
        .env("RELANCE_LETTER_PROVIDER", "outbox-folder")
        .stdin(Stdio::null())
        .stderr(Stdio::from(log))
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the worker")
}

/// Publishes the book as the virtual calendar reaches its events, and shows what becomes of them.
async fn tell(
    book: &[(DateTime<Utc>, String)],
    clock: &Clock,
    address: &Address,
    topology: &Topology,
    reader: &Reader,
    worker: &mut Child,
) -> anyhow::Result<()> {
    let mut publisher = Publisher::new(address.clone(), topology.clone());
    let mut screen = summary::Screen::new(demo_book::start());
    let mut look = tokio::time::interval(Duration::from_millis(LOOK_MILLIS));
    let mut turn = tokio::time::interval(Duration::from_millis(TURN_MILLIS));
    let mut published = 0;
    loop {
        tokio::select! {
            _ = turn.tick() => {
                let due = due_until(book, published, clock.now());
                publish(&mut publisher, &book[published..due]).await?;
                published = due;
                if clock.now() >= demo_book::end() {
                    break;
                }
            }
            _ = look.tick() => screen.show(clock.now(), published, &reader.tally().await?),
            ended = worker.wait() => bail!("the worker ended ({}); its log is worker.log", ended?),
        }
    }
    for _ in 0..REST_SECONDS_MAX {
        let tally = reader.tally().await?;
        screen.show(clock.now(), published, &tally);
        if topology.waiting(address).await? == 0 && !summary::is_busy(&tally) {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    publisher.close().await;
    screen.close();
    Ok(())
}

fn due_until(book: &[(DateTime<Utc>, String)], from: usize, now: DateTime<Utc>) -> usize {
    from + book[from..].iter().take_while(|(at, _)| *at <= now).count()
}

async fn publish(publisher: &mut Publisher, events: &[(DateTime<Utc>, String)]) -> anyhow::Result<()> {
    let outgoing = |event: &String| -> anyhow::Result<Outgoing> {
        let value: serde_json::Value = serde_json::from_str(event)?;
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Ok(Outgoing::structured(&text("type"), &text("id"), event.clone().into_bytes()))
    };
    let messages: Vec<Outgoing> = events.iter().map(|(_, event)| outgoing(event)).collect::<Result<_, _>>()?;
    if messages.is_empty() {
        return Ok(());
    }
    let receipts = publisher.publish(Exchange::In, &messages).await?;
    if receipts.iter().any(|receipt| *receipt != Receipt::Confirmed) {
        bail!("RabbitMQ did not keep every event");
    }
    Ok(())
}

/// Asks the worker to stop and waits for it; what is in flight is finished.
async fn stop(worker: &mut Child) -> anyhow::Result<()> {
    if let Some(id) = worker.id() {
        Command::new("kill").args(["-TERM", &id.to_string()]).status().await.context("cannot stop the worker")?;
    }
    worker.wait().await?;
    Ok(())
}
