//! How many segments an SMS takes: 160 septets alone or 153 each in GSM-7, 70 or 67 units in UCS-2.
//!
//! One character outside GSM-7 makes the whole message UCS-2 and more than doubles its price, so typographic
//! characters that a plain one can stand for are replaced first. Letters are never replaced: names stay as written.

/// How an SMS is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsCoding {
    /// The seven-bit default alphabet with its extension table.
    Gsm7,
    /// Sixteen bits a unit.
    Ucs2,
}

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Puts plain spaces, quotes and dashes for typographic ones.
pub(super) fn plain_typography(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{a0}' | '\u{202f}' | '\u{2009}' => out.push(' '),
            '’' | '‘' => out.push('\''),
            '“' | '”' | '«' | '»' => out.push('"'),
            '–' | '—' => out.push('-'),
            '…' => out.push_str("..."),
            'œ' => out.push_str("oe"),
            other => out.push(other),
        }
    }
    out
}

/// The coding a text needs and how many segments it takes.
pub fn sms_segments(text: &str) -> (SmsCoding, usize) {
    let mut septets = Vec::with_capacity(text.len());
    for c in text.chars() {
        if BASIC.contains(c) {
            septets.push(1);
        } else if EXTENDED.contains(c) {
            septets.push(2);
        } else {
            let widths: Vec<usize> = text.chars().map(char::len_utf16).collect();
            return (SmsCoding::Ucs2, segments(&widths, 70, 67));
        }
    }
    (SmsCoding::Gsm7, segments(&septets, 160, 153))
}

/// Packs characters into segments; a character of two units never straddles a border.
fn segments(widths: &[usize], alone: usize, joined: usize) -> usize {
    if widths.iter().sum::<usize>() <= alone {
        return 1;
    }
    let (mut count, mut used) = (1, 0);
    for width in widths {
        if used + width > joined {
            count += 1;
            used = 0;
        }
        used += width;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_at_their_borders() {
        assert_eq!(sms_segments(&"a".repeat(160)), (SmsCoding::Gsm7, 1));
        assert_eq!(sms_segments(&"a".repeat(161)), (SmsCoding::Gsm7, 2));
        assert_eq!(sms_segments(&"a".repeat(306)), (SmsCoding::Gsm7, 2));
        assert_eq!(sms_segments(&"a".repeat(307)), (SmsCoding::Gsm7, 3));
        assert_eq!(sms_segments(&"€".repeat(80)), (SmsCoding::Gsm7, 1));
        assert_eq!(sms_segments(&"€".repeat(81)), (SmsCoding::Gsm7, 2));
        assert_eq!(sms_segments(&"ê".repeat(70)), (SmsCoding::Ucs2, 1));
        assert_eq!(sms_segments(&"ê".repeat(71)), (SmsCoding::Ucs2, 2));
        assert_eq!(sms_segments(&"😀".repeat(36)), (SmsCoding::Ucs2, 2));
        assert_eq!(sms_segments(""), (SmsCoding::Gsm7, 1));
    }

    #[test]
    fn an_extended_character_never_straddles_two_segments() {
        // 152 + € would end at 154: the euro sign goes to the second segment whole.
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!(sms_segments(&text), (SmsCoding::Gsm7, 3));
    }

    #[test]
    fn typography_is_plain_and_letters_stay() {
        assert_eq!(plain_typography("1\u{202f}200,00\u{a0}€ – l’été… Crêt"), "1 200,00 € - l'été... Crêt");
    }
}
