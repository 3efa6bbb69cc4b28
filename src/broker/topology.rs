//! The exchanges and queues relance declares at start; `docker/definitions.json` says the same.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, ExchangeKind};

use super::BrokerError;

/// How often one message may come back before RabbitMQ takes it for poison and sets it aside. Every restart of a
/// worker and every outage of Postgres costs the messages in flight one delivery, so this is a hundred bad nights,
/// not five.
pub const DELIVERY_LIMIT: i64 = 100;

/// The names of what relance declares; all share a prefix, `relance` where nothing else is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    prefix: String,
}

impl Default for Topology {
    fn default() -> Self {
        Self { prefix: "relance".to_owned() }
    }
}

impl Topology {
    /// The names under a prefix of up to 100 bytes: a second relance on one broker, or a test.
    pub fn with_prefix(prefix: &str) -> Self {
        let mut prefix = prefix.to_owned();
        prefix.truncate(prefix.floor_char_boundary(100));
        Self { prefix }
    }

    /// Where platforms publish: a durable topic exchange.
    pub fn in_exchange(&self) -> String {
        format!("{}.in", self.prefix)
    }

    /// What intake consumes: a quorum queue.
    pub fn intake_queue(&self) -> String {
        format!("{}.intake", self.prefix)
    }

    /// Where relance publishes: a durable topic exchange.
    pub fn out_exchange(&self) -> String {
        format!("{}.out", self.prefix)
    }

    /// The last barrier: an exchange and the quorum queue behind it, both of this name.
    pub fn dead(&self) -> String {
        format!("{}.dead", self.prefix)
    }

    /// Declares everything. Declaring it again changes nothing.
    pub(super) async fn declare(&self, channel: &Channel) -> Result<(), BrokerError> {
        let (dead, intake) = (self.dead(), self.intake_queue());
        exchange(channel, &dead, ExchangeKind::Fanout).await?;
        exchange(channel, &self.in_exchange(), ExchangeKind::Topic).await?;
        exchange(channel, &self.out_exchange(), ExchangeKind::Topic).await?;

        queue(channel, &dead, &[("x-queue-type", text("quorum"))]).await?;
        bind(channel, &dead, &dead, "").await?;

        let arguments = [
            ("x-queue-type", text("quorum")),
            ("x-delivery-limit", AMQPValue::LongLongInt(DELIVERY_LIMIT)),
            ("x-dead-letter-exchange", text(&dead)),
            // Set aside with a confirm of its own, so that nothing is lost on the way there.
            ("x-dead-letter-strategy", text("at-least-once")),
            ("x-overflow", text("reject-publish")),
        ];
        queue(channel, &intake, &arguments).await?;
        bind(channel, &intake, &self.in_exchange(), "#").await
    }
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

fn refused(name: &str) -> impl FnOnce(lapin::Error) -> BrokerError {
    let name = name.to_owned();
    move |why| BrokerError::Topology { name, why: why.to_string() }
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), BrokerError> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await.map_err(refused(name))
}

async fn queue(channel: &Channel, name: &str, arguments: &[(&str, AMQPValue)]) -> Result<(), BrokerError> {
    let mut table = FieldTable::default();
    for (argument, value) in arguments {
        table.insert((*argument).into(), value.clone());
    }
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(name.into(), options, table).await.map(drop).map_err(refused(name))
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), BrokerError> {
    channel
        .queue_bind(queue.into(), exchange.into(), key.into(), QueueBindOptions::default(), FieldTable::default())
        .await
        .map_err(refused(queue))
}
