//! The real worker as a child process, and what can be seen of it from outside.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use relance::broker::{Address, Exchange, Outgoing, Publisher, Receipt, Topology};
use relance::store::Database;
use sqlx::{Connection as _, PgConnection};
use tokio::process::{Child, Command};

use super::provider::Provider;
use crate::database::{Migrated as _, fresh_url};
use crate::services;

/// How long anything may take that is waited for. A debug build on a busy machine is slow, not that slow.
const WAIT_SECONDS_MAX: u64 = 150;
/// How often the outside is looked at.
const LOOK_MILLIS: u64 = 4;
/// A claim on a notice. Shorter than the 115 seconds a send may take: every send here ends within one.
const LEASE_SECONDS: u64 = 4;
/// Messages published at once.
const PUBLISHED_AT_ONCE: usize = 2_000;

/// The one workflow: everything overdue by five days is written to at the next opening.
const WORKFLOW: &str = r#"
relance: 1
workflow: crash
applies_to: debtor.kind == "business"
timezone: Europe/Paris
languages: [fr]
jurisdiction: fr
contact: { hours: { mon-fri: "09:00-18:00" } }
steps:
  - id: reminder-1
    phase: reminder
    after_due: 5 days
    email: reminder-1
    sms: reminder-2
    if_unreachable: { letter: { template: reminder-letter, service: standard } }
  - id: reminder-2
    phase: reminder
    after_due: 15 days
    sms: reminder-2
on_exhausted: { task: { kind: decide, assign: manager, within: 10 business days, on_timeout: remind } }
"#;

/// A world of its own: database, queues, folders, provider, and at most one worker.
pub struct World {
    pub url: String,
    pub provider: Provider,
    folder: PathBuf,
    address: Address,
    topology: Topology,
    looks: PgConnection,
    worker: Option<Child>,
    clock: (DateTime<Utc>, Instant),
    /// How often a worker was killed.
    pub kills: usize,
}

/// Something seen from outside that says how far the worker is.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    /// The worker holds a session in Postgres: it has only just started.
    Connected,
    /// So many events are applied.
    Applied(i64),
    /// The provider has so many notices.
    Accepted(i64),
    /// So many emails are written.
    Mails(i64),
    /// So many notices are between the intent to send and its record at this moment.
    Sending(i64),
    /// So many notices are claimed, their bytes not made yet.
    Claimed(i64),
}

impl World {
    /// An empty one.
    pub async fn make(name: &str) -> Self {
        let url = fresh_url(&format!("crash_{name}")).await;
        Database::new(&url).unwrap().migrated().await;
        let address = Address::parse(&services::amqp_url()).unwrap();
        let topology = Topology::with_prefix(&prefix(name));
        topology.remove(&address).await.unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(prefix(name));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("workflows")).unwrap();
        std::fs::write(folder.join("workflows/crash.yaml"), WORKFLOW).unwrap();
        let looks = PgConnection::connect(&url).await.unwrap();
        let provider = Provider::start().await;
        let clock = (DateTime::UNIX_EPOCH, Instant::now());
        let mut world = Self { url, provider, folder, address, topology, looks, worker: None, clock, kills: 0 };
        world.set_clock("2026-03-03T02:00:00Z");
        world.count_waiting().await;
        world
    }

    /// Business time from now on, for workers started later.
    pub fn set_clock(&mut self, instant: &str) {
        self.clock = (instant.parse().unwrap(), Instant::now());
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.0 + TimeDelta::from_std(self.clock.1.elapsed()).unwrap()
    }

    /// Starts the worker; a clock that was killed goes on where it would be by now.
    pub fn start(&mut self) {
        assert!(self.worker.is_none(), "one worker at a time");
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("worker.log")).unwrap();
        let name = self.topology.in_exchange();
        let child = Command::new(env!("CARGO_BIN_EXE_relance"))
            .args(["worker", "--roles", "intake,wake,dispatch,publish"])
            .current_dir(&self.folder)
            .env("DATABASE_URL", &self.url)
            .env("AMQP_URL", services::amqp_url())
            .env("RELANCE_BROKER_PREFIX", name.trim_end_matches(".in"))
            .env("RELANCE_WORKFLOWS", self.folder.join("workflows"))
            .env("RELANCE_CLOCK_START", self.now().to_rfc3339_opts(SecondsFormat::Millis, true))
            .env("RELANCE_CLOCK_SPEED", "1")
            .env("RELANCE_MAIL_FOLDER", self.folder.join("mail"))
            .env("RELANCE_SMS_PROVIDER", "generic")
            .env("RELANCE_LETTER_PROVIDER", "generic")
            .env("RELANCE_PROVIDER_URLS", format!("generic={}", self.provider.url()))
            .env("RELANCE_SECRET_GENERIC_TOKEN", "of-the-test")
            .env("RELANCE_DISPATCH_LEASE_SECONDS", LEASE_SECONDS.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::from(log))
            .kill_on_drop(true)
            .spawn();
        self.worker = Some(child.unwrap());
    }

    /// `kill -9`, once the sign is seen; then another worker.
    pub async fn kill_at(&mut self, sign: Sign) {
        self.await_sign(sign).await;
        let mut worker = self.worker.take().expect("a worker");
        worker.kill().await.unwrap();
        self.kills += 1;
        self.start();
    }

    /// SIGTERM; how it ended and after how long.
    pub async fn stop(&mut self) -> (ExitStatus, Duration) {
        let mut worker = self.worker.take().expect("a worker");
        let asked = Instant::now();
        let id = worker.id().expect("a worker that runs").to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        (worker.wait().await.unwrap(), asked.elapsed())
    }

    /// Waits until `sign` is seen.
    pub async fn await_sign(&mut self, sign: Sign) {
        let deadline = Instant::now() + Duration::from_secs(WAIT_SECONDS_MAX);
        while !self.sees(sign).await {
            self.check(deadline, &format!("{sign:?}"));
            tokio::time::sleep(Duration::from_millis(LOOK_MILLIS)).await;
        }
    }

    async fn sees(&mut self, sign: Sign) -> bool {
        match sign {
            Sign::Connected => {
                let sessions = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
                self.count(sessions).await > 0
            }
            Sign::Applied(events) => self.count("SELECT count(*) FROM inbox").await >= events,
            Sign::Accepted(notices) => self.provider.accepted() >= notices,
            Sign::Mails(mails) => self.mails() >= mails,
            Sign::Sending(n) => self.count("SELECT count(*) FROM notices WHERE state = 'sending'").await >= n,
            Sign::Claimed(n) => self.count("SELECT count(*) FROM notices WHERE state = 'claimed'").await >= n,
        }
    }

    /// Waits until nothing is left to do: `events` applied, no account due, no notice on its way, all published.
    pub async fn await_rest(&mut self, events: i64) {
        self.await_sign(Sign::Applied(events)).await;
        let deadline = Instant::now() + Duration::from_secs(WAIT_SECONDS_MAX);
        loop {
            let now = self.now();
            let busy: i64 = sqlx::query_scalar(
                "SELECT (SELECT count(*) FROM accounts WHERE wake_at <= $1)
                    + (SELECT count(*) FROM notices WHERE state IN ('claimed', 'sending')
                        OR state = 'ordered' AND valid_until > $1)
                    + (SELECT count(*) FROM outbox)",
            )
            .bind(now)
            .fetch_one(&mut self.looks)
            .await
            .unwrap();
            if busy == 0 && self.count_waiting().await == 0 {
                return;
            }
            self.check(deadline, &format!("rest; {busy} rows are busy"));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn check(&mut self, deadline: Instant, what: &str) {
        let log = self.folder.join("worker.log");
        if let Some(ended) = self.worker.as_mut().and_then(|worker| worker.try_wait().unwrap()) {
            panic!("the worker ended by itself ({ended}) before {what}; its log is {}", log.display());
        }
        assert!(
            Instant::now() < deadline,
            "no {what} within {WAIT_SECONDS_MAX} s; the worker's log is {}",
            log.display()
        );
    }

    /// Publishes, confirmed.
    pub async fn publish(&self, messages: &[Outgoing]) {
        let mut publisher = Publisher::new(self.address.clone(), self.topology.clone());
        for part in messages.chunks(PUBLISHED_AT_ONCE) {
            let receipts = publisher.publish(Exchange::In, part).await.unwrap();
            assert!(receipts.iter().all(|receipt| *receipt == Receipt::Confirmed));
        }
        publisher.close().await;
    }

    /// One number from Postgres.
    pub async fn count(&mut self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.looks).await.unwrap()
    }

    /// Messages that wait in the intake queue.
    pub async fn count_waiting(&self) -> u32 {
        self.topology.waiting(&self.address).await.unwrap()
    }

    /// Waits until at least `messages` are in the intake queue again: RabbitMQ puts back what a gone consumer held,
    /// a moment later. How many there are.
    pub async fn await_waiting(&mut self, messages: i64) -> i64 {
        let deadline = Instant::now() + Duration::from_secs(WAIT_SECONDS_MAX);
        loop {
            let waiting = i64::from(self.count_waiting().await);
            if waiting >= messages {
                return waiting;
            }
            self.check(deadline, &format!("{messages} messages in the queue"));
            tokio::time::sleep(Duration::from_millis(LOOK_MILLIS)).await;
        }
    }

    /// The emails written.
    pub fn mails(&self) -> i64 {
        let Ok(entries) = std::fs::read_dir(self.folder.join("mail")) else { return 0 };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        i64::try_from(names.filter(|name| name.ends_with(".eml") && !name.starts_with('.')).count()).unwrap()
    }

    /// Removes queues, database and folders; only where all went well, so that a failure can be looked into.
    pub async fn remove(self) {
        self.topology.remove(&self.address).await.unwrap();
        self.looks.close().await.unwrap();
        let name = self.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
        Database::new(&services::database_url()).unwrap().drop_beside(&name).await.unwrap();
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn prefix(name: &str) -> String {
    format!("relance_it_crash_{name}")
}
