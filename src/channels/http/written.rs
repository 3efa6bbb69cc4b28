//! The texts of a definition as written, checked with their places: that they compile, and use names and filters
//! that exist. It needs no sound definition, so that one mistake does not hide another.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::names::ROOTS;
use crate::render::expression::{names_in, unknown_filter};
use crate::workflow::yaml::{Node, NodeKind, read};
use crate::workflow::{Code, Diagnostic, Findings, SourceFile, nearest};

/// Everything wrong with the texts of a definition.
pub fn examine_texts(file: &SourceFile) -> Vec<Diagnostic> {
    let mut findings = Findings::new(&file.name, &file.text);
    // What is wrong with its form is said by whoever reads it.
    let Some(root) = read(&file.text, &mut Findings::new(&file.name, &file.text)) else { return Vec::new() };
    let known = known(&root);
    for key in ["send", "reconcile"] {
        if let Some(node) = get(&root, key) {
            walk(node, false, &known, &mut findings);
        }
    }
    if let Some(node) = get(&root, "auth") {
        walk(node, false, &of_auth(known, node), &mut findings);
    }
    findings.into_sorted()
}

/// What a definition may name: the notice, and what the file itself captures, configures and offers.
fn known(root: &Node) -> Value {
    let address = json!({ "lines": null, "postal_code": null, "city": null, "country": null });
    let party = json!({ "name": null, "phone": null, "email": null, "address": address, "postal": null });
    let mut captured = BTreeSet::new();
    captures(root, &mut captured);
    let tree = |names: BTreeSet<String>| Value::Object(names.into_iter().map(|name| (name, Value::Null)).collect());
    json!({
        "notice": { "id": null, "creditor": null, "channel": null, "service": null, "date": null },
        "to": party, "sender": party,
        "text": null, "sandbox": null, "secret": null, "reply": null,
        "letter": { "media_type": null, "base64": null, "sha256": null },
        "service": services(root),
        "config": get(root, "config").map_or(Value::Object(Map::new()), |config| tree(keys(config))),
        "cap": tree(captured),
    })
}

/// The same with what a signature may name.
fn of_auth(mut known: Value, auth: &Node) -> Value {
    let kind = get(auth, "kind").map(|kind| &kind.kind);
    let signed = matches!(kind, Some(NodeKind::Scalar { text, .. }) if matches!(text.as_str(), "signed" | "token"));
    if let (true, Value::Object(known)) = (signed, &mut known) {
        known.insert("request".into(), json!({ "method": null, "url": null, "body": null }));
        known.insert("now".into(), json!({ "epoch": null }));
    }
    known
}

/// Every key of every service: which one is asked is known only with the notice.
fn services(root: &Node) -> Value {
    let Some(NodeKind::Map(services)) = get(root, "services").map(|node| &node.kind) else { return Value::Null };
    let names = services.iter().flat_map(|service| keys(&service.value));
    Value::Object(names.map(|name| (name, Value::Null)).collect())
}

fn captures(node: &Node, found: &mut BTreeSet<String>) {
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().for_each(|entry| {
            if entry.key == "capture" {
                found.extend(keys(&entry.value));
            }
            captures(&entry.value, found);
        }),
        NodeKind::List(items) => items.iter().for_each(|item| captures(item, found)),
        _ => {}
    }
}

/// `of_reply`: whether there is an answer when the text is filled in.
fn walk(node: &Node, of_reply: bool, known: &Value, findings: &mut Findings<'_>) {
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().for_each(|entry| {
            walk(&entry.value, of_reply || entry.key == "outcomes" || entry.key == "capture", known, findings);
        }),
        NodeKind::List(items) => items.iter().for_each(|item| walk(item, of_reply, known, findings)),
        NodeKind::Scalar { text, .. } if text.contains("{{") || text.contains("{%") => {
            check(text, node, of_reply, known, findings);
        }
        NodeKind::Scalar { .. } | NodeKind::Refused => {}
    }
}

fn check(text: &str, node: &Node, of_reply: bool, known: &Value, findings: &mut Findings<'_>) {
    let names = match names_in(text) {
        Ok(names) => names,
        Err(error) => {
            let help = "write names and filters between `{{` and `}}`: \"{{ to.name | truncate(40) }}\"".to_owned();
            findings.add_with_help(Code::TemplateSyntax, node.span.clone(), error.to_string(), help);
            return;
        }
    };
    if let Some(filter) = unknown_filter(text) {
        let help = "there are digits, truncate, join, default, upper, lower, replace, trim, length and others of Jinja";
        let message = format!("there is no filter `{filter}`");
        findings.add_with_help(Code::UnknownFilter, node.span.clone(), message, help.to_owned());
    }
    for name in names {
        if let Some((message, help)) = unknown(&name, of_reply, known) {
            findings.add_with_help(Code::UnknownName, node.span.clone(), message, help);
        }
    }
}

fn unknown(name: &str, of_reply: bool, known: &Value) -> Option<(String, String)> {
    if name == "secret" {
        return Some(("`secret` alone is no name".into(), "write `secret.` with the secret's name".into()));
    }
    if name.split('.').next() == Some("reply") && !of_reply {
        return Some((format!("`{name}`: there is no answer yet"), "use it in `outcomes` and `capture`".into()));
    }
    let (mut tree, mut before) = (known, String::new());
    for part in name.split('.') {
        let Value::Object(fields) = tree else { return None };
        let Some(below) = fields.get(part) else {
            let help = match nearest(part, fields.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{before}{near}`?"),
                None if before.is_empty() => format!("known here: {}", ROOTS.join(", ")),
                None => format!("known there: {}", fields.keys().cloned().collect::<Vec<_>>().join(", ")),
            };
            return Some((format!("`{name}` is not known here"), help));
        };
        tree = below;
        before.push_str(part);
        before.push('.');
    }
    None
}

fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let NodeKind::Map(entries) = &node.kind else { return None };
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

fn keys(node: &Node) -> BTreeSet<String> {
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().map(|entry| entry.key.clone()).collect(),
        _ => BTreeSet::new(),
    }
}
