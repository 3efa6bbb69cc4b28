//! Where providers' secrets come from: a file each in a folder, else `RELANCE_SECRET_…` in the environment.
//!
//! A secret has a name in definitions and logs, and a value nowhere but in the request it is for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

/// A place to look secrets up.
#[derive(Debug, Default)]
pub struct Secrets {
    folder: Option<PathBuf>,
    given: BTreeMap<String, SecretString>,
}

impl Secrets {
    /// Looks in `folder` (`RELANCE_SECRETS_DIR`), then in the environment.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, given: BTreeMap::new() }
    }

    /// The same, with `name` given: it wins.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.given.insert(name.to_owned(), SecretString::from(value));
        self
    }

    /// The secret called `name` in definitions; an empty one is none.
    pub fn get(&self, name: &str) -> Option<SecretString> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return None;
        }
        let file = self.folder.as_ref().and_then(|folder| std::fs::read_to_string(folder.join(name)).ok());
        let variable = || std::env::var(format!("RELANCE_SECRET_{}", name.to_ascii_uppercase())).ok();
        let found = self.given.get(name).map(|given| given.expose_secret().to_owned()).or(file).or_else(variable)?;
        let value = found.trim_end_matches(['\r', '\n']);
        (!value.is_empty()).then(|| SecretString::from(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_their_folder_and_nowhere_above_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("secrets")).unwrap();
        std::fs::write(folder.path().join("outside"), "x").unwrap();
        std::fs::write(folder.path().join("secrets/api_key"), "k1\n").unwrap();
        let secrets = Secrets::new(Some(folder.path().join("secrets"))).with("other", "k2");
        let shown = |name: &str| secrets.get(name).map(|secret| secret.expose_secret().to_owned());
        assert_eq!(shown("api_key").as_deref(), Some("k1"));
        assert_eq!(shown("other").as_deref(), Some("k2"));
        assert_eq!(shown("../outside"), None);
        assert_eq!(shown("missing"), None);
        assert!(!format!("{secrets:?}").contains("k2"));
    }
}
