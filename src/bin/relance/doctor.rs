//! `relance doctor`: what works, what does not, what to do, and where each setting came from.

use std::time::Duration;

use anyhow::{Context, bail};
use relance::broker::Publisher;
use relance::config::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::args::DoctorArgs;
use crate::{Ended, catalog, service, settings, worker};

/// How long the worker on this machine has to say that it lives.
const LIVE_SECONDS_MAX: u64 = 3;

/// Looks at everything.
pub async fn run(args: &DoctorArgs, settings: &Settings) -> anyhow::Result<Ended> {
    if args.live {
        tokio::time::timeout(Duration::from_secs(LIVE_SECONDS_MAX), live(settings))
            .await
            .context("the worker did not answer in time")??;
        return Ok(Ended::Well);
    }
    for provenance in &settings.provenance {
        println!("{:<28} {:<40} {}", provenance.key, provenance.shown, provenance.origin);
    }
    println!();
    let folder = &settings.workflows.folder;
    let checks = [
        ("Postgres", postgres(settings).await),
        ("RabbitMQ", rabbitmq(settings).await),
        ("law files", catalog::law(folder).map(|law| format!("{} calendars", law.calendars.by_name.len()))),
        ("workflows", catalog::editions(folder).map(|found| format!("{} of {}", found.len(), folder.display()))),
        ("deployed", deployed(settings).await),
        ("providers", catalog::providers(folder).map(|found| format!("{} defined", found.len()))),
        ("channels", channels(settings)),
    ];
    let mut ended = Ended::Well;
    for (what, found) in checks {
        match found {
            Ok(well) => println!("ok       {what:<10} {well}"),
            Err(why) => {
                ended = Ended::WithProblems;
                println!("problem  {what:<10} {why:#}");
            }
        }
    }
    Ok(ended)
}

/// What serves, and whether the folder says the same.
async fn deployed(settings: &Settings) -> anyhow::Result<String> {
    let database = settings::ready_database(settings).await?;
    let library = service::shelf(settings, &database).await?.library();
    if library.service().number == 0 {
        return Ok("nothing yet; the first worker deploys the workflows folder".to_owned());
    }
    if let Some(difference) = service::difference(&catalog::proposed(&settings.workflows.folder)?, &library) {
        bail!("{difference}");
    }
    Ok(format!("deployment {}, as in the workflows folder", library.service().number))
}

/// Whether each channel has something that carries it.
fn channels(settings: &Settings) -> anyhow::Result<String> {
    let channels = worker::open_channels(settings)?;
    let problems = channels.problems();
    let (sms, letter) = (settings.providers.sms.as_deref(), settings.providers.letter.as_deref());
    let defaults = [("email", Some(relance::channels::smtp::NAME)), ("sms", sms), ("letter", letter)];
    let told: Vec<String> = defaults
        .into_iter()
        .filter_map(|(channel, provider)| match provider {
            None => Some(format!("{channel}: no default provider is set (providers.{channel})")),
            Some(name) => problems.get(name).map(|problem| format!("{channel}: {problem}")),
        })
        .collect();
    if told.is_empty() { Ok("email, sms and letter have a carrier".to_owned()) } else { bail!("{}", told.join("; ")) }
}

async fn postgres(settings: &Settings) -> anyhow::Result<String> {
    let database = settings::database(settings)?;
    if !database.is_migrated().await? {
        bail!("it answers, but the tables are missing or old; run `relance migrate`");
    }
    Ok("answers, tables up to date".to_owned())
}

async fn rabbitmq(settings: &Settings) -> anyhow::Result<String> {
    let (address, topology) = settings::broker(settings)?;
    let mut publisher = Publisher::new(address, topology.clone());
    publisher.publish(relance::broker::Exchange::Out, &[]).await?;
    publisher.close().await;
    Ok(format!("answers, {} and {} are declared", topology.in_exchange(), topology.intake_queue()))
}

/// Asks the health page; plain enough for a connection of its own.
async fn live(settings: &Settings) -> anyhow::Result<()> {
    let mut stream = tokio::net::TcpStream::connect(settings.console.listen).await.context("no worker listens")?;
    stream.write_all(b"GET /health/live HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if !answer.starts_with("HTTP/1.0 200") && !answer.starts_with("HTTP/1.1 200") {
        bail!("the worker does not answer as it should");
    }
    Ok(())
}
