//! How long files and functions may be, and what no file may hold.

use super::expect_none;
use super::source::{Source, line, names, sources};

/// Longest file, in lines: what can be read in one sitting.
const FILE_LINES_MAX: usize = 400;
/// Longest function, in lines of code: what fits on a screen.
const FUNCTION_LINES_MAX: usize = 70;

fn all() -> Vec<Source> {
    ["src", "tests", "benches"].into_iter().flat_map(sources).collect()
}

#[test]
fn files_and_functions_are_short() {
    let mut violations = Vec::new();
    for source in all() {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            violations.push(format!(
                "{}:1: {lines} lines, at most {FILE_LINES_MAX}; split it by what its parts are about",
                source.path
            ));
        }
        for (at, name, lines) in functions(&source.code) {
            if lines > FUNCTION_LINES_MAX {
                violations.push(format!(
                    "{}:{}: `{name}` has {lines} lines of code, at most {FUNCTION_LINES_MAX}; give its parts names",
                    source.path,
                    line(&source.code, at)
                ));
            }
        }
    }
    expect_none(&violations);
}

/// The functions of a file: place, name and lines of code between the braces.
fn functions(code: &str) -> Vec<(usize, &str, usize)> {
    let mut found = Vec::new();
    for (at, word) in names(code) {
        if word != "fn" {
            continue;
        }
        let Some((offset, name)) = names(&code[at + 2..]).next() else { continue };
        let after = &code[at + 2 + offset + name.len()..];
        // A body comes before a `;`, unless the `;` is that of an array type inside the signature.
        let Some(open) = body_start(after) else { continue };
        let body = &after[open..];
        let mut depth = 0_usize;
        let end = body
            .bytes()
            .position(|byte| {
                depth += usize::from(byte == b'{');
                depth -= usize::from(byte == b'}');
                depth == 0
            })
            .unwrap_or(body.len());
        let lines = body[1..end].lines().filter(|line| !line.trim().is_empty()).count();
        found.push((at, name, lines));
    }
    found
}

fn body_start(signature: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, byte) in signature.bytes().enumerate() {
        match byte {
            b'(' | b'[' => open += 1,
            b')' | b']' => open = open.checked_sub(1)?,
            b'{' if open == 0 => return Some(at),
            b';' if open == 0 => return None,
            _ => {}
        }
    }
    None
}

#[test]
fn every_file_says_first_what_it_is() {
    let without: Vec<String> = all()
        .iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| {
            format!("{}:1: begins without `//! …`; say what it is and what it deliberately does not do", source.path)
        })
        .collect();
    expect_none(&without);
}

#[test]
fn nothing_is_skipped_or_left_for_later() {
    // In two parts, so that this file does not find itself.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut violations = Vec::new();
    for source in all() {
        for (at, _) in source.code.match_indices("#[ignore") {
            violations.push(format!(
                "{}:{}: a test is skipped; make it pass or take it out",
                source.path,
                line(&source.code, at)
            ));
        }
        for mark in marks {
            for (at, _) in source.text.match_indices(mark) {
                violations.push(format!(
                    "{}:{}: `{mark}` is not merged; do it, or open an issue",
                    source.path,
                    line(&source.text, at)
                ));
            }
        }
    }
    expect_none(&violations);
}

#[test]
fn names_say_what_a_thing_is() {
    let mut violations = Vec::new();
    for source in all() {
        let mut before = "";
        for (at, name) in names(&source.code) {
            let is_type = ["struct", "enum", "trait"].contains(&before);
            let vague = ["Manager", "Helper", "Util", "Handler"].iter().any(|word| name.contains(word));
            if is_type && vague || before == "fn" && name.starts_with("new_") {
                violations.push(format!(
                    "{}:{}: `{name}` says nothing of what it is; name it by what it does",
                    source.path,
                    line(&source.code, at)
                ));
            }
            before = name;
        }
    }
    expect_none(&violations);
}

#[test]
fn the_length_of_a_function_is_that_of_its_body() {
    let code = "fn a(x: [u8; 2]) -> u8 {\n    1\n\n}\nfn b();\nfn c() { 2 }";
    let found: Vec<(&str, usize)> = functions(code).into_iter().map(|(_, name, lines)| (name, lines)).collect();
    assert_eq!(found, [("a", 1), ("c", 1)]);
}
