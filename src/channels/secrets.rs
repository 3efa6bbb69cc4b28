//! How providers' secrets are looked up: by whoever knows where they are kept.
//!
//! A secret has a name in definitions and logs, and a value nowhere but in the request it is for.

use std::fmt;

use secrecy::SecretString;

type Find = dyn Fn(&str) -> Option<SecretString> + Send + Sync;

/// Finds a secret by its name in definitions: `twilio_auth_token`.
pub struct SecretLookup(Box<Find>);

impl SecretLookup {
    /// Looks up with `find`.
    pub fn new(find: impl Fn(&str) -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self(Box::new(find))
    }

    pub(super) fn find(&self, name: &str) -> Option<SecretString> {
        (self.0)(name)
    }
}

impl Default for SecretLookup {
    /// Knows none.
    fn default() -> Self {
        Self::new(|_| None)
    }
}

impl fmt::Debug for SecretLookup {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SecretLookup")
    }
}
