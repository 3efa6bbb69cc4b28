//! Writes a tree anew, with the comments of its text.

use std::ops::Range;

use super::comments::{Comment, Comments};
use crate::workflow::keys::{ACTIONS, STEP, Table, Takes};
use crate::workflow::yaml::{Entry, Node, NodeKind};

/// How deep one level is indented.
const INDENT: usize = 2;

pub(super) fn write(text: &str, root: &Node, comments: &Comments<'_>, table: Option<&'static Table>) -> String {
    let mut writer = Writer { text, comments, out: String::new(), from: 0 };
    let NodeKind::Map(entries) = &root.kind else {
        return text.to_owned();
    };
    writer.map(entries, (0, 0), table, text.len());
    let left = writer.from..text.len();
    writer.alone(left, 0);
    writer.out.trim_start_matches('\n').trim_end().to_owned() + "\n"
}

struct Writer<'a, 't> {
    text: &'t str,
    comments: &'a Comments<'t>,
    out: String,
    /// Where the stretch begins whose comments are not written yet.
    from: usize,
}

/// One entry or item with what belongs to it.
struct Piece {
    /// The stretch from the end of the piece before to its own beginning: blank lines and comments.
    lead: Range<usize>,
    /// Where it ends, with the comments that are indented deeper than its beginning.
    end: usize,
}

impl<'t> Writer<'_, 't> {
    /// The pieces of a collection whose elements begin and end at `spans`; `limit` is where its parent ends.
    fn pieces(&self, spans: &[Range<usize>], limit: usize) -> Vec<Piece> {
        let mut from = self.from;
        let mut pieces = Vec::new();
        for (at, span) in spans.iter().enumerate() {
            let next = spans.get(at + 1).map_or(limit, |next| next.start);
            let end = self.end_of(span, next);
            pieces.push(Piece { lead: from..span.start, end });
            from = end;
        }
        pieces
    }

    /// Where a piece ends: behind the comment of its last line and behind comments below that are indented deeper
    /// than it begins.
    fn end_of(&self, span: &Range<usize>, next: usize) -> usize {
        let column = self.column(span.start);
        let mut end = span.end;
        for comment in self.comments.within(span.end..next) {
            let same_line = !self.text[span.end..comment.span.start].contains('\n');
            if same_line || comment.is_alone && comment.column > column {
                end = comment.span.end;
            } else {
                break;
            }
        }
        end
    }

    fn column(&self, at: usize) -> usize {
        let line = self.text[..at].rfind('\n').map_or(0, |found| found + 1);
        self.text[line..at].chars().count()
    }

    /// `above` is how deep comments in front of the first entry stand: behind a dash they stand above it.
    fn map(&mut self, entries: &[Entry], (indent, above): (usize, usize), table: Option<&'static Table>, limit: usize) {
        let spans: Vec<Range<usize>> =
            entries.iter().map(|entry| entry.key_span.start..self.end(&entry.value)).collect();
        let pieces = self.pieces(&spans, limit);
        let mut order: Vec<usize> = (0..entries.len()).collect();
        if let Some(table) = table {
            order.sort_by_key(|at| rank(table, &entries[*at].key));
        }
        for (written, at) in order.iter().copied().enumerate() {
            let (entry, piece) = (&entries[at], &pieces[at]);
            let is_head = indent == 0 && at == 0;
            let is_apart = table.is_some() && written > 0 && indent == 0;
            let is_apart = is_apart && matches!(entry.key.as_str(), "steps" | "on_exhausted");
            if is_head && written > 0 {
                // What stands at the head of a file is about the file, not about the key that came first.
                let head = self.comments.within(piece.lead.clone()).to_vec();
                let texts: Vec<String> = head.iter().map(|one| format!("{}\n", self.comments.text(one))).collect();
                let from = head.last().map_or(piece.lead.start, |one| one.span.end);
                let gap = if self.text[from..piece.lead.end].matches('\n').count() > 1 { "\n" } else { "" };
                self.out.insert_str(0, &(texts.concat() + gap));
                if is_apart {
                    self.blank();
                }
            } else {
                let depth = if written == 0 { above } else { indent };
                // A blank line within a step parts two neighbours; it does not move with one of them.
                let is_moved = written == 0 || order[written - 1] + 1 != at;
                self.lead(piece.lead.clone(), depth, is_apart, indent > 0 && is_moved);
            }
            self.pad(indent);
            self.out.push_str(&self.text[entry.key_span.clone()]);
            self.out.push(':');
            let takes =
                table.and_then(|table| table.keys.iter().find(|key| key.name == entry.key)).map(|key| &key.takes);
            self.value(&entry.value, entry.key_span.end, indent, takes, piece.end);
            self.from = piece.end;
        }
        self.from = pieces.iter().map(|piece| piece.end).max().unwrap_or(self.from);
    }

    /// Where a value ends: its last character. The tree's places of blocks may reach over comments below them.
    fn end(&self, node: &Node) -> usize {
        let raw = &self.text[node.span.clone()];
        let is_block = !raw.starts_with(['{', '[']);
        match &node.kind {
            NodeKind::Map(entries) if is_block => {
                entries.last().map_or(node.span.start, |last| self.end(&last.value).max(last.key_span.end))
            }
            NodeKind::List(items) if is_block => items.last().map_or(node.span.start, |last| self.end(last)),
            _ => node.span.start + raw.trim_end().len(),
        }
    }

    /// Where a value begins: a text block with its sign, `|` or `>`.
    fn begin(&self, node: &Node, behind: usize) -> usize {
        let gap = &self.text[behind..node.span.start];
        let sign = gap.find(['|', '>']).filter(|at| gap[..*at].trim().trim_start_matches(':').trim().is_empty());
        sign.map_or(node.span.start, |at| behind + at)
    }

    /// What stands behind a key, and the comments up to the end of its piece.
    fn value(&mut self, node: &Node, behind: usize, indent: usize, takes: Option<&'static Takes>, end: usize) {
        let in_braces = self.text[node.span.clone()].starts_with(['{', '[']);
        match &node.kind {
            NodeKind::Map(entries) if !in_braces => {
                self.header(behind, entries[0].key_span.start);
                self.map(entries, (indent + INDENT, indent + INDENT), takes.and_then(table_of), end);
                self.alone(self.from..end, indent + INDENT);
            }
            NodeKind::List(items) if !in_braces => {
                let start = items.first().map_or(node.span.end, |item| self.dash(item.span.start));
                self.header(behind, start);
                self.list(items, indent + INDENT, takes, end);
                self.alone(self.from..end, indent + INDENT);
            }
            _ => {
                self.out.push(' ');
                let value = self.inline(node, self.begin(node, behind), indent);
                self.out.push_str(&value);
                self.tail(self.end(node)..end, indent + INDENT);
            }
        }
    }

    /// The comment behind `key:` whose value is a block below, and those between them.
    fn header(&mut self, behind: usize, start: usize) {
        let between = behind..start;
        let same = self
            .comments
            .within(between.clone())
            .first()
            .filter(|one| !one.is_alone && !self.text[behind..one.span.start].contains('\n'));
        match same.cloned() {
            Some(comment) => {
                self.beside(&comment);
                self.from = comment.span.end;
            }
            None => self.from = behind,
        }
        self.out.push('\n');
    }

    fn list(&mut self, items: &[Node], indent: usize, takes: Option<&'static Takes>, limit: usize) {
        let spans: Vec<Range<usize>> = items.iter().map(|item| self.dash(item.span.start)..self.end(item)).collect();
        let pieces = self.pieces(&spans, limit);
        let item_takes = takes.and_then(item_of);
        let table = item_takes.and_then(table_of);
        let is_steps = table.is_some_and(|table| std::ptr::eq(table, &raw const STEP));
        for (at, (item, piece)) in items.iter().zip(&pieces).enumerate() {
            self.lead(piece.lead.clone(), indent, is_steps && at > 0, at == 0);
            let in_braces = self.text[item.span.clone()].starts_with(['{', '[']);
            match &item.kind {
                NodeKind::Map(entries) if !in_braces => {
                    // The first key stands behind the dash.
                    let begun = self.out.len();
                    self.from = spans[at].start + 1;
                    self.map(entries, (indent + INDENT, indent), table, piece.end);
                    self.alone(self.from..piece.end, indent + INDENT);
                    self.dashed(begun, indent);
                }
                NodeKind::List(inner) if !in_braces => {
                    let begun = self.out.len();
                    self.from = spans[at].start + 1;
                    self.list(inner, indent + INDENT, item_takes, piece.end);
                    self.alone(self.from..piece.end, indent + INDENT);
                    self.dashed(begun, indent);
                }
                _ => {
                    self.pad(indent);
                    self.out.push_str("- ");
                    let value = self.inline(item, self.begin(item, spans[at].start + 1), indent);
                    self.out.push_str(&value);
                    self.tail(self.end(item)..piece.end, indent + INDENT);
                }
            }
            self.from = piece.end;
        }
    }

    /// Puts the dash of an item in front of what was written since `begun`: before its first line that is no comment.
    fn dashed(&mut self, begun: usize, indent: usize) {
        let mut at = begun;
        for line in self.out[begun..].split_inclusive('\n') {
            if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                break;
            }
            at += line.len();
        }
        self.out.replace_range(at + indent..at + indent + INDENT, "- ");
    }

    /// A value on its line: flow collections spaced alike, other values as they were written.
    fn inline(&self, node: &Node, begin: usize, indent: usize) -> String {
        let raw = &self.text[begin..self.end(node)];
        match &node.kind {
            NodeKind::Map(entries) if !raw.contains('\n') => {
                let entry = |entry: &Entry| {
                    format!(
                        "{}: {}",
                        &self.text[entry.key_span.clone()],
                        self.inline(&entry.value, entry.value.span.start, indent)
                    )
                };
                let entries: Vec<String> = entries.iter().map(entry).collect();
                if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
            }
            NodeKind::List(items) if !raw.contains('\n') => {
                let items: Vec<String> = items.iter().map(|item| self.inline(item, item.span.start, indent)).collect();
                format!("[{}]", items.join(", "))
            }
            NodeKind::Scalar { text, plain: false } if !raw.contains('\n') => match raw.strip_prefix('\'') {
                Some(_) if !text.contains(['"', '\\', '\'']) && !text.chars().any(char::is_control) => {
                    format!("\"{text}\"")
                }
                _ => raw.to_owned(),
            },
            _ => self.lines(raw, begin, indent),
        }
    }

    /// A value of several lines: the lines below the first move with their key.
    fn lines(&self, raw: &str, start: usize, indent: usize) -> String {
        let raw = raw.trim_end_matches(['\n', ' ']);
        let line = self.text[..start].rfind('\n').map_or(0, |found| found + 1);
        let old = self.text[line..].len() - self.text[line..].trim_start_matches([' ', '-']).len();
        let dashes = self.text[line..line + old]
            .rfind('-')
            .map_or(old, |dash| if self.is_item(start, line, dash) { dash } else { old });
        let mut out = String::new();
        for (at, line) in raw.split('\n').enumerate() {
            if at == 0 {
                out.push_str(line.trim_end());
                continue;
            }
            out.push('\n');
            let blanks = line.len() - line.trim_start_matches(' ').len();
            if blanks < line.len() {
                let moved = (blanks + indent).saturating_sub(dashes).max(if indent < dashes { indent + 1 } else { 0 });
                out.push_str(&" ".repeat(moved));
                out.push_str(line[blanks..].trim_end());
            }
        }
        out
    }

    /// Whether the value at `start` itself is an item of a list, whose dash is at `dash` of its line.
    fn is_item(&self, start: usize, line: usize, dash: usize) -> bool {
        self.text[line + dash + 1..start].trim().is_empty()
    }

    /// Blank lines and comments in front of a piece. `apart` asks for a blank line, `close` forbids one.
    fn lead(&mut self, range: Range<usize>, indent: usize, apart: bool, close: bool) {
        let gap = &self.text[range.clone()];
        let comments: Vec<Comment> = self.comments.within(range.clone()).to_vec();
        let mut from = range.start;
        let mut wants = apart;
        for comment in &comments {
            let is_far = self.text[from..comment.span.start].matches('\n').count() > 1;
            if (is_far || wants) && !(close && from == range.start) {
                self.blank();
            }
            wants = false;
            self.pad(indent);
            self.out.push_str(self.comments.text(comment));
            self.out.push('\n');
            from = comment.span.end;
        }
        let rest = &gap[from - range.start..];
        if wants || (rest.matches('\n').count() > 1 && !(close && comments.is_empty())) {
            self.blank();
        }
    }

    /// Comments that stand alone below a piece and belong to it.
    fn alone(&mut self, range: Range<usize>, indent: usize) {
        let mut from = range.start;
        for comment in self.comments.within(range).to_vec() {
            if self.text[from..comment.span.start].matches('\n').count() > 1 {
                self.blank();
            }
            self.pad(indent);
            self.out.push_str(self.comments.text(&comment));
            self.out.push('\n');
            from = comment.span.end;
        }
        self.from = self.from.max(from);
    }

    /// The comment behind a value on its line, the end of the line, and comments below that belong to it.
    fn tail(&mut self, range: Range<usize>, indent: usize) {
        let mut from = range.start;
        let beside = self.comments.within(range.clone()).first().filter(|one| !one.is_alone).cloned();
        if let Some(comment) = &beside {
            self.beside(comment);
            from = comment.span.end;
        }
        self.out.push('\n');
        self.alone(from..range.end, indent);
    }

    /// A comment behind something on its line, in the column where it stood if there is room.
    fn beside(&mut self, comment: &Comment) {
        let line = self.out.rfind('\n').map_or(0, |found| found + 1);
        let width = self.out[line..].chars().count();
        let blanks = comment.column.saturating_sub(width).max(1);
        self.out.push_str(&" ".repeat(blanks));
        self.out.push_str(self.comments.text(comment));
    }

    /// Where the dash of the item that begins at `start` stands.
    fn dash(&self, start: usize) -> usize {
        let line = self.text[..start].rfind('\n').map_or(0, |found| found + 1);
        match self.text[line..start].rfind('-') {
            Some(found) => line + found,
            // The item begins on a line below its dash.
            None => self.text[..start].rfind('-').unwrap_or(start),
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn pad(&mut self, indent: usize) {
        self.out.push_str(&" ".repeat(indent));
    }
}

/// The place of a key among its neighbours; actions keep the order among themselves, which is content.
fn rank(table: &Table, key: &str) -> usize {
    let place = |name: &str| table.keys.iter().position(|key| key.name == name);
    let is_action = std::ptr::eq(table, &raw const STEP) && ACTIONS.contains(&key);
    let first_action = || table.keys.iter().position(|key| ACTIONS.contains(&key.name));
    if is_action { first_action().unwrap_or(usize::MAX) } else { place(key).unwrap_or(usize::MAX) }
}

fn table_of(takes: &'static Takes) -> Option<&'static Table> {
    match takes {
        Takes::Keys(table) => Some(table),
        Takes::Either(forms) => forms.iter().find_map(table_of),
        _ => None,
    }
}

fn item_of(takes: &'static Takes) -> Option<&'static Takes> {
    match takes {
        Takes::List(item) => Some(item),
        Takes::Either(forms) => forms.iter().find_map(item_of),
        _ => None,
    }
}
