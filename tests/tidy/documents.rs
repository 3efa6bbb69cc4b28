//! The documents say what is so: links lead somewhere, commands exist, migrations are as they were released.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{expect_none, root};

const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "docs/codes/README.md",
    "docs/generic-provider.md",
    "docs/language.md",
    "docs/tasks.md",
];

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"))
}

#[test]
fn links_and_paths_lead_somewhere() {
    let mut violations = Vec::new();
    for document in DOCUMENTS {
        for (number, text) in read(document).lines().enumerate() {
            let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            // A link starts from the folder of its document, a path in the text from that of the project.
            let folder = root().join(document).parent().unwrap().to_owned();
            let links = links.map(|link| (folder.clone(), link.split('#').next().unwrap_or_default()));
            let quoted = text.split('`').skip(1).step_by(2).filter(|word| is_path(word)).map(|path| (root(), path));
            for (from, path) in links.chain(quoted).filter(|(_, path)| !path.is_empty() && !path.contains("://")) {
                if !from.join(path).exists() {
                    violations.push(format!("{document}:{}: `{path}` does not exist; correct the path", number + 1));
                }
            }
        }
    }
    expect_none(&violations);
}

fn is_path(word: &str) -> bool {
    let beginnings =
        ["src/", "tests/", "scripts/", "docker/", "workflows/", "migrations/", ".ci/", "benches/", "docs/"];
    beginnings.iter().any(|beginning| word.starts_with(beginning)) && !word.contains(['<', '*', '{', ' ', '…'])
}

/// The lines of the blocks of commands, each with its number.
fn commands(document: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut continued = String::new();
    for (number, text) in read(document).lines().enumerate() {
        if text.starts_with("```") {
            inside = text == "```sh";
        } else if inside {
            let text = text.split(" #").next().unwrap_or_default().trim();
            if let Some(begun) = text.strip_suffix('\\') {
                continued.push_str(begun);
            } else {
                found.push((number + 1, std::mem::take(&mut continued) + text));
            }
        }
    }
    found
}

#[test]
fn every_command_of_the_documents_exists() {
    let makefile = read("Makefile");
    let mut helps = BTreeMap::new();
    let mut violations = Vec::new();
    for document in DOCUMENTS {
        for (number, command) in commands(document) {
            let words: Vec<&str> = command.split_whitespace().skip_while(|word| word.contains('=')).collect();
            let wrong = match words.as_slice() {
                ["make", target, ..] if !makefile.contains(&format!("\n{target}:")) => {
                    Some(format!("no target `{target}`"))
                }
                ["relance", arguments @ ..] => wrong_arguments(arguments, &mut helps),
                [script, ..] if script.contains('/') && !root().join(script).exists() => {
                    Some(format!("no file `{script}`"))
                }
                _ => None,
            };
            violations
                .extend(wrong.map(|wrong| format!("{document}:{number}: `{command}`: {wrong}; correct the document")));
        }
    }
    expect_none(&violations);
}

/// Asks the program itself: the subcommand must have a help, and the help must name every flag.
fn wrong_arguments(arguments: &[&str], helps: &mut BTreeMap<String, Option<String>>) -> Option<String> {
    let is_word =
        |word: &&&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !word.starts_with('-');
    let path: Vec<&str> = arguments.iter().take_while(is_word).copied().collect();
    let nested = help(&path[..path.len().min(2)], helps);
    let help = nested.or_else(|| help(&path[..path.len().min(1)], helps));
    let Some(help) = help else { return Some(format!("`relance {}` is no command", path.join(" "))) };
    let flags =
        arguments.iter().filter(|word| word.starts_with("--")).map(|word| word.split('=').next().unwrap_or(word));
    flags.into_iter().find(|flag| !help.contains(flag)).map(|flag| format!("no flag `{flag}`"))
}

fn help(path: &[&str], helps: &mut BTreeMap<String, Option<String>>) -> Option<String> {
    let key = path.join(" ");
    helps
        .entry(key)
        .or_insert_with(|| {
            let output = Command::new(env!("CARGO_BIN_EXE_relance")).args(path).arg("--help").output().unwrap();
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        })
        .clone()
}

#[test]
fn a_released_migration_is_never_edited() {
    let list = read("tests/tidy/migrations.sha256");
    let released: BTreeMap<&str, &str> =
        list.lines().filter_map(|line| line.split_once("  ")).map(|(sum, path)| (path, sum)).collect();
    let mut violations = Vec::new();
    for (path, sum) in &released {
        let now = fs::read(root().join(path)).map(|bytes| sha256(&bytes)).unwrap_or_default();
        if now != *sum {
            violations
                .push(format!("{path}:1: was released and then changed; take the change back and add a migration"));
        }
    }
    for entry in fs::read_dir(root().join("migrations")).unwrap() {
        let path = format!("migrations/{}", entry.unwrap().file_name().to_string_lossy());
        if path.ends_with(".sql") && !released.contains_key(path.as_str()) {
            violations
                .push(format!("{path}:1: is not on the list; run `sha256sum {path} >> tests/tidy/migrations.sha256`"));
        }
    }
    expect_none(&violations);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

#[test]
fn every_shipped_workflow_has_a_scenario() {
    let folder = root().join("workflows");
    let scenarios: String = texts(&folder.join("scenarios"));
    let mut violations = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if !scenarios.contains(&name) {
            violations
                .push(format!("workflows/{name}.yaml:1: no scenario names it; write one in workflows/scenarios/"));
        }
    }
    expect_none(&violations);
}

fn texts(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    entries.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap_or_default()).collect()
}
