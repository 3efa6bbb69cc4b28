//! Settings of this process: flags over environment over `relance.yaml` over defaults.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use relance::broker::{Address, Topology};
use relance::clock::Clock;
use relance::config::{Settings, Sources};
use relance::store::Database;
use relance::workflow::{Diagnostic, Schedule, from_yaml, read_schedules};
use secrecy::ExposeSecret;

use crate::files;

/// The file that is read where it is there and none is named.
pub const DEFAULT_FILE: &str = "relance.yaml";
/// The one list of the file that is no section of settings.
const SCHEDULES: &str = "schedules";

/// Reads them; `flags` by key (`worker.roles`).
pub fn read(file: &Path, flags: BTreeMap<&'static str, String>) -> anyhow::Result<Settings> {
    if file != Path::new(DEFAULT_FILE) && !file.is_file() {
        bail!("{} does not exist; --config and RELANCE_CONFIG name an existing file", file.display());
    }
    let mut content = if file.is_file() { content(file)? } else { None };
    if let Some(serde_json::Value::Object(sections)) = &mut content {
        sections.remove(SCHEDULES);
    }
    let environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let sources = Sources { flags, environment: &environment, file: content.as_ref().map(|content| (file, content)) };
    Ok(Settings::read(&sources)?)
}

/// The schedules of the file; each mistake of theirs is told by its place.
pub fn schedules(file: &Path) -> anyhow::Result<Vec<Schedule>> {
    if !file.is_file() {
        return Ok(Vec::new());
    }
    let (text, shown) = (files::read_one(file)?.text, file.display().to_string());
    read_schedules(&shown, &text).map_err(|findings| {
        let line = |one: &Diagnostic| {
            let help = one.help.as_deref().map_or_else(String::new, |help| format!("; {help}"));
            format!("{shown}:{}:{}: {} [{}]{help}", one.line, one.column, one.message, one.code.as_str())
        };
        let lines: Vec<String> = findings.iter().map(line).collect();
        anyhow!("the schedules have mistakes:\n{}", lines.join("\n"))
    })
}

/// The content of the file; none where it says nothing. Its lines may hold passwords, so a mistake is told by its
/// place and code alone.
fn content(file: &Path) -> anyhow::Result<Option<serde_json::Value>> {
    let text = files::read_one(file)?.text;
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(None);
    }
    let shown = file.display().to_string();
    from_yaml(&shown, &text).map(Some).map_err(|findings| {
        let place = |one: &Diagnostic| format!("{shown}:{}:{}: {}", one.line, one.column, one.code.as_str());
        let places: Vec<String> = findings.iter().map(place).collect();
        anyhow!("the settings cannot be read (their text is not shown, it may hold secrets):\n{}", places.join("\n"))
    })
}

/// Postgres with the tables of this version.
pub async fn ready_database(settings: &Settings) -> anyhow::Result<Database> {
    let database = database(settings)?;
    if !database.is_migrated().await? {
        bail!("the database has no tables of this version; run `relance migrate`");
    }
    Ok(database)
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
