//! Checks the texts of a definition before anything is sent: that they compile, and use names that exist.

use std::collections::BTreeSet;

use serde_json::Value;

use super::names::{OF_SIGNATURE, ROOTS};
use crate::render::expression::names_in;
use crate::workflow::provider::{Auth, HttpProvider, Part, Payload, Pick, Signed, Source, Step};

/// The names of the secrets a definition uses, or every mistake in its texts.
pub(super) fn check(provider: &HttpProvider) -> Result<BTreeSet<String>, Vec<String>> {
    let (mut secrets, mut problems) = (BTreeSet::new(), vec![]);
    for (text, more) in texts(provider) {
        match names_in(text) {
            Ok(names) => {
                for name in names {
                    match usable(&name, more) {
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
fn usable<'n>(name: &'n str, more: &[&str]) -> Result<Option<&'n str>, String> {
    let (root, rest) = name.split_once('.').unwrap_or((name, ""));
    if root == "secret" {
        // Each secret is looked up beforehand, so it is named outright.
        return if rest.is_empty() { Err("write `secret.` with the secret's name".into()) } else { Ok(Some(rest)) };
    }
    if ROOTS.contains(&root) || more.contains(&root) {
        return Ok(None);
    }
    Err(format!("`{root}` is not known here; known are {}", ROOTS.join(", ")))
}

/// A text with `{{ … }}`, and what it may name beside the roots.
type Text<'a> = (&'a str, &'static [&'static str]);

/// What texts name that are filled in when there is an answer.
const OF_REPLY: &[&str] = &["reply"];

/// Every text of a definition.
fn texts(provider: &HttpProvider) -> Vec<Text<'_>> {
    let mut texts = of_auth(&provider.auth);
    for step in provider.steps.iter().chain(&provider.reconcile) {
        of_step(step, &mut texts);
    }
    texts
}

fn of_auth(auth: &Auth) -> Vec<Text<'_>> {
    let (all, more): (Vec<&String>, &[&str]) = match auth {
        Auth::None => (vec![], &[]),
        Auth::Basic { user, password } => (vec![user, password], &[]),
        Auth::Bearer { token: text } | Auth::Header { value: text, .. } => (vec![text], &[]),
        Auth::Query { fields } | Auth::Body { fields } => (fields.values().collect(), &[]),
        Auth::OAuth2(oauth) => (oauth.form.values().chain([&oauth.client.id, &oauth.client.secret]).collect(), &[]),
        Auth::Signed(signed) => (of_signed(signed), OF_SIGNATURE),
        Auth::Token(asked) => {
            let signed = asked.sign.as_ref().map(of_signed).unwrap_or_default();
            let plain = asked.headers.values().map(|text| (text.as_str(), &[][..]));
            return signed.into_iter().map(|text| (text.as_str(), OF_SIGNATURE)).chain(plain).collect();
        }
    };
    all.into_iter().map(|text| (text.as_str(), more)).collect()
}

fn of_signed(signed: &Signed) -> Vec<&String> {
    signed.headers.values().chain([&signed.text]).chain(&signed.key).collect()
}

fn of_step<'a>(step: &'a Step, texts: &mut Vec<Text<'a>>) {
    let request = &step.request;
    texts.push((&request.path, &[]));
    texts.extend(request.query.values().chain(request.headers.values()).map(|text| (text.as_str(), &[][..])));
    texts.extend(step.idempotency.iter().filter_map(|one| one.key.as_deref()).map(|text| (text, &[][..])));
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
            Pick::Text(text) => Some((text.as_str(), OF_REPLY)),
            Pick::Path(_) => None,
        }));
    }
}

fn of_part<'a>(part: &'a Part, texts: &mut Vec<Text<'a>>) {
    texts.extend(part.text.iter().chain(&part.filename).map(|text| (text.as_str(), &[][..])));
    if let Some(tree) = &part.json {
        of_tree(tree, texts);
    }
}

fn of_tree<'a>(tree: &'a Value, texts: &mut Vec<Text<'a>>) {
    match tree {
        Value::String(text) => texts.push((text, &[])),
        Value::Array(items) => items.iter().for_each(|item| of_tree(item, texts)),
        Value::Object(fields) => fields.values().for_each(|value| of_tree(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
