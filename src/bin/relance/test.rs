//! `relance test`: scenario files in virtual time, what of the workflows they walk, and their timelines written anew.

mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use relance::law::Law;
use relance::simulate::Coverage;
use relance::simulate::scenario::{self, Report};
use relance::workflow::{Diagnostic, Workflow, places};

use crate::check::named;
use crate::{Ended, catalog, files};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    Text,
    Json,
    Junit,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Scenario files or folders; the workflows folder's scenarios by default
    pub paths: Vec<PathBuf>,
    /// As lines for people, as JSON, or as JUnit for a build server
    #[arg(long, value_enum, default_value = "text")]
    pub format: TestFormat,
    /// Say which steps and branches of the workflows the scenarios walked, and which not
    #[arg(long)]
    pub coverage: bool,
    /// Fail where the scenarios walk less than this share of a workflow's steps and branches
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub fail_under: Option<u8>,
    /// Write what happened into the files as the expected timeline; comments and the rest of the file stay
    #[arg(long)]
    pub bless: bool,
}

/// One scenario file after its run.
struct Ran {
    file: String,
    text: String,
    result: Result<Report, Vec<Diagnostic>>,
    blessed: bool,
}

impl Ran {
    fn passed(&self) -> bool {
        self.blessed || self.result.as_ref().is_ok_and(Report::passed)
    }
}

/// What the scenarios walked of one workflow file.
struct Walked {
    file: String,
    coverage: Coverage,
    lines: BTreeMap<String, usize>,
}

/// Runs scenario files.
pub fn run(args: &TestArgs, workflows: &Path) -> anyhow::Result<Ended> {
    let default = [workflows.join("scenarios")];
    let paths = if args.paths.is_empty() { &default[..] } else { &args.paths };
    let mut walked = BTreeMap::new();
    let mut ran = Vec::new();
    for path in paths {
        catalog::must_exist(path)?;
        // The folder of an ops team holds its stories in one place.
        let inside = path.join("scenarios");
        let path = if inside.is_dir() { &inside } else { path };
        // The workflows beside them are meant; stories that lie by themselves are about those of the settings.
        let beside = named::around(path).map(|(root, _)| root).filter(|root| !named::direct(root).is_empty());
        let workflows = beside.as_deref().unwrap_or(workflows);
        let law = catalog::law(workflows)?;
        for file in files::read_all(path, |path| files::has_extension(path, "yaml"))? {
            ran.push(one(file, args, &law, workflows, &mut walked)?);
        }
    }
    if ran.is_empty() {
        bail!("no scenario was found below {}; name a scenario file or a folder of them", paths[0].display());
    }
    let walked: Vec<Walked> = walked.into_values().collect();
    let wanted = args.coverage || args.fail_under.is_some();
    let least = args.fail_under.map_or_else(Vec::new, |percent| report::wanted(&walked, percent));
    report::print(&ran, if wanted { &walked } else { &[] }, &least, args.format)?;
    let too_little: Vec<&str> =
        least.iter().filter_map(|case| case.failure.as_ref()).map(|(message, _)| message.as_str()).collect();
    too_little.iter().for_each(|message| eprintln!("{message}"));
    let well = ran.iter().all(Ran::passed) && too_little.is_empty();
    Ok(if well { Ended::Well } else { Ended::WithProblems })
}

fn one(
    file: files::TextFile,
    args: &TestArgs,
    law: &Law,
    workflows: &Path,
    walked: &mut BTreeMap<PathBuf, Walked>,
) -> anyhow::Result<Ran> {
    let shown = file.path.display().to_string();
    let find = |name: &str| find(name, &file.path, workflows).map(|(_, workflow)| workflow);
    let result = scenario::run(&shown, &file.text, law, &find);
    let mut blessed = false;
    if let Ok(report) = &result {
        for name in scenario::workflows_named(&shown, &file.text).unwrap_or_default() {
            let Ok((path, workflow)) = self::find(&name, &file.path, workflows) else { continue };
            let of = walked.entry(path.clone()).or_insert_with(|| Walked {
                file: path.display().to_string(),
                coverage: Coverage::of(&workflow),
                lines: files::read_one(&path).map(|file| places(&file.text)).unwrap_or_default(),
            });
            of.coverage.count(&report.accounts, &report.entries);
        }
        // What relance itself got wrong, or an event that would be refused, is not for writing down.
        if args.bless && !report.passed() && report.refused.is_empty() && !report.stalled {
            let text = scenario::with_expectation(&file.text, &report.entries);
            std::fs::write(&file.path, text).with_context(|| format!("cannot write {shown}"))?;
            eprintln!("{shown}: written anew; read what changed");
            blessed = true;
        }
    }
    Ok(Ran { file: shown, text: file.text, result, blessed })
}

/// A workflow by its name in the folder, or by a path beside the scenario, and its file.
fn find(name: &str, scenario: &Path, workflows: &Path) -> Result<(PathBuf, Workflow), String> {
    let load = || {
        let path = match files::has_extension(Path::new(name), "yaml") {
            true => scenario.parent().unwrap_or(Path::new(".")).join(name),
            false => catalog::file_of(name, workflows)?
                .with_context(|| format!("no workflow in {} is called `{name}`", workflows.display()))?,
        };
        catalog::must_exist(&path)?;
        let workflow = catalog::workflows_at(&path, workflows)?.pop().context("the file holds no workflow");
        Ok((path.clone(), workflow.with_context(|| path.display().to_string())?))
    };
    load().map_err(|why: anyhow::Error| format!("{why:#}"))
}
