//! Settings of this process: flags over environment over `relance.yaml` over defaults.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow};
use relance::broker::{Address, Topology};
use relance::clock::Clock;
use relance::config::{Settings, Sources};
use relance::store::Database;
use relance::workflow::SourceFile;
use secrecy::ExposeSecret;

use crate::{catalog, files};

/// Reads them; `flags` by key (`worker.roles`).
pub fn read(file: &Path, flags: BTreeMap<&'static str, String>) -> anyhow::Result<Settings> {
    let content: Option<serde_json::Value> = if file.is_file() {
        let text = files::read_one(file)?;
        Some(catalog::parse(&SourceFile::new(text.path.display().to_string(), text.text))?)
    } else {
        None
    };
    let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let sources = Sources { flags, environment: &environment, file: content.as_ref().map(|content| (file, content)) };
    Ok(Settings::read(&sources)?)
}

/// Where Postgres is.
pub fn database(settings: &Settings) -> anyhow::Result<Database> {
    let url = settings
        .database
        .url
        .as_ref()
        .context("DATABASE_URL is not set; write postgres://user:password@host:port/name")?;
    Ok(Database::new(url.expose_secret())?)
}

/// Where RabbitMQ is, and the names there.
pub fn broker(settings: &Settings) -> anyhow::Result<(Address, Topology)> {
    let url = settings.broker.url.as_ref().context("AMQP_URL is not set; write amqp://user:password@host:5672/%2f")?;
    Ok((Address::parse(url.expose_secret())?, Topology::with_prefix(&settings.broker.prefix)))
}

/// Business time.
pub fn clock(settings: &Settings) -> anyhow::Result<Clock> {
    Clock::new(settings.clock.start, settings.clock.speed).map_err(|why| anyhow!(why))
}
