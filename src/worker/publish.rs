//! Publishing out: the outbox to RabbitMQ, confirmed, then forgotten. At least once, with stable ids.

use std::time::Duration;

use super::{Parts, Stop, in_time};
use crate::broker::{BrokerError, Exchange, Outgoing, Publisher, Receipt};
use crate::store::StoreError;

/// How often an idle publisher looks: a decision of another process reaches the platform within this.
const IDLE_MILLIS: u64 = 1_000;

/// Why a pass ended.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Postgres.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// RabbitMQ.
    #[error(transparent)]
    Broker(#[from] BrokerError),
}

/// Publishes until the stop is asked.
pub async fn pass(parts: &Parts, stop: &Stop) -> Result<(), PublishError> {
    let mut writer = parts.database.writer();
    let mut publisher = Publisher::new(parts.broker.clone(), parts.topology.clone());
    let limit = i64::try_from(parts.pace.publish_events).unwrap_or(i64::MAX);
    while !stop.is_asked() {
        let published =
            if in_time(writer.lead_publishing()).await? { batch(&mut writer, &mut publisher, limit).await? } else { 0 };
        if published > 0 {
            metrics::counter!("relance_published_total").increment(published as u64);
            continue;
        }
        tokio::select! {
            () = stop.asked() => {}
            () = parts.nudges.publish.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(IDLE_MILLIS)) => {}
        }
    }
    publisher.close().await;
    Ok(())
}

async fn batch(
    writer: &mut crate::store::Writer,
    publisher: &mut Publisher,
    limit: i64,
) -> Result<usize, PublishError> {
    let pending = in_time(writer.pending(limit)).await?;
    if pending.is_empty() {
        return Ok(0);
    }
    let messages: Vec<Outgoing> = pending
        .iter()
        .map(|pending| {
            let event = &pending.event;
            Ok(Outgoing::structured(&event.kind, &event.id.to_string(), event.body()?.into_bytes()))
        })
        .collect::<Result<_, StoreError>>()?;
    let receipts = publisher.publish(Exchange::Out, &messages).await?;
    let confirmed: Vec<i64> = pending
        .iter()
        .zip(&receipts)
        .filter(|(_, receipt)| **receipt == Receipt::Confirmed)
        .map(|(pending, _)| pending.number)
        .collect();
    in_time(writer.published(&confirmed)).await?;
    Ok(confirmed.len())
}
