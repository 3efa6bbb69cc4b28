//! What a definition must not hold: secrets in clear, and addresses without TLS.
//!
//! It works on the tree as written, so that it finds them in a file that is wrong otherwise too.

use crate::workflow::yaml::{Entry, Node, NodeKind};
use crate::workflow::{Code, Findings};

/// Parts of names behind which a secret stands, written without `-` and `_`.
const SECRET_NAMES: [&str; 8] =
    ["password", "passwd", "secret", "apikey", "token", "authorization", "accesskey", "privatekey"];
/// Beginnings by which well-known keys are recognised wherever they stand.
const SECRET_BEGINNINGS: [&str; 6] = ["sk_live_", "sk_test_", "AKIA", "xkeysib-", "live_pub_", "Basic "];
/// Keys below which names are of answers, not of what we send.
const OF_ANSWERS: [&str; 5] = ["capture", "outcomes", "accept", "retry_after", "idempotency"];

/// Reports every secret in clear and every address without TLS.
pub(super) fn check(root: &Node, findings: &mut Findings<'_>) {
    secrets(root, findings);
    let NodeKind::Map(entries) = &root.kind else { return };
    entries.iter().filter(|entry| entry.key == "base_url").for_each(|entry| addresses(entry, findings));
    for entry in entries.iter().filter(|entry| entry.key == "auth") {
        auth(&entry.value, findings);
    }
}

fn addresses(entry: &Entry, findings: &mut Findings<'_>) {
    match &entry.value.kind {
        // Sandboxes may lie in a private network.
        NodeKind::Map(by_environment) => {
            by_environment.iter().filter(|entry| entry.key != "sandbox").for_each(|one| address(one, findings));
        }
        _ => address(entry, findings),
    }
}

fn address(entry: &Entry, findings: &mut Findings<'_>) {
    let Some(rest) = text(&entry.value).and_then(|text| text.strip_prefix("http://")) else { return };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    if host == "localhost" || host == "::1" || host.starts_with("127.") {
        return;
    }
    let help = "write https://, or put the address under `sandbox:` if nothing real is sent there".to_owned();
    let message = format!("`{host}` would be reached without TLS, secrets and names in clear");
    findings.add_with_help(Code::InsecureAddress, entry.value.span.clone(), message, help);
}

/// The user of basic authentication is a secret where there is no password; the value of a header always is, and so are
/// the fields of a query or body, and the key of a signature.
fn auth(node: &Node, findings: &mut Findings<'_>) {
    let NodeKind::Map(entries) = &node.kind else { return };
    let get = |key: &str| entries.iter().find(|entry| entry.key == key);
    let is = |kind: &str| get("kind").and_then(|entry| text(&entry.value)) == Some(kind);
    let without_password = get("password").and_then(|entry| text(&entry.value)).is_none_or(str::is_empty);
    let alone = match () {
        () if is("basic") && without_password => get("user"),
        () if is("header") => get("value"),
        () if is("signed") => get("key"),
        () => None,
    };
    if let Some(entry) = alone {
        in_clear(&entry.key, &entry.value, findings);
    }
    get("token_url").into_iter().for_each(|entry| addresses(entry, findings));
    if let Some(NodeKind::Map(fields)) = get("fields").map(|entry| &entry.value.kind) {
        // Those that sound like secrets are found wherever they stand.
        let others = fields.iter().filter(|entry| !sounds_secret(&entry.key));
        others.for_each(|entry| in_clear(&entry.key, &entry.value, findings));
    }
}

fn secrets(node: &Node, findings: &mut Findings<'_>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            if let Some((name, value)) = part(entries)
                && sounds_secret(name)
            {
                in_clear(name, value, findings);
            }
            for entry in entries.iter().filter(|entry| !OF_ANSWERS.contains(&entry.key.as_str())) {
                if sounds_secret(&entry.key) {
                    in_clear(&entry.key, &entry.value, findings);
                }
                secrets(&entry.value, findings);
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| secrets(item, findings)),
        NodeKind::Scalar { text, .. } if SECRET_BEGINNINGS.iter().any(|begin| text.starts_with(begin)) => {
            in_clear("key", node, findings);
        }
        _ => {}
    }
}

/// The name and the text of a part of a multipart body.
fn part(entries: &[Entry]) -> Option<(&str, &Node)> {
    let get = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    Some((text(get("name")?)?, get("text")?))
}

fn sounds_secret(name: &str) -> bool {
    // An address may be written: it holds no secret, or `check` says so.
    if name == "token_url" {
        return false;
    }
    let plain: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    SECRET_NAMES.iter().any(|secret| plain.contains(secret))
}

fn in_clear(name: &str, value: &Node, findings: &mut Findings<'_>) {
    let Some(text) = text(value) else { return };
    // The message must not repeat what may be a secret.
    // A path says where an answer holds something.
    if text.is_empty() || text.contains("{{") || text.starts_with("$.") {
        return;
    }
    let word: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let help = format!("write \"{{{{ secret.{word} }}}}\" and put the value into RELANCE_SECRETS_DIR");
    let message = format!("the value of `{name}` is written in clear");
    findings.add_with_help(Code::SecretInClear, value.span.clone(), message, help);
}

fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}
