//! Reading on behind a mistake: `serde` stops at the first one, so the value that stopped it is taken out of the tree
//! and the tree is read again, until it makes a value or nothing is left to take out.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::de::DeserializeOwned;

use super::typed::{Stop, deserialize};
use super::{Node, NodeKind, Typed};
use crate::workflow::{Code, Findings};

/// Mistakes of type reported in one file; what has more is another kind of file.
const MISTAKES_MAX: usize = 100;

pub(super) fn read<T: DeserializeOwned>(root: &Node, findings: &mut Findings<'_>) -> Typed<T> {
    let mut tree = root.clone();
    let mut left_out = Vec::new();
    // Keys that were taken out, by the place of their mapping: that they are missing then is no news.
    let mut taken = BTreeSet::new();
    for _ in 0..MISTAKES_MAX {
        let stop = match deserialize::<T>(&tree, findings) {
            Ok(value) => return Typed { value: Some(value), left_out },
            Err(stop) => stop,
        };
        let span = stop.span.clone().unwrap_or_else(|| tree.span.clone());
        let follows = stop.code == Code::MissingKey
            && taken.iter().any(|(start, key): &(usize, String)| {
                *start == span.start && stop.message == format!("`{key}` is missing")
            });
        // What is said of the whole after a part was taken out is no news either.
        let around = |gone: &Range<usize>| span.start <= gone.start && gone.end <= span.end;
        let follows = follows || (stop.code != Code::MissingKey && left_out.iter().any(around));
        if !stop.reported && !follows {
            let Stop { code, mut message, mut help, .. } = stop;
            // Types of the law say both in one sentence.
            if help.is_none()
                && let Some((wrong, write)) = message.split_once("; write ")
            {
                (message, help) = (wrong.to_owned(), Some(format!("write {write}")));
            }
            let help = help.or_else(|| remedy(code, &message));
            findings.add_with_help(code, span.clone(), message, help);
        }
        match take_out(&mut tree, &span) {
            Some(Taken { map, key }) => {
                left_out.push(span);
                taken.extend(key.map(|key| (map, key)));
            }
            None => break,
        }
    }
    Typed { value: None, left_out }
}

/// What to write where the type itself says no more than what it wants.
fn remedy(code: Code, message: &str) -> Option<String> {
    let help = match code {
        Code::MissingKey => format!("write `{}: …` here", message.split('`').nth(1)?),
        _ if message.contains("expected a number") => "write digits and a point, without quotes: 15.00".to_owned(),
        _ if message.contains("expected a whole number") => "write digits only: 3".to_owned(),
        _ if message.contains("expected true or false") => "write `true` or `false`".to_owned(),
        _ if message.contains("expected text, found a list") || message.contains("expected text, found keys") => {
            "write one text here".to_owned()
        }
        _ if message.contains("expected text") => "put it in quotes if text is meant".to_owned(),
        _ if message.contains("expected a list") || message.contains("expected a sequence") => {
            "write a list: `[one, two]`, or a line with `- ` for each item".to_owned()
        }
        _ => "compare it with a file that relance carries, or with `relance schema`, which prints each key".to_owned(),
    };
    Some(help)
}

/// What was taken out: the start of the mapping or list it stood in, and its key.
struct Taken {
    map: usize,
    key: Option<String>,
}

/// Takes the innermost entry or item out that holds `span`.
fn take_out(node: &mut Node, span: &Range<usize>) -> Option<Taken> {
    let holds = |place: &Range<usize>| place.start <= span.start && span.end <= place.end;
    let start = node.span.start;
    match &mut node.kind {
        NodeKind::Map(entries) => {
            let at = entries.iter().position(|entry| holds(&entry.key_span) || holds(&entry.value.span))?;
            // A mapping that misses a key has the place of its value: it goes as a whole.
            if entries[at].value.span != *span
                && let Some(taken) = take_out(&mut entries[at].value, span)
            {
                return Some(taken);
            }
            Some(Taken { map: start, key: Some(entries.remove(at).key) })
        }
        NodeKind::List(items) => {
            let at = items.iter().position(|item| holds(&item.span))?;
            if items[at].span != *span
                && let Some(taken) = take_out(&mut items[at], span)
            {
                return Some(taken);
            }
            items.remove(at);
            Some(Taken { map: start, key: None })
        }
        _ => None,
    }
}
