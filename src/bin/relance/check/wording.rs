//! The lists of words to avoid: those the program carries, and over them those of the folder, by language.

use std::collections::BTreeMap;

use relance::render::{SHIPPED_WORDS, WordList};
use relance::workflow::{Diagnostic, SourceFile, from_yaml};

/// The list of each language, and what is wrong with the files. A file that is wrong leaves the carried list in force.
pub fn lists(files: &[SourceFile]) -> (Vec<WordList>, Vec<Diagnostic>) {
    let mut lists: BTreeMap<String, WordList> = BTreeMap::new();
    let mut findings = Vec::new();
    let carried = SHIPPED_WORDS.iter().map(|(name, text)| SourceFile::new(*name, *text));
    for file in carried.chain(files.iter().cloned()) {
        match from_yaml::<WordList>(&file.name, &file.text) {
            Ok(list) => _ = lists.insert(list.language.clone(), list),
            Err(found) => findings.extend(found),
        }
    }
    (lists.into_values().collect(), findings)
}
