//! What a person decides of a refused message.

use crate::store::{StoreError, Writer};

/// What becomes of a row of the quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// It went through intake again.
    Replayed,
    /// Nobody needs it.
    Dropped,
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
