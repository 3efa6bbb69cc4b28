//! What people answered, and what follows when nobody does (rule 23).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::acts::{is_reminded, task_action};
use super::days::add;
use super::holds::TEN_BUSINESS_DAYS;
use super::questions::{Question, ask_once};
use super::scene::{Outcome, Scene, Walker};
use super::timing::day_after;
use crate::domain::{
    ApprovalAnswer, Awaited, CaseState, Entry, InvoiceId, Kind, Reason, Task, TaskRef, TaskState, Version,
};
use crate::workflow::{Effect, OnTimeout, TaskAction};

/// The outcome that gives an approval.
pub const APPROVED: &str = "approved";
/// The outcome that refuses one.
pub const REJECTED: &str = "rejected";
/// The kind of task that asks for an approval.
pub const APPROVAL: &str = "approval";

/// An answer found among the facts.
struct Answer<'a> {
    outcome: &'a str,
    by: &'a str,
    version: &'a Version,
}

/// Reads answers and time-outs into tasks and cases.
pub(super) fn read(scene: &Scene<'_>, walkers: &mut [Walker<'_>], outcome: &mut Outcome) {
    for task in scene.account.tasks.values() {
        let waits = match task.state {
            TaskState::Open | TaskState::TimedOut => true,
            TaskState::Answered => task.kind == APPROVAL && task.outcome.as_deref() == Some(REJECTED),
            TaskState::Withdrawn => false,
        };
        if !waits || is_asked_anew(scene, task) {
            continue;
        }
        if let Some(answer) = find(scene, task) {
            answered(scene, walkers, outcome, task, &answer);
        } else if task.state == TaskState::Open {
            time_out(scene, walkers, outcome, task);
        }
    }
}

/// Whether a later approval of the same step took the place of this one.
fn is_asked_anew(scene: &Scene<'_>, task: &Task) -> bool {
    let later = |other: &Task| {
        other.kind == APPROVAL
            && other.step == task.step
            && other.occurrence == task.occurrence
            && (other.created_at, other.id) > (task.created_at, task.id)
            && other.invoices.iter().any(|invoice| task.invoices.contains(invoice))
    };
    task.kind == APPROVAL && scene.account.tasks.values().any(later)
}

/// The first answer that a task has not taken yet.
fn find<'a>(scene: &Scene<'a>, task: &Task) -> Option<Answer<'a>> {
    let facts = &scene.account.facts;
    let since = |time: DateTime<Utc>| time > task.answered_at.unwrap_or(task.created_at);
    let about = |invoice, step| {
        let same = |own| scene.account.is_same_step(invoice, own, step);
        task.invoices.contains(invoice) && task.step.as_ref().is_some_and(same)
    };
    let answers = facts.answers.values().filter(|answer| match &answer.fact.task {
        TaskRef::Id(id) => *id == task.id && task.answered_at.is_none_or(|at| answer.version.time > at),
        TaskRef::Step { invoice, step } => about(invoice, step) && since(answer.version.time),
    });
    let answers =
        answers.map(|answer| Answer { outcome: &answer.fact.outcome, by: &answer.fact.by, version: &answer.version });
    let approvals = facts.approvals.values().filter(|answer| {
        task.kind == APPROVAL && about(&answer.fact.invoice, &answer.fact.step) && since(answer.version.time)
    });
    let approvals = approvals.map(|answer| Answer {
        outcome: match answer.fact.answer {
            ApprovalAnswer::Approved => APPROVED,
            ApprovalAnswer::Rejected => REJECTED,
        },
        by: &answer.fact.by,
        version: &answer.version,
    });
    let is_answer = |answer: &Answer<'_>| task.kind != APPROVAL || matches!(answer.outcome, APPROVED | REJECTED);
    answers.chain(approvals).filter(is_answer).min_by(|a, b| a.version.cmp(b.version))
}

fn answered(scene: &Scene<'_>, walkers: &mut [Walker<'_>], outcome: &mut Outcome, task: &Task, answer: &Answer<'_>) {
    let changed = Task {
        state: TaskState::Answered,
        outcome: Some(answer.outcome.to_owned()),
        answered_by: Some(answer.by.to_owned()),
        answered_at: Some(answer.version.time),
        ..task.clone()
    };
    outcome.tasks.insert(task.id, changed);
    if task.kind == APPROVAL {
        let kind = if answer.outcome == APPROVED { Kind::Approved } else { Kind::Rejected };
        say_of_task(scene, walkers, outcome, task, kind, vec![format!("by {}", answer.by)]);
        return;
    }
    for walker in walkers.iter_mut().filter(|walker| task.invoices.contains(walker.id())) {
        if walker.workflow.is_none() {
            continue;
        }
        // What the answer sets free goes at the next opening.
        walker.case.free_since = walker.case.free_since.map(|_| scene.now);
        let step = task.step.as_ref().and_then(|id| walker.step_named(id));
        if let Some(effect) = step.and_then(|(_, step)| step.outcomes.get(answer.outcome)) {
            take_effect(scene, walker, outcome, effect, answer.version.time, task);
        }
    }
}

fn take_effect(
    scene: &Scene<'_>,
    walker: &mut Walker<'_>,
    outcome: &mut Outcome,
    effect: &Effect,
    at: DateTime<Utc>,
    task: &Task,
) {
    let reason = match effect {
        Effect::Promise => Reason::Promise,
        Effect::Dispute => Reason::Dispute,
        Effect::Plan => Reason::Plan,
        Effect::PaidSaysDebtor => Reason::PendingCollection,
        Effect::WrongContact => {
            let what = task.id.to_string();
            let question = Question {
                why: "unreachable",
                what: &what,
                note: "The contact is wrong; find the right one.",
                answers: &[],
            };
            ask_once(scene, walker, outcome, &question, "the contact is wrong".to_owned());
            return;
        }
        Effect::GoTo(target) => {
            walker.case.go_to = Some(target.clone());
            return;
        }
        Effect::None => return,
    };
    let until = add(walker.today, TEN_BUSINESS_DAYS, walker.office);
    walker.case.awaited = Some(Awaited { reason, since: at, until });
}

/// The action behind a task: a step's, or the workflow's last.
fn action_of<'a>(walker: &Walker<'a>, task: &Task) -> Option<&'a TaskAction> {
    let workflow = walker.workflow?;
    match &task.step {
        Some(id) => task_action(walker.step_named(id)?.1),
        None if task.reason.as_deref() == Some("exhausted") => workflow.on_exhausted.task.as_ref(),
        None => None,
    }
}

fn time_out(scene: &Scene<'_>, walkers: &mut [Walker<'_>], outcome: &mut Outcome, task: &Task) {
    let Some(lead) = walkers.iter().find(|walker| task.invoices.contains(walker.id())) else { return };
    let action = action_of(lead, task);
    let Some(last) = task.due_on.filter(|_| action.is_some() || task.kind == APPROVAL) else { return };
    let end = day_after(lead, last);
    if scene.now < end {
        // Paid, it is taken back in this decision: nobody need be woken for it.
        let mut about = walkers.iter().filter(|walker| task.invoices.contains(walker.id()));
        if about.any(|walker| !walker.balance.open.is_zero()) {
            outcome.wake(scene.now, end);
        }
        return;
    }
    if task.kind == APPROVAL {
        outcome.tasks.insert(task.id, Task { state: TaskState::TimedOut, ..task.clone() });
        return;
    }
    let Some(action) = action else { return };
    if is_reminded(action) {
        let due_on = add(lead.today, action.within, lead.office);
        outcome.wake(scene.now, day_after(lead, due_on));
        outcome.tasks.insert(task.id, Task { due_on: Some(due_on), ..task.clone() });
        say_of_task(scene, walkers, outcome, task, Kind::Task, vec![format!("not answered by {last}, said again")]);
        return;
    }
    let target = match &action.on_timeout {
        OnTimeout::GoTo(target) => Some(target.clone()),
        _ => None,
    };
    outcome.tasks.insert(task.id, Task { state: TaskState::TimedOut, ..task.clone() });
    for walker in walkers.iter_mut().filter(|walker| task.invoices.contains(walker.id())) {
        walker.case.free_since = walker.case.free_since.map(|since| since.max(end));
        if target.is_some() {
            walker.case.go_to.clone_from(&target);
        }
    }
}

/// An entry about a task and all its cases.
fn say_of_task(
    scene: &Scene<'_>,
    walkers: &[Walker<'_>],
    outcome: &mut Outcome,
    task: &Task,
    kind: Kind,
    because: Vec<String>,
) {
    let Some(lead) = walkers.iter().find(|walker| task.invoices.contains(walker.id())) else { return };
    let step = task.step.as_ref().and_then(|id| lead.step_named(id));
    let entry = match step {
        Some((place, step)) => lead.step_entry(scene, kind, None, place, step),
        None => lead.entry(scene, kind, Some(Reason::Exhausted)),
    };
    outcome.say(Entry { invoices: task.invoices.clone(), ..entry }, because);
}

/// Takes back tasks of steps and approvals whose cases are all over, stopped by insolvency, or have no such step.
pub(super) fn withdraw(scene: &Scene<'_>, walkers: &[Walker<'_>], outcome: &mut Outcome) {
    let open = scene.tasks(outcome).filter(|task| task.state == TaskState::Open && !task.invoices.is_empty());
    let of_steps = open.filter(|task| task.step.is_some() || is_moot_when_over(task));
    let by_id: BTreeMap<&InvoiceId, &Walker<'_>> = walkers.iter().map(|walker| (walker.id(), walker)).collect();
    let moot = |task: &&Task| {
        let concerned = task.invoices.iter().filter_map(|invoice| by_id.get(invoice).copied());
        let needless = |walker: &Walker<'_>| is_over(walker) || is_of_no_step(walker, task);
        concerned.fold((false, true), |(_, all), walker| (true, all && needless(walker))) == (true, true)
    };
    let moot: Vec<Task> = of_steps.filter(moot).cloned().collect();
    for task in moot {
        outcome.tasks.insert(task.id, Task { state: TaskState::Withdrawn, ..task });
    }
}

/// Tasks without a step that nobody needs once nothing is owed; claims are declared and notices cleared up all
/// the same.
fn is_moot_when_over(task: &Task) -> bool {
    !matches!(task.reason.as_deref(), Some("insolvency" | "uncertain"))
}

/// Whether a task is of a step that the case has no more, since it was moved to another revision.
fn is_of_no_step(walker: &Walker<'_>, task: &Task) -> bool {
    task.step.as_ref().is_some_and(|id| walker.workflow.is_some() && walker.step_named(id).is_none())
}

fn is_over(walker: &Walker<'_>) -> bool {
    matches!(walker.case.state, CaseState::Settled | CaseState::Voided)
        || walker.holds.iter().any(|hold| hold.reason == Reason::Insolvency)
}
