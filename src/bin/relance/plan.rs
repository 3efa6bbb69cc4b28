//! `relance plan`: what a deployment of the folder would change, for new cases and for running ones, before it is
//! done. Reads only.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use relance::config::Settings;
use relance::worker::{Edition, Library};
use relance::workflow::{Colours, Diagnostic, render_text};
use serde_json::json;

use crate::catalog::{self, Proposed};
use crate::check::folder::{Checked, check_folder};
use crate::check::named;
use crate::difference::{Line, difference};
use crate::service::{self, Standing};
use crate::{Ended, law, running, settings};

/// Arguments of `relance plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Workflow files, or a folder, which brings its law files too; the configured workflows folder by default
    pub paths: Vec<PathBuf>,
    /// As a table for people, or as JSON lines
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlanFormat,
}

/// How a plan is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// To read.
    Text,
    /// One JSON object a line.
    Json,
}

/// Compares the folder with what serves.
pub async fn run(args: &PlanArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let Some(proposed) = checked(&args.paths, &settings.workflows.folder)? else { return Ok(Ended::WithProblems) };
    let database = settings::ready_database(settings).await?;
    let library = service::shelf(settings, &database).await?.library();
    let law = law::change(&proposed, &library);
    print_changes(&proposed.editions, &library, args.format);
    if !law::is_enough(&proposed, law.as_ref(), &library, &mut database.writer(), args.format).await? {
        return Ok(Ended::WithProblems);
    }
    let now = settings::clock(settings)?.now();
    let plans = running::survey(&mut database.writer(), &library, &proposed, now).await?;
    running::table::print(&plans, &running::table::prices(settings)?, args.format);
    if args.format == PlanFormat::Text {
        println!("planned against deployment {}", library.service().number);
    }
    let standings = service::standings(&proposed.editions, &library);
    let is_same = law.is_none() && standings.iter().all(|(_, standing)| *standing == Standing::Unchanged);
    if is_same && args.format == PlanFormat::Text {
        println!("no changes: what serves is the same, to the letter");
    }
    let flags = running::flags(&running::total(&plans));
    if flags.is_empty() {
        return Ok(Ended::Well);
    }
    eprintln!(
        "running cases stay where they are until the classes marked ! are accepted: relance deploy --move {flags}"
    );
    // Cases that an earlier deployment left where they are: nothing of what is planned here.
    Ok(if is_same { Ended::Well } else { Ended::WithProblems })
}

/// The editions at `paths`, each with its templates, and the law where a whole folder was named; nothing where
/// `check` finds errors, which are told.
pub fn checked(paths: &[PathBuf], folder: &Path) -> anyhow::Result<Option<Proposed>> {
    let named = named::named(paths, folder)?;
    if let Some(path) = named.only.first() {
        anyhow::bail!("{} holds no workflow; name a workflow file, or the whole folder", path.display());
    }
    if named.workflows.is_empty() {
        anyhow::bail!("{} holds no workflow; name a folder with your *.yaml files", named.root.display());
    }
    let Checked { findings, files } = check_folder(&named.root, &named.workflows, named.whole)?;
    let errors: Vec<_> = findings.into_iter().filter(Diagnostic::is_error).collect();
    if errors.is_empty() {
        let paths: Vec<String> = named.workflows.iter().map(|path| path.display().to_string()).collect();
        let sources = files.into_iter().filter(|file| paths.contains(&file.name)).collect();
        let law = if named.whole { Some(catalog::law_edition(&named.root)?) } else { None };
        return Ok(Some(Proposed { editions: catalog::editions_of(sources, &named.root)?, law }));
    }
    eprint!("{}", render_text(&errors, &files, Colours::None));
    eprintln!("nothing was planned or deployed: the files have mistakes; `relance check` shows them all");
    Ok(None)
}

/// New, changed, unchanged and retired workflows, with what changed in them.
pub fn print_changes(editions: &[Edition], library: &Library, format: PlanFormat) {
    for (edition, standing) in service::standings(editions, library) {
        let name = &edition.workflow.name;
        let lines = match standing {
            Standing::Unchanged => vec![],
            Standing::New => difference(None, edition),
            Standing::Changed | Standing::Retired => difference(library.newest(name), edition),
        };
        let (sign, word) = match standing {
            Standing::New => ('+', "new"),
            Standing::Changed => ('~', "changed"),
            Standing::Unchanged => (' ', "unchanged"),
            Standing::Retired => ('+', "retired, comes back"),
        };
        match format {
            PlanFormat::Text => {
                println!("{sign} {name} ({word})");
                lines.iter().for_each(print_line);
            }
            PlanFormat::Json => println!(
                "{}",
                json!({
                    "workflow": name, "standing": word, "revision": edition.workflow.revision,
                    "deployed": library.newest(name).map(|newest| newest.workflow.revision.clone()),
                    "against": library.service().number,
                    "changes": lines.iter().map(|line| json!({
                        "sign": line.sign, "what": line.what, "keys": line.keys,
                    })).collect::<Vec<_>>(),
                })
            ),
        }
    }
    for name in service::missing(editions, library) {
        match format {
            PlanFormat::Text => {
                println!("  {name} (deployed, not in the folder: it serves on until `relance deploy --retire {name}`)");
            }
            PlanFormat::Json => println!("{}", json!({"workflow": name, "standing": "not in the folder"})),
        }
    }
}

fn print_line(line: &Line) {
    match line.keys.as_slice() {
        [one] if line.sign == '~' => println!("    {} {}: {one}", line.sign, line.what),
        keys => {
            println!("    {} {}", line.sign, line.what);
            keys.iter().for_each(|key| println!("        {key}"));
        }
    }
}
