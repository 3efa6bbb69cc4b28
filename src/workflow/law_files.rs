//! The law as written, read: calendars and jurisdictions from YAML into `law`.
//!
//! `law` itself names no YAML; here its files are read and put together. What the binary carries stands
//! below what is handed in.

use super::{Diagnostic, SourceFile, from_yaml};
use crate::law::{CalendarFile, Jurisdiction, Law, LawError, shipped};

/// Why law files cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LawFileError {
    /// A file is not written as it should be.
    #[error("{}:{}:{}: {}", .0.file, .0.line, .0.column, .0.message)]
    Written(Diagnostic),
    /// The files do not fit together.
    #[error(transparent)]
    Fit(#[from] LawError),
}

/// The shipped law with `files` above it: a calendar or jurisdiction of the same name replaces the shipped one,
/// and of two files the later. A file with a line that begins with `jurisdiction:` is one, any other a calendar.
/// Every mistake of every file is reported.
pub fn read_law(files: &[SourceFile]) -> Result<Law, Vec<LawFileError>> {
    let mut errors = Vec::new();
    let (mut calendars, mut jurisdictions) = (Vec::<CalendarFile>::new(), Vec::<Jurisdiction>::new());
    let above = files.iter().map(|file| (file.name.as_str(), file.text.as_str()));
    for (name, text) in shipped().iter().copied().chain(above) {
        // A jurisdiction names its calendar too; its own first key tells them apart.
        let is_jurisdiction = text.lines().any(|line| line.starts_with("jurisdiction:"));
        let written = |found: Vec<Diagnostic>| found.into_iter().map(LawFileError::Written);
        if is_jurisdiction {
            match from_yaml(name, text) {
                Ok(file) => jurisdictions.push(file),
                Err(found) => errors.extend(written(found)),
            }
        } else {
            match from_yaml(name, text) {
                Ok(file) => calendars.push(file),
                Err(found) => errors.extend(written(found)),
            }
        }
    }
    match Law::build(calendars, jurisdictions) {
        Ok(law) if errors.is_empty() => Ok(law),
        Ok(_) => Err(errors),
        Err(unfit) => {
            errors.extend(unfit.into_iter().map(LawFileError::Fit));
            Err(errors)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_is_sound() {
        let law = read_law(&[]).unwrap();
        assert_eq!(law.jurisdictions.names().collect::<Vec<_>>(), ["eu", "fr", "gb"]);
        assert!(law.calendars.by_name.contains_key("fr-974"));
    }

    #[test]
    fn a_file_above_replaces_the_shipped_one_and_mistakes_have_a_place() {
        let closed = "calendar: fr\ntitle: Closed\nsource: us\nread_on: 2026-01-01\nverified: true\nholidays: []\n\
                      days:\n  - { name: Inventory, date: 2026-12-28 }\n";
        let law = read_law(&[SourceFile::new("calendars/fr.yaml", closed)]).unwrap();
        let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        assert!(law.calendars.by_name["fr"].is_holiday(day("2026-12-28")));
        assert!(!law.calendars.by_name["fr"].is_holiday(day("2026-07-14")));

        let wrong = [
            SourceFile::new(
                "calendars/xx.yaml",
                closed.replace("calendar: fr", "calendar: xx").replace("title", "titel"),
            ),
            SourceFile::new("jurisdictions/xx.yaml", "jurisdiction: xx\ntitle: X\ncalendar: nowhere\ncurrency: EUR\n"),
        ];
        let errors: Vec<String> = read_law(&wrong).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(errors.iter().any(|error| error.starts_with("calendars/xx.yaml:2:1:")), "{errors:?}");
        assert!(errors.iter().any(|error| error.contains("calendar `nowhere`")), "{errors:?}");
    }
}
