//! The floor of the intake benchmark: messages merely written to two tables, set-wise, in one commit a batch.
//! Nothing of relance uses these tables; they show what the machine can do at the most.

use sqlx::Executor as _;

use super::{StoreError, Writer};

impl Writer {
    /// Makes the two tables of the floor.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn make_floor(&mut self) -> Result<(), StoreError> {
        let session = self.session().await?;
        let made = session
            .execute(
                "CREATE TABLE floor_seen (digest bytea PRIMARY KEY);
                 CREATE TABLE floor_events (number bigserial PRIMARY KEY, body bytea NOT NULL)",
            )
            .await;
        self.kept(made)?;
        Ok(())
    }

    /// Writes one batch to both.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn write_floor(&mut self, digests: &[Vec<u8>], bodies: &[Vec<u8>]) -> Result<(), StoreError> {
        let session = self.session().await?;
        let written = async {
            session.execute("BEGIN").await?;
            sqlx::query("INSERT INTO floor_seen SELECT unnest($1::bytea[]) ON CONFLICT DO NOTHING")
                .bind(digests)
                .execute(&mut *session)
                .await?;
            sqlx::query("INSERT INTO floor_events (body) SELECT unnest($1::bytea[])")
                .bind(bodies)
                .execute(&mut *session)
                .await?;
            session.execute("COMMIT").await
        }
        .await;
        self.kept(written)?;
        Ok(())
    }
}
