//! `relance test`: scenario files, each compared with the timeline that happens.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use relance::simulate::scenario;
use relance::workflow::{Colours, Workflow, render_text};

use crate::{Ended, catalog, files};

/// Runs scenario files.
pub fn run(paths: &[PathBuf], workflows: &Path) -> anyhow::Result<Ended> {
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
