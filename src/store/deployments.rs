//! What serves: immutable revisions, the deployments that put them into service, the steps that are stopped.
//!
//! Whoever decides holds the lock of the library shared and compares its version; whoever deploys or blocks holds it
//! alone and raises the version. So no decision by an old book is under way, or committed later, once a deployment or
//! a block stands.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{LawDeployment, StoreError, Tx};
use crate::domain::{AccountKey, Revision, StepId, WorkflowName};

/// A workflow revision with everything it needs: the YAML and the templates, as one JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The workflow.
    pub workflow: WorkflowName,
    /// Its revision.
    pub revision: Revision,
    /// The JSON object.
    pub json: String,
}

/// One workflow's row of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The deployment; several workflows may share it.
    pub number: i64,
    /// The workflow.
    pub workflow: WorkflowName,
    /// What its new cases take since then; none where it takes no cases any more.
    pub revision: Option<Revision>,
    /// Who deployed it.
    pub by: String,
    /// When, in real time.
    pub at: DateTime<Utc>,
    /// What was said of it.
    pub note: Option<String>,
}

/// A step that a person stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedStep {
    /// Its workflow.
    pub workflow: WorkflowName,
    /// The step, by the name that was typed.
    pub step: StepId,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When, in real time.
    pub at: DateTime<Utc>,
}

/// What serves at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InService {
    /// Grows with every deployment and every block.
    pub version: i64,
    /// The newest deployment; 0 before the first.
    pub number: i64,
    /// The newest row of each workflow, retired ones among them.
    pub deployed: BTreeMap<WorkflowName, Deployment>,
    /// Steps that are stopped.
    pub blocked: Vec<BlockedStep>,
    /// The law by which is decided; none before one was deployed.
    pub law: Option<LawDeployment>,
}

impl InService {
    /// What was deployed after the deployment `number`, in words: who, what, when.
    pub fn since(&self, number: i64) -> Vec<String> {
        let workflow = |row: &Deployment| {
            let what = if row.revision.is_some() { "deployed" } else { "retired" };
            let what = format!("{what} {}", row.workflow);
            (row.number, told(&row.by, &what, row.at, row.number, row.note.as_deref()))
        };
        let law = |row: &LawDeployment| {
            (row.number, told(&row.by, "deployed the law", row.at, row.number, row.note.as_deref()))
        };
        let all = self.deployed.values().map(workflow).chain(self.law.iter().map(law));
        all.filter(|(newer, _)| *newer > number).map(|(_, told)| told).collect()
    }
}

fn told(by: &str, what: &str, at: DateTime<Utc>, number: i64, note: Option<&str>) -> String {
    let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
    format!("{by} {what} at {at} as deployment {number}{note}")
}

impl Tx<'_> {
    /// Says that what serves changed.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn raise_version(&mut self) -> Result<(), StoreError> {
        let done = sqlx::query!("UPDATE library_version SET version = version + 1").execute(self.connection()).await?;
        StoreError::unless_rows("library_version", 1, done.rows_affected())
    }

    /// What serves now.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn in_service(&mut self) -> Result<InService, StoreError> {
        let version = sqlx::query_scalar!("SELECT version FROM library_version").fetch_one(self.connection()).await?;
        let rows = sqlx::query!(
            "SELECT DISTINCT ON (workflow) workflow, number, revision, deployed_by, deployed_at, note FROM deployments
             ORDER BY workflow, number DESC"
        )
        .fetch_all(self.connection())
        .await?;
        let deployed: BTreeMap<WorkflowName, Deployment> = rows
            .into_iter()
            .map(|row| Deployment {
                number: row.number,
                workflow: WorkflowName::new(row.workflow),
                revision: row.revision.map(Revision::new),
                by: row.deployed_by,
                at: row.deployed_at,
                note: row.note,
            })
            .map(|deployment| (deployment.workflow.clone(), deployment))
            .collect();
        let blocked = sqlx::query!(
            "SELECT workflow, step, reason, blocked_by, blocked_at FROM blocked_steps ORDER BY workflow, step"
        )
        .fetch_all(self.connection())
        .await?
        .into_iter()
        .map(|row| BlockedStep {
            workflow: WorkflowName::new(row.workflow),
            step: StepId::new(row.step),
            reason: row.reason,
            by: row.blocked_by,
            at: row.blocked_at,
        })
        .collect();
        let law = self.law_in_service().await?;
        let numbers = deployed.values().map(|row| row.number).chain(law.iter().map(|row| row.number));
        let number = numbers.max().unwrap_or_default();
        Ok(InService { version, number, deployed, blocked, law })
    }

    /// Every stored revision that is not among `known`, oldest first.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn revisions_beside(&mut self, known: &[&Revision]) -> Result<Vec<Bundle>, StoreError> {
        let known: Vec<&str> = known.iter().map(|revision| revision.as_str()).collect();
        let rows = sqlx::query!(
            "SELECT workflow, revision, bundle FROM revisions WHERE revision <> ALL($1) ORDER BY first_seen, workflow",
            &known as _,
        )
        .fetch_all(self.connection())
        .await?;
        let bundle = |workflow, revision, json| Bundle {
            workflow: WorkflowName::new(workflow),
            revision: Revision::new(revision),
            json,
        };
        Ok(rows.into_iter().map(|row| bundle(row.workflow, row.revision, row.bundle)).collect())
    }

    /// Up to `limit` accounts after `after` with an open case of `workflow` on another revision than `to`, sorted.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn accounts_behind(
        &mut self,
        workflow: &WorkflowName,
        to: &Revision,
        after: Option<&AccountKey>,
        limit: i64,
    ) -> Result<Vec<AccountKey>, StoreError> {
        let (creditor, debtor) = after.map_or(("", ""), |key| (key.creditor.as_str(), key.debtor.as_str()));
        let rows = sqlx::query!(
            "SELECT DISTINCT creditor, debtor FROM cases
             WHERE state = 'open' AND workflow = $1 AND revision <> $2 AND (creditor, debtor) > ($3, $4)
             ORDER BY creditor, debtor LIMIT $5",
            workflow.as_str(),
            to.as_str(),
            creditor,
            debtor,
            limit,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| super::accounts::key(row.creditor, row.debtor)).collect())
    }

    /// Keeps revisions; those that are known stay as they are.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn keep_revisions(&mut self, bundles: &[Bundle]) -> Result<(), StoreError> {
        let workflows: Vec<&str> = bundles.iter().map(|bundle| bundle.workflow.as_str()).collect();
        let revisions: Vec<&str> = bundles.iter().map(|bundle| bundle.revision.as_str()).collect();
        let jsons: Vec<&str> = bundles.iter().map(|bundle| bundle.json.as_str()).collect();
        sqlx::query!(
            "INSERT INTO revisions (workflow, revision, bundle)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
            &workflows as _,
            &revisions as _,
            &jsons as _,
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes the rows of one deployment; the library is locked.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn add_deployment(
        &mut self,
        number: i64,
        rows: &[(&WorkflowName, Option<&Revision>)],
        by: &str,
        note: Option<&str>,
    ) -> Result<(), StoreError> {
        let workflows: Vec<&str> = rows.iter().map(|(workflow, _)| workflow.as_str()).collect();
        let revisions: Vec<Option<&str>> = rows.iter().map(|(_, revision)| revision.map(Revision::as_str)).collect();
        let done = sqlx::query!(
            "INSERT INTO deployments (number, workflow, revision, deployed_by, note)
             SELECT $1, workflow, revision, $4, $5 FROM unnest($2::text[], $3::text[]) AS come (workflow, revision)",
            number,
            &workflows as _,
            &revisions as _,
            by,
            note,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("deployments", rows.len(), done.rows_affected())
    }

    /// Stops a step that is not stopped; the library is locked.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn block_step(
        &mut self,
        workflow: &WorkflowName,
        step: &StepId,
        reason: &str,
        by: &str,
    ) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "INSERT INTO blocked_steps (workflow, step, reason, blocked_by) VALUES ($1, $2, $3, $4)",
            workflow.as_str(),
            step.as_str(),
            reason,
            by,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("blocked_steps", 1, done.rows_affected())
    }

    /// Lets a step go again, under whichever of its names it was stopped. Whether it was.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn unblock_step(&mut self, workflow: &WorkflowName, names: &[StepId]) -> Result<bool, StoreError> {
        let names: Vec<&str> = names.iter().map(StepId::as_str).collect();
        let done = sqlx::query!(
            "DELETE FROM blocked_steps WHERE workflow = $1 AND step = ANY($2)",
            workflow.as_str(),
            &names as _,
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Makes accounts with an ordered notice of the workflow's step due, so that none is claimed before they were
    /// decided again. Returns how many notices that concerns.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn wake_ordered(&mut self, workflow: &WorkflowName, names: &[StepId]) -> Result<u64, StoreError> {
        let names: Vec<&str> = names.iter().map(StepId::as_str).collect();
        let ordered = sqlx::query!(
            "SELECT DISTINCT notices.creditor, notices.debtor, notices.id FROM notices
             JOIN notice_cases ON notice_cases.notice = notices.id AND notice_cases.step = ANY($2)
             JOIN cases ON cases.creditor = notices.creditor AND cases.debtor = notices.debtor
                 AND cases.invoice = notice_cases.invoice AND cases.workflow = $1
             WHERE notices.state = 'ordered' ORDER BY notices.creditor, notices.debtor",
            workflow.as_str(),
            &names as _,
        )
        .fetch_all(self.connection())
        .await?;
        let count = ordered.len() as u64;
        let mut keys: Vec<AccountKey> =
            ordered.into_iter().map(|row| super::accounts::key(row.creditor, row.debtor)).collect();
        keys.dedup();
        self.lock_accounts(&keys).await?;
        self.make_due(&keys).await?;
        Ok(count)
    }
}
