//! Characters that cannot be seen, or look like a space and are none: they come along when text is copied, or typed with
//! French keyboards.

use std::ops::Range;

/// Lines looked at above the one where the parser stopped: a line it took for a part of another one.
const LINES_ABOVE: usize = 2;

/// A character that nobody sees, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invisible {
    pub place: Range<usize>,
    pub message: String,
    pub help: &'static str,
}

/// The first one that may be why the parser stopped at a place: a control character there; else a space that is none,
/// where the form of the file hangs on it, in that line or shortly above.
pub(super) fn invisible_near(text: &str, at: usize) -> Option<Invisible> {
    let sign = text.get(at..)?.chars().next();
    if let Some(sign) = sign.filter(|sign| sign.is_control() && !"\t\n\r".contains(*sign)) {
        let message = format!("a control character stands here (U+{:04X})", u32::from(sign));
        return Some(Invisible { place: at..at + sign.len_utf8(), message, help: "take it out: it cannot be seen" });
    }
    let mut from = text[..at].rfind('\n').map_or(0, |end| end + 1);
    for _ in 0..LINES_ABOVE {
        from = text[..from.saturating_sub(1)].rfind('\n').map_or(0, |end| end + 1);
    }
    for line in text[from..].split_inclusive('\n').take(LINES_ABOVE + 1) {
        if let Some((place, sign)) = false_space(line) {
            let what = if sign == '\u{3000}' { "an ideographic space" } else { "a no-break space" };
            let message =
                format!("{what} stands here (U+{:04X}), which looks like a space and is none", u32::from(sign));
            let place = from + place..from + place + sign.len_utf8();
            return Some(Invisible { place, message, help: "write a plain space instead" });
        }
        from += line.len();
        if from > at {
            break;
        }
    }
    None
}

/// A space that is none in the indentation of a line, or behind its dash or its key.
fn false_space(line: &str) -> Option<(usize, char)> {
    let mut before = '\n';
    for (at, sign) in line.char_indices() {
        let hangs_on_it = matches!(before, '\n' | ':' | '-');
        match sign {
            '#' if before == '\n' => return None,
            ' ' if before == '\n' => continue,
            '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{3000}' if hangs_on_it => return Some((at, sign)),
            _ => before = sign,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_named_where_it_stands() {
        let at = |text: &str| invisible_near(text, text.len() - 1).map(|one| (one.place.start, one.message));
        let space = "a no-break space stands here (U+00A0), which looks like a space and is none".to_owned();
        assert_eq!(at("a:\u{a0}b\n"), Some((2, space.clone())));
        assert_eq!(at("- a: b\n \u{a0}c: d\n  e: f\n"), Some((8, space.clone())));
        assert_eq!(at("-\u{a0}a: b\n"), Some((1, space)));
        for fine in ["a: 3\u{a0}days\n", "# \u{a0}x\na: b\n", "a:\u{a0}b\nc: d\ne: f\ng: h\ni: j: k\n", "a\n"] {
            assert_eq!(at(fine), None, "{fine}");
        }
        let text = "a: b\u{0}c";
        assert_eq!(invisible_near(text, 4).unwrap().message, "a control character stands here (U+0000)");
    }
}
