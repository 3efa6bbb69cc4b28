//! What the paths given to `relance check` name: the folder of an ops team, or files of one.
//!
//! Where a file lies says what it is: below `providers/` a definition, below `scenarios/` a story, beside those
//! folders a workflow.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::{catalog, files};

/// The folders beside the workflows.
pub const PARTS: [&str; 8] =
    ["calendars", "jurisdictions", "providers", "recorded", "scenarios", "schema", "templates", "wording"];

/// What is to be checked.
pub struct Named {
    /// The folder whose templates, providers, scenarios and law files surround the workflows.
    pub root: PathBuf,
    /// The workflow files that take part.
    pub workflows: Vec<PathBuf>,
    /// Whether these are all workflows of the folder, so that a template none of them uses is unused.
    pub whole: bool,
    /// Where only parts were named: what is said about other files is left out.
    pub only: Vec<PathBuf>,
}

/// Finds what `paths` name, or `folder` where they name nothing.
pub fn named(paths: &[PathBuf], folder: &Path) -> anyhow::Result<Named> {
    let default = [folder.to_owned()];
    let paths = if paths.is_empty() { &default[..] } else { paths };
    let mut root = None;
    let (mut workflows, mut only) = (Vec::new(), Vec::new());
    let mut whole = false;
    for path in paths {
        catalog::must_exist(path)?;
        if let Some((around, path)) = around(path) {
            root.get_or_insert(around);
            only.push(path);
        } else if path.is_dir() {
            root.get_or_insert(path.clone());
            workflows.extend(direct(path));
            whole = true;
        } else {
            // What lies beside a workflow is meant by it.
            let beside = parent(path);
            if PARTS.iter().any(|part| beside.join(part).is_dir()) {
                root.get_or_insert(beside);
            }
            workflows.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    workflows.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    let root = root.unwrap_or_else(|| folder.to_owned());
    if workflows.is_empty() {
        // What uses a template or is tested by a scenario has to be known, though nothing is said about it.
        workflows = direct(&root);
        whole = true;
    } else {
        only.clear();
    }
    Ok(Named { root, workflows, whole, only })
}

/// The workflow files directly in a folder, sorted.
pub fn direct(folder: &Path) -> Vec<PathBuf> {
    direct_files(folder).into_iter().filter(|path| files::has_extension(path, "yaml")).collect()
}

/// All files directly in a folder, sorted.
pub fn direct_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
    found.sort();
    found
}

/// The folder that holds the part in which `path` lies, and the path with which its files are shown; none for a workflow
/// or a whole folder. A path that is written from inside the part is shown whole.
pub fn around(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let is_part = |path: &&Path| path.file_name().is_some_and(|name| PARTS.iter().any(|part| name == *part));
    if let Some(part) = path.ancestors().find(is_part) {
        return Some((parent(part), path.to_owned()));
    }
    let whole = std::path::absolute(path).ok().filter(|whole| !holds_workflows(whole))?;
    // Templates lie in a folder for each language.
    let part = whole.ancestors().take(3).find(is_part)?;
    Some((parent(part), whole.clone()))
}

/// Whether a file is a workflow by its first key, or a folder has one.
fn holds_workflows(path: &Path) -> bool {
    let is_workflow = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        files::has_extension(path, "yaml") && text.lines().any(|line| line.starts_with("relance:"))
    };
    if path.is_dir() { direct(path).iter().any(is_workflow) } else { is_workflow(&path.to_owned()) }
}

fn parent(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_file_lies_says_what_it_is() {
        let of = |path: &str| around(Path::new(path)).map(|(root, _)| root.display().to_string());
        assert_eq!(of("workflows/providers/lob.yaml").as_deref(), Some("workflows"));
        assert_eq!(of("providers").as_deref(), Some("."));
        assert_eq!(of("a/templates/fr/x.txt").as_deref(), Some("a"));
        assert_eq!(of("workflows/fr-b2b.yaml"), None);
        assert_eq!(of("workflows"), None);
    }
}
