//! What the steps say about each other: names, order, jumps, and keys that mean nothing where they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::sense::when;
use crate::domain::{Channel, DeliveryStatus, LetterService, Phase, StepId};
use crate::workflow::condition::nearest;
use crate::workflow::read::Draft;
use crate::workflow::yaml::{Node, NodeKind};
use crate::workflow::{Action, Anchor, Code, Effect, Findings, OnTimeout, Step, TaskAction};

/// Reports what is wrong between steps.
pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings<'_>) {
    let mut checker = Checker { draft, ids: ids(draft), findings };
    checker.duplicates();
    for (place, (step, _)) in draft.steps.iter().enumerate() {
        checker.references(place, step);
        checker.jumps(place, step);
        checker.misplaced(place, step);
        checker.deadline(place, step);
    }
    checker.broken_promise();
    checker.unreachable();
}

/// The id of every item of `steps`, those that could not be read included.
fn id_nodes<'n>(draft: &Draft<'n>) -> Vec<Option<(&'n str, &'n Node)>> {
    let Some(NodeKind::List(items)) = draft.fields.get("steps").map(|node| &node.kind) else { return Vec::new() };
    let id = |item: &'n Node| {
        let node = child(Some(item), "id")?;
        let NodeKind::Scalar { text, .. } = &node.kind else { return None };
        Some((text.as_str(), node))
    };
    items.iter().map(id).collect()
}

/// Every id in the file with its place among the steps, those of steps that could not be read included.
fn ids(draft: &Draft<'_>) -> Vec<String> {
    id_nodes(draft).into_iter().map(|id| id.map_or_else(String::new, |(text, _)| text.to_owned())).collect()
}

struct Checker<'d, 'n, 'f, 'a> {
    draft: &'d Draft<'n>,
    ids: Vec<String>,
    findings: &'f mut Findings<'a>,
}

impl Checker<'_, '_, '_, '_> {
    fn duplicates(&mut self) {
        let mut ids = BTreeSet::new();
        for (id, node) in id_nodes(self.draft).into_iter().flatten() {
            // One that is somebody's former name is reported below.
            if !ids.insert(id) {
                let message = format!("there is a step `{id}` already");
                let help = format!("give this one a name of its own: `{id}-2`");
                self.findings.add_with_help(Code::DuplicateStep, node.span.clone(), message, help);
            }
        }
        let mut seen: BTreeMap<&StepId, &str> = BTreeMap::new();
        for (step, fields) in &self.draft.steps {
            seen.insert(&step.id, "id");
            for (item, former) in step.formerly.iter().enumerate() {
                if seen.insert(former, "formerly").is_some() {
                    let span = list_item(fields.get("formerly"), item);
                    let message = format!("`{former}` is the name of a step already");
                    let help = "`formerly` names a step that is no longer in the file".to_owned();
                    self.findings.add_with_help(Code::DuplicateStep, span, message, help);
                }
            }
        }
        // A former name that an earlier step has now is a duplicate seen from the other side.
        let former: Vec<_> = self.draft.steps.iter().flat_map(|(step, _)| step.formerly.clone()).collect();
        for (place, (step, _)) in self.draft.steps.iter().enumerate() {
            if former.contains(&step.id) && seen.get(&step.id) == Some(&"id") {
                let message = format!("`{}` is the former name of another step", step.id);
                let help = "a name that was used once keeps meaning that step; choose another".to_owned();
                self.findings.add_with_help(Code::DuplicateStep, self.draft.place(place, "id"), message, help);
            }
        }
    }

    /// The place of a named step among all of the file; reports a name that does not exist.
    fn resolve(&mut self, id: &StepId, span: Range<usize>) -> Option<usize> {
        let found = self.ids.iter().position(|known| known == id.as_str());
        if found.is_none() {
            let help = match nearest(id.as_str(), self.ids.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the steps are: {}", self.ids.join(", ")),
            };
            self.findings.add_with_help(Code::UnknownStep, span, format!("there is no step `{id}`"), help);
        }
        found
    }

    fn own_place(&self, step: &Step) -> usize {
        self.ids.iter().position(|known| known == step.id.as_str()).unwrap_or_default()
    }

    /// Reports a named step that does not stand above this one.
    fn above(&mut self, step: &Step, id: &StepId, span: Range<usize>, what: &str) {
        let Some(found) = self.resolve(id, span.clone()) else { return };
        if found >= self.own_place(step) {
            let message = format!("`{}` {what} `{id}`, which does not come before it", step.id);
            let help = "steps are taken in the order of the file; move one of them".to_owned();
            self.findings.add_with_help(Code::AnchorOrder, span, message, help);
        }
    }

    fn references(&mut self, place: usize, step: &Step) {
        let fields = &self.draft.steps[place].1;
        for (item, id) in step.requires.iter().enumerate() {
            self.above(step, id, list_item(fields.get("requires"), item), "requires");
        }
        match &step.anchor {
            Anchor::AfterStep(parent, _) => {
                self.above(step, parent, self.draft.place(place, "after_step"), "goes after");
            }
            Anchor::AfterDeadlineOf(parent, _) => {
                let span = self.draft.place(place, "after_deadline_of");
                self.above(step, parent, span.clone(), "goes after the deadline of");
                let parent = self.draft.steps.iter().find(|(other, _)| other.id == *parent);
                if let Some((parent, _)) = parent.filter(|(_, fields)| fields.entry("deadline").is_none()) {
                    let message = format!("`{}` gives no deadline", parent.id);
                    let help = "write `deadline: 15 days after first_presented` there, or `after_step` here".to_owned();
                    self.findings.add_with_help(Code::NoDeadline, span, message, help);
                }
            }
            _ => {}
        }
    }

    fn jumps(&mut self, place: usize, step: &Step) {
        let fields = &self.draft.steps[place].1;
        let mut targets: Vec<(&StepId, Range<usize>)> = Vec::new();
        for action in &step.actions {
            if let Action::Task(task) = action
                && let OnTimeout::GoTo(target) = &task.on_timeout
            {
                let task = fields.get("task");
                targets.push((target, jump_place(child(task, "on_timeout"), place, self.draft)));
            }
        }
        for (name, effect) in &step.outcomes {
            if let Effect::GoTo(target) = effect {
                let outcome = child(fields.get("outcomes"), name);
                targets.push((target, jump_place(outcome, place, self.draft)));
            }
        }
        for (target, span) in targets {
            let Some(found) = self.resolve(target, span.clone()) else { continue };
            if found <= self.own_place(step) {
                let message = format!("the jump from `{}` to `{target}` does not go forward", step.id);
                let help = "a jump skips steps, it never repeats them; `repeat` does".to_owned();
                self.findings.add_with_help(Code::GoToBackward, span, message, help);
            }
        }
        let last = child(self.draft.fields.get("on_exhausted"), "task");
        if place == 0
            && let Some(node) = child(last, "on_timeout")
            && matches!(node.kind, NodeKind::Map(_))
        {
            let message = "after the last step there is nothing to jump to";
            let help = "write continue, remind or hold".to_owned();
            self.findings.add_with_help(Code::GoToBackward, node.span.clone(), message, help);
        }
    }

    fn broken_promise(&mut self) {
        let node = self.draft.fields.get("on_broken_promise");
        let target = self.draft.head.on_broken_promise.clone();
        if let (Some(node), Some(target)) = (child(node, "go_to"), target) {
            self.resolve(&target, node.span.clone());
        }
    }

    fn misplaced(&mut self, place: usize, step: &Step) {
        let fields = &self.draft.steps[place].1;
        let has_task = fields.entry("task").is_some();
        let has_message = fields.named().any(|(name, _)| channel_of(name).is_some());
        let mut misplaced = |key: &str, wrong: bool, help: &str| {
            if let Some(entry) = fields.entry(key).filter(|_| wrong) {
                let message = format!("`{key}` means nothing on `{}`", step.id);
                self.findings.add_with_help(Code::MisplacedKey, entry.key_span.clone(), message, help.to_owned());
            }
        };
        misplaced("outcomes", !has_task, "answers are given to a `task`; this step opens none");
        misplaced("if_unreachable", !has_message, "this step sends nothing that could fail to reach the debtor");
        misplaced("deadline", !has_message, "a deadline is given by a message; this step sends none");
        let ends = step.actions.iter().any(|action| matches!(action, Action::Handover { .. }));
        misplaced("repeat", ends, "a handover ends the case, so it cannot be repeated");
    }

    /// A deadline must be able to start.
    fn deadline(&mut self, place: usize, step: &Step) {
        use DeliveryStatus::{DepositProof, FirstPresented, Posted, ReceiptProof};
        let Some(deadline) = step.deadline.filter(|_| !self.draft.unsure.contains(&step.id)) else { return };
        let letters: Vec<_> =
            step.messages().chain(&step.if_unreachable).filter_map(|message| message.service).collect();
        let (can_start, help) = match deadline.after {
            FirstPresented | DepositProof => (
                letters.iter().any(|service| is_registered(*service)),
                "only a registered letter proves it: `letter: { template: …, service: registered_receipt }`",
            ),
            ReceiptProof => (
                letters.iter().any(|service| {
                    matches!(service, LetterService::RegisteredReceipt | LetterService::ElectronicRegistered)
                }),
                "only `registered_receipt` and `electronic_registered` give it",
            ),
            Posted => (!letters.is_empty(), "only a letter is posted; write `after sent`"),
            _ => (true, ""),
        };
        if !can_start && step.messages().next().is_some() {
            let message = format!("nothing that `{}` sends proves this, so the deadline would never start", step.id);
            let span = self.draft.place(place, "deadline");
            self.findings.add_with_help(Code::DeadlineWithoutProof, span, message, help.to_owned());
        }
    }

    fn unreachable(&mut self) {
        let mut ended: Option<&StepId> = None;
        for (place, (step, _)) in self.draft.steps.iter().enumerate() {
            let span = self.draft.place(place, "id");
            if let Some(by) = ended {
                let message = format!("no case reaches `{}`: `{by}` hands every case over", step.id);
                let help = "move it above the handover, or give the handover a `when`".to_owned();
                self.findings.add_with_help(Code::UnreachableStep, span, message, help);
                continue;
            }
            if let Some(by) = self.jumped_over(place) {
                let message = format!("no case reaches `{}`: every answer to `{by}` jumps over it", step.id);
                let help = "let one of the answers go on with `none`, or take the step out".to_owned();
                self.findings.add_with_help(Code::UnreachableStep, span, message, help);
                continue;
            }
            if let Some((code, span, message, help)) = when(self.draft, place) {
                self.findings.add_with_help(code, span, message, help);
            }
            let late = matches!(step.anchor, Anchor::AfterDue(_) | Anchor::AfterDeadlineOf(..));
            if step.phase == Phase::Prevention && late {
                let message = format!("`{}` is always skipped: prevention ends with the due date", step.id);
                let help = "write `before_due`, or another phase".to_owned();
                self.findings.add_with_help(Code::UnreachableStep, span, message, help);
            }
            let hands_over = step.actions.iter().any(|action| matches!(action, Action::Handover { .. }));
            if hands_over && self.draft.steps[place].1.entry("when").is_none() {
                ended = Some(&step.id);
            }
        }
    }
}

impl Checker<'_, '_, '_, '_> {
    /// The step above whose every answer leads beyond this one. A jump stops at what a later step requires.
    fn jumped_over(&self, place: usize) -> Option<&StepId> {
        let own = &self.draft.steps[place].0.id;
        if self.draft.steps[place..].iter().any(|(later, _)| later.requires.contains(own)) {
            return None;
        }
        let jumps = self.draft.steps[..place].iter().find(|(step, fields)| {
            let mut targets = step.outcomes.values().map(|effect| match effect {
                Effect::GoTo(target) => Some(target),
                _ => None,
            });
            let timeout = step.actions.iter().find_map(|action| match action {
                Action::Task(TaskAction { on_timeout: OnTimeout::GoTo(target), .. }) => Some(target),
                _ => None,
            });
            let beyond = |target: Option<&StepId>| {
                let target = target.and_then(|target| self.draft.steps.iter().position(|(step, _)| step.id == *target));
                target.is_some_and(|target| target > place)
            };
            let sure = fields.entry("when").is_none() && !self.draft.unsure.contains(&step.id);
            sure && beyond(timeout) && targets.all(beyond)
        });
        jumps.map(|(step, _)| &step.id)
    }
}

/// A letter whose sending and presentation the carrier proves.
pub(super) fn is_registered(service: LetterService) -> bool {
    matches!(
        service,
        LetterService::Registered | LetterService::RegisteredReceipt | LetterService::ElectronicRegistered
    )
}

/// The value of a key of a mapping.
pub(super) fn child<'n>(node: Option<&'n Node>, key: &str) -> Option<&'n Node> {
    let NodeKind::Map(entries) = &node?.kind else { return None };
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

fn jump_place(node: Option<&Node>, step: usize, draft: &Draft<'_>) -> Range<usize> {
    child(node, "go_to").or(node).map_or_else(|| draft.place(step, "id"), |node| node.span.clone())
}

pub(super) fn list_item(node: Option<&Node>, item: usize) -> Range<usize> {
    match node.map(|node| (&node.kind, &node.span)) {
        Some((NodeKind::List(items), span)) => items.get(item).map_or(span, |item| &item.span).clone(),
        Some((_, span)) => span.clone(),
        None => 0..0,
    }
}

/// The node that names a message's template: the short form, or `template` of the long one.
pub(super) fn template_node(node: &Node) -> &Node {
    child(Some(node), "template").unwrap_or(node)
}

/// The channel of an action's key.
pub(super) fn channel_of(key: &str) -> Option<Channel> {
    match key {
        "email" | "survey" => Some(Channel::Email),
        "sms" => Some(Channel::Sms),
        "letter" => Some(Channel::Letter),
        _ => None,
    }
}
