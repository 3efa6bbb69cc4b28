//! What changes rarely: months ahead of time, paused providers.

use super::{StoreError, Writer};

/// Months made ahead: a worker that was off for a quarter still finds its partition.
const MONTHS_AHEAD: i32 = 3;

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
