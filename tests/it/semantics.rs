//! Stories about the rules of the language: small workflows with events, and timelines that were worked out by hand
//! with a calendar on the wall before the engine was asked.
//!
//! Each story names its rules. The workflows lie beside them; they need no templates, and what the law says of them
//! does not matter here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use relance::simulate::scenario;
use relance::workflow::{Workflow, parse_workflow, read_law};

/// The rules of the written semantics that decide a timeline: 34, 35 and 38 are about files, and tested where they are read.
const RULES: std::ops::RangeInclusive<u32> = 1..=33;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/semantics")
}

fn find(name: &str) -> Result<Workflow, String> {
    let path = folder().join("stories").join(name);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse_workflow(name, &text).map_err(|found| format!("{name}:{}: {}", found[0].line, found[0].message))
}

fn stories() -> Vec<(String, String)> {
    let entries = fs::read_dir(folder().join("stories")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths.iter().map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn stories_come_out_as_they_were_worked_out() {
    let law = read_law(&[]).unwrap();
    let mut failed = Vec::new();
    for (name, text) in stories() {
        match scenario::run(&name, &text, &law, &find) {
            Ok(report) if report.passed() => {}
            Ok(report) => failed.push(format!("{name}\n{report}")),
            Err(found) => failed.extend(found.iter().map(|one| format!("{name}:{}: {}", one.line, one.message))),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_rule_has_its_story() {
    let mut told = BTreeSet::new();
    for (_, text) in stories() {
        for line in text.lines().filter(|line| line.starts_with("# Rule")) {
            let line = line.split(['.', ':']).next().unwrap_or_default();
            told.extend(line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse::<u32>().ok()));
        }
    }
    let untold: Vec<u32> = RULES.filter(|rule| !told.contains(rule)).collect();
    assert_eq!(untold, [] as [u32; 0], "write a story for these rules under tests/semantics");
}
