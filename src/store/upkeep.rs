//! What changes rarely: months ahead of time, workflow revisions, paused providers.

use chrono::{DateTime, Utc};

use super::{StoreError, Writer};
use crate::domain::{Revision, WorkflowName};

/// Months made ahead: a worker that was off for a quarter still finds its partition.
const MONTHS_AHEAD: i32 = 3;

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

impl Writer {
    /// Makes the monthly partitions of the coming months where they are missing.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn make_months(&mut self) -> Result<(), StoreError> {
        let session = self.session().await?;
        let made = sqlx::query!(
            "SELECT relance_month_partitions(parent, $1) FROM unnest(ARRAY['inbox', 'history']) AS parent",
            MONTHS_AHEAD,
        )
        .fetch_all(session)
        .await;
        self.kept(made)?;
        Ok(())
    }

    /// Keeps a revision; one that is known stays as it is. Returns whether it is new.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn keep_revision(&mut self, bundle: &Bundle) -> Result<bool, StoreError> {
        let session = self.session().await?;
        let kept = sqlx::query!(
            "INSERT INTO revisions (workflow, revision, bundle) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            bundle.workflow.as_str(),
            bundle.revision.as_str(),
            bundle.json,
        )
        .execute(session)
        .await;
        let kept = self.kept(kept)?;
        Ok(kept.rows_affected() == 1)
    }

    /// Wakes every account with a case that no workflow took yet, at `now` at the latest: a workflow is new.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn wake_unchosen(&mut self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let session = self.session().await?;
        let woken = sqlx::query!(
            "UPDATE accounts SET wake_at = LEAST(COALESCE(wake_at, $1), $1)
             FROM (SELECT DISTINCT creditor, debtor FROM cases WHERE state = 'waiting' OR workflow IS NULL) AS unchosen
             WHERE accounts.creditor = unchosen.creditor AND accounts.debtor = unchosen.debtor",
            now,
        )
        .execute(session)
        .await;
        self.kept(woken)?;
        Ok(())
    }

    /// Every revision that was ever used, oldest first.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn revisions(&mut self) -> Result<Vec<Bundle>, StoreError> {
        let session = self.session().await?;
        let rows = sqlx::query!("SELECT workflow, revision, bundle FROM revisions ORDER BY first_seen, workflow")
            .fetch_all(session)
            .await;
        let rows = self.kept(rows)?;
        Ok(rows
            .into_iter()
            .map(|row| Bundle {
                workflow: WorkflowName::new(row.workflow),
                revision: Revision::new(row.revision),
                json: row.bundle,
            })
            .collect())
    }

    /// Pauses a provider from now on, for a while.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn pause_provider(&mut self, provider: &str, reason: &str) -> Result<(), StoreError> {
        let session = self.session().await?;
        let paused = sqlx::query!(
            "INSERT INTO providers (provider, paused_reason, paused_at) VALUES ($1, $2, now())
             ON CONFLICT ON CONSTRAINT providers_pkey DO UPDATE SET paused_reason = excluded.paused_reason,
                 paused_at = excluded.paused_at",
            provider,
            reason,
        )
        .execute(session)
        .await;
        self.kept(paused)?;
        Ok(())
    }

    /// Lets providers that took a notice take all of them again.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn resume_providers(&mut self, providers: &[&str]) -> Result<(), StoreError> {
        let session = self.session().await?;
        let resumed = sqlx::query!(
            "UPDATE providers SET paused_reason = NULL, paused_at = NULL
             WHERE provider = ANY($1) AND paused_at IS NOT NULL",
            providers as _,
        )
        .execute(session)
        .await;
        self.kept(resumed)?;
        Ok(())
    }

    /// Paused providers with the reason.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn paused_providers(&mut self) -> Result<Vec<(String, String)>, StoreError> {
        let session = self.session().await?;
        let rows = sqlx::query!(
            r#"SELECT provider, paused_reason AS "reason!" FROM providers WHERE paused_reason IS NOT NULL
               ORDER BY provider"#
        )
        .fetch_all(session)
        .await;
        Ok(self.kept(rows)?.into_iter().map(|row| (row.provider, row.reason)).collect())
    }
}
