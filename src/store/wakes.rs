//! Accounts that a change of what serves makes due, in parts: the change is committed first, and nobody waits for the
//! rest of it. How far it came is on record, so whoever finds it left goes on.

use std::time::Duration;

use sqlx::postgres::types::PgInterval;

use super::accounts::{Lock, key};
use super::{StoreError, Tx};
use crate::domain::{AccountKey, CreditorId, WorkflowName};

/// Which accounts are to be made due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wakes<'w> {
    /// Those with a case that no workflow took yet: one is new.
    Unchosen,
    /// Those with a case of the workflow that a stopped step held.
    Held(&'w WorkflowName),
    /// Those with an open case: the law by which they are decided is another one.
    Open,
}

impl Tx<'_> {
    /// Puts on record that accounts are to be made due; returns the number under which it stands.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn begin_wakes(&mut self, wakes: Wakes<'_>) -> Result<i64, StoreError> {
        let workflow = match wakes {
            Wakes::Held(workflow) => Some(workflow.as_str()),
            Wakes::Unchosen | Wakes::Open => None,
        };
        let number = sqlx::query_scalar!(
            "INSERT INTO wakes (workflow, open_cases) VALUES ($1, $2) RETURNING number",
            workflow,
            wakes == Wakes::Open,
        );
        Ok(number.fetch_one(self.connection()).await?)
    }

    /// One that nobody has gone on with for so long, in real time.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn left_wakes(&mut self, untouched: Duration) -> Result<Option<i64>, StoreError> {
        let micros = i64::try_from(untouched.as_micros()).unwrap_or(i64::MAX);
        let untouched = PgInterval { months: 0, days: 0, microseconds: micros };
        let number = sqlx::query_scalar!(
            "SELECT number FROM wakes WHERE touched_at < now() - $1::interval ORDER BY number LIMIT 1",
            untouched,
        );
        Ok(number.fetch_optional(self.connection()).await?)
    }

    /// Makes up to `limit` more accounts due and puts on record how far it came. Returns how many, and `None` once it
    /// is over.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn go_on_with_wakes(&mut self, number: i64, limit: i64) -> Result<Option<usize>, StoreError> {
        let row = sqlx::query!(
            "SELECT workflow, open_cases, creditor, debtor FROM wakes WHERE number = $1 FOR UPDATE",
            number
        )
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let keys = match row.workflow {
            None => {
                let state = if row.open_cases { "open" } else { "waiting" };
                self.in_state_after(state, &row.creditor, &row.debtor, limit).await?
            }
            Some(workflow) => self.held_after(&workflow, &row.creditor, &row.debtor, limit).await?,
        };
        let Some(last) = keys.last() else {
            sqlx::query!("DELETE FROM wakes WHERE number = $1", number).execute(self.connection()).await?;
            return Ok(None);
        };
        // Creditors before accounts, as everywhere: else it could wait for one that waits for it.
        let mut creditors: Vec<CreditorId> = keys.iter().map(|key| key.creditor.clone()).collect();
        creditors.dedup();
        self.lock_creditors(&creditors, Lock::Shared).await?;
        self.lock_accounts(&keys).await?;
        self.make_due(&keys).await?;
        sqlx::query!(
            "UPDATE wakes SET creditor = $2, debtor = $3, touched_at = now() WHERE number = $1",
            number,
            last.creditor.as_str(),
            last.debtor.as_str(),
        )
        .execute(self.connection())
        .await?;
        Ok(Some(keys.len()))
    }

    async fn in_state_after(
        &mut self,
        state: &str,
        creditor: &str,
        debtor: &str,
        limit: i64,
    ) -> Result<Vec<AccountKey>, StoreError> {
        let rows = sqlx::query!(
            "SELECT DISTINCT creditor, debtor FROM cases
             WHERE state = $1 AND (creditor, debtor) > ($2, $3) ORDER BY creditor, debtor LIMIT $4",
            state,
            creditor,
            debtor,
            limit,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| key(row.creditor, row.debtor)).collect())
    }

    async fn held_after(
        &mut self,
        workflow: &str,
        creditor: &str,
        debtor: &str,
        limit: i64,
    ) -> Result<Vec<AccountKey>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT DISTINCT creditor, debtor FROM cases
               WHERE state = 'open' AND workflow = $1 AND body LIKE '%"blocked_step"%'
                   AND (creditor, debtor) > ($2, $3) ORDER BY creditor, debtor LIMIT $4"#,
            workflow,
            creditor,
            debtor,
            limit,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| key(row.creditor, row.debtor)).collect())
    }
}
