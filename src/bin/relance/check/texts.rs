//! What is to be said about templates: which the workflows use, how, and each problem at its place.

use std::collections::BTreeMap;

use relance::domain::{DebtorKind, Phase};
use relance::law::{Jurisdiction, Law};
use relance::render::{
    Collector, Problem, ScriptUse, TemplateUse, WordList, check_scripts, check_templates, check_words,
};
use relance::workflow::{Action, Code, Diagnostic, Findings, SourceFile, Workflow};

/// Everything wrong with the templates. One that is missing is said of the workflow that names it.
pub fn problems(
    templates: &BTreeMap<String, String>,
    workflows: &[Workflow],
    law: &Law,
    lists: &[WordList],
) -> Vec<Problem> {
    let mut problems = check_templates(templates, &uses(workflows, law));
    problems.retain(|problem| problem.code != "missing-template");
    problems.extend(check_scripts(templates, &scripts(workflows), &problems));
    problems.extend(check_words(templates, lists));
    problems
}

/// Which templates the workflows use, and how.
fn uses(workflows: &[Workflow], law: &Law) -> Vec<TemplateUse> {
    let mut found = Vec::new();
    for workflow in workflows {
        let collector = workflow
            .collector
            .as_ref()
            .map(|collector| Collector { name: collector.name.clone(), address: collector.address.clone() });
        let business_charges = law.jurisdictions.get(&workflow.jurisdiction).and_then(business_charges);
        for step in &workflow.steps {
            let kinds = [DebtorKind::Business, DebtorKind::Consumer, DebtorKind::Public];
            let kinds: Vec<_> = kinds.into_iter().filter(|kind| workflow.may_reach(step, *kind)).collect();
            let deadline = step.deadline.map(|deadline| deadline.stated());
            for message in step.messages().chain(&step.if_unreachable) {
                found.push(TemplateUse {
                    name: message.template.clone(),
                    channel: message.channel,
                    languages: workflow.languages.clone(),
                    phase: step.phase,
                    deadline: deadline.clone(),
                    attach: message.attach.clone(),
                    collector: collector.clone(),
                    kinds: kinds.clone(),
                    business_charges: business_charges.clone(),
                    accept: workflow.accept.iter().map(|accepted| accepted.code.as_str().to_owned()).collect(),
                });
            }
        }
    }
    found
}

/// The source of a lump sum that businesses owe and consumers do not.
fn business_charges(law: &Jurisdiction) -> Option<String> {
    let of_business = law.charges.business.as_ref()?.lump_sum.first()?;
    let of_consumer = law.charges.consumer.as_ref().is_none_or(|rule| rule.lump_sum.is_empty());
    of_consumer.then(|| of_business.amount.source.clone())
}

/// The scripts of tasks, those behind the last step among them.
fn scripts(workflows: &[Workflow]) -> Vec<ScriptUse> {
    let mut found = Vec::new();
    for workflow in workflows {
        let tasks = workflow.steps.iter().flat_map(|step| step.actions.iter().map(|action| (step.phase, action)));
        let tasks = tasks.filter_map(|(phase, action)| match action {
            Action::Task(task) => Some((phase, task)),
            _ => None,
        });
        let last = workflow.on_exhausted.task.iter().map(|task| (Phase::Reminder, task));
        for (phase, task) in tasks.chain(last) {
            let Some(name) = task.script.clone() else { continue };
            let one = ScriptUse { name, languages: workflow.languages.clone(), phase };
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

/// A problem of a template as a finding in its file; a carried file is called by its path below the folder.
pub fn placed(
    problem: &Problem,
    own: &BTreeMap<String, SourceFile>,
    all: &BTreeMap<String, String>,
    texts: &mut Vec<SourceFile>,
) -> Diagnostic {
    let carried = || {
        let text = all.get(&problem.path).cloned().unwrap_or_default();
        SourceFile::new(format!("templates/{}", problem.path), text)
    };
    let file = own.get(&problem.path).cloned().unwrap_or_else(carried);
    let mut findings = Findings::new(&file.name, &file.text);
    let span = match (problem.place, problem.line) {
        (Some((start, end)), _) => start..end,
        (None, Some(line)) => line_span(&file.text, line),
        (None, None) => line_span(&file.text, 1),
    };
    let code = Code::from_text(problem.code).unwrap_or(Code::TemplateError);
    let mut help = problem.help.clone();
    if code.info().law {
        let accept =
            format!("or accept it in the workflow, with a reason: `accept: [{{ code: {code}, reason: \"…\" }}]`");
        help = Some(help.map_or(accept.clone(), |help| format!("{help}; {accept}")));
    }
    findings.add_with_help(code, span, problem.message.clone(), help);
    let finding = findings.into_sorted().swap_remove(0);
    if !own.contains_key(&problem.path) && texts.iter().all(|text| text.name != file.name) {
        texts.push(file);
    }
    finding
}

fn line_span(text: &str, line: usize) -> std::ops::Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let length = text[start..].lines().next().unwrap_or_default().len();
    start..start + length
}
