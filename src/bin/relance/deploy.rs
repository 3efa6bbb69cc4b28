//! `relance deploy`: the folder's workflows into service, under an optimistic guard against a second person; then,
//! where it is asked for, running cases onto them.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use relance::advance::{self, Change, Deployed};
use relance::config::Settings;
use relance::domain::WorkflowName;
use relance::store::{InService, Writer};
use relance::worker::Library;

use crate::catalog::Proposed;
use crate::plan::{self, PlanFormat};
use crate::service::{self, Standing};
use crate::{Ended, law, moving, running, settings};

/// Arguments of `relance deploy`.
#[derive(Debug, Args)]
pub struct DeployArgs {
    /// Workflow files, or a folder, which brings its law files too; the configured workflows folder by default
    pub paths: Vec<PathBuf>,
    /// Take this workflow out of service instead: running cases stay, new ones do not take it
    #[arg(long, value_name = "NAME", conflicts_with = "paths")]
    pub retire: Vec<String>,
    /// Who deploys; the name you are logged in with where it is left out
    #[arg(long, env = "USER")]
    pub by: String,
    /// Why, for those who look later
    #[arg(long)]
    pub note: Option<String>,
    /// Only if this is still the newest deployment: the number that `relance plan` printed
    #[arg(long, value_name = "N")]
    pub plan_number: Option<i64>,
    /// Move running cases to what is deployed, each where that is safe; again to move those that had to stay
    #[arg(long = "move", conflicts_with = "retire")]
    pub moves: bool,
    /// Accept that so many running cases are in a class that `relance plan` marks with !; may be repeated
    #[arg(long, value_name = "CLASS=N", requires = "moves")]
    pub accept: Vec<String>,
}

/// Deploys.
pub async fn run(args: &DeployArgs, settings: &Settings) -> anyhow::Result<Ended> {
    if args.by.trim().is_empty() {
        bail!("--by says who deploys; it may not be empty");
    }
    let retired: Vec<WorkflowName> = args.retire.iter().map(|name| WorkflowName::new(name.as_str())).collect();
    // Read before anything else takes its time: what somebody else deploys from here on is not overwritten unseen.
    let database = settings::ready_database(settings).await?;
    let library = service::shelf(settings, &database).await?.library();
    let proposed = if retired.is_empty() {
        let Some(proposed) = plan::checked(&args.paths, &settings.workflows.folder)? else {
            return Ok(Ended::WithProblems);
        };
        proposed
    } else {
        Proposed { editions: vec![], law: None }
    };
    let mut writer = database.writer();
    for name in &retired {
        if library.newest(name).is_none() {
            let serving: Vec<String> = library.book().newest.keys().map(ToString::to_string).collect();
            bail!("workflow {name} is not in service; in service: {}", serving.join(", "));
        }
    }
    if retired.is_empty() {
        plan::print_changes(&proposed.editions, &library, PlanFormat::Text);
        let law = law::change(&proposed, &library);
        if !law::is_enough(&proposed, law.as_ref(), &library, &mut writer, PlanFormat::Text).await? {
            return Ok(Ended::WithProblems);
        }
    }
    if args.moves {
        let now = settings::clock(settings)?.now();
        let plans = running::survey(&mut writer, &library, &proposed, now).await?;
        running::table::print(&plans, &running::table::prices(settings)?, PlanFormat::Text);
        let total = running::total(&plans);
        let refusals = moving::refusals(&total, &args.accept);
        if !refusals.is_empty() {
            return Ok(moving::refuse(&total, &refusals));
        }
    }
    let ended = put_into_service(args, &mut writer, &library, &proposed, retired).await?;
    if args.moves && ended == Ended::Well {
        return moving::move_running(settings, &database, &running::targets(&proposed.editions, &library)).await;
    }
    Ok(ended)
}

/// Stores what changed and puts it into service.
async fn put_into_service(
    args: &DeployArgs,
    writer: &mut Writer,
    library: &Library,
    proposed: &Proposed,
    retired: Vec<WorkflowName>,
) -> anyhow::Result<Ended> {
    let known = library.service().number;
    let standings = service::standings(&proposed.editions, library);
    let changed = standings.iter().filter(|(_, standing)| *standing != Standing::Unchanged);
    let change = Change {
        after: args.plan_number.unwrap_or(known),
        revisions: changed.map(|(edition, _)| edition.bundle()).collect(),
        retired,
        law: law::change(proposed, library).map(|change| change.law.bundle()),
        by: args.by.clone(),
        note: args.note.clone(),
    };
    if let Some(planned) = args.plan_number.filter(|planned| *planned != known) {
        if planned > known {
            eprintln!(
                "nothing was deployed: there is no deployment {planned}, the newest is {known}; `relance plan` names it"
            );
            return Ok(Ended::WithProblems);
        }
        return Ok(overtaken(planned, library.service()));
    }
    if change.revisions.is_empty() && change.retired.is_empty() && change.law.is_none() {
        println!("nothing to deploy: what serves is the same, to the letter (deployment {known})");
        return Ok(Ended::Well);
    }
    match advance::deploy(writer, &change).await? {
        Deployed::Done { number, woken, by_law } => {
            println!("deployment {number} stands; workers take it up within seconds, without a restart");
            library.service().since(known - 1).iter().for_each(|line| println!("it follows {line}"));
            for name in &change.retired {
                println!("{name} takes no new invoices; running cases go on with it to their end");
                println!("remove its file from the folder: the next deployment of the folder would bring it back");
            }
            if woken > 0 {
                println!("{woken} accounts with invoices that waited for a workflow are decided again");
            }
            if by_law > 0 {
                println!("{by_law} accounts with open cases are decided again by the law of now");
            }
            Ok(Ended::Well)
        }
        Deployed::Overtaken(newer) => Ok(overtaken(change.after, &newer)),
    }
}

/// Tells the loser of two who, when and what.
fn overtaken(planned: i64, service: &InService) -> Ended {
    eprintln!("nothing was deployed: this was planned against deployment {planned}, and meanwhile");
    service.since(planned).iter().for_each(|line| eprintln!("  {line}"));
    eprintln!("run `relance plan` again to see what your files change now, then `relance deploy`");
    Ended::WithProblems
}
