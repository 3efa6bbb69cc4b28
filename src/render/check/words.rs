//! Words that a message should not use, as lists name them, found in the templates as written.
//!
//! The lists are files, one a language, that an ops team edits; who reads them hands them in. They look for words, not
//! for tone: a person still reads the text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

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

/// The JSON Schema (draft-07) of a list: `# yaml-language-server: $schema=../schema/wording.json`.
pub fn word_list_schema() -> Value {
    let about = |mut schema: Value, meaning: &str, example: &str| {
        schema["description"] = meaning.into();
        schema["markdownDescription"] = format!("{meaning}\n\nExample: `{example}`").into();
        schema
    };
    let text = || json!({ "type": "string", "minLength": 1 });
    let avoided = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["word", "reason"],
        "properties": {
            "word": about(text(), "Found at the beginning of a word, in small or capital letters.", "summons"),
            "reason": about(text(), "Why, as it follows the word in a finding.", "imitates an act of a court"),
        },
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "wording.json",
        "title": "Words that messages should not use",
        "description": "A list for each language; `relance check` warns of each word with its reason.",
        "type": "object",
        "additionalProperties": false,
        "required": ["language", "avoid"],
        "properties": {
            "language": about(json!({ "type": "string", "pattern": "^[a-z]{2,3}$" }), "The folder of templates it is about.", "fr"),
            "avoid": about(json!({ "type": "array", "items": avoided }), "The words.", "[{ word: summons, reason: imitates an act of a court }]"),
        },
    })
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
        let text = "Dernier Rappel \n avant  saisies";
        let files = [("fr/a.txt", text), ("en/a.txt", text)].map(|(path, text)| (path.to_owned(), text.to_owned()));
        let found = check_words(&files.into(), &lists);
        let said: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.place, one.message.as_str())).collect();
        assert_eq!(said, [("fr/a.txt", Some((8, 30)), "`rappel avant saisie` threatens")]);
    }
}
