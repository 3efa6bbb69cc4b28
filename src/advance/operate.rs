//! What a person decides outside an event: what became of an uncertain notice, and of a refused message.

use chrono::{DateTime, Utc};

use super::desk::seat;
use super::save::{remember, save};
use super::wake::share_creditors;
use super::{Memory, out};
use crate::domain::{AccountKey, NoticeId};
use crate::engine::Book;
use crate::store::{Outcome, StoreError, Writer};

/// What a person found out about an uncertain notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It left.
    Sent,
    /// It did not; it is ordered again if its case still asks for it.
    NotSent,
}

/// What becomes of a row of the quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// It went through intake again.
    Replayed,
    /// Nobody needs it.
    Dropped,
}

/// Settles an uncertain notice and decides its account again. Whether it was uncertain.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn settle(
    writer: &mut Writer,
    memory: &Memory,
    book: &Book,
    key: &AccountKey,
    notice: NoticeId,
    settlement: Settlement,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let keys = [key.clone()];
    let mut tx = writer.begin().await?;
    let creditors = share_creditors(&mut tx, &keys).await?;
    let locked = tx.lock_accounts(&keys).await?;
    let outcome = match settlement {
        Settlement::Sent => Outcome::Accepted(now),
        Settlement::NotSent => Outcome::Retry(std::time::Duration::ZERO),
    };
    if !tx.settle(notice, &outcome).await? {
        tx.roll_back().await?;
        return Ok(false);
    }
    let mut seats = seat(&mut tx, memory, &creditors, &keys, locked, &keys).await?;
    let told = seats.iter().filter(|_| settlement == Settlement::Sent).filter_map(|seat| {
        let notice = seat.account.notices.get(&notice)?;
        Some(out::of_outcome(seat, "notice.sent", notice, None, now))
    });
    let told = told.collect();
    for seat in &mut seats {
        seat.decide(book, now);
    }
    save(&mut tx, &mut seats, told, now).await?;
    tx.commit().await?;
    remember(memory, seats);
    Ok(true)
}

/// Marks a waiting row of the quarantine. Whether it was waiting.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn release(writer: &mut Writer, number: i64, release: Release) -> Result<bool, StoreError> {
    let state = match release {
        Release::Replayed => "replayed",
        Release::Dropped => "dropped",
    };
    let mut tx = writer.begin().await?;
    let was_waiting = tx.release(number, state).await?;
    tx.commit().await?;
    Ok(was_waiting)
}
