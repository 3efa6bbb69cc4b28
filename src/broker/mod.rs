//! RabbitMQ: the topology, a supervised consumer, confirmed publishing, dead letters.
//!
//! The consuming connection never publishes, so a broker that blocks publishers cannot hold back
//! acknowledgements. lapin's own recovery is not used: every loss (connection, channel, consumer, queue) ends a
//! session, and the next session starts from nothing with a number of its own, so that an acknowledgement of an
//! earlier one cannot reach it. Nothing here reads a message's content.

mod address;
mod consumer;
mod dead;
mod file;
mod outgoing;
mod prefix;
mod publish_file;
mod publisher;
mod topology;

pub use address::Address;
pub use consumer::{Consumer, ConsumerSettings, Delivery, Tag};
pub use dead::{DeadLetter, DeadLetters};
pub use file::{FileEvent, FileFormat, LineError, outgoing_of_file};
pub use outgoing::{Exchange, Outgoing, Receipt};
pub use publish_file::{PublishError, Published, publish_file};
pub use publisher::Publisher;
pub use topology::{DELIVERY_LIMIT, Topology};

/// Why RabbitMQ could not be used. All but `Address` and `Message` may pass when tried again.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The address cannot be read; it is not repeated, it holds a password.
    #[error(
        "AMQP_URL is no AMQP address ({why}); write amqp://user:password@host:5672/vhost, with %2f for the vhost /"
    )]
    Address {
        /// What is wrong with it.
        why: String,
    },
    /// Nobody answers, or not to us.
    #[error("cannot reach RabbitMQ at {place}: {why}")]
    Unreachable {
        /// Host, port and virtual host.
        place: String,
        /// What was answered.
        why: String,
    },
    /// Something under our name stands there with other settings, or may not be declared.
    #[error("cannot declare {name}: {why}; delete it, or set another prefix (RELANCE_BROKER_PREFIX)")]
    Topology {
        /// The exchange or queue.
        name: String,
        /// What was answered.
        why: String,
    },
    /// The session ended.
    #[error("lost RabbitMQ: {0}")]
    Lost(String),
    /// The broker did not answer in time.
    #[error("RabbitMQ did not answer within {seconds} s while {doing}")]
    Timeout {
        /// How long was waited.
        seconds: u64,
        /// For what.
        doing: &'static str,
    },
    /// A message that AMQP cannot carry.
    #[error("message cannot be published: {0}")]
    Message(String),
}

impl From<lapin::Error> for BrokerError {
    fn from(why: lapin::Error) -> Self {
        Self::Lost(why.to_string())
    }
}
