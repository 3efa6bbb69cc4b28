//! Reading what is checked: a file that is no text, or too large, is a finding like any other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use relance::workflow::{Code, Diagnostic, Findings, SourceFile};

use crate::files;

/// Reads files and keeps what is to be said about those that cannot be read.
#[derive(Default)]
pub struct Files {
    pub findings: Vec<Diagnostic>,
}

impl Files {
    /// The files of these paths, in their order.
    pub fn each(&mut self, paths: &[PathBuf]) -> Vec<SourceFile> {
        paths.iter().filter_map(|path| self.one(path)).collect()
    }

    /// The files directly in these folders of `root`, sorted by name, that have the extension.
    pub fn below(&mut self, root: &Path, folders: &[&str], extension: &str) -> Vec<SourceFile> {
        let paths = folders.iter().flat_map(|folder| paths(&root.join(folder)));
        let paths: Vec<PathBuf> = paths.filter(|path| files::has_extension(path, extension)).collect();
        self.each(&paths)
    }

    /// Every file of the templates' folder, by its path below it; hidden files are an editor's.
    pub fn templates(&mut self, folder: &Path) -> BTreeMap<String, SourceFile> {
        let mut found = BTreeMap::new();
        for path in paths(folder) {
            let below = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if let Some(file) = self.one(&path) {
                found.insert(below, file);
            }
        }
        found
    }

    fn one(&mut self, path: &Path) -> Option<SourceFile> {
        match files::read_one(path) {
            Ok(file) => Some(SourceFile::new(file.path.display().to_string(), file.text)),
            Err(why) => {
                let name = path.display().to_string();
                let mut findings = Findings::new(&name, "");
                let help = "write it as UTF-8 text, or move it out of the folder".to_owned();
                findings.add_with_help(Code::FileUnreadable, 0..0, format!("{why:#}"), help);
                self.findings.extend(findings.into_sorted());
                None
            }
        }
    }
}

/// Every file below a folder, sorted; none where it is not there.
pub fn paths(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut below: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    below.sort();
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let visible = below.into_iter().filter(|path| !hidden(path));
    visible.flat_map(|path| if path.is_dir() { paths(&path) } else { vec![path] }).collect()
}
