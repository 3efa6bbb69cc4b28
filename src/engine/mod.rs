//! The engine: `decide`, a total pure function over one account.
//!
//! A decision is taken anew from everything known each time. What is ordered and unclaimed does not bind it: the
//! engine finds what should stand now and compares. It reads no clock, sends nothing, stores nothing and logs
//! nothing; what it must remember stands in cases, tasks and notices. `3b` in comments below and in the files of
//! this module are the numbered rules of the written semantics.

mod acts;
mod ahead;
mod answers;
mod asked;
mod behaviour;
mod book;
mod charged;
mod choose;
mod closed;
mod closing;
mod contacts;
mod content;
mod days;
mod deadline;
mod delivery;
mod earliest;
mod grouping;
mod holds;
mod hours;
mod insolvency;
mod jump;
mod limitation;
mod moving;
mod needs;
mod orders;
mod outlook;
mod prevention;
mod progress;
mod promises;
mod questions;
mod reach;
mod rest;
mod scene;
mod scope;
mod script;
mod statement;
mod terms;
mod timing;
mod walk;

pub use ahead::{StepAhead, steps_ahead};
pub use answers::{APPROVAL, APPROVED, REJECTED};
pub use book::*;
pub use charged::ChargesToDate;
pub use closed::fallback_calendar;
pub use deadline::deadline_of;
pub use delivery::{ANSWER_NOT_SENT, ANSWER_SENT, became, is_about, proof};
pub use earliest::Moves;
pub use hours::is_open;
pub use limitation::{ANSWER_CHASE, ANSWER_LEAVE, LIMITATION, newly_near};
pub use moving::{Moved, Unsafe, move_cases};
pub use outlook::{CaseOutlook, Keeps, outlook};
pub use prevention::{CREDIT_WARNING, deposit};
pub use script::script_content;
pub use statement::{View, count, owed_by, owed_on};
pub use terms::{due_on, ledger};

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::{Account, Decision};
use scene::{Outcome, Scene, Walker};
use walk::{Candidate, Part, Walked};

/// What follows from everything known of `account` at `now`. Total: every account has a decision.
///
/// Deciding again at the same instant, on the account with the decision carried out, decides nothing more.
pub fn decide(account: &Account, book: &Book, now: DateTime<Utc>) -> Decision {
    let ledger = ledger(&account.facts, book);
    let mut scene = Scene::of(account, book, &ledger, now);
    let mut outcome = Outcome::default();
    let mut walkers = look(&mut scene, &mut outcome);
    let candidates = walk_all(&scene, &mut walkers, &mut outcome);
    let groups = grouping::join(&scene, &walkers, candidates);
    for index in orders::place(&scene, &mut walkers, groups, &mut outcome) {
        // Done without a message: the same look ahead as if it had been done before.
        let _ = walk::walk(&scene, &mut walkers[index], &mut outcome, index, false);
    }
    questions::gather(&scene, &mut outcome);
    closing::exhaust(&scene, &mut walkers, &mut outcome);
    limitation::watch(&scene, &mut walkers, &mut outcome);
    acts::blocks(&scene, &walkers, &mut outcome);
    closing::uncertain(&scene, &walkers, &mut outcome);
    for walker in &mut walkers {
        holds::say(&scene, walker, &mut outcome);
    }
    Decision { habit: scene.behaviour().habit(), ..outcome.finish(account, walkers) }
}

/// Every case as it stands, with what keeps it back as a whole; nothing is ordered yet.
fn look<'a>(scene: &mut Scene<'a>, outcome: &mut Outcome) -> Vec<Walker<'a>> {
    let mut walkers = choose::walkers(scene);
    answers::read(scene, &mut walkers, outcome);
    let mut received = promises::Received::default();
    for walker in &mut walkers {
        progress::read(scene, walker, outcome);
        choose::update_state(scene, walker, outcome);
        holds::find(scene, walker, outcome, &mut received);
        holds::note_freedom(scene, walker);
    }
    scene.broken_promises = broken_promises(&walkers);
    prevention::read(scene, &mut walkers, outcome);
    questions::gather(scene, outcome);
    answers::withdraw(scene, &walkers, outcome);
    for walker in &mut walkers {
        closing::proofs(scene, walker, outcome);
    }
    questions::gather(scene, outcome);
    walkers
}

fn broken_promises(walkers: &[Walker<'_>]) -> usize {
    let said = walkers.iter().flat_map(|walker| &walker.case.said);
    said.filter_map(|key| key.strip_prefix("promise_broken:")).collect::<BTreeSet<_>>().len()
}

/// Walks every case; where one may contact the account today, the others need no budget any more.
fn walk_all<'a>(scene: &Scene<'a>, walkers: &mut [Walker<'a>], outcome: &mut Outcome) -> Vec<Candidate> {
    let (mut found, mut waiting) = (Vec::new(), Vec::new());
    // First what is under way: a step that is given up makes room for the next.
    for (index, walker) in walkers.iter_mut().enumerate() {
        rest::find(scene, walker, outcome, index, &mut found);
    }
    for (index, walker) in walkers.iter_mut().enumerate() {
        match walk::walk(scene, walker, outcome, index, false) {
            Walked::Goes(candidate) => found.push(candidate),
            Walked::WaitsForBudget => waiting.push(index),
            Walked::Waits => {}
        }
    }
    let contacts = |candidate: &Candidate| {
        let step = walkers[candidate.walker].workflow.map(|workflow| &workflow.steps[candidate.index]);
        candidate.part == Part::Step
            && !candidate.consent.is_missing()
            && step.is_some_and(|step| step.messages().next().is_some())
    };
    if found.iter().any(contacts) {
        for index in waiting {
            if let Walked::Goes(candidate) = walk::walk(scene, &mut walkers[index], outcome, index, true) {
                found.push(candidate);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
