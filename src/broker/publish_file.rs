//! Publishing a whole file: batch after batch, each confirmed before the next is sent.
//!
//! It stops at nothing that only one line is guilty of; a lost broker ends it with the count of what was confirmed,
//! and the file can be published again as a whole, because repeated events change nothing.

use super::file::{FileEvent, LineError};
use super::{BrokerError, Exchange, Outgoing, Publisher, Receipt};

/// How many messages wait for their confirms together.
const BATCH_MESSAGES: usize = 500;
/// How often a batch is tried again after a lost connection.
const TRIES_MAX: u32 = 3;
/// How many bad lines are kept word for word; the others are counted.
const BAD_LINES_KEPT: usize = 100;

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// How many events RabbitMQ confirmed.
    pub confirmed: u64,
    /// How many lines were not published.
    pub bad: u64,
    /// The first of them, with the reason.
    pub bad_lines: Vec<LineError>,
}

impl Published {
    fn count_bad(&mut self, line: LineError) {
        self.bad += 1;
        if self.bad_lines.len() < BAD_LINES_KEPT {
            self.bad_lines.push(line);
        }
    }
}

/// A file that was not published to its end.
#[derive(Debug, thiserror::Error)]
#[error("{why}; {} events were confirmed before, publish the file again", .so_far.confirmed)]
pub struct PublishError {
    /// Why.
    pub why: BrokerError,
    /// What became of the lines before.
    pub so_far: Published,
}

/// Publishes every event of `events` to the exchange platforms publish to, telling `progress` after each batch.
pub async fn publish_file(
    publisher: &mut Publisher,
    events: impl Iterator<Item = Result<FileEvent, LineError>>,
    mut progress: impl FnMut(&Published),
) -> Result<Published, PublishError> {
    let mut published = Published::default();
    let mut events = events.peekable();
    while events.peek().is_some() {
        let (mut lines, mut batch) = (Vec::new(), Vec::new());
        for event in events.by_ref().take(BATCH_MESSAGES) {
            match event {
                Ok(event) => {
                    lines.push(event.line);
                    batch.push(event.outgoing);
                }
                Err(line) => published.count_bad(line),
            }
        }
        let receipts = match confirmed(publisher, &batch).await {
            Ok(receipts) => receipts,
            Err(why) => return Err(PublishError { why, so_far: published }),
        };
        for (line, receipt) in lines.into_iter().zip(receipts) {
            let reason = match receipt {
                Receipt::Confirmed => {
                    published.confirmed += 1;
                    continue;
                }
                Receipt::Unroutable => "no queue takes it; is a binding missing?",
                Receipt::Refused => "RabbitMQ could not keep it; is the queue full or without a leader?",
            };
            published.count_bad(LineError { line, reason: reason.to_owned() });
        }
        progress(&published);
    }
    Ok(published)
}

async fn confirmed(publisher: &mut Publisher, batch: &[Outgoing]) -> Result<Vec<Receipt>, BrokerError> {
    let mut tries = 1;
    loop {
        match publisher.publish(Exchange::In, batch).await {
            Err(BrokerError::Lost(_)) if tries < TRIES_MAX => tries += 1,
            answer => return answer,
        }
    }
}
