//! Waking up: accounts whose time has come are decided again. The claim is the lock; there is no lease.

use chrono::{DateTime, TimeDelta, Utc};

use super::Memory;
use super::desk::{Creditors, Seat, seat};
use super::save::{remember, save};
use crate::domain::{AccountKey, CreditorId};
use crate::engine::Book;
use crate::store::{Lock, StoreError, Tx, Writer};

/// An account that cannot be decided, because a row of it cannot be read, is tried again after so long.
const SICK_MINUTES: i64 = 15;

/// Decides up to `limit` accounts that are due at `now`; returns how many. Zero means that none is due, or that
/// others work on those that are.
///
/// # Errors
///
/// When Postgres is away, or refuses what was decided about a single account; that one sleeps for a while.
pub async fn wake(
    writer: &mut Writer,
    memory: &Memory,
    book: &Book,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<usize, StoreError> {
    let mut limit = i64::try_from(limit).unwrap_or(i64::MAX);
    loop {
        let mut tx = writer.begin_deciding(book.version).await?;
        let keys = tx.claim_due(now, limit).await?;
        match decide(&mut tx, memory, book, &keys, now).await {
            Ok(seats) => {
                tx.commit().await?;
                remember(memory, seats);
                return Ok(keys.len());
            }
            Err(why) if why.is_retry() => return Err(why),
            // The one at fault is found by claiming one at a time, the longest due first.
            Err(_) if keys.len() > 1 => limit = 1,
            Err(why) => {
                drop(tx);
                put_to_sleep(writer, &keys, now).await?;
                return Err(why);
            }
        }
    }
}

async fn decide(
    tx: &mut Tx<'_>,
    memory: &Memory,
    book: &Book,
    keys: &[AccountKey],
    now: DateTime<Utc>,
) -> Result<Vec<Seat>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let creditors = share_creditors(tx, keys).await?;
    let locked = tx.lock_accounts(keys).await?;
    let mut seats = seat(tx, memory, &creditors, keys, locked, &[]).await?;
    for seat in &mut seats {
        seat.decide(book, now)?;
    }
    save(tx, &mut seats, book, Vec::new(), now).await?;
    Ok(seats)
}

/// Locks the creditors of accounts, given sorted, shared.
pub(super) async fn share_creditors(tx: &mut Tx<'_>, keys: &[AccountKey]) -> Result<Creditors, StoreError> {
    let mut names: Vec<CreditorId> = keys.iter().map(|key| key.creditor.clone()).collect();
    names.dedup();
    let seqs = tx.lock_creditors(&names, Lock::Shared).await?;
    Ok(names.into_iter().zip(seqs).collect())
}

async fn put_to_sleep(writer: &mut Writer, keys: &[AccountKey], now: DateTime<Utc>) -> Result<(), StoreError> {
    let mut tx = writer.begin().await?;
    tx.put_to_sleep(keys, now, TimeDelta::minutes(SICK_MINUTES)).await?;
    tx.commit().await
}
