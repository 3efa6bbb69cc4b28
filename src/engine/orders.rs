//! Ordering: groups become notices, tasks, approvals and acts, and the journals say so (rules 16, 23, 25).
//!
//! What should stand now is compared with what stands: an ordered notice that still says the same is left alone,
//! one that says something else is ordered anew under its id, and one that no group wants any more is taken back.

use std::collections::BTreeSet;

use super::acts;
use super::answers::APPROVAL;
use super::content::{content, digest, totals};
use super::days::add;
use super::delivery::{Standing, handed_over, standing};
use super::grouping::{Joined, whole_step};
use super::reach;
use super::scene::{Outcome, Scene, Walker, blank_task};
use super::timing::{day_after, interval_end};
use super::walk::{Candidate, Consent, Part};
use crate::domain::{
    Entry, InvoiceId, Kind, Notice, NoticeId, NoticeLine, NoticeState, StepOutcome, StepRecord, Task, TaskId, TaskState,
};
use crate::workflow::{ContactChannel, Message};

/// Carries the groups out. Returns the walkers that have done a step without a message, and may be walked on.
pub(super) fn place(
    scene: &Scene<'_>,
    walkers: &mut [Walker<'_>],
    groups: Vec<Joined<'_>>,
    outcome: &mut Outcome,
) -> BTreeSet<usize> {
    let mut wanted = BTreeSet::new();
    let mut acted = BTreeSet::new();
    for group in groups {
        let is_approved = match group.consent {
            Consent::NotNeeded => true,
            Consent::Ask => false,
            Consent::Asked(task) => {
                if !renew(scene, walkers, &group, task, outcome) {
                    continue;
                }
                false
            }
            Consent::Given(task) => {
                let approved = scene.task(outcome, &task).and_then(|task| task.content_digest.clone());
                approved.is_some_and(|approved| approved == digest_of(scene, walkers, &group))
            }
        };
        if !is_approved {
            ask_approval(scene, walkers, &group, outcome);
        } else if group.messages.is_empty() && group.part == Part::Step {
            act(scene, walkers, &group, outcome);
            acted.extend(group.members.iter().map(|member| member.walker));
        } else {
            send(scene, walkers, &group, outcome, &mut wanted);
        }
    }
    // One of which a person said that it did not leave keeps its lines from others until it is taken back.
    let standing = scene.account.notices.values().filter(|notice| match notice.state {
        NoticeState::Ordered => true,
        NoticeState::Uncertain => handed_over(scene.account, notice) == Standing::Open,
        _ => false,
    });
    outcome.withdrawals.extend(standing.map(|notice| notice.id).filter(|id| !wanted.contains(id)));
    acted
}

/// The exact content a person is asked for. What is left of a step is asked for, and was approved, with the whole of it:
/// one question, however many of its notices are left.
fn digest_of(scene: &Scene<'_>, walkers: &[Walker<'_>], group: &Joined<'_>) -> String {
    let listed: Vec<&Walker<'_>> = group.listed.iter().map(|index| &walkers[*index]).collect();
    match whole_step(scene, &walkers[group.lead], group.part) {
        Some(whole) => digest(scene, group.workflow, group.step, &whole, &listed),
        None => digest(scene, group.workflow, group.step, &group.messages, &listed),
    }
}

fn cases(walkers: &[Walker<'_>], group: &Joined<'_>) -> Vec<InvoiceId> {
    group.members.iter().map(|member| walkers[member.walker].id().clone()).collect()
}

fn because(group: &Joined<'_>) -> Vec<String> {
    let mut because: Vec<String> = Vec::new();
    for sentence in group.members.iter().flat_map(|member| &member.because) {
        if !because.contains(sentence) {
            because.push(sentence.clone());
        }
    }
    because
}

/// Asks a person for the exact content, once for the group; asked again, it is another task. What is left of a step
/// is asked for once, however many notices are left.
fn ask_approval(scene: &Scene<'_>, walkers: &[Walker<'_>], group: &Joined<'_>, outcome: &mut Outcome) {
    let lead = &walkers[group.members[0].walker];
    let occurrence = group.members[0].occurrence;
    let before = || {
        scene.tasks(outcome).filter(|task| {
            task.kind == APPROVAL && task.step.as_ref() == Some(&group.step.id) && task.invoices.contains(lead.id())
        })
    };
    let asked = Some(digest_of(scene, walkers, group));
    if before().any(|task| task.state == TaskState::Open && task.content_digest == asked) {
        return;
    }
    let (creditor, times) = (scene.account.key.creditor.as_str(), before().count().to_string());
    let key = [creditor, lead.id().as_str(), group.step.id.as_str(), &occurrence.to_string(), APPROVAL, &times];
    let id = TaskId::derive(&key);
    let expires = group.step.approval.as_ref().and_then(|approval| approval.expires);
    let due_on = expires.map(|(term, _)| add(lead.today, term, lead.office));
    if let Some(last) = due_on {
        outcome.wake(scene.now, day_after(lead, last));
    }
    let invoices = cases(walkers, group);
    let task = Task {
        invoices: invoices.clone(),
        step: Some(group.step.id.clone()),
        occurrence,
        assign: Some(group.step.approval.as_ref().map_or("manager", |approval| &approval.role).to_owned()),
        outcomes: vec![super::answers::APPROVED.to_owned(), super::answers::REJECTED.to_owned()],
        content_digest: asked,
        due_on,
        ..blank_task(id, lead, APPROVAL, scene.now)
    };
    outcome.tasks.insert(id, task);
    let entry = lead.step_entry(scene, Kind::Approval, None, group.place, group.step);
    outcome.say(Entry { invoices, ..entry }, because(group));
}

/// Takes back an open question whose content is no longer what would be sent. Says whether it did.
fn renew(scene: &Scene<'_>, walkers: &[Walker<'_>], group: &Joined<'_>, task: TaskId, outcome: &mut Outcome) -> bool {
    let Some(task) = scene.task(outcome, &task).cloned() else { return false };
    let same = task.content_digest.as_deref() == Some(&digest_of(scene, walkers, group));
    if !same {
        outcome.tasks.insert(task.id, Task { state: TaskState::Withdrawn, ..task });
    }
    !same
}

/// Does a step that sends nothing: opens its task, or is done at once.
fn act(scene: &Scene<'_>, walkers: &mut [Walker<'_>], group: &Joined<'_>, outcome: &mut Outcome) {
    let (place, step, occurrence) = (group.place, group.step, group.members[0].occurrence);
    let lead = &walkers[group.members[0].walker];
    let task = acts::open_task(scene, lead, outcome, (place, step, occurrence), cases(walkers, group), because(group));
    for member in &group.members {
        let walker = &mut walkers[member.walker];
        if task.is_none() {
            walker.record(scene, step, occurrence, StepOutcome::Done);
        } else {
            walker.record(scene, step, occurrence, StepOutcome::Ordered);
            if let Some(record) = walker.case.journal.last_mut() {
                record.task = task;
            }
        }
        acts::perform(scene, walker, outcome, place, step);
    }
}

/// Orders the notices of a group, one for each channel.
fn send(
    scene: &Scene<'_>,
    walkers: &mut [Walker<'_>],
    group: &Joined<'_>,
    outcome: &mut Outcome,
    wanted: &mut BTreeSet<NoticeId>,
) {
    let mut ids = Vec::new();
    for message in &group.messages {
        let Some(notice) = build(scene, walkers, group, message) else { continue };
        ids.push(notice.id);
        wanted.insert(notice.id);
        outcome.wake(scene.now, notice.valid_until);
        let known = scene.account.notices.get(&notice.id);
        if known == Some(&notice) {
            continue;
        }
        if notice.ordered_at == scene.now {
            say(scene, walkers, group, &notice, outcome);
        }
        outcome.orders.push(notice);
    }
    if ids.is_empty() {
        return;
    }
    for member in &group.members {
        let walker = &mut walkers[member.walker];
        let Some(step) = walker.workflow.map(|workflow| &workflow.steps[member.index]) else { continue };
        match group.part {
            Part::Step => write(scene, walker, step, member.occurrence, &ids),
            Part::Fallback | Part::Rest(_) => {
                let own = step.id.clone();
                let line = |record: &&mut StepRecord| record.step == own && record.occurrence == member.occurrence;
                if let Some(record) = walker.case.journal.iter_mut().find(line) {
                    let replaced = |id: &NoticeId| matches!(group.part, Part::Rest(old) if old == *id);
                    record.notices.retain(|id| !replaced(id));
                    record.notices.extend(ids.iter().copied());
                    record.notices.sort_unstable();
                    record.notices.dedup();
                }
            }
        }
    }
    // A step that also opens a task does so once, when its notices are first ordered.
    if group.part == Part::Step {
        open_tasks(scene, walkers, group, outcome);
    }
}

/// Writes the journal line of an ordered step; one that stood before is put back as it was.
fn write(scene: &Scene<'_>, walker: &mut Walker<'_>, step: &crate::workflow::Step, occurrence: u32, ids: &[NoticeId]) {
    let mut notices = ids.to_vec();
    notices.sort_unstable();
    let same = |record: &StepRecord| {
        record.step == step.id
            && record.occurrence == occurrence
            && record.notices == notices
            && record.day == walker.today
    };
    if let Some(known) = walker.tentative.iter().position(same) {
        let record = walker.tentative.remove(known);
        walker.case.journal.push(record);
        return;
    }
    walker.record(scene, step, occurrence, StepOutcome::Ordered);
    if let Some(record) = walker.case.journal.last_mut() {
        record.notices = notices;
    }
}

fn open_tasks(scene: &Scene<'_>, walkers: &mut [Walker<'_>], group: &Joined<'_>, outcome: &mut Outcome) {
    // Cases of several revisions may be written to together; each has the tasks of its own.
    let place = |walkers: &[Walker<'_>], member: &Candidate| {
        let revision = walkers[member.walker].case.workflow.as_ref().map(|(_, revision)| revision.clone());
        (revision, member.index, member.occurrence)
    };
    let steps: BTreeSet<_> = group.members.iter().map(|member| place(walkers, member)).collect();
    for here in steps {
        let mine = group.members.iter().filter(|member| place(walkers, member) == here);
        let mine: Vec<usize> = mine.map(|member| member.walker).collect();
        let (index, occurrence) = (here.1, here.2);
        let Some(step) = walkers[mine[0]].workflow.map(|workflow| &workflow.steps[index]) else { continue };
        if acts::task_action(step).is_none() {
            continue;
        }
        let invoices = mine.iter().map(|index| walkers[*index].id().clone()).collect();
        let lead = &walkers[mine[0]];
        let task = acts::open_task(scene, lead, outcome, (index, step, occurrence), invoices, because(group));
        for walker in mine {
            if let Some(record) = walkers[walker].case.journal.last_mut() {
                record.task = task;
            }
        }
    }
}

/// The notice of one message; `None` where its channel cannot be used or its key has gone out already.
fn build(scene: &Scene<'_>, walkers: &[Walker<'_>], group: &Joined<'_>, message: &Message) -> Option<Notice> {
    let lead = &walkers[group.lead];
    let mut lines: Vec<NoticeLine> = Vec::with_capacity(group.members.len());
    for member in &group.members {
        let walker = &walkers[member.walker];
        let step = walker.workflow?.steps[member.index].id.clone();
        lines.push(NoticeLine { invoice: walker.id().clone(), step, occurrence: member.occurrence });
    }
    lines.sort();
    let first = lines.first()?;
    let id = NoticeId::derive(&[
        scene.account.key.creditor.as_str(),
        first.invoice.as_str(),
        first.step.as_str(),
        &first.occurrence.to_string(),
        message.channel.as_str(),
    ]);
    let known = scene.account.notices.get(&id);
    if known.is_some_and(|notice| standing(scene, notice) != Standing::Open) {
        return None;
    }
    let stands = known.filter(|notice| notice.state == NoticeState::Ordered && notice.valid_until > scene.now);
    let listed: Vec<&Walker<'_>> = group.listed.iter().map(|index| &walkers[*index]).collect();
    let content = content(scene, lead, group.workflow, group.step, message, &listed)?;
    let (kind, channel) = (Some(content.debtor_kind), ContactChannel::Notice(message.channel));
    Some(Notice {
        id,
        channel: message.channel,
        service: reach::service(scene, message),
        provider: message.provider.clone(),
        workflow: group.workflow.name.clone(),
        revision: group.workflow.revision.clone(),
        step: group.step.id.clone(),
        template: message.template.clone(),
        lines,
        totals: totals(&listed),
        ordered_at: stands.map_or(scene.now, |notice| notice.ordered_at),
        valid_until: interval_end(scene, lead, group.workflow.contact.hours_of(kind, channel)),
        state: NoticeState::Ordered,
        accepted_at: None,
        delivery: None,
        address_digest: reach::address_digest(message.channel, &content.recipient),
        content: Some(Box::new(content)),
    })
}

/// One entry for each currency of a notice.
fn say(scene: &Scene<'_>, walkers: &[Walker<'_>], group: &Joined<'_>, notice: &Notice, outcome: &mut Outcome) {
    let lead = &walkers[group.lead];
    for total in &notice.totals {
        let listed = group.listed.iter().map(|index| &walkers[*index]);
        let in_currency = listed.filter(|walker| walker.balance.currency == total.currency);
        let entry = Entry {
            invoices: in_currency.map(|walker| walker.id().clone()).collect(),
            channel: Some(notice.channel),
            service: notice.service,
            template: Some(notice.template.clone()),
            amount: Some(at_scale(total.amount, total.currency)),
            currency: Some(total.currency),
            ..lead.step_entry(scene, Kind::Notice, None, group.place, group.step)
        };
        outcome.say(entry, because(group));
    }
}

/// The amount with exactly the currency's decimals.
pub(super) fn at_scale(amount: rust_decimal::Decimal, currency: crate::domain::Currency) -> rust_decimal::Decimal {
    let mut amount = amount;
    amount.rescale(currency.decimals());
    amount
}
