//! Every page of `docs/codes` keeps its word: its wrong excerpt gets its code, and its right one neither the code nor
//! any error.
//!
//! An excerpt is a part of a file. Behind the language its fence names the file, and where in it the part belongs:
//!
//! - `workflow.yaml`: top-level keys, or steps, in place of those of `tests/pages/workflow.yaml`; a provider, a
//!   jurisdiction, a calendar and a scenario have such a file too, by their folder;
//! - `workflow.yaml step=call`: keys of that step; `workflow.yaml in=contact`: all that stands below that line;
//! - `templates/fr/x.txt`: the whole file, or a part of the shipped file that the right excerpt stands in;
//! - `files`: several files, each behind a line `# NAME`; `paths`: names of files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use relance::workflow::CODES;
use serde_json::Value;

use crate::parts::{self, Place};

/// An excerpt with the words behind the language of its fence.
struct Excerpt {
    place: String,
    text: String,
}

struct Page {
    code: &'static str,
    wrong: Excerpt,
    right: Excerpt,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<Page> {
    let page = |(code, text): (&'static str, &str)| Page {
        code,
        wrong: excerpt(code, text, "\n**Wrong**\n\n```"),
        right: excerpt(code, text, "\n**Right**\n\n```"),
    };
    CODES.iter().map(|info| (info.text, info.page)).map(page).collect()
}

fn excerpt(code: &str, page: &str, heading: &str) -> Excerpt {
    let (_, rest) = page.split_once(heading).unwrap_or_else(|| panic!("{code}: no excerpt"));
    let (fence, rest) = rest.split_once('\n').unwrap();
    let (_, place) = fence.split_once(' ').unwrap_or_else(|| panic!("{code}: name the file behind the language"));
    let (text, _) = rest.split_once("```").unwrap();
    Excerpt { place: place.to_owned(), text: text.to_owned() }
}

/// The files of an excerpt by their paths below the workflows folder.
fn files(page: &Page, excerpt: &Excerpt) -> BTreeMap<String, String> {
    let mut words = excerpt.place.split(' ');
    let name = words.next().unwrap_or_default();
    let mut files = BTreeMap::new();
    match name {
        "files" => {
            for (name, text) in parts::files(&excerpt.text) {
                files.insert(name.clone(), completed(page, &name, &text, Place::Top));
            }
        }
        "paths" => files.extend(excerpt.text.lines().map(|line| (line.to_owned(), "Bonjour.\n".to_owned()))),
        name => {
            let place = words.next().map_or(Place::Top, |word| match word.split_once('=') {
                Some(("step", id)) => Place::Step(id),
                Some(("in", key)) => Place::Below(key),
                _ => panic!("{}: `{word}` says no place", page.code),
            });
            files.insert(name.to_owned(), completed(page, name, &excerpt.text, place));
        }
    }
    files
}

/// The part in a file that is otherwise sound.
fn completed(page: &Page, name: &str, text: &str, place: Place<'_>) -> String {
    let base = |file: &str| fs::read_to_string(root().join("tests/pages").join(file)).unwrap();
    let base = match name.split_once('/') {
        Some(("providers", _)) => base("provider.yaml"),
        Some(("jurisdictions", _)) => base("jurisdiction.yaml"),
        Some(("calendars", _)) => base("calendar.yaml"),
        Some(("scenarios", _)) => base("scenario.yaml"),
        Some(("templates", _)) => {
            let shipped = fs::read_to_string(root().join("workflows").join(name)).unwrap_or_default();
            let part = page.right.text.trim_end();
            return if shipped.contains(part) { shipped.replace(part, text.trim_end()) } else { text.to_owned() };
        }
        _ if name == "relance.yaml" => String::new(),
        // Where no letter matters, none is set: that takes most of the time.
        _ if is_one_workflow(page) => base("workflow.yaml"),
        _ => base("short.yaml"),
    };
    parts::with(&base, text, place)
}

/// What the program finds in a folder of these files: code, severity and file.
fn findings(files: &BTreeMap<String, String>) -> Vec<(String, String, String)> {
    let lines = parts::checked(files, &["--format", "json"]);
    let finding = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| value[name].as_str().unwrap().to_owned();
        (field("code"), field("severity"), field("file"))
    };
    lines.lines().map(finding).collect()
}

/// Pages about one workflow are checked in one folder, each as a file of its own: letters are set once.
fn is_one_workflow(page: &Page) -> bool {
    page.wrong.place.starts_with("workflow.yaml")
}

/// A workflow that sends the letter of which a page shows a part.
fn letters() -> String {
    fs::read_to_string(root().join("tests/pages/workflow.yaml")).unwrap().replace("small", "letters")
}

/// What is wrong with a page, if anything, given what was found in its files.
fn judge(page: &Page, is_right: bool, found: &[(String, String)], complaints: &mut Vec<String>) {
    let has = found.iter().any(|(code, _)| code == page.code);
    let errors: Vec<&str> =
        found.iter().filter(|(_, severity)| severity == "error").map(|(code, _)| code.as_str()).collect();
    if !is_right && !has {
        complaints.push(format!("{}: its wrong excerpt gets {found:?}", page.code));
    }
    if is_right && (has || !errors.is_empty()) {
        complaints.push(format!("{}: its right excerpt gets {found:?}", page.code));
    }
}

#[test]
fn pages_about_one_workflow_show_what_they_say() {
    let pages: Vec<Page> = pages().into_iter().filter(is_one_workflow).collect();
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for page in &pages {
        for (excerpt, kind) in [(&page.wrong, "wrong"), (&page.right, "right")] {
            let name = format!("{}-{kind}", page.code);
            let text = files(page, excerpt).remove("workflow.yaml").unwrap();
            // All but the first `workflow:` of a file are a mistake that its page shows.
            all.insert(format!("{name}.yaml"), text.replacen("workflow: small", &format!("workflow: {name}"), 1));
        }
    }
    let found = findings(&all);
    let mut complaints = Vec::new();
    for page in &pages {
        for (kind, is_right) in [("wrong", false), ("right", true)] {
            let name = format!("workflows/{}-{kind}.yaml", page.code);
            let own = found.iter().filter(|(_, _, file)| *file == name);
            let own: Vec<_> = own.map(|(code, severity, _)| (code.clone(), severity.clone())).collect();
            judge(page, is_right, &own, &mut complaints);
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(pages.len() > 40, "{}", pages.len());
}

#[test]
fn pages_about_other_files_show_what_they_say() {
    let mut complaints = Vec::new();
    for page in pages().iter().filter(|page| !is_one_workflow(page)) {
        for (excerpt, is_right) in [(&page.wrong, false), (&page.right, true)] {
            let mut all = files(page, excerpt);
            let place = excerpt.place.as_str();
            if place.starts_with("templates") || place.starts_with("scenarios") {
                all.insert("small.yaml".to_owned(), completed(page, "small.yaml", "", Place::Top));
                if place.ends_with(".typ") {
                    all.insert("letters.yaml".to_owned(), letters());
                }
            }
            let found: Vec<_> = findings(&all).into_iter().map(|(code, severity, _)| (code, severity)).collect();
            judge(page, is_right, &found, &mut complaints);
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
