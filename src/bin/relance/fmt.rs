//! `relance fmt`: files of the workflows folder in their canonical form.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use relance::workflow::{SourceFile, canonical_form, render_text};

use crate::{Ended, catalog, files};

#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Files or folders; the configured workflows folder by default
    pub paths: Vec<PathBuf>,
    /// Write nothing; print what would change, and fail where anything would
    #[arg(long)]
    pub check: bool,
    /// Print the result instead of writing it
    #[arg(long, conflicts_with = "check")]
    pub stdout: bool,
}

/// Writes files anew, or says which are not in their form.
pub fn run(args: &FmtArgs, workflows: &Path) -> anyhow::Result<Ended> {
    let default = [workflows.to_owned()];
    let paths = if args.paths.is_empty() { &default[..] } else { &args.paths };
    let (mut seen, mut changed, mut wrong) = (0, 0, 0);
    for path in paths {
        catalog::must_exist(path)?;
        for file in files::read_all(path, |path| files::has_extension(path, "yaml"))? {
            seen += 1;
            let shown = file.path.display().to_string();
            let written = match canonical_form(&shown, &file.text) {
                Ok(written) => written,
                Err(mistakes) => {
                    wrong += 1;
                    let source = SourceFile::new(shown, file.text);
                    eprintln!("{}", render_text(&mistakes, &[source], crate::check::colours()));
                    continue;
                }
            };
            if args.stdout {
                print!("{written}");
            } else if written != file.text {
                changed += 1;
                if args.check {
                    print!("{}", difference(&shown, &file.text, &written));
                } else {
                    std::fs::write(&file.path, written).with_context(|| format!("cannot write {shown}"))?;
                    eprintln!("{shown}: written anew");
                }
            }
        }
    }
    if seen == 0 {
        bail!("no file was found below {}; name a file or a folder", paths[0].display());
    }
    if wrong > 0 {
        eprintln!("{wrong} of {seen} files have mistakes and were left alone");
    }
    Ok(if wrong > 0 || (args.check && changed > 0) { Ended::WithProblems } else { Ended::Well })
}

/// What would change, line by line, as `diff -u` shows it.
fn difference(file: &str, old: &str, new: &str) -> String {
    similar::TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(2)
        .header(file, &format!("{file} (in its form)"))
        .to_string()
}
