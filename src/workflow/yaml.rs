//! Strict YAML 1.2 (core schema): the only place that names the YAML crate.
//!
//! Two ways in. `read` gives the tree of a file with the place of every node, and reports every mistake of form:
//! what other YAML readers let pass and read differently (tags, anchors, merge keys, nulls, duplicate keys, several
//! documents) is an error here. `from_yaml` reads such a tree into any `Deserialize` type, with unknown keys
//! refused whether or not the type asks for it. Nothing here knows what a workflow is.

mod invisible;
mod repair;
mod report;
mod scalar;
mod tree;
mod typed;
mod unclosed;
mod words;

use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Diagnostic, Findings};

pub(crate) use self::scalar::{Plain, classify};
pub(crate) use self::tree::read;

/// Largest file read, in bytes: hundreds of steps; what is larger is not a file somebody wrote.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of mappings and lists: more than any definition needs, and a bounded stack.
pub const NESTING_MAX: usize = 64;

/// Most keys of one mapping: ten times those of the longest one that relance ships.
pub const KEYS_MAX: usize = 500;

/// A node of a file and its place in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub span: Range<usize>,
    pub kind: NodeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// A value, after escapes; `plain` where it stands without quotes and is no block text.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// A node that was already reported: nothing is said about it twice.
    Refused,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub key: String,
    pub key_span: Range<usize>,
    pub value: Node,
}

/// A value with its place in the file, in bytes; for types that report findings of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Range<usize>,
}

/// Reads a file into a type. All mistakes of form and of type and all unknown keys are reported.
///
/// Text fields take only what every YAML reader takes for text; decimals are read from the text of the number.
/// `Option` fields are absent or there: a null is an error.
pub fn from_yaml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<Diagnostic>> {
    let mut findings = Findings::new(file, text);
    let root = read(text, &mut findings);
    let value = root.and_then(|root| typed::<T>(&root, &mut findings).value);
    match value {
        Some(value) if findings.is_empty() => Ok(value),
        _ => Err(findings.into_sorted()),
    }
}

/// A value read from a tree, and the places of what had to be left out because it could not be read.
pub(crate) struct Typed<T> {
    pub value: Option<T>,
    pub left_out: Vec<Range<usize>>,
}

/// Reads a tree into a type, and goes on behind each mistake: what cannot be read is reported and left out, as long
/// as the rest makes a value.
pub(crate) fn typed<T: DeserializeOwned>(root: &Node, findings: &mut Findings<'_>) -> Typed<T> {
    repair::read(root, findings)
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        typed::spanned(input)
    }
}

#[cfg(test)]
mod tests;
