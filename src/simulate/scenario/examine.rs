//! Everything that is wrong with a scenario file, short of a timeline that differs.

use std::collections::HashMap;
use std::ops::Range;

use super::{Found, Written, compact, compare, options, stock};
use crate::domain::event::Refusal;
use crate::engine::Book;
use crate::law::Law;
use crate::simulate::{Input, simulate};
use crate::workflow::yaml::{Node, NodeKind, read, typed};
use crate::workflow::{Code, Diagnostic, Findings, impossible_dates, nearest};

/// What is wrong with a scenario file, events that would be put in quarantine among it. `find` gives a workflow by
/// name or path; without one the events are still read, and are not played.
pub fn examine(file: &str, text: &str, law: &Law, find: &dyn Fn(&str) -> Found) -> Vec<Diagnostic> {
    let mut findings = Findings::new(file, text);
    let Some(root) = read(text, &mut findings) else { return findings.into_sorted() };
    if is_workflow(&root, &mut findings) {
        return findings.into_sorted();
    }
    impossible_dates(&root, &mut findings);
    let Some(written) = typed::<Written>(&root, &mut findings).value else { return findings.into_sorted() };
    let mut workflows = Vec::new();
    for name in written.workflow.iter().chain(&written.workflows) {
        match find(&name.value) {
            Ok(workflow) => workflows.extend(workflow),
            Err((why, help)) => findings.add_with_help(Code::UnknownWorkflow, name.span.clone(), why, help),
        }
    }
    let options = options(&written, &mut findings);
    compare::expected_lines(&written.expect, &mut findings);
    let stand_in = stock::workflow();
    let Some(first) = workflows.first().or(stand_in.as_ref()) else { return findings.into_sorted() };
    let events = compact::expand(&written, first, text, &mut findings);
    let mut input = Input::default();
    for (line, event) in events {
        input.read(line, &event);
    }
    let refused = match workflows.is_empty() {
        true => input.refused,
        false => simulate(&Book::with_law(workflows, law.clone()), input, &options).refused,
    };
    let items = items_by_line(&root, text);
    for refused in refused {
        let item = items.get(&refused.line).copied();
        // What stands in an event that is wrong already follows from it.
        if item.is_some_and(|item| findings.holds_one_within(&item.span)) {
            continue;
        }
        let span = item.map_or(0..0, |item| place(item, &refused.refusal));
        let message = format!("this event would be put in quarantine: {}", refused.refusal);
        let help = item.and_then(|item| misspelt(item, &refused.refusal));
        let help = help.unwrap_or_else(|| "correct the event; `relance schema event` prints every field".to_owned());
        findings.add_with_help(Code::QuarantinedEvent, span, message, help);
    }
    findings.into_sorted()
}

/// Says of a workflow that it is none of the stories: its keys are no mistakes.
pub(super) fn is_workflow(root: &Node, findings: &mut Findings<'_>) -> bool {
    let NodeKind::Map(entries) = &root.kind else { return false };
    let has = |key: &str| entries.iter().find(|entry| entry.key == key);
    let (Some(steps), None, None) = (has("steps"), has("scenario"), has("events")) else { return false };
    let message = "this is a workflow, and no scenario, which tells a story in `events`";
    let help = "check it with `relance check FILE`; the scenarios that walk it lie in `scenarios/`".to_owned();
    findings.add_with_help(Code::MissingKey, steps.key_span.clone(), message, help);
    true
}

/// What to write where a field that is missing stands there under a name like it.
fn misspelt(item: &Node, refusal: &Refusal) -> Option<String> {
    let (_, field) = refusal.field.rsplit_once('.').filter(|_| refusal.reason.starts_with("is missing"))?;
    let NodeKind::Map(entries) = &nearest_node(item, &refusal.field).kind else { return None };
    let written = nearest(field, entries.iter().map(|entry| entry.key.as_str()))?;
    Some(format!("write `{field}` for `{written}`"))
}

/// Creditor, debtors and events by the line on which they begin, from 1; the first of each line. One walk through the
/// text, however many events there are.
fn items_by_line<'a>(root: &'a Node, text: &str) -> HashMap<usize, &'a Node> {
    let NodeKind::Map(entries) = &root.kind else { return HashMap::new() };
    let mut items: Vec<&Node> = Vec::new();
    for entry in entries {
        match (entry.key.as_str(), &entry.value.kind) {
            ("creditor", _) => items.push(&entry.value),
            ("debtors" | "events", NodeKind::List(listed)) => items.extend(listed),
            _ => {}
        }
    }
    items.sort_by_key(|item| item.span.start);
    let (mut line, mut counted) = (1, 0);
    let mut by_line = HashMap::new();
    for item in items {
        let start = item.span.start.clamp(counted, text.len());
        line += text.as_bytes()[counted..start].iter().filter(|byte| **byte == b'\n').count();
        counted = start;
        by_line.entry(line).or_insert(item);
    }
    by_line
}

/// Where in an event of the file the field at fault stands: as near to it as the file writes anything.
fn place(item: &Node, refusal: &Refusal) -> Range<usize> {
    let NodeKind::Map(entries) = &item.kind else { return item.span.clone() };
    let short = entries.iter().find(|entry| entry.key.contains('.'));
    match (short, refusal.field.as_str()) {
        (Some(short), "type") => short.key_span.clone(),
        (_, field) => nearest_node(item, field).span.clone(),
    }
}

/// The node of a field of an event, else what is written around it. In the short notation the data stand behind the
/// type, and a creditor or a debtor is its data.
fn nearest_node<'a>(item: &'a Node, field: &str) -> &'a Node {
    let NodeKind::Map(entries) = &item.kind else { return item };
    let short = entries.iter().find(|entry| entry.key.contains('.'));
    let is_whole = entries.iter().any(|entry| entry.key == "data");
    let (mut at, path) = match (short, field.strip_prefix("data")) {
        (Some(short), Some(path)) => (&short.value, path),
        (None, Some(path)) if !is_whole => (item, path),
        _ => (item, field),
    };
    for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        let next = match &at.kind {
            NodeKind::Map(entries) => entries.iter().find(|entry| entry.key == part).map(|entry| &entry.value),
            NodeKind::List(items) => part.parse::<usize>().ok().and_then(|place| items.get(place)),
            _ => None,
        };
        let Some(next) = next else { break };
        at = next;
    }
    at
}
