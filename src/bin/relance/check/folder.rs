//! Everything that is to be said about one workflows folder, file by file, whatever kind of file it is.
//!
//! A file that is wrong does not keep the others from being checked: what it defines is simply not there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use relance::channels::examine_texts;
use relance::clock::Clock;
use relance::render::{Templates, unused_templates};
use relance::simulate::scenario;
use relance::workflow::provider::Recording;
use relance::workflow::{
    CheckContext, Code, Diagnostic, Findings, Provider, Severity, SourceFile, Workflow, check, examine_law, nearest,
    parse_workflow, shipped_providers,
};

use super::named::{PARTS, direct, direct_files};
use super::read::{Files, paths};
use super::{texts, wording};
use crate::catalog;

/// What was found, and in how many files.
#[derive(Default)]
pub struct Checked {
    pub findings: Vec<Diagnostic>,
    pub files: Vec<SourceFile>,
}

/// Checks the folder `root` with `workflows` in it. `whole`: all workflows that use its templates are among them.
pub fn check_folder(root: &Path, workflows: &[PathBuf], whole: bool) -> anyhow::Result<Checked> {
    let mut files = Files::default();
    let (configurations, sources): (Vec<_>, Vec<_>) =
        files.each(workflows).into_iter().partition(catalog::is_configuration);
    files.misplaced(configurations);
    let law_files = files.below(root, &["calendars", "jurisdictions"], "yaml");
    let definitions = files.below(root, &["providers"], "yaml");
    let recordings = files.below(root, &["recorded"], "yaml");
    let scenarios = files.below(root, &["scenarios"], "yaml");
    let word_lists = files.below(root, &["wording"], "yaml");
    files.unread(direct_files(root).into_iter().filter(|_| whole));
    files.unread(PARTS.iter().filter(|part| **part != "templates").flat_map(|part| paths(&root.join(part))));
    let templates_folder = root.join("templates");
    let own_templates = files.templates(&templates_folder);
    let today = Clock::new(None, None)?.now().date_naive();
    let (law, mut findings) = examine_law(&law_files, Some(today));
    let (providers, found) = providers(&definitions)?;
    findings.extend(found);
    let templates =
        Templates::shipped_with(own_templates.iter().map(|(below, file)| (below.clone(), file.text.clone())).collect());
    let tested = tested(&scenarios, &sources);
    findings.extend(recordings.iter().flat_map(|file| recorded(file, &providers)));
    let channels = catalog::provider_channels(&providers);
    let context = CheckContext {
        templates: Some(&templates),
        providers: Some(&channels),
        law: Some(&law),
        tested: whole.then_some(&tested[..]),
    };
    let report = check(&sources, &context);
    let misses_template = report.findings.iter().any(|one| one.code == Code::MissingTemplate);
    findings.extend(report.findings);
    let (lists, found) = wording::lists(&word_lists);
    findings.extend(found);
    // What is wrong with a workflow beside its form says nothing about the templates it names: they are tried, and used.
    let read: Vec<Workflow> =
        sources.iter().filter_map(|source| parse_workflow(&source.name, &source.text).ok()).collect();
    let mut problems = texts::problems(&templates, &read, &law, &lists);
    if whole {
        let used: BTreeSet<String> = read.iter().flat_map(Workflow::templates).map(|template| template.name).collect();
        // A name that is misspelt, or stands in a file that could not be read, may be that of any template.
        let all_known = read.len() == sources.len() && !files.has_unread_workflow(root) && !misses_template;
        if all_known {
            problems.extend(unused_templates(own_templates.keys().map(String::as_str), &used));
        }
    }
    let mut texts = own_templates.values().cloned().collect::<Vec<_>>();
    findings.extend(problems.iter().map(|problem| texts::placed(problem, &own_templates, &templates, &mut texts)));
    // Scenarios of workflows that were not named have their workflows beside those that were.
    let beside = if whole { Vec::new() } else { files.each(&direct(root)) };
    for file in &scenarios {
        let find = |name: &str| find(name, file, &[&sources, &beside], &report.workflows);
        findings.extend(scenario::examine(&file.name, &file.text, &law, &find));
    }
    findings.extend(std::mem::take(&mut files.findings));
    let all = [sources, law_files, definitions, recordings, scenarios, word_lists, texts, files.damaged].concat();
    Ok(Checked { findings: sorted(findings), files: all })
}

/// By file, then by place; what is only to be known comes after all that is to be mended.
pub(super) fn sorted(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_note = |one: &Diagnostic| one.severity == Severity::Note;
    findings.sort_by(|a, b| {
        let of = |one: &Diagnostic| (is_note(one), one.line, one.column, one.code);
        let (x, y) = (of(a), of(b));
        (x.0, &a.file, x.1, x.2, x.3, &a.message).cmp(&(y.0, &b.file, y.1, y.2, y.3, &b.message))
    });
    findings.dedup();
    findings
}

/// A workflow that scenarios name and that is not there is said once, at the first of them: it got another name.
pub(super) fn folded(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_unknown = |one: &Diagnostic| one.code == Code::UnknownWorkflow;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for one in findings.iter().filter(|one| is_unknown(one)) {
        *counts.entry(one.message.clone()).or_default() += 1;
    }
    let mut kept = Vec::new();
    for mut one in findings {
        if is_unknown(&one) {
            let Some(count) = counts.remove(&one.message) else { continue };
            if count > 1 {
                one.message = format!("{}, which {count} scenarios name; this is the first of them", one.message);
            }
        }
        kept.push(one);
    }
    kept
}

/// What is wrong with recorded exchanges, and whose they are where nobody is called so.
fn recorded(file: &SourceFile, providers: &[Provider]) -> Vec<Diagnostic> {
    let recording = match Recording::parse(&file.name, &file.text) {
        Ok(recording) => recording,
        Err(findings) => return findings,
    };
    let mut findings = Findings::new(&file.name, &file.text);
    if providers.iter().all(|provider| provider.name != recording.provider) {
        let key = "provider: ";
        let place = file.text.find(&format!("{key}{}", recording.provider)).map_or(0, |place| place + key.len());
        let names: Vec<&str> = providers.iter().map(|provider| provider.name.as_str()).collect();
        let help = format!("there are {}", names.join(", "));
        let message = format!("provider `{}` is not defined", recording.provider);
        findings.add_with_help(Code::UnknownProvider, place..place + recording.provider.len(), message, help);
    }
    findings.into_sorted()
}

/// The definitions that serve, the carried ones and over them those of the folder, and what is wrong with any.
fn providers(files: &[SourceFile]) -> anyhow::Result<(Vec<Provider>, Vec<Diagnostic>)> {
    let mut sound: BTreeMap<String, Provider> =
        shipped_providers()?.into_iter().map(|provider| (provider.name.clone(), provider)).collect();
    let mut findings = Vec::new();
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for file in files {
        let (provider, found) = Provider::examine(&file.name, &file.text);
        findings.extend(found);
        findings.extend(examine_texts(file));
        let Some(provider) = provider else { continue };
        if let Some(other) = names.insert(provider.name.clone(), &file.name) {
            let mut twice = Findings::new(&file.name, &file.text);
            let at = file.text.find(&format!("provider: {}", provider.name)).unwrap_or(0);
            let message = format!("the provider `{}` is already defined in {other}", provider.name);
            let help = "give it another name, or remove one of the files".to_owned();
            twice.add_with_help(
                Code::DuplicateDefinition,
                at..at + "provider: ".len() + provider.name.len(),
                message,
                help,
            );
            findings.extend(twice.into_sorted());
        }
        sound.insert(provider.name.clone(), provider);
    }
    Ok((sound.into_values().collect(), findings))
}

/// The names of the workflows that scenario files are about. A file that cannot be read, which is said of it, is about
/// each of `workflows` whose name it holds.
fn tested(files: &[SourceFile], workflows: &[SourceFile]) -> Vec<String> {
    let known: Vec<&str> = workflows.iter().filter_map(|file| catalog::name_written(&file.text)).collect();
    let named = files.iter().flat_map(|file| match scenario::workflows_named(&file.name, &file.text) {
        Ok(names) => names,
        Err(_) => known.iter().filter(|name| file.text.contains(**name)).map(|name| (*name).to_owned()).collect(),
    });
    named.map(|name| name_of(&name)).collect()
}

/// A scenario names a workflow by its name or by a path; the file is called like the workflow.
fn name_of(written: &str) -> String {
    let path = Path::new(written);
    let stem = path.file_stem().filter(|_| path.extension().is_some_and(|end| end == "yaml"));
    stem.map_or_else(|| written.to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// The workflow a scenario names; none where its file is there and wrong, which is said elsewhere.
fn find(written: &str, scenario: &SourceFile, sources: &[&[SourceFile]], sound: &[Workflow]) -> scenario::Found {
    let path = Path::new(&scenario.name).parent().unwrap_or(Path::new(".")).join(written);
    if written.ends_with(".yaml") && path.is_file() {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        return Ok(parse_workflow(written, &text).ok());
    }
    let name = name_of(written);
    if let Some(found) = sound.iter().find(|workflow| workflow.name.as_str() == name) {
        return Ok(Some(found.clone()));
    }
    let is_named = |source: &SourceFile| catalog::name_written(&source.text) == Some(&name);
    if sources.iter().copied().flatten().any(is_named) {
        return Ok(None);
    }
    // Where the file kept its name and the workflow in it got another, that one is meant.
    let is_called =
        |source: &&SourceFile| Path::new(&source.name).file_stem().is_some_and(|stem| stem == name.as_str());
    if let Some(source) = sources.iter().copied().flatten().find(is_called)
        && let Some(now) = catalog::name_written(&source.text)
    {
        let help = format!("{} defines `{now}`; write that name", source.name);
        return Err((format!("there is no workflow `{name}`"), Some(help)));
    }
    let known: Vec<&str> = sound.iter().map(|workflow| workflow.name.as_str()).collect();
    let help = match nearest(&name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => {
            "no workflow could be read here; it lies in a `.yaml` file of the folder".to_owned()
        }
        None => format!("there are: {}", known.join(", ")),
    };
    Err((format!("there is no workflow `{name}`"), Some(help)))
}
