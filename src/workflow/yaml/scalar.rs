//! What a plain (unquoted) scalar is in YAML 1.2 core, and what it would be to other readers.

/// What an unquoted scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    /// Decimal digits with an optional sign.
    Integer,
    /// A decimal number with a point.
    Fraction,
    /// A number in another notation: exponent, octal, hexadecimal, infinity; refused everywhere.
    OddNumber,
    /// Text in YAML 1.2, something else to a YAML 1.1 reader: `no`, `on`, `3:00`, `1_000`.
    Trap,
    Text,
}

/// Classifies the text of an unquoted scalar.
pub(crate) fn classify(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off" | "y" | "n") {
        Plain::Trap
    } else if is_digits(unsigned) {
        Plain::Integer
    } else if unsigned.split_once('.').is_some_and(|(whole, part)| is_digits(whole) && is_digits(part)) {
        Plain::Fraction
    } else if is_odd_number(unsigned) {
        Plain::OddNumber
    } else if is_old_number(unsigned) {
        Plain::Trap
    } else {
        Plain::Text
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_odd_number(unsigned: &str) -> bool {
    let lower = unsigned.to_ascii_lowercase();
    if matches!(lower.as_str(), ".inf" | ".nan") {
        return true;
    }
    let based = |prefix: &str, digits: &str| {
        lower.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| digits.contains(c)))
    };
    if based("0x", "0123456789abcdef") || based("0o", "01234567") || based("0b", "01") {
        return true;
    }
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits_or_none = |text: &str| text.is_empty() || is_digits(text);
    is_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))
        && digits_or_none(whole)
        && digits_or_none(part)
        && !(whole.is_empty() && part.is_empty())
}

/// YAML 1.1 reads `3:00` as 180 and `1_000` as 1000.
fn is_old_number(unsigned: &str) -> bool {
    let numeric = |text: &str, extra: &[char]| {
        text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || extra.contains(&c))
    };
    (unsigned.contains('_') && numeric(unsigned, &['_', '.']))
        || (unsigned.contains(':') && unsigned.split(':').all(|part| numeric(part, &['.'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_told_apart() {
        let cases = [
            (Plain::Null, "~ null NULL"),
            (Plain::Bool(true), "true True"),
            (Plain::Integer, "0 007 -12 +3"),
            (Plain::Fraction, "15.00 -0.5"),
            (Plain::OddNumber, "1e3 1.5E-3 .5 5. 0x1F 0o17 .inf -.INF .nan"),
            (Plain::Trap, "no No yes on OFF y 3:00 12:30:45 1_000 190:20:30.15"),
            (Plain::Text, "nom 2026-03-31 09:00-18:00 1.2.3 e3 a:b . - _1 0xZZ 3days 10% ,5"),
        ];
        for (wanted, texts) in cases {
            for text in texts.split(' ') {
                assert_eq!(classify(text), wanted, "{text}");
            }
        }
    }
}
