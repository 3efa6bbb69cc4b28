//! The end of a case and what waits for a person on the way: exhaustion (rule 13), missing proof (rule 9),
//! uncertain notices.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::acts::filled;
use super::days::{add, plus_days};
use super::delivery::{ANSWER_NOT_SENT, ANSWER_SENT, Standing, handed_over, uncertain_task};
use super::holds::TEN_BUSINESS_DAYS;
use super::insolvency::is_stopped;
use super::questions::{Question, ask_once};
use super::scene::{Hold, Outcome, Scene, Walker, blank_task};
use super::timing::{DeadlineState, Position, day_after, deadline_state, opening_from, position};
use crate::domain::{
    CaseState, DeliveryStatus, Entry, InvoiceId, Kind, NoticeState, Reason, StepOutcome, StepRecord, Task, TaskId,
    TaskState, WorkflowName,
};

/// Asks for the proof of deadlines that have not started; an unknown address holds the case.
pub(super) fn proofs(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let Some(workflow) = walker.workflow.filter(|_| walker.is_open()) else { return };
    for line in 0..walker.case.journal.len() {
        let record = &walker.case.journal[line];
        if record.outcome != StepOutcome::Done {
            continue;
        }
        let Some(DeadlineState::NotStarted(day)) = deadline_state(scene, walker, workflow, record) else { continue };
        let step = record.step.clone();
        let unknown = is_address_unknown(scene, record);
        let asked = day_after(walker, add(day, TEN_BUSINESS_DAYS, walker.office));
        if unknown {
            let because = format!("the address of {step} is unknown to the carrier");
            walker.step_holds.push(Hold::of(Reason::ProofMissing, because));
        } else if scene.now < asked {
            outcome.wake(scene.now, asked);
            continue;
        }
        walker.case.said.insert(format!("proof_missing:{step}"));
        let question = Question {
            why: "proof_missing",
            what: step.as_str(),
            note: "The proof that starts the deadline is missing; record it, or the presumption that applies.",
            answers: &[],
        };
        let awaited = workflow.step(&step).and_then(|(_, step)| step.deadline);
        let awaited = awaited.map_or_else(String::new, |deadline| deadline.after.to_string());
        ask_once(scene, walker, outcome, &question, format!("step {step} of {day}: no report `{awaited}` came"));
    }
}

fn is_address_unknown(scene: &Scene<'_>, record: &StepRecord) -> bool {
    let notices = record.notices.iter().filter_map(|id| scene.account.notices.get(id));
    let mut statuses =
        notices.flat_map(|notice| scene.reports.about(notice).map(|(status, _)| status).chain(notice.delivery));
    statuses.any(|status| status == DeliveryStatus::AddressUnknown)
}

/// Says which cases are exhausted now; those of one workflow share their task.
pub(super) fn exhaust(scene: &Scene<'_>, walkers: &mut [Walker<'_>], outcome: &mut Outcome) {
    let open = scene.tasks(outcome).filter(|task| task.state == TaskState::Open);
    let waiting: BTreeSet<InvoiceId> = open.flat_map(|task| task.invoices.iter().cloned()).collect();
    let mut closed: Vec<(WorkflowName, Vec<usize>)> = Vec::new();
    for (index, walker) in walkers.iter_mut().enumerate() {
        match exhausted_at(scene, walker, &waiting) {
            Some(at) if at <= scene.now => {}
            Some(at) => {
                outcome.wake(scene.now, at);
                continue;
            }
            None => continue,
        }
        walker.case.state = CaseState::Exhausted;
        walker.case.free_since = None;
        walker.case.said.insert("exhausted".to_owned());
        outcome.say(walker.entry(scene, Kind::Exhausted, None), ["every step is done or skipped".to_owned()]);
        let Some(name) = walker.workflow.map(|workflow| workflow.name.clone()) else { continue };
        match closed.iter_mut().find(|(known, _)| *known == name) {
            Some((_, cases)) => cases.push(index),
            None => closed.push((name, vec![index])),
        }
    }
    for (_, cases) in closed {
        open_last_task(scene, walkers, &cases, outcome);
    }
}

/// When a case is exhausted: after its last step, every deadline and open task, and the wait. `waiting` are the cases
/// that have an open task.
fn exhausted_at(scene: &Scene<'_>, walker: &Walker<'_>, waiting: &BTreeSet<InvoiceId>) -> Option<DateTime<Utc>> {
    let workflow = walker.workflow?;
    let free = walker.is_open() && !walker.is_held() && walker.step_holds.is_empty() && !walker.is_below_minimum();
    if !free || walker.case.said.contains("exhausted") || position(walker, workflow) != Position::End {
        return None;
    }
    if waiting.contains(walker.id()) {
        return None;
    }
    let last = walker.case.journal.iter().map(|record| record.day).max()?;
    let mut day = add(last, workflow.on_exhausted.wait, walker.calendar);
    for record in walker.case.journal.iter().filter(|record| record.outcome == StepOutcome::Done) {
        match deadline_state(scene, walker, workflow, record) {
            Some(DeadlineState::Ends(last)) => day = day.max(plus_days(last, 1)),
            Some(DeadlineState::NotStarted(_)) => return None,
            None => {}
        }
    }
    let day: NaiveDate = walker.calendar.business_day_from(day);
    opening_from(scene, walker, &workflow.contact.hours, day, walker.case.free_since, |_| true)
}

fn open_last_task(scene: &Scene<'_>, walkers: &[Walker<'_>], cases: &[usize], outcome: &mut Outcome) {
    let lead = &walkers[cases[0]];
    let Some(action) = lead.workflow.and_then(|workflow| workflow.on_exhausted.task.as_ref()) else { return };
    let id = TaskId::derive(&[scene.account.key.creditor.as_str(), lead.id().as_str(), "exhausted"]);
    let last = add(lead.today, action.within, lead.office);
    outcome.wake(scene.now, day_after(lead, last));
    let invoices: Vec<InvoiceId> = cases.iter().map(|index| walkers[*index].id().clone()).collect();
    let task = Task {
        invoices: invoices.clone(),
        reason: Some("exhausted".to_owned()),
        due_on: Some(last),
        ..filled(blank_task(id, lead, &action.kind, scene.now), action)
    };
    outcome.tasks.insert(id, task);
    let entry = lead.entry(scene, Kind::Task, Some(Reason::Exhausted));
    outcome.say(Entry { invoices, ..entry }, []);
}

/// The last task of a case that was paid before a person decided, and is owed again: it is asked once more. The
/// timeline says once a case that it is exhausted; `reopened` stands for the rest.
pub(super) fn reopen_last_task(scene: &Scene<'_>, walker: &Walker<'_>, outcome: &mut Outcome) {
    let action = walker.workflow.and_then(|workflow| workflow.on_exhausted.task.as_ref());
    let Some(action) = action.filter(|_| !is_stopped(scene, walker)) else { return };
    let taken_back = |task: &&Task| {
        task.state == TaskState::Withdrawn
            && task.reason.as_deref() == Some("exhausted")
            && task.invoices.contains(walker.id())
    };
    let Some(task) = scene.tasks(outcome).find(taken_back).cloned() else { return };
    let last = add(walker.today, action.within, walker.office);
    outcome.wake(scene.now, day_after(walker, last));
    let task = Task { state: TaskState::Open, created_at: scene.now, due_on: Some(last), ..task };
    outcome.tasks.insert(task.id, task);
}

/// Asks a person about every uncertain notice, and takes the question back once it is answered otherwise.
pub(super) fn uncertain(scene: &Scene<'_>, walkers: &[Walker<'_>], outcome: &mut Outcome) {
    let mut asked = BTreeSet::new();
    for notice in scene.account.notices.values().filter(|notice| notice.state == NoticeState::Uncertain) {
        if handed_over(scene.account, notice) != Standing::Uncertain {
            continue;
        }
        let id = uncertain_task(scene.account, notice);
        asked.insert(id);
        let line = notice.lines.first();
        let walker = walkers.iter().find(|walker| line.is_some_and(|line| *walker.id() == line.invoice));
        let Some(walker) = walker.filter(|_| scene.task(outcome, &id).is_none()) else { continue };
        let task = Task {
            invoices: notice.lines.iter().map(|line| line.invoice.clone()).collect(),
            reason: Some("uncertain".to_owned()),
            note: Some("It is not known whether this notice left; find out before anything is sent again.".into()),
            outcomes: vec![ANSWER_SENT.to_owned(), ANSWER_NOT_SENT.to_owned()],
            ..blank_task(id, walker, "check", scene.now)
        };
        outcome.tasks.insert(id, task);
    }
    let moot = |task: &&Task| {
        task.state == TaskState::Open && task.reason.as_deref() == Some("uncertain") && !asked.contains(&task.id)
    };
    let moot: Vec<Task> = scene.tasks(outcome).filter(moot).cloned().collect();
    for task in moot {
        outcome.tasks.insert(task.id, Task { state: TaskState::Withdrawn, ..task });
    }
}
