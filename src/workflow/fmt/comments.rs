//! The comments of a file: found between its values, each with its place.

use std::ops::Range;

use crate::workflow::yaml::{Node, NodeKind};

/// One comment.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    /// Its place, from `#` to the end of the line.
    pub span: Range<usize>,
    /// Whether nothing else stands on its line.
    pub is_alone: bool,
    /// Its column in characters, from 0.
    pub column: usize,
}

/// All comments, in the order of the file.
pub(super) struct Comments<'t> {
    text: &'t str,
    pub all: Vec<Comment>,
}

impl<'t> Comments<'t> {
    /// The comments of a file that was read into `root`.
    pub fn of(text: &'t str, root: &Node) -> Self {
        let mut values = Vec::new();
        gather(root, &mut values);
        values.sort_by_key(|span| span.start);
        let is_value = |at: usize| {
            let next = values.partition_point(|span| span.start <= at);
            next > 0 && at < values[next - 1].end
        };
        let mut all = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end();
            let begins = |at: &usize| content[..*at].is_empty() || content[..*at].ends_with([' ', '\t']);
            let found = content.match_indices('#').map(|(at, _)| at).find(|at| begins(at) && !is_value(start + at));
            if let Some(at) = found {
                let before = &content[..at];
                all.push(Comment {
                    span: start + at..start + content.len(),
                    is_alone: before.trim().is_empty(),
                    column: before.chars().count(),
                });
            }
            start += line.len();
        }
        Self { text, all }
    }

    /// The text of a comment.
    pub fn text(&self, comment: &Comment) -> &'t str {
        &self.text[comment.span.clone()]
    }

    /// The texts of all, sorted.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.all.iter().map(|comment| self.text(comment).to_owned()).collect();
        texts.sort();
        texts
    }

    /// Those that begin in a stretch of the file.
    pub fn within(&self, range: Range<usize>) -> &[Comment] {
        let from = self.all.partition_point(|comment| comment.span.start < range.start);
        let to = self.all.partition_point(|comment| comment.span.start < range.end);
        &self.all[from..to.max(from)]
    }
}

/// The places of all scalars, keys among them.
fn gather(node: &Node, found: &mut Vec<Range<usize>>) {
    match &node.kind {
        NodeKind::Scalar { .. } => found.push(node.span.clone()),
        NodeKind::List(items) => items.iter().for_each(|item| gather(item, found)),
        NodeKind::Map(entries) => {
            for entry in entries {
                found.push(entry.key_span.clone());
                gather(&entry.value, found);
            }
        }
        NodeKind::Refused => {}
    }
}
