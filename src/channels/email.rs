//! Composes an email to the byte: what is stored as evidence and what is sent are the same bytes.
//!
//! The Message-ID follows from the notice, the date is given, the part boundaries follow from the notice, so
//! composing twice gives the same message. DKIM is left to the relay.

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Mailbox, Message, MultiPart, SinglePart};

use super::Sender;
use crate::domain::{Channel, Content, NoticeId, Phase, Recipient};

/// Largest message composed, in bytes: most receiving servers refuse more.
pub const MESSAGE_BYTES_MAX: usize = 20 * 1024 * 1024;

/// A file that goes with an email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its file name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What an email is composed of.
#[derive(Clone, Copy, Debug)]
pub struct Email<'a> {
    /// The notice.
    pub notice: NoticeId,
    /// Its `Date`, in business time.
    pub at: DateTime<Utc>,
    /// Whom it comes from.
    pub sender: &'a Sender,
    /// Whom it goes to.
    pub recipient: &'a Recipient,
    /// Earlier notices of the same thread, oldest first.
    pub thread: &'a [NoticeId],
    /// One line.
    pub subject: &'a str,
    /// Plain text.
    pub text: &'a str,
    /// The same in HTML.
    pub html: Option<&'a str>,
    /// What goes with it.
    pub attachments: &'a [Attachment],
}

/// Why an email cannot be composed. None of them passes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The creditor's address, or the identity the step chose.
    #[error("the sender's address is not an email address")]
    Sender,
    /// The creditor's address for answers.
    #[error("the reply-to address is not an email address")]
    ReplyTo,
    /// The recipient, or one who gets a copy.
    #[error("the recipient's address is not an email address")]
    Recipient,
    /// A file without a proper media type.
    #[error("an attachment has no valid media type")]
    Attachment,
    /// More than `MESSAGE_BYTES_MAX`.
    #[error("the message is larger than {MESSAGE_BYTES_MAX} bytes")]
    TooLarge,
    /// Refused by the composer.
    #[error("the message cannot be composed")]
    Malformed,
}

/// The Message-ID of a notice sent by `sender`, with its angle brackets.
pub fn message_id(notice: NoticeId, sender: &Sender) -> Result<String, ComposeError> {
    Ok(format!("<{notice}@{}>", mailbox_of(sender)?.email.domain()))
}

/// The earlier emails a notice answers to, oldest first. Reminders of a case follow each other in one thread;
/// a formal notice and what comes after it stand alone.
pub fn thread(content: &Content) -> Vec<NoticeId> {
    match content.phase {
        Phase::Prevention | Phase::Reminder => {
            content.previous.iter().filter(|earlier| earlier.channel == Channel::Email).map(|e| e.notice).collect()
        }
        Phase::FormalNotice | Phase::Legal => vec![],
    }
}

/// The whole message, ready to be stored and sent.
pub fn compose(email: &Email<'_>) -> Result<Vec<u8>, ComposeError> {
    let from = mailbox_of(email.sender)?;
    let mut builder = Message::builder()
        .message_id(Some(message_id(email.notice, email.sender)?))
        .date(email.at.into())
        .from(from)
        .to(mailbox(email.recipient.name.as_deref(), email.recipient.email.as_deref().unwrap_or_default())?)
        .subject(one_line(email.subject))
        // RFC 3834: out-of-office answers are not to answer this.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()));
    for copy in &email.recipient.cc {
        builder = builder.cc(mailbox(None, copy)?);
    }
    if let Some(reply_to) = &email.sender.reply_to {
        builder = builder.reply_to(reply_to.parse().map_err(|_| ComposeError::ReplyTo)?);
    }
    let chain = email.thread.iter().map(|earlier| message_id(*earlier, email.sender)).collect::<Result<Vec<_>, _>>()?;
    if let Some(last) = chain.last() {
        builder = builder.in_reply_to(last.clone()).references(chain.join(" "));
    }
    let message = match parts(email)? {
        Parts::One(part) => builder.singlepart(part),
        Parts::Many(parts) => builder.multipart(parts),
    };
    let bytes = message.map_err(|_| ComposeError::Malformed)?.formatted();
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(ComposeError::TooLarge);
    }
    Ok(bytes)
}

/// The address that goes into the envelope.
pub(super) fn envelope_sender(sender: &Sender) -> Result<lettre::Address, ComposeError> {
    Ok(mailbox_of(sender)?.email)
}

enum Parts {
    One(SinglePart),
    Many(MultiPart),
}

fn parts(email: &Email<'_>) -> Result<Parts, ComposeError> {
    let plain = SinglePart::plain(email.text.to_owned());
    let text = match email.html {
        None => Parts::One(plain),
        Some(html) => Parts::Many(
            MultiPart::alternative()
                .boundary(format!("alternative-{}", email.notice.0.simple()))
                .singlepart(plain)
                .singlepart(SinglePart::html(html.to_owned())),
        ),
    };
    if email.attachments.is_empty() {
        return Ok(text);
    }
    let whole = MultiPart::mixed().boundary(format!("mixed-{}", email.notice.0.simple()));
    let mut whole = match text {
        Parts::One(part) => whole.singlepart(part),
        Parts::Many(parts) => whole.multipart(parts),
    };
    for attachment in email.attachments {
        let media_type = ContentType::parse(&attachment.media_type).map_err(|_| ComposeError::Attachment)?;
        whole = whole.singlepart(Part::new(one_line(&attachment.name)).body(attachment.bytes.clone(), media_type));
    }
    Ok(Parts::Many(whole))
}

fn mailbox_of(sender: &Sender) -> Result<Mailbox, ComposeError> {
    // `Name <address>` as people write it: a name may hold what a header would need quotes for.
    let written = sender.email.trim();
    let named = written.strip_suffix('>').and_then(|rest| rest.rsplit_once('<'));
    let (name, address) = named.unwrap_or(("", written));
    let name = one_line(name.trim().trim_matches('"'));
    let address = address.trim().parse().map_err(|_| ComposeError::Sender)?;
    let name = if name.is_empty() { one_line(&sender.name) } else { name };
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), address))
}

fn mailbox(name: Option<&str>, address: &str) -> Result<Mailbox, ComposeError> {
    let address = address.trim().parse().map_err(|_| ComposeError::Recipient)?;
    Ok(Mailbox::new(name.map(one_line).filter(|name| !name.is_empty()), address))
}

/// Control characters become spaces: nobody's name or subject ends a header.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Address;

    fn sender() -> Sender {
        Sender {
            name: "Société Durand".into(),
            email: "compta@durand.example".into(),
            reply_to: Some("relances@durand.example".into()),
            phone: None,
            address: Address { lines: vec![], postal_code: String::new(), city: String::new(), country: String::new() },
        }
    }

    fn recipient() -> Recipient {
        Recipient {
            role: None,
            name: Some("Anne\r\nBcc: all@example.org".into()),
            email: Some("anne@client.example".into()),
            phone: None,
            address: None,
            cc: vec!["chef@client.example".into()],
        }
    }

    fn composed(thread: &[NoticeId], attachments: &[Attachment]) -> String {
        let (sender, recipient) = (sender(), recipient());
        let email = Email {
            notice: NoticeId::derive(&["this"]),
            at: DateTime::from_timestamp(1_767_261_600, 0).unwrap(),
            sender: &sender,
            recipient: &recipient,
            thread,
            subject: "Facture F-1 échue\nX: y",
            text: "Bonjour, il reste 12,00 €.",
            html: Some("<p>Bonjour, il reste 12,00&nbsp;€.</p>"),
            attachments,
        };
        let bytes = compose(&email).unwrap();
        assert_eq!(bytes, compose(&email).unwrap(), "composing twice gives the same bytes");
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn headers_are_given_not_drawn() {
        let message = composed(&[NoticeId::derive(&["first"]), NoticeId::derive(&["second"])], &[]);
        let id = |name: &str| format!("<{}@durand.example>", NoticeId::derive(&[name]));
        assert!(message.contains(&format!("Message-ID: {}\r\n", id("this"))), "{message}");
        assert!(message.contains("Date: Thu, 01 Jan 2026 10:00:00 +0000\r\n"), "{message}");
        assert!(message.contains(&format!("In-Reply-To: {}\r\n", id("second"))), "{message}");
        let references = message.split("References: ").nth(1).unwrap();
        assert!(references.starts_with(&id("first")) && references.contains(&id("second")), "{message}");
        assert!(message.contains("Auto-Submitted: auto-generated\r\n"));
        assert!(message.contains("Cc: chef@client.example\r\n"));
        assert!(message.contains("Reply-To: relances@durand.example\r\n"));
    }

    #[test]
    fn no_name_or_subject_adds_a_header() {
        let message = composed(&[], &[]);
        let header = message.split("\r\n\r\n").next().unwrap();
        assert!(!header.lines().any(|line| line.starts_with("Bcc") || line.starts_with("X:")), "{header}");
    }

    #[test]
    fn text_html_and_files_are_nested_as_mail_programs_expect() {
        let pdf =
            Attachment { name: "F-1.pdf".into(), media_type: "application/pdf".into(), bytes: b"%PDF-1.7".to_vec() };
        let message = composed(&[], &[pdf]);
        let order = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"];
        let places: Vec<_> = order.iter().map(|kind| message.find(kind).expect(kind)).collect();
        assert!(places.is_sorted(), "{message}");
        assert!(message.contains("filename=\"F-1.pdf\""));
        assert!(message.is_ascii());
    }

    #[test]
    fn a_wrong_address_is_told_without_being_shown() {
        let (sender, mut recipient) = (sender(), recipient());
        recipient.email = Some("nobody".into());
        let email = Email {
            notice: NoticeId::derive(&["this"]),
            at: DateTime::UNIX_EPOCH,
            sender: &sender,
            recipient: &recipient,
            thread: &[],
            subject: "",
            text: "",
            html: None,
            attachments: &[],
        };
        assert_eq!(compose(&email), Err(ComposeError::Recipient));
    }
}
