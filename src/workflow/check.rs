//! `check`: every mistake of every workflow file in one run.
//!
//! Pure: files and what surrounds them are handed in. Form and types first, then what the steps say about each
//! other, then what the law says. What depends on rendered text (does a formal notice say how to pay?) is checked
//! where templates are rendered, not here.

mod above;
mod law;
mod rivals;
mod sense;
mod structure;
mod surroundings;
mod timing;

use std::collections::BTreeMap;
use std::ops::Range;

use super::read::{Draft, Reader, workflow};
use super::{Code, Diagnostic, Findings, Severity, SourceFile, Workflow, revision, yaml};
use crate::domain::Channel;
use crate::law::Law;

/// What surrounds workflow files. What is `None` is not known, and nothing is said about it.
#[derive(Clone, Debug, Default)]
pub struct CheckContext<'a> {
    /// Templates by path, `fr/reminder-1.txt`, with their texts.
    pub templates: Option<&'a BTreeMap<String, String>>,
    /// The channels of each provider, by name.
    pub providers: Option<&'a BTreeMap<String, Vec<Channel>>>,
    /// Jurisdictions and calendars.
    pub law: Option<&'a Law>,
    /// The names of the workflows that scenario files test.
    pub tested: Option<&'a [String]>,
}

/// What `check` found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Findings, file by file in the order given, then by place.
    pub findings: Vec<Diagnostic>,
    /// The workflows of the files without errors, each with its revision.
    pub workflows: Vec<Workflow>,
}

impl Report {
    /// Whether there is an error; warnings do not count.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many findings of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Checks workflow files together.
pub fn check(files: &[SourceFile], context: &CheckContext<'_>) -> Report {
    let mut report = Report::default();
    let mut names = BTreeMap::new();
    let examined: Vec<_> = files.iter().map(|file| examine(file, context, &mut names)).collect();
    let sound = examined.iter().zip(files).filter_map(|((workflow, _), file)| Some((file, workflow.as_ref()?)));
    let among = rivals::check(&sound.collect::<Vec<_>>());
    for ((workflow, mut findings), file) in examined.into_iter().zip(files) {
        findings.extend(among.iter().filter(|finding| finding.file == file.name).cloned());
        findings.sort_by_key(|finding| finding.span.start);
        let refused = findings.iter().any(|finding| finding.severity == Severity::Error);
        report.workflows.extend(workflow.filter(|_| !refused));
        report.findings.extend(findings);
    }
    report
}

/// Checks workflow files to simulate them: what the law says and templates that are not there yet are warnings, and a
/// workflow with nothing worse takes part.
pub fn check_for_simulation(files: &[SourceFile], context: &CheckContext<'_>) -> Report {
    let mut report = Report::default();
    let mut names = BTreeMap::new();
    for file in files {
        let (workflow, mut findings) = examine(file, context, &mut names);
        for finding in findings.iter_mut().filter(|finding| !stops_a_simulation(finding)) {
            finding.severity = Severity::Warning;
        }
        report.workflows.extend(workflow);
        report.findings.extend(findings);
    }
    report
}

fn stops_a_simulation(finding: &Diagnostic) -> bool {
    let tolerated = finding.code == Code::MissingTemplate || finding.code.info().law;
    finding.severity == Severity::Error && !tolerated
}

/// One workflow from one text, for simulations and tests: what surrounds it is not known, its revision counts no
/// templates, and findings of law do not refuse it. What goes into production is read by `check`.
pub fn parse_workflow(file: &str, text: &str) -> Result<Workflow, Vec<Diagnostic>> {
    let source = SourceFile::new(file, text);
    let (workflow, findings) = examine(&source, &CheckContext::default(), &mut BTreeMap::new());
    workflow.ok_or(findings)
}

/// A workflow that was checked when it was deployed, read again: only what cannot be read, or would be passed over, is
/// refused. Whatever `check` has learnt to find since, running cases go on.
///
/// # Errors
///
/// Why it cannot be read: it is no workflow, or a newer version of relance wrote it.
pub fn read_kept(file: &str, text: &str) -> Result<Workflow, Vec<Diagnostic>> {
    let mut findings = Findings::new(file, text);
    let root = yaml::read(text, &mut findings);
    let draft = root.as_ref().and_then(|root| workflow(&mut Reader { findings: &mut findings }, root));
    let read = draft.and_then(|draft| draft.workflow);
    let findings = findings.into_sorted();
    let is_new = |finding: &Diagnostic| finding.code == Code::UnknownKey;
    read.filter(|_| !findings.iter().any(is_new)).ok_or(findings)
}

/// The findings of one file, and its workflow unless something is wrong with it that stops a simulation too. `names` are the
/// workflows of earlier files with the file of each.
fn examine<'f>(
    file: &'f SourceFile,
    context: &CheckContext<'_>,
    names: &mut BTreeMap<String, &'f str>,
) -> (Option<Workflow>, Vec<Diagnostic>) {
    let mut findings = Findings::new(&file.name, &file.text);
    let root = yaml::read(&file.text, &mut findings);
    if root.is_none() {
        above::check(&mut findings);
    }
    let draft = root.as_ref().and_then(|root| workflow(&mut Reader { findings: &mut findings }, root));
    let mut found = None;
    if let Some(draft) = draft {
        if let Some((name, node)) = &draft.name {
            if let Some(other) = names.get(name) {
                let message = format!("the workflow `{name}` is already defined in {other}");
                let help = format!("give this one a name of its own: `{name}-2`");
                findings.add_with_help(Code::DuplicateWorkflow, node.span.clone(), message, help);
            } else {
                names.insert(name.clone(), &file.name);
            }
        }
        found = check_draft(&draft, context, &mut findings);
    }
    let findings = findings.into_sorted();
    (found.filter(|_| !findings.iter().any(stops_a_simulation)), findings)
}

fn check_draft(draft: &Draft<'_>, context: &CheckContext<'_>, findings: &mut Findings<'_>) -> Option<Workflow> {
    structure::check(draft, findings);
    timing::check(draft, findings);
    sense::check(draft, findings);
    surroundings::check(draft, context, findings);
    law::check(draft, context, findings);
    let workflow = draft.workflow.clone()?;
    let none = BTreeMap::new();
    let revision = revision::revision(draft.fields.node, &workflow, context.templates.unwrap_or(&none));
    Some(Workflow { revision, ..workflow })
}

impl Draft<'_> {
    /// The place of a step's key, else of its id.
    fn place(&self, step: usize, key: &str) -> Range<usize> {
        let fields = &self.steps[step].1;
        let entry = fields.entry(key).or_else(|| fields.entry("id"));
        entry.map_or(&fields.node.span, |entry| &entry.value.span).clone()
    }

    /// The place of a top-level key itself, else the beginning of the file.
    fn key_place(&self, key: &str) -> Range<usize> {
        self.fields.entry(key).map_or(0..0, |entry| entry.key_span.clone())
    }
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
