//! Insolvency (rule 29): claims from before the judgment stop for good, and a person is asked once to declare them.
//!
//! How long that may take is the law's data. What is only ordered is withdrawn; a letter that the carrier has and did not
//! post yet is named, for a person to recall. Claims that arose later are ordinary and go on.

use chrono::{NaiveDate, TimeDelta};

use super::days::sane;
use super::limitation;
use super::questions::share;
use super::scene::{Hold, Outcome, Scene, Walker, blank_task};
use crate::domain::{
    Channel, DeliveryStatus, Invoice, Notice, NoticeLine, NoticeState, Reason, Task, TaskId, TaskState,
};
use crate::law::{Deadline, Jurisdiction, Place, deadline};

/// A letter that a carrier has had for longer is taken to be posted, whatever it reports.
const RECALL_DAYS: i64 = 10;

/// Whether the claim is from before the judgment that opened the debtor's insolvency: it is stopped for good.
pub(super) fn is_stopped(scene: &Scene<'_>, walker: &Walker<'_>) -> bool {
    let opened = scene.account.facts.insolvency.as_ref();
    opened.is_some_and(|opened| arose(&walker.invoice.fact) < opened.fact.judgment_date)
}

/// The day of delivery, else of issue.
fn arose(invoice: &Invoice) -> NaiveDate {
    invoice.delivered_on.unwrap_or(invoice.issued_on)
}

/// Holds a stopped claim, and asks for its declaration; a publication that is learnt later gives the task its days.
pub(super) fn hold(scene: &Scene<'_>, walker: &mut Walker<'_>, outcome: &mut Outcome) {
    let Some(opened) = scene.account.facts.insolvency.as_ref().filter(|_| is_stopped(scene, walker)) else { return };
    let because =
        format!("claim of {}, before the judgment of {}", arose(&walker.invoice.fact), opened.fact.judgment_date);
    walker.holds.push(Hold::of(Reason::Insolvency, because));
    let key = &scene.account.key;
    let judgment = opened.fact.judgment_date.to_string();
    let id = TaskId::derive(&[key.creditor.as_str(), key.debtor.as_str(), "insolvency", &judgment]);
    let (due_on, mut note) = declaration(scene, walker, opened.fact.published_on.map(sane));
    note.extend(to_recall(scene, opened.fact.judgment_date));
    let blank = || {
        let mut task = blank_task(id, walker, "declare_claim", scene.now);
        task.reason = Some("insolvency".to_owned());
        (task.due_on, task.note) = (due_on, Some(note.clone()));
        task
    };
    share(scene, walker, outcome, (id, "insolvency", None), blank);
    let known = outcome.tasks.get(&id).or_else(|| scene.account.tasks.get(&id));
    let is_new_day = |task: &&Task| task.state == TaskState::Open && due_on.is_some() && task.due_on != due_on;
    if let Some(task) = known.filter(is_new_day) {
        outcome.tasks.insert(id, Task { due_on, note: Some(note), ..task.clone() });
    }
}

/// The last day to declare a claim, and what the person reads. The law is the case's; it is the creditor who must act.
fn declaration(scene: &Scene<'_>, walker: &Walker<'_>, published_on: Option<NaiveDate>) -> (Option<NaiveDate>, String) {
    let Some(published_on) = published_on else {
        return (None, "Declare the claim; the day of publication is unknown, look it up.".to_owned());
    };
    let law = limitation::law(scene, walker);
    let limits = law.and_then(|law| Some((law, law.insolvency.as_ref()?)));
    let counted = limits.and_then(|(law, names)| {
        let last = |name: &str| count(scene, law, name, published_on);
        Some((last(&names.declare_within)?, names.relief_within.as_deref().and_then(last)))
    });
    let Some((declare, relief)) = counted else {
        return (None, "Declare the claim; the law's files do not say until when, look it up.".to_owned());
    };
    let relief = relief.map(|relief| format!(" Too late: relief may be asked for until {}.", relief.day));
    let note =
        format!("Declare the claim until {}: {}.{}", declare.day, declare.steps.join("; "), relief.unwrap_or_default());
    (Some(declare.day), note)
}

/// The letters about stopped claims that were handed over in the last days and may not be posted yet.
fn to_recall(scene: &Scene<'_>, judgment: NaiveDate) -> Option<String> {
    let account = scene.account;
    let is_stopped = |line: &NoticeLine| {
        account.facts.invoices.get(&line.invoice).is_some_and(|invoice| arose(&invoice.fact) < judgment)
    };
    let is_held_by_carrier = |notice: &&Notice| {
        notice.channel == Channel::Letter
            && matches!(notice.state, NoticeState::Sending | NoticeState::Accepted | NoticeState::Uncertain)
            && scene.now - notice.ordered_at <= TimeDelta::days(RECALL_DAYS)
            && notice.lines.iter().any(is_stopped)
            && scene.reports.about(notice).all(|(status, _)| status <= DeliveryStatus::Printing)
    };
    let letters = account.notices.values().filter(is_held_by_carrier);
    let letters: Vec<String> = letters.map(|notice| format!("{} ({})", notice.step, notice.id)).collect();
    (!letters.is_empty()).then(|| format!(" Recall at the carrier, if not posted yet: {}.", letters.join(", ")))
}

fn count(scene: &Scene<'_>, law: &Jurisdiction, name: &str, published_on: NaiveDate) -> Option<Deadline> {
    let calendars = &scene.book.calendars;
    let address = scene.creditor.map(|creditor| &creditor.address);
    let place =
        Place { general: calendars.of(&law.calendar, None), local: calendars.of(&law.calendar, address), address };
    deadline(&law.time_limits, name, published_on, place).ok()
}
