//! `relance simulate` and `relance test`: workflows in virtual time.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use relance::engine::Book;
use relance::simulate::{self, Assumption, Options, Outcome, scenario};
use relance::workflow::{Colours, Workflow, render_text};

use crate::args::{SimulateArgs, SimulateFormat};
use crate::{Ended, catalog, files};

/// Walks the events through the workflows and prints the timeline.
pub fn run(args: &SimulateArgs, workflows: &Path) -> anyhow::Result<Ended> {
    let mut taking_part: Vec<Workflow> = Vec::new();
    for path in &args.workflow {
        catalog::must_exist(path)?;
        taking_part.extend(catalog::workflows_at(path, workflows)?);
    }
    if taking_part.is_empty() {
        bail!("no workflow was found; name a workflow file with --workflow");
    }
    let text = files::read_one(&args.events)?.text;
    let assume = args.assume.iter().map(|text| text.parse::<Assumption>()).collect::<Result<_, _>>()?;
    let book = Book::with_law(taking_part, catalog::law(workflows)?);
    let outcome = simulate::simulate(&book, simulate::read_events(&text), &Options { until: args.until, assume });
    print(&outcome, &title(args), args.format);
    for refused in &outcome.refused {
        eprintln!("{}:{}: {}", args.events.display(), refused.line, refused.refusal);
    }
    for key in &outcome.stalled {
        eprintln!("internal error: the account {} of {} did not settle; please report it", key.debtor, key.creditor);
    }
    let well = outcome.refused.is_empty() && outcome.stalled.is_empty();
    Ok(if well { Ended::Well } else { Ended::WithProblems })
}

/// What the page is called: who walks through what.
fn title(args: &SimulateArgs) -> String {
    let workflows: Vec<String> = args.workflow.iter().map(|path| path.display().to_string()).collect();
    format!("{} through {}", args.events.display(), workflows.join(", "))
}

fn print(outcome: &Outcome, title: &str, format: SimulateFormat) {
    match format {
        SimulateFormat::Text => {
            print!("{}", simulate::timeline(&outcome.entries));
            eprintln!("{}", simulate::summary(&outcome.entries));
        }
        SimulateFormat::Json => {
            for entry in &outcome.entries {
                println!("{}", simulate::json_line(entry));
            }
        }
        SimulateFormat::Html => print!("{}", simulate::html(title, &outcome.entries, &outcome.refused)),
    }
}

/// Runs scenario files.
pub fn test(paths: &[PathBuf], workflows: &Path) -> anyhow::Result<Ended> {
    let default = [workflows.join("scenarios")];
    let paths = if paths.is_empty() { &default[..] } else { paths };
    let law = catalog::law(workflows)?;
    let (mut passed, mut failed) = (0, 0);
    for path in paths {
        catalog::must_exist(path)?;
        // The folder of an ops team holds its stories in one place.
        let inside = path.join("scenarios");
        let path = if inside.is_dir() { &inside } else { path };
        for file in files::read_all(path, |path| files::has_extension(path, "yaml"))? {
            let shown = file.path.display().to_string();
            let find = |name: &str| find(name, &file.path, workflows);
            match scenario::run(&shown, &file.text, &law, &find) {
                Ok(report) if report.passed() => passed += 1,
                Ok(report) => {
                    failed += 1;
                    println!("{shown}\n{report}");
                }
                Err(findings) => {
                    failed += 1;
                    let source = relance::workflow::SourceFile::new(shown, file.text.clone());
                    println!("{}", render_text(&findings, &[source], Colours::None));
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if passed + failed == 0 {
        bail!("no scenario was found below {}", paths[0].display());
    }
    Ok(if failed == 0 { Ended::Well } else { Ended::WithProblems })
}

/// A workflow by its name in the folder, or by a path beside the scenario.
fn find(name: &str, scenario: &Path, workflows: &Path) -> Result<Workflow, String> {
    let beside = scenario.parent().unwrap_or(Path::new(".")).join(name);
    let is_path = files::has_extension(Path::new(name), "yaml");
    let path = if is_path { beside } else { workflows.join(format!("{name}.yaml")) };
    let load = || catalog::workflows_at(&path, workflows)?.pop().context("the file holds no workflow");
    load().map_err(|why| format!("{}: {why:#}", path.display()))
}
