//! What became of a try, in the terms of the one who must act on it, and the cleaning of what providers say.
//!
//! A reason is kept in tables and logs, so it never holds who the notice was for.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::Recipient;

/// Longest reason kept, in characters: a line for a person, not a page of a provider's HTML.
pub const REASON_CHARS_MAX: usize = 300;

/// Why a whole provider stands still until a person has done something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseCause {
    /// It does not take our credentials.
    AuthError,
    /// The account with it has no money left.
    CreditExhausted,
    /// Our side is set up wrongly: a missing secret, an address that is not https, a template that fails.
    Misconfigured,
}

impl PauseCause {
    /// The name used in tables and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthError => "auth_error",
            Self::CreditExhausted => "credit_exhausted",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// What became of one try to hand a notice over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has it, by this try or an earlier one.
    Accepted {
        /// How the provider names it.
        provider_id: Option<String>,
        /// What else is to be kept of the answer.
        captures: BTreeMap<String, String>,
    },
    /// The provider refuses this notice, for good.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Try again: it did not leave, or sending it again under the same key is harmless.
    Retry {
        /// Not before; the caller's own back-off where absent.
        after: Option<Duration>,
        /// Why.
        reason: String,
        /// Whether this try may have reached the provider. Then the time it began is to be given back in
        /// `Outgoing::may_have_left`.
        may_have_left: bool,
        /// What to give back in `Outgoing::captures`.
        captures: BTreeMap<String, String>,
    },
    /// It may have left, and nothing declared tells. A person decides.
    Uncertain {
        /// What happened.
        reason: String,
        /// What to give back in `Outgoing::captures`.
        captures: BTreeMap<String, String>,
    },
    /// It did not leave, and none will through this provider until a person has acted.
    Paused {
        /// The provider that stands still.
        provider: String,
        /// Why.
        cause: PauseCause,
        /// In more words.
        reason: String,
    },
}

impl Outcome {
    /// A retry of what surely did not leave.
    pub(super) fn not_sent(reason: impl Into<String>) -> Self {
        Self::Retry { after: None, reason: reason.into(), may_have_left: false, captures: BTreeMap::new() }
    }

    /// A refusal.
    pub(super) fn rejected(reason: impl Into<String>) -> Self {
        Self::Rejected { reason: reason.into() }
    }

    /// What may have left.
    pub(super) fn uncertain(reason: impl Into<String>) -> Self {
        Self::Uncertain { reason: reason.into(), captures: BTreeMap::new() }
    }

    /// A provider that stands still.
    pub(super) fn paused(provider: &str, cause: PauseCause, reason: impl Into<String>) -> Self {
        Self::Paused { provider: provider.to_owned(), cause, reason: reason.into() }
    }
}

/// What a provider said, fit to be stored: one line, bounded, without the recipient and without anything that
/// looks like an address or a telephone number.
pub(super) fn clean(text: &str, recipient: &Recipient) -> String {
    let mut line = text.to_owned();
    for known in known_values(recipient) {
        line = replace_ignoring_case(&line, known, "…");
    }
    let words = line.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let shown: Vec<&str> = words.map(|word| if is_personal(word) { "…" } else { word }).collect();
    shown.join(" ").chars().take(REASON_CHARS_MAX).collect()
}

fn known_values(recipient: &Recipient) -> impl Iterator<Item = &str> {
    let address = recipient.address.iter().flat_map(|address| {
        address.lines.iter().map(String::as_str).chain([address.postal_code.as_str(), address.city.as_str()])
    });
    let own = [&recipient.name, &recipient.email, &recipient.phone].into_iter().flatten().map(String::as_str);
    // Shorter values would tear ordinary words apart.
    own.chain(recipient.cc.iter().map(String::as_str)).chain(address).filter(|value| value.trim().len() >= 3)
}

fn replace_ignoring_case(text: &str, known: &str, by: &str) -> String {
    let wanted: Vec<char> = known.chars().flat_map(char::to_lowercase).collect();
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = strip_ignoring_case(rest, &wanted) {
            shown.push_str(by);
            rest = after;
        } else {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    shown
}

/// What follows `wanted`, if `text` begins with it in any case.
fn strip_ignoring_case<'a>(text: &'a str, wanted: &[char]) -> Option<&'a str> {
    let mut missing = wanted.iter();
    for (at, c) in text.char_indices() {
        if missing.as_slice().is_empty() {
            return Some(&text[at..]);
        }
        if !c.to_lowercase().all(|lower| missing.next() == Some(&lower)) {
            return None;
        }
    }
    missing.as_slice().is_empty().then_some("")
}

fn is_personal(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    word.contains('@') || (digits >= 7 && letters == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Address;

    #[test]
    fn what_providers_say_is_kept_without_the_debtor() {
        let recipient = Recipient {
            role: None,
            name: Some("Anne Martin".into()),
            email: Some("anne@example.org".into()),
            phone: Some("+33612345678".into()),
            address: Some(Address {
                lines: vec!["3 rue des Lilas".into()],
                postal_code: "75011".into(),
                city: "Paris".into(),
                country: "FR".into(),
            }),
            cc: vec![],
        };
        let said = "550 5.1.1 <Anne@Example.org>: user\r\n ANNE MARTIN unknown at 3 Rue des lilas, +33 612345678, 33612345678 x@y";
        let kept = clean(said, &recipient);
        assert_eq!(kept, "550 5.1.1 <…>: user … unknown at …, +33 … … …");
        assert_eq!(clean(&"é".repeat(1000), &recipient).chars().count(), REASON_CHARS_MAX);
        assert_eq!(clean("İ anne martin", &recipient), "İ …");
    }
}
