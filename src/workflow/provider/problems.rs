//! The mistakes of one definition, each at its place in the file.
//!
//! Whoever checks names a place by its keys, `send.steps[1].outcomes[0]`; here it is looked up in the tree. What
//! is missing is reported at what it is missing from.

use std::ops::Range;

use crate::workflow::yaml::{Node, NodeKind};
use crate::workflow::{Code, Diagnostic, Findings};

/// The mistakes found so far.
pub(super) struct Problems<'f, 'a> {
    pub findings: &'f mut Findings<'a>,
    pub root: &'f Node,
    /// Places whose values could not be read and were left out: what seems to be missing around them is no news.
    pub left_out: &'f [Range<usize>],
}

impl Problems<'_, '_> {
    /// Adds a mistake. What stands behind the first `; ` of the message is its remedy.
    pub fn add(&mut self, code: Code, place: &str, message: impl AsRef<str>) {
        let span = span_of(self.root, place);
        if self.left_out.iter().any(|gone| span.start <= gone.start && gone.end <= span.end) {
            return;
        }
        let (message, help) = match message.as_ref().split_once("; ") {
            Some((message, help)) => (message, Some(help.to_owned())),
            None => (message.as_ref(), None),
        };
        self.findings.add_with_help(code, span, message, help);
    }
}

/// Where the keys of `place` lead, or as far as they lead.
pub(super) fn span_of(root: &Node, place: &str) -> Range<usize> {
    let mut node = root;
    for part in place.split(['.', '[']).map(|part| part.trim_end_matches(']')) {
        let below = match &node.kind {
            NodeKind::Map(entries) => entries.iter().find(|entry| entry.key == part).map(|entry| &entry.value),
            NodeKind::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => None,
        };
        match below {
            Some(below) => node = below,
            None => break,
        }
    }
    match &node.kind {
        // A whole block is shown by its first key.
        NodeKind::Map(entries) if std::ptr::eq(node, root) => {
            entries.first().map_or(node.span.clone(), |entry| entry.key_span.clone())
        }
        _ => node.span.clone(),
    }
}

/// A line for each mistake: where, what, and what to write instead.
pub(super) fn said(findings: &[Diagnostic]) -> String {
    let line = |finding: &Diagnostic| {
        let help = finding.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{}:{}:{}: {}{help}", finding.file, finding.line, finding.column, finding.message)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}
