//! `relance check`: every mistake of workflows, templates and providers in one run.

use std::collections::BTreeMap;
use std::path::Path;

use relance::domain::StatedDeadline;
use relance::render::{Problem, TemplateUse, check_templates};
use relance::workflow::{
    CheckContext, Colours, Provider, Report, Severity, SourceFile, Workflow, check, render_github, render_json,
    render_text,
};
use serde_json::json;

use crate::args::{CheckArgs, CheckFormat};
use crate::{Ended, catalog, files};

/// Checks the files of the paths named, or of the workflows folder.
pub fn run(args: &CheckArgs, folder: &Path) -> anyhow::Result<Ended> {
    let default = [folder.to_owned()];
    let paths = if args.paths.is_empty() { &default[..] } else { &args.paths[..] };
    let mut sources = Vec::new();
    for path in paths {
        catalog::must_exist(path)?;
        sources.extend(catalog::workflow_files(path)?);
    }
    // What surrounds the files is found beside them; what is not there is what the binary carries.
    let root = paths.iter().find(|path| path.is_dir()).map_or(folder, |path| path.as_path());
    let templates = catalog::templates(root)?;
    let mut problems = provider_problems(root)?;
    let providers = catalog::provider_channels(&sound_providers(root)?);
    let law = catalog::law(root)?;
    let tested = tested(root)?;
    let context = CheckContext {
        templates: Some(&templates),
        providers: Some(&providers),
        law: Some(&law),
        tested: Some(&tested),
    };
    let report = check(&sources, &context);
    problems.extend(
        check_templates(&templates, &uses(&report.workflows))
            .into_iter()
            .map(|problem| Problem { path: format!("templates/{}", problem.path), ..problem }),
    );
    print(&report, &problems, &sources, args.format);
    let errors = report.count(Severity::Error) + problems.iter().filter(|problem| problem.is_error).count();
    let warnings = report.findings.len() + problems.len() - errors;
    eprintln!("{} files checked: {errors} errors, {warnings} warnings", sources.len() + templates.len());
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

fn colours() -> Colours {
    use std::io::IsTerminal;
    if std::io::stdout().is_terminal() { Colours::Ansi } else { Colours::None }
}

/// Which templates the workflows use, and how.
fn uses(workflows: &[Workflow]) -> Vec<TemplateUse> {
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

fn sound_providers(root: &Path) -> anyhow::Result<Vec<Provider>> {
    let mut found: BTreeMap<String, Provider> =
        relance::workflow::shipped_providers()?.into_iter().map(|provider| (provider.name.clone(), provider)).collect();
    for (_, file) in catalog::read_folder(&root.join("providers"), &["yaml"])? {
        if let Ok(provider) = Provider::parse(&file.name, &file.text) {
            found.insert(provider.name.clone(), provider);
        }
    }
    Ok(found.into_values().collect())
}

fn provider_problems(root: &Path) -> anyhow::Result<Vec<Problem>> {
    let files = catalog::read_folder(&root.join("providers"), &["yaml"])?;
    let wrong = files.values().filter_map(|file| {
        let why = Provider::parse(&file.name, &file.text).err()?;
        Some(Problem {
            path: file.name.clone(),
            line: None,
            code: "provider-definition",
            is_error: true,
            message: why.to_string(),
        })
    });
    Ok(wrong.collect())
}

/// The workflows that scenario files name.
fn tested(root: &Path) -> anyhow::Result<Vec<String>> {
    let scenarios = catalog::read_folder(&root.join("scenarios"), &["yaml"])?;
    let named = scenarios.values().flat_map(|file| {
        let lines = file.text.lines().filter_map(|line| line.strip_prefix("workflow:"));
        lines.map(|name| name.trim().trim_matches('"').trim_end_matches(".yaml").to_owned()).collect::<Vec<_>>()
    });
    let names: Vec<String> = named
        .map(|name| Path::new(&name).file_name().map_or(name.clone(), |last| last.to_string_lossy().into_owned()))
        .collect();
    debug_assert!(scenarios.keys().all(|path| files::has_extension(Path::new(path), "yaml")));
    Ok(names)
}
