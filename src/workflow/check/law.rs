//! What the law says about a workflow, as far as the file alone decides it.
//!
//! A finding may be accepted in the file with a reason; then nothing is said. What needs a rendered letter is not
//! here.

use std::collections::BTreeSet;
use std::ops::Range;

use super::CheckContext;
use super::sense::skippable;
use super::structure::{child, is_registered};
use super::timing::{Base, anchor_place, civil_days, planned};
use crate::domain::{DebtorKind, LetterService, Phase, StepId};
use crate::law::Jurisdiction;
use crate::workflow::read::Draft;
use crate::workflow::{Action, Anchor, Code, Findings, Step};

/// Reports findings of law that the file does not accept. Of a file that could not be read whole, what could be read
/// is judged, and nothing is said about what the rest may hold.
pub(super) fn check(draft: &Draft<'_>, context: &CheckContext<'_>, findings: &mut Findings<'_>) {
    let law = context.law.zip(draft.head.jurisdiction.as_ref());
    let law = law.and_then(|(law, name)| law.jurisdictions.get(name));
    let mut judge = Judge { draft, law, found: Vec::new() };
    judge.early_steps();
    judge.legal_steps();
    judge.formal_notices();
    judge.consents();
    judge.end();
    judge.limitation();
    let found = judge.found;
    let accepted = &draft.head.accept;
    for (place, (accept, span)) in accepted.iter().enumerate() {
        let twice = accepted[..place].iter().any(|(earlier, _)| earlier.code == accept.code);
        let idle = found.iter().all(|finding| finding.code != accept.code)
            && decided(accept.code, law)
            && draft.workflow.is_some();
        if twice || idle {
            let message = match twice {
                true => format!("`{}` is accepted already", accept.code),
                false => format!("`{}` is accepted, and this file has no such finding", accept.code),
            };
            findings.add_with_help(Code::UnusedAccept, span.clone(), message, "leave it out".to_owned());
        }
    }
    for finding in found {
        if accepted.iter().all(|(accepted, _)| accepted.code != finding.code) {
            let help = format!(
                "{}; or accept it with a reason: `accept: [{{ code: {}, reason: \"…\" }}]`",
                finding.help, finding.code
            );
            findings.add_with_help(finding.code, finding.span, finding.message, help);
        }
    }
}

/// Without the jurisdiction's file, findings that rest on it cannot be made, so accepting them is not idle; nor is it
/// to accept what only the rendered templates show.
fn decided(code: Code, law: Option<&Jurisdiction>) -> bool {
    if matches!(code, Code::FormalNoticeIncomplete | Code::CollectorMentions | Code::ConsumerCharges) {
        return false;
    }
    let rests_on_law =
        matches!(code, Code::DeadlineTooShort | Code::ElectronicRegisteredConsent | Code::LimitationPassed);
    law.is_some() || !rests_on_law
}

struct Finding {
    code: Code,
    span: Range<usize>,
    message: String,
    help: String,
}

struct Judge<'d, 'n> {
    draft: &'d Draft<'n>,
    law: Option<&'d Jurisdiction>,
    found: Vec<Finding>,
}

impl<'d> Judge<'d, '_> {
    fn add(&mut self, code: Code, span: Range<usize>, message: String, help: impl Into<String>) {
        self.found.push(Finding { code, span, message, help: help.into() });
    }

    /// The steps that could be read, each with its place.
    fn steps(&self) -> impl DoubleEndedIterator<Item = (usize, &'d Step)> + use<'d> {
        self.draft.steps.iter().map(|(step, _)| step).enumerate()
    }

    /// A step that could be read whole; nothing can be said of another.
    fn is_sure(&self, step: &Step) -> bool {
        !self.draft.unsure.contains(&step.id)
    }

    /// Whether a step stands on one of these, as far as the steps above it are known.
    fn stands_on(&self, step: &Step, wanted: impl Fn(&Step) -> bool) -> bool {
        let (grounds, is_whole) = self.grounds(step);
        !is_whole || grounds.into_iter().any(|place| wanted(&self.draft.steps[place].0))
    }

    /// The places of all that a step requires or hangs on, and of what that does; and whether all of it could be read.
    /// Each is looked at once, so that a circle, which is reported elsewhere, ends here.
    fn grounds(&self, step: &Step) -> (BTreeSet<usize>, bool) {
        let (mut grounds, mut is_whole) = (BTreeSet::new(), true);
        let mut left = vec![step];
        while let Some(step) = left.pop() {
            for id in step.requires.iter().chain(parent(step)) {
                match self.steps().find(|(_, other)| other.id == *id) {
                    Some((_, other)) if !self.is_sure(other) => is_whole = false,
                    Some((place, other)) if grounds.insert(place) => left.push(other),
                    Some(_) => {}
                    None => is_whole = false,
                }
            }
        }
        (grounds, is_whole)
    }

    /// The step whose deadline the step at `place` does not wait for, though it was really given: what hangs on
    /// another by `after_step` waits for those deadlines alone that the step it hangs on in the end waits for.
    fn overtaken(&self, place: usize, step: &Step) -> Option<&'d Step> {
        let (mut root, mut hops) = (step, 0);
        while let Anchor::AfterStep(parent, _) = &root.anchor {
            root = self.steps().find(|(_, one)| one.id == *parent)?.1;
            hops += 1;
            if hops > self.draft.steps.len() {
                return None;
            }
        }
        let from = self.steps().position(|(_, one)| one.id == root.id)?;
        let (grounds, _) = self.grounds(step);
        let given = self.steps().take(place).skip(from).filter(|_| hops > 0);
        given.filter(|(place, _)| grounds.contains(place)).map(|(_, one)| one).find(|one| one.deadline.is_some())
    }

    /// Nobody is put on notice, or sued, before the day the debtor had to pay on.
    fn early_steps(&mut self) {
        for (place, step) in self.steps() {
            let late_phase = matches!(step.phase, Phase::FormalNotice | Phase::Legal);
            if late_phase && matches!(step.anchor, Anchor::BeforeDue(_)) {
                let message = format!("`{}` is planned before the invoice is due", step.id);
                let help = "count from the due date: `after_due: 30 days`";
                self.add(Code::BeforeDueDate, anchor_place(self.draft, place), message, help);
            }
        }
    }

    fn legal_steps(&mut self) {
        for (place, step) in self.steps() {
            if step.phase != Phase::Legal {
                continue;
            }
            let span = self.draft.place(place, "phase");
            if !self.is_sure(step) {
                continue;
            }
            if !self.stands_on(step, is_notice) {
                let message = format!("`{}` can go without a formal notice before it", step.id);
                let help = "write `after_deadline_of: ID` of the formal notice, or name it in `requires`";
                self.add(Code::LegalWithoutFormalNotice, span, message, help);
            } else if let Some(notice) = self.overtaken(place, step) {
                let message = format!("`{}` does not wait for the deadline that `{}` gives", step.id, notice.id);
                let help = format!("write `after_deadline_of: {}`", notice.id);
                self.add(Code::LegalInsideDeadline, anchor_place(self.draft, place), message, help);
            }
        }
    }

    fn formal_notices(&mut self) {
        let notices: Vec<_> = self.steps().filter(|(_, step)| is_notice(step)).collect();
        for (place, step) in &notices {
            let reminder = |other: &Step| other.phase == Phase::Reminder;
            let follows_another = self.stands_on(step, is_notice);
            if self.is_sure(step) && !self.stands_on(step, reminder) && !follows_another {
                let message = format!("`{}` can go to a debtor who was never reminded", step.id);
                let help = "name a reminder in `requires`";
                self.add(Code::FormalNoticeWithoutReminder, self.draft.place(*place, "phase"), message, help);
            }
            let proven = step.messages().filter_map(|message| message.service).any(is_registered);
            if !proven && self.is_sure(step) && (!follows_another || step.deadline.is_some()) {
                let message = format!("nothing proves that `{}` was sent", step.id);
                let help = "send a letter by `registered`, `registered_receipt` or `electronic_registered`";
                let by =
                    ["letter", "email", "sms"].into_iter().find(|key| self.draft.steps[*place].1.entry(key).is_some());
                let span = self.service_place(*place, by.unwrap_or("survey"));
                self.add(Code::FormalNoticeWithoutProof, span, message, help);
            }
            self.deadline(*place, step);
        }
        let goes_on = self.steps().any(|(_, step)| step.phase == Phase::Legal);
        if let Some((place, step)) = notices.first()
            && goes_on
            && notices.iter().all(|(_, step)| step.deadline.is_none() && self.is_sure(step))
            // Then it is reported where the deadline is asked for.
            && self.steps().all(|(_, step)| !matches!(step.anchor, Anchor::AfterDeadlineOf(..)))
        {
            let message = format!("`{}` gives the debtor no term to pay", step.id);
            let help = "write `deadline: 15 days after first_presented`";
            self.add(Code::FormalNoticeWithoutDeadline, self.draft.place(*place, "id"), message, help);
        }
    }

    fn deadline(&mut self, place: usize, step: &Step) {
        let customary = self.law.and_then(|law| law.formal_notice.as_ref()).map(|rule| &rule.customary_deadline_days);
        let (Some(customary), Some(deadline)) = (customary, step.deadline) else { return };
        let (least, _) = civil_days(deadline.term);
        if least < i64::from(customary.value) {
            let message =
                format!("the deadline may be {least} days; {} are customary ({})", customary.value, customary.source);
            let help = format!("give at least {} days", customary.value);
            self.add(Code::DeadlineTooShort, self.draft.place(place, "deadline"), message, help);
        }
    }

    fn consents(&mut self) {
        let Some(rule) = self.law.and_then(|law| law.electronic_registered.as_ref()) else { return };
        for (place, step) in self.steps() {
            let kinds = rule.consent_needed.iter().filter(|kind| self.reaches(step, **kind));
            let names = kinds.map(|kind| kind.as_str()).collect::<Vec<_>>().join(" and ");
            let electronic = |service: Option<LetterService>| service == Some(LetterService::ElectronicRegistered);
            if !names.is_empty()
                && step.messages().chain(&step.if_unreachable).any(|message| electronic(message.service))
            {
                let message = format!(
                    "`{}` may send an electronic registered letter to a {names} debtor, who must have agreed ({})",
                    step.id, rule.source
                );
                let help = "use `registered_receipt`, or let `applies_to` or the step's `when` take businesses only";
                let span = self.service_place(place, "letter");
                self.add(Code::ElectronicRegisteredConsent, span, message, help);
            }
        }
    }

    /// The place of a message's `service`, else of the message.
    fn service_place(&self, step: usize, key: &str) -> Range<usize> {
        let fields = &self.draft.steps[step].1;
        let written = child(fields.get(key), "service");
        let fallback = child(child(fields.get("if_unreachable"), key), "service");
        written.or(fallback).map_or_else(|| self.draft.place(step, key), |node| node.span.clone())
    }

    /// Whether the workflow may take a debtor of this kind; not where that could not be read.
    fn takes(&self, kind: DebtorKind) -> bool {
        self.draft.head.applies_to.as_ref().is_some_and(|applies_to| applies_to.may_hold_for(kind.as_str()))
    }

    /// Whether the step may go to a debtor of this kind.
    fn reaches(&self, step: &Step, kind: DebtorKind) -> bool {
        self.takes(kind) && step.may_reach(kind)
    }

    fn end(&mut self) {
        let Some(on_exhausted) = &self.draft.head.on_exhausted else { return };
        let hands_over = self.steps().next_back().is_some_and(|(_, step)| {
            let always_goes = skippable(self.draft).last().is_none_or(Option::is_none);
            let ends = step.actions.iter().any(|action| matches!(action, Action::Handover { .. }));
            !self.is_sure(step) || (always_goes && ends)
        });
        if on_exhausted.task.is_none() && !hands_over && self.draft.steps_complete {
            let message = "a case can end here without anybody deciding what follows".to_owned();
            let help = "write `task: { kind: decide, within: 10 business days, on_timeout: remind }` here";
            self.add(Code::NoTerminalStep, self.draft.key_place("on_exhausted"), message, help);
        }
    }

    fn limitation(&mut self) {
        let Some(law) = self.law else { return };
        let planned = planned(self.steps().map(|(_, step)| step));
        let limits: Vec<_> = law.limitation.each().filter(|(kind, _)| self.takes(*kind)).collect();
        for (kind, years) in limits {
            let days = i64::from(years.value) * 365;
            let late = self.steps().filter(|(_, step)| step.may_reach(kind)).find(|(_, step)| {
                let repeats =
                    step.repeat.map_or(0, |repeat| civil_days(repeat.every).1 * i64::from(repeat.at_most - 1));
                planned.get(&step.id).is_some_and(|planned| planned.base == Base::Due && planned.most + repeats >= days)
            });
            if let Some((place, step)) = late {
                let message = format!(
                    "`{}` may come when the claim against a {} debtor is past limitation: {} years ({})",
                    step.id,
                    kind.as_str(),
                    years.value,
                    years.source
                );
                let span = anchor_place(self.draft, place);
                self.found.push(Finding {
                    code: Code::LimitationPassed,
                    span,
                    message,
                    help: format!("plan it within {} days of the due date", days - 1),
                });
            }
        }
    }
}

fn is_notice(step: &Step) -> bool {
    step.phase == Phase::FormalNotice && step.messages().next().is_some()
}

/// The step that a step hangs on.
fn parent(step: &Step) -> Option<&StepId> {
    match &step.anchor {
        Anchor::AfterStep(parent, _) | Anchor::AfterDeadlineOf(parent, _) => Some(parent),
        _ => None,
    }
}
