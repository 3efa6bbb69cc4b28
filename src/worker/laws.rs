//! The law by which a worker decides: calendars and jurisdictions with the files that say them, as they are deployed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::law::Law;
use crate::store::{LawBundle, StoreError};
use crate::workflow::{Defined, LawFileError, SourceFile, carried_beside, read_kept_law, read_law};

/// What the path of a carried file begins with where the folder says something else in a file of the same name.
const CARRIED: &str = "carried/";

/// A law with its files.
#[derive(Clone, Debug, Default)]
pub struct LawEdition {
    /// By their path below the workflows folder.
    files: BTreeMap<String, String>,
    law: Arc<Law>,
}

impl LawEdition {
    /// The law of a folder's files, by their path below it, with what the binary carries beside them.
    ///
    /// # Errors
    ///
    /// Every mistake of every file.
    pub fn of_folder(folder: &BTreeMap<String, SourceFile>) -> Result<Self, Vec<LawFileError>> {
        let sources: Vec<SourceFile> = folder.values().cloned().collect();
        let law = Arc::new(read_law(&sources)?);
        let mut files: BTreeMap<String, String> =
            folder.iter().map(|(path, file)| (path.clone(), file.text.clone())).collect();
        for (path, text) in carried_beside(&sources) {
            // A folder may say something else in a file of the same name.
            let path = if files.contains_key(path) { format!("{CARRIED}{path}") } else { path.to_owned() };
            files.insert(path, text.to_owned());
        }
        Ok(Self { files, law })
    }

    /// What is kept of it in Postgres.
    pub fn bundle(&self) -> LawBundle {
        // A map of text: there is nothing in it that JSON cannot say.
        let json = serde_json::to_string(&self.files).unwrap_or_default();
        LawBundle { digest: hex::encode(Sha256::digest(&json)), json }
    }

    /// Reads a kept law again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Undecodable`] where this program does not understand it: a newer one kept it.
    pub fn read(bundle: &LawBundle) -> Result<Self, StoreError> {
        let refuse = |reason: String| StoreError::Undecodable {
            table: "laws",
            column: "files",
            key: bundle.digest.clone(),
            reason: format!("{reason}; a newer version of relance kept it, so upgrade this one"),
        };
        let files: BTreeMap<String, String> =
            serde_json::from_str(&bundle.json).map_err(|why| refuse(why.to_string()))?;
        let law = Arc::new(read_kept_law(&files).map_err(refuse)?);
        Ok(Self { files, law })
    }

    /// Calendars and jurisdictions.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The files in which it differs from `before`, sorted: `+` added, `-` removed, `~` changed.
    pub fn differences(&self, before: &Self) -> Vec<(char, String)> {
        let paths: BTreeSet<&String> = before.files.keys().chain(self.files.keys()).collect();
        let sign = |path: &String| match (before.files.get(path), self.files.get(path)) {
            (None, _) => Some('+'),
            (_, None) => Some('-'),
            (was, is) => (was != is).then_some('~'),
        };
        paths.into_iter().filter_map(|path| Some((sign(path)?, path.clone()))).collect()
    }

    /// What a workflow under `jurisdiction` counts by in `before` and does not find here: the jurisdiction itself, else
    /// calendars of its regions. Each with the path of the file that is to define it.
    pub fn lacks(&self, before: &Self, jurisdiction: &str) -> Vec<(String, String)> {
        let Some(stays) = self.law.jurisdictions.get(jurisdiction) else {
            let lost = Defined::Jurisdiction(jurisdiction);
            return vec![(lost.to_string(), before.path_of(lost, &format!("jurisdictions/{jurisdiction}.yaml")))];
        };
        let of_region = format!("{}-", before.law.jurisdictions.get(jurisdiction).unwrap_or(stays).calendar);
        let regions = before.law.calendars.by_name.keys().filter(|name| name.starts_with(&of_region));
        let lost = regions.filter(|name| !self.law.calendars.by_name.contains_key(*name));
        lost.map(|name| {
            let lost = Defined::Calendar(name);
            (lost.to_string(), before.path_of(lost, &format!("calendars/{name}.yaml")))
        })
        .collect()
    }

    /// Where something is defined, as somebody writes it into a folder.
    fn path_of(&self, defined: Defined<'_>, usual: &str) -> String {
        let path = defined.file(&self.files).unwrap_or(usual);
        path.strip_prefix(CARRIED).unwrap_or(path).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSED: &str = "calendar: fr\ntitle: Closed\nsource: us\nread_on: 2026-01-01\nverified: true\nholidays: []\n\
                          days:\n  - { name: Inventory, date: 2026-12-28 }\n";

    fn folder(files: &[(&str, &str)]) -> BTreeMap<String, SourceFile> {
        let file = |path: &str, text: &str| (path.to_owned(), SourceFile::new(format!("/srv/{path}"), text));
        files.iter().map(|(path, text)| file(path, text)).collect()
    }

    #[test]
    fn what_is_kept_says_the_same_law_wherever_it_is_read() {
        let other = CLOSED.replace("calendar: fr", "calendar: xx");
        for files in
            [folder(&[]), folder(&[("calendars/france.yaml", CLOSED)]), folder(&[("calendars/fr.yaml", &other)])]
        {
            let written = LawEdition::of_folder(&files).unwrap();
            let read = LawEdition::read(&written.bundle()).unwrap();
            assert_eq!(read.law(), written.law());
            assert_eq!(read.bundle(), written.bundle());
        }
    }

    #[test]
    fn what_differs_is_named_by_its_file() {
        let carried = LawEdition::of_folder(&folder(&[])).unwrap();
        let closed = LawEdition::of_folder(&folder(&[("calendars/fr.yaml", CLOSED)])).unwrap();
        let moved = LawEdition::of_folder(&folder(&[("calendars/france.yaml", CLOSED)])).unwrap();
        assert_eq!(carried.differences(&carried), []);
        assert_eq!(closed.differences(&carried), [('~', "calendars/fr.yaml".to_owned())]);
        let both = [('-', "calendars/fr.yaml".to_owned()), ('+', "calendars/france.yaml".to_owned())];
        assert_eq!(moved.differences(&carried), both);
    }

    #[test]
    fn a_law_lacks_the_jurisdiction_and_the_regions_that_workflows_counted_by() {
        let calendar = |name: &str| CLOSED.replace("calendar: fr", &format!("calendar: {name}"));
        let law = "jurisdiction: xx\ntitle: X\ncalendar: xx\ncurrency: EUR\n".to_owned();
        let (country, region) = (calendar("xx"), calendar("xx-12"));
        let (country, region) = (("calendars/xx.yaml", country.as_str()), ("calendars/north.yaml", region.as_str()));
        let law = ("jurisdictions/xland.yaml", law.as_str());
        let read = |files: &[(&str, &str)]| LawEdition::of_folder(&folder(files)).unwrap();
        let before = read(&[country, region, law]);
        let lacks = |after: &LawEdition, jurisdiction: &str| {
            let lost = after.lacks(&before, jurisdiction);
            lost.into_iter().map(|(what, file)| format!("{what} {file}")).collect::<Vec<_>>()
        };
        assert_eq!(lacks(&before, "xx"), [""; 0]);
        assert_eq!(lacks(&read(&[]), "fr"), [""; 0]);
        assert_eq!(lacks(&read(&[country, law]), "xx"), ["calendar `xx-12` calendars/north.yaml"]);
        assert_eq!(lacks(&read(&[country, region]), "xx"), ["jurisdiction `xx` jurisdictions/xland.yaml"]);
        assert_eq!(lacks(&before, "yy"), ["jurisdiction `yy` jurisdictions/yy.yaml"]);
    }

    #[test]
    fn a_law_of_a_newer_version_is_refused() {
        let files = BTreeMap::from([("calendars/fr.yaml".to_owned(), format!("{CLOSED}invented: true\n"))]);
        let bundle = LawBundle { digest: "d".to_owned(), json: serde_json::to_string(&files).unwrap() };
        let why = LawEdition::read(&bundle).unwrap_err().to_string();
        assert!(why.contains("calendars/fr.yaml") && why.contains("upgrade"), "{why}");
    }
}
