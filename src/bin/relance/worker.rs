//! `relance worker`: everything the roles need, put together; signals; the console.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context, bail};
use relance::advance::Memory;
use relance::channels::{ChannelSettings, Channels, Documents, SecretLookup};
use relance::config::{Role, Secrets, Settings};
use relance::console::{self, Probe};
use relance::domain::Channel;
use relance::store::{Database, Reader};
use relance::telemetry::Telemetry;
use relance::worker::{Nudges, Pace, Parts, StopSource};
use relance::workflow::Schedule;

use crate::{Ended, catalog, service, settings};

/// How long the start waits for Postgres before it says what to do: a database that starts beside the worker.
const POSTGRES_SECONDS_MAX: u64 = 60;

/// Runs until a signal asks for the stop and what is in flight is finished.
pub async fn run(settings: &Settings, schedules: Vec<Schedule>, telemetry: Telemetry) -> anyhow::Result<Ended> {
    let database = settings::database(settings)?;
    let clock = settings::clock(settings)?;
    if clock.is_virtual() {
        tracing::warn!(
            "the clock is virtual (RELANCE_CLOCK_START, RELANCE_CLOCK_SPEED): for demonstrations and tests only"
        );
    }
    let (broker, topology) = settings::broker(settings)?;
    let channels = Arc::new(open_channels(settings)?);
    for (provider, problem) in channels.problems() {
        tracing::info!(provider, problem, "a provider cannot be used");
    }
    await_database(&database).await?;
    let shelf = service::first_start(settings, &database).await?;
    let (source, stop) = StopSource::open();
    let reader = database.reader();
    let parts = Arc::new(Parts {
        database,
        broker,
        topology,
        clock,
        schedules,
        shelf,
        memory: Memory::default(),
        channels,
        documents: Documents::open()?,
        pace: pace(settings),
        nudges: Nudges::default(),
        taken: AtomicU64::default(),
    });
    let roles: BTreeSet<Role> = settings.worker.roles.iter().copied().collect();
    let console = if roles.contains(&Role::Console) {
        let listener = console::listen(settings.console.listen).await?;
        let probe = Arc::new(WorkerProbe { reader, telemetry });
        let stop = stop.clone();
        Some(tokio::spawn(async move { console::serve(listener, probe, async move { stop.asked().await }).await }))
    } else {
        None
    };
    let running = tokio::spawn(async move { relance::worker::run(parts, &roles, stop).await });
    tracing::info!("the worker runs");
    signalled(source, running, Duration::from_secs(settings.worker.stop_seconds_max)).await?;
    if let Some(console) = console {
        console.await.context("the console ended badly")??;
    }
    Ok(Ended::Well)
}

/// Waits for the first signal, then for the roles, a second signal or the end of the grace.
async fn signalled(
    source: StopSource,
    mut running: tokio::task::JoinHandle<()>,
    grace: Duration,
) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        ended = &mut running => return Ok(ended?),
    }
    tracing::info!(grace_seconds = grace.as_secs(), "asked to stop: finishing what is in flight");
    source.stop();
    tokio::select! {
        ended = &mut running => Ok(ended?),
        () = tokio::time::sleep(grace) => bail!("not everything in flight ended in time; it is recovered when its lease runs out"),
        _ = terminate.recv() => bail!("asked twice: stopped at once"),
        _ = interrupt.recv() => bail!("asked twice: stopped at once"),
    }
}

/// Sizes and times, from the settings.
pub fn pace(settings: &Settings) -> Pace {
    Pace {
        prefetch: settings.broker.prefetch,
        batch_messages: settings.intake.batch_events_max as usize,
        flush: Duration::from_millis(settings.intake.flush_millis),
        wake_accounts: settings.wake.batch_accounts_max as usize,
        wake_idle: Duration::from_secs(settings.wake.idle_seconds_max),
        dispatch_notices: settings.dispatch.batch_notices_max as usize,
        dispatch_at_once: settings.dispatch.concurrent_max as usize,
        lease: Duration::from_secs(u64::from(settings.dispatch.lease_seconds)),
        publish_events: settings.publish.batch_events_max as usize,
    }
}

/// What carries notices, as the settings say.
pub fn open_channels(settings: &Settings) -> anyhow::Result<Channels> {
    let providers = &settings.providers;
    let secrets = Secrets::new(providers.secrets_folder.clone());
    let named = [(Channel::Sms, &providers.sms), (Channel::Letter, &providers.letter)];
    let defaults = named.into_iter().filter_map(|(channel, name)| Some((channel, name.clone()?))).collect();
    let channel_settings = ChannelSettings {
        smtp_url: settings.email.smtp_url.clone(),
        mail_folder: settings.email.folder.clone(),
        outbox_folder: providers.outbox_folder.clone(),
        providers: defaults,
        base_urls: providers.urls.clone(),
        sandbox: providers.sandbox,
        secrets: SecretLookup::new(move |name| secrets.find(name)),
        ..ChannelSettings::default()
    };
    Ok(Channels::open(channel_settings, catalog::providers(&settings.workflows.folder)?)?)
}

/// Waits for a database that is starting, and refuses one without tables.
pub async fn await_database(database: &Database) -> anyhow::Result<()> {
    let mut seconds = 0;
    loop {
        match database.is_migrated().await {
            Ok(true) => return Ok(()),
            Ok(false) => bail!("the database has no tables of this version; run `relance migrate`"),
            Err(why) if why.is_retry() && seconds < POSTGRES_SECONDS_MAX => {
                tracing::warn!(%why, "waiting for Postgres");
                tokio::time::sleep(Duration::from_secs(1)).await;
                seconds += 1;
            }
            Err(why) => return Err(why).context("Postgres does not answer; check DATABASE_URL"),
        }
    }
}

struct WorkerProbe {
    reader: Reader,
    telemetry: Telemetry,
}

impl Probe for WorkerProbe {
    async fn unready(&self) -> Vec<String> {
        match self.reader.ping().await {
            Ok(()) => vec![],
            Err(why) => vec![format!("Postgres: {why}")],
        }
    }

    fn metrics(&self) -> String {
        self.telemetry.metrics_text()
    }
}
