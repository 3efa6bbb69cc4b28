//! Promises and plans (rule 27): kept, broken, or a hold while their last day is not over.
//!
//! What was said stays said: a promise broken once is not a hold again, whatever is learnt later.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::days::{add, civil_day, plus_days, sane};
use super::questions::{Question, ask_once};
use super::scene::{Hold, Outcome, Scene, Walker};
use super::timing::day_after;
use crate::domain::{
    CaseState, Currency, Invoice, InvoiceId, Kind, PlanAgreed, PromiseMade, Reason, Recorded, Source, plain_amount,
};

/// A promise further ahead asks a manager.
const PROMISE_DAYS_MAX: i64 = 45;

/// What came in on the invoices of a promise or plan since it was made, by currency: 500 EUR and 500 USD are not 1000 of
/// anything.
#[derive(Default)]
struct Receipts<'a> {
    invoices: BTreeSet<&'a InvoiceId>,
    /// By day, each with the sum up to its evening.
    sums: BTreeMap<Currency, Vec<(NaiveDate, Decimal)>>,
    /// Currencies in which something is still owed.
    owed: BTreeSet<Currency>,
    /// Whether it names an invoice that is not known yet.
    is_partly_unknown: bool,
}

impl<'a> Receipts<'a> {
    fn of(scene: &Scene<'a>, invoices: BTreeSet<&'a InvoiceId>, since: NaiveDate) -> Self {
        let mut by_day: BTreeMap<Currency, BTreeMap<NaiveDate, Decimal>> = BTreeMap::new();
        let mut owed = BTreeSet::new();
        let mut is_partly_unknown = false;
        for invoice in &invoices {
            let Some(balance) = scene.ledger.balances.get(*invoice) else {
                is_partly_unknown = true;
                continue;
            };
            if !balance.open.is_zero() {
                owed.insert(balance.currency);
            }
            let payments = scene.ledger.of_invoice(invoice).filter(|one| matches!(one.source, Source::Payment(_)));
            for one in payments.filter(|one| one.day >= since) {
                *by_day.entry(balance.currency).or_default().entry(one.day).or_default() += one.amount;
            }
        }
        let summed = |days: BTreeMap<NaiveDate, Decimal>| {
            let sums = days.into_iter().scan(Decimal::ZERO, |sum, (day, amount)| {
                *sum += amount;
                Some((day, *sum))
            });
            sums.collect()
        };
        let sums = by_day.into_iter().map(|(currency, days)| (currency, summed(days))).collect();
        Self { invoices, sums, owed, is_partly_unknown }
    }

    /// What payments brought up to the evening of `last`.
    fn until(&self, currency: Currency, last: NaiveDate) -> Decimal {
        let sums = self.sums.get(&currency).map_or(&[][..], Vec::as_slice);
        let days = sums.partition_point(|(day, _)| *day <= last);
        days.checked_sub(1).and_then(|place| sums.get(place)).map_or(Decimal::ZERO, |(_, sum)| *sum)
    }
}

/// Receipts of one decision, each counted when it is first asked for: by kind, id and first day.
#[derive(Default)]
pub(super) struct Received<'a>(BTreeMap<(Kind, &'a str, NaiveDate), Receipts<'a>>);

/// Finds the promises and plans that hold this case, and says which were kept and broken.
pub(super) fn find<'a>(scene: &Scene<'a>, walker: &mut Walker<'a>, outcome: &mut Outcome, known: &mut Received<'a>) {
    if matches!(walker.case.state, CaseState::Waiting | CaseState::Voided) {
        return;
    }
    let facts = &scene.account.facts;
    for (id, pair) in &facts.promises {
        let Some(made) = pair.standing() else { continue };
        if walker.case.said.contains(&format!("promise_kept:{id}")) {
            continue;
        }
        let made_on = civil_day(walker.zone, made.version.time);
        let count = || Receipts::of(scene, covered(scene, &made.fact, made_on), made_on);
        let receipts = known.0.entry((Kind::PromiseKept, id, made_on)).or_insert_with(count);
        if receipts.invoices.contains(walker.id()) {
            promise(scene, walker, outcome, (id, made, made_on), receipts);
        }
    }
    for (id, pair) in &facts.plans {
        let Some(agreed) = pair.standing() else { continue };
        let agreed_on = civil_day(walker.zone, agreed.version.time);
        let count = || Receipts::of(scene, agreed.fact.invoices.iter().collect(), agreed_on);
        let receipts = known.0.entry((Kind::PlanKept, id, agreed_on)).or_insert_with(count);
        if receipts.invoices.contains(walker.id()) {
            plan(scene, walker, outcome, (id, agreed), receipts);
        }
    }
}

fn promise(
    scene: &Scene<'_>,
    walker: &mut Walker<'_>,
    outcome: &mut Outcome,
    (id, promise, made_on): (&str, &Recorded<PromiseMade>, NaiveDate),
    receipts: &Receipts<'_>,
) {
    let (kept, broken) = (format!("promise_kept:{id}"), format!("promise_broken:{id}"));
    let Some(workflow) = walker.workflow else { return };
    let last = add(sane(promise.fact.pay_by), workflow.grace, walker.calendar);
    if walker.case.said.contains(&broken) {
        walker.ended.push((Reason::Promise, day_after(walker, last)));
        return;
    }
    let currency = walker.balance.currency;
    let received = receipts.until(currency, NaiveDate::MAX);
    let settled = !receipts.is_partly_unknown && !receipts.owed.contains(&currency);
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
    if !walker.is_chased() {
        return;
    }
    let end = day_after(walker, last);
    if scene.now >= end {
        walker.case.said.insert(broken);
        walker.ended.push((Reason::Promise, end));
        if let Some(target) = workflow.on_broken_promise.as_ref().filter(|_| walker.is_open()) {
            walker.case.go_to = Some(target.clone());
        }
        outcome.say(walker.entry(scene, Kind::PromiseBroken, None), [sums, format!("its last day was {last}")]);
        return;
    }
    outcome.wake(scene.now, end);
    if sane(promise.fact.pay_by) > plus_days(made_on, PROMISE_DAYS_MAX) {
        let question =
            Question { why: "promise", what: id, note: "A promise lies more than 45 days ahead.", answers: &[] };
        ask_once(scene, walker, outcome, &question, format!("promise {id} until {}", promise.fact.pay_by));
    }
    walker.holds.push(Hold::of(Reason::Promise, format!("{sums}, waited for until {last}")));
}

/// The invoices a promise covers: those it names, else all that were issued when it was made and not settled before.
fn covered<'a>(scene: &Scene<'a>, promise: &'a PromiseMade, made_on: NaiveDate) -> BTreeSet<&'a InvoiceId> {
    if !promise.invoices.is_empty() {
        return promise.invoices.iter().collect();
    }
    let invoices = scene.account.facts.invoices.values().map(|invoice| &invoice.fact);
    let not_settled_before = |invoice: &&Invoice| {
        let open = scene.ledger.balances.get(&invoice.id).is_some_and(|balance| balance.open > Decimal::ZERO);
        open || scene.ledger.of_invoice(&invoice.id).any(|one| one.day >= made_on)
    };
    let issued = invoices.filter(|invoice| invoice.issued_on <= made_on);
    issued.filter(not_settled_before).map(|invoice| &invoice.id).collect()
}

fn plan(
    scene: &Scene<'_>,
    walker: &mut Walker<'_>,
    outcome: &mut Outcome,
    (id, plan): (&str, &Recorded<PlanAgreed>),
    receipts: &Receipts<'_>,
) {
    let (kept, broken) = (format!("plan_kept:{id}"), format!("plan_broken:{id}"));
    let Some(workflow) = walker.workflow else { return };
    let mut instalments: Vec<(NaiveDate, Decimal)> =
        plan.fact.instalments.iter().map(|one| (sane(one.due_on), one.amount)).collect();
    instalments.sort_unstable();
    let lasts: Vec<(NaiveDate, Decimal)> = instalments
        .into_iter()
        .scan(Decimal::ZERO, |sum, (due_on, amount)| {
            *sum += amount;
            Some((add(due_on, workflow.plan_tolerance.late, walker.calendar), *sum))
        })
        .collect();
    let over = |end: &DateTime<Utc>| scene.now >= *end;
    let last_end = lasts.last().map(|(last, _)| day_after(walker, *last));
    if walker.case.said.contains(&broken) {
        walker.ended.extend(last_end.filter(over).map(|end| (Reason::Plan, end)));
        return;
    }
    if walker.case.said.contains(&kept) {
        kept_until(scene, walker, outcome, id, lasts.last().map(|(last, _)| *last));
        return;
    }
    let (currency, missing) = (walker.balance.currency, workflow.plan_tolerance.amount);
    let may =
        if missing.is_zero() { String::new() } else { format!(", {} may be missing", plain_amount(missing, currency)) };
    let sentence = |received, needed| {
        let (received, needed) = (plain_amount(received, currency), plain_amount(needed, currency));
        format!("plan {id}: {received} of {needed} {currency} received{may}")
    };
    for (last, needed) in &lasts {
        let end = day_after(walker, *last);
        let received = receipts.until(currency, *last);
        if over(&end) && received < *needed - missing && walker.is_chased() {
            walker.case.said.insert(broken);
            walker.ended.push((Reason::Plan, end));
            outcome.say(walker.entry(scene, Kind::PlanBroken, None), [sentence(received, *needed)]);
            return;
        }
    }
    let total = lasts.last().map_or(Decimal::ZERO, |(_, sum)| *sum);
    let received = receipts.until(currency, NaiveDate::MAX);
    let is_over = last_end.as_ref().is_some_and(over);
    if received >= total || (is_over && received >= total - missing) {
        walker.case.said.insert(kept);
        outcome.say(walker.entry(scene, Kind::PlanKept, None), [sentence(received, total)]);
        kept_until(scene, walker, outcome, id, lasts.last().map(|(last, _)| *last));
        return;
    }
    if !walker.is_chased() {
        return;
    }
    if let Some((next, needed)) = lasts.iter().find(|(last, _)| !over(&day_after(walker, *last))) {
        outcome.wake(scene.now, day_after(walker, *next));
        let because = format!("{}, waited for until {next}", sentence(received, *needed));
        walker.holds.push(Hold::of(Reason::Plan, because));
    }
}

/// What a plan leaves goes on after its last instalment, also where all of them came early.
fn kept_until(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome, id: &str, last: Option<NaiveDate>) {
    let Some(last) = last else { return };
    let end = day_after(walker, last);
    if scene.now >= end {
        walker.ended.push((Reason::Plan, end));
    } else if walker.is_chased() {
        outcome.wake(scene.now, end);
        walker.holds.push(Hold::of(Reason::Plan, format!("plan {id} kept early, it runs until {last}")));
    }
}
