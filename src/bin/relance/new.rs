//! `relance new`: a workflow to start from, with its texts and a scenario, from a few questions or flags.
//!
//! What it writes passes `check`, `test` and `fmt --check` as it is; an existing file is never touched.

mod policy;
mod questions;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use relance::domain::{Entry, Kind};
use relance::render::Templates;
use relance::simulate::scenario;
use relance::workflow::{SourceFile, Workflow, parse_workflow, workflow_schema};

use crate::{Ended, catalog};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Country {
    Fr,
    Gb,
    Be,
    De,
    Lu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DebtorKind {
    Business,
    Consumer,
    Public,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    Email,
    Sms,
    Letter,
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// The workflow's name: lower-case letters, digits and dashes
    pub name: String,
    /// Whose law and calendar
    #[arg(long, value_enum)]
    pub country: Option<Country>,
    /// Whom it is for
    #[arg(long, value_enum)]
    pub kind: Option<DebtorKind>,
    /// When the first reminder goes, after the due date: "3 business days"
    #[arg(long, value_name = "DURATION")]
    pub first_reminder: Option<String>,
    /// When the formal notice goes, after the due date: "35 days"; `none` for none
    #[arg(long, value_name = "DURATION")]
    pub formal_notice: Option<String>,
    /// How the debtor is written to
    #[arg(long, value_enum, value_delimiter = ',')]
    pub channels: Option<Vec<By>>,
    /// The languages of its texts: fr, en
    #[arg(long, value_delimiter = ',')]
    pub language: Option<Vec<String>>,
    /// Below this balance nothing is sent
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub minimum_balance: Option<String>,
}

/// Writes the files.
pub fn run(args: &NewArgs, folder: &Path) -> anyhow::Result<Ended> {
    // What YAML reads as a number or a truth would have to stand in quotes wherever the workflow is named.
    let odd = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&args.name.as_str());
    if odd || !args.name.starts_with(|first: char| first.is_ascii_lowercase()) {
        bail!("`{}` is no good name of a workflow; begin with a small letter, and take a word: fr-b2b", args.name);
    }
    let path = folder.join(format!("{}.yaml", args.name));
    let story = folder.join("scenarios").join(format!("{}-never-paid.yaml", args.name));
    for path in [&path, &story] {
        if path.exists() {
            bail!("{} exists; choose another name, or move it away", path.display());
        }
    }
    let policy = questions::answered(args)?;
    let text = policy.workflow();
    let shown = path.display().to_string();
    let workflow = parse_workflow(&shown, &text)
        .map_err(|found| catalog::refusal(&found, &[SourceFile::new(shown.clone(), text.clone())]))?;
    let scenario = story_of(&policy, &workflow, &story, folder)?;
    let mut written = vec![(path, text), (story, scenario)];
    written.extend(missing_templates(&workflow, folder));
    let schema = folder.join("schema").join("workflow.json");
    if !schema.exists() {
        written.push((schema, format!("{}\n", serde_json::to_string_pretty(&workflow_schema())?)));
    }
    for (path, text) in &written {
        let above = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(above).with_context(|| format!("cannot make the folder {}", above.display()))?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", path.display());
    }
    eprintln!("read and change them, then: relance check {0} && relance test {0}", folder.display());
    Ok(Ended::Well)
}

/// A scenario in which nobody pays, with the timeline that the workflow gives.
fn story_of(policy: &policy::Policy, workflow: &Workflow, path: &Path, folder: &Path) -> anyhow::Result<String> {
    let law = catalog::law(folder)?;
    let find = |_: &str| Ok(workflow.clone());
    let shown = path.display().to_string();
    let run = |text: &str| {
        scenario::run(&shown, text, &law, &find)
            .map_err(|found| catalog::refusal(&found, &[SourceFile::new(shown.clone(), text.to_owned())]))
    };
    // The first run finds the day on which a person is asked what to do; the story ends there.
    let ends = |entry: &&Entry| matches!(entry.kind, Kind::Exhausted | Kind::Approval);
    let first = run(&policy.scenario(&args_until("2027-12-31")))?;
    let last =
        first.entries.iter().find(ends).map_or("2027-12-31".to_owned(), |entry| entry.at.date_naive().to_string());
    let text = policy.scenario(&args_until(&last));
    Ok(scenario::with_expectation(&text, &run(&text)?.entries))
}

fn args_until(day: &str) -> String {
    format!("until: {day}\n")
}

/// The shipped texts that the workflow names and the folder lacks.
fn missing_templates(workflow: &Workflow, folder: &Path) -> Vec<(PathBuf, String)> {
    let shipped = Templates::shipped();
    let mut found = Vec::new();
    for template in workflow.templates() {
        for language in &workflow.languages {
            let prefix = format!("{language}/{}.", template.name);
            for (below, text) in shipped.files().iter().filter(|(below, _)| below.starts_with(&prefix)) {
                let path = folder.join("templates").join(below);
                if !path.exists() && found.iter().all(|(other, _)| *other != path) {
                    found.push((path, text.clone()));
                }
            }
        }
    }
    found
}
