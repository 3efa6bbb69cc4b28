//! Which steps and branches of a workflow its scenarios walked: read from the journals, tasks and entries that the
//! engine left behind.
//!
//! Nothing is decided here a second time: a branch counts when what the engine wrote can only be there because it
//! took it.

use std::collections::BTreeMap;

use crate::domain::{
    Account, Case, Entry, Kind, Reason, StepId, StepOutcome, StepRecord, Task, TaskState, WorkflowName,
};
use crate::engine::{APPROVAL, proof};
use crate::workflow::{Action, Effect, OnExhausted, OnTimeout, Step, TaskAction, Workflow};

/// How often one step was walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepCover {
    /// The step.
    pub id: StepId,
    /// How often it was really done, or is under way.
    pub done: usize,
    /// How often it was skipped, by reason.
    pub skipped: BTreeMap<Reason, usize>,
}

/// A turn that a case may take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    WhenTrue,
    WhenFalse,
    ApprovalNotNeeded,
    Approved,
    Rejected,
    ApprovalExpired,
    Outcome(String),
    TimedOut,
    Unreachable,
    Repeated,
    DeadlineProved,
    DeadlineUnproved,
    PromiseBroken,
    Exhausted,
    LastTaskTimedOut,
}

/// One branch and how often it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The step, or none for what belongs to the workflow as a whole.
    pub step: Option<StepId>,
    /// Its place in the file, as [`crate::workflow::places`] names it.
    pub place: String,
    /// What happens there: `when is false`.
    pub name: String,
    /// How often it was taken.
    pub taken: usize,
    turn: Turn,
}

/// What scenarios walked of one workflow.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// Which workflow.
    pub workflow: WorkflowName,
    /// Its steps, in their order.
    pub steps: Vec<StepCover>,
    /// Its branches, in the order of the file.
    pub branches: Vec<Branch>,
    written: Workflow,
}

impl Coverage {
    /// Nothing of it was walked yet.
    pub fn of(workflow: &Workflow) -> Self {
        let step = |step: &Step| StepCover { id: step.id.clone(), done: 0, skipped: BTreeMap::new() };
        let mut branches: Vec<Branch> = workflow.steps.iter().flat_map(of_step).collect();
        if let Some(target) = &workflow.on_broken_promise {
            let name = format!("a promise is broken: go_to {target}");
            branches.push(branch(None, "on_broken_promise", name, Turn::PromiseBroken));
        }
        branches.extend(of_end(&workflow.on_exhausted));
        Self {
            workflow: workflow.name.clone(),
            steps: workflow.steps.iter().map(step).collect(),
            branches,
            written: workflow.clone(),
        }
    }

    /// Counts what one run left behind.
    pub fn count(&mut self, accounts: &[Account], entries: &[Entry]) {
        for account in accounts {
            let of_this = |case: &&Case| case.workflow.as_ref().is_some_and(|(name, _)| *name == self.workflow);
            let cases: Vec<&Case> = account.cases.values().filter(of_this).collect();
            let entries: Vec<&Entry> = entries.iter().filter(|entry| self.is_about(account, entry)).collect();
            for cover in &mut self.steps {
                for record in cases.iter().flat_map(|case| &case.journal).filter(|record| record.step == cover.id) {
                    match record.outcome {
                        StepOutcome::Done | StepOutcome::Ordered => cover.done += 1,
                        StepOutcome::Skipped(reason) => *cover.skipped.entry(reason).or_default() += 1,
                    }
                }
            }
            let run = Run { account, cases, entries, workflow: &self.written };
            for branch in &mut self.branches {
                branch.taken += run.count(branch);
            }
        }
    }

    fn is_about(&self, account: &Account, entry: &Entry) -> bool {
        entry.creditor == account.key.creditor
            && entry.debtor == account.key.debtor
            && entry.workflow.as_ref() == Some(&self.workflow)
    }

    /// Steps done at least once, and all of them.
    pub fn steps_covered(&self) -> (usize, usize) {
        (self.steps.iter().filter(|step| step.done > 0).count(), self.steps.len())
    }

    /// Branches taken at least once, and all of them.
    pub fn branches_covered(&self) -> (usize, usize) {
        (self.branches.iter().filter(|branch| branch.taken > 0).count(), self.branches.len())
    }
}

fn branch(step: Option<&StepId>, place: &str, name: impl Into<String>, turn: Turn) -> Branch {
    let place = step.map_or_else(|| place.to_owned(), |step| format!("steps.{step}.{place}"));
    Branch { step: step.cloned(), place, name: name.into(), taken: 0, turn }
}

/// The branches that a step is written with.
fn of_step(step: &Step) -> Vec<Branch> {
    let mut found = Vec::new();
    let mut add = |place: &str, name: String, turn| found.push(branch(Some(&step.id), place, name, turn));
    if step.when.is_some() {
        add("when", "when is true".into(), Turn::WhenTrue);
        add("when", "when is false".into(), Turn::WhenFalse);
    }
    if let Some(approval) = &step.approval {
        if approval.when.is_some() {
            add("approval", "no approval is needed".into(), Turn::ApprovalNotNeeded);
        }
        add("approval", "the approval is given".into(), Turn::Approved);
        add("approval", "the approval is refused".into(), Turn::Rejected);
        if approval.expires.is_some() {
            add("approval", "the approval expires".into(), Turn::ApprovalExpired);
        }
    }
    if let Some(task) = task_of(step) {
        add("task", format!("nobody answers: {}", on_timeout(task)), Turn::TimedOut);
    }
    for (answer, effect) in &step.outcomes {
        let name = match effect {
            Effect::GoTo(target) => format!("the answer is {answer}: go_to {target}"),
            _ => format!("the answer is {answer}"),
        };
        add(&format!("outcomes.{answer}"), name, Turn::Outcome(answer.clone()));
    }
    if !step.if_unreachable.is_empty() {
        add("if_unreachable", "the debtor is unreachable".into(), Turn::Unreachable);
    }
    if step.repeat.is_some_and(|repeat| repeat.at_most > 1) {
        add("repeat", "it is repeated".into(), Turn::Repeated);
    }
    if step.deadline.is_some() {
        add("deadline", "the proof comes and the deadline runs".into(), Turn::DeadlineProved);
        add("deadline", "the proof never comes".into(), Turn::DeadlineUnproved);
    }
    found
}

fn of_end(end: &OnExhausted) -> Vec<Branch> {
    let mut found = vec![branch(None, "on_exhausted", "the case is exhausted", Turn::Exhausted)];
    if let Some(task) = &end.task {
        let name = format!("nobody answers: {}", on_timeout(task));
        found.push(branch(None, "on_exhausted.task", name, Turn::LastTaskTimedOut));
    }
    found
}

fn on_timeout(task: &TaskAction) -> String {
    match &task.on_timeout {
        OnTimeout::Continue => "continue".to_owned(),
        OnTimeout::Remind => "remind".to_owned(),
        OnTimeout::Hold => "hold".to_owned(),
        OnTimeout::GoTo(target) => format!("go_to {target}"),
    }
}

fn task_of(step: &Step) -> Option<&TaskAction> {
    step.actions.iter().find_map(|action| match action {
        Action::Task(task) => Some(task),
        _ => None,
    })
}

/// What one account looks like at the end of a run.
struct Run<'a> {
    account: &'a Account,
    cases: Vec<&'a Case>,
    entries: Vec<&'a Entry>,
    workflow: &'a Workflow,
}

impl Run<'_> {
    fn count(&self, branch: &Branch) -> usize {
        match branch.step.as_ref().and_then(|id| self.workflow.step(id)) {
            Some((_, step)) => self.count_of_step(step, &branch.turn),
            None => self.count_of_whole(&branch.turn),
        }
    }

    fn count_of_step(&self, step: &Step, turn: &Turn) -> usize {
        let records = || self.records(step);
        let went = |record: &&StepRecord| matches!(record.outcome, StepOutcome::Done | StepOutcome::Ordered);
        let skipped = |record: &&StepRecord, reason| record.outcome == StepOutcome::Skipped(reason);
        let approvals = || self.tasks(step).filter(|task| task.kind == APPROVAL);
        let said = |kind| {
            let of_step = self.entries.iter().filter(|entry| entry.step.as_ref() == Some(&step.id));
            of_step.filter(move |entry| entry.kind == kind)
        };
        match turn {
            // Reachability and approval are asked after `when`: neither comes up where it is false.
            Turn::WhenTrue => {
                let true_then = |record: &&StepRecord| went(record) || skipped(record, Reason::Unreachable);
                records().filter(true_then).count() + approvals().count()
            }
            Turn::WhenFalse => records().filter(|record| skipped(record, Reason::WhenFalse)).count(),
            Turn::ApprovalNotNeeded if approvals().next().is_none() => records().filter(went).count(),
            Turn::ApprovalNotNeeded => 0,
            Turn::Approved => said(Kind::Approved).count(),
            Turn::Rejected => said(Kind::Rejected).count(),
            Turn::ApprovalExpired => approvals().filter(|task| task.state == TaskState::TimedOut).count(),
            Turn::Outcome(answer) => {
                let answered =
                    |task: &&Task| task.state == TaskState::Answered && task.outcome.as_ref() == Some(answer);
                self.work(step).filter(answered).count()
            }
            Turn::TimedOut => {
                // A reminder says the same task again.
                let reminded = said(Kind::Task).count().saturating_sub(self.work(step).count());
                self.work(step).filter(|task| task.state == TaskState::TimedOut).count() + reminded
            }
            Turn::Unreachable => self.fallbacks(step),
            Turn::Repeated => records().filter(|record| record.occurrence > 1 && went(record)).count(),
            Turn::DeadlineProved => {
                let after = step.deadline.map(|deadline| deadline.after);
                records()
                    .filter(|record| after.is_some_and(|after| proof(self.account, record, after).is_some()))
                    .count()
            }
            Turn::DeadlineUnproved => {
                let key = format!("proof_missing:{}", step.id);
                self.cases.iter().filter(|case| case.said.contains(&key)).count()
            }
            Turn::PromiseBroken | Turn::Exhausted | Turn::LastTaskTimedOut => 0,
        }
    }

    fn count_of_whole(&self, turn: &Turn) -> usize {
        match turn {
            Turn::PromiseBroken => {
                let broken = |case: &&&Case| case.said.iter().any(|key| key.starts_with("promise_broken:"));
                self.cases.iter().filter(broken).count()
            }
            Turn::Exhausted => self.entries.iter().filter(|entry| entry.kind == Kind::Exhausted).count(),
            Turn::LastTaskTimedOut => {
                let last = |entry: &&&Entry| entry.kind == Kind::Task && entry.reason == Some(Reason::Exhausted);
                let tasks = || {
                    let of_end = |task: &&Task| task.reason.as_deref() == Some("exhausted");
                    let tasks = self.account.tasks.values().filter(of_end);
                    tasks.filter(|task| task.workflow.as_ref() == Some(&self.workflow.name))
                };
                let reminded = self.entries.iter().filter(last).count().saturating_sub(tasks().count());
                reminded + tasks().filter(|task| task.state == TaskState::TimedOut).count()
            }
            _ => 0,
        }
    }

    fn records<'b>(&'b self, step: &'b Step) -> impl Iterator<Item = &'b StepRecord> {
        self.cases.iter().flat_map(|case| &case.journal).filter(|record| record.step == step.id)
    }

    /// The tasks of a step, approvals among them.
    fn tasks<'b>(&'b self, step: &'b Step) -> impl Iterator<Item = &'b Task> {
        let of_step = |task: &&Task| task.step.as_ref() == Some(&step.id);
        let tasks = self.account.tasks.values().filter(of_step);
        tasks.filter(|task| task.workflow.as_ref() == Some(&self.workflow.name))
    }

    /// The tasks that a step is written with.
    fn work<'b>(&'b self, step: &'b Step) -> impl Iterator<Item = &'b Task> {
        self.tasks(step).filter(|task| task.kind != APPROVAL)
    }

    /// Notices that only the fallback of a step can have ordered.
    fn fallbacks(&self, step: &Step) -> usize {
        let stands_in = |entry: &&&Entry| {
            let is =
                |channel, template: &str| entry.channel == Some(channel) && entry.template.as_deref() == Some(template);
            entry.kind == Kind::Notice
                && entry.step.as_ref() == Some(&step.id)
                && step.if_unreachable.iter().any(|message| is(message.channel, &message.template))
                && !step.messages().any(|message| is(message.channel, &message.template))
        };
        self.entries.iter().filter(stands_in).count()
    }
}
