//! A worker in the test's own process, whose parts the test chooses: its clock, its book, its channels.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use relance::advance::Memory;
use relance::broker::{Address, Topology};
use relance::channels::{Channels, Documents};
use relance::clock::Clock;
use relance::config::Role;
use relance::store::Database;
use relance::worker::{Nudges, Pace, Parts, Shelf, StopSource};
use relance::workflow::Schedule;

use super::services;

/// How long what is awaited may take: a debug build on a busy machine.
const AWAIT_SECONDS_MAX: u64 = 90;

/// A worker's parts; small batches, so that little is done at a time.
pub fn parts(
    database: &Database,
    clock: Clock,
    shelf: Shelf,
    schedules: Vec<Schedule>,
    channels: Channels,
) -> Arc<Parts> {
    Arc::new(Parts {
        database: database.clone(),
        broker: Address::parse(&services::amqp_url()).unwrap(),
        topology: Topology::with_prefix("relance_it_worker"),
        clock,
        shelf,
        schedules,
        memory: Memory::default(),
        channels: Arc::new(channels),
        documents: Documents::open().unwrap(),
        pace: Pace {
            prefetch: 1,
            batch_messages: 1,
            flush: Duration::from_millis(1),
            wake_idle: Duration::from_secs(1),
            wake_accounts: 10,
            dispatch_notices: 10,
            dispatch_at_once: 2,
            lease: Duration::from_secs(120),
            publish_events: 1,
        },
        nudges: Nudges::default(),
        taken: AtomicU64::default(),
    })
}

/// Runs workers with `roles` until `done` gives something; stops them in good order and gives it.
pub async fn run_until<T>(workers: Vec<Arc<Parts>>, roles: &[Role], mut done: impl AsyncFnMut() -> Option<T>) -> T {
    let (source, stop) = StopSource::open();
    let roles: BTreeSet<Role> = roles.iter().copied().collect();
    let running: Vec<_> = workers
        .into_iter()
        .map(|parts| {
            let (roles, stop) = (roles.clone(), stop.clone());
            tokio::spawn(async move { relance::worker::run(parts, &roles, stop).await })
        })
        .collect();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(AWAIT_SECONDS_MAX);
    let found = loop {
        if let Some(found) = done().await {
            break found;
        }
        assert!(tokio::time::Instant::now() < deadline, "waited {AWAIT_SECONDS_MAX} s in vain");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    source.stop();
    for worker in running {
        worker.await.unwrap();
    }
    found
}

/// Every message in a Maildir, with its envelope, line ends plain.
pub fn delivered(maildir: &Path) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(maildir.join("new")) else { return vec![] };
    folder.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap().replace("\r\n", "\n")).collect()
}
