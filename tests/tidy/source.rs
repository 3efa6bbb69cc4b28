//! A source file with its comments and strings blanked, and without what only tests see.

use std::fs;
use std::path::{Path, PathBuf};

/// One `.rs` file.
pub struct Source {
    /// Its path from the project's folder.
    pub path: String,
    /// Its text as written.
    pub text: String,
    /// The text with comments, strings and characters blanked; lines stay where they are.
    pub code: String,
    /// `code` without items under `#[cfg(test)]`; empty for a file that only tests see.
    pub product: String,
}

impl Source {
    /// The top-level module it belongs to: `engine`, `main` for the binary, `lib` for the root.
    pub fn module(&self) -> &str {
        let inside = self.path.trim_start_matches("src/");
        match inside.split(['/', '.']).next().unwrap_or_default() {
            "bin" => "main",
            module => module,
        }
    }

    /// How many `super` lead from its items to the root of the crate.
    pub fn depth(&self) -> usize {
        let parts: Vec<&str> = self.path.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
        parts.len() - usize::from(parts.last() == Some(&"mod"))
    }
}

/// All `.rs` files under a folder of the project, in the order of their paths.
pub fn sources(folder: &str) -> Vec<Source> {
    let root = super::root();
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths.sort();
    let mut sources: Vec<Source> = paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let code = blank(&text);
            let product = without_tests(&code);
            Source { path: path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(), text, code, product }
        })
        .collect();
    for path in test_only(&sources) {
        for source in sources.iter_mut().filter(|source| source.path.starts_with(&path)) {
            source.product = String::new();
        }
    }
    sources
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// The beginnings of the paths of modules declared as `#[cfg(test)] mod name;`.
fn test_only(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let stem = source.path.trim_end_matches(".rs");
        let is_root = ["mod", "lib", "main"].iter().any(|name| stem.ends_with(&format!("/{name}")));
        let folder = if is_root { stem.rsplit_once('/').unwrap().0 } else { stem };
        for part in source.code.split("#[cfg(test)]").skip(1) {
            let declared = part.trim_start().trim_start_matches("pub(crate) ").strip_prefix("mod ");
            if let Some((name, rest)) =
                declared.and_then(|rest| rest.split_once([';', '{']).map(|(name, _)| (name, rest)))
                && rest.as_bytes().get(name.len()) == Some(&b';')
            {
                found.push(format!("{folder}/{}.rs", name.trim()));
                found.push(format!("{folder}/{}/", name.trim()));
            }
        }
    }
    found
}

/// Blanks every item that follows `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut kept = code.to_owned();
    while let Some(start) = kept.find("#[cfg(test)]") {
        let end = start + item_length(&kept[start..]);
        let blanked: String = kept[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        kept.replace_range(start..end, &blanked);
    }
    kept
}

/// How long an item is: to its `;`, or to the brace that closes the first one.
fn item_length(code: &str) -> usize {
    let mut open = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b';' if open == 0 => return at + 1,
            b'{' => open += 1,
            b'}' => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Blanks comments, strings and characters, keeping every line where it is.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut kept = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let length = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => until(bytes, at, b"\n", false),
            b'/' if bytes[at..].starts_with(b"/*") => block_comment(bytes, at),
            b'"' => string(bytes, at),
            b'r' | b'b' if !follows_name(bytes, at) => raw_string(bytes, at),
            b'\'' => character(bytes, at),
            _ => 0,
        };
        for byte in &mut kept[at..at + length] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at += length.max(1);
    }
    String::from_utf8(kept).unwrap()
}

fn follows_name(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
}

/// The length from `at` to the next `end`, with or without it.
fn until(bytes: &[u8], at: usize, end: &[u8], with: bool) -> usize {
    let rest = &bytes[at..];
    let found = rest.windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |found| found + if with { end.len() } else { 0 })
}

fn block_comment(bytes: &[u8], start: usize) -> usize {
    let mut open = 0_usize;
    let mut at = start;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            open += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            open -= 1;
            at += 2;
            if open == 0 {
                return at - start;
            }
        } else {
            at += 1;
        }
    }
    bytes.len() - start
}

fn string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1 - start,
            _ => at += 1,
        }
    }
    bytes.len() - start
}

/// `r"…"`, `r#"…"#`, `br"…"`; 0 where it is a name.
fn raw_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + usize::from(bytes[start] == b'b');
    if bytes.get(at) != Some(&b'r') {
        return 0;
    }
    at += 1;
    let hashes = bytes[at..].iter().take_while(|byte| **byte == b'#').count();
    at += hashes;
    if bytes.get(at) != Some(&b'"') {
        return 0;
    }
    let mut end = vec![b'"'];
    end.resize(1 + hashes, b'#');
    at + 1 - start + until(bytes, at + 1, &end, true)
}

/// `'x'`, `'\n'`, `'é'`; 0 for a lifetime.
fn character(bytes: &[u8], start: usize) -> usize {
    let Some(first) = bytes.get(start + 1) else { return 0 };
    if *first == b'\\' {
        return 2 + until(bytes, start + 2 + 1, b"'", true) + 1;
    }
    let width = std::str::from_utf8(&bytes[start + 1..(start + 5).min(bytes.len())])
        .or_else(|error| std::str::from_utf8(&bytes[start + 1..start + 1 + error.valid_up_to()]))
        .ok()
        .and_then(|text| text.chars().next())
        .map_or(1, char::len_utf8);
    if bytes.get(start + 1 + width) == Some(&b'\'') { width + 2 } else { 0 }
}

/// The words of a text that may be names, each with its place.
pub fn names(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + code[rest..].find(is_name)?;
        let end = code[start..].find(|c| !is_name(c)).map_or(code.len(), |length| start + length);
        rest = end;
        Some((start, &code[start..end]))
    })
}

/// The line of a place, counted from 1.
pub fn line(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

#[test]
fn comments_strings_and_tests_are_blanked() {
    let text = "let a = \"x // {\"; // b\nlet c = r#\"\"d\"#; let e: &'static str = 'f'; /* g /* h */ */ '\\'' i\n\
                #[cfg(test)]\nmod tests { fn j() {} }\nfn k() {}";
    let words: Vec<String> = names(&without_tests(&blank(text))).map(|(_, name)| name.to_owned()).collect();
    assert_eq!(words, ["let", "a", "let", "c", "let", "e", "static", "str", "i", "fn", "k"]);
}
