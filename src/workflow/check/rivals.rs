//! Workflows that want the same invoices: which of two takes one, and which can take none.
//!
//! An invoice goes to the workflow of the highest priority that applies, the name breaks a tie. What a debtor's own
//! `workflow` names goes there whatever stands here.

use std::cmp::Reverse;
use std::ops::Range;

use crate::workflow::{Code, Diagnostic, Findings, SourceFile, Verdict, Workflow};

/// Reports workflows that no invoice can choose, and pairs of which only the names decide.
pub(super) fn check(all: &[(&SourceFile, &Workflow)]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut unreachable = vec![false; all.len()];
    for (place, (file, workflow)) in all.iter().enumerate() {
        if workflow.applies_to.verdict() == Verdict::Never {
            continue;
        }
        let takes_all = |other: &&(&SourceFile, &Workflow)| {
            goes_first(other.1, workflow) && other.1.applies_to.covers(&workflow.applies_to)
        };
        if let Some((_, other)) = all.iter().find(takes_all) {
            unreachable[place] = true;
            found.push(never_chosen(file, workflow, other));
        }
    }
    for (place, (file, workflow)) in all.iter().enumerate().filter(|(place, _)| !unreachable[*place]) {
        let ties = |(earlier, (_, other)): &(usize, &(&SourceFile, &Workflow))| {
            !unreachable[*earlier]
                && other.priority == workflow.priority
                && workflow.applies_to.may_hold_with(&other.applies_to)
        };
        if let Some((_, (_, other))) = all[..place].iter().enumerate().find(ties) {
            found.push(tie(file, workflow, other));
        }
    }
    found
}

/// Whether `one` is asked before `other`. Two of one name are reported elsewhere.
fn goes_first(one: &Workflow, other: &Workflow) -> bool {
    (Reverse(one.priority), &one.name) < (Reverse(other.priority), &other.name)
}

fn never_chosen(file: &SourceFile, workflow: &Workflow, other: &Workflow) -> Diagnostic {
    let order = match other.priority == workflow.priority {
        true => "comes first in the alphabet".to_owned(),
        false => format!("has the priority {}, this one {}", other.priority, workflow.priority),
    };
    let message =
        format!("no invoice chooses `{}`: `{}` takes all that it would take, and {order}", workflow.name, other.name);
    let help = format!(
        "give this one a higher `priority` than {}, or narrow `applies_to` of `{}`; a debtor's own `workflow` still \
         names it",
        other.priority, other.name
    );
    finding(file, Code::UnreachableWorkflow, message, help)
}

fn tie(file: &SourceFile, workflow: &Workflow, other: &Workflow) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` may both apply to an invoice and have the same priority, so the first name in the alphabet wins",
        workflow.name, other.name
    );
    finding(file, Code::PriorityTie, message, "give the more special one a higher `priority`".to_owned())
}

fn finding(file: &SourceFile, code: Code, message: String, help: String) -> Diagnostic {
    let mut findings = Findings::new(&file.name, &file.text);
    let span = top_level(&file.text, "priority").or_else(|| top_level(&file.text, "applies_to")).unwrap_or(0..0);
    findings.add_with_help(code, span, message, help);
    findings.into_sorted().swap_remove(0)
}

/// The place of a key at the beginning of a line.
fn top_level(text: &str, key: &str) -> Option<Range<usize>> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')) {
            return Some(at..at + key.len());
        }
        at += line.len();
    }
    None
}
