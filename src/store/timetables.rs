//! How far each schedule has come, by the timetable that counts for all processes.

use chrono::{DateTime, Utc};

use super::{StoreError, Writer};

/// Whoever has the timetable that counts says so again after so long.
const SAY_SECONDS: f64 = 10.0;
/// A timetable that nobody said to have for so long gives way to another.
const HELD_SECONDS: f64 = 30.0;

/// A schedule by the file it stands in and its id there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleKey {
    /// The workflow's name; empty for `relance.yaml`.
    pub scope: String,
    /// Its id.
    pub id: String,
}

impl std::fmt::Display for ScheduleKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.scope.is_empty() { out.write_str(&self.id) } else { write!(out, "{}/{}", self.scope, self.id) }
    }
}

/// How far a schedule has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which one.
    pub key: ScheduleKey,
    /// Its timetable as it was last announced.
    pub timetable: String,
    /// Every occurrence up to this instant is done with.
    pub through: DateTime<Utc>,
}

impl Writer {
    /// How far every schedule has come that was ever announced.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn schedules(&mut self) -> Result<Vec<Progress>, StoreError> {
        let session = self.session().await?;
        let rows = sqlx::query!("SELECT scope, schedule, timetable, through FROM schedules").fetch_all(session).await;
        let progress = self.kept(rows)?.into_iter().map(|row| Progress {
            key: ScheduleKey { scope: row.scope, id: row.schedule },
            timetable: row.timetable,
            through: row.through,
        });
        Ok(progress.collect())
    }

    /// Announces a schedule: one that is new, or whose timetable was another, begins after `now`. Where processes
    /// have different timetables, the one that was announced stays for as long as somebody has it; but whoever
    /// announced it himself, as `before`, may announce another in its place.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn announce(
        &mut self,
        key: &ScheduleKey,
        timetable: &str,
        before: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let session = self.session().await?;
        let done = sqlx::query!(
            "INSERT INTO schedules AS known (scope, schedule, timetable, through) VALUES ($1, $2, $3, $4)
             ON CONFLICT ON CONSTRAINT schedules_pkey DO UPDATE SET timetable = excluded.timetable, seen_at = now(),
                 through = CASE WHEN known.timetable = excluded.timetable THEN known.through
                     ELSE GREATEST(known.through, excluded.through) END
             WHERE known.seen_at < now() - make_interval(secs => CASE WHEN known.timetable = excluded.timetable
                     THEN $6::double precision ELSE $7::double precision END)
                 OR known.timetable <> excluded.timetable AND known.timetable = $5",
            key.scope,
            key.id,
            timetable,
            now,
            before,
            SAY_SECONDS,
            HELD_SECONDS,
        )
        .execute(session)
        .await;
        self.kept(done)?;
        Ok(())
    }

    /// Says that every occurrence of a schedule up to `through` is done with.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn passed(&mut self, key: &ScheduleKey, through: DateTime<Utc>) -> Result<(), StoreError> {
        let session = self.session().await?;
        let done = sqlx::query!(
            "UPDATE schedules SET through = $3 WHERE scope = $1 AND schedule = $2 AND through < $3",
            key.scope,
            key.id,
            through,
        )
        .execute(session)
        .await;
        self.kept(done)?;
        Ok(())
    }
}
