//! When steps are planned: order, and the room between them, as far as it is the same for every invoice.
//!
//! Business days and months differ from invoice to invoice, so a step's planned day is an interval here; only what
//! is wrong for every invoice is reported.

use std::collections::BTreeMap;

use crate::domain::{DebtorKind, Phase, StepId};
use crate::workflow::read::Draft;
use crate::workflow::{Anchor, Code, Duration, Findings, Step, Unit};

const KINDS: [DebtorKind; 3] = [DebtorKind::Business, DebtorKind::Consumer, DebtorKind::Public];

/// What a planned day is counted from in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Due,
    Issue,
    Delivery,
}

/// The civil days after the base on which a step may be planned, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub base: Base,
    pub least: i64,
    pub most: i64,
}

/// Reports steps planned before the one above them, and steps closer together than contacts may be.
pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let planned = planned(draft.steps.iter().map(|(step, _)| step));
    let days_between = draft.head.contact.as_ref().map_or(0, |contact| i64::from(contact.days_between));
    budget(draft, &planned, findings);
    let mut last_contact: Option<usize> = None;
    for (place, (step, _)) in draft.steps.iter().enumerate() {
        let own = planned.get(&step.id);
        let same_base = |above: &&(Step, _)| planned.get(&above.0.id).map(|one| one.base) == own.map(|own| own.base);
        let above = draft.steps[..place].iter().rev().find(same_base).map(|(step, _)| step);
        if let (Some(own), Some(above)) = (own, above)
            && let Some(before) = planned.get(&above.id)
            && own.most < before.least
            && !(matches!(step.anchor, Anchor::BeforeDue(_))
                && matches!(step.phase, Phase::FormalNotice | Phase::Legal))
        {
            let message = format!("`{}` is planned before `{}`, which stands above it", step.id, above.id);
            let help = "steps are taken in the order of the file; put them in the order of their days".to_owned();
            findings.add_with_help(Code::StepOrder, anchor_place(draft, place), message, help);
        }
        if let Some(contact) = &draft.head.contact
            && let Some(kind) =
                KINDS.into_iter().find(|kind| contact.hours_of_all(Some(*kind), step.channels()).is_never())
        {
            let who = kind.as_str();
            let message = format!("the channels of `{}` have no hour in common for a {who} debtor", step.id);
            let help = "a step goes by all its channels at one moment: let their hours meet, or make two steps of it";
            findings.add_with_help(Code::NoCommonHour, anchor_place(draft, place), message, help.to_owned());
        }
        if step.messages().next().is_none() {
            continue;
        }
        if let (Some(own), Some(before)) = (own, last_contact)
            && let Some(earlier) = planned.get(&draft.steps[before].0.id)
            && draft.steps[before].0.id != step.id
            && own.base == earlier.base
            // Two steps of one case never go on one day, whatever the file says.
            && (0..days_between.max(1)).contains(&(own.most - earlier.least))
        {
            let earlier_id = &draft.steps[before].0.id;
            let message = match own.most - earlier.least {
                0 => format!("`{}` is planned for the same day as `{earlier_id}`, so it waits", step.id),
                gap => format!(
                    "`{}` follows `{earlier_id}` after {gap} day{} at most; `days_between: {days_between}` makes it wait",
                    step.id,
                    if gap == 1 { "" } else { "s" },
                ),
            };
            let far = if days_between > 1 { format!("{days_between} days") } else { "a day".to_owned() };
            let help = format!("plan it {far} after `{earlier_id}` or later, or send both with one step");
            findings.add_with_help(Code::StepsTooClose, anchor_place(draft, place), message, help);
        }
        last_contact = Some(place);
        if let Some(repeat) = step.repeat
            && civil_days(repeat.every).1 < days_between
        {
            let message =
                format!("`{}` repeats more often than `days_between: {days_between}` allows, so it waits", step.id);
            let help = format!("repeat every {days_between} days or more");
            findings.add_with_help(Code::StepsTooClose, draft.place(place, "repeat"), message, help);
        }
    }
}

/// The first contact that comes too early for `at_most`, where the calendar alone says so: with every step that no
/// `when` stops, each of its repetitions counted.
fn budget(draft: &Draft<'_>, planned: &BTreeMap<StepId, Planned>, findings: &mut Findings<'_>) {
    let Some(budget) = draft.head.contact.as_ref().and_then(|contact| contact.at_most) else { return };
    if budget.contacts >= budget.in_days {
        return;
    }
    let contacts = usize::try_from(budget.contacts).unwrap_or(usize::MAX);
    let mut days: Vec<(usize, Planned)> = Vec::new();
    for (place, (step, _)) in draft.steps.iter().enumerate() {
        let Some(own) = planned.get(&step.id).filter(|_| step.when.is_none() && step.messages().next().is_some())
        else {
            continue;
        };
        let (every, count) = step.repeat.map_or(((0, 0), 1), |repeat| (civil_days(repeat.every), repeat.at_most));
        // More occurrences than the budget has contacts, and one, say nothing new.
        let count = i64::from(count).min(i64::from(budget.contacts) + 1);
        days.extend((0..count).map(|number| {
            (place, Planned { least: own.least + number * every.0, most: own.most + number * every.1, ..*own })
        }));
    }
    let tight = days.windows(contacts.saturating_add(1)).find(|contacts| {
        let [(_, first), .., (_, last)] = contacts else { return false };
        contacts.iter().all(|(_, one)| one.base == first.base) && last.most - first.least < i64::from(budget.in_days)
    });
    let Some([.., (place, last)]) = tight else { return };
    let first = tight.map_or(last.least, |contacts| contacts[0].1.least);
    let message = format!(
        "`{}` is contact number {} within {} days; `at_most` allows {} in {}, so it waits",
        draft.steps[*place].0.id,
        contacts + 1,
        last.most - first + 1,
        budget.contacts,
        budget.in_days
    );
    let help = "plan it later, send two of the messages with one step, or allow more contacts".to_owned();
    findings.add_with_help(Code::ContactBudget, anchor_place(draft, *place), message, help);
}

/// The planned days of every step that has them; a step behind an unknown parent has none.
pub(super) fn planned<'s>(steps: impl Iterator<Item = &'s Step>) -> BTreeMap<StepId, Planned> {
    let mut found: BTreeMap<StepId, Planned> = BTreeMap::new();
    let mut deadlines: BTreeMap<StepId, Duration> = BTreeMap::new();
    for step in steps {
        let from = |base, offset| {
            let (least, most) = civil_days(offset);
            Some(Planned { base, least, most })
        };
        let after = |parent: &StepId, waits: &[Duration]| {
            let mut planned = *found.get(parent)?;
            for wait in waits {
                let (least, most) = civil_days(*wait);
                planned.least += least;
                planned.most += most;
            }
            Some(planned)
        };
        let own = match &step.anchor {
            Anchor::BeforeDue(offset) => {
                let (least, most) = civil_days(*offset);
                Some(Planned { base: Base::Due, least: -most, most: -least })
            }
            Anchor::AfterDue(offset) => from(Base::Due, *offset),
            Anchor::AfterIssue(offset) => from(Base::Issue, *offset),
            Anchor::AfterDelivery(offset) => from(Base::Delivery, *offset),
            Anchor::AfterStep(parent, wait) => after(parent, &[*wait]),
            Anchor::AfterDeadlineOf(parent, wait) => {
                deadlines.get(parent).and_then(|term| after(parent, &[*term, *wait]))
            }
        };
        if let Some(own) = own {
            found.insert(step.id.clone(), own);
        }
        if let Some(deadline) = step.deadline {
            deadlines.insert(step.id.clone(), deadline.term);
        }
    }
    found
}

/// The fewest and the most civil days a duration can take.
pub(super) fn civil_days(duration: Duration) -> (i64, i64) {
    let amount = i64::from(duration.amount);
    match duration.unit {
        Unit::Days => (amount, amount),
        Unit::Weeks => (amount * 7, amount * 7),
        Unit::Months => (amount * 28, amount * 31),
        // At best it begins on a Sunday; at worst on a Friday, with a holiday or two in every week.
        Unit::BusinessDays | Unit::WorkingDays if amount == 0 => (0, 0),
        Unit::WorkingDays => (amount + (amount - 1) / 6, amount * 2 + 2 * (amount / 5 + 1)),
        Unit::BusinessDays => (amount + 2 * ((amount - 1) / 5), amount * 2 + 2 * (amount / 5 + 1)),
    }
}

/// The place of a step's anchor.
pub(super) fn anchor_place(draft: &Draft<'_>, step: usize) -> std::ops::Range<usize> {
    let key = match draft.steps[step].0.anchor {
        Anchor::BeforeDue(_) => "before_due",
        Anchor::AfterDue(_) => "after_due",
        Anchor::AfterIssue(_) => "after_issue",
        Anchor::AfterDelivery(_) => "after_delivery",
        Anchor::AfterStep(..) => "after_step",
        Anchor::AfterDeadlineOf(..) => "after_deadline_of",
    };
    draft.place(step, key)
}
