//! `relance publish`: events of a file to RabbitMQ, each confirmed. A file with lines that intake would refuse is not
//! published at all, unless that is wanted.

use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use relance::broker::{FileEvent, FileFormat, LineError, Publisher, outgoing_of_file, publish_file};
use relance::config::Settings;

use crate::args::PublishArgs;
use crate::{Ended, files, settings};

/// How many lines with problems are shown word for word; the others are counted.
const SHOWN_MAX: u64 = 100;

/// Publishes and counts.
pub async fn run(args: &PublishArgs, settings: &Settings) -> anyhow::Result<Ended> {
    let file = args.file.as_path();
    // What is piped in comes only once, and is looked through before any of it is published.
    let piped = if is_piped(file) && !args.force { Some(all_of_stdin()?) } else { None };
    if !args.force {
        let (input, format) = opened(file, piped.as_deref())?;
        let wrong = problems(file, outgoing_of_file(input, format));
        if wrong > 0 {
            eprintln!(
                "nothing was published: {wrong} lines have problems; correct them, or say --force to publish what is \
                 an event all the same"
            );
            return Ok(Ended::WithProblems);
        }
    }
    let (address, topology) = settings::broker(settings)?;
    let mut publisher = Publisher::new(address, topology);
    let progress = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {pos} events confirmed ({per_sec})")?);
    let mut doubtful = 0_u64;
    let (input, format) = opened(file, piped.as_deref())?;
    let events = outgoing_of_file(input, format).inspect(|event| {
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

fn is_piped(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn all_of_stdin() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    Ok(bytes)
}

/// The file from its beginning, or what was piped in.
fn opened<'p>(file: &Path, piped: Option<&'p [u8]>) -> anyhow::Result<(Box<dyn BufRead + 'p>, FileFormat)> {
    Ok(match piped {
        Some(piped) => (Box::new(piped), FileFormat::JsonLines),
        None if is_piped(file) => (Box::new(BufReader::new(std::io::stdin())), FileFormat::JsonLines),
        None => {
            let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
            let format = if files::has_extension(file, "csv") { FileFormat::Csv } else { FileFormat::JsonLines };
            (Box::new(BufReader::new(opened)), format)
        }
    })
}

/// Shows the lines that are no events, and those that intake would refuse; returns how many there are.
fn problems(file: &Path, events: impl Iterator<Item = Result<FileEvent, LineError>>) -> u64 {
    let mut wrong = 0;
    for event in events {
        let (line, why) = match event {
            Ok(FileEvent { refusal: None, .. }) => continue,
            Ok(FileEvent { line, refusal: Some(refusal), .. }) => (line, refusal.to_string()),
            Err(bad) => (bad.line, bad.reason),
        };
        wrong += 1;
        if wrong <= SHOWN_MAX {
            eprintln!("{}:{line}: {why}", file.display());
        }
    }
    if wrong > SHOWN_MAX {
        eprintln!("and {} more", wrong - SHOWN_MAX);
    }
    wrong
}
