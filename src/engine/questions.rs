//! Questions to a person that no step asks: each is one task, opened once a case, and cases that ask the same at one
//! moment share it.
//!
//! Whom a task is about is gathered while the cases are looked at, and written once (`gather`): an account may have
//! thousands of them.

use std::collections::BTreeSet;

use super::insolvency::is_stopped;
use super::scene::{Outcome, Scene, Walker, blank_task};
use crate::domain::{InvoiceId, Kind, Reason, Task, TaskId, TaskState};

/// A question to a person that no step asks.
pub(super) struct Question<'q> {
    /// The task's reason.
    pub why: &'static str,
    /// What is asked about, by name: each is asked once a case.
    pub what: &'q str,
    /// What the person reads.
    pub note: &'q str,
    /// What the person may answer; anything where empty.
    pub answers: &'static [&'static str],
}

/// What has been asked about one thing, on record or in this decision.
#[derive(Default)]
pub(super) struct Asked {
    /// The cases that asked.
    cases: BTreeSet<InvoiceId>,
    /// The task that grows in this decision, and the place of its entry where it is new.
    task: Option<(TaskId, Option<usize>)>,
    /// The cases it is about now and was not before.
    more: Vec<InvoiceId>,
}

/// Opens the task of a question, once a case, and says so. A question that was taken back because its case was over is
/// asked again; of a claim that insolvency stopped nobody is asked anything.
pub(super) fn ask_once(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    outcome: &mut Outcome,
    question: &Question<'_>,
    because: String,
) {
    if is_stopped(scene, walker) {
        return;
    }
    let key = (question.why, question.what.to_owned());
    let asked = outcome.questions.entry(key).or_insert_with(|| on_record(scene, question));
    if !asked.cases.insert(walker.id().clone()) {
        return;
    }
    if asked.task.is_some() {
        asked.more.push(walker.id().clone());
        return;
    }
    let id = derive(scene, walker.id(), question);
    asked.task = Some((id, Some(outcome.entries.len())));
    let mut task = blank_task(id, walker, "check", scene.now);
    task.reason = Some(question.why.to_owned());
    task.note = Some(question.note.to_owned());
    task.outcomes = question.answers.iter().map(|answer| (*answer).to_owned()).collect();
    outcome.tasks.insert(id, task);
    outcome.say(walker.entry(scene, Kind::Task, Reason::of_task(question.why)), [because]);
}

/// Has a case share the account's one task `id`, which `blank` makes where it is not there yet; it is said once.
pub(super) fn share(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    outcome: &mut Outcome,
    (id, why, because): (TaskId, &'static str, Option<String>),
    blank: impl FnOnce() -> Task,
) {
    let known = || scene.account.tasks.get(&id).map(|task| task.invoices.iter().cloned().collect());
    let asked = outcome.questions.entry((why, id.to_string())).or_insert_with(|| {
        let cases: Option<BTreeSet<InvoiceId>> = known();
        Asked { task: cases.is_some().then_some((id, None)), cases: cases.unwrap_or_default(), more: Vec::new() }
    });
    if !asked.cases.insert(walker.id().clone()) {
        return;
    }
    if asked.task.is_some() {
        asked.more.push(walker.id().clone());
        return;
    }
    asked.task = Some((id, Some(outcome.entries.len())));
    outcome.tasks.insert(id, blank());
    outcome.say(walker.entry(scene, Kind::Task, Reason::of_task(why)), because);
}

/// What a person answered to a question about a case.
pub(super) fn answer<'b>(
    scene: &'b Scene<'_>,
    walker: &Walker<'_>,
    outcome: &'b Outcome,
    question: &Question<'_>,
) -> Option<&'b str> {
    let mut answered = scene.tasks(outcome).filter(|task| task.state == TaskState::Answered);
    let task = answered.find(|task| task.invoices.contains(walker.id()) && is_about(scene, task, question))?;
    task.outcome.as_deref()
}

/// Writes into tasks and entries which cases they are about.
pub(super) fn gather(scene: &Scene<'_>, outcome: &mut Outcome) {
    for asked in outcome.questions.values_mut().filter(|asked| !asked.more.is_empty()) {
        let more = std::mem::take(&mut asked.more);
        let Some((id, entry)) = asked.task else { continue };
        let known = outcome.tasks.remove(&id).or_else(|| scene.account.tasks.get(&id).cloned());
        let Some(mut task) = known else { continue };
        task.invoices.extend(more);
        task.invoices.sort();
        if let Some(entry) = entry.and_then(|place| outcome.entries.get_mut(place)) {
            entry.invoices.clone_from(&task.invoices);
        }
        outcome.tasks.insert(id, task);
    }
}

/// The cases that asked before, and whose question nobody took back.
fn on_record(scene: &Scene<'_>, question: &Question<'_>) -> Asked {
    let stands = |task: &&Task| task.state != TaskState::Withdrawn && is_about(scene, task, question);
    let tasks = scene.account.tasks.values().filter(stands);
    Asked { cases: tasks.flat_map(|task| task.invoices.iter().cloned()).collect(), ..Asked::default() }
}

/// Whether a task asks the question: its id is made of the question and the case that was first to ask.
fn is_about(scene: &Scene<'_>, task: &Task, question: &Question<'_>) -> bool {
    task.reason.as_deref() == Some(question.why)
        && task.invoices.iter().any(|one| derive(scene, one, question) == task.id)
}

fn derive(scene: &Scene<'_>, invoice: &InvoiceId, question: &Question<'_>) -> TaskId {
    TaskId::derive(&[scene.account.key.creditor.as_str(), invoice.as_str(), question.why, question.what])
}
