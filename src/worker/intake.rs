//! Intake: deliveries in micro-batches into one transaction each, acknowledged after its commit.
//!
//! While Postgres is away the batch in hand is tried again and nothing more is taken: what the prefetch allows
//! stays unacknowledged, the rest stays in the queue.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::{BackOff, Parts, Stop, in_time};
use crate::advance::{self, Arrival, Intake, Original};
use crate::broker::{Consumer, ConsumerSettings, Delivery};
use crate::domain::event::{self, Message};
use crate::store::{StoreError, Writer};

/// Bytes after which a batch takes no further message: one message may hold thousands of events.
const BATCH_BYTES_FULL: usize = 4 << 20;
/// After so long without Postgres what is in flight goes back to the queue: RabbitMQ ends sessions that acknowledge
/// nothing for half an hour.
const OUTAGE_SECONDS_MAX: u64 = 60;

/// Consumes until the stop is asked.
pub async fn pass(parts: &Parts, stop: &Stop) -> Result<(), StoreError> {
    let mut consumer = Consumer::start(ConsumerSettings {
        address: parts.broker.clone(),
        topology: parts.topology.clone(),
        prefetch: parts.pace.prefetch,
    });
    let mut writer = parts.database.writer();
    loop {
        let first = tokio::select! {
            () = stop.asked() => break,
            delivery = consumer.next() => match delivery {
                Some(delivery) => delivery,
                None => break,
            },
        };
        let batch = gather(&mut consumer, first, parts).await;
        if !apply_all(&consumer, &mut writer, parts, &read(&batch), stop).await {
            break;
        }
        let tags: Vec<_> = batch.iter().map(|delivery| delivery.tag).collect();
        consumer.settle(&tags).await;
        parts.taken.fetch_add(tags.len() as u64, Ordering::Relaxed);
        parts.nudges.changed();
    }
    consumer.stop();
    consumer.finish().await;
    Ok(())
}

/// Fills a batch with what is there already. A batch that is not full waits for more only while deliveries keep
/// coming, and never longer than the flush time.
async fn gather(consumer: &mut Consumer, first: Delivery, parts: &Parts) -> Vec<Delivery> {
    let (full, until) = (parts.pace.batch_messages.max(1), Instant::now() + parts.pace.flush);
    let mut bytes = first.body.len();
    let mut batch = vec![first];
    while batch.len() < full && bytes < BATCH_BYTES_FULL {
        if let Some(delivery) = consumer.next_at_hand() {
            bytes += delivery.body.len();
            batch.push(delivery);
            continue;
        }
        // One delivery alone is not a stream: it is taken at once.
        if batch.len() == 1 || Instant::now() >= until {
            break;
        }
        match tokio::time::timeout_at(until, consumer.next()).await {
            Ok(Some(delivery)) => {
                bytes += delivery.body.len();
                batch.push(delivery);
            }
            Ok(None) | Err(_) => break,
        }
    }
    batch
}

fn read(batch: &[Delivery]) -> Vec<Arrival> {
    let mut arrivals = Vec::with_capacity(batch.len());
    for delivery in batch {
        let message = Message {
            body: &delivery.body,
            content_type: delivery.content_type.as_deref(),
            headers: &delivery.headers,
        };
        let readings = event::read(&message);
        let headers: serde_json::Map<String, serde_json::Value> =
            delivery.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let original =
            Arc::new(Original { body: delivery.body.clone(), headers: serde_json::Value::Object(headers).to_string() });
        arrivals.extend(readings.into_iter().map(|reading| Arrival { reading, original: original.clone() }));
    }
    arrivals
}

/// Applies a batch, a transaction's worth at a time: messages in batch mode bring thousands of events each. Whether
/// all of it is durable.
async fn apply_all(consumer: &Consumer, writer: &mut Writer, parts: &Parts, arrivals: &[Arrival], stop: &Stop) -> bool {
    for events in arrivals.chunks(parts.pace.batch_messages.max(1)) {
        if apply(consumer, writer, parts, events, stop).await.is_none() {
            return false;
        }
    }
    true
}

/// Applies a batch however long Postgres is away; in a long outage what is in flight goes back to the queue.
/// `None` where the stop was asked before it could.
async fn apply(
    consumer: &Consumer,
    writer: &mut Writer,
    parts: &Parts,
    arrivals: &[Arrival],
    stop: &Stop,
) -> Option<Intake> {
    let mut back_off = BackOff::default();
    let (since, mut is_paused) = (Instant::now(), false);
    loop {
        let book = parts.shelf.book();
        match in_time(advance::intake(writer, &parts.memory, &book, arrivals, parts.clock.now())).await {
            Ok(done) => {
                count(&done);
                if is_paused {
                    consumer.resume();
                }
                return Some(done);
            }
            // Read anew, it is tried again at once; where it cannot be read, after the pause.
            Err(why) if why.is_stale() && parts.shelf.renew(writer).await.is_ok() => {}
            Err(why) => {
                let pause = back_off.after_failure();
                tracing::warn!(%why, events = arrivals.len(), "a batch of events waits for Postgres");
                if !is_paused && since.elapsed() > Duration::from_secs(OUTAGE_SECONDS_MAX) {
                    consumer.pause();
                    is_paused = true;
                }
                if !stop.pause(pause).await {
                    return None;
                }
            }
        }
    }
}

fn count(done: &Intake) {
    for (outcome, number) in [("applied", done.applied), ("repeated", done.repeated), ("refused", done.refused)] {
        metrics::counter!("relance_events_total", "outcome" => outcome).increment(number as u64);
    }
}
