//! What serves, read and changed: deployments, stopped steps.
//!
//! A change takes the library's lock alone, for as long as a few short statements take: decisions under way end
//! first, and the next one finds that its book is old. Nothing is decided here.

use crate::domain::{Revision, StepId, WorkflowName};
use crate::store::{Bundle, InService, LawBundle, StoreError, Writer};

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
    /// It stands, under this number; so many accounts with a case that waits for a workflow are decided again.
    Done {
        /// The deployment.
        number: i64,
        /// The accounts.
        woken: u64,
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

/// How many cases are open: what another law concerns.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn open_cases(writer: &mut Writer) -> Result<i64, StoreError> {
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
    let mut tx = writer.begin().await?;
    tx.lock_library().await?;
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
    let woken = tx.wake_unchosen().await?;
    tx.commit().await?;
    Ok(Deployed::Done { number, woken })
}

/// Stops a step that has all of `names` on the revisions of its workflow. Returns how many ordered notices are
/// withdrawn by it: none of them can be claimed before its account was decided again.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn block(
    writer: &mut Writer,
    workflow: &WorkflowName,
    step: &StepId,
    names: &[StepId],
    reason: &str,
    by: &str,
) -> Result<u64, StoreError> {
    let mut tx = writer.begin().await?;
    tx.lock_library().await?;
    tx.block_step(workflow, step, reason, by).await?;
    tx.raise_version().await?;
    let ordered = tx.wake_ordered(names).await?;
    tx.commit().await?;
    Ok(ordered)
}

/// Lets a step go again. Returns how many accounts with a case held by a stopped step are decided again; `None`
/// where the step was not stopped.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn unblock(
    writer: &mut Writer,
    workflow: &WorkflowName,
    names: &[StepId],
) -> Result<Option<u64>, StoreError> {
    let mut tx = writer.begin().await?;
    tx.lock_library().await?;
    if !tx.unblock_step(workflow, names).await? {
        tx.roll_back().await?;
        return Ok(None);
    }
    tx.raise_version().await?;
    let woken = tx.wake_blocked(workflow).await?;
    tx.commit().await?;
    Ok(Some(woken))
}
