//! Jumps forward (rule 22): `go_to` lands on what a later step requires, then on its
//! target; a target that follows another step needs that one like a required one.
//!
//! A jump never shortens a deadline that runs, and nothing happens if the case is beyond its target.

use std::collections::BTreeSet;

use super::acts::task_action;
use super::needs::is_on_record;
use super::scene::{Outcome, Scene, Walker};
use super::timing::{self, Due};
use crate::domain::{StepId, Task, TaskState};
use crate::workflow::{Anchor, Effect, OnTimeout, Step, Workflow};

/// Whether a jump passes over the step at `index`. Ends a jump that has arrived.
pub(super) fn skips(scene: &Scene<'_>, walker: &mut Walker<'_>, workflow: &Workflow, index: usize) -> bool {
    let target = walker.case.go_to.as_ref().and_then(|id| workflow.step(id)).map(|(place, _)| place);
    match target {
        Some(place) if index <= place => index < place && !is_needed(scene, walker, workflow, index, place),
        _ => {
            walker.case.go_to = None;
            false
        }
    }
}

/// Whether something from the target on requires the step, or requires what requires it.
fn is_needed(scene: &Scene<'_>, walker: &Walker<'_>, workflow: &Workflow, index: usize, target: usize) -> bool {
    let mut needed: BTreeSet<&StepId> = workflow.steps[target..].iter().flat_map(|step| &step.requires).collect();
    needed.extend(parent(&workflow.steps[target]));
    for step in workflow.steps[index..target].iter().rev() {
        if needed.contains(&step.id) && !is_on_record(scene, walker, step) {
            needed.extend(&step.requires);
            needed.extend(parent(step));
        }
    }
    let step = &workflow.steps[index];
    needed.contains(&step.id) && !is_on_record(scene, walker, step)
}

/// The step that another follows: without it the other is skipped.
fn parent(step: &Step) -> Option<&StepId> {
    match &step.anchor {
        Anchor::AfterStep(id, _) | Anchor::AfterDeadlineOf(id, _) => Some(id),
        _ => None,
    }
}

/// When the step is due: at once in a jump, save for a deadline that runs and for a step done today. Repetitions keep
/// their distance, and what follows a step that was skipped is skipped.
pub(super) fn due(scene: &Scene<'_>, walker: &Walker<'_>, workflow: &Workflow, index: usize, occurrence: u32) -> Due {
    if walker.case.go_to.is_none() || occurrence > 1 {
        return timing::due(scene, walker, workflow, index, occurrence);
    }
    match parent(&workflow.steps[index]).map(|id| workflow.step(id)) {
        Some(parent) if parent.is_none_or(|(_, step)| timing::first_done(walker, step).is_none()) => Due::ParentSkipped,
        _ => timing::due_at_once(scene, walker, workflow, index),
    }
}

/// What led to the jump that the case is in, as a sentence; `None` where it is in none.
pub(super) fn whence(scene: &Scene<'_>, walker: &Walker<'_>, outcome: &Outcome, workflow: &Workflow) -> Option<String> {
    let (target, _) = workflow.step(walker.case.go_to.as_ref()?)?;
    let lands = |id: &StepId| workflow.step(id).is_some_and(|(place, _)| place == target);
    let led = |task: &Task| {
        let (_, step) = walker.step_named(task.step.as_ref()?)?;
        let by = task.answered_by.as_deref().unwrap_or_default();
        match (task.state, task.outcome.as_deref()) {
            (TaskState::Answered, Some(answer)) => match step.outcomes.get(answer)? {
                Effect::GoTo(id) if lands(id) => {
                    Some((task.answered_at, format!("{} was answered {answer} by {by}", step.id)))
                }
                _ => None,
            },
            (TaskState::TimedOut, _) => match &task_action(step)?.on_timeout {
                OnTimeout::GoTo(id) if lands(id) => Some((None, format!("nobody answered {} in time", step.id))),
                _ => None,
            },
            _ => None,
        }
    };
    let mine = scene.tasks(outcome).filter(|task| task.invoices.contains(walker.id()));
    let answer = mine.filter_map(led).max().map(|(_, sentence)| sentence);
    let promise =
        || workflow.on_broken_promise.as_ref().filter(|id| lands(id)).map(|_| "a promise was broken".to_owned());
    Some(answer.or_else(promise).unwrap_or_else(|| "a revision before this one said so".to_owned()))
}
