//! What statements and lists read: a creditor's accounts some at a time, and how schedules went.

use chrono::{DateTime, Utc};

use super::{Reader, ScheduleKey, StoreError, Tx, Writer};
use crate::domain::{AccountKey, CreditorId};

/// A run as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunView {
    /// About whom.
    pub creditor: CreditorId,
    /// Of which occurrence.
    pub at: DateTime<Utc>,
    /// `waiting`, `claimed`, `sending`, `accepted`, `rejected`, `uncertain`.
    pub state: String,
    /// Why, where it was not accepted.
    pub detail: Option<String>,
    /// How many earlier occurrences it stands for as well.
    pub passed_over: i32,
}

impl Reader {
    /// The last runs of a schedule, newest first.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn runs(&self, key: &ScheduleKey, limit: i64) -> Result<Vec<RunView>, StoreError> {
        let rows = sqlx::query!(
            "SELECT creditor, occurrence, state, detail, passed_over FROM schedule_runs
             WHERE scope = $1 AND schedule = $2 ORDER BY occurrence DESC, creditor LIMIT $3",
            key.scope,
            key.id,
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        let views = rows.into_iter().map(|row| RunView {
            creditor: CreditorId::new(row.creditor),
            at: row.occurrence,
            state: row.state,
            detail: row.detail,
            passed_over: row.passed_over,
        });
        Ok(views.collect())
    }

    /// The creditors that are known, by id.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn creditors(&self) -> Result<Vec<CreditorId>, StoreError> {
        let names = sqlx::query_scalar!(
            "SELECT creditor FROM creditors WHERE EXISTS (
                 SELECT FROM facts WHERE facts.creditor = creditors.creditor AND kind = 'creditor.upserted')
             ORDER BY creditor"
        )
        .fetch_all(self.pool())
        .await?;
        Ok(names.into_iter().map(CreditorId::new).collect())
    }
}

impl Writer {
    /// How many events of a creditor wait in quarantine.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn quarantined(&mut self, creditor: &CreditorId) -> Result<u64, StoreError> {
        let session = self.session().await?;
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM quarantine WHERE state = 'waiting' AND creditor = $1"#,
            creditor.as_str(),
        )
        .fetch_one(session)
        .await;
        Ok(u64::try_from(self.kept(count)?).unwrap_or_default())
    }
}

impl Tx<'_> {
    /// Up to `limit` accounts of a creditor after a debtor, by debtor, each with when it wakes up.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn accounts_after(
        &mut self,
        creditor: &CreditorId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<(AccountKey, Option<DateTime<Utc>>)>, StoreError> {
        let rows = sqlx::query!(
            "SELECT debtor, wake_at FROM accounts WHERE creditor = $1 AND debtor > $2 ORDER BY debtor LIMIT $3",
            creditor.as_str(),
            after,
            limit,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (super::accounts::key(creditor.to_string(), row.debtor), row.wake_at)).collect())
    }
}
