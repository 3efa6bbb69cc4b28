//! The templates of revisions: a set that many of them share is kept once, and compiled when it is first used.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use crate::render::Templates;

/// The template files of a revision.
#[derive(Debug)]
pub struct TemplateSet {
    files: BTreeMap<String, String>,
    digest: [u8; 32],
    compiled: OnceLock<Option<Arc<Templates>>>,
}

impl TemplateSet {
    /// Files, by path.
    pub fn new(files: BTreeMap<String, String>) -> Self {
        let mut digest = Sha256::new();
        for text in files.iter().flat_map(|(path, text)| [path, text]) {
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
        Self { files, digest: digest.finalize().into(), compiled: OnceLock::new() }
    }

    /// The files, by path.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The files, compiled; none where this program cannot compile them, because a newer one kept them.
    pub fn compiled(&self) -> Option<Arc<Templates>> {
        let compile = || {
            let compiled = Templates::new(self.files.clone());
            let told = |problems: &Vec<_>| {
                let first = problems.first().map(ToString::to_string).unwrap_or_default();
                tracing::error!(why = first, "kept templates cannot be compiled: upgrade this program");
            };
            compiled.inspect_err(told).ok().map(Arc::new)
        };
        self.compiled.get_or_init(compile).clone()
    }
}

/// Sets of templates, each once.
#[derive(Debug, Default)]
pub struct TemplateSets(HashMap<[u8; 32], Arc<TemplateSet>>);

impl TemplateSets {
    /// The set of these files; the one that is known, where it is.
    pub fn of(&mut self, files: BTreeMap<String, String>) -> Arc<TemplateSet> {
        self.share(Arc::new(TemplateSet::new(files)))
    }

    /// The set that is known and the same, else this one, known from now on.
    pub fn share(&mut self, set: Arc<TemplateSet>) -> Arc<TemplateSet> {
        self.0.entry(set.digest).or_insert(set).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("fr/a.txt".to_owned(), text.to_owned())])
    }

    #[test]
    fn equal_sets_are_one_and_compiled_once() {
        let mut sets = TemplateSets::default();
        let (one, two, three) = (sets.of(files("a")), sets.of(files("a")), sets.of(files("b")));
        assert!(Arc::ptr_eq(&one, &two) && !Arc::ptr_eq(&one, &three));
        assert!(one.compiled.get().is_none(), "nothing is compiled before it is used");
        assert!(Arc::ptr_eq(&one.compiled().unwrap(), &two.compiled().unwrap()));
    }

    #[test]
    fn what_cannot_be_compiled_is_none() {
        assert!(TemplateSet::new(files("{% if %}")).compiled().is_none());
    }
}
