//! A person's act on the road that events take: applied to the tables directly, with the same book as a worker.

use std::sync::Arc;

use relance::advance::{self, Arrival, Intake, Memory};
use relance::config::Settings;
use relance::engine::Book;
use relance::store::Database;

use crate::{service, settings};

/// What decisions are made by: what is deployed, not what the folder holds.
pub async fn book(settings: &Settings, database: &Database) -> anyhow::Result<Arc<Book>> {
    Ok(service::shelf(settings, database).await?.book())
}

/// Applies events to the tables.
pub async fn apply(settings: &Settings, database: &Database, arrivals: &[Arrival]) -> anyhow::Result<Intake> {
    let book = book(settings, database).await?;
    let now = settings::clock(settings)?.now();
    let mut writer = database.writer();
    Ok(advance::intake(&mut writer, &Memory::default(), &book, arrivals, now).await?)
}
