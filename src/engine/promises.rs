//! Promises and plans (rule 27): kept, broken, or a hold while their last day is not over.
//!
//! What was said stays said: a promise broken once is not a hold again, whatever is learnt later.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::days::{add, civil_day, plus_days, sane};
use super::holds::{Question, ask_once};
use super::scene::{Hold, Outcome, Scene, Walker};
use super::timing::day_after;
use crate::domain::{CaseState, InvoiceId, Kind, PlanAgreed, PromiseMade, Reason, Recorded, Source, plain_amount};

/// A promise further ahead asks a manager.
const PROMISE_DAYS_MAX: i64 = 45;

/// Finds the promises and plans that hold this case, and says which were kept and broken.
pub(super) fn find(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    if matches!(walker.case.state, CaseState::Waiting | CaseState::Voided) {
        return;
    }
    let facts = &scene.account.facts;
    for (id, pair) in &facts.promises {
        if let Some(promise) = pair.standing() {
            self::promise(scene, walker, outcome, id, promise);
        }
    }
    for (id, pair) in &facts.plans {
        if let Some(plan) = pair.standing().filter(|plan| plan.fact.invoices.contains(walker.id())) {
            self::plan(scene, walker, outcome, id, plan);
        }
    }
}

fn promise(
    scene: &Scene<'_>,
    walker: &mut Walker<'_>,
    outcome: &mut Outcome,
    id: &str,
    promise: &Recorded<PromiseMade>,
) {
    let (kept, broken) = (format!("promise_kept:{id}"), format!("promise_broken:{id}"));
    let made_on = civil_day(walker.zone, promise.version.time);
    let covered = covered(scene, &promise.fact, made_on);
    if walker.case.said.contains(&kept) || !covered.contains(walker.id()) {
        return;
    }
    let Some(workflow) = walker.workflow else { return };
    let last = add(sane(promise.fact.pay_by), workflow.grace, walker.calendar);
    if walker.case.said.contains(&broken) {
        walker.ended.push((Reason::Promise, day_after(walker, last)));
        return;
    }
    let received = received(scene, &covered, made_on, NaiveDate::MAX);
    let settled =
        covered.iter().all(|one| scene.ledger.balances.get(one).is_some_and(|balance| balance.open.is_zero()));
    let currency = walker.balance.currency;
    let sums = format!(
        "promise {id}: {} of {} {currency} received",
        plain_amount(received, currency),
        plain_amount(promise.fact.amount, currency),
    );
    if received >= promise.fact.amount || (settled && received > Decimal::ZERO) {
        walker.case.said.insert(kept);
        outcome.say(walker.entry(scene, Kind::PromiseKept, None), [sums]);
        return;
    }
    if walker.case.state != CaseState::Open {
        return;
    }
    let end = day_after(walker, last);
    if scene.now >= end {
        walker.case.said.insert(broken);
        walker.ended.push((Reason::Promise, end));
        if let Some(target) = &workflow.on_broken_promise {
            walker.case.go_to = Some(target.clone());
        }
        outcome.say(walker.entry(scene, Kind::PromiseBroken, None), [sums, format!("its last day was {last}")]);
        return;
    }
    outcome.wake(scene.now, end);
    if sane(promise.fact.pay_by) > plus_days(made_on, PROMISE_DAYS_MAX) {
        let question = Question {
            why: "promise",
            reason: Reason::Promise,
            what: id,
            note: "A promise lies more than 45 days ahead.",
        };
        ask_once(scene, walker, outcome, &question, format!("promise {id} until {}", promise.fact.pay_by));
    }
    walker.holds.push(Hold { reason: Reason::Promise, because: format!("{sums}, waited for until {last}") });
}

/// The invoices a promise covers: those it names, else all that were issued when it was made.
fn covered(scene: &Scene<'_>, promise: &PromiseMade, made_on: NaiveDate) -> BTreeSet<InvoiceId> {
    if !promise.invoices.is_empty() {
        return promise.invoices.iter().cloned().collect();
    }
    let invoices = scene.account.facts.invoices.values().map(|invoice| &invoice.fact);
    let settled_before = |invoice: &&crate::domain::Invoice| {
        let open = scene.ledger.balances.get(&invoice.id).is_some_and(|balance| balance.open > Decimal::ZERO);
        open || scene.ledger.of_invoice(&invoice.id).any(|one| one.day >= made_on)
    };
    invoices.filter(|invoice| invoice.issued_on <= made_on).filter(settled_before).map(|one| one.id.clone()).collect()
}

/// What payments brought to these invoices between two days, both included.
fn received(scene: &Scene<'_>, invoices: &BTreeSet<InvoiceId>, from: NaiveDate, to: NaiveDate) -> Decimal {
    let payments = scene.ledger.allocations.iter().filter(|one| matches!(one.source, Source::Payment(_)));
    payments
        .filter(|one| one.day >= from && one.day <= to && invoices.contains(&one.invoice))
        .map(|one| one.amount)
        .sum()
}

fn plan(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome, id: &str, plan: &Recorded<PlanAgreed>) {
    let (kept, broken) = (format!("plan_kept:{id}"), format!("plan_broken:{id}"));
    let Some(workflow) = walker.workflow else { return };
    let agreed_on = civil_day(walker.zone, plan.version.time);
    let invoices: BTreeSet<InvoiceId> = plan.fact.invoices.iter().cloned().collect();
    let mut instalments: Vec<(NaiveDate, Decimal)> =
        plan.fact.instalments.iter().map(|one| (sane(one.due_on), one.amount)).collect();
    instalments.sort_unstable();
    let lasts: Vec<(NaiveDate, Decimal)> = instalments
        .into_iter()
        .scan(Decimal::ZERO, |sum, (due_on, amount)| {
            *sum += amount;
            Some((add(due_on, workflow.grace, walker.calendar), *sum))
        })
        .collect();
    let over = |end: &DateTime<Utc>| scene.now >= *end;
    let last_end = lasts.last().map(|(last, _)| day_after(walker, *last));
    if walker.case.said.contains(&kept) || walker.case.said.contains(&broken) {
        walker.ended.extend(last_end.filter(over).map(|end| (Reason::Plan, end)));
        return;
    }
    let currency = walker.balance.currency;
    let sentence = |received, needed| {
        format!(
            "plan {id}: {} of {} {currency} received",
            plain_amount(received, currency),
            plain_amount(needed, currency)
        )
    };
    for (last, needed) in &lasts {
        let end = day_after(walker, *last);
        let received = received(scene, &invoices, agreed_on, *last);
        if over(&end) && received < *needed && walker.case.state == CaseState::Open {
            walker.case.said.insert(broken);
            walker.ended.push((Reason::Plan, end));
            outcome.say(walker.entry(scene, Kind::PlanBroken, None), [sentence(received, *needed)]);
            return;
        }
    }
    let total = lasts.last().map_or(Decimal::ZERO, |(_, sum)| *sum);
    let received = received(scene, &invoices, agreed_on, NaiveDate::MAX);
    if received >= total {
        walker.case.said.insert(kept);
        outcome.say(walker.entry(scene, Kind::PlanKept, None), [sentence(received, total)]);
        return;
    }
    if walker.case.state != CaseState::Open {
        return;
    }
    if let Some((next, needed)) = lasts.iter().find(|(last, _)| !over(&day_after(walker, *last))) {
        outcome.wake(scene.now, day_after(walker, *next));
        let because = format!("{}, waited for until {next}", sentence(received, *needed));
        walker.holds.push(Hold { reason: Reason::Plan, because });
    }
}
