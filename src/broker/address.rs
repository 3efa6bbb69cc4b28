//! Where RabbitMQ is, and how a connection to it is made.

use std::fmt;
use std::time::Duration;

use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties};

use super::BrokerError;

/// How long a connection may take: longer than a handshake over TLS across an ocean.
const CONNECT_SECONDS_MAX: u64 = 10;
/// Heartbeat where the address names none: a dead peer is noticed within twice that.
const HEARTBEAT_SECONDS: u16 = 20;

/// A RabbitMQ address. It holds a password, so it shows only host, port and virtual host.
#[derive(Clone)]
pub struct Address(AMQPUri);

impl Address {
    /// Reads `amqp://user:password@host:port/vhost`.
    pub fn parse(url: &str) -> Result<Self, BrokerError> {
        let mut uri: AMQPUri = url.parse().map_err(|why: String| {
            // The reason may repeat the address, and with it the password.
            let why = if why.contains("://") || why.contains('@') { "malformed".to_owned() } else { why };
            BrokerError::Address { why }
        })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
        Ok(Self(uri))
    }

    /// Connects under a name that RabbitMQ's own pages show.
    pub(super) async fn connect(&self, name: &str) -> Result<Connection, BrokerError> {
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connecting = Connection::connect_uri(self.0.clone(), properties);
        match tokio::time::timeout(Duration::from_secs(CONNECT_SECONDS_MAX), connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(why)) => Err(BrokerError::Unreachable { place: self.to_string(), why: why.to_string() }),
            Err(_) => {
                let why = format!("no answer within {CONNECT_SECONDS_MAX} s");
                Err(BrokerError::Unreachable { place: self.to_string(), why })
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}, vhost {}", self.0.authority.host, self.0.authority.port, self.0.vhost)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_never_shows_its_password() {
        let address = Address::parse("amqp://ada:secret@rabbit:5699/%2f").unwrap();
        assert_eq!(address.to_string(), "rabbit:5699, vhost /");
        assert!(!format!("{address:?}").contains("secret"));
        for bad in ["http://ada:secret@rabbit", "amqp://ada:secret@rabbit:no/x", "secret"] {
            let why = Address::parse(bad).unwrap_err().to_string();
            assert!(!why.contains("secret"), "{why}");
        }
    }
}
