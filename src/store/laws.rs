//! The law that serves: its files, kept once under their digest, and the deployments that put them into service.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{StoreError, Tx};
use crate::domain::{Revision, WorkflowName};

/// A law with all its files, as one JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawBundle {
    /// The SHA-256 of the JSON object, in hexadecimal.
    pub digest: String,
    /// The JSON object.
    pub json: String,
}

/// A deployment that brought a law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawDeployment {
    /// The deployment.
    pub number: i64,
    /// What serves since then.
    pub digest: String,
    /// Who deployed it.
    pub by: String,
    /// When, in real time.
    pub at: DateTime<Utc>,
    /// What was said of it.
    pub note: Option<String>,
}

impl Tx<'_> {
    /// The newest law; none before one was deployed.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn law_in_service(&mut self) -> Result<Option<LawDeployment>, StoreError> {
        Ok(sqlx::query_as!(
            LawDeployment,
            r#"SELECT number, law AS digest, deployed_by AS "by", deployed_at AS "at", note FROM law_deployments
               ORDER BY number DESC LIMIT 1"#
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// A law that is kept.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn kept_law(&mut self, digest: &str) -> Result<LawBundle, StoreError> {
        Ok(sqlx::query_as!(LawBundle, "SELECT digest, files AS json FROM laws WHERE digest = $1", digest)
            .fetch_one(self.connection())
            .await?)
    }

    /// Keeps a law, where it is not kept already, and puts it into service; the library is locked.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn deploy_law(
        &mut self,
        number: i64,
        law: &LawBundle,
        by: &str,
        note: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query!("INSERT INTO laws (digest, files) VALUES ($1, $2) ON CONFLICT DO NOTHING", law.digest, law.json,)
            .execute(self.connection())
            .await?;
        sqlx::query!(
            "INSERT INTO law_deployments (number, law, deployed_by, note) VALUES ($1, $2, $3, $4)",
            number,
            law.digest,
            by,
            note,
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes every account with an ordered notice due, so that none is claimed before it was decided again.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn wake_all_ordered(&mut self) -> Result<(), StoreError> {
        sqlx::query!(
            "WITH due AS (
                 SELECT creditor, debtor FROM accounts
                 WHERE (creditor, debtor) IN (SELECT creditor, debtor FROM notices WHERE state = 'ordered')
                 ORDER BY creditor, debtor FOR UPDATE)
             UPDATE accounts SET wake_at = to_timestamp(0), seq = seq + 1 FROM due
             WHERE accounts.creditor = due.creditor AND accounts.debtor = due.debtor"
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// How many cases are open on each revision.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn open_cases(&mut self) -> Result<BTreeMap<(WorkflowName, Revision), i64>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT workflow AS "workflow!", revision AS "revision!", count(*) AS "count!" FROM cases
               WHERE state = 'open' AND workflow IS NOT NULL GROUP BY workflow, revision"#
        )
        .fetch_all(self.connection())
        .await?;
        let key = |workflow, revision| (WorkflowName::new(workflow), Revision::new(revision));
        Ok(rows.into_iter().map(|row| (key(row.workflow, row.revision), row.count)).collect())
    }
}
