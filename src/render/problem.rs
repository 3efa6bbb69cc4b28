//! What is wrong with a template, for a person who is to mend it.

use super::RenderError;

/// One mistake in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the templates' folder.
    pub path: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// A short stable name of the kind of mistake.
    pub code: &'static str,
    /// Whether it forbids using the template, or is only to be looked at.
    pub is_error: bool,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    pub(super) fn error(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, code, is_error: true, message: message.into() }
    }

    pub(super) fn warning(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { is_error: false, ..Self::error(code, path, message) }
    }

    pub(super) fn at(self, line: usize) -> Self {
        Self { line: Some(line), ..self }
    }

    pub(super) fn in_template(error: &RenderError) -> Self {
        match error {
            RenderError::Template { path, line, message } => {
                let problem = Self::error("template-error", path.as_str(), message.as_str());
                Self { line: *line, ..problem }
            }
            RenderError::Missing { path } => Self::error("template-missing", path.as_str(), "the file does not exist"),
            other => Self::error("template-error", "", other.to_string()),
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
