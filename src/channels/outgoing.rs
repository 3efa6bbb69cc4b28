//! What a channel is given: one notice, rendered to the exact bytes that leave, with whom it goes to, whom it
//! comes from and what earlier tries left behind.
//!
//! Nothing here is rendered or decided again; the same value sent twice asks for the same thing.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;

use crate::domain::{Address, Channel, Content, CreditorId, LetterService, NoticeId, Recipient};

/// The exact bytes of a notice: what is stored as evidence before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A whole message as `email::compose` wrote it.
    Email {
        /// RFC 5322, headers and body.
        message: Vec<u8>,
    },
    /// A text message.
    Sms {
        /// What the telephone shows.
        text: String,
    },
    /// A letter.
    Letter {
        /// Its pages.
        pdf: Vec<u8>,
    },
}

impl Body {
    /// The bytes kept as evidence.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Email { message } => message,
            Self::Sms { text } => text.as_bytes(),
            Self::Letter { pdf } => pdf,
        }
    }

    /// Their media type.
    pub fn media_type(&self) -> &'static str {
        match self {
            Self::Email { .. } => "message/rfc822",
            Self::Sms { .. } => "text/plain; charset=utf-8",
            Self::Letter { .. } => "application/pdf",
        }
    }

    /// The channel that carries it.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email { .. } => Channel::Email,
            Self::Sms { .. } => Channel::Sms,
            Self::Letter { .. } => Channel::Letter,
        }
    }

    /// The body that stored evidence holds; `None` if a text message is not UTF-8.
    pub fn of_evidence(channel: Channel, bytes: Vec<u8>) -> Option<Self> {
        Some(match channel {
            Channel::Email => Self::Email { message: bytes },
            Channel::Sms => Self::Sms { text: String::from_utf8(bytes).ok()? },
            Channel::Letter => Self::Letter { pdf: bytes },
        })
    }
}

/// The creditor, as the receiving side sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Name as it signs.
    pub name: String,
    /// `From` address, alone or as `Name <address>`.
    pub email: String,
    /// `Reply-To` address.
    pub reply_to: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// The address on letters.
    pub address: Address,
}

impl Sender {
    /// The sender a notice's content names: the creditor, or the identity its step chose. An identity with an
    /// address replaces the creditor's address, one without is only another name.
    pub fn of(content: &Content) -> Self {
        let creditor = &content.creditor;
        let mut sender = Self {
            name: creditor.name.clone(),
            email: creditor.email_from.clone(),
            reply_to: creditor.reply_to.clone(),
            phone: creditor.phone.clone(),
            address: creditor.address.clone(),
        };
        match content.from.as_deref() {
            Some(identity) if identity.contains('@') => sender.email = identity.to_owned(),
            Some(identity) => sender.name = identity.to_owned(),
            None => {}
        }
        sender
    }
}

/// One notice on its way out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Which notice; also the idempotency key given to providers.
    pub notice: NoticeId,
    /// Whose notice.
    pub creditor: CreditorId,
    /// How a letter is sent.
    pub service: Option<LetterService>,
    /// The provider the step names; otherwise the channel's default.
    pub provider: Option<String>,
    /// The civil day it bears, in the account's zone.
    pub on: NaiveDate,
    /// Whom it goes to.
    pub recipient: Recipient,
    /// Whom it comes from.
    pub sender: Sender,
    /// What leaves.
    pub body: Body,
    /// What earlier tries captured at the provider: the `captures` of the last outcome.
    pub captures: BTreeMap<String, String>,
    /// How long ago, in real time, the first try began that may have left: one that ended in a retry with
    /// `may_have_left`, or that a crash cut off. `None` if there was none, or if a person decided that it did
    /// not leave. With it, nothing is handed over again unless that is surely harmless.
    pub may_have_left: Option<Duration>,
}

impl Outgoing {
    /// The channel it travels by.
    pub fn channel(&self) -> Channel {
        self.body.channel()
    }
}
