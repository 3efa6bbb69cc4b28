//! Dispatch: claim → commit → render → intent on record → send → record, in batches at both ends.
//!
//! No transaction is open while anything is sent. What a dead worker left is recovered when its lease runs out:
//! what was only claimed is ordered again, what may have left is sent again where the provider makes that
//! harmless, and waits for a person where it does not.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::letterbox;
use super::prepare::{Ready, prepare};
use super::{Parts, Stop};
use crate::advance::{self, Sending};
use crate::channels::{Body, Channels, Keep, Outcome as Handed};
use crate::domain::{Channel, NoticeId};
use crate::store::{Claim, Claimed, Outcome, Recorded, StoreError, Writer};

/// How often an idle dispatcher looks: an order of another process leaves within this.
const IDLE_MILLIS: u64 = 500;
/// First pause before a notice that did not leave is tried again; doubled with each attempt.
const RETRY_SECONDS_MIN: u64 = 5;
/// Longest such pause: a provider that was down for a day is served within the hour.
const RETRY_SECONDS_MAX: u64 = 1_800;
/// How long a notice waits for a provider that stands still.
const PAUSED_SECONDS: u64 = 60;

/// Dispatches one channel until the stop is asked; what is in flight is finished first.
pub async fn pass(parts: &Parts, channel: Channel, stop: &Stop) -> Result<(), StoreError> {
    let mut writer = parts.database.writer();
    let mut next_recovery = tokio::time::Instant::now();
    while !stop.is_asked() {
        if tokio::time::Instant::now() >= next_recovery {
            recover(parts, &mut writer, channel).await?;
            next_recovery = tokio::time::Instant::now() + parts.pace.lease / 4;
        }
        if send_some(parts, &mut writer, channel).await? > 0 {
            continue;
        }
        tokio::select! {
            () = stop.asked() => {}
            () = parts.nudges.of_channel(channel).notified() => {}
            () = tokio::time::sleep(Duration::from_millis(IDLE_MILLIS)) => {}
        }
    }
    Ok(())
}

fn claim(parts: &Parts) -> Claim {
    // The one identifier that is drawn: it tells this claim from every other worker's.
    #[expect(clippy::disallowed_methods, reason = "a claim's token must differ from every other worker's")]
    let token = uuid::Uuid::now_v7();
    Claim { token, lease: parts.pace.lease }
}

async fn send_some(parts: &Parts, writer: &mut Writer, channel: Channel) -> Result<usize, StoreError> {
    let claim = claim(parts);
    let now = parts.clock.now();
    let claimed = advance::claim_notices(writer, &claim, now, &[channel], parts.pace.dispatch_notices).await?;
    let number = claimed.len();
    if number == 0 {
        return Ok(0);
    }
    let (ready, unfit) = prepare(parts, &claim, claimed).await;
    record(parts, writer, &unfit).await?;
    let sendings: Vec<Sending> = ready
        .iter()
        .map(|(claimed, outgoing)| Sending {
            key: claimed.key.clone(),
            notice: claimed.notice.id,
            documents: vec![letterbox::document(&outgoing.body)],
        })
        .collect();
    let intended = if sendings.is_empty() { vec![] } else { advance::mark_sending(writer, &claim, &sendings).await? };
    let ready = ready.into_iter().filter(|(claimed, _)| intended.contains(&claimed.notice.id)).collect();
    hand_over(parts, writer, &claim, ready).await?;
    Ok(number)
}

/// Keeps what a provider answered between two steps of a hand-over, on a connection of its own.
struct Keeper<'p> {
    writer: tokio::sync::Mutex<Writer>,
    claim: &'p Claim,
}

impl Keep for Keeper<'_> {
    async fn keep(&self, notice: NoticeId, captures: &BTreeMap<String, String>) -> bool {
        // A map of text: there is nothing in it that JSON cannot say.
        let json = serde_json::to_string(captures).unwrap_or_default();
        let mut writer = self.writer.lock().await;
        match advance::capture(&mut writer, self.claim, notice, &json).await {
            Ok(is_held) => is_held,
            Err(why) => {
                tracing::warn!(%notice, %why, "what a provider answered could not be kept; the hand-over stops");
                false
            }
        }
    }
}

/// Hands all over, several at a time, and records outcomes as they come: one slow provider holds up nobody's
/// record.
async fn hand_over(parts: &Parts, writer: &mut Writer, claim: &Claim, ready: Ready) -> Result<(), StoreError> {
    let keeper = Keeper { writer: tokio::sync::Mutex::new(parts.database.writer()), claim };
    let channels: &Channels = &parts.channels;
    let mut results = stream::iter(ready.into_iter().map(|(claimed, outgoing)| {
        let keeper = &keeper;
        async move {
            let handed = channels.send(&outgoing, keeper).await;
            let provider = channels.provider_of(&outgoing).unwrap_or_else(|| outgoing.channel().as_str().to_owned());
            metrics::counter!("relance_attempts_total", "provider" => provider.clone(), "outcome" => label(&handed))
                .increment(1);
            Settled { claimed, provider, handed }
        }
    }))
    .buffer_unordered(parts.pace.dispatch_at_once.max(1))
    .ready_chunks(parts.pace.dispatch_notices.max(1));
    while let Some(settled) = results.next().await {
        let mut records = Vec::with_capacity(settled.len());
        for settled in settled {
            records.extend(settle(parts, writer, &keeper, settled).await?);
        }
        record(parts, writer, &records).await?;
    }
    Ok(())
}

struct Settled {
    claimed: Claimed,
    provider: String,
    handed: Handed,
}

/// What is to be recorded of one hand-over; none where the notice stays in `sending` until its lease runs out
/// and it is handed over again under the same key.
async fn settle(
    parts: &Parts,
    writer: &mut Writer,
    keeper: &Keeper<'_>,
    settled: Settled,
) -> Result<Option<Recorded>, StoreError> {
    let Settled { claimed, provider, handed } = settled;
    let notice = claimed.notice.id;
    if let Handed::Accepted { captures, .. } | Handed::Uncertain { captures, .. } | Handed::Retry { captures, .. } =
        &handed
        && !captures.is_empty()
    {
        keeper.keep(notice, captures).await;
    }
    let (outcome, detail, provider_id) = match handed {
        Handed::Accepted { provider_id, .. } => (Outcome::Accepted(parts.clock.now()), None, provider_id),
        Handed::Rejected { reason } => (Outcome::Rejected, Some(reason), None),
        Handed::Uncertain { reason, .. } => (Outcome::Uncertain, Some(reason), None),
        Handed::Retry { reason, may_have_left: true, .. } => {
            tracing::warn!(%notice, %provider, %reason, "a notice may have left; it is handed over again later");
            return Ok(None);
        }
        Handed::Retry { after, reason, .. } => {
            (Outcome::Retry(after.unwrap_or_else(|| retry_pause(claimed.attempts))), Some(reason), None)
        }
        Handed::Paused { provider, cause, reason } => {
            let cause = cause.as_str();
            tracing::error!(%provider, cause, %reason, "a provider stands still until a person has acted");
            writer.pause_provider(&provider, &format!("{cause}: {reason}")).await?;
            (Outcome::Retry(Duration::from_secs(PAUSED_SECONDS)), Some(reason), None)
        }
    };
    let token = keeper.claim.token;
    Ok(Some(Recorded { key: claimed.key, notice, token, provider, provider_id, outcome, detail }))
}

fn retry_pause(attempts: u32) -> Duration {
    let seconds = RETRY_SECONDS_MIN.saturating_mul(1 << attempts.min(16));
    Duration::from_secs(seconds.min(RETRY_SECONDS_MAX))
}

/// Records outcomes however long Postgres is away: the message has left, and only this process knows.
async fn record(parts: &Parts, writer: &mut Writer, records: &[Recorded]) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let mut back_off = super::BackOff::default();
    let started = tokio::time::Instant::now();
    loop {
        let book = parts.library.book();
        match advance::record(writer, &parts.memory, &book, records, parts.clock.now()).await {
            Ok(_) => {
                parts.nudges.changed();
                return Ok(());
            }
            // After the lease another worker owns the notices and finds out for itself.
            Err(why) if !why.is_retry() || started.elapsed() > parts.pace.lease => return Err(why),
            Err(why) => {
                tracing::warn!(%why, notices = records.len(), "outcomes wait for Postgres");
                tokio::time::sleep(back_off.after_failure()).await;
            }
        }
    }
}

/// Takes over what a dead worker left.
async fn recover(parts: &Parts, writer: &mut Writer, channel: Channel) -> Result<(), StoreError> {
    let claim = claim(parts);
    let now = parts.clock.now();
    let recovered = advance::recover(writer, &claim, now, parts.pace.dispatch_notices).await?;
    if recovered.reordered > 0 {
        tracing::info!(notices = recovered.reordered, "notices of a worker that is gone are ordered again");
        parts.nudges.changed();
    }
    if recovered.stranded.is_empty() {
        return Ok(());
    }
    tracing::info!(
        notices = recovered.stranded.len(),
        channel = channel.as_str(),
        "notices may have left before a worker was gone"
    );
    let reader = parts.database.reader();
    let (mut ready, mut records) = (Vec::new(), Vec::new());
    for claimed in recovered.stranded {
        let kept = reader.evidence(&claimed.key.creditor, claimed.notice.id).await?;
        let documents = kept.into_iter().map(|evidence| evidence.document).collect();
        let body: Option<Body> = letterbox::kept_body(claimed.notice.channel, documents);
        match (body, claimed.notice.content.as_deref()) {
            (Some(body), Some(content)) => {
                let age = letterbox::age(&claimed.notice, now);
                ready.push((claimed.clone(), letterbox::outgoing(&claimed, content, body, Some(age))));
            }
            _ => records.push(lost_record(&claim, &claimed)),
        }
    }
    record(parts, writer, &records).await?;
    hand_over(parts, writer, &claim, ready).await
}

fn lost_record(claim: &Claim, claimed: &Claimed) -> Recorded {
    Recorded {
        key: claimed.key.clone(),
        notice: claimed.notice.id,
        token: claim.token,
        provider: claimed.notice.channel.as_str().to_owned(),
        provider_id: None,
        outcome: Outcome::Uncertain,
        detail: Some("sending was cut off, and the bytes that may have left are not on record".to_owned()),
    }
}

fn label(handed: &Handed) -> &'static str {
    match handed {
        Handed::Accepted { .. } => "accepted",
        Handed::Rejected { .. } => "rejected",
        Handed::Retry { .. } => "retry",
        Handed::Uncertain { .. } => "uncertain",
        Handed::Paused { .. } => "paused",
    }
}
