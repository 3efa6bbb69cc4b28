//! The identity of a workflow: the digest of its content with the templates it uses.
//!
//! Layout, comments, quotes and the order of keys of the file do not count; a template's every byte does.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::keys::ACTIONS;
use super::yaml::{Entry, Node, NodeKind};
use super::{Action, Workflow};
use crate::domain::{Channel, Revision};

/// A template that a workflow names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateName {
    /// Its name, without language and extension.
    pub name: String,
    /// The channel it is for; none for the script of a task.
    pub channel: Option<Channel>,
}

impl TemplateName {
    /// The extensions that must exist: `subject` and `txt` for an email.
    pub fn extensions(&self) -> &'static [&'static str] {
        match self.channel {
            Some(Channel::Email) => &["subject", "txt"],
            Some(Channel::Sms) => &["sms"],
            Some(Channel::Letter) => &["typ"],
            None => &["txt"],
        }
    }
}

impl Workflow {
    /// Every template it names, sorted, each once.
    pub fn templates(&self) -> BTreeSet<TemplateName> {
        let mut found = BTreeSet::new();
        let tasks = self.steps.iter().flat_map(|step| &step.actions).filter_map(|action| match action {
            Action::Task(task) => Some(task),
            _ => None,
        });
        for script in tasks.chain(&self.on_exhausted.task).filter_map(|task| task.script.as_ref()) {
            found.insert(TemplateName { name: script.clone(), channel: None });
        }
        for message in self.steps.iter().flat_map(|step| step.messages().chain(&step.if_unreachable)) {
            found.insert(TemplateName { name: message.template.clone(), channel: Some(message.channel) });
            // Attached documents are letters of their own: `payment_slip` is `payment-slip.typ`.
            for attached in message.attach.iter().filter(|attached| *attached != "invoice") {
                found.insert(TemplateName { name: attached.replace('_', "-"), channel: Some(Channel::Letter) });
            }
        }
        found
    }
}

/// The digest of a file's tree with the texts of the templates it names, and of all that templates share.
/// `templates` is by path, `fr/reminder-1.txt`.
pub(crate) fn revision(root: &Node, workflow: &Workflow, templates: &BTreeMap<String, String>) -> Revision {
    let names: BTreeSet<String> = workflow.templates().into_iter().map(|template| template.name).collect();
    let mut hash = Sha256::new();
    feed(&mut hash, &content(root));
    for (path, text) in templates {
        let (folder, file) = path.split_once('/').unwrap_or(("", path));
        let shared = !is_language(folder);
        if shared || file.rsplit_once('.').is_some_and(|(name, _)| names.contains(name)) {
            feed(&mut hash, path);
            feed(&mut hash, text);
        }
    }
    Revision::new(hex::encode(hash.finalize()))
}

/// What a tree says, as one text: equal where layout, comments, quotes and the order of keys alone differ.
pub(crate) fn content(root: &Node) -> String {
    let mut text = String::new();
    canonical(root, &mut text);
    text
}

/// Whether a folder of templates holds one language; others hold what the templates share.
pub(crate) fn is_language(folder: &str) -> bool {
    matches!(folder.len(), 2 | 3) && folder.chars().all(|c| c.is_ascii_lowercase())
}

fn feed(hash: &mut Sha256, part: &str) {
    // The length goes first, so that no two sequences of parts give the same bytes.
    hash.update((part.len() as u64).to_be_bytes());
    hash.update(part.as_bytes());
}

/// The tree as one text. Keys are sorted, but the order of a step's actions is content and is kept.
fn canonical(node: &Node, out: &mut String) {
    let scalar = |text: &str, out: &mut String| {
        out.push_str(&text.len().to_string());
        out.push(':');
        out.push_str(text);
    };
    match &node.kind {
        NodeKind::Scalar { text, .. } => scalar(text, out),
        NodeKind::List(items) => {
            out.push('[');
            items.iter().for_each(|item| canonical(item, out));
            out.push(']');
        }
        NodeKind::Map(entries) => {
            let (actions, mut others): (Vec<&Entry>, Vec<&Entry>) =
                entries.iter().partition(|entry| ACTIONS.contains(&entry.key.as_str()));
            others.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for entry in others.into_iter().chain(actions) {
                scalar(&entry.key, out);
                canonical(&entry.value, out);
            }
            out.push('}');
        }
        // A tree with something refused in it has no revision.
        NodeKind::Refused => {}
    }
}
