//! Dispatch: claim → commit → render → intent on record → send → record, in batches at both ends.
//!
//! No transaction is open while anything is sent. What a dead worker left is recovered when its lease runs out:
//! what was only claimed is ordered again, what may have left is sent again where the provider makes that
//! harmless, and waits for a person where it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use super::letterbox;
use super::prepare::{Ready, prepare};
use super::{Parts, Stop, in_time};
use crate::advance::{self, Sending};
use crate::channels::{Body, Channels, Keep, Outcome as Handed, Outgoing, SEND_SECONDS_MAX};
use crate::clock;
use crate::domain::{Channel, NoticeId};
use crate::engine::is_open;
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
    let mut next_recovery = Instant::now();
    while !stop.is_asked() {
        if Instant::now() >= next_recovery {
            recover(parts, &mut writer, channel).await?;
            next_recovery = Instant::now() + parts.pace.lease / 4;
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
    Claim { token: clock::draw_token(), lease: parts.pace.lease }
}

async fn send_some(parts: &Parts, writer: &mut Writer, channel: Channel) -> Result<usize, StoreError> {
    let claim = claim(parts);
    let now = parts.clock.now();
    let (provider, limit) = (parts.channels.default_of(channel), parts.pace.dispatch_notices);
    let claimed = in_time(advance::claim_notices(writer, &claim, now, channel, provider, limit)).await?;
    let number = claimed.len();
    if number == 0 {
        return Ok(0);
    }
    let (ready, unfit) = prepare(parts, writer, &claim, claimed).await;
    record(parts, writer, &unfit).await;
    let sendings: Vec<Sending> = ready
        .iter()
        .map(|(claimed, outgoing)| Sending {
            key: claimed.key.clone(),
            notice: claimed.notice.id,
            documents: vec![letterbox::document(&outgoing.body)],
        })
        .collect();
    let turn = Turn::begin(parts);
    let intended =
        if sendings.is_empty() { vec![] } else { in_time(advance::mark_sending(writer, &claim, &sendings)).await? };
    let ready = ready.into_iter().filter(|(claimed, _)| intended.contains(&claimed.notice.id)).collect();
    hand_over(parts, writer, &claim, &turn, ready).await;
    Ok(number)
}

/// When a batch may leave: nothing may leave after its claim ran out, for then it is in other hands.
struct Turn {
    begin_until: Instant,
    end_until: Instant,
}

impl Turn {
    /// Counted from before the claim is written, so that it ends here before it ends in Postgres.
    fn begin(parts: &Parts) -> Self {
        let (now, lease) = (Instant::now(), parts.pace.lease);
        // The slowest send still fits in; of a lease shorter than that a quarter is left to begin.
        let longest = Duration::from_secs(SEND_SECONDS_MAX).min(lease * 3 / 4);
        Self { begin_until: now + (lease - longest), end_until: now + lease }
    }

    async fn send(&self, channels: &Channels, outgoing: &Outgoing, keeper: &Keeper<'_>) -> Handed {
        let retry = |reason: &str, may_have_left| Handed::Retry {
            after: Some(Duration::ZERO),
            reason: reason.to_owned(),
            may_have_left,
            captures: BTreeMap::new(),
        };
        if Instant::now() > self.begin_until {
            return retry("its turn did not come in time", false);
        }
        match timeout_at(self.end_until, channels.send(outgoing, keeper)).await {
            Ok(handed) => handed,
            Err(_) => retry("it was not handed over in time", true),
        }
    }
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
        match in_time(advance::capture(&mut writer, self.claim, notice, &json)).await {
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
///
/// It always runs to its end: what is being sent must not be dropped, nor what came of it.
async fn hand_over(parts: &Parts, writer: &mut Writer, claim: &Claim, turn: &Turn, ready: Ready) {
    let keeper = Keeper { writer: tokio::sync::Mutex::new(parts.database.writer()), claim };
    let channels: &Channels = &parts.channels;
    let mut results = stream::iter(ready.into_iter().map(|(claimed, outgoing)| {
        let keeper = &keeper;
        async move {
            let handed = turn.send(channels, &outgoing, keeper).await;
            let provider = channels.provider_of(&outgoing).unwrap_or_else(|| outgoing.channel().as_str().to_owned());
            metrics::counter!("relance_attempts_total", "provider" => provider.clone(), "outcome" => label(&handed))
                .increment(1);
            Settled { claimed, provider, may_have_left: outgoing.may_have_left.is_some(), handed }
        }
    }))
    .buffer_unordered(parts.pace.dispatch_at_once.max(1))
    .ready_chunks(parts.pace.dispatch_notices.max(1));
    while let Some(settled) = results.next().await {
        let mut records = Vec::with_capacity(settled.len());
        for settled in settled {
            records.extend(settle(parts, writer, &keeper, settled).await);
        }
        record(parts, writer, &records).await;
        resume(writer, &records).await;
    }
}

/// Providers that took something stand still no longer.
async fn resume(writer: &mut Writer, records: &[Recorded]) {
    let accepted = records.iter().filter(|record| matches!(record.outcome, Outcome::Accepted(_)));
    let providers: BTreeSet<&str> = accepted.map(|record| record.provider.as_str()).collect();
    if providers.is_empty() {
        return;
    }
    let providers: Vec<&str> = providers.into_iter().collect();
    if let Err(why) = in_time(writer.resume_providers(&providers)).await {
        tracing::warn!(%why, "a pause that is over could not be lifted; it ends by itself");
    }
}

struct Settled {
    claimed: Claimed,
    provider: String,
    /// Whether an earlier try may have left.
    may_have_left: bool,
    handed: Handed,
}

/// What is to be recorded of one hand-over; none where the notice stays in `sending` until its lease runs out
/// and it is handed over again under the same key. What may have left once stays there however a later try failed
/// to leave: ordered again it could be withdrawn, changed, or sent a second time.
async fn settle(parts: &Parts, writer: &mut Writer, keeper: &Keeper<'_>, settled: Settled) -> Option<Recorded> {
    let Settled { claimed, provider, may_have_left: before, handed } = settled;
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
        Handed::Retry { reason, may_have_left: now, .. } if now || before => {
            tracing::warn!(%notice, %provider, %reason, "a notice may have left; it is handed over again later");
            return None;
        }
        Handed::Retry { after, reason, .. } => {
            (Outcome::Retry(after.unwrap_or_else(|| retry_pause(claimed.attempts))), Some(reason), None)
        }
        Handed::Paused { provider, cause, reason } => {
            let cause = cause.as_str();
            tracing::error!(%provider, cause, %reason, "a provider stands still until a person has acted");
            if let Err(why) = in_time(writer.pause_provider(&provider, &format!("{cause}: {reason}"))).await {
                tracing::warn!(%provider, %why, "the pause of a provider could not be kept");
            }
            if before {
                return None;
            }
            (Outcome::Retry(Duration::from_secs(PAUSED_SECONDS)), Some(reason), None)
        }
    };
    let token = keeper.claim.token;
    Some(Recorded { key: claimed.key, notice, token, provider, provider_id, outcome, detail })
}

fn retry_pause(attempts: u32) -> Duration {
    let seconds = RETRY_SECONDS_MIN.saturating_mul(1 << attempts.min(16));
    Duration::from_secs(seconds.min(RETRY_SECONDS_MAX))
}

/// Records outcomes however long Postgres is away: the message has left, and only this process knows. Accounts that cannot
/// be decided are found by halving, and do not keep the others: of them the outcome alone is written.
async fn record(parts: &Parts, writer: &mut Writer, records: &[Recorded]) {
    let mut back_off = super::BackOff::default();
    let mut left = vec![(records, true)];
    while let Some((part, decided)) = left.pop().filter(|(part, _)| !part.is_empty()) {
        let written = if decided {
            let book = parts.shelf.book();
            in_time(advance::record(writer, &parts.memory, &book, part, parts.clock.now())).await
        } else {
            in_time(advance::record_undecided(writer, part, parts.clock.now())).await
        };
        match written {
            Ok(recorded) => {
                tell_lost(part, &recorded);
                parts.nudges.changed();
            }
            Err(why) if why.is_stale() => match parts.shelf.renew(writer).await {
                Err(why) if !why.is_retry() => {
                    tracing::error!(%why, notices = part.len(), "outcomes are recorded, and others decide what follows");
                    left.push((part, false));
                }
                // Where Postgres is away, the next try finds that out.
                _ => left.push((part, true)),
            },
            Err(why) if why.is_retry() => {
                tracing::warn!(%why, notices = part.len(), "outcomes wait for Postgres");
                tokio::time::sleep(back_off.after_failure()).await;
                left.push((part, decided));
            }
            Err(why) => match part {
                [alone] => {
                    let (notice, outcome) = (alone.notice, alone.outcome.as_str());
                    if decided {
                        tracing::error!(%notice, outcome, %why, "an outcome is recorded, but its account cannot be decided");
                        left.push((part, false));
                    } else {
                        tracing::error!(%notice, outcome, %why, "an outcome cannot be recorded");
                    }
                }
                _ => {
                    let (first, second) = part.split_at(part.len() / 2);
                    left.extend([(second, decided), (first, decided)]);
                }
            },
        }
    }
}

/// Outcomes of notices that were in other hands by then: those hand them over again where that is safe, else a person
/// looks them up.
fn tell_lost(records: &[Recorded], recorded: &[NoticeId]) {
    for lost in records.iter().filter(|record| !recorded.contains(&record.notice)) {
        let (notice, outcome, provider) = (lost.notice, lost.outcome.as_str(), &lost.provider);
        let id = lost.provider_id.as_deref();
        tracing::warn!(
            %notice, outcome, provider, id,
            "an outcome came after its claim was lost, or was recorded before; it was not written"
        );
    }
}

/// Takes over what a dead worker left.
async fn recover(parts: &Parts, writer: &mut Writer, channel: Channel) -> Result<(), StoreError> {
    let claim = claim(parts);
    let (now, turn) = (parts.clock.now(), Turn::begin(parts));
    let recovered = in_time(advance::recover(writer, &claim, &[channel], parts.pace.dispatch_notices)).await?;
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
    let book = parts.shelf.book();
    let (mut ready, mut records) = (Vec::new(), Vec::new());
    // Outside contact hours a notice is left as it is; its lease runs out again and again until they open.
    let reachable = |claimed: &Claimed| claimed.notice.content.is_none() || is_open(&book, &claimed.notice, now);
    for claimed in recovered.stranded.into_iter().filter(reachable) {
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
    record(parts, writer, &records).await;
    hand_over(parts, writer, &claim, &turn, ready).await;
    Ok(())
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
