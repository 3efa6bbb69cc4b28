//! Events of the YAML parser to a tree, reporting every mistake of form.

use std::collections::HashSet;
use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::report::text_before_brace;
use super::scalar::{Plain, classify};
use super::{Entry, FILE_BYTES_MAX, KEYS_MAX, NESTING_MAX, Node, NodeKind};
use crate::workflow::{Code, Findings};

/// The quotes of word processors.
const CURLY: &[char] = &['“', '”', '„', '‟', '‘', '’', '‚', '‛'];

/// Reads the text as one document. `None` where it is no YAML, or holds nothing; both are reported.
pub(crate) fn read(text: &str, findings: &mut Findings<'_>) -> Option<Node> {
    if text.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", text.len());
        let help = "a workflow of a hundred steps has 30,000; is this the right file?".to_owned();
        findings.add_with_help(Code::YamlLimit, 0..0, message, help);
        return None;
    }
    let mut options = Options::default();
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    options.block_nesting_limit = NESTING_MAX;
    options.flow_nesting_limit = NESTING_MAX;
    options.set_emit_comments(false);
    let mut reader = Reader { parser: Parser::new_from_str_with_options(text, options), text, findings };
    match reader.document() {
        Ok(root) => root,
        Err(error) => {
            reader.report(&error);
            None
        }
    }
}

pub(super) struct Reader<'a, 'b, 'c> {
    parser: Parser<'a, StrInput<'a>>,
    pub(super) text: &'a str,
    pub(super) findings: &'b mut Findings<'c>,
}

impl<'a> Reader<'a, '_, '_> {
    fn document(&mut self) -> Result<Option<Node>, ScanError> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::DocumentEnd | Event::StreamEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    let help = "put the second document into a file of its own".to_owned();
                    self.findings.add_with_help(Code::YamlDocuments, place(&span), "a second document", help);
                    // Its keys may be what the first one lacks.
                    return Ok(None);
                }
                Event::DocumentStart(..) => {}
                event => root = Some(self.node(event, &span, 0)?),
            }
        }
        // Behind a `---` with nothing below it the parser finds an absent value.
        root = root.filter(|root: &Node| !(root.span.is_empty() && matches!(root.kind, NodeKind::Scalar { .. })));
        if root.is_none() {
            let help =
                "write what belongs here, or remove the file: a workflow begins with `relance: 1`, a scenario with \
                        `scenario: TITLE`, the definition of a provider with `provider: NAME`"
                    .to_owned();
            self.findings.add_with_help(Code::YamlDocuments, 0..0, "the file is empty", help);
        }
        Ok(root)
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, ScanError> {
        self.parser.next().transpose()
    }

    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, ScanError> {
        let mut refused = false;
        if let Some(tag) = span.tag_span() {
            let help = "leave the tag out; types follow from the keys".to_owned();
            self.findings.add_with_help(Code::YamlTag, place(&tag), "tags are not part of the language", help);
            refused = true;
        }
        let start = place(span);
        let mut node = match event {
            Event::Scalar(text, style, anchor, _) => {
                refused |= self.anchored(anchor, &start);
                let plain = style == ScalarStyle::Plain;
                Node { span: start, kind: NodeKind::Scalar { text: text.into_owned(), plain } }
            }
            Event::SequenceStart(_, anchor, _) => {
                refused |= self.anchored(anchor, &start);
                self.list(start, depth)?
            }
            Event::MappingStart(_, anchor, _) => {
                refused |= self.anchored(anchor, &start);
                self.map(start, depth)?
            }
            _ => {
                self.anchored(1, &start);
                refused = true;
                Node { span: start, kind: NodeKind::Refused }
            }
        };
        if refused {
            node.kind = NodeKind::Refused;
        }
        Ok(node)
    }

    fn anchored(&mut self, anchor: usize, span: &Range<usize>) -> bool {
        if anchor == 0 {
            return false;
        }
        let help = "write the value out where it is needed".to_owned();
        let message = "anchors and aliases are not part of the language";
        self.findings.add_with_help(Code::YamlAnchor, span.clone(), message, help);
        true
    }

    fn list(&mut self, start: Range<usize>, depth: usize) -> Result<Node, ScanError> {
        let mut items = Vec::new();
        let mut end = start.end;
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                end = end.max(place(&span).end);
                break;
            }
            let item = self.value(event, &span, depth, None)?;
            end = item.span.end;
            items.push(item);
        }
        Ok(Node { span: self.trimmed(start.start..end), kind: NodeKind::List(items) })
    }

    fn map(&mut self, start: Range<usize>, depth: usize) -> Result<Node, ScanError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut names: HashSet<String> = HashSet::new();
        let mut end = start.end;
        let mut refused = false;
        let mut repeated = false;
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                end = end.max(place(&span).end);
                break;
            }
            let mark = self.findings.mark();
            let key = self.node(event, &span, depth + 1)?;
            if matches!(key.kind, NodeKind::List(_) | NodeKind::Map(_)) {
                self.findings.forget_after(mark);
            }
            let name = self.key_name(&key);
            let Some((event, span)) = self.next()? else { break };
            let Some(name) = name else {
                refused = true;
                let mark = self.findings.mark();
                end = self.node(event, &span, depth + 1)?.span.end;
                self.findings.forget_after(mark);
                continue;
            };
            let value = self.value(event, &span, depth, Some((&name, &key.span)))?;
            end = end.max(value.span.end);
            if entries.len() == KEYS_MAX && !names.contains(&name) {
                self.too_many_keys(key.span);
                return self.refused(start.start, depth);
            }
            if !names.insert(name.clone()) {
                // Several in a row are one mistake: a list's next item that lacks its dash.
                if !repeated {
                    let message = format!("`{name}` stands here for the second time");
                    let help = "keep one of the two; if the next item of a list begins here, write `- ` in front";
                    self.findings.add_with_help(Code::DuplicateKey, key.span, message, help.to_owned());
                }
                repeated = true;
                continue;
            }
            repeated = false;
            entries.push(Entry { key: name, key_span: key.span, value });
        }
        let kind = if refused { NodeKind::Refused } else { NodeKind::Map(entries) };
        Ok(Node { span: self.trimmed(start.start..end), kind })
    }

    fn too_many_keys(&mut self, place: Range<usize>) {
        let message = format!("a mapping has more than {KEYS_MAX} keys");
        let help = "no file of relance needs as many; what stands below is not checked".to_owned();
        self.findings.add_with_help(Code::YamlLimit, place, message, help);
    }

    /// What is left of a mapping that is refused, passed over.
    fn refused(&mut self, start: usize, depth: usize) -> Result<Node, ScanError> {
        let mark = self.findings.mark();
        let mut end = start;
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            end = self.node(event, &span, depth + 1)?.span.end;
        }
        self.findings.forget_after(mark);
        Ok(Node { span: self.trimmed(start..end.max(start)), kind: NodeKind::Refused })
    }

    /// The word a key is; reports what is none.
    fn key_name(&mut self, key: &Node) -> Option<String> {
        let span = key.span.clone();
        match &key.kind {
            NodeKind::Scalar { text, plain: true } if text == "<<" => {
                let help = "write the keys out where they are needed".to_owned();
                self.findings.add_with_help(Code::YamlAnchor, span, "merge keys are not part of the language", help);
                None
            }
            NodeKind::Scalar { text, plain } if *plain && classify(text) == Plain::Null => {
                let help = "write the key in front of it, or put the text in quotes".to_owned();
                self.findings.add_with_help(Code::YamlKey, span, "a key is missing in front of `:`", help);
                None
            }
            NodeKind::Scalar { text, plain: true } if text.contains([' ']) && text.contains(['{', '[']) => {
                let before = text.find(['{', '[']).map_or("", |at| text[..at].trim());
                let (message, help) = match before.strip_suffix(':') {
                    Some(key) => {
                        (format!("`{before}` has no space behind it"), format!("write `{key}: `, then the rest"))
                    }
                    None => text_before_brace(before),
                };
                self.findings.add_with_help(Code::YamlKey, span, message, help);
                None
            }
            NodeKind::Scalar { text, .. } => Some(text.clone()),
            NodeKind::Refused => None,
            NodeKind::List(_) | NodeKind::Map(_) => {
                let help = "write one word; `{{ … }}` must stand in quotes".to_owned();
                self.findings.add_with_help(Code::YamlKey, span, "a key is a plain word", help);
                None
            }
        }
    }

    /// A value, which must not be null, behind a key or in a list.
    fn value(
        &mut self,
        event: Event<'a>,
        span: &Span,
        depth: usize,
        key: Option<(&str, &Range<usize>)>,
    ) -> Result<Node, ScanError> {
        let mut node = self.node(event, span, depth + 1)?;
        if let NodeKind::Scalar { text, plain: true } = &node.kind
            && text.starts_with(CURLY)
        {
            let message = format!("`{text}` begins with a curly quote, which is no quote here");
            let help = format!("write straight quotes: \"{}\"", text.trim_matches(CURLY));
            self.findings.add_with_help(Code::UnquotedText, node.span.clone(), message, help);
            node.kind = NodeKind::Refused;
        }
        if let NodeKind::Scalar { text, plain: true } = &node.kind
            && classify(text) == Plain::Null
        {
            let what = key.map_or_else(|| "an item of a list".to_owned(), |(name, _)| format!("`{name}`"));
            // The parser calls an absent value `~`; only its place tells.
            let (message, place, help) = if node.span.is_empty() {
                let place = key.map_or(&node.span, |(_, place)| place).clone();
                (format!("{what} has no value"), place, "write a value, or leave the key out")
            } else {
                let help = "leave the key out, or quote the word if text is meant";
                (format!("{what} is null"), node.span.clone(), help)
            };
            self.findings.add_with_help(Code::YamlNull, place, message, help.to_owned());
            node.kind = NodeKind::Refused;
        }
        Ok(node)
    }

    /// A collection's end event lies behind blank lines; its place ends with its last character.
    fn trimmed(&self, span: Range<usize>) -> Range<usize> {
        let kept = self.text.get(span.clone()).map_or(0, |text| text.trim_end().len());
        span.start..span.start + kept
    }
}

fn place(span: &Span) -> Range<usize> {
    // A parser over a text always knows its byte offsets.
    span.byte_range().unwrap_or(0..0)
}
