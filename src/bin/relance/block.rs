//! `relance block` and `relance unblock`: a step stopped on every revision of its workflow at once, and let go again.

use std::collections::BTreeSet;

use anyhow::bail;
use clap::Args;
use relance::advance::{self, Blocked, Named};
use relance::config::Settings;
use relance::domain::{StepId, WorkflowName};
use relance::worker::{Library, names_of_step};

use crate::{Ended, service, settings};

/// Arguments of `relance block`.
#[derive(Debug, Args)]
pub struct BlockArgs {
    /// The step, by the name it has or had
    pub step: String,
    /// Its workflow
    #[arg(long)]
    pub workflow: String,
    /// Why; shown wherever a case is held by it
    #[arg(long)]
    pub reason: String,
    /// Who stops it; the name you are logged in with where it is left out
    #[arg(long, env = "USER")]
    pub by: String,
}

/// Arguments of `relance unblock`.
#[derive(Debug, Args)]
pub struct UnblockArgs {
    /// The step, by any name it has or had
    pub step: String,
    /// Its workflow
    #[arg(long)]
    pub workflow: String,
    /// Who lets it go; the name you are logged in with where it is left out
    #[arg(long, env = "USER")]
    pub by: String,
}

/// Stops a step.
pub async fn block(args: &BlockArgs, settings: &Settings) -> anyhow::Result<Ended> {
    if args.reason.trim().is_empty() || args.by.trim().is_empty() {
        bail!("--reason and --by say why and who; neither may be empty");
    }
    let database = settings::ready_database(settings).await?;
    let shelf = service::shelf(settings, &database).await?;
    let (workflow, step) = (WorkflowName::new(args.workflow.as_str()), StepId::new(args.step.as_str()));
    let mut writer = database.writer();
    let ended = loop {
        let named = named(&shelf.library(), &workflow, &step)?;
        match advance::block(&mut writer, &named, &args.reason, &args.by).await {
            Err(why) if why.is_stale() => drop(shelf.renew(&mut writer).await?),
            ended => break ended?,
        }
    };
    match ended {
        Blocked::Done { ordered } => {
            println!("step {step} of {workflow} is blocked on every revision");
            if ordered > 0 {
                println!(
                    "{ordered} ordered notices of it are withdrawn before anything else leaves for their accounts"
                );
            }
        }
        Blocked::Already(block) => {
            let name = if block.step == step { String::new() } else { format!(" as {}", block.step) };
            println!(
                "step {step} of {workflow} is blocked already{name}, by {} at {}: {}",
                block.by, block.at, block.reason
            );
            println!("nothing was changed; to give another reason, unblock it first");
        }
    }
    println!("let it go with: relance unblock {step} --workflow {workflow} --by {}", args.by);
    Ok(Ended::Well)
}

/// Lets a step go.
pub async fn unblock(args: &UnblockArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let database = settings::ready_database(settings).await?;
    let shelf = service::shelf(settings, &database).await?;
    let (workflow, step) = (WorkflowName::new(args.workflow.as_str()), StepId::new(args.step.as_str()));
    let mut writer = database.writer();
    let ended = loop {
        let named = named(&shelf.library(), &workflow, &step)?;
        match advance::unblock(&mut writer, &named).await {
            Err(why) if why.is_stale() => drop(shelf.renew(&mut writer).await?),
            ended => break ended?,
        }
    };
    match ended {
        Some(woken) => {
            println!("step {step} of {workflow} goes again; {woken} accounts with held cases are decided again");
            tracing::info!(%workflow, %step, by = args.by, "a step was unblocked");
            Ok(Ended::Well)
        }
        None => {
            let blocked: Vec<String> = shelf
                .library()
                .service()
                .blocked
                .iter()
                .map(|block| format!("{} of {} (by {}: {})", block.step, block.workflow, block.by, block.reason))
                .collect();
            let list = if blocked.is_empty() { "nothing".to_owned() } else { blocked.join("; ") };
            eprintln!("step {step} of {workflow} is not blocked; blocked now: {list}");
            Ok(Ended::WithProblems)
        }
    }
}

/// A step that some revision of the workflow knows, by every name it has or had.
fn named(library: &Library, workflow: &WorkflowName, step: &StepId) -> anyhow::Result<Named> {
    let book = library.book();
    let revisions: Vec<_> = book.revisions_of(workflow).collect();
    if revisions.is_empty() {
        let known: BTreeSet<&str> = book.workflows().into_iter().map(WorkflowName::as_str).collect();
        bail!("no workflow {workflow} was ever deployed{}", meant(workflow.as_str(), known));
    }
    let steps = || revisions.iter().flat_map(|revision| &revision.steps);
    if !steps().any(|known| known.id == *step || known.formerly.contains(step)) {
        let known: BTreeSet<&str> =
            steps().flat_map(|known| known.formerly.iter().chain([&known.id])).map(StepId::as_str).collect();
        bail!("no revision of {workflow} has a step {step}{}", meant(step.as_str(), known));
    }
    Ok(Named {
        version: library.service().version,
        workflow: workflow.clone(),
        step: step.clone(),
        names: names_of_step(revisions.iter().map(|revision| revision.as_ref()), step).into_iter().collect(),
    })
}

/// What was meant, by the nearest known name, or all of them.
fn meant(written: &str, known: BTreeSet<&str>) -> String {
    match relance::workflow::nearest(written, known.iter().copied()) {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; known: {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}
