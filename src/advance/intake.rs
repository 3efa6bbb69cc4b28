//! Events into state: one transaction for a batch, whatever is in it.
//!
//! The inbox comes first, then creditors, then accounts, then everything else: every batch takes its locks in that
//! order, each sorted. An event that Postgres refuses is found by halving the batch, and put into quarantine.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Memory;
use super::batch::{Fresh, MOVED, find_owners, fold, sort_out};
use super::desk::{Creditors, Seat, seat};
use super::out;
use super::save::{remember, save};
use crate::domain::event::Refused;
use crate::domain::{
    AccountKey, CreditorId, DeliveryStatus, Event, Fact, FactKind, Notice, NoticeId, NoticeRef, NoticeReported,
};
use crate::engine::{Book, is_about};
use crate::store::{Lock, Outgoing, Owner, Refusal, Standing, Statement, StoreError, Tx, WaitsFor, Writer};

/// A message as it came, shared by the events in it.
#[derive(Clone, Debug, Default)]
pub struct Original {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its headers, as a JSON object.
    pub headers: String,
}

/// One event, read or refused, with the message it came in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// What was read.
    pub reading: Result<Event, Box<Refused>>,
    /// The message.
    pub original: Arc<Original>,
}

impl Arrival {
    /// A row for the quarantine. A message with one event is kept whole; of a batch only the part at fault, where
    /// it is known.
    pub(super) fn refuse(&self, field: &str, reason: &str) -> Refusal {
        let (creditor, bytes) = match &self.reading {
            Ok(event) => (Some(event.creditor.to_string()), &event.bytes),
            Err(refused) => (refused.creditor.clone(), &refused.bytes),
        };
        let bytes = self.original.body.get(bytes.clone()).unwrap_or(&self.original.body).to_vec();
        Refusal {
            creditor,
            field: Some(field.to_owned()),
            reason: reason.to_owned(),
            bytes,
            headers: self.original.headers.clone(),
        }
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// Events applied, older versions of what is known among them.
    pub applied: usize,
    /// Events seen before.
    pub repeated: usize,
    /// Events put into quarantine.
    pub refused: usize,
}

impl std::ops::AddAssign for Intake {
    fn add_assign(&mut self, other: Self) {
        self.applied += other.applied;
        self.repeated += other.repeated;
        self.refused += other.refused;
    }
}

/// Applies a batch of events. When it returns, every one is durable: applied, known already, or in quarantine.
///
/// # Errors
///
/// Only [`StoreError::Retry`]: what Postgres refuses for good goes into quarantine. The batch, or a part of it, may
/// have been applied; it may be given again as it is.
pub async fn intake(
    writer: &mut Writer,
    memory: &Memory,
    book: &Book,
    arrivals: &[Arrival],
    now: DateTime<Utc>,
) -> Result<Intake, StoreError> {
    let mut whole = Intake::default();
    // Parts still to be applied, the last first: a stack of halves instead of a recursion.
    let mut parts: Vec<&[Arrival]> = vec![arrivals];
    while let Some(part) = parts.pop() {
        match apply(writer, memory, book, part, now).await {
            Ok(done) => whole += done,
            Err(why) if why.is_retry() => return Err(why),
            Err(why) => match part {
                [] => return Err(why),
                [alone] => {
                    tracing::error!(error = %why, "an event was put into quarantine because it could not be stored");
                    let mut tx = writer.begin().await?;
                    tx.quarantine(&[alone.refuse("body", &why.to_string())]).await?;
                    tx.commit().await?;
                    whole.refused += 1;
                }
                _ => {
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([right, left]);
                }
            },
        }
    }
    Ok(whole)
}

/// Applies a part; where a fact moves between accounts, once more with both of them locked.
async fn apply(
    writer: &mut Writer,
    memory: &Memory,
    book: &Book,
    arrivals: &[Arrival],
    now: DateTime<Utc>,
) -> Result<Intake, StoreError> {
    let mut also: Vec<AccountKey> = Vec::new();
    loop {
        let mut tx = writer.begin_deciding(book.version).await?;
        match advance(&mut tx, memory, book, arrivals, &also, now).await? {
            Pass::Done(done, seats) => {
                tx.commit().await?;
                remember(memory, seats);
                return Ok(done);
            }
            Pass::Widen(more) => {
                tx.roll_back().await?;
                also.extend(more);
            }
        }
    }
}

/// What one pass over a part came to.
enum Pass {
    /// All is written and waits for the commit.
    Done(Intake, Vec<Seat>),
    /// These accounts must be locked too, from the start.
    Widen(Vec<AccountKey>),
}

async fn advance(
    tx: &mut Tx<'_>,
    memory: &Memory,
    book: &Book,
    arrivals: &[Arrival],
    also: &[AccountKey],
    now: DateTime<Utc>,
) -> Result<Pass, StoreError> {
    let mut sorted = sort_out(tx, arrivals).await?;
    let mut done = Intake { repeated: sorted.repeated, ..Intake::default() };
    let mut seats = Vec::new();
    if !sorted.fresh.is_empty() {
        let creditors = lock_creditors(tx, &mut sorted.fresh).await?;
        let mut keys: Vec<AccountKey> = sorted.fresh.iter().filter_map(Fresh::account).collect();
        keys.extend_from_slice(also);
        keys.sort_unstable();
        keys.dedup();
        let locked = tx.lock_accounts(&keys).await?;
        let mut moved: Vec<&Fresh<'_>> = Vec::new();
        let folded = fold(&sorted.fresh, &mut moved);
        let (stated, left) = match state(tx, folded, &keys, &mut moved).await? {
            Stated::These(stated, left) => (stated, left),
            Stated::Widen(more) => return Ok(Pass::Widen(more)),
        };
        let announced: Vec<(AccountKey, String)> =
            stated.iter().filter_map(|fresh| Some((fresh.account()?, fresh.event.announces()?))).collect();
        let announced: Vec<(&AccountKey, &str)> = announced.iter().map(|(key, name)| (key, name.as_str())).collect();
        let mut changed = tx.attach(&announced).await?;
        // An account from which a fact moved away must not be trusted to memory.
        changed.extend(left);
        seats = seat(tx, memory, &creditors, &keys, locked, &changed).await?;
        let told = take_in(tx, &mut seats, &stated, now).await?;
        for seat in &mut seats {
            seat.decide(book, now)?;
        }
        save(tx, &mut seats, book, told, now).await?;
        done.applied = sorted.fresh.len() - moved.len();
        // What was refused was not taken in: sent again, it is looked at again.
        tx.forget(&moved.iter().map(|fresh| fresh.event.identity_hash).collect::<Vec<_>>()).await?;
        sorted.refusals.extend(moved.iter().map(|fresh| fresh.arrival.refuse("data.debtor", MOVED)));
    }
    tx.quarantine(&sorted.refusals).await?;
    done.refused = sorted.refusals.len();
    Ok(Pass::Done(done, seats))
}

/// Locks the creditors of a batch and states their own facts. Facts that wait for their owner need every account of
/// the creditor at rest, lest what they wait for be stored at the same moment and neither see the other.
async fn lock_creditors(tx: &mut Tx<'_>, fresh: &mut [Fresh<'_>]) -> Result<Creditors, StoreError> {
    let is_waiting = find_owners(tx, fresh).await?;
    let is_own = |fresh: &&Fresh<'_>| fresh.owner == Owner::Creditor;
    let lock = if is_waiting || fresh.iter().any(|fresh| is_own(&fresh)) { Lock::Exclusive } else { Lock::Shared };
    let mut names: Vec<CreditorId> = fresh.iter().map(|fresh| fresh.event.creditor.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let seqs = tx.lock_creditors(&names, lock).await?;
    let mut creditors: Creditors = names.into_iter().zip(seqs).collect();
    if lock == Lock::Shared {
        return Ok(creditors);
    }
    find_owners(tx, fresh).await?;
    let own: Vec<Fresh<'_>> = fresh.iter().filter(is_own).cloned().collect();
    let own = fold(&own, &mut Vec::new());
    let statements: Vec<Statement<'_>> = own.iter().map(|fresh| fresh.statement()).collect();
    let stands = tx.state(&statements).await?;
    let arrived: Vec<(CreditorId, WaitsFor)> = own
        .iter()
        .zip(stands)
        .filter(|(_, stands)| *stands)
        .map(|(fresh, _)| {
            let what = if fresh.event.kind == FactKind::Creditor { WaitsFor::Creditor } else { WaitsFor::Feed };
            (fresh.event.creditor.clone(), what)
        })
        .collect();
    if !arrived.is_empty() {
        let mut changed: Vec<CreditorId> = arrived.iter().map(|(creditor, _)| creditor.clone()).collect();
        changed.dedup();
        tx.creditors_changed(&changed).await?;
        tx.wake_waiting(&arrived).await?;
        for creditor in changed {
            creditors.entry(creditor).and_modify(|seq| *seq += 1);
        }
    }
    Ok(creditors)
}

/// What became of the statements of a batch.
enum Stated<'f, 'a> {
    /// These stand; from these accounts some of them moved away.
    These(Vec<&'f Fresh<'a>>, Vec<AccountKey>),
    /// These accounts must be locked too.
    Widen(Vec<AccountKey>),
}

/// States the facts of accounts, and those that wait for their owner.
async fn state<'f, 'a>(
    tx: &mut Tx<'_>,
    folded: Vec<&'f Fresh<'a>>,
    keys: &[AccountKey],
    moved: &mut Vec<&'f Fresh<'a>>,
) -> Result<Stated<'f, 'a>, StoreError> {
    let facts: Vec<&Fresh<'a>> = folded.into_iter().filter(|fresh| fresh.owner != Owner::Creditor).collect();
    let statements: Vec<Statement<'_>> = facts.iter().map(|fresh| fresh.statement()).collect();
    let stands = tx.state(&statements).await?;
    let (mut stated, mut left) = (Vec::with_capacity(facts.len()), Vec::new());
    for (fresh, stands) in facts.into_iter().zip(stands) {
        if stands { stated.push(fresh) } else { left.push(fresh) }
    }
    if left.is_empty() {
        return Ok(Stated::These(stated, Vec::new()));
    }
    let statements: Vec<Statement<'_>> = left.iter().map(|fresh| fresh.statement()).collect();
    let (mut moving, mut from_all, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for (fresh, standing) in left.iter().zip(tx.standing(&statements).await?) {
        let Standing::OfAnother(debtor) = standing else { continue };
        if fresh.event.kind == FactKind::Invoice {
            moved.push(*fresh);
            continue;
        }
        let from = AccountKey { creditor: fresh.event.creditor.clone(), debtor };
        if keys.binary_search(&from).is_err() {
            missing.push(from.clone());
        }
        from_all.push(from);
        moving.push(*fresh);
    }
    if !missing.is_empty() {
        return Ok(Stated::Widen(missing));
    }
    let statements: Vec<Statement<'_>> = moving.iter().map(|fresh| fresh.statement()).collect();
    tx.move_facts(&statements).await?;
    stated.extend(moving);
    Ok(Stated::These(stated, from_all))
}

/// Takes what was stated into the accounts, and writes down what carriers said of notices.
async fn take_in(
    tx: &mut Tx<'_>,
    seats: &mut [Seat],
    stated: &[&Fresh<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<Outgoing>, StoreError> {
    let mut told = Vec::new();
    let mut deliveries: Vec<(NoticeId, DeliveryStatus)> = Vec::new();
    for fresh in stated {
        let Some(key) = fresh.account() else { continue };
        let Ok(place) = seats.binary_search_by(|seat| seat.account.key.cmp(&key)) else { continue };
        let seat = &mut seats[place];
        if let Fact::NoticeReported(report) = &fresh.event.fact {
            for notice in report_on(seat, report, fresh.event.version.time) {
                deliveries.retain(|(id, _)| *id != notice.id);
                deliveries.push((notice.id, report.status));
                let kind = match report.status {
                    DeliveryStatus::Delivered => "notice.delivered",
                    status if status.is_failure() => "notice.failed",
                    _ => continue,
                };
                let account = (&seat.account.key, seat.locked.seq);
                told.push(out::of_outcome(account, kind, (notice.id, Some(&notice)), None, now));
            }
        }
        seat.apply(&fresh.event.key, fresh.event.version.clone(), fresh.event.fact.clone());
    }
    tx.set_deliveries(&deliveries).await?;
    Ok(told)
}

/// The notices a report moves forward, moved. A later state never goes back to an earlier one.
fn report_on(seat: &mut Seat, report: &NoticeReported, known: DateTime<Utc>) -> Vec<Notice> {
    if report.status.is_side_event() {
        return Vec::new();
    }
    let by_provider = match &report.notice {
        NoticeRef::ProviderId(id) => seat.provider_ids.get(id).copied(),
        _ => None,
    };
    let account = &seat.account;
    let is_meant = |notice: &&Notice| by_provider == Some(notice.id) || is_about(account, report, known, notice);
    let moves = |notice: &&Notice| notice.delivery.is_none_or(|known| known < report.status);
    let meant: Vec<NoticeId> =
        account.notices.values().filter(moves).filter(is_meant).map(|notice| notice.id).collect();
    let mut moved = Vec::new();
    for id in meant {
        if let Some(notice) = seat.account.notices.get_mut(&id) {
            notice.delivery = Some(report.status);
            moved.push(notice.clone());
        }
    }
    moved
}
