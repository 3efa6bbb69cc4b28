//! Reads into the journal what became of notices and tasks (rules 6, 20, 23, 25).
//!
//! A step is done on the day its first notice was accepted, or its task was created. Ordered notices that nobody
//! has claimed leave the journal here: whether they still stand is decided anew each time.

use super::acts;
use super::days::{civil_day, plus_days};
use super::delivery::{Standing, standing};
use super::scene::{Outcome, Scene, Walker};
use crate::domain::{StepOutcome, StepRecord, TaskState};
use crate::workflow::{Action, OnTimeout, Step};

/// After so many days a bounce sends no fallback any more (rule 20).
pub(super) const FALLBACK_DAYS_MAX: i64 = 10;

/// Brings the journal of a case up to date.
pub(super) fn read(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let Some(workflow) = walker.workflow else { return };
    let mut index = 0;
    while index < walker.case.journal.len() {
        let record = &walker.case.journal[index];
        let Some((place, step)) = workflow.step(&record.step) else {
            index += 1;
            continue;
        };
        match record.outcome {
            StepOutcome::Ordered if is_tentative(scene, record) => {
                let record = walker.case.journal.remove(index);
                walker.tentative.push(record);
                continue;
            }
            StepOutcome::Ordered => read_ordered(scene, walker, outcome, index, place, step),
            StepOutcome::Done => read_done(scene, walker, index, step),
            StepOutcome::Skipped(_) => {}
        }
        index += 1;
    }
}

fn standings(scene: &Scene<'_>, record: &StepRecord) -> Vec<Standing> {
    let notice = |id| scene.account.notices.get(id).map_or(Standing::Open, |notice| standing(scene, notice));
    record.notices.iter().map(notice).collect()
}

/// Whether nothing of a journal line has begun: all its notices are unclaimed and no task was opened.
fn is_tentative(scene: &Scene<'_>, record: &StepRecord) -> bool {
    record.task.is_none()
        && record.failed_since.is_none()
        && !record.notices.is_empty()
        && standings(scene, record).iter().all(|one| *one == Standing::Open)
}

fn read_ordered(
    scene: &Scene<'_>,
    walker: &mut Walker<'_>,
    outcome: &mut Outcome,
    index: usize,
    place: usize,
    step: &Step,
) {
    let record = &walker.case.journal[index];
    let standings = standings(scene, record);
    let accepted = standings.iter().filter_map(|one| match one {
        Standing::Accepted(at) | Standing::Bounced(at) => Some(*at),
        _ => None,
    });
    let accepted = accepted.min();
    let task = record.task.and_then(|id| scene.task(outcome, &id));
    let task_is_over = match task.map(|task| task.state) {
        Some(TaskState::Open) => false,
        Some(TaskState::TimedOut) => !holds_on_timeout(step),
        _ => true,
    };
    let has_task = record.task.is_some();
    if (record.notices.is_empty() || accepted.is_some()) && task_is_over {
        let record = &mut walker.case.journal[index];
        record.outcome = StepOutcome::Done;
        record.at = scene.now;
        if let Some(at) = accepted.filter(|_| !has_task) {
            record.day = civil_day(walker.zone, at);
        }
        walker.case.phase = Some(step.phase);
        if accepted.is_some() {
            acts::perform(scene, walker, outcome, place, step);
        }
    } else if standings.iter().all(|one| *one == Standing::Rejected) && !standings.is_empty() {
        walker.case.journal[index].failed_since.get_or_insert(scene.now);
    }
}

/// A step whose only channels bounced within ten days may have a fallback.
fn read_done(scene: &Scene<'_>, walker: &mut Walker<'_>, index: usize, step: &Step) {
    let record = &walker.case.journal[index];
    if step.if_unreachable.is_empty() || record.notices.is_empty() || record.failed_since.is_some() {
        return;
    }
    let failed = |one: &Standing| matches!(one, Standing::Bounced(_) | Standing::Rejected);
    let in_time = walker.today <= plus_days(record.day, FALLBACK_DAYS_MAX);
    if in_time && standings(scene, record).iter().all(failed) {
        walker.case.journal[index].failed_since = Some(scene.now);
    }
}

/// Whether the case is held when nobody answers the step's task in time.
pub(super) fn holds_on_timeout(step: &Step) -> bool {
    step.actions.iter().any(|action| matches!(action, Action::Task(task) if task.on_timeout == OnTimeout::Hold))
}
