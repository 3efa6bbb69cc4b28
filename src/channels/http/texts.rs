//! Checks the texts of a definition before anything is sent: that they compile, and use names that exist.

use std::collections::BTreeSet;

use serde_json::Value;

use super::names::ROOTS;
use crate::render::expression::names_in;
use crate::workflow::provider::{Auth, HttpProvider, Part, Payload, Pick, Source, Step};

/// The names of the secrets a definition uses, or every mistake in its texts.
pub(super) fn check(provider: &HttpProvider) -> Result<BTreeSet<String>, Vec<String>> {
    let (mut secrets, mut problems) = (BTreeSet::new(), vec![]);
    for (text, of_reply) in texts(provider) {
        match names_in(text) {
            Ok(names) => {
                for name in names {
                    match usable(&name, of_reply) {
                        Ok(Some(secret)) => _ = secrets.insert(secret.to_owned()),
                        Ok(None) => {}
                        Err(problem) => problems.push(format!("`{text}`: {problem}")),
                    }
                }
            }
            Err(error) => problems.push(error.to_string()),
        }
    }
    if problems.is_empty() { Ok(secrets) } else { Err(problems) }
}

/// The secret behind a name, if it is one.
fn usable(name: &str, of_reply: bool) -> Result<Option<&str>, String> {
    let (root, rest) = name.split_once('.').unwrap_or((name, ""));
    if root == "secret" {
        // Each secret is looked up beforehand, so it is named outright.
        return if rest.is_empty() { Err("write `secret.` with the secret's name".into()) } else { Ok(Some(rest)) };
    }
    if ROOTS.contains(&root) || (of_reply && root == "reply") {
        return Ok(None);
    }
    Err(format!("`{root}` is not known here; known are {}", ROOTS.join(", ")))
}

/// Every text with `{{ … }}`, and whether it is filled in when there is an answer.
fn texts(provider: &HttpProvider) -> Vec<(&str, bool)> {
    let mut texts: Vec<(&str, bool)> = vec![];
    match &provider.auth {
        Auth::None => {}
        Auth::Basic { user, password } => texts.extend([(user.as_str(), false), (password.as_str(), false)]),
        Auth::Bearer { token } => texts.push((token, false)),
        Auth::Header { value, .. } => texts.push((value, false)),
    }
    for step in provider.steps.iter().chain(&provider.reconcile) {
        of_step(step, &mut texts);
    }
    texts
}

fn of_step<'a>(step: &'a Step, texts: &mut Vec<(&'a str, bool)>) {
    let request = &step.request;
    texts.push((&request.path, false));
    texts.extend(request.query.values().chain(request.headers.values()).map(|text| (text.as_str(), false)));
    texts.extend(step.idempotency.iter().filter_map(|one| one.key.as_deref()).map(|text| (text, false)));
    match &request.payload {
        Payload::Empty => {}
        Payload::Json(tree) | Payload::Form(tree) => of_tree(tree, texts),
        Payload::Multipart(parts) => parts.iter().for_each(|part| of_part(part, texts)),
        Payload::Raw(part) => of_part(part, texts),
    }
    let rules = step.outcomes.iter();
    let sources = rules.flat_map(|rule| rule.id.iter().chain(&rule.reason).chain(rule.capture.values()));
    for Source(picks) in sources.chain(step.capture.values()) {
        texts.extend(picks.iter().filter_map(|pick| match pick {
            Pick::Text(text) => Some((text.as_str(), true)),
            Pick::Path(_) => None,
        }));
    }
}

fn of_part<'a>(part: &'a Part, texts: &mut Vec<(&'a str, bool)>) {
    texts.extend(part.text.iter().chain(&part.filename).map(|text| (text.as_str(), false)));
    if let Some(tree) = &part.json {
        of_tree(tree, texts);
    }
}

fn of_tree<'a>(tree: &'a Value, texts: &mut Vec<(&'a str, bool)>) {
    match tree {
        Value::String(text) => texts.push((text, false)),
        Value::Array(items) => items.iter().for_each(|item| of_tree(item, texts)),
        Value::Object(fields) => fields.values().for_each(|value| of_tree(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
