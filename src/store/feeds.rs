//! Which stale feeds somebody was alerted of: once for each report, whichever worker finds out first.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{StoreError, Tx};
use crate::domain::CreditorId;

impl Tx<'_> {
    /// Says that payments of these creditors are known up to an instant only. Returns those of whom that was not said
    /// yet; once this transaction is committed, it is.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn tell_stale_feeds(
        &mut self,
        stale: &BTreeMap<CreditorId, DateTime<Utc>>,
    ) -> Result<Vec<CreditorId>, StoreError> {
        let creditors: Vec<&str> = stale.keys().map(CreditorId::as_str).collect();
        let through: Vec<DateTime<Utc>> = stale.values().copied().collect();
        let told = sqlx::query_scalar!(
            "INSERT INTO stale_feeds AS told (creditor, through) SELECT * FROM unnest($1::text[], $2::timestamptz[])
             ON CONFLICT ON CONSTRAINT stale_feeds_pkey DO UPDATE SET through = excluded.through, told_at = now()
             WHERE told.through <> excluded.through
             RETURNING creditor",
            &creditors as _,
            &through,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(told.into_iter().map(CreditorId::new).collect())
    }
}
