//! `relance block` and `relance unblock`: a step stopped on every revision of its workflow at once, and let go again.

use std::collections::BTreeSet;

use anyhow::bail;
use clap::Args;
use relance::advance;
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
    /// Who stops it
    #[arg(long)]
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
    /// Who lets it go
    #[arg(long)]
    pub by: String,
}

/// Stops a step.
pub async fn block(args: &BlockArgs, settings: &Settings) -> anyhow::Result<Ended> {
    if args.reason.trim().is_empty() || args.by.trim().is_empty() {
        bail!("--reason and --by say why and who; neither may be empty");
    }
    let database = settings::ready_database(settings).await?;
    let library = service::shelf(settings, &database).await?.library();
    let (workflow, step) = (WorkflowName::new(args.workflow.as_str()), StepId::new(args.step.as_str()));
    let names = names(&library, &workflow, &step)?;
    let mut writer = database.writer();
    let ordered = advance::block(&mut writer, &workflow, &step, &names, &args.reason, &args.by).await?;
    println!("step {step} of {workflow} is blocked on every revision");
    if ordered > 0 {
        println!("{ordered} ordered notices of it are withdrawn before anything else leaves for their accounts");
    }
    println!("let it go with: relance unblock {step} --workflow {workflow} --by {}", args.by);
    Ok(Ended::Well)
}

/// Lets a step go.
pub async fn unblock(args: &UnblockArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let database = settings::ready_database(settings).await?;
    let library = service::shelf(settings, &database).await?.library();
    let (workflow, step) = (WorkflowName::new(args.workflow.as_str()), StepId::new(args.step.as_str()));
    let names = names(&library, &workflow, &step)?;
    match advance::unblock(&mut database.writer(), &workflow, &names).await? {
        Some(woken) => {
            println!("step {step} of {workflow} goes again; {woken} accounts with held cases are decided again");
            tracing::info!(%workflow, %step, by = args.by, "a step was unblocked");
            Ok(Ended::Well)
        }
        None => {
            let blocked: Vec<String> = library
                .service()
                .blocked
                .iter()
                .map(|block| format!("{} of {} (by {}: {})", block.step, block.workflow, block.by, block.reason))
                .collect();
            let list = if blocked.is_empty() { "nothing is".to_owned() } else { blocked.join("; ") };
            eprintln!("step {step} of {workflow} is not blocked; blocked now: {list}");
            Ok(Ended::WithProblems)
        }
    }
}

/// Every name of a step that some revision of the workflow knows.
fn names(library: &Library, workflow: &WorkflowName, step: &StepId) -> anyhow::Result<Vec<StepId>> {
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
    Ok(names_of_step(revisions.iter().map(|revision| revision.as_ref()), step).into_iter().collect())
}

/// What was meant, by the nearest known name, or all of them.
fn meant(written: &str, known: BTreeSet<&str>) -> String {
    match relance::workflow::nearest(written, known.iter().copied()) {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; known: {}", known.into_iter().collect::<Vec<_>>().join(", ")),
    }
}
