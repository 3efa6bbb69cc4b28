//! Charges that only businesses owe, in the templates of a workflow that takes others.
//!
//! A template that asks what kind of debtor it is written to is taken to know the difference. What a letter says once
//! it is rendered is not judged here.

use super::{Judge, kind_name};
use crate::domain::DebtorKind;
use crate::workflow::check::CheckContext;
use crate::workflow::check::structure::{channel_of, child, template_node};
use crate::workflow::yaml::NodeKind;
use crate::workflow::{Code, TemplateName};

/// How such charges are called, in small letters.
const WORDS: &[&str] = &[
    "indemnité forfaitaire",
    "forfaitaire pour frais de recouvrement",
    "pénalités de retard",
    "l441-10",
    "l. 441-10",
    "d441-5",
    "d. 441-5",
    "fixed compensation for recovery",
    "late payment of commercial debts",
];

/// Reports templates that ask every debtor for what the jurisdiction lets only businesses be asked for.
pub(super) fn check(judge: &mut Judge<'_, '_>, context: &CheckContext<'_>) {
    let (Some(templates), Some(law)) = (context.templates, judge.law) else { return };
    let lump_sum = law.charges.business.as_ref().and_then(|rule| rule.lump_sum.first());
    let Some(lump_sum) = lump_sum else { return };
    let owes_none = |kind: DebtorKind| law.charges.of(kind).is_none_or(|rule| rule.lump_sum.is_empty());
    if !owes_none(DebtorKind::Consumer) || !judge.takes(DebtorKind::Consumer) {
        return;
    }
    for (place, step) in judge.steps() {
        let fields = &judge.draft.steps[place].1;
        let fallback = child(fields.get("if_unreachable"), "letter").map(|node| ("letter", node));
        let own = fields.named().map(|(name, entry)| (name, &entry.value));
        let messages = own.chain(fallback).filter_map(|(name, node)| Some((channel_of(name)?, template_node(node))));
        let mut found = Vec::new();
        for (channel, node) in messages {
            let NodeKind::Scalar { text, .. } = &node.kind else { continue };
            let template = TemplateName { name: text.clone(), channel: Some(channel) };
            let asks = template.extensions().iter().chain(&["html"]).find_map(|ending| {
                let file = format!("/{text}.{ending}");
                let (path, word) =
                    templates.iter().filter(|(path, _)| path.ends_with(&file)).find_map(|(path, text)| {
                        let text = text.to_lowercase();
                        let word = WORDS.iter().find(|word| text.contains(*word))?;
                        (!text.contains("debtor.kind")).then_some((path, *word))
                    })?;
                Some((path.clone(), word))
            });
            found.extend(asks.map(|(path, word)| (node.span.clone(), path, word)));
        }
        for (span, path, word) in found {
            let message = format!(
                "`{}` may go to a {} debtor, and templates/{path} speaks of \"{word}\", which only businesses owe ({})",
                step.id,
                kind_name(DebtorKind::Consumer),
                lump_sum.amount.source
            );
            let help = "ask for `debtor.kind` in the template, or let `applies_to` take businesses only";
            judge.add(Code::ConsumerCharges, span, message, help);
        }
    }
}
