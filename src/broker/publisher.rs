//! Publishing with confirms, on a connection of its own.
//!
//! At least once: a message whose confirm was lost is published again by the caller, under the same id.

use std::collections::HashSet;
use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{Channel, Confirmation, Connection};

use super::{Address, BrokerError, Exchange, Outgoing, Receipt, Topology};

/// How long a whole batch may take until its last confirm: RabbitMQ may be writing to a slow disk, or be blocked.
const CONFIRM_SECONDS_MAX: u64 = 30;

/// Publishes batches; connects when it needs to, and again after a loss.
pub struct Publisher {
    address: Address,
    topology: Topology,
    live: Option<(Connection, Channel)>,
}

impl Publisher {
    /// A publisher that has not connected yet.
    pub fn new(address: Address, topology: Topology) -> Self {
        Self { address, topology, live: None }
    }

    /// Publishes all and waits for all confirms: one receipt for each message, in order. After an error any of
    /// them may or may not have arrived.
    pub async fn publish(&mut self, to: Exchange, messages: &[Outgoing]) -> Result<Vec<Receipt>, BrokerError> {
        let deadline = Duration::from_secs(CONFIRM_SECONDS_MAX);
        // Taken out, so that a cancelled or failed call leaves no connection in an unknown state behind.
        let live = match self.live.take() {
            Some(live) if live.1.status().connected() => live,
            _ => self.connect().await?,
        };
        let exchange = match to {
            Exchange::In => self.topology.in_exchange(),
            Exchange::Out => self.topology.out_exchange(),
        };
        let options = BasicPublishOptions { mandatory: to == Exchange::In, immediate: false };
        let receipts = tokio::time::timeout(deadline, publish_on(&live.1, &exchange, options, messages))
            .await
            .map_err(|_| BrokerError::Timeout { seconds: CONFIRM_SECONDS_MAX, doing: "confirming a batch" })??;
        self.live = Some(live);
        Ok(receipts)
    }

    async fn connect(&self) -> Result<(Connection, Channel), BrokerError> {
        let connection = self.address.connect("relance publish").await?;
        let channel = connection.create_channel().await?;
        self.topology.declare(&channel).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok((connection, channel))
    }

    /// Closes the connection.
    pub async fn close(self) {
        if let Some((connection, _)) = self.live {
            let _ = connection.close(200, "done".into()).await;
        }
    }
}

async fn publish_on(
    channel: &Channel,
    exchange: &str,
    options: BasicPublishOptions,
    messages: &[Outgoing],
) -> Result<Vec<Receipt>, BrokerError> {
    let mut confirms = Vec::with_capacity(messages.len());
    for message in messages {
        let confirm = channel
            .basic_publish(exchange.into(), message.key()?, options, &message.body, message.properties())
            .await?;
        confirms.push(confirm);
    }
    let mut receipts = Vec::with_capacity(messages.len());
    // lapin hands a returned message to whichever confirm resolves next, so it is told apart by its own id.
    let mut returned = HashSet::new();
    for confirm in confirms {
        let (receipt, message) = match confirm.await? {
            Confirmation::Ack(message) => (Receipt::Confirmed, message),
            Confirmation::Nack(message) => (Receipt::Refused, message),
            Confirmation::NotRequested => return Err(BrokerError::Lost("confirms were not switched on".to_owned())),
        };
        if let Some(message) = message {
            let id = message.properties.message_id().as_ref().map(ToString::to_string);
            returned.insert((id, message.routing_key.to_string()));
        }
        receipts.push(receipt);
    }
    if !returned.is_empty() {
        for (receipt, message) in receipts.iter_mut().zip(messages) {
            let id = message.properties().message_id().as_ref().map(ToString::to_string);
            if returned.contains(&(id, message.routing_key.clone())) {
                *receipt = Receipt::Unroutable;
            }
        }
    }
    Ok(receipts)
}
