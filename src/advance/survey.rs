//! A look without a lock: at one account, and at all accounts of one creditor some at a time, for statements about
//! the whole of what is owed.
//!
//! Nothing is locked, nothing is decided, nothing is written. Each portion is as it was at one moment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Memory;
use super::desk::{Creditors, read, seat};
use crate::domain::{Account, AccountKey, Creditor, CreditorId, Fact};
use crate::store::{Locked, StoreError, Wake, Writer};

/// An account as it is, for explanations: of one snapshot, and nobody waits for it.
///
/// # Errors
///
/// When Postgres is away, or a row cannot be read.
pub async fn view(writer: &mut Writer, key: &AccountKey) -> Result<Account, StoreError> {
    let mut tx = writer.begin_snapshot().await?;
    let read = read(&mut tx, std::slice::from_ref(key), &mut BTreeMap::new()).await?;
    tx.roll_back().await?;
    Ok(read.into_iter().next().unwrap_or_else(|| Account::new(key.clone())))
}

/// Up to `limit` accounts of `creditor` that come after the debtor `after`, by debtor, each with when it wakes up.
///
/// # Errors
///
/// When Postgres is away, or a row cannot be read.
pub async fn survey(
    writer: &mut Writer,
    creditor: &CreditorId,
    after: &str,
    limit: usize,
) -> Result<Vec<(Account, Option<DateTime<Utc>>)>, StoreError> {
    let mut tx = writer.begin_snapshot().await?;
    let found = tx.accounts_after(creditor, after, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
    let (keys, wakes): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    // Nothing is remembered, so the sequence plays no part.
    let seen = keys.iter().map(|_| Locked { seq: 1, wake: Wake::default() }).collect();
    let seats = seat(&mut tx, &Memory::default(), &Creditors::new(), &keys, seen, &keys).await?;
    tx.roll_back().await?;
    Ok(seats.into_iter().map(|seat| seat.account).zip(wakes).collect())
}

/// What the creditor said of itself last, if anything is known of it.
///
/// # Errors
///
/// When Postgres is away, or a row cannot be read.
pub async fn creditor(writer: &mut Writer, creditor: &CreditorId) -> Result<Option<Creditor>, StoreError> {
    let mut tx = writer.begin().await?;
    let known = tx.facts_of_creditors(std::slice::from_ref(creditor)).await?;
    tx.roll_back().await?;
    Ok(known.into_iter().find_map(|one| if let Fact::Creditor(creditor) = one.fact { Some(creditor) } else { None }))
}
