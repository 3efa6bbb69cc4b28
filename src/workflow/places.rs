//! Where the parts of a file stand: the line of every key and of every item that has an id.
//!
//! For reports about a workflow that was already checked; mistakes are `check`'s to say.

use std::collections::BTreeMap;

use super::Findings;
use super::yaml::{Node, NodeKind, read};

/// The line of each place, from 1: `steps.call.outcomes.refused`, `on_exhausted.task`. An item of a list goes by its
/// `id`, else by its number from 0. Empty where the text is no YAML.
pub fn places(text: &str) -> BTreeMap<String, usize> {
    let mut findings = Findings::new("", text);
    let mut found = BTreeMap::new();
    if let Some(root) = read(text, &mut findings) {
        enter(&root, "", &|at| findings.line(at), &mut found);
    }
    found
}

fn enter(node: &Node, path: &str, line: &dyn Fn(usize) -> usize, found: &mut BTreeMap<String, usize>) {
    let mut put = |name: &str, start: usize, value: &Node| {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        found.insert(path.clone(), line(start));
        enter(value, &path, line, found);
    };
    match &node.kind {
        NodeKind::Map(entries) => {
            entries.iter().for_each(|entry| put(&entry.key, entry.key_span.start, &entry.value));
        }
        NodeKind::List(items) => {
            for (number, item) in items.iter().enumerate() {
                let name = id_of(item).unwrap_or_else(|| number.to_string());
                put(&name, item.span.start, item);
            }
        }
        NodeKind::Scalar { .. } | NodeKind::Refused => {}
    }
}

fn id_of(node: &Node) -> Option<String> {
    let NodeKind::Map(entries) = &node.kind else { return None };
    let id = entries.iter().find(|entry| entry.key == "id")?;
    match &id.value.kind {
        NodeKind::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_items_have_their_lines() {
        let text = "# a\nsteps:\n  - id: call\n    outcomes:\n      refused: none\n  - other: [1,\n      2]\n";
        let found = places(text);
        assert_eq!(found["steps"], 2);
        assert_eq!(found["steps.call"], 3);
        assert_eq!(found["steps.call.outcomes.refused"], 5);
        assert_eq!(found["steps.1.other.1"], 7);
        assert!(places("a: [").is_empty());
    }
}
