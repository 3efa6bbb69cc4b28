//! What is wrong with a template, for a person who is to mend it.

use std::ops::Range;

use super::RenderError;

/// One mistake in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the templates' folder.
    pub path: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// Its place in bytes of the file, where it is known: start and end.
    pub place: Option<(usize, usize)>,
    /// A short stable name of the kind of mistake, one of the codes of `relance check`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Problem {
    pub(super) fn of(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, place: None, code, message: message.into(), help: None }
    }

    pub(super) fn at(self, place: Range<usize>) -> Self {
        Self { place: Some((place.start, place.end)), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(super) fn in_template(error: &RenderError) -> Self {
        match error {
            RenderError::Template { path, line, place, code, message } => {
                let problem = Self::of(code, path.as_str(), message.as_str());
                Self { line: *line, place: place.clone().map(|place| (place.start, place.end)), ..problem }
            }
            RenderError::Missing { path } => Self::of("missing-template", path.as_str(), "the file does not exist"),
            other => Self::of("template-error", "", other.to_string()),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {} [{}]", self.path, self.message, self.code),
            None => write!(out, "{}: {} [{}]", self.path, self.message, self.code),
        }
    }
}
