//! A workflow file's tree to the model. Every mistake is reported; a part that cannot be read is left out.

mod contact;
mod file;
mod schedule;
mod step;
mod value;

use std::ops::Range;

pub(crate) use self::file::{Draft, workflow};
pub use self::schedule::read_schedules;
use super::keys::{TABLES, Table};
use super::yaml::{Entry, Node, NodeKind};
use super::{Code, Findings};
use crate::workflow::condition::nearest;

/// Reads nodes of one file, and reports into its findings.
pub(crate) struct Reader<'f, 'a> {
    pub findings: &'f mut Findings<'a>,
}

/// The entries of a mapping whose keys were checked.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'n> {
    pub node: &'n Node,
    pub entries: &'n [Entry],
}

impl<'n> Fields<'n> {
    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }
}

impl Reader<'_, '_> {
    /// The entries of a mapping, after reporting keys that may not stand there and keys that are missing.
    pub fn fields<'n>(&mut self, node: &'n Node, table: &Table) -> Option<Fields<'n>> {
        let NodeKind::Map(entries) = &node.kind else {
            let keys: Vec<_> = table.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
            let help = (!keys.is_empty()).then(|| format!("{} has keys: {}", table.place, keys.join(", ")));
            self.mistyped(node, "keys and values", help);
            return None;
        };
        for entry in entries.iter().filter(|entry| table.names().all(|name| name != entry.key)) {
            self.unknown_key(&entry.key, entry.key_span.clone(), table);
        }
        let place = self.missing_place(node, entries);
        for key in table.keys.iter().filter(|key| key.required) {
            if entries.iter().all(|entry| entry.key != key.name) {
                let message = format!("`{}` is missing in {}", key.name, table.place);
                self.findings.add_with_help(Code::MissingKey, place.clone(), message, key.about.to_owned());
            }
        }
        Some(Fields { node, entries })
    }

    /// Where a missing key is reported: a mapping in braces as a whole, else at its first key.
    fn missing_place(&self, node: &Node, entries: &[Entry]) -> Range<usize> {
        let in_braces = self.findings.text().get(node.span.clone()).is_some_and(|text| text.starts_with('{'));
        match entries.first() {
            Some(first) if !in_braces => first.key_span.clone(),
            _ => node.span.clone(),
        }
    }

    fn unknown_key(&mut self, key: &str, span: Range<usize>, table: &Table) {
        let elsewhere = TABLES.iter().find(|other| other.names().any(|name| name == key));
        let help = match (nearest(key, table.names()), elsewhere) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(other)) => format!("`{key}` belongs in {}", other.place),
            (None, None) => format!("known here: {}", table.names().collect::<Vec<_>>().join(", ")),
        };
        self.findings.add_with_help(Code::UnknownKey, span, format!("unknown key `{key}` in {}", table.place), help);
    }

    /// Says that a node has another type than is wanted, unless it was already refused.
    pub fn mistyped(&mut self, node: &Node, wanted: &str, help: Option<String>) {
        if node.kind != NodeKind::Refused {
            let message = format!("expected {wanted}, found {}", node.kind.what());
            self.findings.add_with_help(Code::WrongType, node.span.clone(), message, help);
        }
    }

    /// Reports a value that cannot be meant.
    pub fn bad(&mut self, node: &Node, message: impl Into<String>, help: &str) {
        self.findings.add_with_help(Code::BadValue, node.span.clone(), message, help.to_owned());
    }
}
