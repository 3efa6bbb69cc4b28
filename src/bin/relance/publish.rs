//! `relance publish`: events of a file to RabbitMQ, each confirmed.

use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use relance::broker::{FileEvent, FileFormat, LineError, Publisher, outgoing_of_file, publish_file};
use relance::config::Settings;

use crate::{Ended, files, settings};

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
    let mut doubtful = 0_u64;
    let events = outgoing_of_file(input, format).inspect(|event: &Result<FileEvent, LineError>| {
        if let Ok(FileEvent { line, refusal: Some(refusal), .. }) = event {
            doubtful += 1;
            eprintln!("{}:{line}: {refusal}; published, intake will quarantine it", file.display());
        }
    });
    let published = publish_file(&mut publisher, events, |so_far| progress.set_position(so_far.confirmed)).await?;
    publisher.close().await;
    progress.finish_and_clear();
    for bad in &published.bad_lines {
        eprintln!("{}:{}: {}; not published", file.display(), bad.line, bad.reason);
    }
    let wrong = published.bad + doubtful;
    eprintln!("{} events confirmed by RabbitMQ, {wrong} lines with problems", published.confirmed);
    Ok(if wrong == 0 { Ended::Well } else { Ended::WithProblems })
}
