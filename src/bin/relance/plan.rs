//! `relance plan`: what a deployment of the folder would change, before it is done. Reads only.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use relance::config::Settings;
use relance::render::{Templates, check_templates};
use relance::worker::{Edition, Library};
use relance::workflow::{CheckContext, Colours, Severity, check, render_text};
use serde_json::json;

use crate::check::named;
use crate::difference::{Line, difference};
use crate::service::{self, Standing};
use crate::{Ended, catalog, settings};

/// Arguments of `relance plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Workflow files or a folder; the configured workflows folder by default
    pub paths: Vec<PathBuf>,
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
    let Some(editions) = checked(&args.paths, &settings.workflows.folder)? else { return Ok(Ended::WithProblems) };
    let database = settings::ready_database(settings).await?;
    let library = service::shelf(settings, &database).await?.library();
    print_changes(&editions, &library, args.format);
    if args.format == PlanFormat::Text {
        println!("planned against deployment {}", library.service().number);
    }
    Ok(Ended::Well)
}

/// The editions at `paths`, each with its templates; nothing where `check` finds errors, which are told.
pub fn checked(paths: &[PathBuf], folder: &Path) -> anyhow::Result<Option<Vec<Edition>>> {
    let named::Named { root, workflows: sources } = named::named(paths, folder)?;
    if sources.is_empty() {
        anyhow::bail!("{} holds no workflow; name a folder with your *.yaml files", root.display());
    }
    let texts = catalog::templates(&root)?;
    let providers = catalog::provider_channels(&catalog::providers(&root)?);
    let law = catalog::law(&root)?;
    let context = CheckContext {
        templates: Some(&texts),
        providers: Some(&providers),
        law: Some(&law),
        ..CheckContext::default()
    };
    let report = check(&sources, &context);
    let errors: Vec<_> =
        report.findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    let problems = check_templates(&texts, &crate::check::uses(&report.workflows));
    let problems: Vec<_> = problems.into_iter().filter(|problem| problem.is_error).collect();
    let compiled = Templates::new(texts);
    if let (true, true, Ok(compiled)) = (errors.is_empty(), problems.is_empty(), compiled) {
        let compiled = Arc::new(compiled);
        let pairs = report.workflows.into_iter().zip(sources);
        let edition =
            |(workflow, source)| Edition { workflow: Arc::new(workflow), source, templates: compiled.clone() };
        return Ok(Some(pairs.map(edition).collect()));
    }
    eprint!("{}", render_text(&errors, &sources, Colours::None));
    problems.iter().for_each(|problem| eprintln!("error: {problem}"));
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
