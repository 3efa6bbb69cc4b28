//! Why a step is due on a later day than today: only what really holds it to that day is told.

use chrono::NaiveDate;

use super::Keeps;
use super::words::keeps;
use crate::domain::StepOutcome;
use crate::engine::scene::{Scene, Walker};
use crate::engine::timing::{first_done, held_back_until, spaced};
use crate::workflow::{Anchor, Workflow};

/// The reasons why the step at `index` is due on `day`; `planned` is its own day, none where a jump landed on it.
pub(super) fn of(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    workflow: &Workflow,
    index: usize,
    (day, planned): (NaiveDate, Option<NaiveDate>),
) -> Vec<Keeps> {
    let mut found = Vec::new();
    if let Ok(Some(last)) = held_back_until(scene, walker, workflow, index)
        && last >= walker.today
    {
        found.push(keeps("deadline_running", format!("the debtor has until {last}, the whole day"), "time"));
    }
    // A day that the step does not wait for is no reason, whatever the file planned.
    let holds = |date: &NaiveDate| *date > walker.today && *date <= day;
    if let Some(planned) = planned.filter(holds) {
        let due_on = walker.due_on.map_or(String::new(), |due_on| format!(", the due date is {due_on}"));
        found.push(keeps("not_due", format!("planned for {planned}{due_on}"), "time"));
    }
    let done = walker.case.journal.iter().rev().find(|record| record.outcome == StepOutcome::Done);
    let kept = planned.map(|planned| spaced(walker, workflow, planned)).filter(|kept| Some(*kept) > planned);
    if let (Some(kept), Some(last)) = (kept.filter(holds), done) {
        let (step, on) = (&last.step, last.day);
        let because = format!("{step} was done on {on}, so it is not due before {kept}, as far apart as the file says");
        found.push(keeps("spacing", because, "time"));
    }
    if found.is_empty() && day > walker.today {
        found.push(keeps("not_due", otherwise(walker, workflow, index, day), "time"));
    }
    found
}

/// What sets the day of a step that neither its plan, nor spacing, nor a deadline sets.
fn otherwise(walker: &Walker<'_>, workflow: &Workflow, index: usize, day: NaiveDate) -> String {
    let parent = match &workflow.steps[index].anchor {
        Anchor::AfterStep(id, _) | Anchor::AfterDeadlineOf(id, _) if walker.case.go_to.is_none() => workflow.step(id),
        _ => None,
    };
    match parent.and_then(|(_, step)| Some((step, first_done(walker, step)?))) {
        Some((step, record)) => format!("due on {day}, counted from {}, which was done on {}", step.id, record.day),
        None => format!("due on {day}: two steps of one case never go on one day"),
    }
}
