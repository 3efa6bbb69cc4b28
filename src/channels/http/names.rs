//! The names a provider's definition may use.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::channels::{Body, Outgoing};
use crate::domain::Address;
use crate::workflow::provider::HttpProvider;

/// The whole tree for one notice. It holds secrets and personal data: it is built for one request and dropped.
pub(super) fn names(
    provider: &HttpProvider,
    outgoing: &Outgoing,
    secrets: &[(String, SecretString)],
    captures: &std::collections::BTreeMap<String, String>,
    sandbox: bool,
) -> Value {
    let recipient = &outgoing.recipient;
    let sender = &outgoing.sender;
    let service = outgoing.service.and_then(|service| provider.services.get(&service));
    let secret: Map<String, Value> =
        secrets.iter().map(|(name, secret)| (name.clone(), secret.expose_secret().into())).collect();
    let (text, letter) = match &outgoing.body {
        Body::Sms { text } => (json!(text), Value::Null),
        Body::Letter { pdf } => (Value::Null, letter(pdf)),
        Body::Email { .. } => (Value::Null, Value::Null),
    };
    json!({
        "notice": {
            "id": outgoing.notice,
            "creditor": outgoing.creditor,
            "channel": outgoing.channel(),
            "service": outgoing.service,
            "date": outgoing.on,
        },
        "to": {
            "name": recipient.name,
            "phone": recipient.phone,
            "email": recipient.email,
            "address": recipient.address.as_ref().map(address),
            "postal": postal(recipient.name.as_deref(), recipient.address.as_ref()),
        },
        "sender": {
            "name": sender.name,
            "email": sender.email,
            "phone": sender.phone,
            "address": address(&sender.address),
            "postal": postal(Some(&sender.name), Some(&sender.address)),
        },
        "text": text,
        "letter": letter,
        "service": service.cloned().unwrap_or_else(|| json!({})),
        "config": provider.config,
        "secret": secret,
        "cap": captures,
        "sandbox": sandbox,
    })
}

/// The roots of the tree, for checking a definition without a notice.
pub(super) const ROOTS: [&str; 10] =
    ["notice", "to", "sender", "text", "letter", "service", "config", "secret", "cap", "sandbox"];

/// What the texts of a signature may name beside these.
pub(super) const OF_SIGNATURE: &[&str] = &["request", "now"];

fn address(address: &Address) -> Value {
    json!({
        "lines": address.lines,
        "postal_code": address.postal_code,
        "city": address.city,
        "country": address.country,
    })
}

/// The six postal lines, null where one is empty; null where the address does not fit them.
fn postal(name: Option<&str>, address: Option<&Address>) -> Value {
    let Some(Ok(lines)) = address.map(|address| address.postal_lines(name.unwrap_or_default())) else {
        return Value::Null;
    };
    lines.into_iter().map(|line| Some(line).filter(|line| !line.is_empty())).collect()
}

fn letter(pdf: &[u8]) -> Value {
    json!({
        "media_type": "application/pdf",
        "base64": STANDARD.encode(pdf),
        "sha256": hex::encode(Sha256::digest(pdf)),
    })
}
