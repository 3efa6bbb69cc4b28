//! How one version of a workflow differs from another, key by key as the file writes it: `+` added, `-` removed,
//! `~` changed.

use std::collections::BTreeSet;

use relance::worker::Edition;
use relance::workflow::from_yaml;
use serde_json::{Map, Value};

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `+`, `-` or `~`.
    pub sign: char,
    /// What it is about: `step reminder-1`, `template fr/reminder-1.txt`, `grace`.
    pub what: String,
    /// The keys that changed, `after_due: 3 days → 5 days`.
    pub keys: Vec<String>,
}

/// How `new` differs from `old`; from nothing where that is absent.
pub fn difference(old: Option<&Edition>, new: &Edition) -> Vec<Line> {
    let (before, after) = (old.map(written).unwrap_or_default(), written(new));
    let mut lines = Vec::new();
    if old.is_some() {
        for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (was, is) = (before.get(key), after.get(key));
            if key != "steps" {
                let changed = changes(key, was, is).into_iter();
                lines.extend(changed.map(|(what, change)| Line { sign: '~', what, keys: vec![change] }));
            }
        }
    }
    lines.extend(steps(&list(&before), &list(&after)));
    if let Some(old) = old {
        lines.extend(templates(old, new));
    }
    lines
}

/// The file as it was written; checked long before, so it can be read.
fn written(edition: &Edition) -> Map<String, Value> {
    match from_yaml(&edition.source.name, &edition.source.text) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn list(file: &Map<String, Value>) -> Vec<Map<String, Value>> {
    let steps = file.get("steps").and_then(Value::as_array).into_iter().flatten();
    steps.filter_map(|step| step.as_object().cloned()).collect()
}

fn id(step: &Map<String, Value>) -> &str {
    step.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn steps(before: &[Map<String, Value>], after: &[Map<String, Value>]) -> Vec<Line> {
    let formerly = |step: &Map<String, Value>| -> Vec<String> {
        let names = step.get("formerly").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let mut lines = Vec::new();
    let mut come: Vec<&Map<String, Value>> = Vec::new();
    let mut matched: BTreeSet<&str> = BTreeSet::new();
    for step in after {
        let same = before.iter().find(|old| id(old) == id(step));
        let renamed = || before.iter().find(|old| formerly(step).iter().any(|name| name == id(old)));
        // A renaming taken back, without saying so: moved cases take it for the same step.
        let is_gone = |old: &Map<String, Value>| after.iter().all(|step| id(step) != id(old));
        let back = || before.iter().find(|old| is_gone(old) && formerly(old).iter().any(|name| name == id(step)));
        let Some(old) = same.or_else(renamed).or_else(back) else {
            let keys = step.iter().filter(|(key, _)| *key != "id");
            let keys = keys.map(|(key, value)| format!("{key}: {}", shown(value))).collect();
            lines.push(Line { sign: '+', what: format!("step {}", id(step)), keys });
            come.push(step);
            continue;
        };
        matched.insert(id(old));
        let changed = |key: &&String| *key != "id" && *key != "formerly";
        let keys: Vec<String> = old
            .keys()
            .chain(step.keys())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter(changed)
            .flat_map(|key| changes(key, old.get(key), step.get(key)))
            .map(|(key, change)| format!("{key}: {change}"))
            .collect();
        let (now, was) = (id(step), id(old));
        let what = match now == was {
            true => format!("step {now}"),
            false if formerly(step).iter().any(|name| name == was) => format!("step {now} (formerly {was})"),
            false => format!("step {now} (renamed back from {was}, which was formerly {now}: the same step)"),
        };
        if !keys.is_empty() || was != now {
            lines.push(Line { sign: '~', what, keys });
        }
    }
    let gone = before.iter().filter(|step| !matched.contains(id(step)));
    lines.extend(gone.map(|step| {
        let like = come.iter().filter(|new| is_like(step, new)).max_by_key(|new| alike(step, new));
        let hint = like.map(|new| {
            let (new, old) = (id(new), id(step));
            format!("much like {new}, which comes: if it is the same step, write `formerly: [{old}]` at {new}; else it is another")
        });
        Line { sign: '-', what: format!("step {}", id(step)), keys: hint.into_iter().collect() }
    }));
    let place =
        |steps: &[Map<String, Value>]| -> Vec<String> { steps.iter().map(|step| id(step).to_owned()).collect() };
    let (was, is) = (place(before), place(after));
    let kept = |names: &[String], others: &[String]| -> Vec<String> {
        names.iter().filter(|name| others.contains(name)).cloned().collect()
    };
    let (was, is) = (kept(&was, &is), kept(&is, &was));
    if was != is {
        lines.push(Line { sign: '~', what: "order of steps".to_owned(), keys: vec![is.join(", ")] });
    }
    lines
}

/// How many keys beside the name two steps write alike.
fn alike(one: &Map<String, Value>, other: &Map<String, Value>) -> usize {
    one.iter().filter(|(key, value)| *key != "id" && other.get(*key) == Some(*value)).count()
}

/// Whether a step that comes may be one that goes, under another name: of one phase, and most of it written alike.
fn is_like(gone: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    gone.get("phase") == new.get("phase") && 2 * alike(gone, new) > gone.len().max(new.len()) - 1
}

fn templates(old: &Edition, new: &Edition) -> Vec<Line> {
    let names: BTreeSet<String> =
        [old, new].into_iter().flat_map(|edition| edition.workflow.templates()).map(|template| template.name).collect();
    let (before, after) = (old.templates.files(), new.templates.files());
    let is_used = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        // Files that belong to no language are shared by all templates.
        !path.contains('/') || file.rsplit_once('.').is_some_and(|(name, _)| names.contains(name))
    };
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).filter(|path| is_used(path)).collect();
    let line = |path: &String| {
        let sign = match (before.get(path), after.get(path)) {
            (None, Some(_)) => '+',
            (Some(_), None) => '-',
            (was, is) if was != is => '~',
            _ => return None,
        };
        Some(Line { sign, what: format!("template {path}"), keys: vec![] })
    };
    paths.into_iter().filter_map(line).collect()
}

/// What differs between two values of a key, each by the keys that lead to it: `contact.hours.mon-fri`.
fn changes(key: &str, was: Option<&Value>, is: Option<&Value>) -> Vec<(String, String)> {
    match (was, is) {
        (was, is) if was == is => vec![],
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
            keys.into_iter()
                .flat_map(|inner| changes(&format!("{key}.{inner}"), was.get(inner), is.get(inner)))
                .collect()
        }
        (was, is) => vec![(key.to_owned(), change(was, is))],
    }
}

fn change(was: Option<&Value>, is: Option<&Value>) -> String {
    match (was, is) {
        (None, Some(is)) => format!("+ {}", shown(is)),
        (Some(was), None) => format!("- {}", shown(was)),
        (was, is) => format!("{} → {}", was.map(shown).unwrap_or_default(), is.map(shown).unwrap_or_default()),
    }
}

/// A value on one line as YAML writes it: `{ template: formal-notice, service: registered }`, `[fr, en]`.
fn shown(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Object(map) => {
            let parts = map.iter().map(|(key, value)| format!("{key}: {}", shown(value))).collect();
            format!("{{ {} }}", joined(parts))
        }
        Value::Array(values) => format!("[{}]", joined(values.iter().map(shown).collect())),
        Value::String(text) => text.clone(),
        scalar => scalar.to_string(),
    }
}
