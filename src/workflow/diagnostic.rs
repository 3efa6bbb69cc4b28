//! Findings: what is wrong in a file, where, and what to write instead.
//!
//! A finding knows its place in lines and columns, so it can be printed without its file; the excerpt is made
//! where the file is at hand (`render`).

use std::ops::Range;

use serde::Serialize;

pub use super::codes::{CODES, Code, CodeInfo};

/// Most findings shown of one file, errors before warnings: who has corrected these runs the check again.
pub const FINDINGS_MAX: usize = 100;
/// Most findings kept while a file is read; a damaged file of a megabyte has more than anybody's memory should hold.
const FINDINGS_KEPT_MAX: usize = 5_000;
/// Longest message or remedy, in characters: both quote the file, which may hold a megabyte without a space.
const MESSAGE_CHARS_MAX: usize = 400;

/// A file as it was read; its name is what findings call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path as the user wrote it.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// A file of this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is taken; `--strict` refuses it.
    Warning,
    /// The file is taken, also by `--strict`: something a person should know.
    Note,
}

impl Severity {
    /// `error`, `warning`, `note`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One finding. Serialised, it is a line of `check --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What kind of finding; stable.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Column behind the last character; where the place spans lines, the end of its first line.
    pub end_column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The place in bytes of the file.
    #[serde(skip)]
    pub span: Range<usize>,
}

impl Diagnostic {
    /// Whether it refuses its file.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Collects the findings of one file.
#[derive(Clone, Debug)]
pub struct Findings<'a> {
    file: &'a str,
    text: &'a str,
    line_starts: Vec<usize>,
    found: Vec<Diagnostic>,
    dropped: usize,
}

impl<'a> Findings<'a> {
    /// No findings yet, for a file's name and text.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let ends = text.match_indices(['\n', '\r']).map(|(at, _)| at + 1);
        // A carriage return ends a line by itself where no line feed follows.
        let ends = ends.filter(|end| text[..*end].ends_with('\n') || !text[*end..].starts_with('\n'));
        let line_starts = std::iter::once(0).chain(ends).collect();
        Self { file, text, line_starts, found: Vec::new(), dropped: 0 }
    }

    /// Adds a finding without a remedy.
    pub fn add(&mut self, code: Code, span: Range<usize>, message: impl Into<String>) {
        self.add_with_help(code, span, message, None);
    }

    /// Adds a finding that says what to write instead.
    pub fn add_with_help(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<Option<String>>,
    ) {
        if self.found.len() >= FINDINGS_KEPT_MAX {
            self.dropped += 1;
            return;
        }
        let finding = self.diagnostic(code, span, message.into(), help.into());
        self.found.push(finding);
    }

    /// How many were found so far, for `forget_after`.
    pub(crate) fn mark(&self) -> usize {
        self.found.len()
    }

    /// Takes back what was found after a mark: it follows from one mistake that is reported as a whole.
    pub(crate) fn forget_after(&mut self, mark: usize) {
        self.found.truncate(mark);
    }

    /// Takes back what was found after a mark and is such a one.
    pub(crate) fn forget(&mut self, mark: usize, is_such: impl Fn(&Diagnostic) -> bool) {
        let kept = self.found.split_off(mark.min(self.found.len())).into_iter().filter(|one| !is_such(one));
        self.found.extend(kept);
    }

    /// The first place, in bytes, of a finding of this code.
    pub(crate) fn first_of(&self, code: Code) -> Option<usize> {
        self.found.iter().filter(|one| one.code == code).map(|one| one.span.start).min()
    }

    /// The file's text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The line, from 1, of a place in bytes.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|from| *from <= at)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether something was found in that part of the file.
    pub fn holds_one_within(&self, span: &Range<usize>) -> bool {
        self.found.iter().any(|one| span.start <= one.span.start && one.span.end <= span.end)
    }

    /// Whether an error was found, not only warnings.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The findings, in the order of the file; where they are too many, as many as help, and a last one that says so.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        let mut found = std::mem::take(&mut self.found);
        found.sort_by(|a, b| (a.span.start, a.code, &a.message).cmp(&(b.span.start, b.code, &b.message)));
        found.dedup();
        // A date that does not exist is also a value that could not be read: it is said once.
        let dates: Vec<Range<usize>> =
            found.iter().filter(|one| one.code == Code::ImpossibleDate).map(|one| one.span.clone()).collect();
        found.retain(|one| one.code != Code::BadValue || !dates.contains(&one.span));
        // A misspelt key is not missing as well, where no other could be meant.
        let missing = |key: &str| format!("`{key}` is missing");
        let meant: Vec<String> = found
            .iter()
            .filter(|one| one.code == Code::UnknownKey)
            .filter_map(|one| Some(missing(one.help.as_ref()?.strip_prefix("did you mean `")?.strip_suffix("`?")?)))
            .filter(|message| found.iter().filter(|one| one.message == *message).count() == 1)
            .collect();
        found.retain(|one| one.code != Code::MissingKey || !meant.contains(&one.message));
        let more = self.dropped + found.len().saturating_sub(FINDINGS_MAX);
        if more > 0 {
            found.sort_by_key(|finding| finding.severity);
            let next = found.get(FINDINGS_MAX).map_or(0..0, |next| next.span.clone());
            found.truncate(FINDINGS_MAX);
            found.sort_by_key(|finding| finding.span.start);
            let message = format!("and {more} more findings in this file");
            let help = Some("correct those above and run the check again".to_owned());
            found.push(self.diagnostic(Code::FindingsLimit, next.start..next.start, message, help));
        }
        found
    }

    fn diagnostic(&self, code: Code, span: Range<usize>, message: String, help: Option<String>) -> Diagnostic {
        let floor =
            |at: usize| (0..=at.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let (start, end) = (floor(span.start), floor(span.end.max(span.start)));
        let line = self.line(start);
        let from = self.line_starts[line - 1];
        let shown = &self.text[start..end];
        let shown = shown.split(['\n', '\r']).next().unwrap_or_default();
        let message = shortened(message);
        let help = help.map(shortened);
        let column = self.text[from..start].chars().count() + 1;
        Diagnostic {
            code,
            severity: code.info().severity,
            file: self.file.to_owned(),
            line,
            column,
            end_column: column + shown.chars().count(),
            message,
            help,
            span: start..end,
        }
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_from_one() {
        let mut findings = Findings::new("a.yaml", "é: 1\nçà: deux\n");
        findings.add(Code::WrongType, 12..16, "second");
        findings.add_with_help(Code::UnknownKey, 0..2, "first", "help".to_owned());
        findings.add(Code::WrongType, 900..1_000, "outside");
        let places: Vec<_> = findings
            .into_sorted()
            .into_iter()
            .map(|finding| (finding.line, finding.column, finding.end_column, finding.message))
            .collect();
        let wanted = [(1, 1, 2, "first"), (2, 5, 9, "second"), (3, 1, 1, "outside")];
        assert_eq!(places, wanted.map(|(line, column, end, message)| (line, column, end, message.to_owned())));
    }

    #[test]
    fn every_kind_of_line_end_ends_one_line() {
        for (text, at) in [("a: 1\nb: 2\n", 5), ("a: 1\r\nb: 2\r\n", 6), ("a: 1\rb: 2\r", 5)] {
            let mut findings = Findings::new("a.yaml", text);
            findings.add(Code::WrongType, at..text.len(), "here");
            let found = findings.into_sorted();
            assert_eq!((found[0].line, found[0].column, found[0].end_column), (2, 1, 5), "{text:?}");
        }
    }
}
