//! What a workflow names outside itself: templates, providers, its jurisdiction, its scenarios.

use std::collections::BTreeMap;

use super::CheckContext;
use super::structure::{channel_of, child, template_node};
use crate::domain::Channel;
use crate::workflow::condition::nearest;
use crate::workflow::keys::ATTACHMENTS;
use crate::workflow::read::Draft;
use crate::workflow::revision::is_language;
use crate::workflow::yaml::{Node, NodeKind};
use crate::workflow::{Code, Findings, TemplateName};

/// Reports what is named and not there.
pub(super) fn check(draft: &Draft<'_>, context: &CheckContext<'_>, findings: &mut Findings<'_>) {
    if let Some(templates) = context.templates {
        check_templates(draft, templates, findings);
    }
    if let Some(providers) = context.providers {
        check_providers(draft, providers, findings);
    }
    if let (Some(law), Some(node)) = (context.law, draft.fields.get("jurisdiction"))
        && let NodeKind::Scalar { text, .. } = &node.kind
        && law.jurisdictions.get(text).is_none()
    {
        let help = match nearest(text, law.jurisdictions.names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", law.jurisdictions.names().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("there is no jurisdiction `{text}`");
        // That no name can be written so says less.
        findings.forget(0, |one| one.code == Code::BadValue && one.span == node.span);
        findings.add_with_help(Code::UnknownJurisdiction, node.span.clone(), message, help);
    }
    if let (Some(tested), Some((name, node))) = (context.tested, &draft.name)
        && !tested.contains(name)
    {
        let help = format!("write scenarios/{name}.yaml with events and the timeline they lead to");
        let message = format!("no scenario tests `{name}`");
        findings.add_with_help(Code::NoScenario, node.span.clone(), message, help);
    }
}

/// Every message of the file: its channel and the node behind `email`, `sms`, `letter` or `survey`.
fn messages<'n>(draft: &Draft<'n>) -> Vec<(Channel, &'n Node)> {
    let mut found = Vec::new();
    for (_, fields) in &draft.steps {
        for (name, entry) in fields.named() {
            found.extend(channel_of(name).map(|channel| (channel, &entry.value)));
        }
        if let Some(NodeKind::Map(entries)) = fields.get("if_unreachable").map(|node| &node.kind) {
            found.extend(entries.iter().filter_map(|entry| Some((channel_of(&entry.key)?, &entry.value))));
        }
    }
    found
}

fn check_templates(draft: &Draft<'_>, templates: &BTreeMap<String, String>, findings: &mut Findings<'_>) {
    let declared = &written_languages(draft, templates, findings);
    let mut wanted: Vec<(TemplateName, &Node)> = Vec::new();
    for (channel, node) in messages(draft) {
        let named = template_node(node);
        if let NodeKind::Scalar { text, .. } = &named.kind {
            wanted.push((TemplateName { name: text.clone(), channel: Some(channel) }, named));
        }
        for attached in one_or_more(child(Some(node), "attach")) {
            if let NodeKind::Scalar { text, .. } = &attached.kind
                && text != "invoice"
                && ATTACHMENTS.contains(&text.as_str())
            {
                wanted.push((TemplateName { name: text.replace('_', "-"), channel: Some(Channel::Letter) }, attached));
            }
        }
    }
    let tasks = draft.steps.iter().map(|(_, fields)| fields.get("task"));
    for task in tasks.chain([child(draft.fields.get("on_exhausted"), "task")]) {
        if let Some(named) = child(task, "script")
            && let NodeKind::Scalar { text, .. } = &named.kind
        {
            wanted.push((TemplateName { name: text.clone(), channel: None }, named));
        }
    }
    for (template, node) in wanted {
        let missing = missing(&template, declared, templates);
        let is_name = template.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c));
        if missing.is_empty() || !is_name {
            continue;
        }
        let message = format!("the template `{}` is not there: {}", template.name, missing.join(", "));
        let help = template_help(&template, templates);
        findings.add_with_help(Code::MissingTemplate, node.span.clone(), message, help);
    }
}

/// The declared languages in which there are templates; one that has none is reported once, not for each template.
fn written_languages(
    draft: &Draft<'_>,
    templates: &BTreeMap<String, String>,
    findings: &mut Findings<'_>,
) -> Vec<String> {
    let mut written = Vec::new();
    for language in &draft.head.languages {
        if templates.keys().any(|path| path.split_once('/').is_some_and(|(folder, _)| folder == language)) {
            written.push(language.clone());
            continue;
        }
        let named = |node: &&Node| matches!(&node.kind, NodeKind::Scalar { text, .. } if text == language);
        if let Some(node) = one_or_more(draft.fields.get("languages")).iter().find(named) {
            let message = format!("there is no template in the language `{language}`");
            let help = format!("write them under templates/{language}/, or take the language out");
            findings.add_with_help(Code::MissingTemplate, node.span.clone(), message, help);
        }
    }
    written
}

/// How what a channel carries is called.
fn carried(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "emails",
        Channel::Sms => "text messages",
        Channel::Letter => "letters",
    }
}

/// What to do about a missing template, nearest names of the same channel first.
fn template_help(template: &TemplateName, templates: &BTreeMap<String, String>) -> String {
    let files = || templates.keys().filter_map(|path| path.split_once('/')?.1.rsplit_once('.'));
    let ending = |ending: &str| template.extensions().contains(&ending);
    let fitting = files().filter(|(_, found)| ending(found)).map(|(name, _)| name);
    match nearest(&template.name, fitting) {
        Some(near) if near != template.name => format!("did you mean `{near}`?"),
        Some(_) => "write it in this language too, or take the language out of `languages`".to_owned(),
        None if files().any(|(name, _)| name == template.name) => {
            format!("`{}` is there for another channel only; write these files under templates/", template.name)
        }
        None => "write these files under templates/".to_owned(),
    }
}

/// The items of a list, or the one value that may stand in its place.
fn one_or_more(node: Option<&Node>) -> &[Node] {
    match node {
        Some(Node { kind: NodeKind::List(items), .. }) => items,
        Some(node) => std::slice::from_ref(node),
        None => &[],
    }
}

/// The files of a template that do not exist; with no language declared, one language that has all is enough.
fn missing(template: &TemplateName, declared: &[String], templates: &BTreeMap<String, String>) -> Vec<String> {
    let absent = |language: &str| -> Vec<String> {
        let paths = template.extensions().iter().map(|extension| format!("{language}/{}.{extension}", template.name));
        paths.filter(|path| !templates.contains_key(path)).collect()
    };
    if !declared.is_empty() {
        return declared.iter().flat_map(|language| absent(language)).collect();
    }
    let languages = templates.keys().filter_map(|path| path.split_once('/')).map(|(folder, _)| folder);
    let languages: std::collections::BTreeSet<_> = languages.filter(|folder| is_language(folder)).collect();
    if languages.iter().any(|language| absent(language).is_empty()) { Vec::new() } else { absent("LANGUAGE") }
}

fn check_providers(draft: &Draft<'_>, providers: &BTreeMap<String, Vec<Channel>>, findings: &mut Findings<'_>) {
    for (channel, node) in messages(draft) {
        let Some(named) = child(Some(node), "provider") else { continue };
        let NodeKind::Scalar { text, .. } = &named.kind else { continue };
        if providers.get(text).is_some_and(|channels| channels.contains(&channel)) {
            continue;
        }
        let carrying = providers.iter().filter(|(_, channels)| channels.contains(&channel));
        let known: Vec<_> = carrying.map(|(name, _)| name.as_str()).collect();
        let there_are = || format!("for {} there are: {}", carried(channel), known.join(", "));
        let (message, help) = match (providers.contains_key(text), nearest(text, known.iter().copied())) {
            (true, _) => (format!("the provider `{text}` does not carry {}", carried(channel)), there_are()),
            (false, Some(near)) => (format!("there is no provider `{text}`"), format!("did you mean `{near}`?")),
            (false, None) => (format!("there is no provider `{text}`"), there_are()),
        };
        findings.add_with_help(Code::UnknownProvider, named.span.clone(), message, help);
    }
}
