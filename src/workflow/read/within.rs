//! Where a part of a scalar's text stands in the file: a text over several lines is written with other spaces than it has.

use std::ops::Range;

/// The place, within `written`, of a part of the `text` that it stands for; none where they differ in more than spaces,
/// as by escapes.
pub(super) fn within(written: &str, text: &str, part: &Range<usize>) -> Option<Range<usize>> {
    let from = match written.as_bytes().first()? {
        b'>' | b'|' => written.find('\n')?,
        b'"' | b'\'' => 1,
        _ => 0,
    };
    let signs = written.get(from..)?.char_indices().filter(|(_, sign)| !sign.is_whitespace());
    let signs: Vec<(usize, char)> = signs.map(|(at, sign)| (from + at, sign)).collect();
    let meant = || text.chars().filter(|sign| !sign.is_whitespace());
    if !meant().eq(signs.iter().map(|(_, sign)| *sign).take(meant().count())) {
        return None;
    }
    let before = |end: usize| text.get(..end).map(|text| text.chars().filter(|sign| !sign.is_whitespace()).count());
    let (first, behind) = (before(part.start)?, before(part.end)?);
    let end_of = |(at, sign): &(usize, char)| at + sign.len_utf8();
    let last = behind.checked_sub(1).and_then(|last| signs.get(last)).map_or(from, end_of);
    // What is missing at the end stands behind the last sign.
    let start = if first < meant().count() { signs.get(first).map_or(last, |(at, _)| *at) } else { last };
    Some(start..last.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_however_its_text_is_written() {
        let text = "a >= 1 and béta < 2";
        for written in [
            text,
            "\"a >= 1 and béta < 2\"",
            "'a >= 1\n   and béta < 2'",
            ">-\n    a >= 1\n    and béta < 2\n",
            "|\n  a >= 1 and\n  béta < 2\n",
            "a >= 1\n    and béta < 2",
        ] {
            let at = text.find("béta").unwrap();
            let found = within(written, text, &(at..at + "béta".len())).unwrap();
            assert_eq!(&written[found], "béta", "{written}");
            let end = within(written, text, &(text.len()..text.len())).unwrap();
            assert!(end.is_empty() && written[..end.start].ends_with('2'), "{written}: {end:?}");
        }
        assert_eq!(within("\"caf\\u00e9\"", "café", &(0..1)), None);
    }
}
