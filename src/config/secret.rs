//! Secrets that providers name: a file each in a folder, else an environment variable.

use std::path::PathBuf;

use secrecy::SecretString;

/// Longest secret file: a private key with its chain fits.
const SECRET_BYTES_MAX: u64 = 65_536;

/// Where secrets are looked up.
#[derive(Clone, Debug)]
pub struct Secrets {
    folder: Option<PathBuf>,
}

impl Secrets {
    /// In `folder`, if there is one, then in the environment.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The secret of a name (letters, digits, `_`, `-`, `.`): the file of that name without its last line break,
    /// else `RELANCE_SECRET_<NAME>` with everything but letters and digits as `_`. None where neither is there.
    pub fn find(&self, name: &str) -> Option<SecretString> {
        self.find_with(name, |variable| std::env::var(variable).ok())
    }

    fn find_with(&self, name: &str, environment: impl Fn(&str) -> Option<String>) -> Option<SecretString> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        // A name never leads out of the folder.
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return None;
        }
        self.in_folder(name).or_else(|| {
            let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
            let variable: String = name.chars().map(letters).collect();
            environment(&format!("RELANCE_SECRET_{variable}")).filter(|text| !text.is_empty()).map(SecretString::from)
        })
    }

    fn in_folder(&self, name: &str) -> Option<SecretString> {
        let path = self.folder.as_ref()?.join(name);
        if std::fs::metadata(&path).ok()?.len() > SECRET_BYTES_MAX {
            return None;
        }
        let text = std::fs::read_to_string(path).ok()?;
        let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        (!text.is_empty()).then(|| SecretString::from(text))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_file_wins_over_the_environment_and_no_name_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("twilio-token"), "from file\n").unwrap();
        let secrets = Secrets::new(Some(folder.path().to_owned()));
        let environment = |name: &str| name.starts_with("RELANCE_SECRET_").then(|| format!("env {name}"));
        let find = |name: &str| secrets.find_with(name, environment).map(|secret| secret.expose_secret().to_owned());
        assert_eq!(find("twilio-token").unwrap(), "from file");
        assert_eq!(find("lob.key").unwrap(), "env RELANCE_SECRET_LOB_KEY");
        for name in ["", "..", "../twilio-token", "a/b", ".hidden"] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
