//! What became of a notice: its own state, what a person decided of an uncertain one, and what carriers report.
//!
//! Nothing is decided here; `progress` draws the consequences.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::scene::Scene;
use crate::domain::{
    Account, Channel, DeliveryStatus, Notice, NoticeId, NoticeLine, NoticeRef, NoticeReported, NoticeState, Recorded,
    StepRecord, TaskId, TaskRef,
};

/// The answer to an uncertain notice that counts it as sent.
pub const ANSWER_SENT: &str = "sent";
/// The answer to an uncertain notice that has it ordered again.
pub const ANSWER_NOT_SENT: &str = "not_sent";

/// Where a notice stands for the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Ordered or taken back: decided anew.
    Open,
    /// Claimed or being sent: out of the engine's hands.
    Leaving,
    /// It may have left.
    Uncertain,
    /// The provider has it, since then.
    Accepted(DateTime<Utc>),
    /// The provider had it since then, and it did not reach anybody.
    Bounced(DateTime<Utc>),
    /// The provider refused it.
    Rejected,
}

/// The task that asks what became of an uncertain notice; each time it becomes so is a question of its own.
pub(super) fn uncertain_task(account: &Account, notice: &Notice) -> TaskId {
    let (id, ordered) = (notice.id.to_string(), notice.ordered_at.timestamp_micros().to_string());
    TaskId::derive(&[account.key.creditor.as_str(), "uncertain", &id, &ordered])
}

/// Where a notice stands.
pub(super) fn standing(scene: &Scene<'_>, notice: &Notice) -> Standing {
    standing_by(scene.account, &scene.reports, notice)
}

fn standing_by(account: &Account, reports: &Reports, notice: &Notice) -> Standing {
    let handed = handed_over(account, notice);
    let Standing::Accepted(accepted) = handed else { return handed };
    let bounced = notice.delivery.is_some_and(|status| is_bounce(notice.channel, status))
        || reports.about(notice).any(|(status, _)| is_bounce(notice.channel, status));
    if bounced { Standing::Bounced(accepted) } else { Standing::Accepted(accepted) }
}

/// Where a notice stands with its provider, whatever a carrier reported since: never `Bounced`. Cheap, so that it
/// can be asked of every notice an account ever had.
pub(super) fn handed_over(account: &Account, notice: &Notice) -> Standing {
    match notice.state {
        NoticeState::Ordered | NoticeState::Withdrawn => Standing::Open,
        NoticeState::Claimed | NoticeState::Sending => Standing::Leaving,
        NoticeState::Rejected => Standing::Rejected,
        NoticeState::Accepted => Standing::Accepted(notice.accepted_at.unwrap_or(notice.ordered_at)),
        NoticeState::Uncertain => {
            let task = TaskRef::Id(uncertain_task(account, notice));
            let answers = account.facts.answers.values().filter(|answer| answer.fact.task == task);
            let answer = answers.min_by_key(|answer| &answer.version);
            match answer.map(|answer| answer.fact.outcome.as_str()) {
                Some(ANSWER_SENT) => Standing::Accepted(notice.ordered_at),
                Some(ANSWER_NOT_SENT) => Standing::Open,
                _ => Standing::Uncertain,
            }
        }
    }
}

/// What became of a notice, in words.
pub fn became(account: &Account, notice: &Notice) -> &'static str {
    match standing_by(account, &Reports::of(account), notice) {
        Standing::Open if notice.state == NoticeState::Withdrawn => "taken back",
        Standing::Open => "ordered",
        Standing::Leaving => "being handed over",
        Standing::Uncertain => "nobody knows whether it left",
        Standing::Accepted(_) => "accepted",
        Standing::Bounced(_) => "accepted, and reached nobody",
        Standing::Rejected => "refused by its provider",
    }
}

/// Whether a status says that the message never reached the debtor's house. A letter that was refused or never
/// fetched did reach it.
fn is_bounce(channel: Channel, status: DeliveryStatus) -> bool {
    use DeliveryStatus as Status;
    match status {
        Status::Bounced | Status::Failed | Status::Expired | Status::Rejected | Status::Cancelled => true,
        Status::AddressUnknown => true,
        Status::Refused => channel != Channel::Letter,
        _ => false,
    }
}

/// What a carrier or an integrator reported of a notice.
#[derive(Clone, Copy)]
struct Report {
    status: DeliveryStatus,
    /// When it was so.
    at: DateTime<Utc>,
    /// Since when it is known.
    known: DateTime<Utc>,
}

impl From<&Recorded<NoticeReported>> for Report {
    fn from(report: &Recorded<NoticeReported>) -> Self {
        Self { status: report.fact.status, at: report.fact.at, known: report.version.time }
    }
}

/// What carriers and integrators reported, by notice. Every report and every notice is looked at once.
pub(super) struct Reports(BTreeMap<NoticeId, Vec<Report>>);

impl Reports {
    /// The reports of an account.
    pub fn of(account: &Account) -> Self {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut of_cases: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for report in account.facts.reports.values() {
            match &report.fact.notice {
                NoticeRef::Id(id) => found.entry(*id).or_default().push(report.into()),
                NoticeRef::ProviderId(_) => {} // Resolved to an id where provider ids are known, before it gets here.
                NoticeRef::Step { invoice, step, .. } => of_cases.entry(invoice).or_default().push((step, report)),
            }
        }
        for notice in account.notices.values().filter(|_| !of_cases.is_empty()) {
            for line in &notice.lines {
                let reports = of_cases.get(&line.invoice).into_iter().flatten();
                let reports = reports.filter(|(step, _)| account.is_same_step(&line.invoice, step, &line.step));
                let about = reports
                    .map(|(_, report)| report)
                    .filter(|report| is_of_line(account, &report.fact.notice, report.version.time, notice, line));
                found.entry(notice.id).or_default().extend(about.map(|report| Report::from(*report)));
            }
        }
        Self(found)
    }

    /// Those about one notice.
    pub fn about(&self, notice: &Notice) -> impl Iterator<Item = (DeliveryStatus, DateTime<Utc>)> + '_ {
        self.0.get(&notice.id).into_iter().flatten().map(|report| (report.status, report.at))
    }

    /// Since when the last of those about the notices of a journal line is known.
    pub fn known_since(&self, record: &StepRecord) -> Option<DateTime<Utc>> {
        let about = record.notices.iter().filter_map(|id| self.0.get(id)).flatten();
        about.map(|report| report.known).max()
    }
}

/// Whether a report, known since `known`, is about a notice. A provider's id must have been resolved before.
pub fn is_about(account: &Account, report: &NoticeReported, known: DateTime<Utc>, notice: &Notice) -> bool {
    match &report.notice {
        NoticeRef::Id(id) => *id == notice.id,
        NoticeRef::ProviderId(_) => false,
        NoticeRef::Step { invoice, step, .. } => {
            let mut named = notice
                .lines
                .iter()
                .filter(|line| line.invoice == *invoice && account.is_same_step(invoice, &line.step, step));
            named.any(|line| is_of_line(account, &report.notice, known, notice, line))
        }
    }
}

/// Whether a report that names a line's step is about the line's notice. One that names no channel is about what was
/// ordered by then, not about the fallback that it leads to. Clocks differ, and some carriers tell the day alone: the
/// first notice of the line may have been ordered up to a day later than its report is dated.
fn is_of_line(account: &Account, named: &NoticeRef, known: DateTime<Utc>, notice: &Notice, line: &NoticeLine) -> bool {
    let NoticeRef::Step { channel, occurrence, .. } = named else { return false };
    let in_time = || {
        let is_early = notice.ordered_at > known;
        !is_early || (notice.ordered_at - known <= TimeDelta::days(1) && is_first(account, notice, line))
    };
    channel.map_or_else(in_time, |channel| channel == notice.channel)
        && occurrence.unwrap_or_else(|| latest(account, line)) == line.occurrence
}

/// Whether no other notice about a line was ordered before this one.
fn is_first(account: &Account, notice: &Notice, line: &NoticeLine) -> bool {
    let is_of = |other: &NoticeLine| {
        other.invoice == line.invoice
            && other.occurrence == line.occurrence
            && account.is_same_step(&line.invoice, &other.step, &line.step)
    };
    let mut earlier = account.notices.values().filter(|other| other.ordered_at < notice.ordered_at);
    !earlier.any(|other| other.lines.iter().any(is_of))
}

/// The digests of addresses that reach nobody, as carriers reported: no later step uses them.
pub(super) fn dead_addresses(account: &Account, reports: &Reports) -> BTreeSet<String> {
    let is_dead = |status| matches!(status, DeliveryStatus::Bounced | DeliveryStatus::AddressUnknown);
    let told = |notice: &&Notice| reports.about(notice).map(|(status, _)| status).chain(notice.delivery).any(is_dead);
    let left = |notice: &&Notice| matches!(handed_over(account, notice), Standing::Accepted(_));
    let dead = account.notices.values().filter(told).filter(left);
    dead.filter_map(|notice| notice.address_digest.clone()).collect()
}

/// The latest occurrence of a line's step.
fn latest(account: &Account, line: &NoticeLine) -> u32 {
    let journal = account.cases.get(&line.invoice).map_or(&[][..], |case| &case.journal);
    let same = |record: &&StepRecord| record.is_of(&line.step);
    journal.iter().filter(same).map(|record| record.occurrence).max().unwrap_or(line.occurrence)
}

/// The instant that starts a term counted from `after`, among the notices of one journal line: the event itself,
/// else a later one that cannot be without it. Refused and unclaimed stand for the presentation they follow.
pub fn proof(account: &Account, record: &StepRecord, after: DeliveryStatus) -> Option<DateTime<Utc>> {
    proof_among(account, &Reports::of(account), record, after)
}

/// The same, where the reports are known by notice already.
pub(super) fn proof_among(
    account: &Account,
    reports: &Reports,
    record: &StepRecord,
    after: DeliveryStatus,
) -> Option<DateTime<Utc>> {
    let notices = || record.notices.iter().filter_map(|id| account.notices.get(id));
    if after == DeliveryStatus::Accepted {
        return notices().filter_map(|notice| accepted_at(account, notice)).min();
    }
    let known = || notices().flat_map(|notice| reports.about(notice));
    let exact = known().filter(|(status, _)| *status == after).map(|(_, at)| at).min();
    let first = |is_meant: &dyn Fn(DeliveryStatus) -> bool| {
        known().filter(|(status, _)| is_meant(*status)).map(|(_, at)| at).min()
    };
    let later = || rank(after).and_then(|least| first(&|status| rank(status).is_some_and(|rank| rank > least)));
    // Refused and unclaimed letters never give the receipt they are counted from.
    let not_taken = || {
        let own = first(&|status| matches!(status, DeliveryStatus::Refused | DeliveryStatus::Unclaimed))?;
        Some(first(&|status| status == DeliveryStatus::FirstPresented).unwrap_or(own))
    };
    exact.or_else(later).or_else(not_taken)
}

/// When a notice was accepted, whatever became of it after.
pub(super) fn accepted_at(account: &Account, notice: &Notice) -> Option<DateTime<Utc>> {
    match handed_over(account, notice) {
        Standing::Accepted(at) => Some(at),
        _ => None,
    }
}

/// The order in which states follow each other; none for states that prove nothing.
fn rank(status: DeliveryStatus) -> Option<u8> {
    use DeliveryStatus as Status;
    Some(match status {
        Status::Accepted => 0,
        Status::Printing => 1,
        Status::Sent | Status::Posted => 2,
        Status::InTransit => 3,
        Status::FirstPresented => 4,
        Status::AtCounter => 5,
        Status::Delivered | Status::Refused | Status::Unclaimed => 6,
        _ => return None,
    })
}
