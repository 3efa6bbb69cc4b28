//! How each creditor's debtors pay, counted once a day over all workers. It reads every account's row, so nobody waits
//! for it, however long it takes.

use std::time::Duration;

use super::{Parts, Stop};
use crate::store::StoreError;

/// How often it is looked whether it is time.
const EVERY: Duration = Duration::from_secs(600);

/// Counts where nobody did within a day, until the stop is asked. What is remembered of accounts is forgotten whenever
/// the counts changed, here or elsewhere.
pub async fn pass(parts: &Parts, stop: &Stop) -> Result<(), StoreError> {
    let mut writer = parts.database.writer();
    let mut known = None;
    loop {
        let counted = tokio::select! {
            () = stop.asked() => return Ok(()),
            counted = writer.count_peers() => counted?,
        };
        if counted != known {
            parts.memory.forget();
            known = counted;
        }
        if !stop.pause(EVERY).await {
            return Ok(());
        }
    }
}
