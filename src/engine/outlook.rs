//! Where each case stands, everything that keeps it from moving, and when it could move: for explanations.
//!
//! It asks the questions that `decide` asks and has no rules of its own: holds are found by the same functions, dates
//! by `timing`, and the earliest moment by walking virtual time over `decide`. Nothing is changed.

mod dates;
mod words;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::Serialize;

use super::days::civil_day;
use super::delivery::{Standing, standing};
use super::earliest::{Moves, earliest};
use super::holds::{local, stale_feed};
use super::needs::{blocked, unmet};
use super::scene::{Hold, Outcome, Scene, Walker};
use super::terms::ledger;
use super::timing::{Due, Position, free_since, interval_end, opening_from, planned, position};
use super::walk::consent;
use super::{Book, ChargesToDate, charged, closed, decide, hours, jump, limitation, look, walk_all};
use crate::domain::{
    Account, CaseState, Currency, InvoiceId, NoticeState, Reason, Revision, StepId, StepOutcome, Task, TaskState,
    WorkflowName, plain_amount,
};
use crate::law::Limitation;
use crate::workflow::Workflow;
use words::{keeps, of_hold, over, unknown_parties, word};

/// What follows a notice that failed while its step is under way.
const FAILED_RELEASE: &str = "the step's fallback at the next opening, else a person completes the contacts";

/// One reason why a case does not move now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Keeps {
    /// Its code: a reason of `held`, or `creditor_unknown`, `not_due`, `spacing`, `deadline_running`, `date_missing`, `contact_hours`,
    /// `contact_budget`, `below_minimum`, `task`, `notice_ordered`, `notice_leaving`, `notice_failed`, `uncertain`,
    /// `end`, or the state of a case that is over.
    pub code: String,
    /// The values that decide, as a sentence.
    pub because: String,
    /// What would release it.
    pub released_by: String,
}

/// Where a case stands and what keeps it there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseOutlook {
    /// The case.
    pub invoice: InvoiceId,
    /// Where it stands as a whole.
    pub state: CaseState,
    /// Its workflow and revision.
    pub workflow: Option<(WorkflowName, Revision)>,
    /// Why that workflow was chosen, in sentences, and whether its calendar stands in for one of the debtor's country.
    pub chosen: Vec<String>,
    /// The zone of its days and hours, and of the moments in sentences.
    pub zone: Tz,
    /// What is owed.
    #[serde(with = "rust_decimal::serde::str")]
    pub open: Decimal,
    /// The disputed part of it.
    #[serde(with = "rust_decimal::serde::str")]
    pub disputed: Decimal,
    /// The currency of both.
    pub currency: Currency,
    /// The last day to pay on time.
    pub due_on: Option<NaiveDate>,
    /// How the terms give the due date where no day is stated, and what is wrong or assumed about them.
    pub terms: Vec<String>,
    /// How the debtor paid so far, in words; none where it paid nothing.
    pub debtor_pays: Option<String>,
    /// When the claim is time-barred, and why then; none once it is paid or void, and where no law says.
    pub limitation: Option<Limitation>,
    /// Late charges as they are counted today; none where nothing is overdue.
    pub charges: Option<ChargesToDate>,
    /// The step it waits for, or that is under way; none before a workflow is chosen and at the end.
    pub step: Option<StepId>,
    /// Whether that step is under way.
    pub is_in_flight: bool,
    /// Where a jump landed on that step: what led there, as a sentence.
    pub jumped: Option<String>,
    /// The day that step is planned for, from the invoice's dates; none where a jump landed on it.
    pub planned: Option<NaiveDate>,
    /// The day it is due, with the spacing to what was done and the deadlines that run.
    pub due: Option<NaiveDate>,
    /// Everything that keeps it from moving now; a case that would move at this moment has none.
    pub keeps: Vec<Keeps>,
    /// When it moves if nothing more becomes known; none where a person or an event is needed.
    pub earliest: Option<Moves>,
    /// When its step could go if everything but dates, hours and budget were released now.
    pub if_released: Option<DateTime<Utc>>,
}

/// The outlook of every case of an account at `now`, by invoice.
pub fn outlook(account: &Account, book: &Book, now: DateTime<Utc>) -> Vec<CaseOutlook> {
    let mut current = account.clone();
    current.carry_out(&decide(account, book, now));
    let ledger = ledger(&current.facts, book);
    let mut scene = Scene::of(&current, book, &ledger, now);
    let mut outcome = Outcome::default();
    let mut walkers = look(&mut scene, &mut outcome);
    // What is due keeps its holds of the step with the walker.
    walk_all(&scene, &mut walkers, &mut outcome);
    let mut moves = earliest(&current, book, now);
    let mut found = Vec::with_capacity(walkers.len());
    for walker in &mut walkers {
        let earliest = moves.remove(walker.id());
        found.push(of_case(&scene, walker, &mut outcome, earliest));
    }
    found
}

fn of_case<'a>(
    scene: &Scene<'a>,
    walker: &mut Walker<'a>,
    outcome: &mut Outcome,
    earliest: Option<Moves>,
) -> CaseOutlook {
    // The case as it is on record: an order that nobody claimed was taken out of the journal to be decided anew.
    walker.case.journal.append(&mut walker.tentative);
    let warned = closed::fallback_calendar(scene.account, scene.book, &walker.case);
    let terms = scene.terms.told(&walker.invoice.fact);
    let mut view = CaseOutlook {
        invoice: walker.id().clone(),
        state: walker.case.state,
        workflow: walker.case.workflow.clone(),
        chosen: walker.case.chosen.iter().cloned().chain(warned).collect(),
        zone: walker.zone,
        open: walker.balance.open,
        disputed: walker.balance.disputed,
        currency: walker.balance.currency,
        due_on: walker.due_on,
        terms,
        debtor_pays: scene.behaviour().in_words(scene.broken_promises),
        limitation: limitation::of(scene, walker).filter(|_| walker.balance.open > Decimal::ZERO),
        charges: charged::to_date(scene, walker),
        step: None,
        is_in_flight: false,
        jumped: None,
        planned: None,
        due: None,
        keeps: Vec::new(),
        earliest,
        if_released: None,
    };
    let holds = walker.holds.iter().chain(&walker.step_holds);
    view.keeps.extend(holds.filter(|hold| hold.reason != Reason::DebtorUnknown).map(of_hold));
    if !matches!(view.state, CaseState::Open | CaseState::Waiting) {
        let (because, released_by) = over(view.state);
        view.keeps.push(keeps(view.state.as_str(), because.to_owned(), released_by));
        return view;
    }
    let Some(workflow) = walker.workflow else {
        view.keeps.extend(unknown_parties(scene));
        if view.state == CaseState::Open {
            let because = "the revision it stands on is not known here".to_owned();
            view.keeps.push(keeps("workflow_unknown", because, "the workers load the revision"));
        }
        return view;
    };
    // Where a hold covers all that is owed, the hold is the reason.
    if walker.is_below_minimum() && (walker.claimable() > Decimal::ZERO || view.keeps.is_empty()) {
        let (claim, currency) = (walker.claimable(), walker.balance.currency);
        let because = format!(
            "{} {currency} may be claimed, the minimum is {}",
            plain_amount(claim, currency),
            workflow.minimum_balance
        );
        view.keeps.push(keeps(
            "below_minimum",
            because,
            "more is owed on the invoice, or a dispute or payment falls away",
        ));
    }
    match position(walker, workflow) {
        Position::Step { index, occurrence } => {
            before(scene, walker, outcome, workflow, (index, occurrence), &mut view)
        }
        Position::InFlight => in_flight(scene, walker, outcome, workflow, &mut view),
        Position::End => at_the_end(scene, walker, outcome, &mut view),
    }
    view
}

/// Every step is done or skipped: what the end of the case waits for.
fn at_the_end(scene: &Scene<'_>, walker: &Walker<'_>, outcome: &Outcome, view: &mut CaseOutlook) {
    let because = "every step is done or skipped; the case is exhausted after a last wait".to_owned();
    view.keeps.push(keeps("end", because, "time"));
    let concerns = |task: &&Task| task.state == TaskState::Open && task.invoices.contains(walker.id());
    for task in scene.tasks(outcome).filter(concerns) {
        let why = task.reason.as_ref().map_or(String::new(), |reason| format!(", {reason}"));
        let because = format!("the task {} ({}{why}) is open", task.id, task.kind);
        view.keeps.push(keeps("task", because, "relance task complete"));
    }
}

/// A case that stands before a step.
fn before<'a>(
    scene: &Scene<'a>,
    walker: &mut Walker<'a>,
    outcome: &mut Outcome,
    workflow: &'a Workflow,
    (index, occurrence): (usize, u32),
    view: &mut CaseOutlook,
) {
    let step = &workflow.steps[index];
    view.step = Some(step.id.clone());
    view.jumped = jump::whence(scene, walker, outcome, workflow);
    // Where a jump lands is due at once, whatever day the file plans for it.
    view.planned = planned(walker, workflow, step).filter(|_| view.jumped.is_none());
    let mut more = Vec::new();
    more.extend(blocked(scene, workflow, step));
    more.extend(unmet(scene, walker, workflow, step));
    let due = jump::due(scene, walker, workflow, index, occurrence);
    if matches!(due, Due::On(day) if day <= walker.today) {
        more.extend(stale_feed(scene, walker));
    }
    let is_new = |hold: &Hold, known: &[Keeps]| known.iter().all(|one| one.code != word(hold.reason));
    for hold in more {
        if is_new(&hold, &view.keeps) {
            view.keeps.push(of_hold(&hold));
        }
    }
    approval(scene, walker, outcome, (index, occurrence), view);
    match due {
        Due::On(day) => dated(scene, walker, workflow, index, day, view),
        Due::ProofMissing => {
            if view.keeps.iter().all(|one| one.code != "proof_missing") {
                let because = "an earlier step gave a deadline that starts with a proof, and the proof is missing";
                view.keeps.push(keeps("proof_missing", because.to_owned(), "a notice.status event with the proof"));
            }
        }
        Due::DateMissing => {
            let because = format!("the date that {} counts from is not known", step.id);
            view.keeps.push(keeps(
                "date_missing",
                because,
                "invoice.upserted with the date; else it is skipped when the next is due",
            ));
        }
        Due::ParentSkipped => {}
    }
}

/// What waits for a person's yes.
fn approval<'a>(
    scene: &Scene<'a>,
    walker: &mut Walker<'a>,
    outcome: &mut Outcome,
    (index, occurrence): (usize, u32),
    view: &mut CaseOutlook,
) {
    let Some(workflow) = walker.workflow else { return };
    let (task, is_needed) = consent(scene, walker, outcome, workflow, (index, occurrence));
    let asked = task.filter(|task| task.state == TaskState::Open);
    let said = ["rejected", "approval_expired"];
    let because = match asked {
        Some(task) => {
            let whom = task.assign.as_deref().unwrap_or("manager");
            let until = task.due_on.map_or(String::new(), |day| format!(", until {day}"));
            format!("{whom} was asked on {}{until}: task {}", civil_day(walker.zone, task.created_at), task.id)
        }
        None if is_needed && view.keeps.iter().all(|one| !said.contains(&one.code.as_str())) => {
            "it will be asked for when the step is due".to_owned()
        }
        None => return,
    };
    view.keeps.push(keeps("approval", because, "relance task approve"));
}

/// The day is known: the numbers behind it, then hours and budget.
fn dated<'a>(
    scene: &Scene<'a>,
    walker: &Walker<'a>,
    workflow: &Workflow,
    index: usize,
    day: NaiveDate,
    view: &mut CaseOutlook,
) {
    view.due = Some(day);
    view.keeps.extend(dates::of(scene, walker, workflow, index, (day, view.planned)));
    let step = &workflow.steps[index];
    let allow = |day| step.messages().next().is_none() || scene.contacts.allow(&workflow.contact, walker.zone, day);
    let since = free_since(scene, walker, workflow, index);
    let hours = hours::of_step(scene, workflow, step);
    let open = opening_from(scene, walker, &hours, day, since, |_| true);
    let allowed = opening_from(scene, walker, &hours, day, since, allow);
    let moved = |open: &DateTime<Utc>| civil_day(walker.zone, *open) > day.max(walker.today);
    if let Some(open) = open.filter(|open| (day <= walker.today && *open > scene.now) || moved(open)) {
        let is_open = day <= walker.today && interval_end(scene, walker, &hours) > scene.now;
        let why = if is_open { "steps are taken at the opening of a day, and today's is past; " } else { "" };
        let closed = closed::between(walker, &hours, day.max(walker.today), civil_day(walker.zone, open));
        let closed: String = closed.into_iter().map(|sentence| sentence + "; ").collect();
        let because = format!("{why}{closed}the next opening is {}", local(walker, open));
        view.keeps.push(keeps("contact_hours", because, "time"));
    }
    if open != allowed {
        let last = scene.contacts.last_day(walker.zone).map_or("never".to_owned(), |day| day.to_string());
        let at_most = workflow.contact.at_most;
        let at_most = at_most.map_or(String::new(), |it| format!(", at most {} in {} days", it.contacts, it.in_days));
        let until = allowed.map_or("not in sight".to_owned(), |at| local(walker, at));
        let because = format!(
            "last contact {last}; {} days between contacts{at_most}; the next may be {until}",
            workflow.contact.days_between
        );
        view.keeps.push(keeps("contact_budget", because, "time"));
    }
    view.if_released = opening_from(scene, walker, &hours, day, Some(scene.now), allow);
}

/// A step is under way.
fn in_flight<'a>(
    scene: &Scene<'a>,
    walker: &Walker<'a>,
    outcome: &Outcome,
    workflow: &Workflow,
    view: &mut CaseOutlook,
) {
    let Some(record) = walker.case.journal.iter().find(|record| record.outcome == StepOutcome::Ordered) else { return };
    view.step = Some(record.step.clone());
    view.is_in_flight = true;
    view.planned = workflow.step(&record.step).and_then(|(_, step)| planned(walker, workflow, step));
    let task = record.task.and_then(|id| scene.task(outcome, &id)).filter(|task| task.state == TaskState::Open);
    if let Some(task) = task {
        let whom = task.assign.as_deref().unwrap_or("somebody");
        let until = task.due_on.map_or(String::new(), |day| format!(", waited for until {day}"));
        let because = format!("{whom} has the task {} ({}){until}", task.id, task.kind);
        view.keeps.push(keeps("task", because, "relance task complete, or its last day passes"));
    }
    for notice in record.notices.iter().filter_map(|id| scene.account.notices.get(id)) {
        let channel = notice.channel.as_str();
        let (code, because, by) = match standing(scene, notice) {
            Standing::Open if notice.state == NoticeState::Ordered => (
                "notice_ordered",
                format!("the {channel} is ordered, until {}", local(walker, notice.valid_until)),
                "a worker takes it",
            ),
            Standing::Leaving => {
                ("notice_leaving", format!("the {channel} is being handed over"), "the carrier's answer")
            }
            Standing::Uncertain => {
                let because = format!("nobody knows whether the {channel} left");
                ("uncertain", because, "relance task complete --outcome sent, or not_sent")
            }
            Standing::Rejected => ("notice_failed", format!("the provider refused the {channel}"), FAILED_RELEASE),
            Standing::Bounced(_) => ("notice_failed", format!("the {channel} reached nobody"), FAILED_RELEASE),
            Standing::Open | Standing::Accepted(_) => continue,
        };
        view.keeps.push(keeps(code, because, by));
    }
}
