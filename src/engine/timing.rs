//! When a step goes: planned day, due day, deadlines, the moment (rules 1 to 9, 11, 12).
//!
//! Everything here is a question; nothing is written.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::days::{add, civil_day, day_start, moment, open_hours, plus_days, subtract};
use super::delivery::{Reports, proof_among};
use super::scene::{Scene, Walker};
use crate::domain::{Account, StepOutcome, StepRecord};
use crate::law::Calendar;
use crate::workflow::{Anchor, ContactHours, Deadline, Duration, Step, Workflow};

/// How far ahead an opening is looked for: longer than any budget window in use, and a bound on the work.
const SEARCH_DAYS_MAX: i64 = 800;

/// The next thing a case has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// An occurrence of a step, by its place in the file.
    Step { index: usize, occurrence: u32 },
    /// A step was ordered and is not through.
    InFlight,
    /// Every step is done or skipped.
    End,
}

/// When a step is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// On this day.
    On(NaiveDate),
    /// Its anchor's date is not known.
    DateMissing,
    /// Its parent was skipped.
    ParentSkipped,
    /// A deadline waits for its proof event.
    ProofMissing,
}

/// A deadline that a step gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeadlineState {
    /// Its last day.
    Ends(NaiveDate),
    /// The proof event is not on record; the step was done on this day.
    NotStarted(NaiveDate),
}

/// Where a case stands in its workflow.
pub(super) fn position(walker: &Walker<'_>, workflow: &Workflow) -> Position {
    for (index, step) in workflow.steps.iter().enumerate() {
        let (mut done, mut ended) = (0, false);
        for record in walker.records(step) {
            match record.outcome {
                StepOutcome::Ordered => return Position::InFlight,
                StepOutcome::Done => done = done.max(record.occurrence),
                StepOutcome::Skipped(_) => ended = true,
            }
        }
        let at_most = step.repeat.map_or(1, |repeat| repeat.at_most.max(1));
        if !ended && done < at_most {
            return Position::Step { index, occurrence: done + 1 };
        }
    }
    Position::End
}

/// The planned day of a step, from the invoice's own dates alone (rule 5).
pub(super) fn planned(walker: &Walker<'_>, workflow: &Workflow, step: &Step) -> Option<NaiveDate> {
    planned_within(walker, workflow, step, workflow.steps.len())
}

/// `hops` bounds a chain of parents, so that even a circular file ends.
fn planned_within(walker: &Walker<'_>, workflow: &Workflow, step: &Step, hops: usize) -> Option<NaiveDate> {
    let calendar = walker.calendar;
    let parent = |id| planned_within(walker, workflow, workflow.step(id)?.1, hops.checked_sub(1)?);
    match &step.anchor {
        Anchor::BeforeDue(term) => Some(subtract(walker.due_on?, *term, calendar)),
        Anchor::AfterDue(term) => {
            let due_on = walker.due_on?;
            // The due date itself is the debtor's: `0 days` is the day after it.
            Some(add(due_on, *term, calendar).max(plus_days(due_on, 1)))
        }
        Anchor::AfterIssue(term) => Some(add(walker.invoice.fact.issued_on, *term, calendar)),
        Anchor::AfterDelivery(term) => Some(add(walker.invoice.fact.delivered_on?, *term, calendar)),
        Anchor::AfterStep(id, wait) => Some(add(parent(id)?, *wait, calendar)),
        Anchor::AfterDeadlineOf(id, wait) => {
            let term = workflow.step(id)?.1.deadline?.term;
            Some(after_last_day(add(parent(id)?, term, calendar), *wait, walker))
        }
    }
}

/// What follows a last day: the day after it, or `wait` counted from it.
fn after_last_day(last: NaiveDate, wait: Duration, walker: &Walker<'_>) -> NaiveDate {
    add(last, wait, walker.calendar).max(plus_days(last, 1))
}

/// The day on which an occurrence of a step is due (rules 5, 6, 9, 11, 12), before hours, budget and holds.
pub(super) fn due(scene: &Scene<'_>, walker: &Walker<'_>, workflow: &Workflow, index: usize, occurrence: u32) -> Due {
    let step = &workflow.steps[index];
    let day = match &step.anchor {
        Anchor::AfterStep(id, wait) | Anchor::AfterDeadlineOf(id, wait) => {
            let Some((_, parent)) = workflow.step(id) else { return Due::ParentSkipped };
            let Some(record) = first_done(walker, parent) else { return Due::ParentSkipped };
            match (&step.anchor, parent.deadline) {
                (Anchor::AfterDeadlineOf(..), Some(_)) => match deadline_state(scene, walker, workflow, record) {
                    Some(DeadlineState::Ends(last)) => after_last_day(last, *wait, walker),
                    _ => return Due::ProofMissing,
                },
                _ => add(record.day, *wait, walker.calendar),
            }
        }
        _ => match planned(walker, workflow, step) {
            Some(planned) => spaced(walker, workflow, planned),
            None => return Due::DateMissing,
        },
    };
    let day = match step.repeat.filter(|_| occurrence > 1) {
        Some(repeat) => repeated(walker, step, repeat.every, day),
        None => day,
    };
    not_before(scene, walker, workflow, index, day)
}

/// The day on which a step is due that a jump lands on: today, save for what holds it back.
pub(super) fn due_at_once(scene: &Scene<'_>, walker: &Walker<'_>, workflow: &Workflow, index: usize) -> Due {
    not_before(scene, walker, workflow, index, walker.today)
}

/// `day`, moved behind the deadlines that run and the last thing done.
fn not_before(scene: &Scene<'_>, walker: &Walker<'_>, workflow: &Workflow, index: usize, day: NaiveDate) -> Due {
    match held_back_until(scene, walker, workflow, index) {
        Ok(last) => Due::On(last.map_or(day, |last| day.max(plus_days(last, 1))).max(after_last_act(walker))),
        Err(()) => Due::ProofMissing,
    }
}

/// `max(planned(i), done(j) + (planned(i) − planned(j)))`: never closer together than the file says.
pub(super) fn spaced(walker: &Walker<'_>, workflow: &Workflow, planned_day: NaiveDate) -> NaiveDate {
    // A step that the file no longer has tells no gap; the one before it does.
    let mut done = walker.case.journal.iter().rev().filter(|record| record.outcome == StepOutcome::Done);
    let Some((_, step)) = done.find_map(|record| workflow.step(&record.step)) else { return planned_day };
    let Some(first) = first_done(walker, step) else { return planned_day };
    let gap = planned(walker, workflow, step).map_or(0, |before| (planned_day - before).num_days().max(0));
    planned_day.max(plus_days(first.day, gap))
}

/// A repetition goes `every` after the one before, and not before its own planned day.
fn repeated(walker: &Walker<'_>, step: &Step, every: Duration, first: NaiveDate) -> NaiveDate {
    let done = |record: &&StepRecord| record.outcome == StepOutcome::Done;
    let last = walker.records(step).filter(done).max_by_key(|record| record.occurrence);
    last.map_or(first, |last| add(last.day, every, walker.calendar))
}

/// Two steps of one case never go on one day.
fn after_last_act(walker: &Walker<'_>) -> NaiveDate {
    let done = |record: &&StepRecord| record.outcome == StepOutcome::Done;
    let last = walker.case.journal.iter().filter(done).map(|record| record.day).max();
    last.map_or(NaiveDate::MIN, |last| plus_days(last, 1))
}

/// The first occurrence of a step that was really done: the one gaps and waits count from.
pub(super) fn first_done<'a>(walker: &'a Walker<'_>, step: &'a Step) -> Option<&'a StepRecord> {
    walker.records(step).find(|record| record.outcome == StepOutcome::Done)
}

/// The deadline given by a journal line, where its step gives one (rule 9).
pub(super) fn deadline_state(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    workflow: &Workflow,
    record: &StepRecord,
) -> Option<DeadlineState> {
    let deadline = workflow.step(&record.step)?.1.deadline?;
    let started = term_of((scene.account, &scene.reports), record, deadline, (walker.zone, walker.calendar));
    Some(started.map_or(DeadlineState::NotStarted(record.day), |(_, last)| DeadlineState::Ends(last)))
}

/// The day of the proof from which the deadline of a journal line runs, and its last day; `None` without the proof.
pub(super) fn term_of(
    (account, reports): (&Account, &Reports),
    record: &StepRecord,
    deadline: Deadline,
    (zone, calendar): (Tz, &Calendar),
) -> Option<(NaiveDate, NaiveDate)> {
    let from = civil_day(zone, proof_among(account, reports, record, deadline.after)?);
    Some((from, calendar.business_day_from(add(from, deadline.term, calendar))))
}

/// The last day of the deadlines that hold the step at `index` back; an error where one has not started.
pub(super) fn held_back_until(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    workflow: &Workflow,
    index: usize,
) -> Result<Option<NaiveDate>, ()> {
    if matches!(workflow.steps[index].anchor, Anchor::AfterStep(..)) {
        return Ok(None);
    }
    let mut latest = None;
    for record in walker.case.journal.iter().filter(|record| record.outcome == StepOutcome::Done) {
        let earlier = workflow.step(&record.step).is_some_and(|(place, _)| place < index);
        match deadline_state(scene, walker, workflow, record).filter(|_| earlier) {
            Some(DeadlineState::Ends(last)) => latest = latest.max(Some(last)),
            Some(DeadlineState::NotStarted(_)) => return Err(()),
            None => {}
        }
    }
    Ok(latest)
}

/// Since when nothing holds the case back before the step at `index`, and its day is what it is now: a term may have
/// ended before anybody knew of the proof that it had begun.
pub(super) fn free_since(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    workflow: &Workflow,
    index: usize,
) -> Option<DateTime<Utc>> {
    let gives_term = |record: &&StepRecord| {
        let step = workflow.step(&record.step);
        step.is_some_and(|(place, step)| place < index && step.deadline.is_some())
    };
    let records = walker.case.journal.iter().filter(gives_term);
    let known = records.filter_map(|record| scene.reports.known_since(record)).max();
    walker.case.free_since.map(|free| known.map_or(free, |known| free.max(known)))
}

/// The earliest instant, now or later, at which the case may go on `from` or after: the opening of a day, or now
/// where that day is open and its opening found the case free (rule 2). With `free_since` absent a person's act
/// is carried out, and any open hour will do. `allow` asks the contact budget.
pub(super) fn opening_from(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    hours: &ContactHours,
    from: NaiveDate,
    free_since: Option<DateTime<Utc>>,
    allow: impl Fn(NaiveDate) -> bool,
) -> Option<DateTime<Utc>> {
    let first = from.max(walker.today);
    for ahead in 0..SEARCH_DAYS_MAX {
        let day = plus_days(first, ahead);
        let hours = open_hours(hours, day, walker.calendar);
        let Some((opening, _)) = hours.first() else { continue };
        let missed = free_since.is_some_and(|since| moment(walker.zone, day, *opening) < since);
        if missed || !allow(day) {
            continue;
        }
        for (start, end) in hours {
            // Of hours that the clock jumps over nothing is left.
            let start = moment(walker.zone, day, *start).max(scene.now);
            if start < moment(walker.zone, day, *end) {
                return Some(start);
            }
        }
    }
    None
}

/// When the contact interval that holds `now` ends; `now` itself where none does.
pub(super) fn interval_end(scene: &Scene<'_>, walker: &Walker<'_>, hours: &ContactHours) -> DateTime<Utc> {
    let hours = open_hours(hours, walker.today, walker.calendar);
    let ends = hours.iter().map(|(start, end)| (moment(walker.zone, walker.today, *start), *end));
    let current = ends.filter(|(start, _)| *start <= scene.now).map(|(_, end)| moment(walker.zone, walker.today, end));
    current.max().unwrap_or(scene.now)
}

/// The first instant of the day after a term's last day.
pub(super) fn day_after(walker: &Walker<'_>, last: NaiveDate) -> DateTime<Utc> {
    day_start(walker.zone, plus_days(last, 1))
}
