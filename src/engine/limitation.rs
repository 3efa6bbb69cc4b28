//! Limitation: when a claim is time-barred, who is told before, and what becomes of it after (rule 14).
//!
//! The law's data say how long and from when; only what the law lists interrupts it, and only an event of that name
//! says so. The platform is told once before each end (`limitation.near`); a claim past it is not chased without a
//! person's word.

use chrono::NaiveDate;

use super::days::{day_start, sane};
use super::insolvency::is_stopped;
use super::questions::{Question, answer, ask_once};
use super::scene::{Hold, Outcome, Scene, Walker};
use crate::domain::{Account, Case, CaseState, InterruptionCause, InvoiceId, Kind, Reason};
use crate::law::{Jurisdiction, Limitation, LimitationRules, LimitedClaim};

/// Why the task of a claim past its limitation was opened.
pub const LIMITATION: &str = "limitation";
/// The answer that has a claim past its limitation chased all the same.
pub const ANSWER_CHASE: &str = "chase";
/// The answer that ends the case of a claim past its limitation.
pub const ANSWER_LEAVE: &str = "leave";
/// What a case has said once its end is near: this and the last day.
const NEAR: &str = "limitation_near:";

/// The law of a case: its workflow's, else that of the debtor's country, else of the creditor's.
pub(super) fn law<'a>(scene: &Scene<'a>, walker: &Walker<'_>) -> Option<&'a Jurisdiction> {
    let known = |name: &str| scene.book.jurisdictions.get(name);
    let country = |address: &crate::domain::Address| known(&address.country.to_ascii_lowercase());
    if let Some(workflow) = walker.workflow {
        return known(&workflow.jurisdiction);
    }
    let debtors = scene.debtor.and_then(|debtor| country(debtor.address.as_ref()?));
    debtors.or_else(|| country(&scene.creditor?.address))
}

/// When the claim of a case is time-barred, and why then; `None` where no law says.
pub(super) fn of(scene: &Scene<'_>, walker: &Walker<'_>) -> Option<Limitation> {
    ask(scene, walker, LimitationRules::of_claim)
}

/// The last day of a case's claim, and the day from which it is near.
fn days(scene: &Scene<'_>, walker: &Walker<'_>) -> Option<(NaiveDate, NaiveDate)> {
    ask(scene, walker, LimitationRules::days_of_claim)
}

fn ask<T>(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    question: fn(&LimitationRules, &LimitedClaim<'_>) -> Option<T>,
) -> Option<T> {
    let invoice = &walker.invoice.fact;
    let concerning = scene.account.facts.interruptions.values().map(|known| &known.fact);
    let concerning = concerning.filter(|one| one.invoices.contains(walker.id()));
    let interrupted: Vec<(InterruptionCause, NaiveDate)> = concerning.map(|one| (one.cause, sane(one.on))).collect();
    let claim = LimitedClaim {
        kind: scene.debtor?.kind,
        sector: invoice.sector.as_deref().or_else(|| scene.creditor?.sector.as_deref()),
        due_on: walker.due_on,
        issued_on: sane(invoice.issued_on),
        performed_on: invoice.delivered_on.map(sane),
        interrupted: &interrupted,
    };
    question(&law(scene, walker)?.limitation, &claim)
}

/// Says once which claims are near their end, and wakes the account when the next one will be.
pub(super) fn watch(scene: &Scene<'_>, walkers: &mut [Walker<'_>], outcome: &mut Outcome) {
    for walker in walkers {
        let is_over = matches!(walker.case.state, CaseState::Settled | CaseState::Voided);
        if is_over || walker.balance.open.is_zero() || is_stopped(scene, walker) {
            continue;
        }
        let Some((ends_on, near_on)) = days(scene, walker) else { continue };
        if walker.today >= near_on {
            walker.case.said.insert(format!("{NEAR}{ends_on}"));
        } else {
            outcome.alert(scene.now, day_start(walker.zone, near_on));
        }
    }
}

/// The claims of which a decision says that their end is near, each with its last day: those that had not said so.
pub fn newly_near<'d>(account: &Account, decided: &'d [Case]) -> Vec<(&'d InvoiceId, NaiveDate)> {
    let known =
        |case: &Case, said: &str| account.cases.get(&case.invoice).is_some_and(|known| known.said.contains(said));
    let near = |case: &'d Case| {
        let new = case.said.iter().filter(move |said| !known(case, said));
        new.filter_map(move |said| Some((&case.invoice, said.strip_prefix(NEAR)?.parse().ok()?)))
    };
    decided.iter().flat_map(near).collect()
}

/// A claim that is time-barred is not chased without a person's word: `chase` sets it free, `leave` ends it.
pub(super) fn hold(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let Some((last, _)) = days(scene, walker).filter(|(last, _)| walker.today > *last) else { return };
    let question = Question {
        why: LIMITATION,
        what: "due",
        note: "The claim is past its limitation: chase it all the same, or leave it.",
        answers: &[ANSWER_CHASE, ANSWER_LEAVE],
    };
    let because = format!("past limitation since {last}");
    let answer = answer(scene, walker, outcome, &question);
    let is_left = answer == Some(ANSWER_LEAVE);
    if answer == Some(ANSWER_CHASE) {
        return;
    }
    let released_by = match is_left {
        true => "nothing: a person left the claim",
        false => "an answer to its task: chase, or leave",
    };
    ask_once(scene, walker, outcome, &question, because.clone());
    if is_left && walker.is_open() {
        walker.case.state = CaseState::Exhausted;
        walker.case.said.insert("exhausted".to_owned());
        outcome.say(walker.entry(scene, Kind::Exhausted, None), [format!("{because}, left by a person")]);
    }
    walker.holds.push(Hold { released_by: Some(released_by), ..Hold::of(Reason::Manual, because) });
}
