//! Files for `relance check`: parts put into whole files, line by line, and folders of files given to the program.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// What `relance check` prints of a folder of these files. `relance.yaml` lies beside the workflows folder.
pub fn checked(files: &BTreeMap<String, String>, flags: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let below = if name == "relance.yaml" { PathBuf::new() } else { PathBuf::from("workflows") };
        let path = folder.path().join(below).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // A text cannot hold a byte that is no UTF-8; what stands for one becomes the `é` of Latin-1.
        let bytes: Vec<u8> = text.chars().fold(Vec::new(), |mut bytes, letter| {
            match letter {
                char::REPLACEMENT_CHARACTER => bytes.push(0xe9),
                letter => bytes.extend(letter.to_string().bytes()),
            }
            bytes
        });
        std::fs::write(path, bytes).unwrap();
    }
    std::fs::create_dir_all(folder.path().join("workflows")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    let output = command.current_dir(folder.path()).arg("check").args(flags).env_clear().output().unwrap();
    assert!(output.status.code() != Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Where a part belongs.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// Among the top-level keys, or among the steps where it begins with one.
    Top,
    /// Among the keys of a step.
    Step(&'a str),
    /// Below the line that is this key alone.
    Below(&'a str),
}

/// The file `base` with the part in it.
pub fn with(base: &str, part: &str, place: Place<'_>) -> String {
    match place {
        Place::Top if part.starts_with("  - id:") => steps(base, part),
        Place::Top => keys(base, part, 0),
        Place::Step(id) => {
            let items = blocks(base, 2);
            let item = |(key, text): &(String, String)| match *key == name_of(id) {
                true => keys(text, part, 4),
                false => text.clone(),
            };
            items.iter().map(item).collect()
        }
        Place::Below(key) => below(base, part, key),
    }
}

/// The files of a text in which a line `# NAME` begins each, by name.
pub fn files(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("# ").filter(|name| name.contains('.') && !name.contains(' '));
        match (name, found.last_mut()) {
            (Some(name), _) => found.push((name.to_owned(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => panic!("a line before the first name: {line}"),
        }
    }
    found
}

fn name_of(step: &str) -> String {
    format!("- id: {step}")
}

/// Cuts a text where a line begins with exactly this indentation; each piece with its key, or its whole first line.
fn blocks(text: &str, indent: usize) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let rest = line.trim_start_matches(' ');
        let begins = line.len() - rest.len() == indent && !rest.trim().is_empty() && !rest.starts_with('#');
        let key = if rest.starts_with("- ") { rest } else { rest.split(':').next().unwrap_or(rest) };
        let key = key.split([',', '}']).next().unwrap_or(key).replace("- { ", "- ").trim_end().to_owned();
        match found.last_mut() {
            Some((_, text)) if !begins => text.push_str(line),
            _ => found.push((if begins { key } else { String::new() }, line.to_owned())),
        }
    }
    found
}

/// Keys of `part` in place of the same keys, else at the end.
fn keys(base: &str, part: &str, indent: usize) -> String {
    let mut found = blocks(base, indent);
    let mut placed = Vec::new();
    for (key, text) in blocks(part, indent) {
        match found.iter_mut().find(|(known, _)| *known == key && !placed.contains(&key)) {
            Some((_, known)) => *known = text,
            None => found.push((key.clone(), text)),
        }
        placed.push(key);
    }
    found.into_iter().map(|(_, text)| text).collect()
}

/// Steps of `part` together, where the first of them stood, else before the last step.
fn steps(base: &str, part: &str) -> String {
    let (head, rest) = base.split_once("steps:\n").unwrap();
    let (list, tail) = rest.split_once("on_exhausted:").unwrap();
    let own = blocks(part, 2);
    let items = blocks(list, 2);
    let is_own = |key: &str| own.iter().any(|(own, _)| own == key);
    let at = items.iter().position(|(key, _)| is_own(key)).unwrap_or(items.len() - 1);
    let kept = |items: &[(String, String)]| -> String {
        items.iter().filter(|(key, _)| !is_own(key)).map(|(_, text)| text.as_str()).collect()
    };
    format!("{head}steps:\n{}{part}{}on_exhausted:{tail}", kept(&items[..at]), kept(&items[at..]))
}

/// `part` instead of all that is indented below the first line that is `key` alone.
fn below(base: &str, part: &str, key: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let lines: Vec<&str> = base.split_inclusive('\n').collect();
    let at = lines.iter().position(|line| line.trim() == format!("{key}:")).unwrap_or_else(|| panic!("no {key}"));
    let end = lines[at + 1..].iter().take_while(|line| indent(line) > indent(lines[at])).count();
    [lines[..=at].concat(), part.to_owned(), lines[at + 1 + end..].concat()].concat()
}
