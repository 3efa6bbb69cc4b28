//! The exchanges and queues relance declares at start; `docker/definitions.json` says the same.

use lapin::options::{
    ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, ExchangeKind};
use serde_json::{Map, Value, json};

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

    /// Deletes everything of this prefix with all that is in it: for demonstrations, benchmarks and tests.
    pub async fn remove(&self, address: &super::Address) -> Result<(), BrokerError> {
        let connection = address.connect("relance remove").await?;
        let channel = connection.create_channel().await?;
        for queue in [self.intake_queue(), self.dead()] {
            channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await?;
        }
        for exchange in [self.in_exchange(), self.out_exchange(), self.dead()] {
            channel.exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default()).await?;
        }
        connection.close(200, "done".into()).await?;
        Ok(())
    }

    /// How many messages wait in the intake queue.
    pub async fn waiting(&self, address: &super::Address) -> Result<u32, BrokerError> {
        let connection = address.connect("relance look").await?;
        let channel = connection.create_channel().await?;
        self.declare(&channel).await?;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare(self.intake_queue().as_str().into(), options, FieldTable::default()).await?;
        let waiting = queue.message_count();
        connection.close(200, "done".into()).await?;
        Ok(waiting)
    }

    /// Declares everything. Declaring it again changes nothing.
    pub(super) async fn declare(&self, channel: &Channel) -> Result<(), BrokerError> {
        for (name, kind) in self.exchanges() {
            exchange(channel, &name, kind).await?;
        }
        for (name, arguments) in self.queues() {
            queue(channel, &name, &arguments).await?;
        }
        for (from, to, key) in self.bindings() {
            bind(channel, &to, &from, key).await?;
        }
        Ok(())
    }

    fn exchanges(&self) -> [(String, ExchangeKind); 3] {
        [
            (self.dead(), ExchangeKind::Fanout),
            (self.in_exchange(), ExchangeKind::Topic),
            (self.out_exchange(), ExchangeKind::Topic),
        ]
    }

    fn queues(&self) -> [(String, Vec<(&'static str, Argument)>); 2] {
        let quorum = ("x-queue-type", Argument::Text("quorum".to_owned()));
        let intake = vec![
            quorum.clone(),
            ("x-delivery-limit", Argument::Number(DELIVERY_LIMIT)),
            ("x-dead-letter-exchange", Argument::Text(self.dead())),
            // Set aside with a confirm of its own, so that nothing is lost on the way there.
            ("x-dead-letter-strategy", Argument::Text("at-least-once".to_owned())),
            ("x-overflow", Argument::Text("reject-publish".to_owned())),
        ];
        [(self.dead(), vec![quorum]), (self.intake_queue(), intake)]
    }

    /// From which exchange, to which queue, by which key.
    fn bindings(&self) -> [(String, String, &'static str); 2] {
        [(self.dead(), self.dead(), ""), (self.in_exchange(), self.intake_queue(), "#")]
    }

    /// The same as RabbitMQ's definitions file, for `rabbitmqctl import_definitions`. It names no users.
    pub fn definitions(&self) -> Value {
        let exchanges = self.exchanges().map(|(name, kind)| {
            json!({
                "name": name, "vhost": "/", "type": if kind == ExchangeKind::Fanout { "fanout" } else { "topic" }, "durable": true, "auto_delete": false,
                "internal": false, "arguments": {},
            })
        });
        let queues = self.queues().map(|(name, arguments)| {
            let arguments: Map<String, Value> =
                arguments.iter().map(|(name, value)| ((*name).to_owned(), value.to_json())).collect();
            json!({"name": name, "vhost": "/", "durable": true, "auto_delete": false, "arguments": arguments})
        });
        let bindings = self.bindings().map(|(from, to, key)| {
            json!({
                "source": from, "vhost": "/", "destination": to, "destination_type": "queue", "routing_key": key,
                "arguments": {},
            })
        });
        json!({"vhosts": [{"name": "/"}], "exchanges": exchanges, "queues": queues, "bindings": bindings})
    }
}

/// The value of a queue's argument.
#[derive(Clone)]
enum Argument {
    Text(String),
    Number(i64),
}

impl Argument {
    fn to_amqp(&self) -> AMQPValue {
        match self {
            Self::Text(text) => AMQPValue::LongString(LongString::from(text.as_str())),
            Self::Number(number) => AMQPValue::LongLongInt(*number),
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Number(number) => Value::from(*number),
        }
    }
}

fn refused(name: &str) -> impl FnOnce(lapin::Error) -> BrokerError {
    let name = name.to_owned();
    move |why| BrokerError::Topology { name, why: why.to_string() }
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), BrokerError> {
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(name.into(), kind, options, FieldTable::default()).await.map_err(refused(name))
}

async fn queue(channel: &Channel, name: &str, arguments: &[(&str, Argument)]) -> Result<(), BrokerError> {
    let mut table = FieldTable::default();
    for (argument, value) in arguments {
        table.insert((*argument).into(), value.to_amqp());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_file_says_what_relance_declares() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/definitions.json");
        let written: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let declared = Topology::default().definitions();
        assert_eq!(written, declared, "docker/definitions.json must read:\n{declared:#}");
    }

    #[test]
    fn a_long_prefix_still_gives_names_that_amqp_can_hold() {
        assert!(Topology::with_prefix(&"é".repeat(200)).intake_queue().len() < 255);
    }
}
