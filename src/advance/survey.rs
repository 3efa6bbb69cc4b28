//! A look without a lock: at one account, and at all accounts of one creditor some at a time, for statements about
//! the whole of what is owed.
//!
//! Nothing is locked, nothing is decided, nothing is written. Each portion is as it was at one moment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Memory;
use super::desk::{Creditors, read, seat};
use crate::domain::{Account, AccountKey, Creditor, CreditorId, Fact};
use crate::store::{Locked, StoreError, Writer};

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
    let seen = keys.iter().map(|_| Locked { seq: 1, ..Locked::default() }).collect();
    let seats = seat(&mut tx, &Memory::default(), &Creditors::new(), &keys, seen, &keys).await?;
    tx.roll_back().await?;
    Ok(seats.into_iter().map(|seat| seat.account).zip(wakes).collect())
}

/// The same accounts as they were known before `end`: facts that came to be known later are gone, and versions that
/// were replaced since stand again. Cases, notices and tasks are those of today.
///
/// # Errors
///
/// When Postgres is away, or a row cannot be read.
pub async fn survey_known_by(
    writer: &mut Writer,
    creditor: &CreditorId,
    after: &str,
    limit: usize,
    end: DateTime<Utc>,
) -> Result<Vec<Account>, StoreError> {
    let accounts = survey(writer, creditor, after, limit).await?;
    let mut accounts: Vec<Account> = accounts.into_iter().map(|(account, _)| account).collect();
    let keys: Vec<AccountKey> = accounts.iter().map(|account| account.key.clone()).collect();
    let mut tx = writer.begin_snapshot().await?;
    let replaced = tx.replaced_facts_of(&keys).await?;
    let creditors = tx.replaced_facts_of_creditors(std::slice::from_ref(creditor)).await?;
    tx.roll_back().await?;
    for account in &mut accounts {
        account.facts = std::mem::take(&mut account.facts).known_by(end);
        for one in creditors.iter().filter(|one| one.version.time < end) {
            account.facts.apply(&one.key, one.version.clone(), one.fact.clone());
        }
    }
    for one in replaced.into_iter().filter(|one| one.version.time < end) {
        accounts[one.place].facts.apply(&one.key, one.version, one.fact);
    }
    Ok(accounts)
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
