//! What serves, read and changed: deployments, stopped steps.
//!
//! A change takes the library's lock alone, for as long as a few short statements take: decisions under way end
//! first, and the next one finds that its book is old. What may follow later, accounts that can go on now, follows
//! after its commit. Nothing is decided here.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{Revision, StepId, WorkflowName};
use crate::store::{BlockedStep, Bundle, InService, LawBundle, StoreError, Tx, Wakes, Writer};

/// Accounts made due in one transaction.
const WOKEN_AT_ONCE: i64 = 1_000;
/// Nobody who is at work leaves accounts waiting so long.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// What is to be put into service, and taken out of it.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The newest deployment that was known when this was made up.
    pub after: i64,
    /// What new cases are to take.
    pub revisions: Vec<Bundle>,
    /// Workflows that are to take no new cases any more.
    pub retired: Vec<WorkflowName>,
    /// The law by which is to be decided, where it is another one.
    pub law: Option<LawBundle>,
    /// Who does it.
    pub by: String,
    /// What is said of it.
    pub note: Option<String>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// It stands, under this number, and accounts are decided again.
    Done {
        /// The deployment.
        number: i64,
        /// So many with a case that waits for a workflow, where there is a new revision.
        woken: u64,
        /// So many with an open case, where there is another law.
        by_law: u64,
    },
    /// Somebody deployed meanwhile, and this is what serves; nothing was changed.
    Overtaken(Box<InService>),
}

/// What serves, with what a reader has not read of it yet.
#[derive(Debug)]
pub struct Service {
    /// What serves.
    pub in_service: InService,
    /// The revisions it did not have.
    pub bundles: Vec<Bundle>,
    /// The law, where it is another one than it had.
    pub law: Option<LawBundle>,
}

/// What serves now, with the stored revisions that are not among `known`, and the law where it is not `law`.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn read_service(writer: &mut Writer, known: &[&Revision], law: Option<&str>) -> Result<Service, StoreError> {
    let mut tx = writer.begin_snapshot().await?;
    let in_service = tx.in_service().await?;
    let bundles = tx.revisions_beside(known).await?;
    let law = match &in_service.law {
        Some(row) if Some(row.digest.as_str()) != law => Some(tx.kept_law(&row.digest).await?),
        _ => None,
    };
    tx.commit().await?;
    Ok(Service { in_service, bundles, law })
}

/// How many cases are open on each revision: what another law concerns.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn open_cases(writer: &mut Writer) -> Result<BTreeMap<(WorkflowName, Revision), i64>, StoreError> {
    let mut tx = writer.begin_snapshot().await?;
    let open = tx.open_cases().await?;
    tx.roll_back().await?;
    Ok(open)
}

/// Deploys, unless somebody else did since `change` was made up.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn deploy(writer: &mut Writer, change: &Change) -> Result<Deployed, StoreError> {
    let mut tx = writer.begin_alone().await?;
    let service = tx.in_service().await?;
    if service.number != change.after {
        tx.roll_back().await?;
        return Ok(Deployed::Overtaken(Box::new(service)));
    }
    tx.keep_revisions(&change.revisions).await?;
    let revisions = change.revisions.iter().map(|bundle| (&bundle.workflow, Some(&bundle.revision)));
    let rows: Vec<_> = revisions.chain(change.retired.iter().map(|name| (name, None))).collect();
    let number = service.number + 1;
    tx.add_deployment(number, &rows, &change.by, change.note.as_deref()).await?;
    if let Some(law) = &change.law {
        tx.deploy_law(number, law, &change.by, change.note.as_deref()).await?;
        // What is ordered states dates and amounts of the law before: it is decided again before anything is claimed.
        tx.wake_all_ordered().await?;
    }
    tx.raise_version().await?;
    let wakes = if change.revisions.is_empty() { None } else { Some(tx.begin_wakes(Wakes::Unchosen).await?) };
    let by_law = if change.law.is_none() { None } else { Some(tx.begin_wakes(Wakes::Open).await?) };
    tx.commit().await?;
    let woken = wake_each(writer, wakes).await;
    Ok(Deployed::Done { number, woken, by_law: wake_each(writer, by_law).await })
}

/// A step by every name it has on the revisions of its workflow, as the library of one version tells them.
#[derive(Clone, Debug)]
pub struct Named {
    /// The version.
    pub version: i64,
    /// The workflow.
    pub workflow: WorkflowName,
    /// The step, as somebody called it.
    pub step: StepId,
    /// All its names, that one among them.
    pub names: Vec<StepId>,
}

/// What became of stopping a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// It is stopped; so many ordered notices are withdrawn by it, and none of them can be claimed before its account
    /// was decided again.
    Done {
        /// The notices.
        ordered: u64,
    },
    /// It was stopped before, under one of its names; nothing was changed.
    Already(BlockedStep),
}

/// Stops a step.
///
/// # Errors
///
/// [`StoreError::Stale`] where something was deployed or blocked since the names were read: the step may have another
/// by now; else when Postgres refuses or is away.
pub async fn block(writer: &mut Writer, named: &Named, reason: &str, by: &str) -> Result<Blocked, StoreError> {
    let (mut tx, service) = begin_as_read(writer, named).await?;
    let same = |block: &BlockedStep| block.workflow == named.workflow && named.names.contains(&block.step);
    if let Some(block) = service.blocked.into_iter().find(same) {
        tx.roll_back().await?;
        return Ok(Blocked::Already(block));
    }
    tx.block_step(&named.workflow, &named.step, reason, by).await?;
    tx.raise_version().await?;
    let ordered = tx.wake_ordered(&named.workflow, &named.names).await?;
    tx.commit().await?;
    Ok(Blocked::Done { ordered })
}

/// Lets a step go again. Returns how many accounts with a case held by a stopped step are decided again; `None`
/// where the step was not stopped.
///
/// # Errors
///
/// As [`block`].
pub async fn unblock(writer: &mut Writer, named: &Named) -> Result<Option<u64>, StoreError> {
    let (mut tx, _) = begin_as_read(writer, named).await?;
    if !tx.unblock_step(&named.workflow, &named.names).await? {
        tx.roll_back().await?;
        return Ok(None);
    }
    tx.raise_version().await?;
    let wakes = tx.begin_wakes(Wakes::Held(&named.workflow)).await?;
    tx.commit().await?;
    Ok(Some(wake_each(writer, Some(wakes)).await))
}

/// Takes the library alone, where it is still what the names were read from.
async fn begin_as_read<'w>(writer: &'w mut Writer, named: &Named) -> Result<(Tx<'w>, InService), StoreError> {
    let mut tx = writer.begin_alone().await?;
    let service = tx.in_service().await?;
    if service.version == named.version {
        return Ok((tx, service));
    }
    tx.roll_back().await?;
    Err(StoreError::Stale { book: named.version, library: service.version })
}

/// Makes accounts due after a change that stands, a part at a time. Returns how many. What is left undone because
/// Postgres went away, or this process did, a worker takes up.
async fn wake_each(writer: &mut Writer, number: Option<i64>) -> u64 {
    let Some(number) = number else { return 0 };
    go_on(writer, number).await.unwrap_or_else(|why| {
        tracing::warn!(%why, "accounts are made due by a worker within minutes: it was interrupted here");
        0
    })
}

async fn go_on(writer: &mut Writer, number: i64) -> Result<u64, StoreError> {
    let mut woken = 0;
    loop {
        let mut tx = writer.begin().await?;
        let part = tx.go_on_with_wakes(number, WOKEN_AT_ONCE).await?;
        tx.commit().await?;
        match part {
            Some(accounts) => woken += accounts as u64,
            None => return Ok(woken),
        }
    }
}

/// Goes on where somebody who deployed or unblocked left before every account was made due. Returns how many it made
/// due.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn go_on_with_wakes(writer: &mut Writer) -> Result<u64, StoreError> {
    let mut tx = writer.begin().await?;
    let left = tx.left_wakes(LEFT_AFTER).await?;
    tx.roll_back().await?;
    match left {
        Some(number) => go_on(writer, number).await,
        None => Ok(0),
    }
}
