//! Percent-decoding (RFC 3986).

/// Decodes; `None` where a sequence is broken or the result is not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = after.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit))?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_sequences_are_refused() {
        assert_eq!(decode("a%2Fb%20%C3%A9").as_deref(), Some("a/b é"));
        for broken in ["%G0", "%1", "%+1", "%ff"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}
