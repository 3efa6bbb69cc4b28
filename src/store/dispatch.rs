//! The life of a notice between its order and its provider: claimed, sending, and what came of it.
//!
//! Leases and back-offs run on Postgres' own clock; only `now` arguments are business time. Every move of a notice
//! is made under the lock of its account and grows the account's sequence.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::types::PgInterval;
use uuid::Uuid;

use super::accounts::{DUE_BY_EVERY_CLOCK, columns, key};
use super::notices::Stored;
use super::{StoreError, Tx};
use crate::domain::{AccountKey, Channel, Notice, NoticeId};

/// A provider that stands still is tried again after so long: a person may have acted meanwhile, and nobody has to
/// say so.
const PAUSE_SECONDS: u64 = 300;

/// Who claims, and for how long nobody else may.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Told apart from every other claim.
    pub token: Uuid,
    /// In real time. Longer than a sending may take, or it is taken over while it is under way.
    pub lease: Duration,
}

impl Claim {
    fn interval(&self) -> PgInterval {
        interval(self.lease)
    }
}

/// A notice in the hands of whoever claimed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// Whose account.
    pub key: AccountKey,
    /// The notice with its content.
    pub notice: Notice,
    /// How often its sending was begun before.
    pub attempts: u32,
    /// The provider's identifier, where an earlier attempt learnt it.
    pub provider_id: Option<String>,
    /// What earlier requests of a sending in steps answered, as JSON.
    pub captured: Option<String>,
}

/// What came of a sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has it since this instant of business time.
    Accepted(DateTime<Utc>),
    /// The provider refused it for good.
    Rejected,
    /// It may or may not have left.
    Uncertain,
    /// It surely did not leave; try again after this time.
    Retry(Duration),
}

impl Outcome {
    fn state(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Rejected => "rejected",
            Self::Uncertain => "uncertain",
            Self::Retry(_) => "ordered",
        }
    }

    /// The name used in the table of attempts.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Retry(_) => "retry",
            other => other.state(),
        }
    }
}

/// The record of one attempt.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Whose account.
    pub key: AccountKey,
    /// Which notice.
    pub notice: NoticeId,
    /// Under which claim it was sent.
    pub token: Uuid,
    /// Through which provider.
    pub provider: String,
    /// The provider's identifier of it.
    pub provider_id: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// What the provider said, for people; no particulars of the debtor.
    pub detail: Option<String>,
}

impl Tx<'_> {
    /// Claims up to `limit` ordered notices of a channel that may be sent at `now`, oldest order first. It passes over what
    /// somebody works on, over accounts that must be decided again first, and over providers paused a short while
    /// ago. `provider` is the one that carries a notice which names none.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away, or a row cannot be read.
    pub async fn claim_ordered(
        &mut self,
        claim: &Claim,
        now: DateTime<Utc>,
        channel: Channel,
        provider: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Claimed>, StoreError> {
        let rows = sqlx::query!(
            "SELECT creditor, debtor, id FROM notices
             WHERE state = 'ordered' AND channel = $1 AND valid_until > $2
               AND (not_before IS NULL OR not_before <= now())
               AND NOT EXISTS (SELECT FROM providers
                   WHERE providers.provider = COALESCE(notices.provider, $4) AND paused_at > now() - $5::interval)
             ORDER BY ordered_at LIMIT $3 FOR UPDATE OF notices SKIP LOCKED",
            channel.as_str(),
            now,
            limit,
            provider,
            interval(Duration::from_secs(PAUSE_SECONDS)),
        )
        .fetch_all(self.connection())
        .await?;
        let candidates = rows.into_iter().map(|row| (key(row.creditor, row.debtor), row.id)).collect();
        let (keys, ids) = self.at_rest(candidates, Some(now)).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self.take(claim, &ids, "claimed").await?;
        StoreError::unless_rows("notices", ids.len(), claimed.len() as u64)?;
        self.grow(&keys, None).await?;
        Ok(claimed)
    }

    /// Of notices whose rows are locked, those whose account nobody works on and, where `now` is given, that is
    /// not due: their accounts, locked, sorted and each once, and their ids.
    async fn at_rest(
        &mut self,
        candidates: Vec<(AccountKey, Uuid)>,
        now: Option<DateTime<Utc>>,
    ) -> Result<(Vec<AccountKey>, Vec<Uuid>), StoreError> {
        if candidates.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let mut wanted: Vec<&AccountKey> = candidates.iter().map(|(key, _)| key).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let (creditors, debtors) = columns(wanted);
        let rows = sqlx::query!(
            "SELECT accounts.creditor, accounts.debtor FROM unnest($1::text[], $2::text[]) AS come (creditor, debtor)
             JOIN accounts ON accounts.creditor = come.creditor AND accounts.debtor = come.debtor
             WHERE $3::timestamptz IS NULL OR accounts.wake_at IS NULL OR accounts.wake_at > $3
             FOR UPDATE OF accounts SKIP LOCKED",
            &creditors as _,
            &debtors as _,
            now,
        )
        .fetch_all(self.connection())
        .await?;
        let mut keys: Vec<AccountKey> = rows.into_iter().map(|row| key(row.creditor, row.debtor)).collect();
        keys.sort_unstable();
        let ids = candidates.iter().filter(|(key, _)| keys.binary_search(key).is_ok()).map(|(_, id)| *id).collect();
        Ok((keys, ids))
    }

    async fn take(&mut self, claim: &Claim, ids: &[Uuid], state: &str) -> Result<Vec<Claimed>, StoreError> {
        let rows = sqlx::query!(
            "UPDATE notices SET state = $2, claim_token = $3, leased_until = now() + $4::interval, not_before = NULL
             WHERE id = ANY($1)
             RETURNING creditor, debtor, id, state, accepted_at, delivery, body, content, attempts, provider_id,
                 captured",
            ids,
            state,
            claim.token,
            claim.interval(),
        )
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|row| {
                let stored = Stored {
                    id: row.id,
                    state: row.state,
                    accepted_at: row.accepted_at,
                    delivery: row.delivery,
                    body: row.body,
                    content: row.content,
                };
                Ok(Claimed {
                    key: key(row.creditor, row.debtor),
                    notice: stored.notice()?,
                    attempts: u32::try_from(row.attempts).unwrap_or_default(),
                    provider_id: row.provider_id,
                    captured: row.captured,
                })
            })
            .collect()
    }

    /// Grows the sequence of locked accounts; where `wake` is given they are due then at the latest.
    async fn grow(&mut self, keys: &[AccountKey], wake: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        let (creditors, debtors) = columns(keys);
        let done = sqlx::query!(
            "UPDATE accounts SET seq = seq + 1, wake_at = LEAST(wake_at, $3)
             FROM unnest($1::text[], $2::text[]) AS come (creditor, debtor)
             WHERE accounts.creditor = come.creditor AND accounts.debtor = come.debtor",
            &creditors as _,
            &debtors as _,
            wake,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("accounts", keys.len(), done.rows_affected())
    }

    /// Puts the intent to send on record, for notices of locked accounts. Returns those that were still claimed
    /// under `claim`; the others must not be sent.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn intend(&mut self, claim: &Claim, ids: &[NoticeId]) -> Result<Vec<NoticeId>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let moved = sqlx::query_scalar!(
            "UPDATE notices SET state = 'sending', attempts = attempts + 1, leased_until = now() + $3::interval
             WHERE id = ANY($1) AND claim_token = $2 AND state = 'claimed' RETURNING id",
            &ids,
            claim.token,
            claim.interval(),
        )
        .fetch_all(self.connection())
        .await?;
        Ok(moved.into_iter().map(NoticeId).collect())
    }

    /// Writes down what came of sendings, for notices of locked accounts, and one attempt each. Returns the
    /// notices that were still in the hands of their claim.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn record_outcomes(&mut self, records: &[Recorded]) -> Result<Vec<NoticeId>, StoreError> {
        let ids: Vec<Uuid> = records.iter().map(|record| record.notice.0).collect();
        let tokens: Vec<Uuid> = records.iter().map(|record| record.token).collect();
        let states: Vec<&str> = records.iter().map(|record| record.outcome.state()).collect();
        let outcomes: Vec<&str> = records.iter().map(|record| record.outcome.as_str()).collect();
        let (accepted, pauses): (Vec<Option<DateTime<Utc>>>, Vec<Option<PgInterval>>) = records
            .iter()
            .map(|record| match &record.outcome {
                Outcome::Accepted(at) => (Some(*at), None),
                Outcome::Retry(pause) => (None, Some(interval(*pause))),
                Outcome::Rejected | Outcome::Uncertain => (None, None),
            })
            .unzip();
        let providers: Vec<&str> = records.iter().map(|record| record.provider.as_str()).collect();
        let provider_ids: Vec<Option<&str>> = records.iter().map(|record| record.provider_id.as_deref()).collect();
        let details: Vec<Option<String>> =
            records.iter().map(|record| record.detail.as_ref().map(|text| text.replace('\0', " "))).collect();
        let recorded = sqlx::query_scalar!(
            r#"WITH come AS (
                   SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[],
                       $6::interval[], $7::text[], $8::text[], $9::text[])
                       AS come (id, token, state, outcome, accepted_at, pause, provider, provider_id, detail)),
               moved AS (
                   UPDATE notices SET state = come.state, accepted_at = come.accepted_at,
                       not_before = now() + come.pause, claim_token = NULL, leased_until = NULL,
                       provider_id = COALESCE(come.provider_id, notices.provider_id),
                       content = CASE WHEN come.state IN ('accepted', 'rejected') THEN NULL ELSE content END
                   FROM come
                   WHERE notices.id = come.id AND notices.claim_token = come.token
                     AND notices.state IN ('claimed', 'sending')
                   RETURNING notices.creditor, notices.id, notices.attempts)
               INSERT INTO attempts (creditor, notice, number, ended_at, provider, outcome, detail, provider_id)
               SELECT moved.creditor, moved.id,
                   (SELECT count(*) + 1 FROM attempts WHERE creditor = moved.creditor AND notice = moved.id),
                   now(), come.provider, come.outcome, come.detail, come.provider_id
               FROM moved JOIN come USING (id)
               RETURNING notice"#,
            &ids,
            &tokens,
            &states as _,
            &outcomes as _,
            &accepted as _,
            &pauses as _,
            &providers as _,
            &provider_ids as _,
            &details as _,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(recorded.into_iter().map(NoticeId).collect())
    }

    /// Orders notices again that were claimed and whose lease ran out before anything was sent. Their accounts
    /// are due at once, to be decided again before the next claim.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn recover_claimed(&mut self, channels: &[Channel], limit: i64) -> Result<usize, StoreError> {
        let candidates = self.run_out("claimed", channels, limit).await?;
        let (keys, ids) = self.at_rest(candidates, None).await?;
        if ids.is_empty() {
            return Ok(0);
        }
        let done = sqlx::query!(
            "UPDATE notices SET state = 'ordered', claim_token = NULL, leased_until = NULL WHERE id = ANY($1)",
            &ids,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("notices", ids.len(), done.rows_affected())?;
        self.grow(&keys, Some(DUE_BY_EVERY_CLOCK)).await?;
        Ok(ids.len())
    }

    /// Takes over notices that were being sent when their lease ran out: they may have left or not. They stay
    /// `sending`, under `claim`.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away, or a row cannot be read.
    pub async fn take_over(
        &mut self,
        claim: &Claim,
        channels: &[Channel],
        limit: i64,
    ) -> Result<Vec<Claimed>, StoreError> {
        let candidates = self.run_out("sending", channels, limit).await?;
        let (keys, ids) = self.at_rest(candidates, None).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let taken = self.take(claim, &ids, "sending").await?;
        self.grow(&keys, None).await?;
        Ok(taken)
    }

    async fn run_out(
        &mut self,
        state: &str,
        channels: &[Channel],
        limit: i64,
    ) -> Result<Vec<(AccountKey, Uuid)>, StoreError> {
        let channels: Vec<&str> = channels.iter().map(|channel| channel.as_str()).collect();
        let rows = sqlx::query!(
            "SELECT creditor, debtor, id FROM notices
             WHERE leased_until IS NOT NULL AND leased_until < now() AND state = $1 AND channel = ANY($3)
             ORDER BY leased_until LIMIT $2 FOR UPDATE SKIP LOCKED",
            state,
            limit,
            &channels as _,
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (key(row.creditor, row.debtor), row.id)).collect())
    }

    /// Keeps what a request of a sending in steps answered, before the next one goes out. Whether the notice is
    /// still in the hands of `claim`.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn capture(&mut self, claim: &Claim, id: NoticeId, captured: &str) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE notices SET captured = $3 WHERE id = $1 AND claim_token = $2 AND state = 'sending'",
            id.0,
            claim.token,
            captured,
        )
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn interval(duration: Duration) -> PgInterval {
    let microseconds = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    PgInterval { months: 0, days: 0, microseconds }
}
