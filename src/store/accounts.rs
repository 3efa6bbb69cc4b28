//! Locks, in the one order everybody keeps (creditors, then accounts, each sorted by key), and waking up.
//!
//! A creditor's row is locked shared by whoever works on one of its accounts, exclusively by whoever changes what
//! all of them see. Whoever claims work does not wait for a lock but passes over what is locked, so nobody waits
//! in a circle.

use chrono::{DateTime, TimeDelta, Utc};

use super::{StoreError, Tx};
use crate::domain::{AccountKey, CreditorId, DebtorId, Habit};

/// How a creditor's row is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// By those who read its facts.
    Shared,
    /// By those who change them, or who must see every account of it at rest.
    Exclusive,
}

/// When an account is due that must be decided before anything leaves: past by every worker's clock, however far behind.
pub const DUE_BY_EVERY_CLOCK: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// What an account waits for besides its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitsFor {
    /// The creditor's own facts.
    Creditor,
    /// A fresher `payments.synced`.
    Feed,
}

impl WaitsFor {
    /// The name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creditor => "creditor",
            Self::Feed => "feed",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Creditor, Self::Feed].into_iter().find(|waits_for| waits_for.as_str() == name)
    }
}

/// When an account is to be decided again, whatever happens first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wake {
    /// At this instant of business time.
    pub at: Option<DateTime<Utc>>,
    /// Or when this arrives.
    pub waits_for: Option<WaitsFor>,
}

/// A locked account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locked {
    /// Its sequence, grown by this lock; 1 for an account nothing was known of.
    pub seq: i64,
    /// When it would have woken up.
    pub wake: Wake,
    /// How its debtor paid when it was last decided.
    pub habit: Habit,
}

impl Tx<'_> {
    /// Locks creditors, given sorted and each once, and says at which sequence each is.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn lock_creditors(&mut self, creditors: &[CreditorId], lock: Lock) -> Result<Vec<i64>, StoreError> {
        debug_assert!(creditors.is_sorted(), "locks are taken in one order");
        let names: Vec<&str> = creditors.iter().map(CreditorId::as_str).collect();
        sqlx::query!(
            "INSERT INTO creditors (creditor) SELECT come.creditor FROM unnest($1::text[]) AS come (creditor)
             WHERE NOT EXISTS (SELECT FROM creditors AS known WHERE known.creditor = come.creditor)
             ON CONFLICT DO NOTHING",
            &names as _,
        )
        .execute(self.connection())
        .await?;
        let seqs = match lock {
            Lock::Shared => {
                sqlx::query_scalar!(
                    "SELECT seq FROM creditors WHERE creditor = ANY($1) ORDER BY creditor FOR SHARE",
                    &names as _,
                )
                .fetch_all(self.connection())
                .await?
            }
            Lock::Exclusive => {
                sqlx::query_scalar!(
                    "SELECT seq FROM creditors WHERE creditor = ANY($1) ORDER BY creditor FOR UPDATE",
                    &names as _,
                )
                .fetch_all(self.connection())
                .await?
            }
        };
        StoreError::unless_rows("creditors", creditors.len(), seqs.len() as u64)?;
        Ok(seqs)
    }

    /// Says that facts of creditors, locked exclusively, changed.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn creditors_changed(&mut self, creditors: &[CreditorId]) -> Result<(), StoreError> {
        let names: Vec<&str> = creditors.iter().map(CreditorId::as_str).collect();
        let done = sqlx::query!("UPDATE creditors SET seq = seq + 1 WHERE creditor = ANY($1)", &names as _)
            .execute(self.connection())
            .await?;
        StoreError::unless_rows("creditors", creditors.len(), done.rows_affected())
    }

    /// Locks accounts, given sorted and each once; those that do not exist are made. Their creditors are locked.
    /// Results are in the order given.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn lock_accounts(&mut self, keys: &[AccountKey]) -> Result<Vec<Locked>, StoreError> {
        debug_assert!(keys.is_sorted(), "locks are taken in one order");
        let (creditors, debtors) = columns(keys);
        // The rows come back in the order in which they were locked, which is that of the arrays.
        let rows = sqlx::query!(
            "INSERT INTO accounts AS known (creditor, debtor, seq)
             SELECT come.creditor, come.debtor, 1 FROM unnest($1::text[], $2::text[]) AS come (creditor, debtor)
             ON CONFLICT ON CONSTRAINT accounts_pkey DO UPDATE SET seq = known.seq + 1
             RETURNING seq, wake_at, waits_for, paid, paid_late, days_late",
            &creditors as _,
            &debtors as _,
        )
        .fetch_all(self.connection())
        .await?;
        StoreError::unless_rows("accounts", keys.len(), rows.len() as u64)?;
        Ok(rows
            .into_iter()
            .map(|row| Locked {
                seq: row.seq,
                wake: Wake { at: row.wake_at, waits_for: row.waits_for.as_deref().and_then(WaitsFor::from_name) },
                habit: Habit {
                    paid: row.paid.unsigned_abs(),
                    late: row.paid_late.unsigned_abs(),
                    days_late: row.days_late.into(),
                },
            })
            .collect())
    }

    /// Claims up to `limit` accounts that are due at `now`, the longest due first, passing over those that
    /// somebody works on. There is no lease: the claim is the lock, and goes with the transaction.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn claim_due(&mut self, now: DateTime<Utc>, limit: i64) -> Result<Vec<AccountKey>, StoreError> {
        let rows = sqlx::query!(
            "SELECT creditor, debtor FROM accounts WHERE wake_at IS NOT NULL AND wake_at <= $1
             ORDER BY wake_at LIMIT $2 FOR UPDATE SKIP LOCKED",
            now,
            limit,
        )
        .fetch_all(self.connection())
        .await?;
        let keys = rows.into_iter().map(|row| key(row.creditor, row.debtor)).collect();
        self.free_of_creditors(keys).await
    }

    /// Of `keys`, whose rows are locked already, those whose creditor is not locked exclusively; it is locked
    /// shared from here on. Sorted.
    pub(super) async fn free_of_creditors(&mut self, mut keys: Vec<AccountKey>) -> Result<Vec<AccountKey>, StoreError> {
        if keys.is_empty() {
            return Ok(keys);
        }
        keys.sort_unstable();
        let mut names: Vec<&str> = keys.iter().map(|key| key.creditor.as_str()).collect();
        names.dedup();
        let free = sqlx::query_scalar!(
            "SELECT creditor FROM creditors WHERE creditor = ANY($1) ORDER BY creditor FOR SHARE SKIP LOCKED",
            &names as _,
        )
        .fetch_all(self.connection())
        .await?;
        keys.retain(|key| free.iter().any(|free| free == key.creditor.as_str()));
        Ok(keys)
    }

    /// Says when accounts, locked, are to wake up, and how their debtors paid.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn set_wakes(&mut self, wakes: &[(&AccountKey, Wake, Habit)]) -> Result<(), StoreError> {
        if wakes.is_empty() {
            return Ok(());
        }
        let (creditors, debtors) = columns(wakes.iter().map(|(key, ..)| *key));
        let at: Vec<Option<DateTime<Utc>>> = wakes.iter().map(|(_, wake, _)| wake.at).collect();
        let waits_for: Vec<_> = wakes.iter().map(|(_, wake, _)| wake.waits_for.map(WaitsFor::as_str)).collect();
        let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let paid: Vec<i32> = wakes.iter().map(|(.., habit)| count(habit.paid)).collect();
        let late: Vec<i32> = wakes.iter().map(|(.., habit)| count(habit.late)).collect();
        let days: Vec<i32> =
            wakes.iter().map(|(.., habit)| i32::try_from(habit.days_late).unwrap_or(i32::MAX)).collect();
        let done = sqlx::query!(
            "UPDATE accounts SET wake_at = come.wake_at, waits_for = come.waits_for, paid = come.paid,
                 paid_late = come.paid_late, days_late = come.days_late
             FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::int[], $6::int[], $7::int[])
                 AS come (creditor, debtor, wake_at, waits_for, paid, paid_late, days_late)
             WHERE accounts.creditor = come.creditor AND accounts.debtor = come.debtor",
            &creditors as _,
            &debtors as _,
            &at as _,
            &waits_for as _,
            &paid,
            &late,
            &days,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("accounts", wakes.len(), done.rows_affected())
    }

    /// Makes locked accounts due by every clock: nothing of them is claimed before they were decided again.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn make_due(&mut self, keys: &[AccountKey]) -> Result<(), StoreError> {
        let (creditors, debtors) = columns(keys);
        let done = sqlx::query!(
            "UPDATE accounts SET wake_at = $3
             FROM unnest($1::text[], $2::text[]) AS come (creditor, debtor)
             WHERE accounts.creditor = come.creditor AND accounts.debtor = come.debtor",
            &creditors as _,
            &debtors as _,
            DUE_BY_EVERY_CLOCK,
        )
        .execute(self.connection())
        .await?;
        StoreError::unless_rows("accounts", keys.len(), done.rows_affected())
    }

    /// Lets accounts that were due at `now` and cannot be decided sleep for `pause` of business time, and keeps what is
    /// ordered of them from being claimed meanwhile, for as long in real time and a little longer. An account that
    /// somebody decided since is left as it is.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn put_to_sleep(
        &mut self,
        keys: &[AccountKey],
        now: DateTime<Utc>,
        pause: TimeDelta,
    ) -> Result<(), StoreError> {
        let (creditors, debtors) = columns(keys);
        // Until it wakes nothing tells a claim that the account was to be decided first; what wakes it, does.
        sqlx::query!(
            "WITH asleep AS (
                 UPDATE accounts SET wake_at = $3::timestamptz + $4
                 FROM unnest($1::text[], $2::text[]) AS come (creditor, debtor)
                 WHERE accounts.creditor = come.creditor AND accounts.debtor = come.debtor AND accounts.wake_at <= $3
                 RETURNING accounts.creditor, accounts.debtor)
             UPDATE notices SET not_before = GREATEST(not_before, now() + $4 + interval '1 minute')
             FROM asleep
             WHERE notices.creditor = asleep.creditor AND notices.debtor = asleep.debtor AND state = 'ordered'",
            &creditors as _,
            &debtors as _,
            now,
            pause as _,
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Wakes the accounts of creditors, locked exclusively, that what arrived may concern: those that wait for
    /// one of `arrived`, and where the creditor's own particulars changed, those that have a notice ordered, for
    /// it quotes them.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn wake_waiting(&mut self, arrived: &[(CreditorId, WaitsFor)]) -> Result<(), StoreError> {
        let creditors: Vec<&str> = arrived.iter().map(|(creditor, _)| creditor.as_str()).collect();
        let whats: Vec<&str> = arrived.iter().map(|(_, what)| what.as_str()).collect();
        sqlx::query!(
            "UPDATE accounts SET wake_at = $3, seq = seq + 1
             FROM unnest($1::text[], $2::text[]) AS come (creditor, what)
             WHERE accounts.creditor = come.creditor AND accounts.waits_for IS NOT NULL
               AND accounts.waits_for = come.what AND (accounts.wake_at IS NULL OR accounts.wake_at > $3)",
            &creditors as _,
            &whats as _,
            DUE_BY_EVERY_CLOCK,
        )
        .execute(self.connection())
        .await?;
        let renewed: Vec<&str> = arrived
            .iter()
            .filter(|(_, what)| *what == WaitsFor::Creditor)
            .map(|(creditor, _)| creditor.as_str())
            .collect();
        if renewed.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "UPDATE accounts SET wake_at = $2, seq = seq + 1
             WHERE (accounts.wake_at IS NULL OR accounts.wake_at > $2) AND (creditor, debtor) IN
                 (SELECT creditor, debtor FROM notices WHERE state = 'ordered' AND creditor = ANY($1))",
            &renewed as _,
            DUE_BY_EVERY_CLOCK,
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

impl super::Writer {
    /// The instant at which the next account is due, if any waits for one.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn next_due(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let session = self.session().await?;
        let next =
            sqlx::query_scalar!("SELECT wake_at FROM accounts WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1")
                .fetch_optional(session)
                .await;
        Ok(self.kept(next)?.flatten())
    }
}

/// Keys as the two arrays a statement takes.
pub(super) fn columns<'k>(keys: impl IntoIterator<Item = &'k AccountKey>) -> (Vec<&'k str>, Vec<&'k str>) {
    keys.into_iter().map(|key| (key.creditor.as_str(), key.debtor.as_str())).unzip()
}

/// A key from its two columns.
pub(super) fn key(creditor: String, debtor: String) -> AccountKey {
    AccountKey { creditor: CreditorId::new(creditor), debtor: DebtorId::new(debtor) }
}
