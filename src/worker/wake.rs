//! Wake-ups: accounts whose time has come, in batches; asleep until the next one is due.

use std::time::Duration;

use super::{Parts, Stop, in_time};
use crate::advance;
use crate::store::StoreError;

/// Shortest sleep: what is due may be in other hands for a moment.
const SLEEP_MILLIS_MIN: u64 = 2;

/// Wakes accounts until the stop is asked.
pub async fn pass(parts: &Parts, stop: &Stop) -> Result<(), StoreError> {
    let mut writer = parts.database.writer();
    writer.make_months().await?;
    while !stop.is_asked() {
        let book = parts.shelf.book();
        let now = parts.clock.now();
        let woken = in_time(advance::wake(&mut writer, &parts.memory, &book, now, parts.pace.wake_accounts)).await;
        if woken.as_ref().is_err_and(StoreError::is_stale) {
            parts.shelf.renew(&mut writer).await?;
            continue;
        }
        let woken = woken?;
        if woken > 0 {
            metrics::counter!("relance_accounts_woken_total").increment(woken as u64);
            parts.nudges.changed();
            continue;
        }
        let next = in_time(writer.next_due()).await?;
        let sleep = next.map_or(Duration::MAX, |at| parts.clock.real_duration_until(at));
        let shortest = Duration::from_millis(SLEEP_MILLIS_MIN);
        let sleep = sleep.min(parts.pace.wake_idle).max(shortest);
        tokio::select! {
            () = stop.asked() => {}
            () = parts.nudges.wake.notified() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
    Ok(())
}
