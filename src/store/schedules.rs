//! Runs of schedules. Every statement is a transaction of its own: nothing is open while anything is sent.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Claim, Document, Outgoing, ScheduleKey, StoreError, Writer};
use crate::domain::{CreditorId, NoticeId};

/// An occurrence of a schedule, about to be claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Of which schedule.
    pub key: ScheduleKey,
    /// When it is due.
    pub at: DateTime<Utc>,
    /// The day whose evening the figures are of.
    pub as_of: NaiveDate,
    /// How many earlier occurrences it stands for as well, and the first of them.
    pub passed_over: Option<(i32, DateTime<Utc>)>,
    /// The timetable it is due by: only while that one counts is it claimed. `None` for one that a person asks for.
    pub timetable: Option<String>,
}

/// A run in the hands of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// About whom.
    pub creditor: CreditorId,
    /// Of which schedule.
    pub key: ScheduleKey,
    /// Of which occurrence.
    pub at: DateTime<Utc>,
    /// The day whose evening the figures are of.
    pub as_of: NaiveDate,
    /// Names its message.
    pub id: NoticeId,
    /// Which try this is, from 1.
    pub attempts: i32,
    /// The bytes that an earlier claim put on record before it ended in silence: they may have left.
    pub stranded: Option<Vec<u8>>,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// The relay has it.
    Accepted,
    /// It will not be sent.
    Rejected,
    /// It may have left; nobody knows.
    Uncertain,
    /// It did not leave; again after so many seconds.
    Retry(i64),
}

/// The identifier of a run, and of its message.
fn id_of(creditor: &str, key: &ScheduleKey, at: DateTime<Utc>) -> NoticeId {
    NoticeId::derive(&["schedule", creditor, &key.scope, &key.id, &at.to_rfc3339()])
}

impl Writer {
    /// Holds a run, while its mail is made, for as long again as the claim says. Whether it is still in the hands of
    /// this claim.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn hold_run(&mut self, claim: &Claim, run: &Run) -> Result<bool, StoreError> {
        let session = self.session().await?;
        let done = sqlx::query!(
            "UPDATE schedule_runs SET not_before = now() + make_interval(secs => $6)
             WHERE creditor = $1 AND scope = $2 AND schedule = $3 AND occurrence = $4 AND claim_token = $5
                 AND state = 'claimed'",
            run.creditor.as_str(),
            run.key.scope,
            run.key.id,
            run.at,
            claim.token,
            claim.lease.as_secs_f64(),
        )
        .execute(session)
        .await;
        Ok(self.kept(done)?.rows_affected() == 1)
    }

    /// Claims the runs of an occurrence that nobody claimed: of the creditor named, else of up to `limit` of those
    /// that are known. None, once all are taken, or another timetable counts.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn claim_runs(
        &mut self,
        claim: &Claim,
        occurrence: &Occurrence,
        only: Option<&CreditorId>,
        limit: i64,
    ) -> Result<Vec<Run>, StoreError> {
        loop {
            let free = self.unclaimed(occurrence, only, limit).await?;
            if free.is_empty() {
                return Ok(Vec::new());
            }
            let ids: Vec<Uuid> =
                free.iter().map(|creditor| id_of(creditor, &occurrence.key, occurrence.at).0).collect();
            let lease_seconds = claim.lease.as_secs_f64();
            let session = self.session().await?;
            let rows = sqlx::query!(
                "INSERT INTO schedule_runs (creditor, id, scope, schedule, occurrence, as_of, state, claim_token,
                     not_before, passed_over, passed_since)
                 SELECT come.creditor, come.id, $3, $4, $5, $6, 'claimed', $7, now() + make_interval(secs => $8), $9, $10
                 FROM unnest($1::text[], $2::uuid[]) AS come (creditor, id)
                 WHERE $11::text IS NULL OR EXISTS (
                     SELECT FROM schedules WHERE scope = $3 AND schedule = $4 AND timetable = $11)
                 ON CONFLICT ON CONSTRAINT schedule_runs_once DO NOTHING RETURNING creditor, id",
                &free as _,
                &ids,
                occurrence.key.scope,
                occurrence.key.id,
                occurrence.at,
                occurrence.as_of,
                claim.token,
                lease_seconds,
                occurrence.passed_over.map_or(0, |(count, _)| count),
                occurrence.passed_over.map(|(_, since)| since),
                occurrence.timetable,
            )
            .fetch_all(session)
            .await;
            let rows = self.kept(rows)?;
            // Another worker may have been first with all of these; then there may be more.
            if !rows.is_empty() {
                let run = |creditor: String, id| Run {
                    creditor: CreditorId::new(creditor),
                    key: occurrence.key.clone(),
                    at: occurrence.at,
                    as_of: occurrence.as_of,
                    id: NoticeId(id),
                    attempts: 1,
                    stranded: None,
                };
                return Ok(rows.into_iter().map(|row| run(row.creditor, row.id)).collect());
            }
        }
    }

    async fn unclaimed(
        &mut self,
        occurrence: &Occurrence,
        only: Option<&CreditorId>,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        let session = self.session().await?;
        let free = sqlx::query_scalar!(
            r#"SELECT come.creditor AS "creditor!" FROM (
                   SELECT $1::text AS creditor WHERE $1::text IS NOT NULL
                   UNION ALL
                   SELECT creditor FROM creditors WHERE $1::text IS NULL AND EXISTS (
                       SELECT FROM facts WHERE facts.creditor = creditors.creditor AND kind = 'creditor.upserted')
               ) AS come
               WHERE NOT EXISTS (SELECT FROM schedule_runs WHERE schedule_runs.creditor = come.creditor
                   AND scope = $2 AND schedule = $3 AND occurrence = $4)
                   AND ($6::text IS NULL OR EXISTS (
                       SELECT FROM schedules WHERE scope = $2 AND schedule = $3 AND timetable = $6))
               ORDER BY come.creditor LIMIT $5"#,
            only.map(CreditorId::as_str),
            occurrence.key.scope,
            occurrence.key.id,
            occurrence.at,
            limit,
            occurrence.timetable,
        )
        .fetch_all(session)
        .await;
        self.kept(free)
    }

    /// Takes a run over whose time has come: one that waits, or that a claim left when its lease ran out. Runs of
    /// schedules that are not among `known` are left to those who know them, for a day.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn take_run(&mut self, claim: &Claim, known: &[ScheduleKey]) -> Result<Option<Run>, StoreError> {
        let scopes: Vec<&str> = known.iter().map(|key| key.scope.as_str()).collect();
        let ids: Vec<&str> = known.iter().map(|key| key.id.as_str()).collect();
        let lease_seconds = claim.lease.as_secs_f64();
        let session = self.session().await?;
        let row = sqlx::query!(
            r#"UPDATE schedule_runs AS run SET state = CASE WHEN run.state = 'sending' THEN 'sending' ELSE 'claimed' END,
                   claim_token = $1, not_before = now() + make_interval(secs => $2), attempts = run.attempts + 1
               FROM (SELECT creditor, scope, schedule, occurrence FROM schedule_runs
                     WHERE not_before IS NOT NULL AND not_before <= now() AND (began_at < now() - interval '1 day'
                         OR (scope, schedule) IN (SELECT * FROM unnest($3::text[], $4::text[])))
                     ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED) AS free
               WHERE run.creditor = free.creditor AND run.scope = free.scope AND run.schedule = free.schedule
                   AND run.occurrence = free.occurrence
               RETURNING run.creditor, run.scope, run.schedule, run.occurrence, run.as_of, run.id, run.attempts,
                   (SELECT bytes FROM evidence WHERE evidence.sha256 = run.sha256 AND run.state = 'sending') AS "stranded""#,
            claim.token,
            lease_seconds,
            &scopes as _,
            &ids as _,
        )
        .fetch_optional(session)
        .await;
        Ok(self.kept(row)?.map(|row| Run {
            creditor: CreditorId::new(row.creditor),
            key: ScheduleKey { scope: row.scope, id: row.schedule },
            at: row.occurrence,
            as_of: row.as_of,
            id: NoticeId(row.id),
            attempts: row.attempts,
            stranded: row.stranded,
        }))
    }

    /// When a run will be free to be taken next, in real time.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn next_run(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let session = self.session().await?;
        let next = sqlx::query_scalar!(
            "SELECT not_before FROM schedule_runs WHERE not_before IS NOT NULL ORDER BY not_before LIMIT 1"
        )
        .fetch_optional(session)
        .await;
        Ok(self.kept(next)?.flatten())
    }

    /// Puts the exact bytes and the intent to send them on record; the claim holds for `lease` from now on. Only if
    /// this says so may they leave: otherwise the run is in other hands. `event` goes into the outbox by the same
    /// commit, the first time that a run comes so far.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away; then nothing may be sent.
    pub async fn intend_run(
        &mut self,
        claim: &Claim,
        run: &Run,
        message: &Document,
        event: Option<&Outgoing>,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        let hash = message.sha256();
        let session = self.session().await?;
        let intended = sqlx::query_scalar!(
            r#"WITH first AS (SELECT FROM schedule_runs WHERE creditor = $1 AND scope = $2 AND schedule = $3
                   AND occurrence = $4 AND sha256 IS NULL),
               kept AS (INSERT INTO evidence (sha256, media_type, bytes) VALUES ($6, $7, $8) ON CONFLICT DO NOTHING),
               intended AS (
                   UPDATE schedule_runs SET state = 'sending', sha256 = $6, not_before = now() + make_interval(secs => $9)
                   WHERE creditor = $1 AND scope = $2 AND schedule = $3 AND occurrence = $4 AND claim_token = $5
                       AND state = 'claimed' AND not_before > now()
                   RETURNING id),
               told AS (
                   INSERT INTO outbox (id, creditor, type, at, data)
                   SELECT $10::uuid, $1, $11::text, $4, $12::text FROM intended
                   WHERE $10::uuid IS NOT NULL AND EXISTS (SELECT FROM first))
               SELECT count(*) AS "count!" FROM intended"#,
            run.creditor.as_str(),
            run.key.scope,
            run.key.id,
            run.at,
            claim.token,
            hash.as_slice(),
            message.media_type,
            message.bytes,
            lease.as_secs_f64(),
            event.map(|event| event.id.0),
            event.map(|event| event.kind.as_str()),
            event.map(|event| event.data.as_str()),
        )
        .fetch_one(session)
        .await;
        Ok(self.kept(intended)? == 1)
    }

    /// Records how a try ended, as far as the run is still in the hands of this claim.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn record_run(
        &mut self,
        claim: &Claim,
        run: &Run,
        end: &RunEnd,
        detail: Option<&str>,
    ) -> Result<bool, StoreError> {
        let (state, retry_seconds) = match end {
            RunEnd::Accepted => ("accepted", None),
            RunEnd::Rejected => ("rejected", None),
            RunEnd::Uncertain => ("uncertain", None),
            RunEnd::Retry(seconds) => ("waiting", Some(*seconds as f64)),
        };
        let session = self.session().await?;
        let done = sqlx::query!(
            "UPDATE schedule_runs SET state = $6, detail = $7, claim_token = NULL,
                 not_before = now() + make_interval(secs => $8),
                 ended_at = CASE WHEN $8::double precision IS NULL THEN now() END
             WHERE creditor = $1 AND scope = $2 AND schedule = $3 AND occurrence = $4 AND claim_token = $5",
            run.creditor.as_str(),
            run.key.scope,
            run.key.id,
            run.at,
            claim.token,
            state,
            detail,
            retry_seconds,
        )
        .execute(session)
        .await;
        Ok(self.kept(done)?.rows_affected() == 1)
    }
}
