//! Reading what is checked: a file that is no text, or too large, is a finding like any other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use relance::workflow::{Code, Diagnostic, Findings, SourceFile};

use crate::files;

/// Reads files and keeps what is to be said about those that cannot be read.
#[derive(Default)]
pub struct Files {
    pub findings: Vec<Diagnostic>,
    /// Files that nothing reads, or that are no text, with a sign for each byte that is none: for excerpts.
    pub damaged: Vec<SourceFile>,
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

    /// Says of each file of these folders that ends in `.yml` that nothing reads it.
    pub fn unread(&mut self, paths: impl Iterator<Item = PathBuf>) {
        for path in paths.filter(|path| files::has_extension(path, "yml")) {
            let text = files::read_bytes(&path).unwrap_or_default();
            let file = SourceFile::new(path.display().to_string(), String::from_utf8_lossy(&text));
            let message = "nothing reads this file: what relance reads ends in `.yaml`";
            let right = path.with_extension("yaml").display().to_string();
            self.passed_over(file, message, format!("rename it to {right}"));
        }
    }

    /// Says of configurations among the workflows that nothing reads them there.
    pub fn misplaced(&mut self, configurations: Vec<SourceFile>) {
        for file in configurations {
            let message = "nothing reads this file: it is the configuration, and lies among the workflows";
            let help = "move it beside the folder, where relance is started, or name it with `--config`";
            self.passed_over(file, message, help.to_owned());
        }
    }

    fn passed_over(&mut self, file: SourceFile, message: &str, help: String) {
        let mut findings = Findings::new(&file.name, &file.text);
        let first = file.text.lines().next().unwrap_or_default().len();
        findings.add_with_help(Code::UnreadFile, 0..first, message, help);
        self.findings.extend(findings.into_sorted());
        self.damaged.push(file);
    }

    /// Whether a file directly in `root` was passed over that may be a workflow.
    pub fn has_unread_workflow(&self, root: &Path) -> bool {
        let direct = |one: &Diagnostic| Path::new(&one.file).parent() == Some(root);
        self.findings.iter().any(|one| matches!(one.code, Code::UnreadFile | Code::FileUnreadable) && direct(one))
    }

    fn one(&mut self, path: &Path) -> Option<SourceFile> {
        let name = path.display().to_string();
        let bytes = match files::read_bytes(path) {
            Ok(bytes) => bytes,
            Err(why) => {
                let mut findings = Findings::new(&name, "");
                let help = "make it readable and smaller, or move it out of the folder".to_owned();
                findings.add_with_help(Code::FileUnreadable, 0..0, format!("{why:#}"), help);
                self.findings.extend(findings.into_sorted());
                return None;
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => Some(SourceFile::new(name, text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[at];
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let mut findings = Findings::new(&name, &text);
                let message = format!("the file is not UTF-8 text: the byte {byte:02X} is no letter");
                let help = match byte {
                    0xa0.. => format!(
                        "save it as UTF-8 in your editor; in Latin-1 (Windows-1252) this byte is `{}`",
                        char::from(byte)
                    ),
                    _ => "save it as UTF-8 in your editor, or move it out of the folder".to_owned(),
                };
                let sign = text[at..].chars().next().map_or(0, char::len_utf8);
                findings.add_with_help(Code::FileUnreadable, at..at + sign, message, help);
                self.findings.extend(findings.into_sorted());
                self.damaged.push(SourceFile::new(name, text));
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
