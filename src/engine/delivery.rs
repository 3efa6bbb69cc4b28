//! What became of a notice: its own state, what a person decided of an uncertain one, and what carriers report.
//!
//! Nothing is decided here; `progress` draws the consequences.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::{
    Account, Channel, DeliveryStatus, Notice, NoticeLine, NoticeRef, NoticeReported, NoticeState, Recorded, StepRecord,
    TaskId, TaskRef,
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
pub(super) fn standing(account: &Account, notice: &Notice) -> Standing {
    let Standing::Accepted(accepted) = handed_over(account, notice) else { return handed_over(account, notice) };
    let bounced = notice.delivery.is_some_and(|status| is_bounce(notice.channel, status))
        || reports(account, notice).any(|(status, _)| is_bounce(notice.channel, status));
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

/// What carriers and integrators reported of a notice.
pub(super) fn reports<'a>(
    account: &'a Account,
    notice: &'a Notice,
) -> impl Iterator<Item = (DeliveryStatus, DateTime<Utc>)> + 'a {
    let reports = account.facts.reports.values().filter(move |report| is_about(account, report, notice));
    reports.map(|report| (report.fact.status, report.fact.at))
}

/// Whether a report is about a notice. One that names a step and no channel is about what was ordered by then: not about
/// the fallback that it leads to.
fn is_about(account: &Account, report: &Recorded<NoticeReported>, notice: &Notice) -> bool {
    match &report.fact.notice {
        NoticeRef::Id(id) => *id == notice.id,
        NoticeRef::ProviderId(_) => false, // Resolved to an id where provider ids are known, before it gets here.
        NoticeRef::Step { invoice, step, channel, occurrence } => {
            let line = |line: &NoticeLine| {
                line.invoice == *invoice
                    && line.step == *step
                    && occurrence.unwrap_or_else(|| latest(account, line)) == line.occurrence
            };
            let known = report.version.time;
            channel.map_or(notice.ordered_at <= known, |channel| channel == notice.channel)
                && notice.lines.iter().any(line)
        }
    }
}

/// The digests of addresses that reach nobody, as carriers reported: no later step uses them.
pub(super) fn dead_addresses(account: &Account) -> BTreeSet<String> {
    let is_dead = |status| matches!(status, DeliveryStatus::Bounced | DeliveryStatus::AddressUnknown);
    let told = account.notices.values().filter(|notice| notice.delivery.is_some_and(is_dead));
    let reports = account.facts.reports.values().filter(|report| is_dead(report.fact.status));
    let reported =
        reports.flat_map(|report| account.notices.values().filter(move |notice| is_about(account, report, notice)));
    let left = |notice: &&Notice| matches!(handed_over(account, notice), Standing::Accepted(_));
    told.chain(reported).filter(left).filter_map(|notice| notice.address_digest.clone()).collect()
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
    let notices = || record.notices.iter().filter_map(|id| account.notices.get(id));
    if after == DeliveryStatus::Accepted {
        return notices().filter_map(|notice| accepted_at(account, notice)).min();
    }
    let known = || notices().flat_map(|notice| reports(account, notice));
    let exact = known().filter(|(status, _)| *status == after).map(|(_, at)| at).min();
    exact.or_else(|| {
        let least = rank(after)?;
        known().filter(|(status, _)| rank(*status).is_some_and(|rank| rank > least)).map(|(_, at)| at).min()
    })
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
