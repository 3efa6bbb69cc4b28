//! `relance dead`: the quarantine, and behind it the dead-letter queue.

use anyhow::bail;
use chrono::SecondsFormat;
use relance::advance::{self, Arrival, Original, Release};
use relance::broker::DeadLetters;
use relance::config::Settings;
use relance::domain::event::{Message, read};
use relance::store::Quarantined;
use serde_json::json;

use crate::args::{DeadAction, TimelineFormat};
use crate::{Ended, settings};

/// Longest piece of an original shown by `list`, in characters.
const EXCERPT_CHARS: usize = 60;

/// Carries the action out.
pub async fn run(action: &DeadAction, settings: &Settings) -> anyhow::Result<Ended> {
    let database = settings::ready_database(settings).await?;
    let reader = database.reader();
    match action {
        DeadAction::List { limit, format } => {
            let found = reader.quarantined(0, *limit).await?;
            found.iter().for_each(|row| println!("{}", line(row, *format)));
            let letters = dead_letters(settings).await?;
            for letter in &letters {
                println!("dead letter {}  {}", letter.id, letter.routing_key);
            }
            eprintln!(
                "shown: {} in quarantine (--limit {limit}), {} in the dead-letter queue",
                found.len(),
                letters.len()
            );
            Ok(Ended::Well)
        }
        DeadAction::Show { id } => {
            let Some(row) = reader.quarantined_one(*id).await? else { bail!("number {id} is not in quarantine") };
            eprintln!("{}", line(&row, TimelineFormat::Text));
            println!("{}", String::from_utf8_lossy(&row.refusal.bytes));
            Ok(Ended::Well)
        }
        DeadAction::Replay { id } => match Named::read(id)? {
            Named::Number(number) => replay(number, settings).await,
            Named::Letter => letter(id, settings, Release::Replayed).await,
        },
        DeadAction::Drop { id } => {
            let Named::Number(number) = Named::read(id)? else { return letter(id, settings, Release::Dropped).await };
            let mut writer = database.writer();
            if !advance::release(&mut writer, number, Release::Dropped).await? {
                bail!("number {id} does not wait in quarantine");
            }
            eprintln!("dropped number {id}");
            Ok(Ended::Well)
        }
    }
}

/// What an id on the command line names.
enum Named {
    /// A row of the quarantine.
    Number(i64),
    /// A message in the dead-letter queue.
    Letter,
}

impl Named {
    /// A dead letter's id has 16 hexadecimal digits; a row's number is shorter.
    fn read(id: &str) -> anyhow::Result<Self> {
        match id.parse() {
            _ if id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit()) => Ok(Self::Letter),
            Ok(number) => Ok(Self::Number(number)),
            Err(_) => {
                bail!("{id} is neither a number of the quarantine nor a dead letter's id; see `relance dead list`")
            }
        }
    }
}

async fn letter(id: &str, settings: &Settings, release: Release) -> anyhow::Result<Ended> {
    let (address, topology) = settings::broker(settings)?;
    let letters = DeadLetters::new(address, topology);
    let was_there = match release {
        Release::Replayed => letters.replay(id).await?,
        Release::Dropped => letters.remove(id).await?,
    };
    if !was_there {
        bail!("no dead letter {id}");
    }
    eprintln!("{} dead letter {id}", if release == Release::Replayed { "replayed" } else { "dropped" });
    Ok(Ended::Well)
}

async fn dead_letters(settings: &Settings) -> anyhow::Result<Vec<relance::broker::DeadLetter>> {
    if settings.broker.url.is_none() {
        eprintln!("AMQP_URL is not set: the dead-letter queue was not looked at");
        return Ok(vec![]);
    }
    let (address, topology) = settings::broker(settings)?;
    Ok(DeadLetters::new(address, topology).list(100).await?)
}

fn line(row: &Quarantined, format: TimelineFormat) -> String {
    let refusal = &row.refusal;
    let at = row.received_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let (creditor, field) = (refusal.creditor.as_deref().unwrap_or("-"), refusal.field.as_deref().unwrap_or("-"));
    match format {
        TimelineFormat::Json => json!({
            "number": row.number, "received_at": at, "state": row.state, "creditor": refusal.creditor,
            "field": refusal.field, "reason": refusal.reason, "bytes": refusal.bytes.len(),
        })
        .to_string(),
        TimelineFormat::Text => {
            let excerpt: String = String::from_utf8_lossy(&refusal.bytes).chars().take(EXCERPT_CHARS).collect();
            let excerpt = excerpt.replace(|c: char| c.is_control(), " ");
            format!("{:>6}  {}  {at}  {creditor}  {field}: {}  | {excerpt}", row.number, row.state, refusal.reason)
        }
    }
}

/// Sends what was refused through intake again, as it came, on the same road as a delivery.
async fn replay(id: i64, settings: &Settings) -> anyhow::Result<Ended> {
    let database = settings::database(settings)?;
    let Some(row) = database.reader().quarantined_one(id).await? else { bail!("number {id} is not in quarantine") };
    let headers: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&row.refusal.headers).unwrap_or_default();
    let headers: Vec<(String, String)> = headers.into_iter().collect();
    let body = row.refusal.bytes.clone();
    let readings = read(&Message { body: &body, content_type: None, headers: &headers });
    let problems: Vec<String> =
        readings.iter().filter_map(|reading| Some(reading.as_ref().err()?.refusal.to_string())).collect();
    if !problems.is_empty() {
        eprintln!("still refused: {}", problems.join("; "));
        return Ok(Ended::WithProblems);
    }
    let original = std::sync::Arc::new(Original { body, headers: row.refusal.headers });
    let arrivals: Vec<Arrival> =
        readings.into_iter().map(|reading| Arrival { reading, original: original.clone() }).collect();
    let done = crate::desk::apply(settings, &database, &arrivals).await?;
    let mut writer = database.writer();
    // What was refused again stands in quarantine anew, under another number and with its reason of today.
    advance::release(&mut writer, id, Release::Replayed).await?;
    eprintln!("{} applied, {} known already, {} refused again", done.applied, done.repeated, done.refused);
    Ok(if done.refused == 0 { Ended::Well } else { Ended::WithProblems })
}
