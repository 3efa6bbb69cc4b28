//! Prevention beside the steps: a bad answer to a satisfaction question opens a task for the people who sell, and the
//! platform is warned when a debtor with a bad record, or over its limit, gets an invoice.
//!
//! Neither holds a case back, and neither reaches the debtor.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::days::{add, civil_day};
use super::orders::at_scale;
use super::questions::share;
use super::scene::{Outcome, Scene, Walker, blank_task};
use super::scope::CaseScope;
use crate::domain::{Currency, Entry, FeedbackReceived, Kind, Money, Recorded, TaskId, plain_amount};
use crate::workflow::{Action, BadScore, CreditWarning, Workflow};

/// The event that warns of a debtor's credit.
pub const CREDIT_WARNING: &str = "debtor.credit_warning";
/// Why the task about a bad answer is opened.
const FEEDBACK: &str = "feedback";

/// Says what follows from answers to satisfaction questions and from invoices that are new.
pub(super) fn read(scene: &Scene<'_>, walkers: &mut [Walker<'_>], outcome: &mut Outcome) {
    for walker in walkers.iter_mut() {
        warn(scene, walker, outcome);
    }
    for (identity, feedback) in &scene.account.facts.feedback {
        for walker in walkers.iter().filter(|walker| concerns(walker, feedback)) {
            follow_up(scene, walker, outcome, (identity, &feedback.fact));
        }
    }
}

/// An answer that names no invoice is about all that were issued by then and are not paid.
fn concerns(walker: &Walker<'_>, feedback: &Recorded<FeedbackReceived>) -> bool {
    let answered_on = civil_day(walker.zone, feedback.version.time);
    let is_meant = match &feedback.fact.invoice {
        Some(invoice) => invoice == walker.id(),
        None => walker.invoice.fact.issued_on <= answered_on,
    };
    is_meant && walker.is_chased() && walker.balance.open > Decimal::ZERO
}

fn follow_up(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    outcome: &mut Outcome,
    (identity, feedback): (&str, &FeedbackReceived),
) {
    let bad = walker.workflow.and_then(|workflow| worst(workflow));
    let Some(bad) = bad.filter(|bad| feedback.score <= bad.at_most) else { return };
    let key = &scene.account.key;
    let id = TaskId::derive(&[key.creditor.as_str(), key.debtor.as_str(), FEEDBACK, identity]);
    let because = format!("score {} of a satisfaction question, bad up to {}", feedback.score, bad.at_most);
    let blank = || {
        let mut task = blank_task(id, walker, &bad.kind, scene.now);
        task.reason = Some(FEEDBACK.to_owned());
        task.assign.clone_from(&bad.assign);
        task.note.clone_from(&bad.note);
        task.due_on = Some(last_day(walker, bad));
        task
    };
    share(scene, walker, outcome, (id, FEEDBACK, Some(because)), blank);
}

/// Of the surveys of a workflow, the one that takes most scores for bad.
fn worst(workflow: &Workflow) -> Option<&BadScore> {
    let surveys = workflow.steps.iter().flat_map(|step| &step.actions).filter_map(|action| match action {
        Action::Survey(survey) => survey.on_bad.as_ref(),
        _ => None,
    });
    surveys.max_by_key(|bad| bad.at_most)
}

/// The task's last day: as written, and not past the due date while that is ahead.
fn last_day(walker: &Walker<'_>, bad: &BadScore) -> NaiveDate {
    let last = add(walker.today, bad.within, walker.office);
    walker.due_on.filter(|due_on| *due_on >= walker.today).map_or(last, |due_on| last.min(due_on))
}

/// Warns once of an invoice that has just got its workflow and is not overdue yet.
fn warn(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let Some(warning) = walker.workflow.and_then(|workflow| workflow.credit_warning.as_ref()) else { return };
    let had_workflow = scene.account.cases.get(walker.id()).is_some_and(|case| case.workflow.is_some());
    let is_overdue = walker.due_on.is_some_and(|due_on| due_on < walker.today);
    if had_workflow || is_overdue || !walker.is_open() || walker.case.said.contains(CREDIT_WARNING) {
        return;
    }
    let Some(because) = reasons(scene, walker, warning) else { return };
    walker.case.said.insert(CREDIT_WARNING.to_owned());
    let (owed, currency) = (owed(scene, walker.balance.currency), walker.balance.currency);
    let advice = deposit(warning, Money::new(walker.invoice.fact.total, currency));
    let advised =
        advice.map(|money| format!("a deposit of {} {currency} on the next such order is advised", money.plain()));
    let entry = Entry {
        amount: Some(at_scale(owed, currency)),
        currency: Some(currency),
        ..walker.entry(scene, Kind::Published, None)
    };
    outcome.say(entry, [format!("event {CREDIT_WARNING}")].into_iter().chain(because).chain(advised));
}

/// Why the platform is to be warned; `None` where it is not.
fn reasons(scene: &Scene<'_>, walker: &Walker<'_>, warning: &CreditWarning) -> Option<Vec<String>> {
    if let Some(when) = &warning.when {
        let answer = when.evaluate(&CaseScope::of(scene, walker));
        return answer.value.then_some(answer.because);
    }
    let limit = scene.debtor?.credit_limit.filter(|limit| limit.currency == walker.balance.currency)?;
    let owed = owed(scene, limit.currency);
    let sentence =
        format!("{} {} owed, the limit is {}", plain_amount(owed, limit.currency), limit.currency, limit.plain());
    (owed > limit.amount).then(|| vec![sentence])
}

/// All that the account owes in a currency, due or not, disputed or not. Read once.
pub(super) fn owed(scene: &Scene<'_>, currency: Currency) -> Decimal {
    let sums = || {
        let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
        for balance in scene.ledger.balances.values() {
            *sums.entry(balance.currency).or_default() += balance.open;
        }
        sums
    };
    scene.owed.get_or_init(sums).get(&currency).copied().unwrap_or_default()
}

/// The deposit that a warning advises on an order of that size, rounded half away from zero to the currency's decimals.
pub fn deposit(warning: &CreditWarning, order: Money) -> Option<Money> {
    let exact = order.amount.checked_mul(warning.deposit_percent?)? / Decimal::ONE_HUNDRED;
    let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    Some(Money::new(exact.round_dp_with_strategy(order.currency.decimals(), strategy), order.currency))
}
