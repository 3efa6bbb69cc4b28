//! What is shipped under `workflows/`, taken together: workflows without findings, templates that render for every
//! use a workflow makes of them, scenarios that come out as they were worked out by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use relance::domain::DebtorKind;
use relance::render::{TemplateUse, Templates, check_templates};
use relance::simulate::{Coverage, scenario};
use relance::workflow::{CheckContext, Diagnostic, Report, SourceFile, Workflow, check, read_law};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows")
}

/// The YAML files of a folder, sorted by name.
pub fn yaml_files(folder: &Path) -> Vec<SourceFile> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    paths.sort();
    let read = |path: &PathBuf| SourceFile::new(path.display().to_string(), std::fs::read_to_string(path).unwrap());
    paths.iter().map(read).collect()
}

fn said(found: &Diagnostic) -> String {
    format!("{}:{}:{}: {}", found.file, found.line, found.column, found.message)
}

fn shipped() -> Report {
    let law = read_law(&[]).unwrap();
    let templates = Templates::shipped();
    check(
        &yaml_files(&folder()),
        &CheckContext { templates: Some(templates.files()), law: Some(&law), ..CheckContext::default() },
    )
}

fn uses(workflow: &Workflow) -> Vec<TemplateUse> {
    let of_step = |step: &relance::workflow::Step| {
        let deadline = step.deadline.map(|deadline| deadline.stated());
        let phase = step.phase;
        let kinds = [DebtorKind::Business, DebtorKind::Consumer, DebtorKind::Public];
        let kinds: Vec<_> = kinds.into_iter().filter(|kind| workflow.may_reach(step, *kind)).collect();
        let messages = step.messages().chain(&step.if_unreachable);
        let uses = messages.map(|message| TemplateUse {
            name: message.template.clone(),
            channel: message.channel,
            languages: workflow.languages.clone(),
            phase,
            deadline: deadline.clone(),
            attach: message.attach.clone(),
            collector: None,
            kinds: kinds.clone(),
            business_charges: Some("Code de commerce, art. D441-5".to_owned()),
            accept: Vec::new(),
        });
        uses.collect::<Vec<_>>()
    };
    workflow.steps.iter().flat_map(of_step).collect()
}

#[test]
fn shipped_workflows_have_no_findings() {
    let report = shipped();
    let all: Vec<String> = report.findings.iter().map(said).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
    let names: Vec<&str> = report.workflows.iter().map(|workflow| workflow.name.as_str()).collect();
    assert_eq!(names, ["en-b2b", "fr-b2b", "fr-b2c"]);
}

#[test]
fn shipped_templates_serve_the_shipped_workflows() {
    let mut wanted: Vec<TemplateUse> = Vec::new();
    for one in shipped().workflows.iter().flat_map(uses) {
        // Workflows share templates: each use is tried once a language.
        let each =
            one.languages.iter().map(|language| TemplateUse { languages: vec![language.clone()], ..one.clone() });
        for one in each {
            if !wanted.contains(&one) {
                wanted.push(one);
            }
        }
    }
    assert_eq!(check_templates(Templates::shipped().files(), &wanted), vec![]);
}

#[test]
fn shipped_templates_are_the_files_of_the_folder() {
    let root = folder().join("templates");
    let mut found = BTreeMap::new();
    for language in std::fs::read_dir(&root).unwrap() {
        for file in std::fs::read_dir(language.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            found.insert(name, std::fs::read_to_string(path).unwrap());
        }
    }
    let carried = Templates::shipped();
    assert_eq!(found.keys().collect::<Vec<_>>(), carried.files().keys().collect::<Vec<_>>());
}

#[test]
fn scenarios_come_out_as_written() {
    let law = read_law(&[]).unwrap();
    let workflows = shipped().workflows;
    let find = |name: &str| {
        let found = workflows.iter().find(|workflow| workflow.name.as_str() == name).cloned();
        found.ok_or_else(|| format!("there is no workflow `{name}`"))
    };
    let mut failed = Vec::new();
    let mut walked: BTreeMap<&str, Coverage> =
        workflows.iter().map(|workflow| (workflow.name.as_str(), Coverage::of(workflow))).collect();
    for file in yaml_files(&folder().join("scenarios")) {
        match scenario::run(&file.name, &file.text, &law, &find) {
            Ok(report) => {
                for name in &report.workflows {
                    walked.get_mut(name.as_str()).unwrap().count(&report.accounts, &report.entries);
                }
                if !report.passed() {
                    failed.push(format!("{}\n{report}", file.name));
                }
            }
            Err(mistakes) => failed.extend(mistakes.iter().map(said)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // Every step is done and every branch taken in some story.
    for (name, coverage) in walked {
        let missed: Vec<_> = coverage.branches.iter().filter(|branch| branch.taken == 0).collect();
        assert_eq!(missed, Vec::<&relance::simulate::Branch>::new(), "{name}");
        assert_eq!(coverage.steps_covered(), (coverage.steps.len(), coverage.steps.len()), "{name}");
    }
}
