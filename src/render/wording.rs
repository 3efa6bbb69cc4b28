//! Words that decide whether a message may be sent as it is: what a consumer may not be told, what makes a notice formal.
//!
//! Words to avoid for their tone are no part of this: they stand in files (`check::words`).

/// Charges and rules that bind professionals among themselves (Code de commerce, art. L441-10 and D441-5; Late Payment
/// of Commercial Debts (Interest) Act 1998).
const FOR_BUSINESSES: &[&str] = &[
    "l. 441-10",
    "l.441-10",
    "l441-10",
    "d. 441-5",
    "d.441-5",
    "d441-5",
    "40 €",
    "€40",
    "40 euros",
    "indemnité forfaitaire",
    "forfaitaire pour frais de recouvrement",
    "pénalités de retard",
    "fixed compensation for recovery",
    "late payment of commercial debts",
];

/// The first phrase in `text` that speaks of what only businesses owe.
pub(super) fn not_for_consumers(text: &str) -> Option<&'static str> {
    let text = normal(text);
    FOR_BUSINESSES.iter().copied().find(|phrase| contains_word(&text, phrase))
}

/// What a formal notice must say about what follows, by language: one of these words.
pub(super) fn consequence(language: &str) -> &'static [&'static str] {
    match language {
        "fr" => &["juridiction", "tribunal", "voie judiciaire"],
        "en" => &["court", "legal proceedings"],
        _ => &[],
    }
}

/// What a formal notice must call itself, by language: one of these words.
pub(super) fn title(language: &str) -> &'static [&'static str] {
    match language {
        "fr" => &["mise en demeure", "mettons en demeure"],
        "en" => &["formal notice", "letter before action"],
        _ => &[],
    }
}

/// Lower case, plain spaces, one apostrophe.
pub(super) fn normal(text: &str) -> String {
    let plain = text.chars().map(|c| match c {
        '\u{a0}' | '\u{202f}' | '\u{2009}' | '\r' | '\n' | '\t' => ' ',
        '’' => '\'',
        other => other,
    });
    plain.collect::<String>().to_lowercase()
}

/// The same, with the place in `text` of each byte of it.
pub(super) fn normal_with_places(text: &str) -> (String, Vec<usize>) {
    let (mut normal_text, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    for (place, c) in text.char_indices() {
        let lower = normal(c.encode_utf8(&mut [0; 4]));
        // Several spaces, or a space at the end of a line, are one.
        if lower == " " && normal_text.ends_with(' ') {
            continue;
        }
        places.extend(std::iter::repeat_n(place, lower.len()));
        normal_text.push_str(&lower);
    }
    (normal_text, places)
}

/// Where `phrase` stands in a normal text, as a word or the beginning of one.
pub(super) fn phrase_places(text: &str, phrase: &str) -> Vec<(usize, usize)> {
    let phrase = normal(phrase);
    text.match_indices(&phrase)
        .map(|(place, _)| (place, place + phrase.len()))
        .filter(|(start, _)| !text[..*start].chars().next_back().is_some_and(char::is_alphanumeric))
        .collect()
}

/// Whether `phrase` begins at a word's beginning in `text`, and ends a number that it ends in: neither `240 €` nor
/// `40 €` is in the other, nor is `€40` in `€40,000.00`.
pub(super) fn contains_word(text: &str, phrase: &str) -> bool {
    let phrase = normal(phrase);
    text.match_indices(&phrase).any(|(place, _)| {
        let before = text[..place].chars().next_back();
        let mut after = text[place + phrase.len()..].chars();
        let (next, second) = (after.next(), after.next());
        let begins = !before.is_some_and(|c| c.is_alphanumeric() || c == ',');
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let goes_on = digit(next) || (matches!(next, Some('.' | ',')) && digit(second));
        begins && !(phrase.ends_with(|c: char| c.is_ascii_digit()) && goes_on)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_at_their_beginning_only() {
        assert!(contains_word(&normal("une SAISIE sur salaire"), "saisie"));
        assert!(!contains_word(&normal("ressaisie"), "saisie"));
        assert_eq!(not_for_consumers("article L.\u{a0}441-10 du code"), Some("l. 441-10"));
        assert_eq!(not_for_consumers("le solde de 1\u{202f}240\u{202f}€"), None);
        assert_eq!(not_for_consumers("compensation of €40 per invoice"), Some("€40"));
        assert_eq!(not_for_consumers("the sum of €40,000.00 or €400"), None);
        assert_eq!(not_for_consumers("frais : 40\u{202f}€"), Some("40 €"));
    }
}
