//! Identifiers: opaque text the platform chose, and identifiers relance derives.
//!
//! Derived identifiers are functions of what they name, never random: the same decision taken twice, or
//! on two workers, names the same notice. That is what makes a repeated decision harmless.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Longest identifier a platform may use, in characters: long enough for a URN, short enough for an index.
pub const ID_CHARS_MAX: usize = 200;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is; the edge that read it has checked its length.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text the platform chose.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    )+};
}

text_id! {
    /// The tenant: whose claims these are.
    CreditorId,
    /// One debtor of one creditor.
    DebtorId,
    /// One invoice of one creditor.
    InvoiceId,
    /// A workflow's name, as written behind `workflow:`.
    WorkflowName,
    /// A step's id within its workflow.
    StepId,
    /// The digest of a workflow's checked content with its templates, as lower-case hexadecimal SHA-256.
    Revision,
}

macro_rules! derived_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The identifier of what `parts` name: a version 8 UUID over their SHA-256.
            pub fn derive(parts: &[&str]) -> Self {
                Self(derive_uuid(stringify!($name), parts))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    )+};
}

derived_id! {
    /// One notice; also the idempotency key given to providers.
    NoticeId,
    /// One task.
    TaskId,
    /// One outgoing event.
    OutEventId,
}

fn derive_uuid(kind: &str, parts: &[&str]) -> Uuid {
    let mut hash = Sha256::new();
    for part in std::iter::once(&kind).chain(parts) {
        // The length goes first, so that ("a", "bc") and ("ab", "c") differ.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Uuid::new_v8(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_depend_on_every_part_and_its_borders() {
        assert_eq!(NoticeId::derive(&["a", "b"]), NoticeId::derive(&["a", "b"]));
        assert_ne!(NoticeId::derive(&["a", "bc"]), NoticeId::derive(&["ab", "c"]));
        assert_ne!(NoticeId::derive(&["a"]).0, TaskId::derive(&["a"]).0);
    }
}
