//! Tags of a text template that open something and must be closed: told without the template library, which says only
//! that the end came too soon.

use std::ops::Range;

/// A tag that is never closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unclosed {
    /// `if`, `for`, …
    pub word: String,
    /// The place of the tag in bytes.
    pub place: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
}

/// What a tag may open.
const OPENING: &[&str] = &["if", "for", "macro", "call", "filter", "block", "with", "autoescape", "raw"];

/// The innermost tag that is open at the end of the text.
pub(super) fn unclosed(text: &str) -> Option<Unclosed> {
    let mut open: Vec<Unclosed> = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("{%").map(|at| from + at) {
        if let Some(comment) = text[from..start].find("{#").map(|at| from + at) {
            from = comment + text[comment..].find("#}")? + 2;
            continue;
        }
        let end = start + text[start..].find("%}")? + 2;
        let inside = text[start + 2..end - 2].trim_matches(['-', '+', ' ', '\n', '\t', '\r']);
        let word = inside.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let is_open = OPENING.contains(&word) || (word == "set" && !inside.contains('='));
        match word.strip_prefix("end") {
            Some(closed) if open.last().is_some_and(|last| last.word == closed) => _ = open.pop(),
            // A tag that closes another is a mistake of its own.
            Some(_) => return None,
            None if is_open => {
                let line = text[..start].matches('\n').count() + 1;
                open.push(Unclosed { word: word.to_owned(), place: start..end, line });
            }
            None => {}
        }
        from = end;
    }
    open.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_open_tag_is_found() {
        let of = |text: &str| unclosed(text).map(|tag| (tag.word, tag.line));
        assert_eq!(of("a\n{% if b %}\n{%- for c in d -%} {% endfor %}"), Some(("if".to_owned(), 2)));
        assert_eq!(of("{% for a in b %}\n{% if c %}{% else %}"), Some(("if".to_owned(), 2)));
        assert_eq!(of("{% set a %}b"), Some(("set".to_owned(), 1)));
        assert_eq!(of("{% set a = 1 %}{% if b %}c{% endif %}{# {% if d %} #}"), None);
        assert_eq!(of("{% if b %}c{% endfor %}"), None);
    }
}
