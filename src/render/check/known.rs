//! What a template's names may be, and the nearest to one that does not exist.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::problem::Problem;
use super::super::sample::sample_names;

/// For a path of names that does not exist, the nearest that does; `None` where the whole path exists.
pub(super) fn unknown(known: &Value, name: &str) -> Option<Option<String>> {
    let mut node = known;
    let mut before = String::new();
    let mut parts = name.split('.');
    while let Some(part) = parts.next() {
        let fields = match node {
            Value::Object(fields) => fields,
            // What not every notice has may hold anything.
            Value::Null => return None,
            Value::Array(_) => return Some(item(node, "one", before.trim_end_matches('.'), Some(part))),
            _ => return Some(None),
        };
        match fields.get(part) {
            Some(below) => node = below,
            // What conditions call so; the texts have it in the words of the debtor's language.
            None if name == "balance" => return Some(Some("amount".to_owned())),
            None => {
                let Some(key) = nearest(part, fields.keys()) else { return Some(None) };
                let rest: Vec<&str> = parts.collect();
                let below = rest.first().filter(|next| fields[key].get(**next).is_some());
                let whole = below.map_or(format!("{before}{key}"), |_| format!("{before}{key}.{}", rest.join(".")));
                return Some(Some(item(&fields[key], part, key, rest.first().copied()).unwrap_or(whole)));
            }
        }
        before.push_str(part);
        before.push('.');
    }
    None
}

/// `invoice.nummer` where there is a list `invoices` means a field of its items, which a loop names one by one.
fn item(list: &Value, one: &str, key: &str, field: Option<&str>) -> Option<String> {
    let Value::Object(fields) = list.as_array()?.first()? else { return None };
    let near = nearest(field?, fields.keys())?;
    Some(format!("{{% for {one} in {key} %}}{{{{ {one}.{near} }}}}{{% endfor %}}"))
}

/// For a name that failed as a field, the nearest field that anything has.
pub(super) fn nearest_field(problem: &Problem, files: &BTreeMap<String, String>) -> Option<String> {
    let (field, known) = (field(problem, files)?, fields_of(problem));
    nearest(field, known.iter()).filter(|near| *near != field).cloned()
}

/// Whether what failed ends in a field that something has: then not every notice has it.
pub(super) fn is_field(problem: &Problem, files: &BTreeMap<String, String>) -> bool {
    field(problem, files).is_some_and(|field| fields_of(problem).contains(field))
}

fn field<'a>(problem: &Problem, files: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let (start, end) = problem.place?;
    let text = files.get(&problem.path)?;
    let written = text.get(start..end)?.trim_end_matches(|c: char| !c.is_alphanumeric());
    let is_part = text[..start].ends_with('.');
    written.rsplit_once('.').map(|(_, field)| field).or(is_part.then_some(written))
}

fn fields_of(problem: &Problem) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    fields(&sample_names(problem.path.split('/').next().unwrap_or_default()), &mut known);
    known
}

fn fields(names: &Value, known: &mut BTreeSet<String>) {
    match names {
        Value::Object(map) => {
            known.extend(map.keys().cloned());
            map.values().for_each(|below| fields(below, known));
        }
        Value::Array(items) => items.iter().for_each(|below| fields(below, known)),
        _ => {}
    }
}

/// For a name that no letter knows, the nearest that a letter, or what letters share, defines.
pub(super) fn nearest_definition(name: &str, files: &BTreeMap<String, String>) -> Option<String> {
    let letters = files.iter().filter(|(path, _)| path.ends_with(".typ"));
    let defined = letters.flat_map(|(_, text)| text.lines()).filter_map(|line| line.strip_prefix("#let "));
    let names = defined.filter_map(|line| line.split(|c: char| !c.is_alphanumeric() && !"-_".contains(c)).next());
    names.filter_map(|known| Some((distance(name, known)?, known))).min().map(|(_, near)| near.to_owned())
}

/// The nearest of some names: by its letters, or the one that goes on where the written one stops (`due`, `due_on`).
pub(super) fn nearest<'a>(written: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let goes_on = |known: &str| known.strip_prefix(written).is_some_and(|rest| rest.starts_with('_'));
    let far = |known: &'a String| distance(written, known).or(goes_on(known).then_some(usize::MAX));
    known.filter_map(|known| Some((far(known)?, known))).min().map(|(_, near)| near)
}

fn distance(written: &str, known: &str) -> Option<usize> {
    let distance = strsim::damerau_levenshtein(written, known);
    (distance <= 1 + known.len() / 5).then_some(distance)
}
