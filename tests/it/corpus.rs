//! Wrong files as people write them, each with what `relance check` answers: `tests/corpus`.
//!
//! A case is a file `NAME.yaml`, or a folder of files that are checked together; `NAME.expected` is the answer. After
//! a change of messages, read the differences and bless them: `RELANCE_BLESS=1 cargo nextest run --test it corpus`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use relance::domain::Channel;
use relance::law::Law;
use relance::render::Templates;
use relance::workflow::{
    CheckContext, Colours, FINDINGS_MAX, Report, SourceFile, check, read_law, render_text, shipped_providers,
};

/// A case with its report and the answer as text.
struct Case {
    name: String,
    report: Report,
    shown: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// What surrounds the cases: what the binary carries.
struct Surroundings {
    templates: BTreeMap<String, String>,
    providers: BTreeMap<String, Vec<Channel>>,
    law: Law,
    tested: Vec<String>,
}

impl Surroundings {
    fn shipped() -> Self {
        let providers = shipped_providers().unwrap();
        let names = ["small", "first", "second", "tie", "others"];
        Self {
            templates: Templates::shipped().files().clone(),
            providers: providers.into_iter().map(|provider| (provider.name, provider.channels)).collect(),
            law: read_law(&[]).unwrap(),
            tested: names.map(str::to_owned).to_vec(),
        }
    }

    fn check(&self, files: &[SourceFile]) -> Report {
        let context = CheckContext {
            templates: Some(&self.templates),
            providers: Some(&self.providers),
            law: Some(&self.law),
            tested: Some(&self.tested),
        };
        check(files, &context)
    }
}

fn cases() -> Vec<Case> {
    let around = Surroundings::shipped();
    let mut paths: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        (path.is_dir() && !path.ends_with("kinds")) || path.extension().is_some_and(|end| end == "yaml")
    });
    paths.sort();
    let cases = paths.iter().map(|path| {
        let mut files: Vec<_> = match path.is_dir() {
            true => fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect(),
            false => vec![path.clone()],
        };
        files.sort();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let read = |path: &PathBuf| SourceFile::new(name(path), fs::read_to_string(path).unwrap());
        let files: Vec<_> = files.iter().map(read).collect();
        let report = around.check(&files);
        let shown = render_text(&report.findings, &files, Colours::None);
        Case { name: path.file_stem().unwrap().to_string_lossy().into_owned(), report, shown }
    });
    cases.collect()
}

#[test]
fn every_wrong_file_gets_its_answer() {
    let bless = std::env::var_os("RELANCE_BLESS").is_some();
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        let path = folder().join(format!("{}.expected", case.name));
        if bless {
            fs::write(&path, &case.shown).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != case.shown {
            wrong.push(format!("{}: expected another answer than\n{}", case.name, case.shown));
        }
    }
    assert!(wrong.is_empty(), "{}\nread them, then bless with RELANCE_BLESS=1", wrong.join("\n"));
    assert!(cases.len() >= 120, "there are {} cases", cases.len());
    let answers = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let answers = answers.filter(|path| path.extension().is_some_and(|end| end == "expected")).count();
    assert_eq!(answers, cases.len(), "an answer has no case");
}

#[test]
fn every_answer_says_where_and_what_to_do() {
    for case in cases() {
        assert!(!case.report.findings.is_empty(), "{}: nothing was found", case.name);
        for finding in &case.report.findings {
            assert!(finding.help.is_some(), "{}: `{}` has no remedy", case.name, finding.message);
            assert!(finding.line > 0 && finding.column > 0 && finding.end_column >= finding.column, "{}", case.name);
        }
        assert!(case.report.findings.len() <= FINDINGS_MAX + 1, "{}", case.name);
    }
}
