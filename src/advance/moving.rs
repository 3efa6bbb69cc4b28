//! Running cases onto what is deployed now: account by account under its lock, in batches small enough that nobody
//! waits for them. Which case may move, and what becomes of it, the engine says.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Memory;
use super::desk::{Seat, seat};
use super::save::{remember, save};
use super::wake::share_creditors;
use crate::domain::{AccountKey, Revision, WorkflowName};
use crate::engine::{Book, Unsafe};
use crate::store::{StoreError, Writer};

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The last account looked at; the next batch begins after it. None: there is no further one.
    pub last: Option<AccountKey>,
    /// How many cases moved.
    pub moved: usize,
    /// How many stay for now, by the reason.
    pub stays: BTreeMap<&'static str, usize>,
}

impl Migrated {
    /// Adds the counts of the next batch.
    pub fn add(&mut self, next: Migrated) {
        self.last = next.last;
        self.moved += next.moved;
        for (why, number) in next.stays {
            *self.stays.entry(why).or_default() += number;
        }
    }
}

/// Moves the open cases of up to `limit` accounts after `after` to revision `to` of `workflow`, where it is safe,
/// and decides the accounts again. Doing it twice changes nothing more.
///
/// # Errors
///
/// [`StoreError::Stale`] where something was deployed or blocked since the book was read; else when Postgres refuses
/// or is away. What was moved before stays moved.
pub async fn migrate(
    writer: &mut Writer,
    memory: &Memory,
    book: &Book,
    (workflow, to): (&WorkflowName, &Revision),
    after: Option<&AccountKey>,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Migrated, StoreError> {
    let mut tx = writer.begin_deciding(book.version).await?;
    let keys = tx.accounts_behind(workflow, to, after, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
    let mut migrated = Migrated { last: keys.last().cloned(), ..Migrated::default() };
    if keys.is_empty() {
        tx.roll_back().await?;
        return Ok(migrated);
    }
    let creditors = share_creditors(&mut tx, &keys).await?;
    let locked = tx.lock_accounts(&keys).await?;
    let mut seats: Vec<Seat> = seat(&mut tx, memory, &creditors, &keys, locked, &[]).await?;
    for seat in &mut seats {
        let (moved, stays) = seat.move_cases(book, workflow, to, now)?;
        migrated.moved += moved;
        for (_, why) in stays {
            *migrated.stays.entry(Unsafe::as_str(why)).or_default() += 1;
        }
    }
    save(&mut tx, &mut seats, book, Vec::new(), now).await?;
    tx.commit().await?;
    remember(memory, seats);
    Ok(migrated)
}
