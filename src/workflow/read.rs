//! A workflow file's tree to the model. Every mistake is reported; a part that cannot be read is left out.

mod contact;
mod file;
mod identity;
mod kind;
mod prevention;
mod schedule;
mod step;
mod value;
mod within;

use std::ops::Range;

pub(crate) use self::file::{Draft, workflow};
pub use self::schedule::read_schedules;
use super::keys::{TABLES, Table, example};
use super::yaml::{Entry, Node, NodeKind};
use super::{Code, Findings};
use crate::workflow::condition::nearest;

/// Reads nodes of one file, and reports into its findings.
pub(crate) struct Reader<'f, 'a> {
    pub findings: &'f mut Findings<'a>,
}

/// The entries of a mapping whose keys were checked.
#[derive(Clone)]
pub(crate) struct Fields<'n> {
    pub node: &'n Node,
    entries: &'n [Entry],
    /// Misspelt keys by what they were taken for: what stands behind them is read, so that one mistake is one finding.
    meant: Vec<(&'static str, &'n Entry)>,
}

impl<'n> Fields<'n> {
    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        let meant = || self.meant.iter().find(|(name, _)| *name == key).map(|(_, entry)| *entry);
        self.entries.iter().find(|entry| entry.key == key).or_else(meant)
    }

    /// Every entry with the key it is or was meant to be, in the order of the file.
    pub fn named(&self) -> impl Iterator<Item = (&'n str, &'n Entry)> {
        self.entries.iter().map(|entry| {
            let meant = self.meant.iter().find(|(_, misspelt)| std::ptr::eq(*misspelt, entry));
            (meant.map_or(entry.key.as_str(), |(name, _)| *name), entry)
        })
    }

    /// Whether nothing stands there.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
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
            let keys = table.keys.iter().filter(|key| key.required);
            let keys: Vec<_> = keys.map(|key| example(key.name).unwrap_or(key.name)).collect();
            let help = match keys.len() {
                0 => format!(
                    "write one of the keys of {}: {}",
                    table.place,
                    table.names().collect::<Vec<_>>().join(", ")
                ),
                1..=3 => format!("write `{{ {} }}`", keys.join(", ")),
                _ => format!("{} begins with `{}`", table.place, keys[0]),
            };
            self.mistyped(node, "keys and values", Some(help));
            return None;
        };
        let mut fields = Fields { node, entries, meant: Vec::new() };
        for entry in entries.iter().filter(|entry| table.names().all(|name| name != entry.key)) {
            let near = nearest(&entry.key, table.names());
            self.unknown_key(&entry.key, entry.key_span.clone(), near, table);
            fields.meant.extend(near.filter(|near| fields.entry(near).is_none()).map(|near| (near, entry)));
        }
        let place = self.missing_place(node, entries);
        for key in table.keys.iter().filter(|key| key.required) {
            if fields.entry(key.name).is_none() {
                let message = format!("`{}` is missing in {}", key.name, table.place);
                let also = if key.name == "on_timeout" { ", or `remind`, `hold`, `{ go_to: ID }`" } else { "" };
                let help = example(key.name).map_or(key.about.to_owned(), |example| format!("write `{example}`{also}"));
                self.findings.add_with_help(Code::MissingKey, place.clone(), message, help);
            }
        }
        Some(fields)
    }

    /// Where a missing key is reported: a mapping in braces as a whole, else at its first key.
    fn missing_place(&self, node: &Node, entries: &[Entry]) -> Range<usize> {
        let in_braces = self.findings.text().get(node.span.clone()).is_some_and(|text| text.starts_with('{'));
        match entries.first() {
            Some(first) if !in_braces => first.key_span.clone(),
            _ => node.span.clone(),
        }
    }

    fn unknown_key(&mut self, key: &str, span: Range<usize>, near: Option<&str>, table: &Table) {
        let elsewhere = TABLES.iter().find(|other| other.names().any(|name| name == key));
        let help = match (near, elsewhere) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some(other)) => format!("`{key}` belongs in {}, not here", other.place),
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
