//! Periodic mails: claim → commit → make → intent on record → send → record, each occurrence once.
//!
//! The claim is a row whose key is the occurrence, so however many workers wake up for it, one makes the mail. What
//! came while no worker ran is made up for once, by the latest; the others are counted as passed over. Between two
//! occurrences nothing is done. Part of the role `dispatch`, which is the one that may reach the mail relay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::statement::{self, Order, StatementError};
use super::{Library, Parts, Stop, in_time};
use crate::channels::{Body, Channels, Keep, Outcome, Outgoing};
use crate::clock;
use crate::domain::{NoticeId, OutEventId, WorkflowName};
use crate::store::{
    Claim, Document, Occurrence, Outgoing as Told, Progress, Run, RunEnd, ScheduleKey, StoreError, Writer,
};
use crate::workflow::Schedule;

/// Longest sleep: another process may have left a run, or the library may have changed.
const IDLE_SECONDS_MAX: u64 = 10;
/// How long a claim holds while the mail is made: the accounts of a large creditor are read meanwhile.
const MAKE_SECONDS_MAX: u64 = 900;
/// First pause before a mail that did not leave is tried again; doubled with each try.
const RETRY_SECONDS_MIN: i64 = 5;
/// Longest such pause.
const RETRY_SECONDS_MAX: i64 = 1_800;
/// How long a mail waits for a relay that stands still.
const PAUSED_SECONDS: i64 = 300;
/// Tries of one mail: about a day of them.
const TRIES_MAX: i32 = 50;
/// Stands for the timetable of a schedule that is switched off.
const OFF: &str = "off";

/// A schedule in use.
#[derive(Clone, Debug)]
pub struct InUse {
    /// Where it stands.
    pub key: ScheduleKey,
    /// The workflow it stands in, and is confined to.
    pub workflow: Option<WorkflowName>,
    /// As written.
    pub schedule: Schedule,
}

impl InUse {
    fn timetable(&self) -> String {
        let timetable = &self.schedule.timetable;
        if self.schedule.enabled { format!("{} {}", timetable.written(), timetable.zone()) } else { OFF.to_owned() }
    }
}

/// The schedules of `relance.yaml`, and those of the newest revision of each workflow.
pub fn in_use(library: &Library, own: &[Schedule]) -> Vec<InUse> {
    let of = |workflow: Option<&WorkflowName>, schedule: &Schedule| InUse {
        key: ScheduleKey { scope: workflow.map(ToString::to_string).unwrap_or_default(), id: schedule.id.clone() },
        workflow: workflow.cloned(),
        schedule: schedule.clone(),
    };
    let mut found: Vec<InUse> = own.iter().map(|schedule| of(None, schedule)).collect();
    for workflow in library.book().newest.values() {
        found.extend(workflow.schedules.iter().map(|schedule| of(Some(&workflow.name), schedule)));
    }
    found
}

/// What a run needs besides the tables.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Workflows with their templates.
    pub library: &'a Library,
    /// What carries the mail.
    pub channels: &'a Channels,
    /// The moment.
    pub now: DateTime<Utc>,
    /// How long a hand-over may take.
    pub lease: Duration,
}

/// The timetables of this process that counted when it last looked.
type Ours = Mutex<BTreeMap<ScheduleKey, String>>;

/// Runs schedules until the stop is asked.
pub async fn pass(parts: &Parts, stop: &Stop) -> Result<(), StoreError> {
    let ours = Ours::default();
    tokio::select! {
        done = rounds(parts, &ours, stop) => done,
        Err(why) = keep_announced(parts, &ours) => Err(why),
    }
}

/// Keeps saying that this process has its timetables, however long it is busy making and sending.
async fn keep_announced(parts: &Parts, ours: &Ours) -> Result<(), StoreError> {
    let mut writer = parts.database.writer();
    loop {
        tokio::time::sleep(Duration::from_secs(IDLE_SECONDS_MAX)).await;
        let ours = lock(ours).clone();
        for (key, timetable) in &ours {
            in_time(writer.announce(key, timetable, Some(timetable), parts.clock.now())).await?;
        }
    }
}

fn lock(ours: &Ours) -> MutexGuard<'_, BTreeMap<ScheduleKey, String>> {
    ours.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn rounds(parts: &Parts, ours: &Ours, stop: &Stop) -> Result<(), StoreError> {
    let mut writer = parts.database.writer();
    let mut strange = BTreeSet::new();
    while !stop.is_asked() {
        let known = in_use(&parts.shelf.library(), &parts.schedules);
        let announced = lock(ours).clone();
        announce(&mut writer, &known, &announced, parts.clock.now()).await?;
        let progress: BTreeMap<ScheduleKey, Progress> =
            in_time(writer.schedules()).await?.into_iter().map(|one| (one.key.clone(), one)).collect();
        let counts =
            known.iter().filter(|one| progress.get(&one.key).is_some_and(|it| it.timetable == one.timetable()));
        lock(ours).extend(counts.map(|one| (one.key.clone(), one.timetable())));
        let mut next: Option<DateTime<Utc>> = None;
        for one in known.iter().filter(|one| one.schedule.enabled) {
            let Some(progress) = progress.get(&one.key) else { continue };
            if progress.timetable != one.timetable() {
                if strange.insert(one.key.clone()) {
                    tracing::warn!(schedule = %one.key, "another process has another timetable; this one waits until it is gone");
                }
                continue;
            }
            strange.remove(&one.key);
            run_due(parts, &mut writer, one, progress, stop).await?;
            let following = one.schedule.timetable.next_after(parts.clock.now());
            next = [next, following].into_iter().flatten().min();
        }
        let took = take_over(parts, &mut writer, &known).await?;
        if took {
            continue;
        }
        let sleep = next.map_or(Duration::MAX, |at| parts.clock.real_duration_until(at));
        stop.pause(sleep.clamp(Duration::from_millis(2), Duration::from_secs(IDLE_SECONDS_MAX))).await;
    }
    Ok(())
}

/// Announces what this process has now; `announced` are the timetables of it that counted before.
async fn announce(
    writer: &mut Writer,
    known: &[InUse],
    announced: &BTreeMap<ScheduleKey, String>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for one in known {
        let before = announced.get(&one.key).map(String::as_str);
        in_time(writer.announce(&one.key, &one.timetable(), before, now)).await?;
    }
    Ok(())
}

/// Runs the latest occurrence that has come, for each creditor nobody took yet.
async fn run_due(
    parts: &Parts,
    writer: &mut Writer,
    one: &InUse,
    progress: &Progress,
    stop: &Stop,
) -> Result<(), StoreError> {
    let Some(missed) = one.schedule.timetable.between(progress.through, parts.clock.now()) else { return Ok(()) };
    let earlier = i32::try_from(missed.count - 1).unwrap_or(i32::MAX);
    let occurrence = Occurrence {
        key: one.key.clone(),
        at: missed.last,
        as_of: one.schedule.timetable.day_before(missed.last),
        passed_over: (earlier > 0).then_some((earlier, missed.first)),
        timetable: Some(one.timetable()),
    };
    loop {
        let claim = claim();
        let only = one.schedule.creditor.as_ref();
        // One at a time: other workers take the others meanwhile.
        let runs = in_time(writer.claim_runs(&claim, &occurrence, only, 1)).await?;
        let Some(run) = runs.first() else { break };
        carry(parts.means(&parts.shelf.library()), writer, &claim, Some(one), run).await?;
        if stop.is_asked() {
            return Ok(());
        }
    }
    in_time(writer.passed(&one.key, missed.last)).await
}

async fn take_over(parts: &Parts, writer: &mut Writer, known: &[InUse]) -> Result<bool, StoreError> {
    let keys: Vec<ScheduleKey> = known.iter().map(|one| one.key.clone()).collect();
    let claim = claim();
    let Some(run) = in_time(writer.take_run(&claim, &keys)).await? else { return Ok(false) };
    let one = known.iter().find(|one| one.key == run.key);
    carry(parts.means(&parts.shelf.library()), writer, &claim, one, &run).await?;
    Ok(true)
}

/// A claim that holds while a mail is made.
pub fn claim() -> Claim {
    Claim { token: clock::draw_token(), lease: Duration::from_secs(MAKE_SECONDS_MAX) }
}

/// Makes, sends and records a run that is in the hands of `claim`. Returns how it ended, and why.
///
/// # Errors
///
/// When Postgres is away; the run is taken over when its lease runs out.
pub async fn carry(
    means: Means<'_>,
    writer: &mut Writer,
    claim: &Claim,
    one: Option<&InUse>,
    run: &Run,
) -> Result<(RunEnd, Option<String>), StoreError> {
    // Whoever is written to now sees the figures of the creditor written beside it, and of no other.
    let one = one.filter(|one| one.schedule.creditor.as_ref().is_none_or(|creditor| *creditor == run.creditor));
    let (end, detail) = match one {
        Some(one) => attempt(means, writer, claim, one, run).await?,
        None if run.stranded.is_some() => {
            (RunEnd::Uncertain, Some("the schedule is not there any more, or not for this creditor".to_owned()))
        }
        None => (RunEnd::Rejected, Some("the schedule is not there any more, or not for this creditor".to_owned())),
    };
    let is_ours = in_time(writer.record_run(claim, run, &end, detail.as_deref())).await?;
    let outcome = match end {
        RunEnd::Accepted => "accepted",
        RunEnd::Rejected => "rejected",
        RunEnd::Uncertain => "uncertain",
        RunEnd::Retry(_) => "retry",
    };
    metrics::counter!("relance_schedule_runs_total", "outcome" => outcome).increment(1);
    let (schedule, creditor, occurrence) = (&run.key, &run.creditor, run.at);
    let why = detail.as_deref().unwrap_or_default();
    match end {
        _ if !is_ours => tracing::warn!(%schedule, %creditor, %occurrence, "a run went to other hands meanwhile"),
        RunEnd::Accepted => tracing::info!(%schedule, %creditor, %occurrence, "a scheduled mail was sent"),
        _ => tracing::warn!(%schedule, %creditor, %occurrence, outcome, why, "a scheduled mail was not sent"),
    }
    Ok((end, detail))
}

async fn attempt(
    means: Means<'_>,
    writer: &mut Writer,
    claim: &Claim,
    one: &InUse,
    run: &Run,
) -> Result<(RunEnd, Option<String>), StoreError> {
    let rejected = |why: String| Ok((RunEnd::Rejected, Some(why)));
    let outgoing = if let Some(message) = &run.stranded {
        let Some(creditor) = in_time(crate::advance::creditor(writer, &run.creditor)).await? else {
            return Ok((RunEnd::Uncertain, Some("the creditor is not known any more".to_owned())));
        };
        let parties = (statement::recipient(&one.schedule, &creditor), statement::sender(&creditor));
        outgoing(run, parties, message.clone(), Some(Duration::ZERO))
    } else if run.attempts > TRIES_MAX {
        return rejected(format!("it did not leave in {TRIES_MAX} tries"));
    } else {
        let order = Order {
            schedule: &one.schedule,
            workflow: one.workflow.as_ref(),
            creditor: &run.creditor,
            as_of: run.as_of,
            now: means.now,
            held: Some((claim, run)),
        };
        let made = match statement::make(writer, means.library, order).await {
            Ok(made) => made,
            Err(StatementError::Store(why)) => return Err(why),
            Err(why @ StatementError::Lost) => return Ok((RunEnd::Retry(RETRY_SECONDS_MIN), Some(why.to_string()))),
            Err(why) => return rejected(why.to_string()),
        };
        let message = match made.message(run.id, run.at) {
            Ok(message) => message,
            Err(why) => return rejected(why.to_string()),
        };
        let media_type = "message/rfc822".to_owned();
        let document = Document { name: "message".to_owned(), media_type, bytes: message };
        let event = made.event.map(|data| stated(run, one.schedule.work.event_kind(), data));
        if !in_time(writer.intend_run(claim, run, &document, event.as_ref(), means.lease)).await? {
            return Ok((
                RunEnd::Retry(RETRY_SECONDS_MIN),
                Some("making it took longer than its claim held".to_owned()),
            ));
        }
        outgoing(run, (made.recipient, made.sender), document.bytes, None)
    };
    Ok(end_of(means.channels.send(&outgoing, &Nothing).await, run))
}

/// The figures of a run as an event; its id is that of the occurrence.
fn stated(run: &Run, kind: &str, data: String) -> Told {
    let id = OutEventId::derive(&[kind, run.creditor.as_str(), &run.id.to_string()]);
    Told { id, creditor: run.creditor.clone(), kind: kind.to_owned(), at: run.at, data }
}

fn outgoing(
    run: &Run,
    (recipient, sender): (crate::domain::Recipient, crate::channels::Sender),
    message: Vec<u8>,
    may_have_left: Option<Duration>,
) -> Outgoing {
    Outgoing {
        notice: run.id,
        creditor: run.creditor.clone(),
        service: None,
        provider: None,
        on: run.as_of,
        recipient,
        sender,
        body: Body::Email { message },
        captures: BTreeMap::new(),
        may_have_left,
    }
}

fn end_of(outcome: Outcome, run: &Run) -> (RunEnd, Option<String>) {
    match outcome {
        Outcome::Accepted { .. } => (RunEnd::Accepted, None),
        Outcome::Rejected { reason } => (RunEnd::Rejected, Some(reason)),
        Outcome::Uncertain { reason, .. } | Outcome::Retry { reason, may_have_left: true, .. } => {
            (RunEnd::Uncertain, Some(reason))
        }
        // It may have left before: a carrier that stands still now does not change that.
        Outcome::Retry { reason, .. } | Outcome::Paused { reason, .. } if run.stranded.is_some() => {
            (RunEnd::Uncertain, Some(reason))
        }
        Outcome::Retry { after, reason, .. } => {
            let doubled = RETRY_SECONDS_MIN << (run.attempts - 1).clamp(0, 20);
            let asked = after.and_then(|after| i64::try_from(after.as_secs()).ok());
            (RunEnd::Retry(asked.unwrap_or(doubled).min(RETRY_SECONDS_MAX)), Some(reason))
        }
        Outcome::Paused { reason, .. } => (RunEnd::Retry(PAUSED_SECONDS), Some(reason)),
    }
}

/// A mail goes in one step: there is nothing to keep between two.
struct Nothing;

impl Keep for Nothing {
    async fn keep(&self, _: NoticeId, _: &BTreeMap<String, String>) -> bool {
        true
    }
}
