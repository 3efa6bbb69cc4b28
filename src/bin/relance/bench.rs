//! `relance bench`: what this machine does, always beside a floor measured in the same run.
//!
//! Intake is measured as a worker runs it: from RabbitMQ through the whole ledger and `decide` to the commit and the
//! acknowledgement. Backlogs are kept short, because RabbitMQ before 3.12 reads a long quorum queue slowly.

pub mod conditions;
mod load;
pub mod plan;
pub mod simulate;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use relance::advance::Memory;
use relance::broker::{Address, Consumer, ConsumerSettings, Exchange, Outgoing, Publisher, Receipt, Topology};
use relance::channels::{ChannelSettings, Channels, Documents};
use relance::clock::Clock;
use relance::config::{Role, Settings};
use relance::store::Database;
use relance::worker::{Nudges, Parts, StopSource};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::args::TimelineFormat;
use crate::{Ended, settings};

/// The benchmark's own database and queues.
const NAME: &str = "relance_bench";
/// Messages published before each measured stretch.
const STRETCH_EVENTS: usize = 50_000;
/// Events of one confirmed batch.
const PUBLISH_EVENTS: usize = 1_000;
/// A stretch that takes longer than this is not a slow machine but a defect.
const STRETCH_SECONDS_MAX: u64 = 300;

/// Measures intake and prints it with its floor.
pub async fn intake(settings: &Settings, events: usize, format: TimelineFormat) -> anyhow::Result<Ended> {
    let database = settings::database(settings)?.make_anew(NAME).await?;
    database.migrate().await?;
    let (address, _) = settings::broker(settings)?;
    let topology = Topology::with_prefix(NAME);
    topology.remove(&address).await?;
    let bench = Bench { address, topology, batch: settings.intake.batch_events_max as usize, settings };
    let load = load::mixed(events);
    let floor = bench.floor(&database, &load).await?;
    let intake = bench.intake(&database, &load).await?;
    bench.topology.remove(&bench.address).await?;
    settings::database(settings)?.drop_beside(NAME).await?;
    let (value, floor) = (rate(load.len(), intake), rate(load.len(), floor));
    match format {
        TimelineFormat::Json => println!(
            "{}",
            json!({
                "name": "intake", "value": value.round(), "unit": "events/s", "floor": floor.round(),
                "ratio": (value / floor * 1_000.0).round() / 1_000.0,
            })
        ),
        TimelineFormat::Text => {
            println!("intake  {value:>8.0} events/s to durable state, with ledger and decisions ({events} events)");
            println!("floor   {floor:>8.0} events/s merely consumed and written to two tables");
            println!("ratio   {:>8.2}", value / floor);
        }
    }
    Ok(Ended::Well)
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(events: usize, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64()
}

struct Bench<'s> {
    address: Address,
    topology: Topology,
    batch: usize,
    settings: &'s Settings,
}

impl Bench<'_> {
    async fn publish(&self, load: &[Outgoing]) -> anyhow::Result<()> {
        let mut publisher = Publisher::new(self.address.clone(), self.topology.clone());
        for batch in load.chunks(PUBLISH_EVENTS) {
            let receipts = publisher.publish(Exchange::In, batch).await?;
            if receipts.iter().any(|receipt| *receipt != Receipt::Confirmed) {
                bail!("RabbitMQ did not keep every event");
            }
        }
        publisher.close().await;
        Ok(())
    }

    /// The same messages consumed and written to two tables in batches of the same size.
    async fn floor(&self, database: &Database, load: &[Outgoing]) -> anyhow::Result<Duration> {
        let mut writer = database.writer();
        writer.make_floor().await?;
        let mut took = Duration::ZERO;
        for stretch in load.chunks(STRETCH_EVENTS) {
            self.publish(stretch).await?;
            let started = Instant::now();
            let mut consumer = Consumer::start(ConsumerSettings {
                address: self.address.clone(),
                topology: self.topology.clone(),
                prefetch: self.settings.broker.prefetch,
            });
            let mut left = stretch.len();
            while left > 0 {
                let mut batch = vec![consumer.next().await.context("the consumer ended")?];
                while batch.len() < self.batch.min(left) {
                    batch.push(consumer.next().await.context("the consumer ended")?);
                }
                let digests: Vec<Vec<u8>> = batch.iter().map(|one| Sha256::digest(&one.body)[..16].to_vec()).collect();
                let tags: Vec<_> = batch.iter().map(|one| one.tag).collect();
                let bodies: Vec<Vec<u8>> = batch.into_iter().map(|one| one.body).collect();
                writer.write_floor(&digests, &bodies).await?;
                consumer.settle(&tags).await;
                left -= bodies.len();
            }
            took += started.elapsed();
            consumer.finish().await;
        }
        Ok(took)
    }

    /// The same messages through intake as a worker runs it.
    async fn intake(&self, database: &Database, load: &[Outgoing]) -> anyhow::Result<Duration> {
        let shelf = crate::service::first_start(self.settings, database).await?;
        let parts = Arc::new(Parts {
            database: database.clone(),
            broker: self.address.clone(),
            topology: self.topology.clone(),
            clock: Clock::new(Some(load::now()), Some(1.0))?,
            schedules: Vec::new(),
            shelf,
            memory: Memory::default(),
            channels: Arc::new(Channels::open(ChannelSettings::default(), vec![])?),
            documents: Documents::open()?,
            pace: crate::worker::pace(self.settings),
            nudges: Nudges::default(),
            taken: AtomicU64::default(),
        });
        let mut took = Duration::ZERO;
        let mut wanted = 0;
        for stretch in load.chunks(STRETCH_EVENTS) {
            self.publish(stretch).await?;
            wanted += stretch.len() as u64;
            let (source, stop) = StopSource::open();
            let started = Instant::now();
            let running = tokio::spawn({
                let parts = parts.clone();
                async move { relance::worker::run(parts, &BTreeSet::from([Role::Intake]), stop).await }
            });
            while parts.taken.load(Ordering::Relaxed) < wanted {
                if started.elapsed() > Duration::from_secs(STRETCH_SECONDS_MAX) {
                    bail!("intake stood still");
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            took += started.elapsed();
            source.stop();
            running.await?;
        }
        Ok(took)
    }
}
