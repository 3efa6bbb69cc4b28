//! What an edit does to running cases: read in one snapshot, many accounts at a time, assessed on all cores. Nothing
//! is locked and nothing is written.

pub mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use relance::advance::Behind;
use relance::domain::{Account, Revision, WorkflowName};
use relance::engine::Book;
use relance::simulate::{Class, Plan, assess};
use relance::store::Writer;
use relance::worker::{Edition, Library};
use tokio::task::JoinSet;

use crate::catalog::Proposed;

/// Accounts read at once: a chunk costs the same handful of statements whatever is in it.
pub const CHUNK_ACCOUNTS: usize = 1_000;

/// Where running cases of a workflow would go.
pub type Target = (WorkflowName, Revision);

/// What moving running cases would do, by workflow.
pub type Plans = BTreeMap<WorkflowName, Plan>;

/// Where running cases of the workflows would go: those of a workflow that was never deployed there are none.
pub fn targets(editions: &[Edition], library: &Library) -> Vec<Target> {
    let deployed = |edition: &&Edition| library.service().deployed.contains_key(&edition.workflow.name);
    editions.iter().filter(deployed).map(Edition::key).collect()
}

/// What moving every running case to the editions of `proposed` would do, as things stand in one snapshot.
pub async fn survey(
    writer: &mut Writer,
    library: &Library,
    proposed: &Proposed,
    now: DateTime<Utc>,
) -> anyhow::Result<Plans> {
    let editions = &proposed.editions;
    let law = proposed.law.as_ref().unwrap_or(library.law());
    let book = library.with_deployed(editions, law).book();
    let progress = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {pos} accounts looked at ({per_sec})")?);
    let mut plans = Plans::new();
    let mut behind = Behind::begin(writer).await?;
    for target in targets(editions, library) {
        let plan = survey_one(&mut behind, &book, &target, now, &progress).await?;
        plans.insert(target.0, plan);
    }
    behind.end().await?;
    progress.finish_and_clear();
    Ok(plans)
}

async fn survey_one(
    behind: &mut Behind<'_>,
    book: &Arc<Book>,
    target: &Target,
    now: DateTime<Utc>,
    progress: &ProgressBar,
) -> anyhow::Result<Plan> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut plan = Plan::default();
    let mut assessing: JoinSet<Plan> = JoinSet::new();
    let mut after = None;
    loop {
        let accounts = behind.next((&target.0, &target.1), after.as_ref(), CHUNK_ACCOUNTS).await?;
        let Some(last) = accounts.last() else { break };
        after = Some(last.key.clone());
        progress.inc(accounts.len() as u64);
        // The next chunk is read while these are assessed; no more than the cores can take are kept in memory.
        while assessing.len() >= cores
            && let Some(part) = assessing.join_next().await
        {
            plan.merge(part?);
        }
        let (book, target) = (book.clone(), target.clone());
        assessing.spawn_blocking(move || assess_each(&accounts, &book, &target, now));
    }
    while let Some(part) = assessing.join_next().await {
        plan.merge(part?);
    }
    Ok(plan)
}

fn assess_each(accounts: &[Account], book: &Book, (workflow, to): &Target, now: DateTime<Utc>) -> Plan {
    let mut plan = Plan::default();
    for account in accounts {
        assess(account, book, workflow, to, now).iter().for_each(|case| plan.add(case));
    }
    plan
}

/// All workflows together: what `--accept` is compared with.
pub fn total(plans: &Plans) -> Plan {
    let mut total = Plan::default();
    plans.values().for_each(|plan| total.merge(plan.clone()));
    total
}

/// The flags that accept what blocks in `plan`; empty where nothing does.
pub fn flags(plan: &Plan) -> String {
    let blocking = plan.unaccepted(&BTreeMap::<Class, usize>::new());
    let flags: Vec<String> =
        blocking.iter().map(|(class, count)| format!("--accept {}={count}", class.as_str())).collect();
    flags.join(" ")
}
