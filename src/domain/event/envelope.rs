//! The CloudEvents envelope in its three forms: structured, binary and batch.
//!
//! A message yields one reading for each event in it, and a bad element of a batch spoils only itself. Which
//! form it is follows from the content type, then from the headers, then from the first character.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::collect::{check_sound, collect};
use super::fields::{Fields, Place};
use super::scalar::{check_id, read_instant};
use super::{Event, FactKind, Refusal, YEAR_MAX, YEAR_MIN};
use crate::domain::{CreditorId, Fact, Version};

/// Largest event: far above an invoice with ten thousand allocations, small enough to keep a batch of 500 in
/// memory.
pub const EVENT_BYTES_MAX: usize = 1_048_576;
/// Largest message in batch mode.
pub const BATCH_BYTES_MAX: usize = 8 * 1_048_576;
/// Most events in one message: what one transaction takes without holding others up.
pub const BATCH_EVENTS_MAX: usize = 5_000;
/// Stands between an event's id and its source in `Version::id`; sorts before every character of an id.
const ID_SOURCE_SEPARATOR: char = '\u{1f}';

/// A message as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Its bytes.
    pub body: &'a [u8],
    /// Its content type.
    pub content_type: Option<&'a str>,
    /// Its headers as text, with the prefix `cloudEvents:` or `cloudEvents_` (over HTTP `ce-`) where binary
    /// mode puts attributes.
    pub headers: &'a [(String, String)],
}

/// What became of one event of a message.
pub type Reading = Result<Event, Box<Refused>>;

/// One event that is not taken, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// Where its bytes stand in the message's body.
    pub bytes: Range<usize>,
    /// The attributes that could be read.
    pub creditor: Option<String>,
    /// Of which source.
    pub source: Option<String>,
    /// Under which id.
    pub id: Option<String>,
    /// The event type as written.
    pub kind: Option<String>,
}

/// Reads every event of a message.
pub fn read(message: &Message<'_>) -> Vec<Reading> {
    let whole = 0..message.body.len();
    let refuse = |field: &str, reason: String| vec![Err(Refused::bare(Refusal::new(field, reason), whole.clone()))];
    if message.body.len() > BATCH_BYTES_MAX {
        return refuse("body", format!("is larger than {BATCH_BYTES_MAX} bytes; send fewer events in one message"));
    }
    let Ok(text) = std::str::from_utf8(message.body) else {
        return refuse("body", "is not UTF-8; send JSON in UTF-8".to_owned());
    };
    let structured = message.content_type.is_some_and(|kind| starts_with(kind, "application/cloudevents"));
    if !structured && let Some(envelope) = Envelope::from_headers(message.headers, text) {
        return vec![finish(Ok(envelope), text, whole)];
    }
    if text.trim_ascii_start().starts_with('[') {
        return batch(text);
    }
    vec![finish(Envelope::from_object(text), text, whole)]
}

fn batch(text: &str) -> Vec<Reading> {
    let refuse = |reason: String| vec![Err(Refused::bare(Refusal::new("body", reason), 0..text.len()))];
    let items: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(items) => items,
        Err(why) => return refuse(format!("is no valid JSON array at line {}, column {}", why.line(), why.column())),
    };
    if items.is_empty() {
        return refuse("is an empty batch; send at least one event".to_owned());
    }
    if items.len() > BATCH_EVENTS_MAX {
        return refuse(format!("holds more than {BATCH_EVENTS_MAX} events; send fewer in one message"));
    }
    items
        .into_iter()
        .map(|item| {
            let item = item.get();
            let start = item.as_ptr().addr() - text.as_ptr().addr();
            finish(Envelope::from_object(item), item, start..start + item.len())
        })
        .collect()
}

fn finish(envelope: Result<Envelope<'_>, Refusal>, text: &str, bytes: Range<usize>) -> Reading {
    if text.len() > EVENT_BYTES_MAX {
        let refusal = Refusal::new("body", format!("is larger than {EVENT_BYTES_MAX} bytes; send a smaller event"));
        return Err(Refused::bare(refusal, bytes));
    }
    let envelope = envelope.map_err(|refusal| Refused::bare(refusal, bytes.clone()))?;
    envelope.event(bytes.clone()).map_err(|refusal| {
        Box::new(Refused {
            creditor: shown(&envelope.creditor),
            source: shown(&envelope.source),
            id: shown(&envelope.id),
            kind: shown(&envelope.kind),
            refusal,
            bytes,
        })
    })
}

/// An attribute as the quarantine shows it: only what could be an identifier.
fn shown(attribute: &Option<Cow<'_, str>>) -> Option<String> {
    attribute.as_deref().filter(|text| check_id(text).is_ok()).map(str::to_owned)
}

impl Refused {
    fn bare(refusal: Refusal, bytes: Range<usize>) -> Box<Self> {
        Box::new(Self { refusal, bytes, creditor: None, source: None, id: None, kind: None })
    }
}

#[derive(Default)]
struct Envelope<'a> {
    specversion: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
    creditor: Option<Cow<'a, str>>,
    sequence: Option<i64>,
    content_type: Option<Cow<'a, str>>,
    data: Option<&'a str>,
}

impl<'a> Envelope<'a> {
    fn from_object(text: &'a str) -> Result<Self, Refusal> {
        let event = Fields::of(text, Place::Event)?;
        if event.find("data_base64")?.is_some() {
            return Err(event.refuse("data_base64", "is not taken; send `data` as a JSON object"));
        }
        Ok(Self {
            specversion: event.may("specversion", |it| it.string())?,
            id: event.may("id", |it| it.string())?,
            source: event.may("source", |it| it.string())?,
            kind: event.may("type", |it| it.string())?,
            time: event.may("time", |it| it.string())?,
            creditor: event.may("creditor", |it| it.string())?,
            sequence: event.may("sequence", |it| it.whole())?,
            content_type: event.may("datacontenttype", |it| it.string())?,
            data: event.may("data", |field| Ok(field.raw))?,
        })
    }

    /// The attributes of binary mode; none where no header names a `specversion`.
    fn from_headers(headers: &'a [(String, String)], body: &'a str) -> Option<Self> {
        let mut envelope = Self { data: Some(body), ..Self::default() };
        for (name, value) in headers {
            let Some(attribute) = attribute_of(name) else { continue };
            let value = || Some(Cow::Borrowed(value.as_str()));
            match attribute.to_ascii_lowercase().as_str() {
                "specversion" => envelope.specversion = value(),
                "id" => envelope.id = value(),
                "source" => envelope.source = value(),
                "type" => envelope.kind = value(),
                "time" => envelope.time = value(),
                "creditor" => envelope.creditor = value(),
                // A broken sequence must not pass as none: no instant has this one.
                "sequence" => envelope.sequence = Some(value()?.parse().unwrap_or(i64::MIN)),
                _ => {}
            }
        }
        envelope.specversion.is_some().then_some(envelope)
    }

    fn event(&self, bytes: Range<usize>) -> Result<Event, Refusal> {
        let version = required(&self.specversion, "specversion")?;
        if version != "1.0" {
            return Err(Refusal::new("specversion", "is not 1.0; send CloudEvents 1.0"));
        }
        let creditor = CreditorId::new(identifier(&self.creditor, "creditor")?);
        let id = identifier(&self.id, "id")?;
        let source = identifier(&self.source, "source")?;
        let kind: FactKind = required(&self.kind, "type")?.parse()?;
        let time = required(&self.time, "time")?;
        let place = Place::Root("time");
        let time = read_instant(time).ok_or_else(|| {
            place.refuse("is no instant with an offset (RFC 3339); write it like \"2026-03-31T09:00:00+02:00\"")
        })?;
        let year = chrono::Datelike::year(&time);
        if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
            return Err(place.refuse(format!("lies outside the years {YEAR_MIN} to {YEAR_MAX}; correct it")));
        }
        if self.sequence == Some(i64::MIN) {
            return Err(Refusal::new("sequence", "is no whole number of 64 bits; write one such as 7"));
        }
        let is_json = |kind: &str| starts_with(kind, "application/json") || kind.contains("+json");
        if self.content_type.as_deref().is_some_and(|kind| !is_json(kind)) {
            return Err(Refusal::new("datacontenttype", "is not application/json; send `data` as JSON"));
        }
        let Some(data) = self.data else { return Err(Refusal::new("data", "is missing; it is required")) };

        let collected = collect(kind, &creditor, data)?;
        let sequence = self.sequence.unwrap_or(0);
        let mut digest = Sha256::new();
        digest.update(format!("{kind}\n{}\n{sequence}\n", time.timestamp_micros()));
        check_sound(data, |bytes| digest.update(bytes))?;
        let identity_hash = identity_hash(&creditor, source, id);
        let order = if let Fact::PaymentsSynced(synced) = &collected.fact { synced.through } else { time };
        Ok(Event {
            identity_hash,
            digest: half(digest),
            time,
            version: Version { time: order, sequence, id: format!("{id}{ID_SOURCE_SEPARATOR}{source}") },
            kind,
            key: collected.key.unwrap_or_else(|| hex::encode(identity_hash)),
            debtor: collected.debtor,
            awaits: collected.awaits,
            fact: collected.fact,
            data: data.to_owned(),
            source: source.to_owned(),
            id: id.to_owned(),
            creditor,
            bytes,
        })
    }
}

fn attribute_of(header: &str) -> Option<&str> {
    ["cloudEvents:", "cloudEvents_", "ce-"].iter().find_map(|prefix| {
        let (head, rest) = header.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    })
}

fn required<'t>(attribute: &'t Option<Cow<'_, str>>, name: &str) -> Result<&'t str, Refusal> {
    attribute.as_deref().ok_or_else(|| Refusal::new(name, "is missing; it is required"))
}

fn identifier<'t>(attribute: &'t Option<Cow<'_, str>>, name: &str) -> Result<&'t str, Refusal> {
    let text = required(attribute, name)?;
    check_id(text).map_err(|reason| Refusal::new(name, reason))?;
    Ok(text)
}

fn identity_hash(creditor: &CreditorId, source: &str, id: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in [creditor.as_str(), source, id] {
        // The length goes first, so that ("a", "bc") and ("ab", "c") differ.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    half(hash)
}

fn half(hash: Sha256) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    bytes
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}
