//! The dead-letter queue: what came back from intake too often. The last barrier, normally empty.
//!
//! A letter is known by the digest of its bytes. Looking takes the letters out of the queue and gives them
//! back by ending the connection, so it changes nothing but their delivery count.

use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use lapin::{Channel, Connection};
use sha2::{Digest as _, Sha256};

use super::outgoing::headers_of;
use super::{Address, BrokerError, Exchange, Outgoing, Publisher, Receipt, Topology};

/// One letter in the dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The first 16 hexadecimal digits of its bytes' SHA-256.
    pub id: String,
    /// The key it was published with.
    pub routing_key: String,
    /// Its content type.
    pub content_type: Option<String>,
    /// Its headers that are plain values.
    pub headers: Vec<(String, String)>,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Looks after the dead-letter queue.
pub struct DeadLetters {
    address: Address,
    topology: Topology,
}

impl DeadLetters {
    /// For the queue behind this topology.
    pub fn new(address: Address, topology: Topology) -> Self {
        Self { address, topology }
    }

    /// The first letters, oldest first.
    pub async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, BrokerError> {
        let (connection, channel) = self.open().await?;
        let mut letters = Vec::new();
        while letters.len() < limit
            && let Some(message) = self.get(&channel).await?
        {
            letters.push(letter_of(&message));
        }
        connection.close(200, "done".into()).await?;
        Ok(letters)
    }

    /// Deletes a letter for good. Returns whether it was there.
    pub async fn remove(&self, id: &str) -> Result<bool, BrokerError> {
        Ok(self.take(id, None).await?.is_some())
    }

    /// Sends a letter through intake again, and deletes it here once that is confirmed. Returns whether it was
    /// there.
    pub async fn replay(&self, id: &str) -> Result<bool, BrokerError> {
        let mut publisher = Publisher::new(self.address.clone(), self.topology.clone());
        let found = self.take(id, Some(&mut publisher)).await?;
        publisher.close().await;
        Ok(found.is_some())
    }

    async fn take(&self, id: &str, replay: Option<&mut Publisher>) -> Result<Option<DeadLetter>, BrokerError> {
        let (connection, channel) = self.open().await?;
        let mut found = None;
        while let Some(message) = self.get(&channel).await? {
            let letter = letter_of(&message);
            if letter.id == id {
                if let Some(publisher) = replay {
                    republish(publisher, &letter).await?;
                }
                message.delivery.acker.ack(BasicAckOptions::default()).await?;
                found = Some(letter);
                break;
            }
        }
        connection.close(200, "done".into()).await?;
        Ok(found)
    }

    async fn open(&self) -> Result<(Connection, Channel), BrokerError> {
        let connection = self.address.connect("relance dead").await?;
        let channel = connection.create_channel().await?;
        self.topology.declare(&channel).await?;
        Ok((connection, channel))
    }

    async fn get(&self, channel: &Channel) -> Result<Option<BasicGetMessage>, BrokerError> {
        Ok(channel.basic_get(self.topology.dead().into(), BasicGetOptions { no_ack: false }).await?)
    }
}

async fn republish(publisher: &mut Publisher, letter: &DeadLetter) -> Result<(), BrokerError> {
    let message = Outgoing {
        routing_key: letter.routing_key.clone(),
        message_id: letter.id.clone(),
        content_type: letter.content_type.clone().unwrap_or_default(),
        headers: letter.headers.clone(),
        body: letter.body.clone(),
    };
    match publisher.publish(Exchange::In, &[message]).await?.first() {
        Some(Receipt::Confirmed) => Ok(()),
        _ => Err(BrokerError::Message("RabbitMQ did not take it back; it stays where it is".to_owned())),
    }
}

fn letter_of(message: &BasicGetMessage) -> DeadLetter {
    let delivery = &message.delivery;
    DeadLetter {
        id: hex::encode(&Sha256::digest(&delivery.data)[..8]),
        routing_key: delivery.routing_key.to_string(),
        content_type: delivery.properties.content_type().as_ref().map(ToString::to_string),
        headers: delivery.properties.headers().as_ref().map(headers_of).unwrap_or_default(),
        body: delivery.data.clone(),
    }
}
