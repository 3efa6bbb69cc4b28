//! Hands rendered notices to what carries them: an SMTP relay, an HTTP provider described by a YAML file, or a
//! folder.
//!
//! A try ends in an `Outcome` that says what its owner must do; whether something may have left is the question
//! every line here answers on the safe side. Nothing here decides what is sent, keeps state between tries,
//! waits to try again, or sees the store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::{Channel, NoticeId};
use crate::workflow::{Provider, Transport};

mod documents;
pub mod email;
mod folder;
mod http;
mod outcome;
mod outgoing;
mod percent;
mod secrets;
pub mod smtp;
mod trial;

pub use self::http::examine_texts;
pub use documents::{DOCUMENT_BYTES_MAX, Documents, FetchError};
pub use outcome::{Outcome, PauseCause, REASON_CHARS_MAX};
pub use outgoing::{Body, Outgoing, Sender};
pub use secrets::SecretLookup;
pub use trial::{replay, try_against};

/// Longest time one `Channels::send` takes, in seconds, waiting for its turn included. The claim on a notice must
/// hold longer.
pub const SEND_SECONDS_MAX: u64 = 115;

/// Longest wait for a turn, in seconds: a notice that has not begun to leave by then is given back.
const TURN_SECONDS_MAX: u64 = 30;

/// How the channels are set up.
#[derive(Debug, Default)]
pub struct ChannelSettings {
    /// `SMTP_URL`: the relay for email. May hold a password.
    pub smtp_url: Option<SecretString>,
    /// How long the relay may take.
    pub smtp_patience: smtp::Patience,
    /// Where emails are written instead of being sent; wins over the relay.
    pub mail_folder: Option<PathBuf>,
    /// Where providers with `transport: folder` write.
    pub outbox_folder: Option<PathBuf>,
    /// The provider of a channel where a step names none.
    pub providers: BTreeMap<Channel, String>,
    /// Where a provider is instead of where its definition says, by the provider's name; else
    /// `RELANCE_PROVIDER_<NAME>_URL` is asked.
    pub base_urls: BTreeMap<String, String>,
    /// Whether providers are reached at their sandbox.
    pub sandbox: bool,
    /// Where providers' secrets come from.
    pub secrets: SecretLookup,
}

/// Why the channels cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// `SMTP_URL` is wrong.
    #[error("SMTP_URL: {0}")]
    SmtpUrl(#[from] smtp::UrlError),
    /// A channel's default provider is not defined.
    #[error("the default provider of {channel} is `{name}`, which is not defined", channel = .channel.as_str())]
    UnknownProvider {
        /// The channel.
        channel: Channel,
        /// The name that is set.
        name: String,
    },
    /// A channel's default provider carries other channels.
    #[error("the default provider of {channel} is `{name}`, which does not carry it", channel = .channel.as_str())]
    WrongChannel {
        /// The channel.
        channel: Channel,
        /// The name that is set.
        name: String,
    },
}

/// Keeps what a step of a hand-over captured at the provider, before the next step runs: a draft made twice is
/// harmless, one that was submitted and forgotten is not.
pub trait Keep: Sync {
    /// Stores `captures`, all so far, with the notice; false if it could not, or if the notice is in other hands
    /// by now. Then nothing more is sent.
    fn keep(&self, notice: NoticeId, captures: &BTreeMap<String, String>) -> impl Future<Output = bool> + Send;
}

enum Carrier {
    Relay(Box<smtp::Relay>),
    Folder(PathBuf),
    Http(Box<http::HttpCarrier>),
    /// Not usable; says what to set.
    Absent(String),
}

/// Everything that carries notices, ready to be used from many tasks at once.
pub struct Channels {
    email: Carrier,
    providers: BTreeMap<String, (Vec<Channel>, Carrier)>,
    defaults: BTreeMap<Channel, String>,
}

impl Channels {
    /// Sets everything up. Nothing is connected yet.
    pub fn open(settings: ChannelSettings, definitions: Vec<Provider>) -> Result<Self, OpenError> {
        let email = match (&settings.mail_folder, &settings.smtp_url) {
            (Some(folder), _) => Carrier::Folder(folder.clone()),
            (None, Some(url)) => Carrier::Relay(Box::new(smtp::Relay::open(url, settings.smtp_patience)?)),
            (None, None) => Carrier::Absent("no SMTP relay is set: set SMTP_URL".into()),
        };
        let providers: BTreeMap<String, (Vec<Channel>, Carrier)> = definitions
            .into_iter()
            .map(|provider| (provider.name.clone(), (provider.channels.clone(), carrier(provider, &settings))))
            .collect();
        for (channel, name) in &settings.providers {
            match providers.get(name) {
                Some((channels, _)) if channels.contains(channel) => {}
                Some(_) => return Err(OpenError::WrongChannel { channel: *channel, name: name.clone() }),
                None if *channel == Channel::Email && name == smtp::NAME => {}
                None => return Err(OpenError::UnknownProvider { channel: *channel, name: name.clone() }),
            }
        }
        Ok(Self { email, providers, defaults: settings.providers })
    }

    /// The name of the provider that a notice goes through: the one it names, else the channel's default. Email
    /// goes through `smtp` where nothing else is set.
    pub fn provider_of(&self, outgoing: &Outgoing) -> Option<String> {
        outgoing.provider.clone().or_else(|| self.default_of(outgoing.channel()).map(str::to_owned))
    }

    /// The name of the provider that carries what names none.
    pub fn default_of(&self, channel: Channel) -> Option<&str> {
        let set = self.defaults.get(&channel).map(String::as_str);
        set.or((channel == Channel::Email).then_some(smtp::NAME))
    }

    /// What keeps each provider from being used, by name: missing secrets, addresses without TLS, texts that do
    /// not compile. A provider that nobody uses may well be among them.
    pub fn problems(&self) -> BTreeMap<&str, &str> {
        let providers = self.providers.iter().map(|(name, (_, carrier))| (name.as_str(), carrier));
        let all = providers.chain([(smtp::NAME, &self.email)]);
        all.filter_map(|(name, carrier)| match carrier {
            Carrier::Absent(what) => Some((name, what.as_str())),
            _ => None,
        })
        .collect()
    }

    /// Hands a notice over. Where `outgoing.may_have_left` says that an earlier try may have left, it is handed
    /// over again only if that is surely harmless, else the provider is asked, else it is uncertain.
    pub async fn send(&self, outgoing: &Outgoing, keep: &impl Keep) -> Outcome {
        let (name, carrier) = match self.carrier(outgoing) {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        match (carrier, &outgoing.body) {
            (Carrier::Folder(path), _) => folder::deliver(&name, path, outgoing).await,
            (Carrier::Http(carrier), _) => carrier.send(outgoing, keep).await,
            (Carrier::Relay(_), _) if outgoing.may_have_left.is_some() => {
                Outcome::uncertain("sending was cut off, and an SMTP relay cannot tell what became of it")
            }
            (Carrier::Relay(relay), Body::Email { message }) => relay.send(outgoing, message).await,
            (Carrier::Relay(_), _) => Outcome::rejected("an SMTP relay carries nothing but email"),
            (Carrier::Absent(what), _) => Outcome::paused(&name, PauseCause::Misconfigured, what),
        }
    }

    /// Whether handing `outgoing` over again, `since` after the first try, is surely not a second notice.
    pub fn resend_is_safe(&self, outgoing: &Outgoing, since: Duration) -> bool {
        match self.carrier(outgoing) {
            Ok((_, Carrier::Folder(_))) => true,
            Ok((_, Carrier::Http(carrier))) => carrier.key_protects(since),
            Ok((_, Carrier::Relay(_) | Carrier::Absent(_))) | Err(_) => false,
        }
    }

    fn carrier(&self, outgoing: &Outgoing) -> Result<(String, &Carrier), Outcome> {
        let channel = outgoing.channel();
        let Some(name) = self.provider_of(outgoing) else {
            let reason = format!("no provider is set for {}", channel.as_str());
            return Err(Outcome::paused(channel.as_str(), PauseCause::Misconfigured, reason));
        };
        match self.providers.get(&name) {
            Some((channels, carrier)) if channels.contains(&channel) => Ok((name, carrier)),
            Some(_) => Err(Outcome::rejected(format!("provider `{name}` does not carry {}", channel.as_str()))),
            None if channel == Channel::Email && name == smtp::NAME => Ok((name, &self.email)),
            None => {
                let reason = format!("provider `{name}` is not defined");
                Err(Outcome::paused(&name, PauseCause::Misconfigured, reason))
            }
        }
    }
}

fn carrier(provider: Provider, settings: &ChannelSettings) -> Carrier {
    match provider.transport {
        Transport::Folder => match &settings.outbox_folder {
            Some(folder) => Carrier::Folder(folder.clone()),
            None => Carrier::Absent("no outbox folder is set".into()),
        },
        Transport::Http(definition) => {
            let variable = format!("RELANCE_PROVIDER_{}_URL", provider.name.to_ascii_uppercase().replace('-', "_"));
            let base = settings.base_urls.get(&provider.name).cloned().or_else(|| std::env::var(variable).ok());
            let token = settings.base_urls.get(&format!("{}.token", provider.name)).cloned();
            let urls = http::Urls { base, token };
            match http::HttpCarrier::open(&provider.name, *definition, urls, settings.sandbox, &settings.secrets) {
                Ok(carrier) => Carrier::Http(Box::new(carrier)),
                Err(problems) => Carrier::Absent(problems.join("; ")),
            }
        }
    }
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_recognised() {
        for host in ["localhost", "127.0.0.1", "127.3.2.1", "[::1]", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "10.0.0.1", "[::2]", "127.0.0.1.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
