//! A workflow as a picture: its calendar as the spine, what may happen otherwise beside it, and where a case stands.
//!
//! Only what the workflow says, what a journal records and what the engine says of the days ahead is drawn.

mod mermaid;
mod svg;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::{Case, CaseState, Phase, Reason, StepId, StepOutcome};
use crate::engine::StepAhead;
use crate::workflow::{
    Action, Anchor, Approval, Duration, Effect, Message, OnExpire, OnTimeout, Step, TaskAction, Unit, Workflow,
};

pub use mermaid::mermaid;
pub use svg::svg;

/// What became of a step in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Done on that day.
    Done(NaiveDate),
    /// Ordered or waiting for an answer since that day.
    UnderWay(NaiveDate),
    /// Skipped on that day.
    Skipped(Reason, NaiveDate),
    /// What comes next, and the day it is planned for, where that is known.
    Next(Option<NaiveDate>),
    /// Comes later, on that day if nothing holds it back.
    Planned(NaiveDate),
}

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// The case in words: its invoice, its state and what holds it.
    pub title: String,
    steps: BTreeMap<StepId, Stand>,
}

impl Overlay {
    /// Where `case` stands in `workflow`, as its journal says; `ahead` are its steps with the days planned for them.
    pub fn of(workflow: &Workflow, case: &Case, ahead: &[StepAhead]) -> Self {
        let mut steps = BTreeMap::new();
        for record in &case.journal {
            let Some((_, step)) = workflow.step(&record.step) else { continue };
            let stand = match record.outcome {
                StepOutcome::Done => Stand::Done(record.day),
                StepOutcome::Ordered => Stand::UnderWay(record.day),
                StepOutcome::Skipped(reason) => Stand::Skipped(reason, record.day),
            };
            steps.insert(step.id.clone(), stand);
        }
        if case.state == CaseState::Open {
            let mut waits = steps.values().any(|stand| matches!(stand, Stand::UnderWay(_)));
            let next = workflow.steps.iter().rposition(|step| steps.contains_key(&step.id)).map_or(0, |last| last + 1);
            for step in &workflow.steps[next..] {
                let planned = ahead.iter().find(|one| one.step == step.id).and_then(|one| one.planned);
                let stand = if waits { planned.map(Stand::Planned) } else { Some(Stand::Next(planned)) };
                steps.extend(stand.map(|stand| (step.id.clone(), stand)));
                waits = true;
            }
        }
        let held: Vec<String> = case.held.iter().map(|reason| reason.as_str().to_owned()).collect();
        let held = if held.is_empty() { String::new() } else { format!(", held: {}", held.join(", ")) };
        Self { title: format!("invoice {}: {}{held}", case.invoice, case.state.as_str().replace('_', " ")), steps }
    }

    fn of_step(&self, id: &StepId) -> Option<&Stand> {
        self.steps.get(id)
    }
}

impl Stand {
    fn in_words(&self) -> String {
        match self {
            Self::Done(day) => format!("done {day}"),
            Self::UnderWay(day) => format!("waits since {day}"),
            Self::Skipped(reason, day) => format!("skipped {day}: {}", reason.as_str().replace('_', " ")),
            Self::Next(None) => "next".to_owned(),
            Self::Next(Some(day)) => format!("next, planned {day}"),
            Self::Planned(day) => format!("planned {day}"),
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::UnderWay(_) => "waits",
            Self::Skipped(..) => "skipped",
            Self::Next(_) => "next",
            Self::Planned(_) => "planned",
        }
    }
}

/// What may happen at a step besides going on.
struct Branch {
    when: String,
    then: Then,
}

enum Then {
    /// In words.
    Says(String),
    /// The case jumps there.
    Jumps(StepId),
}

fn phase_name(phase: Phase) -> String {
    phase.as_str().replace('_', " ")
}

fn duration(of: Duration) -> String {
    let (unit, units) = match of.unit {
        Unit::Days => ("day", "days"),
        Unit::BusinessDays => ("business day", "business days"),
        Unit::WorkingDays => ("working day", "working days"),
        Unit::Weeks => ("week", "weeks"),
        Unit::Months => ("month", "months"),
    };
    format!("{} {}", of.amount, if of.amount == 1 { unit } else { units })
}

/// The place of a step on the calendar.
fn anchor(step: &Step) -> String {
    let after = |what: &str, wait: Duration| match wait.amount {
        0 => format!("after {what}"),
        _ => format!("{} after {what}", duration(wait)),
    };
    match &step.anchor {
        Anchor::BeforeDue(days) => format!("{} before due", duration(*days)),
        Anchor::AfterDue(days) => after("due", *days),
        Anchor::AfterIssue(days) => after("issue", *days),
        Anchor::AfterDelivery(days) => after("delivery", *days),
        Anchor::AfterStep(id, wait) => after(id.as_str(), *wait),
        Anchor::AfterDeadlineOf(id, wait) => after(&format!("the deadline of {id}"), *wait),
    }
}

fn message(message: &Message) -> String {
    let service =
        message.service.map_or_else(String::new, |service| format!(" {}", service.as_str().replace('_', " ")));
    format!("{}{service}: {}", message.channel.as_str(), message.template)
}

fn task(task: &TaskAction) -> String {
    let by = task.assign.as_ref().map_or_else(String::new, |role| format!(" by {role}"));
    format!("task: {}{by}, within {}", task.kind, duration(task.within))
}

/// What a step does and asks, a line each.
fn lines(step: &Step) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(step.when.as_ref().map(|when| format!("when {}", when)));
    found.extend((!step.requires.is_empty()).then(|| {
        let ids: Vec<&str> = step.requires.iter().map(StepId::as_str).collect();
        format!("requires {}", ids.join(", "))
    }));
    found.extend(step.approval.as_ref().map(approval));
    found.extend(step.actions.iter().map(|action| match action {
        Action::Message(one) => message(one),
        Action::Survey(one) => format!("survey: {}", one.message.template),
        Action::Task(one) => task(one),
        Action::Block(name) => format!("block {name}"),
        Action::Unblock(name) => format!("unblock {name}"),
        Action::Handover { to, procedure } => {
            format!("handover to {to}{}", procedure.as_ref().map_or_else(String::new, |by| format!(": {by}")))
        }
        Action::Publish(name) => format!("publish {name}"),
    }));
    found.extend(
        step.repeat.map(|repeat| format!("every {}, at most {} times", duration(repeat.every), repeat.at_most)),
    );
    found.extend(step.deadline.map(|deadline| {
        let after = deadline.after.as_str().replace('_', " ");
        format!("deadline: {} after {after}", duration(deadline.term))
    }));
    found
}

fn approval(of: &Approval) -> String {
    let when = of.when.as_ref().map_or_else(String::new, |when| format!(" when {}", when));
    format!("approval by {}{when}", of.role)
}

fn branches(step: &Step) -> Vec<Branch> {
    let mut found = Vec::new();
    let mut add = |when: &str, then: Then| found.push(Branch { when: when.to_owned(), then });
    let says = |text: &str| Then::Says(text.to_owned());
    if step.when.is_some() {
        add("condition false", says("skipped"));
    }
    if let Some(approval) = &step.approval {
        add("refused", says("held"));
        match approval.expires {
            Some((after, OnExpire::Hold)) => add(&format!("no answer in {}", duration(after)), says("held")),
            Some((after, OnExpire::AskAgain)) => add(&format!("no answer in {}", duration(after)), says("asked again")),
            None => {}
        }
    }
    for (answer, effect) in &step.outcomes {
        let then = match effect {
            Effect::GoTo(target) => Then::Jumps(target.clone()),
            Effect::Promise => says("waits for the promise"),
            Effect::Dispute => says("waits for the dispute"),
            Effect::PaidSaysDebtor => says("waits for the payment"),
            Effect::Plan => says("waits for the plan"),
            Effect::WrongContact => says("task: find the contact"),
            Effect::None => says("goes on"),
        };
        add(&answer.replace('_', " "), then);
    }
    for action in &step.actions {
        if let Action::Task(task) = action {
            add("no answer in time", on_timeout(task));
        }
    }
    if !step.if_unreachable.is_empty() {
        let instead: Vec<String> = step.if_unreachable.iter().map(message).collect();
        add("unreachable", Then::Says(instead.join(", ")));
    } else if step.messages().next().is_some() {
        add("unreachable", says("skipped, with a task"));
    }
    if step.deadline.is_some() {
        add("no proof", says("task: find the proof"));
        add("dispute, promise or hold", says("later steps wait"));
    }
    found
}

fn on_timeout(task: &TaskAction) -> Then {
    match &task.on_timeout {
        OnTimeout::Continue => Then::Says("goes on".to_owned()),
        OnTimeout::Remind => Then::Says("asked again".to_owned()),
        OnTimeout::Hold => Then::Says("held".to_owned()),
        OnTimeout::GoTo(target) => Then::Jumps(target.clone()),
    }
}

/// What follows after the last step.
fn ending(workflow: &Workflow) -> Vec<String> {
    let mut found =
        vec!["exhausted".to_owned(), format!("{} after the last step", duration(workflow.on_exhausted.wait))];
    found.extend(workflow.on_exhausted.task.as_ref().map(task));
    found
}

/// The place of the first step that is counted from the due date or later; what stands above it goes before.
fn due_place(workflow: &Workflow) -> usize {
    let before = |step: &Step| matches!(step.anchor, Anchor::BeforeDue(_)) || step.phase == Phase::Prevention;
    workflow.steps.iter().position(|step| !before(step)).unwrap_or(workflow.steps.len())
}

#[cfg(test)]
mod tests;
