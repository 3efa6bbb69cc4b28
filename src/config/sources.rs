//! Where values come from, in order, and what is wrong with them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Settings;
use super::value::SettingValue;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command line.
    Flag,
    /// This environment variable.
    Environment(&'static str),
    /// This file.
    File(PathBuf),
    /// Nowhere: it is the default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => out.write_str("flag"),
            Self::Environment(name) => write!(out, "environment, {name}"),
            Self::File(path) => write!(out, "file {}", path.display()),
            Self::Default => out.write_str("default"),
        }
    }
}

/// One setting with its value for people and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// `section.name`.
    pub key: String,
    /// Its value; a secret is not shown.
    pub shown: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Everything settings may come from.
pub struct Sources<'a> {
    /// Values given by flags, by key (`worker.roles`).
    pub flags: BTreeMap<&'static str, String>,
    /// Looks an environment variable up.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// The content of `relance.yaml`, with its path.
    pub file: Option<(&'a Path, &'a Value)>,
}

/// One setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// `section.name`.
    pub key: String,
    /// Where the value came from.
    pub origin: Origin,
    /// What is wrong with it; never the value itself.
    pub reason: String,
}

/// All settings that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// Each of them.
    pub mistakes: Vec<Mistake>,
}

impl ConfigError {
    pub(super) fn nothing() -> Self {
        Self { mistakes: Vec::new() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(out, "{line}{} ({}) {}", mistake.key, mistake.origin, mistake.reason)?;
        }
        Ok(())
    }
}

/// Reads setting after setting, keeping the mistakes.
pub(super) struct Reader<'a> {
    sources: &'a Sources<'a>,
    provenance: Vec<Provenance>,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sources: &'a Sources<'a>) -> Self {
        let mut reader = Self { sources, provenance: Vec::new(), mistakes: Vec::new() };
        reader.check_names();
        reader
    }

    pub(super) fn setting<T: SettingValue>(
        &mut self,
        section: &str,
        name: &str,
        variable: &'static str,
        default: Option<&str>,
    ) -> Option<T> {
        let key = format!("{section}.{name}");
        let (text, origin) = match self.written(&key, section, name, variable) {
            Ok(Some(found)) => found,
            Ok(None) => match default {
                Some(default) => (default.to_owned(), Origin::Default),
                None => {
                    let value = T::absent();
                    let shown = value.as_ref().map(T::shown).unwrap_or_default();
                    self.provenance.push(Provenance { key, shown, origin: Origin::Default });
                    return value;
                }
            },
            Err(mistake) => {
                self.mistakes.push(mistake);
                return None;
            }
        };
        match T::from_text(&text) {
            Ok(value) => {
                self.provenance.push(Provenance { key, shown: value.shown(), origin });
                Some(value)
            }
            Err(reason) => {
                self.mistakes.push(Mistake { key, origin, reason });
                None
            }
        }
    }

    pub(super) fn end(self) -> Result<Vec<Provenance>, ConfigError> {
        if self.mistakes.is_empty() { Ok(self.provenance) } else { Err(ConfigError { mistakes: self.mistakes }) }
    }

    fn written(
        &self,
        key: &str,
        section: &str,
        name: &str,
        variable: &'static str,
    ) -> Result<Option<(String, Origin)>, Mistake> {
        if let Some(text) = self.sources.flags.get(key) {
            return Ok(Some((text.clone(), Origin::Flag)));
        }
        // An empty variable is how a shell says "not set".
        if let Some(text) = (self.sources.environment)(variable).filter(|text| !text.is_empty()) {
            return Ok(Some((text, Origin::Environment(variable))));
        }
        let Some((path, root)) = self.sources.file else { return Ok(None) };
        let Some(value) = root.get(section).and_then(|section| section.get(name)) else { return Ok(None) };
        let origin = Origin::File(path.to_owned());
        match plain(value) {
            Some(text) => Ok(Some((text, origin))),
            None => Err(Mistake {
                key: key.to_owned(),
                origin,
                reason: "is neither text, a number nor yes or no".to_owned(),
            }),
        }
    }

    /// A name in the file or among the flags that is no setting is a mistake: nothing is ignored quietly.
    fn check_names(&mut self) {
        for key in self.sources.flags.keys() {
            self.check_name(key, Origin::Flag);
        }
        let Some((path, root)) = self.sources.file else { return };
        let origin = Origin::File(path.to_owned());
        let Some(sections) = root.as_object() else {
            if !root.is_null() {
                let reason = "holds no sections; write `database:` and the like".to_owned();
                self.mistakes.push(Mistake { key: "relance.yaml".to_owned(), origin, reason });
            }
            return;
        };
        for (section, fields) in sections {
            match fields.as_object() {
                Some(fields) => {
                    for name in fields.keys() {
                        self.check_name(&format!("{section}.{name}"), origin.clone());
                    }
                }
                None => self.check_name(section, origin.clone()),
            }
        }
    }

    fn check_name(&mut self, key: &str, origin: Origin) {
        if Settings::KEYS.iter().any(|(known, _)| *known == key) {
            return;
        }
        let distance = |known: &str| strsim::osa_distance(known, key);
        let nearest = Settings::KEYS.iter().map(|(known, _)| *known).min_by_key(|known| distance(known));
        let remedy = nearest.filter(|known| distance(known) <= 3).map(|known| format!("; did you mean `{known}`?"));
        let reason = format!("is no setting{}", remedy.unwrap_or_default());
        self.mistakes.push(Mistake { key: key.to_owned(), origin, reason });
    }
}

/// A scalar of the file as text; a list of scalars joined by commas.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(plain).collect();
            items.map(|items| items.join(","))
        }
        Value::Null | Value::Object(_) => None,
    }
}
