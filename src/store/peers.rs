//! How a creditor's debtors pay, counted over all of them once a day.

use chrono::{DateTime, Utc};

use super::{StoreError, Tx, Writer};
use crate::domain::{CreditorId, Peers};

impl Writer {
    /// Counts how the debtors of every creditor pay, unless somebody did within the last day or does so now. Returns when
    /// it was last counted, in Postgres' time; `None` while nobody paid anything.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn count_peers(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let session = self.session().await?;
        // Of two workers that count at the same time the one without the lock leaves it to the other.
        let counted = sqlx::query!(
            "INSERT INTO peers (creditor, debtors, share_late, days_late, counted_at)
             SELECT creditor, count(*), round(sum(paid_late)::numeric / sum(paid), 4),
                 percentile_disc(0.5) WITHIN GROUP (ORDER BY days_late), now()
             FROM accounts
             WHERE paid > 0 AND NOT EXISTS (SELECT FROM peers WHERE counted_at > now() - interval '1 day')
                 AND (SELECT pg_try_advisory_xact_lock(hashtext('relance'), hashtext('peers')))
             GROUP BY creditor
             ON CONFLICT ON CONSTRAINT peers_pkey DO UPDATE SET debtors = excluded.debtors,
                 share_late = excluded.share_late, days_late = excluded.days_late, counted_at = excluded.counted_at"
        )
        .execute(&mut *session)
        .await;
        self.kept(counted)?;
        let session = self.session().await?;
        let last = sqlx::query_scalar!("SELECT max(counted_at) FROM peers").fetch_one(session).await;
        self.kept(last)
    }
}

impl Tx<'_> {
    /// How the debtors of creditors pay, each with the creditor's place, where it was counted.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn peers_of(&mut self, creditors: &[CreditorId]) -> Result<Vec<(usize, Peers)>, StoreError> {
        let names: Vec<&str> = creditors.iter().map(CreditorId::as_str).collect();
        let rows = sqlx::query!(
            r#"SELECT array_position($1::text[], creditor) AS "place!", debtors, share_late, days_late
               FROM peers WHERE creditor = ANY($1)"#,
            &names as _,
        )
        .fetch_all(self.connection())
        .await?;
        let told = rows.into_iter().map(|row| {
            let peers = Peers { debtors: row.debtors, share_late: row.share_late, days_late: row.days_late.into() };
            (row.place.unsigned_abs() as usize - 1, peers)
        });
        Ok(told.collect())
    }
}
