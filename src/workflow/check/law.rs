//! What the law says about a workflow, as far as the file alone decides it.
//!
//! A finding may be accepted in the file with a reason; then nothing is said. What needs a rendered letter is not
//! here.

use std::ops::Range;

use super::CheckContext;
use super::structure::is_registered;
use super::timing::{Base, anchor_place, civil_days, planned};
use crate::domain::{DebtorKind, LetterService, Phase, StepId};
use crate::law::Jurisdiction;
use crate::workflow::read::Draft;
use crate::workflow::yaml::NodeKind;
use crate::workflow::{Action, Anchor, Code, Findings, Step, Workflow};

/// Reports findings of law that the file does not accept. A file that could not be read whole is not judged.
pub(super) fn check(draft: &Draft<'_>, context: &CheckContext<'_>, findings: &mut Findings<'_>) {
    let Some(workflow) = &draft.workflow else { return };
    let law = context.law.and_then(|law| law.jurisdictions.get(&workflow.jurisdiction));
    let mut judge = Judge { draft, workflow, law, found: Vec::new() };
    judge.legal_steps();
    judge.formal_notices();
    judge.consents();
    judge.end();
    judge.limitation();
    let found = judge.found;
    for (place, accepted) in workflow.accept.iter().enumerate() {
        if found.iter().all(|finding| finding.code.as_str() != accepted.code) && decided(&accepted.code, law) {
            let message = format!("`{}` is accepted, and this file has no such finding", accepted.code);
            findings.add_with_help(Code::UnusedAccept, accept_place(draft, place), message, "leave it out".to_owned());
        }
    }
    for finding in found {
        if workflow.accept.iter().all(|accepted| accepted.code != finding.code.as_str()) {
            let help = format!(
                "{}; or accept it with a reason: `accept: [{{ code: {}, reason: \"…\" }}]`",
                finding.help, finding.code
            );
            findings.add_with_help(finding.code, finding.span, finding.message, help);
        }
    }
}

/// Without the jurisdiction's file, findings that rest on it cannot be made, so accepting them is not idle.
fn decided(code: &str, law: Option<&Jurisdiction>) -> bool {
    let rests_on_law = [Code::DeadlineTooShort, Code::ElectronicRegisteredConsent, Code::LimitationPassed];
    law.is_some() || rests_on_law.iter().all(|rests| rests.as_str() != code)
}

fn accept_place(draft: &Draft<'_>, item: usize) -> Range<usize> {
    match draft.fields.get("accept").map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items.get(item).map_or(0..0, |node| node.span.clone()),
        _ => 0..0,
    }
}

struct Finding {
    code: Code,
    span: Range<usize>,
    message: String,
    help: String,
}

struct Judge<'d, 'n> {
    draft: &'d Draft<'n>,
    workflow: &'d Workflow,
    law: Option<&'d Jurisdiction>,
    found: Vec<Finding>,
}

impl Judge<'_, '_> {
    fn add(&mut self, code: Code, span: Range<usize>, message: String, help: impl Into<String>) {
        self.found.push(Finding { code, span, message, help: help.into() });
    }

    fn step(&self, id: &StepId) -> Option<&Step> {
        self.workflow.steps.iter().find(|step| step.id == *id)
    }

    /// Whether a step can only go after one of these was really done: it requires one, or hangs on one.
    fn stands_on(&self, step: &Step, wanted: &dyn Fn(&Step) -> bool) -> bool {
        let mut parents: Vec<&StepId> = step.requires.iter().collect();
        if let Anchor::AfterStep(parent, _) | Anchor::AfterDeadlineOf(parent, _) = &step.anchor {
            parents.push(parent);
        }
        let own = self.workflow.steps.iter().position(|other| other.id == step.id);
        parents.into_iter().filter_map(|id| self.step(id)).any(|parent| {
            // Only steps above are followed, so that a circle, which is reported elsewhere, ends here.
            let above = self.workflow.steps.iter().position(|other| other.id == parent.id) < own;
            wanted(parent) || (above && self.stands_on(parent, wanted))
        })
    }

    fn legal_steps(&mut self) {
        for (place, step) in self.workflow.steps.iter().enumerate() {
            if step.phase != Phase::Legal {
                continue;
            }
            let is_notice = |other: &Step| other.phase == Phase::FormalNotice && other.messages().next().is_some();
            let span = self.draft.place(place, "phase");
            if !self.stands_on(step, &is_notice) {
                let message = format!("`{}` can go without a formal notice before it", step.id);
                let help = "write `after_deadline_of: ID` of the formal notice, or name it in `requires`";
                self.add(Code::LegalWithoutFormalNotice, span, message, help);
            } else if let Anchor::AfterStep(parent, _) = &step.anchor
                && let Some(parent) = self.step(parent).filter(|parent| parent.deadline.is_some())
            {
                let message = format!("`{}` does not wait for the deadline that `{}` gives", step.id, parent.id);
                let help = format!("write `after_deadline_of: {}`", parent.id);
                self.add(Code::LegalInsideDeadline, anchor_place(self.draft, place), message, help);
            }
        }
    }

    fn formal_notices(&mut self) {
        let notices: Vec<_> = self
            .workflow
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.phase == Phase::FormalNotice && step.messages().next().is_some())
            .collect();
        for (order, (place, step)) in notices.iter().enumerate() {
            let reminder = |other: &Step| other.phase == Phase::Reminder;
            let earlier_notice = |other: &Step| other.phase == Phase::FormalNotice && other.messages().next().is_some();
            if !self.stands_on(step, &reminder) && !self.stands_on(step, &earlier_notice) {
                let message = format!("`{}` can go to a debtor who was never reminded", step.id);
                let help = "name a reminder in `requires`";
                self.add(Code::FormalNoticeWithoutReminder, self.draft.place(*place, "phase"), message, help);
            }
            let proven = step.messages().filter_map(|message| message.service).any(is_registered);
            if !proven && (order == 0 || step.deadline.is_some()) {
                let message = format!("nothing proves that `{}` was sent", step.id);
                let help = "send a letter by `registered`, `registered_receipt` or `electronic_registered`";
                self.add(Code::FormalNoticeWithoutProof, self.draft.place(*place, "letter"), message, help);
            }
            self.deadline(*place, step);
        }
        let goes_on = self.workflow.steps.iter().any(|step| step.phase == Phase::Legal);
        if let Some((place, step)) = notices.first()
            && goes_on
            && notices.iter().all(|(_, step)| step.deadline.is_none())
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
        let kinds: Vec<_> = rule.consent_needed.iter().filter(|kind| self.takes(**kind)).collect();
        if kinds.is_empty() {
            return;
        }
        let names = kinds.iter().map(|kind| kind_name(**kind)).collect::<Vec<_>>().join(" and ");
        for (place, step) in self.workflow.steps.iter().enumerate() {
            let electronic = |service: Option<LetterService>| service == Some(LetterService::ElectronicRegistered);
            if step.messages().chain(&step.if_unreachable).any(|message| electronic(message.service)) {
                let message = format!(
                    "`{}` may send an electronic registered letter to a {names} debtor, who must have agreed ({})",
                    step.id, rule.source
                );
                let help = "use `registered_receipt`, or let `applies_to` take businesses only";
                self.add(Code::ElectronicRegisteredConsent, self.draft.place(place, "letter"), message, help);
            }
        }
    }

    /// Whether the workflow may take a debtor of this kind.
    fn takes(&self, kind: DebtorKind) -> bool {
        self.workflow.applies_to.may_hold_for(kind_name(kind))
    }

    fn end(&mut self) {
        let hands_over = self.workflow.steps.last().is_some_and(|step| {
            step.when.is_none() && step.actions.iter().any(|a| matches!(a, Action::Handover { .. }))
        });
        if self.workflow.on_exhausted.task.is_none() && !hands_over {
            let message = "a case can end here without anybody deciding what follows".to_owned();
            let help = "write a `task` under `on_exhausted`";
            self.add(Code::NoTerminalStep, self.draft.key_place("on_exhausted"), message, help);
        }
    }

    fn limitation(&mut self) {
        let Some(law) = self.law else { return };
        let planned = planned(self.workflow.steps.iter());
        let limits: Vec<_> = law.limitation.each().filter(|(kind, _)| self.takes(*kind)).collect();
        for (kind, years) in limits {
            let days = i64::from(years.value) * 365;
            let late = self.workflow.steps.iter().enumerate().find(|(_, step)| {
                planned.get(&step.id).is_some_and(|planned| planned.base == Base::Due && planned.most >= days)
            });
            if let Some((place, step)) = late {
                let message = format!(
                    "`{}` may come when the claim against a {} debtor is past limitation: {} years ({})",
                    step.id,
                    kind_name(kind),
                    years.value,
                    years.source
                );
                let span = anchor_place(self.draft, place);
                self.found.push(Finding {
                    code: Code::LimitationPassed,
                    span,
                    message,
                    help: "plan it earlier".into(),
                });
            }
        }
    }
}

fn kind_name(kind: DebtorKind) -> &'static str {
    match kind {
        DebtorKind::Business => "business",
        DebtorKind::Consumer => "consumer",
        DebtorKind::Public => "public",
    }
}
