//! What steps do besides sending: tasks, publishing, handing over; and blocks, which follow from the journals
//! (rules 23, 24, 37).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::days::add;
use super::scene::{Outcome, Scene, Walker, blank_task};
use super::timing::day_after;
use crate::domain::{Block, CaseState, InvoiceId, Kind, StepOutcome, Task, TaskId};
use crate::workflow::{Action, OnTimeout, Step, TaskAction};

/// Does what a step does once it is done, for one case. Blocks follow from the journal.
pub(super) fn perform(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome, place: usize, step: &Step) {
    for action in &step.actions {
        match action {
            Action::Publish(name) => {
                let entry = walker.step_entry(scene, Kind::Published, None, place, step);
                outcome.say(entry, [format!("event {name}")]);
            }
            Action::Handover { to, procedure } => {
                walker.case.state = CaseState::HandedOver;
                walker.case.free_since = None;
                let by = procedure.as_ref().map_or(String::new(), |procedure| format!(", {procedure}"));
                let entry = walker.step_entry(scene, Kind::HandedOver, None, place, step);
                outcome.say(entry, [format!("to {to}{by}")]);
            }
            Action::Message(_) | Action::Survey(_) | Action::Task(_) | Action::Block(_) | Action::Unblock(_) => {}
        }
    }
}

/// The task of a step, where it has one.
pub(super) fn task_action(step: &Step) -> Option<&TaskAction> {
    step.actions.iter().find_map(|action| match action {
        Action::Task(task) => Some(task),
        _ => None,
    })
}

/// Opens the one task of a step for all of `cases`, the first of which leads.
pub(super) fn open_task(
    scene: &Scene<'_>,
    lead: &Walker<'_>,
    outcome: &mut Outcome,
    (place, step, occurrence): (usize, &Step, u32),
    cases: Vec<InvoiceId>,
    because: Vec<String>,
) -> Option<TaskId> {
    let action = task_action(step)?;
    let key =
        [scene.account.key.creditor.as_str(), lead.id().as_str(), step.id.as_str(), &occurrence.to_string(), "task"];
    let id = TaskId::derive(&key);
    let last = add(lead.today, action.within, lead.office);
    outcome.wake(scene.now, day_after(lead, last));
    let entry = lead.step_entry(scene, Kind::Task, None, place, step);
    let task = Task {
        invoices: cases.clone(),
        step: Some(step.id.clone()),
        occurrence,
        outcomes: step.outcomes.keys().cloned().collect(),
        due_on: Some(last),
        ..filled(blank_task(id, lead, &action.kind, scene.now), action)
    };
    outcome.tasks.insert(id, task);
    outcome.say(crate::domain::Entry { invoices: cases, ..entry }, because);
    Some(id)
}

/// A task with what the workflow says about it.
pub(super) fn filled(task: Task, action: &TaskAction) -> Task {
    Task {
        kind: action.kind.clone(),
        assign: action.assign.clone(),
        script: action.script.clone(),
        note: action.note.clone(),
        ..task
    }
}

/// Whether nobody's answer leaves the task standing.
pub(super) fn is_reminded(action: &TaskAction) -> bool {
    action.on_timeout == OnTimeout::Remind
}

/// Blocks that stand because a journal says that they were asked for, by name.
type Asked = BTreeMap<String, BTreeMap<InvoiceId, (usize, usize)>>;

/// Brings the account's blocks into line with the journals: asked for once, released when no unsettled case asks
/// any more.
pub(super) fn blocks(scene: &Scene<'_>, walkers: &[Walker<'_>], outcome: &mut Outcome) {
    let mut asked = Asked::new();
    for (index, walker) in walkers.iter().enumerate() {
        ask(walker, index, &mut asked);
    }
    for (name, cases) in &asked {
        let standing = scene.account.blocks.get(name).filter(|block| block.released_at.is_none());
        let asked_by: Vec<InvoiceId> = cases.keys().cloned().collect();
        if standing.is_some_and(|block| block.asked_by == asked_by) {
            continue;
        }
        for (case, (walker, place)) in cases {
            if !standing.is_some_and(|block| block.asked_by.contains(case)) {
                let walker = &walkers[*walker];
                let Some(step) = walker.workflow.and_then(|workflow| workflow.steps.get(*place)) else { continue };
                outcome.say(walker.step_entry(scene, Kind::Block, None, *place, step), [format!("block {name}")]);
            }
        }
        let since = standing.map_or(scene.now, |block| block.since);
        outcome.blocks.push(Block { name: name.clone(), asked_by, since, released_at: None });
    }
    let released = |block: &&Block| block.released_at.is_none() && !asked.contains_key(&block.name);
    for block in scene.account.blocks.values().filter(released) {
        outcome.blocks.push(Block { released_at: Some(scene.now), ..block.clone() });
        if let Some(walker) = walkers.iter().find(|walker| block.asked_by.contains(walker.id())) {
            let because = [format!("no unsettled case asks for {} any more", block.name)];
            let entry = unblocked_by(walkers, block)
                .map(|(walker, place, step)| walker.step_entry(scene, Kind::Unblock, None, place, step))
                .unwrap_or_else(|| walker.entry(scene, Kind::Unblock, None));
            outcome.say(crate::domain::Entry { invoices: block.asked_by.clone(), ..entry }, because);
        }
    }
}

/// The step that released a block, where a step did.
fn unblocked_by<'b, 'a>(walkers: &'b [Walker<'a>], block: &Block) -> Option<(&'b Walker<'a>, usize, &'a Step)> {
    walkers
        .iter()
        .filter(|walker| block.asked_by.contains(walker.id()) && walker.balance.open > Decimal::ZERO)
        .find_map(|walker| {
            let steps = walker.workflow?.steps.iter().enumerate();
            let unblocks = |step: &Step| {
                step.actions.iter().any(|action| matches!(action, Action::Unblock(name) if *name == block.name))
            };
            let done = |step: &Step| walker.records(step).any(|record| record.outcome == StepOutcome::Done);
            let (place, step) = steps.rev().find(|(_, step)| unblocks(step) && done(step))?;
            Some((walker, place, step))
        })
}

/// The blocks that one unsettled case asks for.
fn ask(walker: &Walker<'_>, index: usize, asked: &mut Asked) {
    let over = matches!(walker.case.state, CaseState::Settled | CaseState::Voided);
    let Some(workflow) = walker.workflow.filter(|_| !over) else { return };
    for (place, step) in workflow.steps.iter().enumerate() {
        for action in &step.actions {
            let done = || walker.records(step).any(|record| record.outcome == StepOutcome::Done);
            match action {
                Action::Block(name) if done() => {
                    asked.entry(name.clone()).or_default().insert(walker.id().clone(), (index, place));
                }
                Action::Unblock(name) if done() => {
                    if let Some(cases) = asked.get_mut(name) {
                        cases.remove(walker.id());
                    }
                }
                _ => {}
            }
        }
    }
    asked.retain(|_, cases| !cases.is_empty());
}
