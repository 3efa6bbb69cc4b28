//! `relance check`: every mistake of every kind of file in one run.

use std::path::{Path, PathBuf};

use anyhow::bail;
use relance::workflow::{
    CODES, Code, Colours, Severity, SourceFile, nearest, read_schedules, render_github, render_json, render_sarif,
    render_text,
};

use crate::args::{CheckArgs, CheckFormat};
use crate::{Ended, files};

pub mod folder;
pub mod named;
mod read;
mod texts;
mod wording;

use folder::{Checked, check_folder};

/// Checks the files of the paths named, or of the workflows folder and the schedules of the configuration.
pub fn run(args: &CheckArgs, config: &Path, folder: &Path) -> anyhow::Result<Ended> {
    if let Some(code) = &args.explain {
        return explain(code);
    }
    let is_config = |path: &&PathBuf| path.is_file() && path.file_name() == config.file_name();
    let (configs, paths): (Vec<_>, Vec<_>) = args.paths.iter().partition(is_config);
    let paths: Vec<PathBuf> = paths.into_iter().cloned().collect();
    // Where only the configuration is named, nothing else is looked at.
    let mut checked = match configs.is_empty() || !paths.is_empty() {
        true => files_of(&paths, folder)?,
        false => Checked::default(),
    };
    // Whoever names the folder that serves means all that serves.
    let is_served =
        |path: &PathBuf| path.canonicalize().ok().is_some_and(|it| folder.canonicalize().is_ok_and(|own| it == own));
    let whole = args.paths.is_empty() || (configs.is_empty() && paths.iter().any(is_served));
    let serving = Some(config).filter(|config| whole && config.is_file());
    for config in configs.iter().map(|path| path.as_path()).chain(serving) {
        schedules(config, &mut checked)?;
    }
    if checked.files.is_empty() && checked.findings.is_empty() {
        let looked_at = paths.first().map_or(folder, |path| path.as_path());
        bail!("there is nothing to check below {}; name a workflow file or a folder with some", looked_at.display());
    }
    checked.findings = folder::folded(checked.findings);
    print!("{}", rendered(&checked, args.format));
    let count = |severity| checked.findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    eprintln!(
        "files checked: {}, errors: {errors}, warnings: {warnings}, notes: {}",
        checked.files.len(),
        count(Severity::Note)
    );
    Ok(if errors > 0 || (args.strict && warnings > 0) { Ended::WithProblems } else { Ended::Well })
}

/// What is found in the files that `paths` name, or in `folder`.
fn files_of(paths: &[PathBuf], folder: &Path) -> anyhow::Result<Checked> {
    let named = named::named(paths, folder)?;
    let mut checked = check_folder(&named.root, &named.workflows, named.whole)?;
    if !named.only.is_empty() {
        let within = |file: &str| named.only.iter().any(|path| Path::new(file).starts_with(path));
        checked.findings.retain(|finding| within(&finding.file));
        checked.files.retain(|file| within(&file.name));
    } else if !named.whole {
        // Of files around those that were named only mistakes are told, not what is merely to be known.
        let is_named = |file: &str| named.workflows.iter().any(|path| path.display().to_string() == file);
        checked.findings.retain(|finding| finding.severity != Severity::Note || is_named(&finding.file));
    }
    Ok(checked)
}

/// The schedules of the configuration. Its other lines were read as settings before, and are not looked at here.
fn schedules(config: &Path, checked: &mut Checked) -> anyhow::Result<()> {
    let file = files::read_one(config)?;
    let file = SourceFile::new(file.path.display().to_string(), file.text);
    checked.findings.extend(read_schedules(&file.name, &file.text).err().unwrap_or_default());
    checked.findings = folder::sorted(std::mem::take(&mut checked.findings));
    checked.files.push(file);
    Ok(())
}

fn explain(written: &str) -> anyhow::Result<Ended> {
    let Some(code) = Code::from_text(written) else {
        let near = nearest(written, CODES.iter().map(|info| info.text));
        let help = near.map_or_else(
            || "a code stands in brackets in front of each finding: error[unknown-key]".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        bail!("there is no code `{written}`; {help}");
    };
    print!("{}", code.info().page);
    Ok(Ended::Well)
}

fn rendered(checked: &Checked, format: CheckFormat) -> String {
    match format {
        CheckFormat::Text => render_text(&checked.findings, &checked.files, colours()),
        CheckFormat::Json => render_json(&checked.findings),
        CheckFormat::Github => render_github(&checked.findings),
        CheckFormat::Sarif => render_sarif(&checked.findings, env!("CARGO_PKG_VERSION")),
    }
}

pub fn colours() -> Colours {
    use std::io::IsTerminal;
    if std::io::stdout().is_terminal() { Colours::Ansi } else { Colours::None }
}
