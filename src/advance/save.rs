//! Saves what was decided about a batch of accounts, in one statement for each kind of thing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Memory;
use super::desk::Seat;
use super::out;
use crate::domain::{AccountKey, Block, Case, CreditorId, Entry, Habit, Notice, NoticeId, Task};
use crate::engine::Book;
use crate::store::{DUE_BY_EVERY_CLOCK, Outgoing, StoreError, Tx, Wake};

/// Saves the decisions of `seats` with `told`, which other causes have to tell the platform.
pub(super) async fn save(
    tx: &mut Tx<'_>,
    seats: &mut [Seat],
    book: &Book,
    mut told: Vec<Outgoing>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    save_cases(tx, seats).await?;
    order(tx, seats).await?;
    for seat in seats.iter() {
        told.extend(out::of_decision(seat, book, now));
    }
    tx.send_out(&told).await?;
    alert(tx, seats).await?;
    let parked = attach_ordered(tx, seats).await?;
    let mut wakes: Vec<(&AccountKey, Wake, Habit)> = Vec::new();
    for seat in seats.iter_mut() {
        let key = &seat.account.key;
        let mut wake = seat.wake(now);
        if parked.contains(key) {
            // Facts that waited for what was ordered just now belong to it: it is decided again with them.
            wake.at = Some(DUE_BY_EVERY_CLOCK);
            seat.is_sound = false;
        }
        let habit = seat.decision.habit;
        if (wake, habit) != (seat.locked.wake, seat.locked.habit) {
            wakes.push((key, wake, habit));
        }
    }
    tx.set_wakes(&wakes).await
}

/// One alert a creditor whose payments are not reported any more, over all workers (rule 28): every case that waits for
/// them says so in its own history.
async fn alert(tx: &mut Tx<'_>, seats: &mut [Seat]) -> Result<(), StoreError> {
    let stale = seats.iter().filter_map(|seat| Some((seat.account.key.creditor.clone(), seat.stale_feed()?)));
    let stale: BTreeMap<CreditorId, DateTime<Utc>> = stale.collect();
    if stale.is_empty() {
        return Ok(());
    }
    for creditor in tx.tell_stale_feeds(&stale).await? {
        if let Some(seat) = seats.iter_mut().find(|seat| seat.account.key.creditor == creditor) {
            seat.alert = stale.get(&creditor).copied();
        }
    }
    Ok(())
}

async fn save_cases(tx: &mut Tx<'_>, seats: &[Seat]) -> Result<(), StoreError> {
    let mut cases: Vec<(&AccountKey, &Case)> = Vec::new();
    let mut tasks: Vec<(&AccountKey, &Task)> = Vec::new();
    let mut blocks: Vec<(&AccountKey, &Block)> = Vec::new();
    let mut entries: Vec<(&AccountKey, &Entry)> = Vec::new();
    for seat in seats {
        let (key, decision) = (&seat.account.key, &seat.decision);
        cases.extend(decision.cases.iter().map(|case| (key, case)));
        tasks.extend(decision.tasks.iter().map(|task| (key, task)));
        blocks.extend(decision.blocks.iter().map(|block| (key, block)));
        entries.extend(decision.entries.iter().map(|entry| (key, entry)));
    }
    tx.save_cases(&cases).await?;
    tx.save_tasks(&tasks).await?;
    tx.save_blocks(&blocks).await?;
    tx.add_history(&entries).await
}

/// Withdraws first, for what is withdrawn makes room for what is ordered.
async fn order(tx: &mut Tx<'_>, seats: &mut [Seat]) -> Result<(), StoreError> {
    let withdrawals: Vec<NoticeId> = seats.iter().flat_map(|seat| seat.decision.withdrawals.iter().copied()).collect();
    let withdrawn = tx.withdraw(&withdrawals).await?;
    let orders: Vec<(&AccountKey, &Notice)> =
        seats.iter().flat_map(|seat| seat.decision.orders.iter().map(|notice| (&seat.account.key, notice))).collect();
    let refused = tx.order(&orders).await?.refused;
    if withdrawn.len() == withdrawals.len() && refused.is_empty() {
        return Ok(());
    }
    // The accounts are locked, so only a decision that contradicts itself gets here. The tables hold what is
    // true; the next decision reads it from there.
    for seat in seats {
        let late = seat.decision.withdrawals.iter().filter(|id| !withdrawn.contains(id));
        let crossed = seat.decision.orders.iter().map(|notice| &notice.id).filter(|id| refused.contains(id));
        for id in late.chain(crossed) {
            seat.is_sound = false;
            tracing::error!(notice = %id, "a decision about this notice contradicts the tables and was not carried out");
        }
        seat.decision.orders.retain(|notice| !refused.contains(&notice.id));
    }
    Ok(())
}

/// Attaches parked facts that waited for a notice or task ordered just now.
async fn attach_ordered(tx: &mut Tx<'_>, seats: &[Seat]) -> Result<Vec<AccountKey>, StoreError> {
    let mut names: Vec<(&AccountKey, String)> = Vec::new();
    for seat in seats {
        let key = &seat.account.key;
        names.extend(seat.decision.orders.iter().map(|notice| (key, format!("notice:{}", notice.id))));
        names.extend(seat.decision.tasks.iter().map(|task| (key, format!("task:{}", task.id))));
    }
    let announced: Vec<(&AccountKey, &str)> = names.iter().map(|(key, name)| (*key, name.as_str())).collect();
    tx.attach(&announced).await
}

/// Remembers accounts after the commit that saved them was confirmed, and alerts whoever watches.
pub(super) fn remember(memory: &Memory, seats: Vec<Seat>) {
    for (seat, through) in seats.iter().filter_map(|seat| Some((seat, seat.alert?))) {
        metrics::counter!("relance_stale_feeds_total").increment(1);
        tracing::warn!(
            creditor = %seat.account.key.creditor,
            %through,
            "payments are not reported any more: nothing is sent for this creditor until payments.synced says how far \
             they are known"
        );
    }
    memory.put(seats.into_iter().filter_map(Seat::remembered));
}
