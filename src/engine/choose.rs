//! Opening cases, choosing their workflow, settling and reopening them (rules 15, 24, 25).

use std::sync::Arc;

use rust_decimal::Decimal;

use super::closing;
use super::insolvency::is_stopped;
use super::scene::{Hold, Outcome, Scene, Walker, blank_task};
use super::scope::CaseScope;
use crate::domain::{
    AllocationReason, Case, CaseState, Kind, Reason, Source, StepOutcome, TaskId, TaskState, WorkflowName, plain_amount,
};
use crate::workflow::{Action, Workflow};

/// Every invoice known, as a case being worked on.
pub(super) fn walkers<'a>(scene: &Scene<'a>) -> Vec<Walker<'a>> {
    let invoices = scene.account.facts.invoices.iter();
    let ready = invoices.filter_map(|(id, invoice)| {
        let case = scene.account.cases.get(id).cloned().unwrap_or_else(|| Case::new(id.clone(), scene.now));
        Some(scene.walker(case, invoice, scene.ledger.balances.get(id)?))
    });
    ready.collect()
}

/// Voids, settles, reopens; then chooses the workflow of a case that waits for one.
pub(super) fn update_state<'a>(scene: &Scene<'a>, walker: &mut Walker<'a>, outcome: &mut Outcome) {
    if walker.case.state == CaseState::Voided {
        return;
    }
    if scene.account.facts.voided.contains_key(walker.id()) {
        walker.case.state = CaseState::Voided;
        walker.case.held.clear();
        walker.case.free_since = None;
        outcome.say(walker.entry(scene, Kind::Voided, None), []);
        return;
    }
    let owed = walker.balance.open > Decimal::ZERO;
    match walker.case.state {
        CaseState::Settled if owed => reopen(scene, walker, outcome),
        CaseState::Settled | CaseState::Voided => {}
        // Paid before anything was said of it: it ends as it would have if it had been seen unpaid first.
        CaseState::Waiting if !owed && walker.case.held.is_empty() => walker.case.state = CaseState::Settled,
        _ if !owed => settle(scene, walker, outcome),
        CaseState::Waiting => choose(scene, walker, outcome),
        CaseState::Open | CaseState::HandedOver | CaseState::Exhausted => {}
    }
}

fn settle(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    walker.case.state = CaseState::Settled;
    walker.case.held.clear();
    walker.case.free_since = None;
    walker.case.awaited = None;
    let last = scene.ledger.of_invoice(walker.id()).filter(|one| one.why != AllocationReason::InPlatformBalance);
    let last = last.max_by_key(|one| (one.known, one.day));
    let reason = match last.map(|one| &one.source) {
        Some(Source::Payment(_)) => Reason::Payment,
        Some(Source::CreditNote(_)) => Reason::CreditNote,
        None => Reason::PlatformBalance,
    };
    let because = scene.ledger.of_invoice(walker.id()).map(|one| one.sentence(walker.balance.currency));
    outcome.say(walker.entry(scene, Kind::Settled, Some(reason)), because.collect::<Vec<_>>());
    // A workflow under which nothing happened leaves no trace: whether the payment came together with the invoice or
    // a moment after it makes no difference.
    let case = &mut walker.case;
    if case.journal.is_empty() && case.said.is_empty() && case.go_to.is_none() {
        case.workflow = None;
        case.chosen.clear();
    }
}

/// The case stands where its journal says; one that has not begun chooses its workflow.
fn reopen<'a>(scene: &Scene<'a>, walker: &mut Walker<'a>, outcome: &mut Outcome) {
    let handed_over = |workflow: &Arc<Workflow>| {
        let hands_over = |action: &Action| matches!(action, Action::Handover { .. });
        workflow
            .steps
            .iter()
            .filter(|step| step.actions.iter().any(hands_over))
            .any(|step| walker.records(step).any(|record| record.outcome == StepOutcome::Done))
    };
    walker.case.state = match walker.workflow {
        None => CaseState::Waiting,
        Some(workflow) if handed_over(workflow) => CaseState::HandedOver,
        Some(_) if walker.case.said.contains("exhausted") => CaseState::Exhausted,
        Some(_) => CaseState::Open,
    };
    let owed = format!(
        "{} {} owed again",
        plain_amount(walker.balance.open, walker.balance.currency),
        walker.balance.currency
    );
    outcome.say(walker.entry(scene, Kind::Reopened, None), [owed]);
    if walker.case.state == CaseState::Exhausted {
        closing::reopen_last_task(scene, walker, outcome);
    }
    if walker.case.state == CaseState::Waiting {
        choose(scene, walker, outcome);
    }
}

/// Chooses a workflow once debtor and creditor are known, or says why none is chosen.
fn choose<'a>(scene: &Scene<'a>, walker: &mut Walker<'a>, outcome: &mut Outcome) {
    let (Some(_), Some(debtor)) = (scene.creditor, scene.debtor) else {
        let missing = match (scene.debtor, scene.creditor) {
            (None, None) => "the debtor and the creditor are",
            (None, Some(_)) => "the debtor is",
            (Some(_), _) => "the creditor is",
        };
        hold_choice(walker, Reason::DebtorUnknown, format!("{missing} not known yet"));
        return;
    };
    let chosen = match &debtor.workflow {
        Some(name) => match scene.book.newest.get(name) {
            Some(workflow) => Ok((workflow, vec![format!("the debtor's workflow is {name}")])),
            None => {
                hold_choice(walker, Reason::WorkflowUnknown, format!("the debtor's workflow {name} does not exist"));
                ask_for_workflow(scene, walker, name, outcome);
                return;
            }
        },
        None => applying(scene, walker),
    };
    match chosen {
        Ok((workflow, because)) => {
            walker.case.workflow = Some((workflow.name.clone(), workflow.revision.clone()));
            walker.case.chosen = because;
            walker.case.state = CaseState::Open;
            scene.settle_in(walker);
        }
        Err(refused) => refused.into_iter().for_each(|because| hold_choice(walker, Reason::NoWorkflow, because)),
    }
}

/// The workflow with the highest priority that applies, the smallest name among equals, and why it; where none
/// applies, why not, a sentence each.
fn applying<'a>(scene: &Scene<'a>, walker: &Walker<'a>) -> Result<(&'a Arc<Workflow>, Vec<String>), Vec<String>> {
    let (mut applying, mut refused) = (Vec::new(), Vec::new());
    for workflow in scene.book.newest.values() {
        let answer = workflow.applies_to.evaluate(&CaseScope::under(scene, walker, workflow));
        match answer.value {
            true => applying.push((workflow, answer.because.join(", "))),
            false if answer.because.is_empty() => refused.push(format!("{} applies to no invoice", workflow.name)),
            false => refused.push(format!("{} does not apply: {}", workflow.name, answer.because.join(", "))),
        }
    }
    // Names come in order, and of equals the first is taken.
    let best = applying.iter().min_by_key(|(workflow, _)| std::cmp::Reverse(workflow.priority));
    let Some((best, why)) = best.map(|(workflow, why)| (*workflow, why)) else {
        let none = || vec!["there is no workflow to choose from".to_owned()];
        return Err(if refused.is_empty() { none() } else { refused });
    };
    let mut because = vec![match why.as_str() {
        "" => format!("{} applies to every invoice", best.name),
        why => format!("{} applies: {why}", best.name),
    }];
    for (other, _) in applying.iter().filter(|(other, _)| other.name != best.name) {
        because.push(if best.priority == other.priority {
            format!("before {}, of the same priority, by name", other.name)
        } else {
            format!("before {}: priority {} over {}", other.name, best.priority, other.priority)
        });
    }
    Ok((best, because))
}

fn hold_choice(walker: &mut Walker<'_>, reason: Reason, because: String) {
    walker.holds.push(Hold::of(reason, because));
}

fn ask_for_workflow(scene: &Scene<'_>, walker: &Walker<'_>, name: &WorkflowName, outcome: &mut Outcome) {
    let key = &scene.account.key;
    let parts = [key.creditor.as_str(), walker.id().as_str(), "workflow_unknown", name.as_str()];
    let id = TaskId::derive(&parts);
    let stands = scene.task(outcome, &id).is_some_and(|task| task.state != TaskState::Withdrawn);
    if !stands && !is_stopped(scene, walker) {
        let mut task = blank_task(id, walker, "check", scene.now);
        task.reason = Some("workflow_unknown".to_owned());
        task.note = Some(format!("The debtor's workflow `{name}` does not exist."));
        outcome.tasks.insert(id, task);
        outcome.say(walker.entry(scene, Kind::Task, None), [format!("workflow {name}")]);
    }
}
