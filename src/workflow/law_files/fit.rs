//! Where law files do not fit together, told at the place that names what is not there.

use std::collections::BTreeMap;
use std::ops::Range;

use super::examine::{get, text};
use super::is_jurisdiction;
use crate::law::{LawError, shipped};
use crate::workflow::condition::nearest;
use crate::workflow::yaml::{Node, NodeKind, read};
use crate::workflow::{Code, Diagnostic, Findings, SourceFile};

/// Files that define what an earlier file of the same folder defines.
pub(super) fn twice(files: &[SourceFile]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<(bool, String), &str> = BTreeMap::new();
    let mut found = Vec::new();
    for file in files {
        let kind = is_jurisdiction(file);
        let key = if kind { "jurisdiction" } else { "calendar" };
        let Some((name, span)) = named(file, key) else { continue };
        match seen.get(&(kind, name.clone())) {
            Some(other) => {
                let mut findings = Findings::new(&file.name, &file.text);
                let message = format!("the {key} `{name}` is already defined in {other}");
                let help = "give it another name, or remove one of the files".to_owned();
                findings.add_with_help(Code::DuplicateDefinition, span, message, help);
                found.extend(findings.into_sorted());
            }
            None => _ = seen.insert((kind, name), &file.name),
        }
    }
    found
}

/// Each misfit in the file that says it.
pub(super) fn places(unfit: &[LawError], files: &[&SourceFile]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for error in unfit {
        let (owner, key) = match error {
            LawError::Extends { calendar, .. } | LawError::Holiday { calendar, .. } => (calendar, "calendar"),
            LawError::Calendar { jurisdiction, .. }
            | LawError::Series { jurisdiction, .. }
            | LawError::TimeLimit { jurisdiction, .. } => (jurisdiction, "jurisdiction"),
            LawError::SeriesTwice(series) => {
                found.extend(defined_twice(series, files));
                continue;
            }
        };
        let file = files.iter().rev().find(|file| named(file, key).is_some_and(|(name, _)| name == *owner));
        let Some(file) = file else { continue };
        found.extend(place(error, file, files));
    }
    found
}

fn place(error: &LawError, file: &SourceFile, files: &[&SourceFile]) -> Vec<Diagnostic> {
    let mut findings = Findings::new(&file.name, &file.text);
    let Some(root) = read(&file.text, &mut Findings::new(&file.name, &file.text)) else { return Vec::new() };
    let (code, named, span, known) = match error {
        LawError::Extends { extends, .. } => (Code::UnknownCalendar, extends, value(&root, "extends"), "calendar"),
        LawError::Calendar { calendar, .. } => (Code::UnknownCalendar, calendar, value(&root, "calendar"), "calendar"),
        LawError::Series { series, .. } => {
            (Code::UnknownSeries, series, reference(&root, "reference", series), "series")
        }
        LawError::TimeLimit { name, .. } => {
            let keys = ["after", "declare_within", "relief_within"];
            let span = keys.into_iter().find_map(|key| reference(&root, key, name));
            (Code::UnknownTimeLimit, name, span, "time_limits")
        }
        // Told when the file was examined alone.
        LawError::Holiday { .. } | LawError::SeriesTwice(_) => return Vec::new(),
    };
    // Time limits are a file's own; calendars and series are shared.
    let names = if known == "time_limits" { keys(&root, known) } else { names(files, known) };
    let near = nearest(named, names.iter().map(String::as_str).filter(|name| name != named));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names.join(", ")),
    };
    let what = error.to_string();
    findings.add_with_help(code, span.unwrap_or(0..0), what, help);
    findings.into_sorted()
}

fn defined_twice(series: &str, files: &[&SourceFile]) -> Vec<Diagnostic> {
    let in_file = |file: &&SourceFile| {
        let root = read(&file.text, &mut Findings::new(&file.name, &file.text))?;
        let NodeKind::Map(entries) = &get(&root, "series")?.kind else { return None };
        entries.iter().find(|entry| entry.key == series).map(|entry| entry.key_span.clone())
    };
    let last = files.iter().rev().find_map(|file| Some((file, in_file(file)?)));
    let Some((file, span)) = last else { return Vec::new() };
    let mut findings = Findings::new(&file.name, &file.text);
    let message = format!("the series `{series}` is defined by another jurisdiction too");
    let help = "a series has one name over all files: rename it, or refer to the other one".to_owned();
    findings.add_with_help(Code::DuplicateDefinition, span, message, help);
    findings.into_sorted()
}

/// The names of calendars or series that files define, the carried ones among them.
fn names(files: &[&SourceFile], known: &str) -> Vec<String> {
    let carried: Vec<SourceFile> = shipped().iter().map(|(name, text)| SourceFile::new(*name, *text)).collect();
    let mut names = Vec::new();
    for file in carried.iter().chain(files.iter().copied()) {
        if known == "calendar" {
            names.extend(named(file, "calendar").filter(|_| !is_jurisdiction(file)).map(|(name, _)| name));
        } else if let Some(root) = read(&file.text, &mut Findings::new(&file.name, &file.text)) {
            names.extend(keys(&root, "series"));
        }
    }
    names.sort();
    names.dedup();
    names
}

fn named(file: &SourceFile, key: &str) -> Option<(String, Range<usize>)> {
    let root = read(&file.text, &mut Findings::new(&file.name, &file.text))?;
    let node = get(&root, key)?;
    Some((text(node)?.to_owned(), node.span.clone()))
}

/// The keys of a mapping of the file.
fn keys(root: &Node, key: &str) -> Vec<String> {
    let Some(NodeKind::Map(entries)) = get(root, key).map(|node| &node.kind) else { return Vec::new() };
    entries.iter().map(|entry| entry.key.clone()).collect()
}

fn value(root: &Node, key: &str) -> Option<Range<usize>> {
    get(root, key).map(|node| node.span.clone())
}

/// The place behind the first `key:` that names it.
fn reference(node: &Node, key: &str, name: &str) -> Option<Range<usize>> {
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().find_map(|entry| match text(&entry.value) {
            Some(named) if entry.key == key && named == name => Some(entry.value.span.clone()),
            _ => reference(&entry.value, key, name),
        }),
        NodeKind::List(items) => items.iter().find_map(|item| reference(item, key, name)),
        _ => None,
    }
}
