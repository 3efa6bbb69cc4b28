//! What is left to send of steps already under way: fallbacks of what failed (rule 20), and notices of a step of
//! which another channel has left.
//!
//! Both belong to the contact of their step and do not wait for the contact budget.

use std::collections::BTreeSet;

use super::days::{civil_day, plus_days};
use super::delivery::{Standing, handed_over, standing};
use super::holds::stale_feed;
use super::hours;
use super::needs::{blocked, not_contacted};
use super::progress::FALLBACK_DAYS_MAX;
use super::questions::{Question, ask_once};
use super::reach;
use super::scene::{Outcome, Scene, Walker};
use super::scope::CaseScope;
use super::timing::opening_from;
use super::walk::{Candidate, Consent, Part, consent, consent_to_rest, take_back};
use crate::domain::{Channel, Kind, NoticeId, Reason, StepOutcome, StepRecord};
use crate::workflow::{Message, Step};

/// Finds fallbacks and remaining notices whose moment has come.
pub(super) fn find<'a>(
    scene: &Scene<'a>,
    walker: &mut Walker<'a>,
    outcome: &mut Outcome,
    at: usize,
    found: &mut Vec<Candidate>,
) {
    let Some(workflow) = walker.workflow else { return };
    if !walker.is_open() || walker.is_held() || walker.is_below_minimum() {
        return;
    }
    for line in 0..walker.case.journal.len() {
        let record = &walker.case.journal[line];
        let Some((index, step)) = workflow.step(&record.step) else { continue };
        if matches!(record.outcome, StepOutcome::Skipped(_)) || record.notices.is_empty() {
            continue;
        }
        let (occurrence, since) = (record.occurrence, record.failed_since);
        let parts: Vec<Part> = match since {
            None => remaining(scene, record, line, walker).into_iter().map(Part::Rest).collect(),
            Some(_) if waits_for_fallback(scene, record) => vec![Part::Fallback],
            Some(_) => Vec::new(),
        };
        let place = (index, occurrence);
        if parts.is_empty() {
            no_more(scene, walker, outcome, place);
            continue;
        }
        if !may_go(scene, walker, outcome, line, index) {
            continue;
        }
        let record = &walker.case.journal[line];
        if since.is_some() {
            let over = record.outcome == StepOutcome::Done && walker.today > last_day(walker, record);
            if over || fallbacks(scene, step, record).is_empty() {
                no_more(scene, walker, outcome, place);
                give_up(scene, walker, outcome, line, index, step);
                continue;
            }
        }
        let Some((consent, given)) = consent_to_rest(scene, walker, outcome, workflow, place) else { continue };
        // Who says yes in open hours is obeyed at once.
        let since = since.filter(|since| given.is_none_or(|given| given < *since));
        let hours = match parts.contains(&Part::Fallback) {
            true => hours::of_fallback(scene, workflow, step),
            false => hours::of_step(scene, workflow, step),
        };
        let candidates = parts.into_iter().map(|part| {
            let because = vec![match part {
                Part::Fallback => "no other notice of the step reached the debtor".to_owned(),
                _ => "part of a step under way".to_owned(),
            }];
            Candidate { walker: at, index, occurrence, part, consent, because }
        });
        match opening_from(scene, walker, &hours, walker.today, since, |_| true) {
            // What is asked for is compared with what would be asked now, whatever the hour.
            _ if matches!(consent, Consent::Asked(_)) => found.extend(candidates),
            Some(moment) if moment == scene.now => found.extend(candidates),
            Some(moment) => outcome.wake(scene.now, moment),
            None => {}
        }
    }
}

/// Takes back what was asked about the rest of a step of which nothing is left to go.
fn no_more<'a>(scene: &Scene<'a>, walker: &mut Walker<'a>, outcome: &mut Outcome, place: (usize, u32)) {
    if let Some(workflow) = walker.workflow {
        let (task, _) = consent(scene, walker, outcome, workflow, place);
        take_back(outcome, task);
    }
}

/// Whether nothing forbids what is left of a step: a block, a stale feed, its `when`, or the debtor's wish. Where a step
/// that never reached anybody may not go any more it is skipped.
fn may_go(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome, line: usize, index: usize) -> bool {
    let Some(workflow) = walker.workflow else { return false };
    let step = &workflow.steps[index];
    let in_flight = walker.case.journal[line].outcome == StepOutcome::Ordered;
    let hold = blocked(scene, workflow, step).or_else(|| stale_feed(scene, walker));
    if let Some(hold) = hold.or_else(|| not_contacted(scene, step).filter(|_| in_flight)) {
        walker.step_holds.push(hold);
        return false;
    }
    let answer = step.when.as_ref().map(|when| when.evaluate(&CaseScope::of(scene, walker)));
    if let Some(answer) = answer.filter(|answer| !answer.value) {
        if in_flight && walker.case.journal[line].failed_since.is_some() {
            let entry = walker.step_entry(scene, Kind::Skipped, Some(Reason::WhenFalse), index, step);
            outcome.say(entry, answer.because);
            end(scene, walker, line, Reason::WhenFalse);
        }
        return false;
    }
    not_contacted(scene, step).is_none()
}

/// The last day on which what is left of a step goes: ten days after it was done, or after what held it back ended.
fn last_day(walker: &Walker<'_>, record: &StepRecord) -> chrono::NaiveDate {
    let free = walker.case.free_since.map_or(record.day, |since| civil_day(walker.zone, since));
    plus_days(record.day.max(free), FALLBACK_DAYS_MAX)
}

/// Notices of the line that have not left while others have: for ten days, and until the case has moved on.
fn remaining(scene: &Scene<'_>, record: &StepRecord, line: usize, walker: &Walker<'_>) -> BTreeSet<NoticeId> {
    let moved_on = record.outcome == StepOutcome::Done && line + 1 < walker.case.journal.len();
    if moved_on || walker.today > last_day(walker, record) {
        return BTreeSet::new();
    }
    let notices = record.notices.iter().filter_map(|id| scene.account.notices.get(id));
    notices.filter(|notice| handed_over(scene.account, notice) == Standing::Open).map(|notice| notice.id).collect()
}

/// Whether no fallback of the line has left yet.
fn waits_for_fallback(scene: &Scene<'_>, record: &StepRecord) -> bool {
    let notices = record.notices.iter().filter_map(|id| scene.account.notices.get(id));
    notices
        .map(|notice| standing(scene, notice))
        .all(|one| matches!(one, Standing::Open | Standing::Rejected | Standing::Bounced(_)))
}

/// The fallback messages that can be used: the channel of a failed notice cannot carry a second one.
pub(super) fn fallbacks<'a>(scene: &Scene<'_>, step: &'a Step, record: &StepRecord) -> Vec<&'a Message> {
    let notices = record.notices.iter().filter_map(|id| scene.account.notices.get(id));
    let failed = notices.filter(|notice| standing(scene, notice) != Standing::Open);
    let failed: BTreeSet<Channel> = failed.map(|notice| notice.channel).collect();
    let fallbacks = step.if_unreachable.iter();
    let usable = |message: &&Message| !failed.contains(&message.channel) && reach::recipient(scene, message).is_some();
    fallbacks.filter(usable).collect()
}

/// Nothing is left to try: a step that was never done is skipped as unreachable, with a task.
fn give_up(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome, line: usize, index: usize, step: &Step) {
    if walker.case.journal[line].outcome != StepOutcome::Ordered {
        return;
    }
    let question = Question {
        why: "unreachable",
        what: step.id.as_str(),
        note: "Every notice of this step was refused: mend the debtor's contacts, the template or the sender.",
        answers: &[],
    };
    ask_once(scene, walker, outcome, &question, format!("step {}", step.id));
    let entry = walker.step_entry(scene, Kind::Skipped, Some(Reason::Unreachable), index, step);
    outcome.say(entry, ["every notice was refused".to_owned()]);
    end(scene, walker, line, Reason::Unreachable);
}

/// Ends a journal line of a step that was never done.
fn end(scene: &Scene<'_>, walker: &mut Walker<'_>, line: usize, reason: Reason) {
    let today = walker.today;
    let record = &mut walker.case.journal[line];
    record.outcome = StepOutcome::Skipped(reason);
    record.day = today;
    record.at = scene.now;
}
