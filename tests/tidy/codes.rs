//! Every code of a finding has a page in `docs/codes`, and the index leads to each.

use std::collections::BTreeSet;
use std::fs;

use relance::workflow::CODES;

use super::{expect_none, root};

const FOLDER: &str = "docs/codes";

/// Every page but the index, by its name without `.md`, with its text.
fn pages() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join(FOLDER)).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<(String, String)> = entries
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name.trim_end_matches(".md").to_owned(), fs::read_to_string(path).unwrap())
        })
        .filter(|(name, _)| name != "README")
        .collect();
    pages.sort();
    pages
}

/// Where the links of a text lead.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn every_code_has_a_page() {
    let pages = pages();
    let mut violations = Vec::new();
    for info in CODES {
        let place = format!("{FOLDER}/{}.md", info.text);
        let Some((_, text)) = pages.iter().find(|(name, _)| name == info.text) else {
            violations.push(format!("{place}:1: is missing; write what the code means, a wrong line and a right one"));
            continue;
        };
        let mut lines = text.lines();
        if lines.next() != Some(&format!("# {}", info.text)) {
            violations.push(format!("{place}:1: write `# {}`", info.text));
        }
        let severity = format!("**{:?}.** ", info.severity);
        if !lines.nth(1).is_some_and(|line| line.starts_with(&severity) && line.ends_with('.')) {
            violations.push(format!("{place}:3: write `{severity}` and one sentence"));
        }
        for part in ["\n**Wrong**\n\n```", "\n**Right**\n\n```"].into_iter().filter(|part| !text.contains(part)) {
            violations
                .push(format!("{place}:1: lacks {}; show an excerpt below it", part.trim().trim_end_matches('`')));
        }
    }
    expect_none(&violations);
}

#[test]
fn every_page_has_a_code_is_in_the_index_and_leads_somewhere() {
    let index = fs::read_to_string(root().join(FOLDER).join("README.md")).unwrap();
    let listed: BTreeSet<&str> = links(&index).collect();
    let mut violations = Vec::new();
    for (name, text) in pages() {
        if !listed.contains(format!("{name}.md").as_str()) {
            violations.push(format!("{FOLDER}/README.md:1: does not link {name}.md; add it to its theme"));
        }
        if CODES.iter().all(|info| info.text != name) {
            violations.push(format!("{FOLDER}/{name}.md:1: there is no such code; remove the page"));
        }
        for link in links(&text).filter(|link| !root().join(FOLDER).join(link).exists()) {
            violations.push(format!("{FOLDER}/{name}.md:1: `{link}` does not exist; correct the link"));
        }
    }
    expect_none(&violations);
}
