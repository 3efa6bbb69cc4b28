//! Files of another kind, given where a workflow is meant: said once, for none of their keys is a mistake.

use super::Reader;
use crate::workflow::Code;
use crate::workflow::yaml::{Node, NodeKind};

/// The first key of each other kind of file, what it is, and where it lies.
const KINDS: [(&str, &str, &str); 5] = [
    ("scenario", "a scenario", "scenarios/"),
    ("events", "a scenario", "scenarios/"),
    ("provider", "the definition of a provider", "providers/"),
    ("calendar", "a calendar or a jurisdiction", "calendars/ and jurisdictions/"),
    ("avoid", "a word list", "wording/"),
];

impl Reader<'_, '_> {
    /// Says of a file that has a key of another kind, and none that makes it a workflow, what it is.
    pub(super) fn is_of_another_kind(&mut self, root: &Node) -> bool {
        let NodeKind::Map(entries) = &root.kind else { return false };
        if entries.iter().any(|entry| matches!(entry.key.as_str(), "relance" | "steps")) {
            return false;
        }
        let found = KINDS.iter().find_map(|kind| Some((kind, entries.iter().find(|entry| entry.key == kind.0)?)));
        let Some(((_, what, place), entry)) = found else { return false };
        let message = format!("this is {what}, and no workflow");
        let help = format!("files of its kind lie in {place} beside the workflows; name a workflow here");
        self.findings.add_with_help(Code::MissingKey, entry.key_span.clone(), message, help);
        true
    }
}
