//! What dispatch does to the tables: claim, put the intent on record, record what came of it, recover what a dead
//! worker left. Each is a transaction of its own, so that none is open while anything is sent.

use chrono::{DateTime, Utc};

use super::Memory;
use super::desk::{Seat, seat};
use super::out;
use super::save::{remember, save};
use super::wake::share_creditors;
use crate::domain::{AccountKey, Channel, NoticeId};
use crate::engine::Book;
use crate::store::{Claim, Claimed, Document, Outcome, Outgoing, Recorded, StoreError, Tx, Writer};

/// A notice about to be sent, with the exact bytes that will leave.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Whose account.
    pub key: AccountKey,
    /// Which notice.
    pub notice: NoticeId,
    /// What is kept as evidence.
    pub documents: Vec<Document>,
}

/// What recovery found.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// How many notices were claimed but not sent; they are ordered again.
    pub reordered: usize,
    /// Notices that may have left: under the claim given now, still `sending`. Sent again where that is safe, else
    /// recorded as uncertain.
    pub stranded: Vec<Claimed>,
}

/// Claims up to `limit` notices of `channel` that may leave at `now`; `provider` carries those that name none.
///
/// # Errors
///
/// When Postgres refuses or is away, or a row cannot be read.
pub async fn claim_notices(
    writer: &mut Writer,
    claim: &Claim,
    now: DateTime<Utc>,
    channel: Channel,
    provider: Option<&str>,
    limit: usize,
) -> Result<Vec<Claimed>, StoreError> {
    let mut tx = writer.begin().await?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let claimed = tx.claim_ordered(claim, now, channel, provider, limit).await?;
    tx.commit().await?;
    Ok(claimed)
}

/// Puts the intent to send on record, with what will be sent. Only the notices returned may be sent: the others
/// are no longer in the hands of this claim.
///
/// # Errors
///
/// When Postgres refuses or is away; then nothing may be sent.
pub async fn mark_sending(
    writer: &mut Writer,
    claim: &Claim,
    sendings: &[Sending],
) -> Result<Vec<NoticeId>, StoreError> {
    let mut tx = writer.begin().await?;
    lock(&mut tx, sendings.iter().map(|sending| &sending.key)).await?;
    let ids: Vec<NoticeId> = sendings.iter().map(|sending| sending.notice).collect();
    let moved = tx.intend(claim, &ids).await?;
    let documents: Vec<_> = sendings
        .iter()
        .filter(|sending| moved.contains(&sending.notice))
        .flat_map(|sending| sending.documents.iter().map(|document| (&sending.key.creditor, sending.notice, document)))
        .collect();
    tx.keep(&documents).await?;
    tx.commit().await?;
    Ok(moved)
}

/// Keeps what a request of a sending in steps answered, before the next one goes out. Whether the notice is still
/// in the hands of the claim.
///
/// # Errors
///
/// When Postgres refuses or is away.
pub async fn capture(writer: &mut Writer, claim: &Claim, notice: NoticeId, captured: &str) -> Result<bool, StoreError> {
    let mut tx = writer.begin().await?;
    let is_held = tx.capture(claim, notice, captured).await?;
    tx.commit().await?;
    Ok(is_held)
}

/// Records what came of sendings, with the proofs the provider gave, and decides the accounts again. Returns the
/// notices whose outcome was written: one whose claim was lost meanwhile is in other hands, and stays there.
///
/// # Errors
///
/// When Postgres refuses or is away. Recording again is safe: what was recorded is not in the claim's hands any
/// more.
pub async fn record(
    writer: &mut Writer,
    memory: &Memory,
    book: &Book,
    records: &[Recorded],
    now: DateTime<Utc>,
) -> Result<Vec<NoticeId>, StoreError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = writer.begin_deciding(book.version).await?;
    let (keys, creditors, locked) = lock(&mut tx, records.iter().map(|record| &record.key)).await?;
    let recorded = write(&mut tx, records).await?;
    // All of them changed in the tables, so all are read from there.
    let mut seats = seat(&mut tx, memory, &creditors, &keys, locked, &keys).await?;
    let told = tell(&seats, records, &recorded, now);
    for seat in &mut seats {
        seat.decide(book, now)?;
    }
    save(&mut tx, &mut seats, book, told, now).await?;
    tx.commit().await?;
    remember(memory, seats);
    Ok(recorded)
}

/// Records what came of sendings where their accounts cannot be decided: by a book that cannot be read, or because a row
/// of them cannot be. What a carrier answered is a fact all the same. The accounts are due at once, for whoever can
/// decide them. Returns as [`record`] does.
///
/// # Errors
///
/// When Postgres refuses or is away. Recording again is safe.
pub async fn record_undecided(
    writer: &mut Writer,
    records: &[Recorded],
    now: DateTime<Utc>,
) -> Result<Vec<NoticeId>, StoreError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = writer.begin().await?;
    let (keys, _, locked) = lock(&mut tx, records.iter().map(|record| &record.key)).await?;
    let recorded = write(&mut tx, records).await?;
    let notices = tx.readable_notices(&recorded).await?;
    let mut told = Vec::new();
    for record in records.iter().filter(|record| recorded.contains(&record.notice)) {
        let Some((kind, at)) = told_as(&record.outcome, now) else { continue };
        let Ok(place) = keys.binary_search(&record.key) else { continue };
        let notice = notices.iter().find(|notice| notice.id == record.notice);
        let account = (&record.key, locked[place].seq);
        told.push(out::of_outcome(account, kind, (record.notice, notice), record.provider_id.as_deref(), at));
    }
    tx.send_out(&told).await?;
    tx.make_due(&keys).await?;
    tx.commit().await?;
    Ok(recorded)
}

/// Writes outcomes down, and gives their accounts what waited for the providers' identifiers. Returns the notices that
/// were still in the hands of their claim.
async fn write(tx: &mut Tx<'_>, records: &[Recorded]) -> Result<Vec<NoticeId>, StoreError> {
    let recorded = tx.record_outcomes(records).await?;
    let learnt: Vec<(&AccountKey, String)> = records
        .iter()
        .filter_map(|record| Some((&record.key, format!("provider:{}", record.provider_id.as_ref()?))))
        .collect();
    let learnt: Vec<(&AccountKey, &str)> = learnt.iter().map(|(key, name)| (*key, name.as_str())).collect();
    tx.attach(&learnt).await?;
    Ok(recorded)
}

/// The event that tells the platform of an outcome, and its time; a try that is made again is not told.
fn told_as(outcome: &Outcome, now: DateTime<Utc>) -> Option<(&'static str, DateTime<Utc>)> {
    match outcome {
        Outcome::Accepted(at) => Some(("notice.sent", *at)),
        Outcome::Rejected => Some(("notice.failed", now)),
        Outcome::Uncertain => Some(("notice.uncertain", now)),
        Outcome::Retry(_) => None,
    }
}

fn tell(seats: &[Seat], records: &[Recorded], recorded: &[NoticeId], now: DateTime<Utc>) -> Vec<Outgoing> {
    let mut told = Vec::new();
    for record in records.iter().filter(|record| recorded.contains(&record.notice)) {
        let Some((kind, at)) = told_as(&record.outcome, now) else { continue };
        let Ok(place) = seats.binary_search_by(|seat| seat.account.key.cmp(&record.key)) else { continue };
        let seat = &seats[place];
        let Some(notice) = seat.account.notices.get(&record.notice) else { continue };
        let account = (&seat.account.key, seat.locked.seq);
        told.push(out::of_outcome(account, kind, (notice.id, Some(notice)), record.provider_id.as_deref(), at));
    }
    told
}

type LockedAccounts = (Vec<AccountKey>, super::desk::Creditors, Vec<crate::store::Locked>);

async fn lock<'k>(tx: &mut Tx<'_>, keys: impl Iterator<Item = &'k AccountKey>) -> Result<LockedAccounts, StoreError> {
    let mut keys: Vec<AccountKey> = keys.cloned().collect();
    keys.sort_unstable();
    keys.dedup();
    let creditors = share_creditors(tx, &keys).await?;
    let locked = tx.lock_accounts(&keys).await?;
    Ok((keys, creditors, locked))
}

/// Recovers what a worker left behind of `channels` whose lease ran out by Postgres' clock: at most `limit` of each
/// kind.
///
/// # Errors
///
/// When Postgres refuses or is away, or a row cannot be read.
pub async fn recover(
    writer: &mut Writer,
    claim: &Claim,
    channels: &[Channel],
    limit: usize,
) -> Result<Recovered, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut tx = writer.begin().await?;
    let reordered = tx.recover_claimed(channels, limit).await?;
    let stranded = tx.take_over(claim, channels, limit).await?;
    tx.commit().await?;
    Ok(Recovered { reordered, stranded })
}
