//! What goes together (rules 16, 18): cases of one account whose moment has come on one day.
//!
//! In `prevention` and in `reminder` the furthest step speaks for all; in `formal_notice` and `legal` only cases at
//! the same step are joined. A group is ordered as a whole by `orders`.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::delivery::{Standing, standing};
use super::reach;
use super::scene::{Scene, Walker};
use super::walk::{Candidate, Consent, Part};
use crate::domain::{CaseState, InvoiceId, NoticeId, Phase, Revision, StepId, StepOutcome, WorkflowName};
use crate::workflow::{Group, Message, Step, Workflow};

/// Cases that go together.
pub(super) struct Joined<'a> {
    /// What goes, sorted by case.
    pub members: Vec<Candidate>,
    /// The case whose step speaks.
    pub lead: usize,
    pub workflow: &'a Workflow,
    /// The step that speaks, and its place.
    pub place: usize,
    pub step: &'a Step,
    /// The messages that can be sent.
    pub messages: Vec<&'a Message>,
    /// The cases listed, by place among the walkers; sorted.
    pub listed: Vec<usize>,
    pub consent: Consent,
    pub part: Part,
}

/// What must agree for two cases to go together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    phase: Phase,
    workflow: WorkflowName,
    /// The revision and the step, where only cases at the same step are joined: another revision may give another term.
    step: Option<(Revision, StepId, u32)>,
    /// The invoice, where each goes alone.
    alone: Option<InvoiceId>,
    consent: Consent,
    part: Part,
    /// For fallbacks: the failed notices they stand in for.
    failed: Vec<NoticeId>,
}

/// Joins what goes together.
pub(super) fn join<'a>(scene: &Scene<'a>, walkers: &[Walker<'a>], candidates: Vec<Candidate>) -> Vec<Joined<'a>> {
    let formal: BTreeSet<usize> =
        candidates.iter().filter(|one| goes_formal(walkers, one)).map(|one| one.walker).collect();
    let mut groups: BTreeMap<Key, Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates {
        if let Some(key) = key(scene, walkers, &candidate) {
            groups.entry(key).or_default().push(candidate);
        }
    }
    groups.into_values().filter_map(|members| joined(scene, walkers, members, &formal)).collect()
}

/// Whether a case gets its formal notice, or what follows one, at this very moment.
fn goes_formal(walkers: &[Walker<'_>], candidate: &Candidate) -> bool {
    let step = walkers[candidate.walker].workflow.map(|workflow| &workflow.steps[candidate.index]);
    !candidate.consent.is_missing() && step.is_some_and(|step| step.phase >= Phase::FormalNotice)
}

fn key(scene: &Scene<'_>, walkers: &[Walker<'_>], candidate: &Candidate) -> Option<Key> {
    let walker = &walkers[candidate.walker];
    let workflow = walker.workflow?;
    if let Part::Rest(id) = candidate.part {
        // The lines of one notice stay together, whatever their own steps.
        return Some(Key {
            phase: walker.step_named(&scene.account.notices.get(&id)?.step)?.1.phase,
            workflow: workflow.name.clone(),
            step: None,
            alone: None,
            consent: candidate.consent,
            part: candidate.part,
            failed: Vec::new(),
        });
    }
    let step = &workflow.steps[candidate.index];
    let speaks = step.messages().next().is_some();
    let apart = step.phase >= Phase::FormalNotice || !speaks || candidate.part != Part::Step;
    let record = walker.records(step).find(|record| record.occurrence == candidate.occurrence);
    let failed = record.filter(|_| candidate.part == Part::Fallback).map(|record| record.notices.clone());
    Some(Key {
        phase: step.phase,
        workflow: workflow.name.clone(),
        step: apart.then(|| (workflow.revision.clone(), step.id.clone(), candidate.occurrence)),
        alone: (workflow.group == Group::Invoice && speaks).then(|| walker.id().clone()),
        consent: candidate.consent,
        part: candidate.part,
        failed: failed.unwrap_or_default(),
    })
}

fn joined<'a>(
    scene: &Scene<'a>,
    walkers: &[Walker<'a>],
    mut members: Vec<Candidate>,
    formal: &BTreeSet<usize>,
) -> Option<Joined<'a>> {
    members.sort_by_key(|member| member.walker);
    // The furthest step speaks; of equals the smallest invoice.
    let lead = members.iter().max_by_key(|member| (member.index, std::cmp::Reverse(member.walker)))?;
    let (lead, part, consent, occurrence) = (lead.walker, lead.part, lead.consent, lead.occurrence);
    let workflow: &'a Workflow = walkers[lead].workflow?;
    let place = match part {
        Part::Rest(id) => walkers[lead].step_named(&scene.account.notices.get(&id)?.step)?.0,
        _ => members.iter().map(|member| member.index).max()?,
    };
    let step = &workflow.steps[place];
    let messages = match part {
        Part::Step => usable(scene, step),
        Part::Rest(id) => of_notice(scene, &walkers[lead], id),
        Part::Fallback => {
            let record = walkers[lead].records(step).find(|record| record.occurrence == occurrence)?;
            first_of_channel(super::rest::fallbacks(scene, step, record).into_iter())
        }
    };
    let mut listed = listed(scene, walkers, workflow, step, &members);
    listed.retain(|index| !formal.contains(index) || members.iter().any(|member| member.walker == *index));
    Some(Joined { members, lead, workflow, place, step, messages, listed, consent, part })
}

/// The messages of a step that reach the debtor, else its fallbacks that do; one for each channel. Where nothing else is
/// left, an address that failed before is tried again: no step is lost to it. From the formal notice on no message of a
/// step is left out for that: a copy never stands for the letter.
fn usable<'a>(scene: &Scene<'_>, step: &'a Step) -> Vec<&'a Message> {
    let reaches = |message: &&Message| reach::reaches(scene, message);
    let has_address = |message: &&Message| reach::recipient(scene, message).is_some();
    let reached = || step.messages().filter(reaches);
    let own = match step.phase >= Phase::FormalNotice && reached().next().is_some() {
        true => first_of_channel(step.messages().filter(has_address)),
        false => first_of_channel(reached()),
    };
    let ways = [
        own,
        first_of_channel(step.if_unreachable.iter().filter(reaches)),
        first_of_channel(step.messages().filter(has_address)),
        first_of_channel(step.if_unreachable.iter().filter(has_address)),
    ];
    ways.into_iter().find(|messages| !messages.is_empty()).unwrap_or_default()
}

/// The message that a notice already ordered was made from.
fn of_notice<'a>(scene: &Scene<'_>, walker: &Walker<'a>, id: NoticeId) -> Vec<&'a Message> {
    let Some(notice) = scene.account.notices.get(&id) else { return Vec::new() };
    let Some((_, step)) = walker.step_named(&notice.step) else { return Vec::new() };
    let same = |message: &&Message| message.channel == notice.channel && message.template == notice.template;
    let reaches = |message: &&Message| super::reach::recipient(scene, message).is_some();
    step.messages().chain(&step.if_unreachable).filter(same).filter(reaches).take(1).collect()
}

/// The messages of all notices of the step that a notice is left of; `None` for a step that begins, or a fallback.
pub(super) fn whole_step<'a>(scene: &Scene<'_>, walker: &Walker<'a>, part: Part) -> Option<Vec<&'a Message>> {
    let Part::Rest(id) = part else { return None };
    let record = walker.case.journal.iter().find(|record| record.notices.contains(&id))?;
    let (_, step) = walker.step_named(&record.step)?;
    let notices = || record.notices.iter().filter_map(|id| scene.account.notices.get(id));
    let went = |message: &&Message| {
        notices().any(|notice| notice.channel == message.channel && notice.template == message.template)
    };
    Some(first_of_channel(step.messages().chain(&step.if_unreachable).filter(went)))
}

fn first_of_channel<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<&'a Message> {
    let mut found: Vec<&Message> = Vec::new();
    for message in messages {
        if found.iter().all(|known| known.channel != message.channel) {
            found.push(message);
        }
    }
    found
}

/// The cases a notice lists: in `reminder` every overdue one of the workflow, elsewhere the members alone.
fn listed(
    scene: &Scene<'_>,
    walkers: &[Walker<'_>],
    workflow: &Workflow,
    step: &Step,
    members: &[Candidate],
) -> Vec<usize> {
    let mut listed: Vec<usize> = members.iter().map(|member| member.walker).collect();
    if step.phase == Phase::Reminder && workflow.group == Group::Account && step.messages().next().is_some() {
        let others = walkers.iter().enumerate().filter(|(_, walker)| is_listed_along(scene, walker, workflow));
        listed.extend(others.map(|(index, _)| index));
    }
    listed.sort_unstable();
    listed.dedup();
    listed
}

/// Whether an overdue case is listed though its own step is not due.
fn is_listed_along(scene: &Scene<'_>, walker: &Walker<'_>, workflow: &Workflow) -> bool {
    walker.workflow.is_some_and(|own| own.name == workflow.name)
        && matches!(walker.case.state, CaseState::Open | CaseState::Exhausted)
        && walker.overdue_days() > 0
        && walker.claimable() > Decimal::ZERO
        && !walker.is_held()
        && walker.step_holds.is_empty()
        && !is_under_formal_notice(scene, walker, workflow)
}

/// Whether a formal notice about the case was sent, or is on its way.
fn is_under_formal_notice(scene: &Scene<'_>, walker: &Walker<'_>, workflow: &Workflow) -> bool {
    walker.case.journal.iter().any(|record| {
        let formal = workflow.step(&record.step).is_some_and(|(_, step)| step.phase >= Phase::FormalNotice);
        let notices = record.notices.iter().filter_map(|id| scene.account.notices.get(id));
        let mut left = notices.map(|notice| standing(scene, notice));
        formal
            && (record.outcome == StepOutcome::Done
                || left.any(|one| !matches!(one, Standing::Open | Standing::Rejected)))
    })
}
