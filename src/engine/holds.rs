//! What keeps a case back as a whole (rules 26, 30, manual holds), and since when nothing does.
//!
//! Promises and plans, insolvency and limitation have files of their own. What keeps back one step only (`requires`, a stale feed, an
//! approval) is found by the walk.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::days::{add, civil_day, plus_days, sane, subtract};
use super::insolvency;
use super::limitation;
use super::promises::{self, Received};
use super::questions::{Question, ask_once};
use super::scene::{Hold, Outcome, Scene, Walker};
use super::terms;
use super::timing::day_after;
use crate::domain::{CaseState, DisputeOutcome, Kind, Reason, plain_amount};
use crate::workflow::{Duration, Unit};

/// The ten business days of rules 9, 26 and 30.
pub(super) const TEN_BUSINESS_DAYS: Duration = Duration { amount: 10, unit: Unit::BusinessDays };

/// Finds what keeps the case back now, and says what became of promises and plans.
pub(super) fn find<'a>(scene: &Scene<'a>, walker: &mut Walker<'a>, outcome: &mut Outcome, received: &mut Received<'a>) {
    if walker.workflow.is_none() {
        // No workflow chases it; the claim is to be declared all the same.
        if walker.case.state == CaseState::Waiting && walker.balance.open > Decimal::ZERO {
            insolvency::hold(scene, walker, outcome);
        }
        return;
    }
    promises::find(scene, walker, outcome, received);
    if !walker.is_chased() {
        return;
    }
    disputes(scene, walker, outcome);
    manual(scene, walker, outcome);
    insolvency::hold(scene, walker, outcome);
    limitation::hold(scene, walker, outcome);
    terms::hold(scene, walker, outcome);
    pending(scene, walker, outcome);
    awaited(scene, walker, outcome);
}

/// A dispute of all that is owed; a part only lowers the undisputed balance.
fn disputes(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    if walker.balance.disputed.is_zero() {
        return;
    }
    let disputes = scene.account.facts.disputes.iter();
    let on_this = disputes.filter_map(|(id, pair)| Some((id, pair, pair.opened.as_ref()?)));
    let mut ids = Vec::new();
    let walker_id = walker.id();
    for (id, pair, _) in on_this.filter(|(_, _, opened)| opened.fact.invoice == *walker_id) {
        match &pair.closed {
            None => ids.push(id.clone()),
            Some(closed) if closed.fact.outcome == DisputeOutcome::Accepted => {
                ids.push(format!("{id} (accepted, the balance has not changed since)"));
                let day = civil_day(walker.zone, closed.version.time);
                let asked = day_after(walker, add(day, TEN_BUSINESS_DAYS, walker.office));
                if scene.now >= asked {
                    let question = Question {
                        why: "dispute",
                        what: id,
                        note: "An accepted dispute has changed nothing yet.",
                        answers: &[],
                    };
                    ask_once(scene, walker, outcome, &question, format!("dispute {id} accepted on {day}"));
                } else {
                    outcome.wake(scene.now, asked);
                }
            }
            Some(_) => {}
        }
    }
    if walker.balance.disputed >= walker.balance.open {
        walker.holds.push(Hold::of(Reason::Dispute, format!("dispute {}", ids.join(", "))));
    }
}

fn manual(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    for (id, pair) in &scene.account.facts.holds {
        let Some(hold) = pair.standing() else { continue };
        if hold.fact.invoice.as_ref().is_some_and(|invoice| invoice != walker.id()) {
            continue;
        }
        let mut because = format!("hold {id}: {}", hold.fact.reason);
        if let Some(until) = hold.fact.until {
            let end = day_after(walker, sane(until));
            if scene.now >= end {
                walker.ended.push((Reason::Manual, end));
                continue;
            }
            outcome.wake(scene.now, end);
            because = format!("{because}, until {until}");
        }
        walker.holds.push(Hold::of(Reason::Manual, because));
    }
}

/// Money under way: a collection by direct debit or card, or a pending payment that covers what is claimed.
fn pending(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let due_on = walker.due_on.unwrap_or(sane(walker.invoice.fact.issued_on));
    if walker.pending > Decimal::ZERO {
        let last = add(
            walker.balance.pending_on.map_or(due_on, |day| due_on.max(sane(day))),
            TEN_BUSINESS_DAYS,
            walker.calendar,
        );
        outcome.wake(scene.now, day_after(walker, last));
        if walker.claimable() <= Decimal::ZERO {
            let amount = plain_amount(walker.pending, walker.balance.currency);
            let because = format!("{amount} {} pending, waited for until {last}", walker.balance.currency);
            walker.holds.push(Hold::of(Reason::PendingCollection, because));
        }
    } else if walker.balance.pending > Decimal::ZERO {
        let last = add(
            walker.balance.pending_on.map_or(due_on, |day| due_on.max(sane(day))),
            TEN_BUSINESS_DAYS,
            walker.calendar,
        );
        walker.ended.push((Reason::PendingCollection, day_after(walker, last)));
    }
    if let Some(how) = walker.invoice.fact.paid_by.as_deref().filter(|how| !how.is_empty()) {
        let last = add(due_on, TEN_BUSINESS_DAYS, walker.calendar);
        let end = day_after(walker, last);
        if scene.now < end {
            outcome.wake(scene.now, end);
            let because = format!("collected by {how}, waited for until {last}");
            walker.holds.push(Hold::of(Reason::PendingCollection, because));
        } else {
            walker.ended.push((Reason::PendingCollection, end));
        }
    }
}

/// What an answer to a task announced, until it is on record or ten business days have passed.
fn awaited(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let Some(awaited) = walker.case.awaited.clone() else { return };
    let facts = &scene.account.facts;
    let later = |time: DateTime<Utc>| time > awaited.since;
    let on_record = match awaited.reason {
        Reason::Promise => {
            facts.promises.values().filter_map(|one| one.opened.as_ref()).any(|one| later(one.version.time))
        }
        Reason::Dispute => {
            facts.disputes.values().filter_map(|one| one.opened.as_ref()).any(|one| later(one.version.time))
        }
        Reason::Plan => facts.plans.values().filter_map(|one| one.opened.as_ref()).any(|one| later(one.version.time)),
        _ => scene.ledger.of_invoice(walker.id()).any(|one| later(one.known)),
    };
    let end = day_after(walker, awaited.until);
    if on_record || scene.now >= end {
        if !on_record {
            walker.ended.push((awaited.reason, end));
        }
        walker.case.awaited = None;
        return;
    }
    outcome.wake(scene.now, end);
    let because = format!("announced on {}, waited for until {}", civil_day(walker.zone, awaited.since), awaited.until);
    walker.holds.push(Hold::of(awaited.reason, because));
}

/// Notes since when nothing keeps the case back. A resumption by the calendar is as old as the hold's end; any
/// other is as old as this decision.
pub(super) fn note_freedom(scene: &Scene<'_>, walker: &mut Walker<'_>) {
    if !walker.is_open() || walker.is_held() || walker.is_below_minimum() {
        walker.case.free_since = None;
        return;
    }
    if walker.case.free_since.is_some() {
        return;
    }
    let end = |reason: &Reason| walker.ended.iter().filter(|(one, _)| one == reason).map(|(_, at)| *at).max();
    let ends: Option<Vec<_>> = walker.case.held.iter().map(end).collect();
    let resumed = ends.and_then(|ends| ends.into_iter().max()).unwrap_or(scene.now);
    walker.case.free_since = Some(resumed.min(scene.now));
}

/// Writes `held` for what keeps the case back anew, `resumed` for what no longer does.
pub(super) fn say(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    if !walker.is_chased() && walker.case.state != CaseState::Waiting {
        walker.case.held.clear();
        return;
    }
    if !walker.step_holds.is_empty() {
        walker.case.free_since = None;
    }
    let holds: Vec<Hold> = walker.holds.iter().chain(&walker.step_holds).cloned().collect();
    for hold in &holds {
        if walker.case.held.insert(hold.reason) {
            let same = holds.iter().filter(|one| one.reason == hold.reason);
            let because: Vec<String> = same.map(|one| one.because.clone()).collect();
            outcome.say(walker.entry(scene, Kind::Held, Some(hold.reason)), because);
        }
    }
    let gone: Vec<Reason> =
        walker.case.held.iter().copied().filter(|reason| holds.iter().all(|hold| hold.reason != *reason)).collect();
    for reason in gone {
        walker.case.held.remove(&reason);
        outcome.say(walker.entry(scene, Kind::Resumed, Some(reason)), []);
    }
}

/// Whether the payments feed is too old for a step to go today (rule 28): its `through` lies before the opening
/// of the day that lies `stale_feed_after` before today, the previous business day unless written. `None` while the feed is fresh, or where the creditor sends none.
pub(super) fn stale_feed(scene: &Scene<'_>, walker: &Walker<'_>) -> Option<Hold> {
    let through = scene.account.facts.feed.as_ref()?.fact.through;
    let workflow = walker.workflow?;
    let before = subtract(walker.today, workflow.stale_feed_after, walker.calendar);
    let hours = workflow.contact.hours.on(chrono::Datelike::weekday(&before));
    let opening = hours.first().map_or(chrono::NaiveTime::MIN, |(start, _)| *start);
    let least = super::days::moment(walker.zone, before, opening);
    (through < least).then(|| {
        let (known, needed) = (local(walker, through), local(walker, least));
        Hold::of(Reason::StaleFeed, format!("payments are known up to {known}, needed up to {needed}"))
    })
}

/// An instant as the account's clock on the wall shows it.
pub(super) fn local(walker: &Walker<'_>, at: DateTime<Utc>) -> String {
    at.with_timezone(&walker.zone).format("%Y-%m-%d %H:%M").to_string()
}

/// The part of a pending payment that still counts: for ten business days after the due date or its own day.
pub(super) fn pending_that_counts(walker: &Walker<'_>) -> Decimal {
    let due_on = walker.due_on.unwrap_or(sane(walker.invoice.fact.issued_on));
    let from = walker.balance.pending_on.map_or(due_on, |day| due_on.max(sane(day)));
    if walker.balance.pending.is_zero() || walker.today >= plus_days(add(from, TEN_BUSINESS_DAYS, walker.calendar), 1) {
        return Decimal::ZERO;
    }
    walker.balance.pending
}
