//! Hands a composed message to an SMTP relay, one recipient (and its copies) a transaction, over connections
//! that are kept open between messages.
//!
//! The commands are given one by one, because only the place in the conversation tells whether a message may
//! have left: until the final dot of DATA is written nothing has, whatever breaks; after it, only the server's
//! reply tells. This does not retry, does not sign (DKIM is the relay's) and does not read bounces.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};

use super::outcome::{Outcome, PauseCause, clean};
use super::{Outgoing, email};

/// The name of this transport where a provider is named.
pub const NAME: &str = "smtp";
/// Connections at once; relays commonly refuse more from one client.
const CONNECTIONS_MAX: usize = 8;
/// How long a connection is kept without work; servers close theirs after a few minutes.
const IDLE_SECONDS_MAX: u64 = 30;
/// How long a connection may take to be made, TLS and greeting included.
const CONNECT_SECONDS_MAX: u64 = 10;
/// How long one command waits for its reply.
const COMMAND_SECONDS_MAX: u64 = 10;
/// How long the reply to the whole message is waited for. RFC 5321 (4.5.3.2) has ten minutes, but the claim on the
/// notice must not run out before.
const CONTENT_SECONDS_MAX: u64 = 50;
/// How long a conversation may last before the message itself; what is slower did not leave.
const PRELUDE_SECONDS_MAX: u64 = 25;

/// How long each part of a conversation may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Connecting, TLS and greeting included.
    pub connect: Duration,
    /// One command.
    pub command: Duration,
    /// The message and the reply to it.
    pub content: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(CONNECT_SECONDS_MAX),
            command: Duration::from_secs(COMMAND_SECONDS_MAX),
            content: Duration::from_secs(CONTENT_SECONDS_MAX),
        }
    }
}

/// What is wrong with an SMTP address; never with the address itself, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL of this kind.
    #[error(
        "the SMTP address must look like smtp://host:25, smtp://user:password@host:587?tls=required or smtps://user:password@host:465"
    )]
    Form,
    /// A password would travel in clear.
    #[error("a password is sent only over TLS: write smtps:// or add ?tls=required")]
    PasswordInClear,
    /// The host cannot be used for TLS.
    #[error("the TLS settings for this host cannot be made")]
    Tls,
}

enum Tls {
    None,
    Start(TlsParameters),
    Wrapped(TlsParameters),
}

/// One SMTP relay.
pub struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    greeting: ClientId,
    patience: Patience,
    places: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

/// Where a conversation broke.
enum Broken {
    /// Before anyone was logged in.
    Connecting(String),
    /// The server does not let us in.
    Login(String),
}

impl Relay {
    /// Reads the address of a relay. Nothing is connected yet.
    pub fn open(url: &SecretString, patience: Patience) -> Result<Self, UrlError> {
        let url = reqwest::Url::parse(url.expose_secret()).map_err(|_| UrlError::Form)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(UrlError::Form)?.to_owned();
        let wish = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let parameters = || TlsParameters::new(host.clone()).map_err(|_| UrlError::Tls);
        let (tls, port) = match (url.scheme(), wish.as_deref()) {
            ("smtp", None) => (Tls::None, 25),
            ("smtp", Some("required")) => (Tls::Start(parameters()?), 587),
            ("smtps", None | Some("required")) => (Tls::Wrapped(parameters()?), 465),
            _ => return Err(UrlError::Form),
        };
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(decoded(url.username())?, decoded(password)?)),
            None => None,
        };
        if credentials.is_some() && matches!(tls, Tls::None) && !super::is_loopback(&host) {
            return Err(UrlError::PasswordInClear);
        }
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            tls,
            credentials,
            greeting: ClientId::default(),
            patience,
            places: Semaphore::new(CONNECTIONS_MAX),
            idle: Mutex::new(vec![]),
        })
    }

    /// Sends `message` to the notice's recipient, and to those who get a copy as far as the server takes them.
    pub async fn send(&self, outgoing: &Outgoing, message: &[u8]) -> Outcome {
        let Ok(from) = email::envelope_sender(&outgoing.sender) else {
            return Outcome::rejected("the sender's address is not an email address");
        };
        let Some(to) = outgoing.recipient.email.as_deref().and_then(|to| to.trim().parse::<Address>().ok()) else {
            return Outcome::rejected("the recipient has no valid email address");
        };
        let copies: Vec<Address> = outgoing.recipient.cc.iter().filter_map(|copy| copy.trim().parse().ok()).collect();
        let Ok(Ok(_place)) = timeout(Duration::from_secs(super::TURN_SECONDS_MAX), self.places.acquire()).await else {
            return Outcome::not_sent("the SMTP relay is busy with other messages");
        };
        let began = Instant::now();
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(Broken::Connecting(reason)) => return Outcome::not_sent(clean(&reason, &outgoing.recipient)),
            Err(Broken::Login(reason)) => {
                return Outcome::paused(NAME, PauseCause::AuthError, clean(&reason, &outgoing.recipient));
            }
        };
        let mut talk = Conversation { connection: &mut connection, patience: self.patience, began, usable: true };
        let outcome = match talk.transmit(&from, &to, &copies, message).await {
            Ok(reply) => accepted(outgoing, &reply),
            Err(failure) => failure.outcome(outgoing),
        };
        if talk.usable && talk.reset().await {
            self.idle.lock().await.push((connection, Instant::now()));
        }
        outcome
    }

    /// A connection that answered just now.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Broken> {
        loop {
            let parked = self.idle.lock().await.pop();
            let Some((mut connection, since)) = parked else { break };
            let fresh = since.elapsed() < Duration::from_secs(IDLE_SECONDS_MAX);
            if fresh && matches!(timeout(self.patience.command, connection.command(Noop)).await, Ok(Ok(_))) {
                return Ok(connection);
            }
        }
        match timeout(self.patience.connect, self.connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(Broken::Connecting("connecting to the SMTP relay took too long".into())),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Broken> {
        let connecting = |error: SmtpError| Broken::Connecting(format!("connecting to the SMTP relay: {error}"));
        let wrapped = if let Tls::Wrapped(parameters) = &self.tls { Some(parameters.clone()) } else { None };
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.patience.connect), &self.greeting, wrapped, None)
                .await
                .map_err(connecting)?;
        if let Tls::Start(parameters) = &self.tls {
            connection.starttls(parameters.clone(), &self.greeting).await.map_err(connecting)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|error| {
                let text = format!("logging in to the SMTP relay: {error}");
                // A reply for good, or no mechanism in common: only a person changes that.
                if error.is_permanent() || error.is_client() { Broken::Login(text) } else { Broken::Connecting(text) }
            })?;
        }
        Ok(connection)
    }
}

fn decoded(part: &str) -> Result<String, UrlError> {
    super::percent::decode(part).ok_or(UrlError::Form)
}

fn accepted(outgoing: &Outgoing, reply: &str) -> Outcome {
    let captures = [("reply".to_owned(), clean(reply, &outgoing.recipient))].into();
    Outcome::Accepted { provider_id: email::message_id(outgoing.notice, &outgoing.sender).ok(), captures }
}

/// One command's failure, with the place it happened at.
enum Failure {
    Reply { stage: Stage, code: String, text: String },
    Unsupported(&'static str),
    Cut { stage: Stage, text: String, dot_written: bool },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Mail,
    Recipient,
    Data,
    Content,
}

impl Stage {
    fn said(self) -> &'static str {
        match self {
            Self::Mail => "sender",
            Self::Recipient => "recipient",
            Self::Data => "message",
            Self::Content => "content",
        }
    }
}

impl Failure {
    fn outcome(self, outgoing: &Outgoing) -> Outcome {
        match self {
            Self::Unsupported(what) => Outcome::rejected(what),
            Self::Reply { stage, code, text } => {
                let reason = clean(&format!("{} refused: {text}", stage.said()), &outgoing.recipient);
                match code.as_str() {
                    // RFC 4954: the server wants a login first, or a better one.
                    "530" | "534" | "535" | "538" => Outcome::paused(NAME, PauseCause::AuthError, reason),
                    code if code.starts_with('5') => Outcome::rejected(reason),
                    _ => Outcome::not_sent(reason),
                }
            }
            Self::Cut { stage, text, dot_written } => {
                let reason = clean(&format!("cut off at the {}: {text}", stage.said()), &outgoing.recipient);
                if dot_written { Outcome::uncertain(reason) } else { Outcome::not_sent(reason) }
            }
        }
    }
}

struct Conversation<'a> {
    connection: &'a mut AsyncSmtpConnection,
    patience: Patience,
    began: Instant,
    /// Whether both sides still agree on where they are.
    usable: bool,
}

impl Conversation<'_> {
    async fn transmit(
        &mut self,
        from: &Address,
        to: &Address,
        copies: &[Address],
        message: &[u8],
    ) -> Result<String, Failure> {
        let mut parameters = vec![];
        let ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !ascii(from) || !ascii(to) {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::Unsupported("the SMTP relay takes no address beyond ASCII"));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        self.command(Stage::Mail, Mail::new(Some(from.clone()), parameters)).await?;
        self.command(Stage::Recipient, Rcpt::new(to.clone(), vec![])).await?;
        for copy in copies {
            // A copy that is refused does not keep the notice from its recipient.
            match self.command(Stage::Recipient, Rcpt::new(copy.clone(), vec![])).await {
                Ok(()) | Err(Failure::Reply { .. }) => {}
                Err(cut) => return Err(cut),
            }
        }
        if self.began.elapsed() > Duration::from_secs(PRELUDE_SECONDS_MAX) {
            return Err(self.too_long(Stage::Data, false));
        }
        self.command(Stage::Data, Data).await?;
        self.content(message).await
    }

    async fn command(&mut self, stage: Stage, command: impl std::fmt::Display) -> Result<(), Failure> {
        match timeout(self.patience.command, self.connection.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.failure(stage, &error, false)),
            Err(_) => Err(self.too_long(stage, false)),
        }
    }

    async fn content(&mut self, message: &[u8]) -> Result<String, Failure> {
        // The connection asks for the next part only after the one before was written whole, and writes the dot
        // when there is none: so this tells whether the dot can have been written when something breaks.
        let dot_written = AtomicBool::new(false);
        let mut parts = std::iter::once(message);
        let watched = std::iter::from_fn(|| {
            let part = parts.next();
            dot_written.store(part.is_none(), Ordering::Relaxed);
            part
        });
        let reply = timeout(self.patience.content, self.connection.message_iter(watched)).await;
        match reply {
            Ok(Ok(response)) => Ok(response.first_line().unwrap_or_default().to_owned()),
            Ok(Err(error)) => Err(self.failure(Stage::Content, &error, dot_written.load(Ordering::Relaxed))),
            Err(_) => Err(self.too_long(Stage::Content, dot_written.load(Ordering::Relaxed))),
        }
    }

    fn failure(&mut self, stage: Stage, error: &SmtpError, dot_written: bool) -> Failure {
        if let Some(code) = error.status() {
            let code = code.to_string();
            // 421: the server closes the connection.
            self.usable = code != "421";
            return Failure::Reply { stage, code, text: error.to_string() };
        }
        self.usable = false;
        Failure::Cut { stage, text: error.to_string(), dot_written }
    }

    fn too_long(&mut self, stage: Stage, dot_written: bool) -> Failure {
        self.usable = false;
        Failure::Cut { stage, text: "no answer in time".into(), dot_written }
    }

    async fn reset(&mut self) -> bool {
        matches!(timeout(self.patience.command, self.connection.command(Rset)).await, Ok(Ok(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str) -> Result<Relay, UrlError> {
        Relay::open(&SecretString::from(url), Patience::default())
    }

    #[test]
    fn addresses_are_read_and_passwords_never_go_in_clear() {
        let relay = open("smtp://127.0.0.1:2525").unwrap();
        assert_eq!((relay.host.as_str(), relay.port), ("127.0.0.1", 2525));
        assert!(matches!(open("smtp://mail.example").unwrap().port, 25));
        assert!(matches!(open("smtp://u:p@mail.example?tls=required").unwrap().tls, Tls::Start(_)));
        assert!(matches!(open("smtps://u:p%40@mail.example").unwrap().tls, Tls::Wrapped(_)));
        assert!(open("smtp://u:p@127.0.0.1:25").is_ok());
        for (url, error) in [
            ("smtp://u:p@mail.example", UrlError::PasswordInClear),
            ("smtp://mail.example?tls=opportunistic", UrlError::Form),
            ("http://mail.example", UrlError::Form),
            ("mail.example:25", UrlError::Form),
        ] {
            assert_eq!(open(url).err(), Some(error), "{url}");
        }
    }
}
