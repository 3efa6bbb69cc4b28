//! Where a quote, a bracket or a brace opens that is never closed: the parser goes on until it can go no further, which
//! may be far below. Reads no more of YAML than is needed to tell where these signs open and close something.

use std::ops::Range;

/// A sign that opens something, and its place in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    pub at: usize,
    pub sign: char,
}

impl Opened {
    /// The sign that closes it.
    pub fn closing(self) -> char {
        match self.sign {
            '{' => '}',
            '[' => ']',
            quote => quote,
        }
    }
}

/// What is open above the place where the parser stopped, and should have been closed before it: a quote that goes over
/// lines up to that place, or a bracket or a brace below which the text is indented no deeper than its own line.
pub(super) fn unclosed(text: &str, stopped: usize) -> Option<Opened> {
    let mut scan = Scan { text, ..Scan::default() };
    let line_end = |at: usize| text[at..].find('\n').map_or(text.len(), |length| at + length);
    let (mut from, mut end) = (0, line_end(0));
    while from <= stopped.min(text.len().saturating_sub(1)) {
        // A line is measured once, however many quotes it has.
        if from > end {
            end = line_end(from);
        }
        if from == 0 || text[..from].ends_with('\n') {
            match scan.begin(from..end) {
                Line::Unclosed(opened) => return Some(opened),
                Line::Text => {
                    from = end + 1;
                    continue;
                }
                Line::Read => {}
            }
        }
        let Some(quote) = scan.read(from..end) else {
            from = end + 1;
            continue;
        };
        let Some(closed) = closing(text, quote) else { return Some(quote).filter(|quote| quote.at <= stopped) };
        if closed > end {
            end = line_end(closed);
            if quote.at <= stopped && stopped <= end {
                return Some(quote);
            }
        }
        from = closed + 1;
    }
    scan.open.first().map(|(opened, _)| *opened).filter(|_| stopped >= text.trim_end().len())
}

/// What a line is.
enum Line {
    /// Keys and values.
    Read,
    /// Part of a block text, which holds what it likes.
    Text,
    /// The first line that cannot be inside the bracket that is still open.
    Unclosed(Opened),
}

/// How far the text was read.
#[derive(Default)]
struct Scan<'a> {
    text: &'a str,
    /// The brackets and braces that are open, each with the indentation of its line.
    open: Vec<(Opened, usize)>,
    /// The indentation above a block text: what is deeper belongs to it.
    block: Option<usize>,
    /// The indentation of the line, that of what stands behind its dashes, and the place of that.
    indent: usize,
    content: usize,
    content_at: usize,
    /// Whether a value can begin here.
    fresh: bool,
}

impl Scan<'_> {
    fn begin(&mut self, line: Range<usize>) -> Line {
        let written = &self.text[line.clone()];
        let indent = written.len() - written.trim_start_matches(' ').len();
        let content = written[indent..].trim_end();
        let empty = content.is_empty() || content.starts_with('#');
        if self.block.is_some_and(|block| content.is_empty() || indent > block) {
            return Line::Text;
        }
        self.block = None;
        if let Some((opened, above)) = self.open.last()
            && !empty
            && !content.starts_with([']', '}', '\t'])
            && indent <= *above
        {
            return Line::Unclosed(*opened);
        }
        let behind = content.trim_start_matches(['-', ' ']);
        (self.indent, self.content) = (indent, indent + content.len() - behind.len());
        self.content_at = line.start + self.content;
        self.fresh = true;
        Line::Read
    }

    /// Reads one line, or what is left of it; ends at the first quote that opens a value.
    fn read(&mut self, line: Range<usize>) -> Option<Opened> {
        let written = &self.text[line.clone()];
        let mut before = ' ';
        for (at, sign) in written.char_indices() {
            let opened = Opened { at: line.start + at, sign };
            let spaced = written[at + sign.len_utf8()..].chars().next().is_none_or(|next| next == ' ' || next == '\r');
            match sign {
                '#' if before == ' ' => return None,
                ' ' => {}
                '"' | '\'' if self.fresh => {
                    self.fresh = false;
                    return Some(opened);
                }
                '{' | '[' if self.fresh || !self.open.is_empty() => {
                    self.open.push((opened, self.content));
                    self.fresh = true;
                }
                '}' | ']' if !self.open.is_empty() => {
                    self.open.pop();
                    self.fresh = false;
                }
                '|' | '>' if self.fresh && self.open.is_empty() => {
                    let item = opened.at == self.content_at;
                    self.block = Some(if item { self.indent } else { self.content });
                    return None;
                }
                ':' if spaced => self.fresh = true,
                ',' if !self.open.is_empty() => self.fresh = true,
                '-' if spaced && self.fresh => {}
                _ => self.fresh = false,
            }
            before = sign;
        }
        None
    }
}

/// Where a quote is closed. Doubled in single quotes, or behind a backslash in double ones, the sign closes nothing.
fn closing(text: &str, quote: Opened) -> Option<usize> {
    let from = quote.at + 1;
    let mut letters = text[from..].char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && quote.sign == '"' {
            letters.next();
        } else if letter == quote.sign {
            let doubled = letter == '\'' && letters.next_if(|(_, next)| *next == '\'').is_some();
            if !doubled {
                return Some(from + at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said to be open where the parser stops at `^`, which is taken out.
    fn at(text: &str) -> Option<(usize, char)> {
        let stopped = text.find('^').unwrap();
        let text = text.replace('^', "");
        unclosed(&text, stopped).map(|opened| (text[..opened.at].matches('\n').count() + 1, opened.sign))
    }

    #[test]
    fn what_is_open_is_found_above() {
        let far = format!("a: \"b\n{}c: \"^d\"\n", "x: y\n".repeat(100));
        let cases = [
            (far.as_str(), Some((1, '"'))),
            ("a: 'b\n# a person'^s\n", Some((1, '\''))),
            ("a: \"b\nc: d\n^", Some((1, '"'))),
            ("a: { b: { c: d }\n^e: f\n", Some((1, '{'))),
            ("a:\n  - b: [c, d\n    ^e: f\n", Some((2, '['))),
            ("- a: { b: c\n- ^d: e\n", Some((1, '{'))),
            ("a: [b,\n  c\n^", Some((1, '['))),
        ];
        for (text, wanted) in cases {
            assert_eq!(at(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_line_of_a_megabyte_is_read_in_no_time() {
        let text = format!("a: [{}b: c: d\n", "\"\",".repeat(300_000));
        let begun = std::time::Instant::now();
        assert_eq!(unclosed(&text, text.len() - 4), None);
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    }

    #[test]
    fn what_is_closed_or_opens_nothing_is_not_blamed() {
        let cases = [
            "a: \"b\n  c\"\nd: e: ^f\n",
            "a: [b,\n  c\n]\nd: e: ^f\n",
            "a: it's\nb: c: ^d\n",
            "a: x in [\"b\", \"c\"\nd: e: ^f\n",
            "a: |\n  'tis { here\n  and there\nb: c: ^d\n",
            "- note: >\n    \"so\n  b: c: ^d\n",
            "- |\n  'so\n- b: c: ^d\n",
            "a: 'it''s' # isn't\nb: c: ^d\n",
            "a: { b: c d: ^e }\n",
        ];
        for text in cases {
            assert_eq!(at(text), None, "{text}");
        }
    }
}
