//! `relance check`: every mistake of workflows, templates and providers in one run.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use relance::domain::StatedDeadline;
use relance::render::{Problem, TemplateUse, check_templates};
use relance::simulate::scenario;
use relance::workflow::{
    CheckContext, Colours, Diagnostic, Provider, Report, Severity, SourceFile, Workflow, check, render_github,
    render_json, render_text,
};
use serde_json::json;

use crate::args::{CheckArgs, CheckFormat};
use crate::{Ended, catalog, files};

pub mod named;

use named::Named;

/// Checks the files of the paths named, or of the workflows folder.
pub fn run(args: &CheckArgs, folder: &Path) -> anyhow::Result<Ended> {
    let Named { root, workflows: mut sources } = named::named(&args.paths, folder)?;
    let templates = catalog::templates(&root)?;
    let (providers, mut problems) = providers(&root)?;
    let providers = catalog::provider_channels(&providers);
    let law = catalog::law(&root)?;
    let (tested, mistakes, scenarios) = tested(&root)?;
    let definitions = catalog::read_folder(&root.join("providers"), &["yaml"])?;
    if sources.is_empty() && scenarios.is_empty() && definitions.is_empty() {
        bail!("there is nothing to check below {}; name a workflow file or a folder with some", root.display());
    }
    let context = CheckContext {
        templates: Some(&templates),
        providers: Some(&providers),
        law: Some(&law),
        tested: Some(&tested),
    };
    let mut report = check(&sources, &context);
    sources.extend(scenarios);
    report.findings.extend(mistakes);
    problems.extend(
        check_templates(&templates, &uses(&report.workflows))
            .into_iter()
            .map(|problem| Problem { path: format!("templates/{}", problem.path), ..problem }),
    );
    print(&report, &problems, &sources, args.format);
    let errors = report.count(Severity::Error) + problems.iter().filter(|problem| problem.is_error).count();
    let warnings = report.findings.len() + problems.len() - errors;
    eprintln!("files checked: {}, errors: {errors}, warnings: {warnings}", sources.len() + templates.len());
    Ok(if errors > 0 || (args.strict && warnings > 0) { Ended::WithProblems } else { Ended::Well })
}

fn print(report: &Report, problems: &[Problem], sources: &[SourceFile], format: CheckFormat) {
    match format {
        CheckFormat::Text => {
            print!("{}", render_text(&report.findings, sources, colours()));
            problems.iter().for_each(|problem| {
                println!("{}: {problem}", if problem.is_error { "error" } else { "warning" });
            });
        }
        CheckFormat::Json => {
            print!("{}", render_json(&report.findings));
            problems.iter().for_each(|problem| {
                let severity = if problem.is_error { "error" } else { "warning" };
                println!(
                    "{}",
                    json!({
                        "code": problem.code, "severity": severity, "file": problem.path,
                        "line": problem.line.unwrap_or(1), "column": 1, "end_column": 1, "message": problem.message,
                    })
                );
            });
        }
        CheckFormat::Github => {
            print!("{}", render_github(&report.findings));
            problems.iter().for_each(|problem| {
                let severity = if problem.is_error { "error" } else { "warning" };
                let message = problem.message.replace('%', "%25").replace('\n', "%0A");
                println!(
                    "::{severity} file={},line={},title={}::{message}",
                    problem.path,
                    problem.line.unwrap_or(1),
                    problem.code
                );
            });
        }
    }
}

pub fn colours() -> Colours {
    use std::io::IsTerminal;
    if std::io::stdout().is_terminal() { Colours::Ansi } else { Colours::None }
}

/// Which templates the workflows use, and how.
pub fn uses(workflows: &[Workflow]) -> Vec<TemplateUse> {
    let mut found = Vec::new();
    for workflow in workflows {
        for step in &workflow.steps {
            let deadline = step.deadline.map(|deadline| StatedDeadline {
                days: deadline.term.amount,
                business: deadline.term.unit == relance::workflow::Unit::BusinessDays,
                from: deadline.after,
            });
            for message in step.messages().chain(&step.if_unreachable) {
                found.push(TemplateUse {
                    name: message.template.clone(),
                    channel: message.channel,
                    languages: workflow.languages.clone(),
                    phase: step.phase,
                    deadline: deadline.clone(),
                    attach: message.attach.clone(),
                });
            }
        }
    }
    found
}

/// The definitions that serve, the carried ones and over them those of the folder, and what is wrong with the others.
fn providers(root: &Path) -> anyhow::Result<(Vec<Provider>, Vec<Problem>)> {
    let mut sound: BTreeMap<String, Provider> =
        relance::workflow::shipped_providers()?.into_iter().map(|provider| (provider.name.clone(), provider)).collect();
    let mut problems = Vec::new();
    for file in catalog::read_folder(&root.join("providers"), &["yaml"])?.into_values() {
        match Provider::parse(&file.name, &file.text) {
            Ok(provider) => {
                sound.insert(provider.name.clone(), provider);
            }
            Err(why) => problems.push(Problem {
                path: file.name,
                line: None,
                code: "provider-definition",
                is_error: true,
                message: why.to_string(),
            }),
        }
    }
    Ok((sound.into_values().collect(), problems))
}

/// The names of the workflows that scenario files are about, what is wrong with those files, and the files.
fn tested(root: &Path) -> anyhow::Result<(Vec<String>, Vec<Diagnostic>, Vec<SourceFile>)> {
    let scenarios: Vec<SourceFile> = catalog::read_folder(&root.join("scenarios"), &["yaml"])?.into_values().collect();
    let (mut names, mut mistakes) = (Vec::new(), Vec::new());
    for file in &scenarios {
        match scenario::workflows_named(&file.name, &file.text) {
            Ok(named) => names.extend(named.iter().map(|name| name_of(name))),
            Err(found) => mistakes.extend(found),
        }
    }
    Ok((names, mistakes, scenarios))
}

/// A scenario names a workflow by its name or by a path; the file is called like the workflow.
fn name_of(written: &str) -> String {
    let path = Path::new(written);
    let is_path = files::has_extension(path, "yaml");
    let stem = path.file_stem().filter(|_| is_path);
    stem.map_or_else(|| written.to_owned(), |stem| stem.to_string_lossy().into_owned())
}
