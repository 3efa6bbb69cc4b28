//! A file that is no YAML from some place on: what stands above that place is a file of its own, and is read as one.

use super::super::read::{Reader, workflow};
use super::super::{Code, Findings, yaml};

/// Adds what is wrong above the first mistake of form. What may stand below it is not missed.
pub(super) fn check(findings: &mut Findings<'_>) {
    let Some(at) = findings.first_of(Code::YamlSyntax) else { return };
    let text = above(findings.text(), at);
    let mark = findings.mark();
    let Some(root) = yaml::read(text, findings) else { return findings.forget_after(mark) };
    // Form above the mistake was said when the whole was read.
    findings.forget_after(mark);
    workflow(&mut Reader { findings }, &root);
    let first = text.len() - text.trim_start().len();
    let top = match &root.kind {
        yaml::NodeKind::Map(entries) => entries.first().map_or(first, |entry| entry.key_span.start),
        _ => first,
    };
    findings.forget(mark, |one| one.code == Code::MissingKey && one.span.start == top);
}

/// The text up to the item or the key of the file itself in which the mistake lies, without keys that are left empty then.
/// Where the mistake is an item's first key, what is wrong lies in the one above it.
fn above(text: &str, at: usize) -> &str {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let is_item = |line: &str| indent(line) <= 2 && line[indent(line)..].starts_with("- ");
    let (mut end, mut item, mut from) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        let is_of_mistake = from + line.len() > at;
        if is_item(line) {
            end = if is_of_mistake && at <= from + line.find(':').unwrap_or(0) { item } else { from };
            item = from;
        } else if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            end = from;
        }
        if is_of_mistake {
            break;
        }
        from += line.len();
    }
    let mut kept = text[..end].trim_end();
    while kept.ends_with(':') {
        kept = kept[..kept.rfind('\n').unwrap_or(0)].trim_end();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_whole_above_a_mistake_is_kept() {
        let text = "a: 1\nb:\n  - c: 1\n    d: 2\n  - e: \"\nf: 1\n";
        let at = |sign: &str| above(text, text.find(sign).unwrap());
        assert_eq!(at("\""), "a: 1\nb:\n  - c: 1\n    d: 2");
        assert_eq!(at("d"), "a: 1");
        assert_eq!(at("f"), "a: 1\nb:\n  - c: 1\n    d: 2\n  - e: \"");
        assert_eq!(at("a"), "");
        assert_eq!(at("- e"), "a: 1");
    }
}
