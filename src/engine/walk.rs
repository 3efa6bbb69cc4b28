//! The walk: what a case does next, and whether its moment has come (rules 6 to 12, 17, 20 to 23, 28, 30, 31).
//!
//! It writes what is skipped on the way and finds at most one step to do. Doing it is left to `grouping`, because
//! cases of one account go together.

mod approval;

pub(super) use approval::{Consent, consent, consent_to_rest, take_back};

use chrono::{DateTime, Utc};

use super::answers::APPROVED;
use super::closed;
use super::days::{civil_day, plus_days};
use super::holds::stale_feed;
use super::hours;
use super::jump;
use super::needs::{blocked, not_contacted, unmet};
use super::progress::holds_on_timeout;
use super::questions::{Question, answer, ask_once};
use super::reach;
use super::scene::{Hold, Outcome, Scene, Walker};
use super::scope::CaseScope;
use super::timing::{Due, Position, due, free_since, opening_from, position};
use crate::domain::{Kind, NoticeId, Phase, Reason, StepOutcome, StepRecord, Task, TaskState};
use crate::workflow::{Step, Workflow};

/// The answer that has a formal notice sent to an address that was reported to reach nobody.
const ANSWER_SEND: &str = "send";

/// What is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The step as it is written.
    Step,
    /// What stands in for the failed notices of a journal line.
    Fallback,
    /// A notice of a step of which others have left already.
    Rest(NoticeId),
}

/// A step whose moment has come.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Which case, by its place among the walkers.
    pub walker: usize,
    /// The step's place in the file.
    pub index: usize,
    /// Which repetition.
    pub occurrence: u32,
    pub part: Part,
    pub consent: Consent,
    pub because: Vec<String>,
}

/// What a walk came to.
pub(super) enum Walked {
    /// Nothing to do now.
    Waits,
    /// Only the contact budget keeps the step back.
    WaitsForBudget,
    /// A step's moment has come.
    Goes(Candidate),
}

/// Walks one case. `is_contact_day` lifts the budget: on a contact day all that is due goes out.
pub(super) fn walk<'a>(
    scene: &Scene<'a>,
    walker: &mut Walker<'a>,
    outcome: &mut Outcome,
    at: usize,
    is_contact_day: bool,
) -> Walked {
    let Some(workflow) = walker.workflow else { return Walked::Waits };
    loop {
        if !walker.is_open() || walker.is_held() || walker.is_below_minimum() || !walker.step_holds.is_empty() {
            return Walked::Waits;
        }
        let (index, occurrence) = match position(walker, workflow) {
            Position::Step { index, occurrence } => (index, occurrence),
            Position::InFlight => {
                hold_unanswered(scene, walker, outcome, workflow);
                return Walked::Waits;
            }
            Position::End => return Walked::Waits,
        };
        let mut here = Here { scene, walker, outcome, workflow, index, occurrence, is_contact_day };
        if let Some(walked) = here.decide(at) {
            return walked;
        }
    }
}

/// A case standing before one of its steps.
struct Here<'s, 'w, 'a> {
    scene: &'s Scene<'a>,
    walker: &'w mut Walker<'a>,
    outcome: &'w mut Outcome,
    workflow: &'a Workflow,
    index: usize,
    occurrence: u32,
    is_contact_day: bool,
}

impl<'a> Here<'_, '_, 'a> {
    fn step(&self) -> &'a Step {
        &self.workflow.steps[self.index]
    }

    /// Decides about the step; `None` means that it was skipped and the next one is to be looked at.
    fn decide(&mut self, at: usize) -> Option<Walked> {
        if jump::skips(self.scene, self.walker, self.workflow, self.index) {
            self.skip(Reason::JumpedOver, Vec::new());
            return None;
        }
        if self.is_kept_back() {
            return Some(Walked::Waits);
        }
        if let Some(asked) = self.asked(at) {
            return Some(Walked::Goes(asked));
        }
        let day = match jump::due(self.scene, self.walker, self.workflow, self.index, self.occurrence) {
            Due::On(day) => day,
            Due::ParentSkipped => {
                self.skip(Reason::ParentSkipped, Vec::new());
                return None;
            }
            Due::DateMissing => return self.skip_undated(),
            Due::ProofMissing => return Some(Walked::Waits),
        };
        self.go_on(at, day)
    }

    /// The step's day is known: waits for its moment, then asks what must be asked.
    fn go_on(&mut self, at: usize, day: chrono::NaiveDate) -> Option<Walked> {
        let (scene, workflow) = (self.scene, self.workflow);
        let approved = |task: &Task| task.outcome.as_deref() == Some(APPROVED);
        let given = self.approval().filter(approved).filter(|_| self.needs_approval());
        // Who says yes in open hours is obeyed at once, unless something else kept the step back after that.
        let after =
            |since: &DateTime<Utc>| given.as_ref().and_then(|task| task.answered_at).is_none_or(|at| at < *since);
        let since = free_since(scene, self.walker, workflow, self.index).filter(after);
        let given = given.map(|task| task.id);
        let hours = hours::of_step(scene, workflow, self.step());
        let open = opening_from(scene, self.walker, &hours, day, since, |_| true);
        let reaches = self.step().messages().next().is_some();
        let budget =
            |day| !reaches || self.is_contact_day || scene.contacts.allow(&workflow.contact, self.walker.zone, day);
        let allowed = opening_from(scene, self.walker, &hours, day, since, budget);
        if self.step().phase == Phase::Prevention && self.is_too_late(allowed) {
            let because = match allowed {
                Some(at) => format!("could go on {} at the earliest", civil_day(self.walker.zone, at)),
                None => "could not go in time".to_owned(),
            };
            self.skip(Reason::DueDatePassed, vec![because]);
            return None;
        }
        let asks = given.is_none() && open == Some(scene.now) && self.needs_approval();
        let Some(moment) = (if asks { open } else { allowed }) else { return Some(Walked::Waits) };
        if moment > scene.now {
            self.outcome.wake(scene.now, moment);
            let only_budget = open == Some(scene.now);
            return Some(if only_budget { Walked::WaitsForBudget } else { Walked::Waits });
        }
        let consent = match given {
            Some(task) => Consent::Given(task),
            None if asks => Consent::Ask,
            None => Consent::NotNeeded,
        };
        self.ask(at, day, consent)
    }

    /// The moment has come: feed, `when`, `requires`, reachability.
    fn ask(&mut self, at: usize, day: chrono::NaiveDate, consent: Consent) -> Option<Walked> {
        let step = self.step();
        if let Some(hold) = blocked(self.scene, self.workflow, step) {
            self.walker.step_holds.push(hold);
            return Some(Walked::Waits);
        }
        if let Some(hold) = stale_feed(self.scene, self.walker) {
            self.walker.step_holds.push(hold);
            return Some(Walked::Waits);
        }
        let mut because = self.why_now(day);
        if let Some(when) = &step.when {
            let answer = when.evaluate(&CaseScope::of(self.scene, self.walker));
            if !answer.value {
                self.skip(Reason::WhenFalse, answer.because);
                return None;
            }
            because.extend(answer.because);
        }
        if let Some(hold) = unmet(self.scene, self.walker, self.workflow, step) {
            self.ask_about(&hold);
            self.walker.step_holds.push(hold);
            return Some(Walked::Waits);
        }
        if let Some(hold) = self.unproven() {
            self.walker.step_holds.push(hold);
            return Some(Walked::Waits);
        }
        let reachable = |message| reach::recipient(self.scene, message).is_some();
        let reaches = step.messages().next().is_some();
        if reaches && !step.messages().any(reachable) && !step.if_unreachable.iter().any(reachable) {
            self.skip_unreachable();
            return None;
        }
        let (index, occurrence) = (self.index, self.occurrence);
        Some(Walked::Goes(Candidate { walker: at, index, occurrence, part: Part::Step, consent, because }))
    }

    /// The sentences that say why the step goes today.
    fn why_now(&self, day: chrono::NaiveDate) -> Vec<String> {
        let walker = &*self.walker;
        let mut because = self.why_here();
        if let Some(whence) = jump::whence(self.scene, walker, self.outcome, self.workflow) {
            because.push(format!("jumped to: {whence}"));
        } else if let Some(due_on) = walker.due_on {
            because.push(format!("due date {due_on}, step due {day}"));
            because.extend(closed::not_counted(walker, self.step(), day));
        }
        let hours = hours::of_step(self.scene, self.workflow, self.step());
        because.extend(closed::between(walker, &hours, day, walker.today));
        if self.step().messages().next().is_some() && day < walker.today {
            let allow = |day| self.scene.contacts.allow(&self.workflow.contact, walker.zone, day);
            let open = |day: &chrono::NaiveDate| !super::days::open_hours(&hours, *day, walker.calendar).is_empty();
            let days = (0..(walker.today - day).num_days().min(60)).map(|count| plus_days(day, count));
            if days.filter(open).any(|day| !allow(day)) {
                because.push("waited for the contact budget".to_owned());
            }
        }
        because
    }

    /// What keeps the step back whatever the hour: its approval, a hold of the step itself.
    fn is_kept_back(&mut self) -> bool {
        let step = self.step();
        let held = |reason| self.walker.case.held.contains(&reason);
        if held(Reason::BlockedStep)
            && let Some(hold) = blocked(self.scene, self.workflow, step)
        {
            self.walker.step_holds.push(hold);
            return true;
        }
        if held(Reason::StaleFeed)
            && let Some(hold) = stale_feed(self.scene, self.walker)
        {
            self.walker.step_holds.push(hold);
            return true;
        }
        if held(Reason::Requires)
            && let Some(hold) = unmet(self.scene, self.walker, self.workflow, step)
        {
            self.walker.step_holds.push(hold);
            return true;
        }
        if held(Reason::ProofMissing)
            && let Some(hold) = self.unproven()
        {
            self.walker.step_holds.push(hold);
            return true;
        }
        if let Some(hold) = not_contacted(self.scene, step) {
            self.walker.step_holds.push(hold);
            return true;
        }
        match self.refusal() {
            Some(hold) => self.walker.step_holds.push(hold),
            None => return false,
        }
        true
    }

    fn is_too_late(&self, at: Option<DateTime<Utc>>) -> bool {
        let Some(due_on) = self.walker.due_on else { return false };
        at.is_none_or(|at| civil_day(self.walker.zone, at) > due_on)
    }

    /// A step without its date is skipped when the next one becomes due.
    fn skip_undated(&mut self) -> Option<Walked> {
        let later = (self.index + 1..self.workflow.steps.len()).find_map(|index| {
            match due(self.scene, self.walker, self.workflow, index, 1) {
                Due::On(day) => Some(day),
                _ => None,
            }
        });
        let since = self.walker.case.free_since;
        let hours = &self.workflow.contact.hours;
        let at = later.and_then(|day| opening_from(self.scene, self.walker, hours, day, since, |_| true));
        if let Some(at) = at.filter(|at| *at > self.scene.now) {
            self.outcome.wake(self.scene.now, at);
            return Some(Walked::Waits);
        }
        self.skip(Reason::DateMissing, Vec::new());
        None
    }

    fn skip_unreachable(&mut self) {
        let step = self.step();
        let question = Question {
            why: "unreachable",
            what: step.id.as_str(),
            note: "No channel of this step reaches the debtor; complete its contacts.",
            answers: &[],
        };
        ask_once(self.scene, self.walker, self.outcome, &question, format!("step {}", step.id));
        self.skip(Reason::Unreachable, Vec::new());
    }

    /// A deadline that could never start holds the case: its letter would go to an address that reaches nobody. A person
    /// completes the address, or has it sent all the same.
    fn unproven(&mut self) -> Option<Hold> {
        let step = self.step();
        let dead = reach::dead_proof(self.scene, step)?;
        let what = format!("{} {dead}", step.id);
        let question = Question {
            why: "unreachable",
            what: &what,
            note: "The address from which the deadline counts reaches nobody: correct it, or send to it all the same.",
            answers: &[ANSWER_SEND],
        };
        if answer(self.scene, self.walker, self.outcome, &question) == Some(ANSWER_SEND) {
            return None;
        }
        let because = format!("{} would go to an address that a carrier reported to reach nobody", step.id);
        ask_once(self.scene, self.walker, self.outcome, &question, because.clone());
        let released_by = Some("debtor.upserted with another address, or `send` as the answer to its task");
        Some(Hold { released_by, ..Hold::of(Reason::ProofMissing, because) })
    }

    fn ask_about(&mut self, hold: &Hold) {
        let step = self.step();
        let question = Question {
            why: "requires",
            what: step.id.as_str(),
            note: "A step waits for an earlier one that is not on record as sent.",
            answers: &[],
        };
        ask_once(self.scene, self.walker, self.outcome, &question, hold.because.clone());
    }

    /// Why the case walks this workflow: said with the first thing that becomes of it.
    fn why_here(&self) -> Vec<String> {
        if !self.walker.case.journal.is_empty() {
            return Vec::new();
        }
        let warned = closed::fallback_calendar(self.scene.account, self.scene.book, &self.walker.case);
        let terms = self.scene.terms.warnings(&self.walker.invoice.fact);
        self.walker.case.chosen.iter().cloned().chain(warned).chain(terms).collect()
    }

    fn skip(&mut self, reason: Reason, because: Vec<String>) {
        let step = self.step();
        let entry = self.walker.step_entry(self.scene, Kind::Skipped, Some(reason), self.index, step);
        self.outcome.say(entry, self.why_here().into_iter().chain(because));
        self.walker.record(self.scene, step, self.occurrence, StepOutcome::Skipped(reason));
    }
}

/// A step whose task nobody answered, and which holds the case for it.
fn hold_unanswered(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &Outcome, workflow: &Workflow) {
    let ordered = |record: &&StepRecord| record.outcome == StepOutcome::Ordered;
    let Some(record) = walker.case.journal.iter().find(ordered) else { return };
    let task = record.task.and_then(|id| scene.task(outcome, &id));
    let holds = workflow.step(&record.step).is_some_and(|(_, step)| holds_on_timeout(step));
    if holds && task.is_some_and(|task| task.state == TaskState::TimedOut) {
        let because = format!("nobody answered the task of {} in time", record.step);
        let released_by = Some("an answer to its task");
        walker.step_holds.push(Hold { released_by, ..Hold::of(Reason::Manual, because) });
    }
}
