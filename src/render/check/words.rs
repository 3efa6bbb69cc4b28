//! Words that a message should not use, as lists name them, found in the templates as written.
//!
//! The lists are files, one a language, that an ops team edits; who reads them hands them in. They look for words, not
//! for tone: a person still reads the text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::super::problem::Problem;
use super::super::wording::{normal_with_places, phrase_places};

/// The words to avoid in one language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordList {
    /// The language subtag, `fr`.
    pub language: String,
    /// The words, each with its reason.
    pub avoid: Vec<Avoided>,
}

/// A word or phrase and why it is to be avoided.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Avoided {
    /// Found at the beginning of a word, in small or capital letters.
    pub word: String,
    /// As it follows the word in a finding: "imitates an act of a court".
    pub reason: String,
}

/// Each word of the lists in the templates of their language, at its place.
pub fn check_words(files: &BTreeMap<String, String>, lists: &[WordList]) -> Vec<Problem> {
    let mut problems = BTreeSet::new();
    for (path, text) in files {
        let language = path.split('/').next().unwrap_or_default();
        let words: Vec<&Avoided> =
            lists.iter().filter(|list| list.language == language).flat_map(|list| &list.avoid).collect();
        if words.is_empty() {
            continue;
        }
        let (normal, places) = normal_with_places(text);
        for Avoided { word, reason } in words {
            for (start, end) in phrase_places(&normal, word) {
                let help = "say what is owed, until when, and what you may do next, in plain words";
                let place = places[start]..places.get(end).copied().unwrap_or(text.len());
                let problem = Problem::of("wording", path, format!("`{word}` {reason}")).at(place);
                problems.insert(problem.help(help));
            }
        }
    }
    problems.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_across_lines_in_its_language_alone() {
        let avoided = Avoided { word: "rappel avant saisie".into(), reason: "threatens".into() };
        let lists = [WordList { language: "fr".into(), avoid: vec![avoided] }];
        let text = "Dernier Rappel\navant saisies";
        let files = [("fr/a.txt", text), ("en/a.txt", text)].map(|(path, text)| (path.to_owned(), text.to_owned()));
        let found = check_words(&files.into(), &lists);
        let said: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.place, one.message.as_str())).collect();
        assert_eq!(said, [("fr/a.txt", Some((8, 27)), "`rappel avant saisie` threatens")]);
    }
}
