//! The file as a whole.

use std::collections::BTreeSet;
use std::ops::Range;

use rust_decimal::Decimal;

use super::{Fields, Reader};
use crate::domain::{Revision, StepId, WorkflowName};
use crate::workflow::condition::nearest;
use crate::workflow::keys::{ACCEPT, COLLECTOR, GO_TO, ON_EXHAUSTED, TOLERANCE, WORKFLOW};
use crate::workflow::revision::is_language;
use crate::workflow::yaml::{Node, NodeKind};
use crate::workflow::{
    Accepted, Code, Collector, Condition, ContactRules, Duration, Group, OnExhausted, PlanTolerance, Step, Unit,
    Workflow,
};

/// The edition this relance reads.
const EDITION: &str = "1";

/// What could be read of a file, with its tree for places.
pub(crate) struct Draft<'n> {
    /// The steps whose id, phase and anchor could be read, each with its tree.
    pub steps: Vec<(Step, Fields<'n>)>,
    /// Steps of which something else could not be read: nothing is said about what they may lack.
    pub unsure: BTreeSet<StepId>,
    /// Whether every step is among them.
    pub steps_complete: bool,
    /// The name, where it could be read.
    pub name: Option<(String, &'n Node)>,
    /// What could be read above and below the steps.
    pub head: Head,
    /// The whole, where all of it could be read. Its revision is empty; the check fills it in.
    pub workflow: Option<Workflow>,
    /// The file's own entries.
    pub fields: Fields<'n>,
}

/// What could be read of a file beside its steps.
#[derive(Default)]
pub(crate) struct Head {
    pub applies_to: Option<Condition>,
    pub jurisdiction: Option<String>,
    pub minimum_balance: Option<Decimal>,
    pub languages: Vec<String>,
    pub contact: Option<ContactRules>,
    pub on_broken_promise: Option<StepId>,
    pub on_exhausted: Option<OnExhausted>,
    pub accept: Vec<(Accepted, Range<usize>)>,
}

/// Reads a workflow file.
pub(crate) fn workflow<'n>(reader: &mut Reader<'_, '_>, root: &'n Node) -> Option<Draft<'n>> {
    if reader.is_of_another_kind(root) {
        return None;
    }
    let fields = reader.fields(root, &WORKFLOW)?;
    reader.edition(fields.get("relance"));
    let name = fields.get("workflow").and_then(|node| Some((reader.word(node)?, node)));
    let items = fields.get("steps").map_or(&[] as &[Node], |node| reader.items(node, "a list of steps"));
    let mut unsure = BTreeSet::new();
    let mut steps = Vec::new();
    for node in items {
        let Some((step, fields, whole)) = reader.step(node) else { continue };
        if !whole {
            unsure.insert(step.id.clone());
        }
        steps.push((step, fields));
    }
    let steps_complete = steps.len() == items.len() && !steps.is_empty();
    let (head, workflow) = reader.head(&fields, name.as_ref().map(|(name, _)| name.as_str()));
    let workflow = workflow
        .filter(|_| steps_complete && unsure.is_empty())
        .map(|head| Workflow { steps: steps.iter().map(|(step, _)| step.clone()).collect(), ..head });
    Some(Draft { steps, unsure, steps_complete, name, head, workflow, fields })
}

impl Reader<'_, '_> {
    fn edition(&mut self, node: Option<&Node>) {
        let Some(node) = node else { return };
        match &node.kind {
            NodeKind::Scalar { text, plain: true } if text == EDITION => {}
            NodeKind::Refused => {}
            _ => {
                let help = format!("write `relance: {EDITION}`, without quotes");
                let message = "this is not an edition of the language that this relance reads";
                self.findings.add_with_help(Code::UnknownEdition, node.span.clone(), message, help);
            }
        }
    }

    /// Everything but the steps: what could be read of it, and the whole where all could.
    fn head(&mut self, fields: &Fields<'_>, name: Option<&str>) -> (Head, Option<Workflow>) {
        let title = fields.get("title").and_then(|node| self.text(node));
        let applies_to = fields.get("applies_to").and_then(|node| self.condition(node));
        let priority = fields.get("priority").and_then(|node| self.whole(node, -1_000_000, 1_000_000));
        let timezone = fields.get("timezone").and_then(|node| self.zone(node));
        let languages = fields.get("languages").map_or_else(Vec::new, |node| self.languages(node));
        let jurisdiction = fields.get("jurisdiction").and_then(|node| self.word(node));
        let minimum_balance = fields.get("minimum_balance").and_then(|node| self.number(node));
        let contact = fields.get("contact").and_then(|node| self.contact(node));
        let group = fields
            .get("group")
            .and_then(|node| self.one_of(node, &["account", "invoice"], &[Group::Account, Group::Invoice]));
        let grace = fields.get("grace").and_then(|node| self.duration(node));
        let grace = grace.unwrap_or(Duration { amount: 2, unit: Unit::BusinessDays });
        let stale = fields.get("stale_feed_after").and_then(|node| self.duration(node));
        let tolerance = fields.get("plan_tolerance").and_then(|node| self.tolerance(node, grace));
        let on_broken_promise = fields.get("on_broken_promise").and_then(|node| self.go_to(node));
        let on_exhausted = fields.get("on_exhausted").and_then(|node| self.on_exhausted(node));
        let credit_warning = fields.get("credit_warning").and_then(|node| self.credit_warning(node));
        let schedules = fields.get("schedules").map_or_else(Vec::new, |node| self.schedules(node, timezone));
        let accept = fields.get("accept").map_or_else(Vec::new, |node| self.accept(node));
        let collector = fields.get("collector").and_then(|node| self.collector(node));
        let head = Head {
            applies_to: applies_to.clone(),
            jurisdiction: jurisdiction.clone(),
            minimum_balance,
            languages: languages.clone(),
            contact: contact.clone(),
            on_broken_promise: on_broken_promise.clone(),
            on_exhausted: on_exhausted.clone(),
            accept: accept.clone(),
        };
        let whole = || -> Option<Workflow> {
            let name = name?;
            Some(Workflow {
                name: WorkflowName::from(name),
                revision: Revision::from(""),
                title: title.unwrap_or_else(|| name.to_owned()),
                applies_to: applies_to?,
                priority: priority.unwrap_or(0),
                timezone: timezone?,
                languages,
                jurisdiction: jurisdiction?,
                minimum_balance: minimum_balance.unwrap_or_default(),
                contact: contact?,
                group: group.unwrap_or(Group::Account),
                grace,
                stale_feed_after: stale.unwrap_or(Duration { amount: 1, unit: Unit::BusinessDays }),
                plan_tolerance: tolerance.unwrap_or(PlanTolerance { amount: Decimal::ZERO, late: grace }),
                on_broken_promise,
                steps: Vec::new(),
                on_exhausted: on_exhausted?,
                credit_warning,
                schedules,
                accept: accept.into_iter().map(|(accepted, _)| accepted).collect(),
                collector,
            })
        };
        (head, whole())
    }

    fn collector(&mut self, node: &Node) -> Option<Collector> {
        let fields = self.fields(node, &COLLECTOR)?;
        let name = fields.get("name").and_then(|node| self.text(node));
        let address = fields.get("address").and_then(|node| self.text(node));
        Some(Collector { name: name?, address: address? })
    }

    pub(super) fn zone(&mut self, node: &Node) -> Option<chrono_tz::Tz> {
        let text = self.text(node)?;
        match text.parse() {
            Ok(zone) => Some(zone),
            Err(_) => {
                let city = format!("/{}", text.replace(' ', "_"));
                let mut zones = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
                let near = zones.find(|zone| zone.ends_with(&city));
                let shifted = text.contains(['+', '-']) && text.contains(|c: char| c.is_ascii_digit());
                let near = near.or_else(|| nearest(&text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())));
                let near = near.filter(|_| !shifted);
                let help = near.map_or(
                    "write the zone of a city, `Europe/Paris`; it knows about summer time".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.findings.add_with_help(
                    Code::UnknownValue,
                    node.span.clone(),
                    format!("`{text}` is no time zone"),
                    help,
                );
                None
            }
        }
    }

    fn languages(&mut self, node: &Node) -> Vec<String> {
        let mut found = Vec::new();
        for item in self.items(node, "a list of languages") {
            let Some(text) = self.text(item) else { continue };
            if !is_language(&text) {
                self.bad(item, format!("`{text}` is no language"), "write the code of a language, `fr`");
            } else if found.contains(&text) {
                self.bad(item, format!("`{text}` stands twice"), "write each language once");
            } else {
                found.push(text);
            }
        }
        found
    }

    /// `{ go_to: id }`
    pub(super) fn go_to(&mut self, node: &Node) -> Option<StepId> {
        let fields = self.fields(node, &GO_TO)?;
        fields.get("go_to").and_then(|node| self.step_id(node))
    }

    fn tolerance(&mut self, node: &Node, grace: Duration) -> Option<PlanTolerance> {
        let fields = self.fields(node, &TOLERANCE)?;
        let amount = fields.get("amount").and_then(|node| self.number(node)).unwrap_or_default();
        let late = fields.get("late").and_then(|node| self.duration(node)).unwrap_or(grace);
        Some(PlanTolerance { amount, late })
    }

    fn on_exhausted(&mut self, node: &Node) -> Option<OnExhausted> {
        let fields = self.fields(node, &ON_EXHAUSTED)?;
        let wait = fields.get("wait").and_then(|node| self.duration(node));
        let task = fields.get("task").and_then(|node| self.task(node));
        Some(OnExhausted { wait: wait.unwrap_or(Duration { amount: 15, unit: Unit::Days }), task })
    }

    fn accept(&mut self, node: &Node) -> Vec<(Accepted, Range<usize>)> {
        let mut found = Vec::new();
        for item in self.items(node, "a list of accepted findings") {
            let Some(fields) = self.fields(item, &ACCEPT) else { continue };
            let code = fields.get("code").and_then(|node| self.law_code(node));
            let reason = fields.get("reason").and_then(|node| self.text(node));
            if let (Some(code), Some(reason)) = (code, reason) {
                let place = fields.get("code").map_or(&item.span, |node| &node.span).clone();
                found.push((Accepted { code, reason }, place));
            }
        }
        found
    }

    fn law_code(&mut self, node: &Node) -> Option<Code> {
        let text = self.text(node)?;
        match Code::from_text(&text) {
            Some(code) if code.info().law => Some(code),
            Some(code) => {
                self.bad(node, format!("`{code}` cannot be accepted"), "only findings of law can; correct the file");
                None
            }
            None => {
                let law: Vec<_> = crate::workflow::CODES.iter().filter(|info| info.law).map(|info| info.text).collect();
                self.unknown_value(node, &text, &law);
                None
            }
        }
    }
}
