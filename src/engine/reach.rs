//! Who a message reaches (rule 20) and by which service it may go (rule 30).

use sha2::{Digest as _, Sha256};

use super::scene::Scene;
use crate::domain::{Address, Channel, Contact, ContactRole, Debtor, DebtorKind, LetterService, Recipient};
use crate::workflow::{Message, Step};

/// Roles in the order in which they are tried where a message names none.
const DEFAULT_ROLES: [ContactRole; 3] = [ContactRole::Dunning, ContactRole::Billing, ContactRole::Management];

/// The recipient of a message; `None` where its channel cannot be used. An address that a carrier reported to reach
/// nobody is the last to be taken.
pub(super) fn recipient(scene: &Scene<'_>, message: &Message) -> Option<Recipient> {
    let debtor = scene.debtor?;
    let usable = |contact: &&Contact| match message.channel {
        Channel::Email => contact.email.as_deref().is_some_and(is_email),
        Channel::Sms => contact.phone.as_deref().is_some_and(is_e164),
        Channel::Letter => true,
    };
    let alive = |contact: &&Contact| {
        let address = match message.channel {
            Channel::Email => contact.email.as_deref(),
            Channel::Sms => contact.phone.as_deref(),
            Channel::Letter => None,
        };
        usable(contact) && !address.is_some_and(|address| is_dead(scene, &hashed(address)))
    };
    let contact = in_roles(debtor, message.to, alive).or_else(|| in_roles(debtor, message.to, usable));
    let blank = Recipient { role: None, name: None, email: None, phone: None, address: None, cc: Vec::new() };
    let recipient = match message.channel {
        Channel::Email => Recipient { email: contact?.email.clone(), cc: copies(debtor, message, contact?), ..blank },
        Channel::Sms if debtor.consents.sms == Some(false) => return None,
        Channel::Sms => Recipient { phone: contact?.phone.clone(), ..blank },
        Channel::Letter => {
            let address = debtor.address.as_ref().filter(|address| address.is_complete())?;
            Recipient { address: Some(address.clone()), ..blank }
        }
    };
    Some(Recipient {
        role: contact.map(|contact| contact.role),
        name: contact.and_then(|contact| contact.name.clone()),
        ..recipient
    })
}

/// Whether a message goes to an address that nobody reported to be dead.
pub(super) fn reaches(scene: &Scene<'_>, message: &Message) -> bool {
    let address = recipient(scene, message).and_then(|recipient| address_digest(message.channel, &recipient));
    address.is_some_and(|digest| !is_dead(scene, &digest))
}

/// The address, as a digest, that the proof of a step's deadline is to come from and that a carrier reported to reach
/// nobody; `None` where the step gives no deadline or another address may prove it. A letter's proof is the letter's.
pub(super) fn dead_proof(scene: &Scene<'_>, step: &Step) -> Option<String> {
    step.deadline?;
    let by_letter = step.messages().any(|message| message.channel == Channel::Letter);
    let proves = |message: &&Message| !by_letter || message.channel == Channel::Letter;
    if step.messages().chain(&step.if_unreachable).filter(proves).any(|message| reaches(scene, message)) {
        return None;
    }
    let mut dead = step.messages().filter(proves);
    dead.find_map(|message| address_digest(message.channel, &recipient(scene, message)?))
}

fn is_dead(scene: &Scene<'_>, digest: &str) -> bool {
    scene.dead_addresses.contains(digest)
}

/// The digest of the address by which a notice reaches its recipient.
pub(super) fn address_digest(channel: Channel, recipient: &Recipient) -> Option<String> {
    match channel {
        Channel::Email => recipient.email.as_deref().map(hashed),
        Channel::Sms => recipient.phone.as_deref().map(hashed),
        Channel::Letter => recipient.address.as_ref().map(|address| hashed(&one_line(address))),
    }
}

fn one_line(address: &Address) -> String {
    let parts = address.lines.iter().chain([&address.postal_code, &address.city, &address.country]);
    parts.map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// Sixteen bytes tell the addresses of one debtor apart.
fn hashed(address: &str) -> String {
    hex::encode(&Sha256::digest(address.to_lowercase())[..16])
}

fn in_roles(debtor: &Debtor, to: Option<ContactRole>, usable: impl Fn(&&Contact) -> bool) -> Option<&Contact> {
    let one = to.as_slice();
    let roles = if one.is_empty() { &DEFAULT_ROLES[..] } else { one };
    roles.iter().find_map(|role| debtor.contacts.iter().filter(|contact| contact.role == *role).find(&usable))
}

fn copies(debtor: &Debtor, message: &Message, to: &Contact) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for role in &message.cc {
        let contacts = debtor.contacts.iter().filter(|contact| contact.role == *role);
        for email in contacts.filter_map(|contact| contact.email.as_ref()).filter(|email| is_email(email)) {
            if to.email.as_ref() != Some(email) && !found.contains(email) {
                found.push(email.clone());
            }
        }
    }
    found
}

fn is_email(text: &str) -> bool {
    let (local, domain) = text.rsplit_once('@').unwrap_or_default();
    !local.is_empty() && domain.contains('.') && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit()) && !digits.starts_with('0')
}

/// The service a letter goes by: an electronic registered one needs a recorded consent unless the debtor is a
/// business, and becomes a registered letter with receipt otherwise.
pub(super) fn service(scene: &Scene<'_>, message: &Message) -> Option<LetterService> {
    if message.channel != Channel::Letter {
        return None;
    }
    let asked = message.service.unwrap_or(LetterService::Standard);
    let consents = scene.debtor.is_some_and(|debtor| {
        debtor.kind == DebtorKind::Business || debtor.consents.electronic_registered_mail == Some(true)
    });
    if asked == LetterService::ElectronicRegistered && !consents {
        return Some(LetterService::RegisteredReceipt);
    }
    Some(asked)
}
