//! The canonical form of a file: two blanks of indentation, keys in the order of the language's tables, a blank line
//! between steps. Comments stay where they belong, values as they were written, and the meaning is the same.
//!
//! A file with mistakes is not touched. What was written anew is read again and compared with what was there; a file
//! that could not be written without changing it is left alone as well.

mod comments;
mod write;

use super::keys::WORKFLOW;
use super::yaml::{Node, NodeKind, read};
use super::{Code, Diagnostic, Findings, parse_workflow, revision};
use comments::Comments;

/// What is wrong with a file that was not written anew.
pub type Mistakes = Vec<Diagnostic>;

/// The file in its canonical form. Workflow files get their keys in order; other files keep theirs.
///
/// Errors are the file's own mistakes: it is to be left alone.
pub fn canonical_form(file: &str, text: &str) -> Result<String, Mistakes> {
    let has_crlf = text.contains("\r\n");
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut findings = Findings::new(file, &plain);
    let root = read(&plain, &mut findings);
    let (Some(root), false) = (root, findings.has_errors()) else { return Err(findings.into_sorted()) };
    let is_workflow = has_key(&root, "relance");
    if is_workflow {
        parse_workflow(file, &plain)?;
    }
    let comments = Comments::of(&plain, &root);
    let table = is_workflow.then_some(&WORKFLOW);
    let written = write::write(&plain, &root, &comments, table);
    if !is_same(&root, &written, is_workflow) || comments.texts() != texts(&written) {
        let message = "this file cannot be written anew without changing it, so it was left alone";
        let help = "write the part that is unusual in a simpler way, or leave the file as it is".to_owned();
        let mut findings = Findings::new(file, &plain);
        findings.add_with_help(Code::YamlSyntax, 0..0, message, help);
        return Err(findings.into_sorted());
    }
    Ok(if has_crlf { written.replace('\n', "\r\n") } else { written })
}

fn has_key(root: &Node, key: &str) -> bool {
    matches!(&root.kind, NodeKind::Map(entries) if entries.iter().any(|entry| entry.key == key))
}

fn texts(text: &str) -> Vec<String> {
    let mut findings = Findings::new("", text);
    read(text, &mut findings).map(|root| Comments::of(text, &root).texts()).unwrap_or_default()
}

/// Whether the new text says the same.
fn is_same(root: &Node, written: &str, is_workflow: bool) -> bool {
    let mut findings = Findings::new("", written);
    let Some(again) = read(written, &mut findings).filter(|_| !findings.has_errors()) else { return false };
    match is_workflow {
        // The order of keys is none of a workflow's content; that of actions is.
        true => revision::content(root) == revision::content(&again),
        false => is_equal(root, &again),
    }
}

fn is_equal(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (NodeKind::List(a), NodeKind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_equal(a, b)),
        (NodeKind::Map(a), NodeKind::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key && is_equal(&a.value, &b.value))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests;
