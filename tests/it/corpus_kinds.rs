//! Wrong files of every kind, each with what `relance check` says of the folder it lies in: `tests/corpus/kinds`.
//!
//! A case `NAME.case` holds files, each behind a line `# PATH` (below the workflows folder, or `relance.yaml`);
//! `NAME.expected` is the answer. A case of templates or scenarios without a workflow is given
//! `tests/pages/short.yaml`. `RELANCE_BLESS=1 cargo nextest run --test it corpus` writes the answers anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use relance::workflow::CODES;

use crate::parts;

/// The least number of cases of each kind.
const CASES_MIN: usize = 5;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/corpus/kinds")).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "case")).collect();
    cases.sort();
    cases
}

fn answer(case: &Path) -> String {
    let mut files: BTreeMap<String, String> = parts::files(&fs::read_to_string(case).unwrap()).into_iter().collect();
    let is_workflow = |name: &String| !name.contains('/') && name != "relance.yaml";
    let needs_one = |name: &String| ["templates/", "scenarios/"].iter().any(|part| name.starts_with(part));
    if !files.keys().any(is_workflow) && files.keys().any(needs_one) {
        let short = fs::read_to_string(root().join("tests/pages/short.yaml")).unwrap();
        files.insert("small.yaml".to_owned(), short);
    }
    let said = parts::checked(&files, &[]);
    // Whether a scenario tests the workflow is beside the point of most cases.
    let findings = said.split_inclusive("\n\n").filter(|finding| !finding.starts_with("warning[no-scenario]"));
    findings.collect()
}

#[test]
fn every_wrong_file_of_every_kind_gets_its_answer() {
    let bless = std::env::var_os("RELANCE_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let (expected, said) = (case.with_extension("expected"), answer(&case));
        if bless {
            fs::write(&expected, &said).unwrap();
        }
        if said.is_empty() {
            wrong.push(format!("{}: nothing was found", case.display()));
        }
        let findings = said.split("\n\n").filter(|finding| !finding.trim().is_empty());
        for finding in findings.filter(|finding| !finding.contains("= help: ")) {
            wrong.push(format!("{}: no remedy in\n{finding}", case.display()));
        }
        if fs::read_to_string(&expected).unwrap_or_default() != said {
            wrong.push(format!("{}: expected another answer than\n{said}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nread them, then bless with RELANCE_BLESS=1", wrong.join("\n"));
    for kind in ["template", "provider", "jurisdiction", "calendar", "scenario"] {
        let begins = |case: &PathBuf| case.file_name().unwrap().to_string_lossy().starts_with(kind);
        assert!(cases().iter().filter(|case| begins(case)).count() >= CASES_MIN, "{kind}");
    }
}

#[test]
fn every_code_is_shown_by_some_case() {
    let mut shown = BTreeSet::new();
    for folder in ["tests/corpus", "tests/corpus/kinds"] {
        let paths = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        for path in paths.filter(|path| path.extension().is_some_and(|end| end == "expected")) {
            let text = fs::read_to_string(path).unwrap();
            let codes = text.lines().filter_map(|line| line.split_once('[')?.1.split_once("]: "));
            shown.extend(codes.map(|(code, _)| code.to_owned()));
        }
    }
    let missing: Vec<_> = CODES.iter().map(|info| info.text).filter(|code| !shown.contains(*code)).collect();
    assert!(missing.is_empty(), "no wrong file shows these codes: {missing:?}");
}
