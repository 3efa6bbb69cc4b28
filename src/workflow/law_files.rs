//! The law as written, read: calendars and jurisdictions from YAML into `law`.
//!
//! `law` itself names no YAML; here its files are read and put together. What the binary carries stands
//! below what is handed in. A file that is wrong is left out, with everything that is wrong with it.

mod examine;
mod fit;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;

use super::{Diagnostic, SourceFile, from_yaml};
use crate::law::{CalendarFile, Jurisdiction, Law, ShippedFile, shipped};

/// Why law files cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{}:{}: {}", .0.file, .0.line, .0.column, .0.message)]
pub struct LawFileError(pub Diagnostic);

/// The shipped law with `files` above it: a calendar or jurisdiction of the same name replaces the shipped one,
/// and of two files the later. A file with a line that begins with `jurisdiction:` is one, any other a calendar.
/// Every mistake of every file is reported.
pub fn read_law(files: &[SourceFile]) -> Result<Law, Vec<LawFileError>> {
    let (law, findings) = examine_law(files, None);
    let errors: Vec<_> = findings.into_iter().filter(Diagnostic::is_error).map(LawFileError).collect();
    if errors.is_empty() { Ok(law) } else { Err(errors) }
}

/// The law of the files that are sound, over what the binary carries, and everything that is to be said about the
/// files. `today` is the day by which a rate must be known; nothing is out of date where it is absent.
pub fn examine_law(files: &[SourceFile], today: Option<NaiveDate>) -> (Law, Vec<Diagnostic>) {
    let mut read = Read::default();
    for (name, text) in shipped().iter().copied() {
        let file = SourceFile::new(name, text);
        read.keep(&file);
    }
    let mut findings = Vec::new();
    let mut sound = Vec::new();
    for file in files {
        let found = examine::file(file, today);
        if !found.iter().any(Diagnostic::is_error) && read.keep(file) {
            sound.push(file);
        }
        findings.extend(found);
    }
    findings.extend(fit::twice(files));
    let law = match Law::build(read.calendars.clone(), read.jurisdictions.clone()) {
        Ok(law) => law,
        Err(unfit) => {
            findings.extend(fit::places(&unfit, &sound));
            let mut carried = Read::default();
            shipped().iter().for_each(|(name, text)| _ = carried.keep(&SourceFile::new(*name, *text)));
            Law::build(carried.calendars, carried.jurisdictions).unwrap_or_default()
        }
    };
    let place = |finding: &Diagnostic| files.iter().position(|file| file.name == finding.file);
    findings.sort_by_key(|finding| (place(finding), finding.span.start));
    (law, findings)
}

/// The carried files that count beside `files`: those whose calendar or jurisdiction none of them defines.
pub fn carried_beside(files: &[SourceFile]) -> Vec<ShippedFile> {
    let mut own = Read::default();
    files.iter().for_each(|file| _ = own.keep(file));
    let own = own.names();
    let replaced = |text: &ShippedFile| {
        let mut carried = Read::default();
        carried.keep(&SourceFile::new(text.0, text.1));
        !carried.names().is_disjoint(&own)
    };
    shipped().iter().copied().filter(|file| !replaced(file)).collect()
}

/// The law of files that are kept, by their path below the workflows folder: they alone, whatever the binary carries
/// and whatever is found in them today.
///
/// # Errors
///
/// What cannot be read or does not fit together.
pub fn read_kept_law(files: &BTreeMap<String, String>) -> Result<Law, String> {
    let mut read = Read::default();
    for (path, text) in files {
        if !read.keep(&SourceFile::new(path.as_str(), text.as_str())) {
            return Err(format!("{path} cannot be read"));
        }
    }
    Law::build(read.calendars, read.jurisdictions)
        .map_err(|errors| errors.first().map(ToString::to_string).unwrap_or_default())
}

/// What a law file defines, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Defined<'n> {
    /// A jurisdiction.
    Jurisdiction(&'n str),
    /// A calendar.
    Calendar(&'n str),
}

impl Defined<'_> {
    /// The path of the file among `files`, by their path below the workflows folder, that defines it.
    pub fn file(self, files: &BTreeMap<String, String>) -> Option<&str> {
        let wanted = match self {
            Self::Jurisdiction(name) => (true, name.to_owned()),
            Self::Calendar(name) => (false, name.to_owned()),
        };
        let defines = |path: &str, text: &str| {
            let mut read = Read::default();
            read.keep(&SourceFile::new(path, text)) && read.names().contains(&wanted)
        };
        files.iter().find(|(path, text)| defines(path, text)).map(|(path, _)| path.as_str())
    }
}

impl fmt::Display for Defined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jurisdiction(name) => write!(f, "jurisdiction `{name}`"),
            Self::Calendar(name) => write!(f, "calendar `{name}`"),
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Read {
    calendars: Vec<CalendarFile>,
    jurisdictions: Vec<Jurisdiction>,
}

impl Read {
    /// What is defined: whether it is a jurisdiction, and its name.
    fn names(&self) -> BTreeSet<(bool, String)> {
        let calendars = self.calendars.iter().map(|file| (false, file.calendar.clone()));
        calendars.chain(self.jurisdictions.iter().map(|law| (true, law.name.clone()))).collect()
    }

    /// Whether the file could be read.
    fn keep(&mut self, file: &SourceFile) -> bool {
        if is_jurisdiction(file) {
            from_yaml(&file.name, &file.text).map(|law| self.jurisdictions.push(law)).is_ok()
        } else {
            from_yaml(&file.name, &file.text).map(|calendar| self.calendars.push(calendar)).is_ok()
        }
    }
}

/// A jurisdiction names its calendar too; its own first key tells them apart, or its folder.
fn is_jurisdiction(file: &SourceFile) -> bool {
    file.text.lines().any(|line| line.starts_with("jurisdiction:"))
        || file.name.split(['/', '\\']).rev().nth(1) == Some("jurisdictions")
}

#[cfg(test)]
mod tests;
