//! `relance publish`: events of a file to RabbitMQ, each confirmed.

use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use relance::broker::{Exchange, FileFormat, Outgoing, Publisher, Receipt, outgoing_of_file};
use relance::config::Settings;

use crate::{Ended, files, settings};

/// Events of one confirmed batch: enough to fill the connection, few enough to repeat after a loss.
const BATCH_EVENTS: usize = 500;

/// Publishes and counts.
pub async fn run(file: &Path, settings: &Settings) -> anyhow::Result<Ended> {
    let (input, format): (Box<dyn BufRead>, FileFormat) = if file.as_os_str() == "-" {
        (Box::new(BufReader::new(std::io::stdin())), FileFormat::JsonLines)
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        let format = if files::has_extension(file, "csv") { FileFormat::Csv } else { FileFormat::JsonLines };
        (Box::new(BufReader::new(opened)), format)
    };
    let (address, topology) = settings::broker(settings)?;
    let mut publisher = Publisher::new(address, topology);
    let progress = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {pos} events confirmed ({per_sec})")?);
    let (mut batch, mut confirmed, mut wrong) = (Vec::with_capacity(BATCH_EVENTS), 0, 0_usize);
    for event in outgoing_of_file(input, format) {
        match event {
            Err(why) => {
                wrong += 1;
                eprintln!("{}:{}: {}; not published", file.display(), why.line, why.reason);
                continue;
            }
            Ok(event) => {
                if let Some(refusal) = &event.refusal {
                    wrong += 1;
                    eprintln!("{}:{}: {refusal}; published, intake will quarantine it", file.display(), event.line);
                }
                batch.push(event.outgoing);
            }
        }
        if batch.len() == BATCH_EVENTS {
            confirmed += flush(&mut publisher, &mut batch).await?;
            progress.set_position(confirmed);
        }
    }
    confirmed += flush(&mut publisher, &mut batch).await?;
    publisher.close().await;
    progress.finish_and_clear();
    eprintln!("{confirmed} events confirmed by RabbitMQ, {wrong} lines with problems");
    Ok(if wrong == 0 { Ended::Well } else { Ended::WithProblems })
}

async fn flush(publisher: &mut Publisher, batch: &mut Vec<Outgoing>) -> anyhow::Result<u64> {
    let receipts = publisher.publish(Exchange::In, batch).await?;
    if let Some(refused) = receipts.iter().position(|receipt| *receipt != Receipt::Confirmed) {
        bail!(
            "RabbitMQ did not keep event {} ({:?}); publish the file again, repetitions are harmless",
            batch[refused].message_id,
            receipts[refused]
        );
    }
    let number = batch.len() as u64;
    batch.clear();
    Ok(number)
}
