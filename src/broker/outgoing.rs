//! A message to publish, and what became of it.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};

use super::BrokerError;

/// Persistent, in AMQP's numbers.
const PERSISTENT: u8 = 2;

/// Where to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Where platforms publish; a message that no queue takes is reported.
    In,
    /// Where relance publishes; nobody needs to listen.
    Out,
}

/// A message to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The event's type.
    pub routing_key: String,
    /// The event's id, for those who deduplicate by it.
    pub message_id: String,
    /// Its content type; `application/cloudevents+json` for a structured event.
    pub content_type: String,
    /// Headers, for binary mode.
    pub headers: Vec<(String, String)>,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Outgoing {
    /// A structured CloudEvent.
    pub fn structured(kind: &str, id: &str, body: Vec<u8>) -> Self {
        Self {
            routing_key: kind.to_owned(),
            message_id: id.to_owned(),
            content_type: "application/cloudevents+json".to_owned(),
            headers: Vec::new(),
            body,
        }
    }

    pub(super) fn properties(&self) -> BasicProperties {
        let mut properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        // A name that AMQP cannot hold is left out: both are conveniences, the body says the same.
        if let Ok(kind) = ShortString::try_new(self.content_type.as_str()) {
            properties = properties.with_content_type(kind);
        }
        if let Ok(id) = ShortString::try_new(self.message_id.as_str()) {
            properties = properties.with_message_id(id);
        }
        let mut headers = FieldTable::default();
        for (name, value) in &self.headers {
            if let Ok(name) = ShortString::try_new(name.as_str()) {
                headers.insert(name, AMQPValue::LongString(LongString::from(value.as_str())));
            }
        }
        if self.headers.is_empty() { properties } else { properties.with_headers(headers) }
    }

    pub(super) fn key(&self) -> Result<ShortString, BrokerError> {
        ShortString::try_new(self.routing_key.as_str())
            .map_err(|_| BrokerError::Message("its type is longer than 255 bytes".to_owned()))
    }
}

/// What RabbitMQ said of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It has it, on disk.
    Confirmed,
    /// No queue takes it, so it was not kept.
    Unroutable,
    /// It could not keep it (the queue is full, or has no leader).
    Refused,
}

/// Headers that are plain values, as text.
pub(super) fn headers_of(table: &FieldTable) -> Vec<(String, String)> {
    table.inner().iter().filter_map(|(name, value)| Some((name.to_string(), plain(value)?))).collect()
}

fn plain(value: &AMQPValue) -> Option<String> {
    Some(match value {
        AMQPValue::Boolean(value) => value.to_string(),
        AMQPValue::ShortShortInt(value) => value.to_string(),
        AMQPValue::ShortShortUInt(value) => value.to_string(),
        AMQPValue::ShortInt(value) => value.to_string(),
        AMQPValue::ShortUInt(value) => value.to_string(),
        AMQPValue::LongInt(value) => value.to_string(),
        AMQPValue::LongUInt(value) => value.to_string(),
        AMQPValue::LongLongInt(value) => value.to_string(),
        AMQPValue::ShortString(value) => value.to_string(),
        AMQPValue::LongString(value) => std::str::from_utf8(value.as_bytes()).ok()?.to_owned(),
        AMQPValue::ByteArray(value) => std::str::from_utf8(value.as_slice()).ok()?.to_owned(),
        AMQPValue::Timestamp(seconds) => {
            chrono::DateTime::from_timestamp(i64::try_from(*seconds).ok()?, 0)?.to_rfc3339()
        }
        _ => return None,
    })
}
