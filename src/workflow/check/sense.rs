//! What is well formed and cannot be meant: conditions that decide nothing, limits that limit nothing, steps that
//! wait for what may never come, amounts that no invoice can have.

use std::ops::Range;

use super::structure::{channel_of, child, list_item};
use crate::domain::{Channel, Phase, StepId};
use crate::workflow::condition::nearest;
use crate::workflow::read::{Draft, Fields};
use crate::workflow::yaml::NodeKind;
use crate::workflow::{Action, Anchor, Code, Condition, Findings, Step, Verdict};

/// Reports what cannot be meant.
pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    if let Some(applies_to) = &draft.head.applies_to {
        constant(applies_to, draft, findings);
    }
    minimum_balance(draft, findings);
    foreign_amounts(draft, findings);
    contact_budget(draft, findings);
    let skippable = skippable(draft);
    for (place, (step, fields)) in draft.steps.iter().enumerate() {
        same_channel(fields, findings);
        blocks(draft, place, step, findings);
        requirements(draft, place, &skippable, findings);
        approval(step, fields, findings);
    }
}

/// `applies_to` that takes everything or nothing.
fn constant(applies_to: &Condition, draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let Some(node) = draft.fields.get("applies_to") else { return };
    let (message, help) = match applies_to.verdict() {
        Verdict::Never => {
            ("this can never be true, so the workflow takes no invoice", "look for `and` where `or` is meant")
        }
        Verdict::Always if &*applies_to.source != "true" => {
            ("this is always true, so the workflow takes every invoice", "write `applies_to: true` if that is meant")
        }
        _ => return,
    };
    findings.add_with_help(Code::ConstantCondition, node.span.clone(), message, help.to_owned());
}

/// A smallest balance with more decimals than any of the currencies has.
fn minimum_balance(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let (Some(least), Some(node)) = (draft.head.minimum_balance, draft.fields.get("minimum_balance")) else { return };
    let currencies = draft.head.applies_to.as_ref().and_then(Condition::currencies).unwrap_or_default();
    let Some(currency) = currencies.iter().max_by_key(|currency| currency.decimals()) else { return };
    if least.normalize().scale() > currency.decimals() {
        let message = format!("{least} has more decimals than {currency}, which has {}", currency.decimals());
        let help = format!("write {}", least.round_dp(currency.decimals()));
        findings.add_with_help(Code::BadValue, node.span.clone(), message, help);
    }
}

/// Amounts in a currency in which the workflow takes no invoice: what asks for them is always false.
fn foreign_amounts(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let Some(taken) = draft.head.applies_to.as_ref().and_then(Condition::currencies) else { return };
    let own = draft.head.applies_to.as_ref().zip(draft.fields.get("applies_to"));
    let steps = draft.steps.iter().flat_map(|(step, fields)| {
        let asked = step.approval.as_ref().and_then(|approval| approval.when.as_ref());
        let asked = asked.zip(child(fields.get("approval"), "when"));
        step.when.as_ref().zip(fields.get("when")).into_iter().chain(asked)
    });
    for (condition, node) in own.into_iter().chain(steps) {
        let foreign = condition.currencies_written().into_iter().find(|currency| !taken.contains(currency));
        if let Some(foreign) = foreign.filter(|_| !taken.is_empty()) {
            let message =
                format!("the workflow takes no invoice in {foreign}, so what is compared with this amount is false");
            let known: Vec<_> = taken.iter().map(|currency| currency.code()).collect();
            let help = format!("write the amount in {}, or without a currency", known.join(" or "));
            findings.add_with_help(Code::ConstantCondition, node.span.clone(), message, help);
        }
    }
}

fn contact_budget(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let Some(budget) = draft.head.contact.as_ref().and_then(|contact| contact.at_most) else { return };
    if budget.contacts >= budget.in_days
        && let Some(node) = child(draft.fields.get("contact"), "at_most")
    {
        let message = format!(
            "{} days never hold more than {} contact days, so this limits nothing",
            budget.in_days, budget.contacts
        );
        let help = "write fewer contacts, or more days: `at_most: { contacts: 4, in_days: 30 }`".to_owned();
        findings.add_with_help(Code::IdleContactBudget, node.span.clone(), message, help);
    }
}

/// Two messages of one channel on one step, and a fallback to a channel that was just found unusable.
fn same_channel(fields: &Fields<'_>, findings: &mut Findings<'_>) {
    let mut own: Vec<(Channel, &str)> = Vec::new();
    for (name, entry) in fields.named() {
        let Some(channel) = channel_of(name) else { continue };
        if let Some((_, first)) = own.iter().find(|(known, _)| *known == channel) {
            let message = format!("`{name}` and `{first}` are both sent by {}", channel.as_str());
            let help = "a step sends one message by each channel; write a step of its own for the second".to_owned();
            findings.add_with_help(Code::SameChannelTwice, entry.key_span.clone(), message, help);
        } else {
            own.push((channel, name));
        }
    }
    let Some(NodeKind::Map(fallbacks)) = fields.get("if_unreachable").map(|node| &node.kind) else {
        return;
    };
    for entry in fallbacks {
        if let Some(channel) = channel_of(&entry.key)
            && own.iter().any(|(known, _)| *known == channel)
        {
            let message = format!("the step itself already goes by {}", channel.as_str());
            let help = "name a channel here that the step does not use".to_owned();
            findings.add_with_help(Code::SameChannelTwice, entry.key_span.clone(), message, help);
        }
    }
}

/// A release of what no step above blocks.
fn blocks(draft: &Draft<'_>, place: usize, step: &Step, findings: &mut Findings<'_>) {
    let asked: Vec<&str> = draft.steps[..place]
        .iter()
        .flat_map(|(step, _)| &step.actions)
        .filter_map(|action| match action {
            Action::Block(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    for action in &step.actions {
        if let Action::Unblock(name) = action
            && !asked.contains(&name.as_str())
        {
            let message = format!("no step above blocks `{name}`");
            let help = match nearest(name, asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a block is released by itself when the debtor has paid; leave this out".to_owned(),
            };
            findings.add_with_help(Code::UnblockWithoutBlock, draft.place(place, "unblock"), message, help);
        }
    }
}

/// Required steps that may be skipped: then the step waits until a person finds it.
fn requirements(draft: &Draft<'_>, place: usize, skippable: &[Option<String>], findings: &mut Findings<'_>) {
    let (step, fields) = &draft.steps[place];
    for (item, id) in step.requires.iter().enumerate() {
        let required = draft.steps[..place].iter().position(|(above, _)| above.id == *id);
        if let Some(why) = required.and_then(|required| skippable[required].as_ref()) {
            let message = format!("`{id}` may be skipped ({why}); then `{}` waits for it for ever", step.id);
            let help = format!("take `{id}` out of `requires`, or let `{}` be skipped in the same cases", step.id);
            findings.add_with_help(Code::SkippableRequirement, list_item(fields.get("requires"), item), message, help);
        }
    }
}

/// Why each step may be skipped for some invoice, if it may. What hangs on a step is told from those above it alone.
pub(super) fn skippable(draft: &Draft<'_>) -> Vec<Option<String>> {
    let mut found: Vec<Option<String>> = Vec::new();
    for (step, _) in &draft.steps {
        let why = skipped(step, |parent| {
            let place = draft.steps[..found.len()].iter().position(|(above, _)| above.id == *parent)?;
            found[place].clone()
        });
        found.push(why);
    }
    found
}

fn skipped(step: &Step, above: impl Fn(&StepId) -> Option<String>) -> Option<String> {
    if let Some(when) = &step.when
        && when.verdict() != Verdict::Always
    {
        return Some(format!("`when: {when}`"));
    }
    if step.phase == Phase::Prevention {
        return Some("prevention is skipped once the due date is past".to_owned());
    }
    match &step.anchor {
        Anchor::AfterDelivery(_) => Some("an invoice may have no day of delivery".to_owned()),
        Anchor::AfterStep(parent, _) | Anchor::AfterDeadlineOf(parent, _) => {
            above(parent).map(|why| format!("`{parent}` before it may be: {why}"))
        }
        _ => None,
    }
}

/// An approval that is never asked for.
fn approval(step: &Step, fields: &Fields<'_>, findings: &mut Findings<'_>) {
    let never = |when: &Condition| when.verdict() == Verdict::Never;
    if step.approval.as_ref().and_then(|approval| approval.when.as_ref()).is_some_and(never)
        && let Some(node) = child(fields.get("approval"), "when")
    {
        let message = "this can never be true, so nobody is ever asked";
        let help = "look for `and` where `or` is meant".to_owned();
        findings.add_with_help(Code::ConstantCondition, node.span.clone(), message, help);
    }
}

/// The place and the reason of a `when` that never lets its step go, or that never stops it.
pub(super) fn when(draft: &Draft<'_>, place: usize) -> Option<(Code, Range<usize>, String, String)> {
    let (step, fields) = &draft.steps[place];
    let (when, span) = (step.when.as_ref()?, fields.get("when")?.span.clone());
    if when.verdict() == Verdict::Never {
        let message = format!("this can never be true, so `{}` is always skipped", step.id);
        let help = "look for `and` where `or` is meant, and for amounts that exclude each other";
        return Some((Code::UnreachableStep, span, message, help.to_owned()));
    }
    let excludes = |applies_to: &Condition| applies_to.verdict() != Verdict::Never && !when.may_hold_under(applies_to);
    if draft.head.applies_to.as_ref().is_some_and(excludes) {
        let message =
            format!("no invoice that `applies_to` lets in can satisfy this, so `{}` is always skipped", step.id);
        return Some((Code::UnreachableStep, span, message, "correct this condition, or `applies_to`".to_owned()));
    }
    if when.verdict() == Verdict::Always {
        let message = format!("this is always true, so it never stops `{}`", step.id);
        return Some((Code::ConstantCondition, span, message, "leave `when` out, or correct it".to_owned()));
    }
    None
}
