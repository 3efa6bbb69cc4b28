//! What a template's file shows without being rendered: its name, its size, its words, the names it uses.

use std::collections::{BTreeMap, BTreeSet};

use super::super::problem::Problem;
use super::super::templates::Templates;
use super::walk::check_names;

/// Largest template, in bytes: a long letter has some kilobytes.
const TEMPLATE_BYTES_MAX: usize = 256 << 10;
/// Attachments, and the mails of schedules: used without a step that names the template.
const STANDING: [&str; 4] = ["statement", "payment-slip", "digest", "provision"];
/// Mails to the creditor's own people, which have other names than a notice.
const INTERNAL: [&str; 2] = ["digest", "provision"];

/// Everything that is wrong with the files themselves.
pub(super) fn check(files: &BTreeMap<String, String>, templates: &Templates, problems: &mut BTreeSet<Problem>) {
    for (path, text) in files {
        check_name(path, problems);
        if text.len() > TEMPLATE_BYTES_MAX {
            let message = format!("the template has {} bytes; a template may have {TEMPLATE_BYTES_MAX}", text.len());
            let help = "move images and long texts into documents that are attached";
            problems.insert(Problem::of("file-unreadable", path, message).help(help));
            continue;
        }
        if text.trim().is_empty() && is_language(path) {
            let help = if path.ends_with(".html") { "write it, or remove the file" } else { "write it" };
            problems.insert(Problem::of("template-error", path, "the template is empty").help(help));
        }
        if path.ends_with(".subject") {
            check_subject(path, text, problems);
        }
        if path.ends_with(".typ") {
            for place in braces(text) {
                let written = &text[place.clone()];
                let name = written.trim_matches(['{', '}']).split('|').next().unwrap_or_default().trim();
                let message = format!("`{written}` is how texts print a value; this letter prints it as it stands");
                let help = format!("write `#notice.{name}`, below `#import \"/layout/letter.typ\": *`");
                problems.insert(Problem::of("template-syntax", path, message).at(place).help(help));
            }
            for (place, message) in templates.press().mistakes(path) {
                problems.insert(Problem::of("template-syntax", path, &message).at(place).help(typst_help(&message)));
            }
        } else if is_language(path) && !INTERNAL.contains(&stem(path)) {
            check_names(path, text, templates.jinja(), problems);
        }
    }
    check_pairs(files, problems);
}

/// Longest `{{ … }}` looked for in a letter, in characters.
const BRACES_CHARS_MAX: usize = 200;

/// `{{ name }}` and `{{ name | filter }}`.
fn braces(text: &str) -> Vec<std::ops::Range<usize>> {
    let starts = text.match_indices("{{").map(|(at, _)| at).filter(|at| !text[..*at].ends_with('#'));
    let whole = starts.filter_map(|at| {
        let behind = &text[at + 2..];
        let near = behind.char_indices().nth(BRACES_CHARS_MAX).map_or(behind, |(end, _)| &behind[..end]);
        let inside = near.split_once("}}")?.0;
        let name = inside.split('|').next().unwrap_or_default().trim();
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c));
        is_name.then(|| at..at + 4 + inside.len())
    });
    whole.collect()
}

/// A subject is one line; what stands below it would be run into it.
fn check_subject(path: &str, text: &str, problems: &mut BTreeSet<Problem>) {
    let written = text.trim_end();
    let first = written.len() - written.trim_start().len();
    if let Some(end) = written[first..].find('\n').map(|end| first + end + 1) {
        let help = "keep the first line here, and write the rest in the .txt";
        let problem = Problem::of("template-syntax", path, "a subject is one line, and this one goes on below it");
        problems.insert(problem.at(end..written.len()).help(help));
    }
}

/// Files in the folders of languages whose template is not among `used`.
pub fn unused_templates<'a>(files: impl Iterator<Item = &'a str>, used: &BTreeSet<String>) -> Vec<Problem> {
    let mut problems = BTreeSet::new();
    for path in files.filter(|path| is_language(path)) {
        let Some((_, file)) = path.split_once('/') else { continue };
        let Some((name, extension)) = file.rsplit_once('.') else { continue };
        if !STANDING.contains(&name) && !used.contains(name) && known_extension(extension) {
            let message = format!("no workflow uses the template `{name}`");
            let help = "name it in a step, or remove the file";
            problems.insert(Problem::of("unused-template", path, message).help(help));
        }
    }
    problems.into_iter().collect()
}

/// The template's name of a path.
fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file)
}

fn known_extension(extension: &str) -> bool {
    ["subject", "txt", "html", "sms", "typ"].contains(&extension)
}

fn is_language(path: &str) -> bool {
    let folder = path.split('/').next().unwrap_or_default();
    matches!(folder.len(), 2 | 3) && folder.chars().all(|c| c.is_ascii_lowercase())
}

/// A file that nothing reads is a mistake of its author's: a misspelt extension, or MJML, which is not compiled here.
fn check_name(path: &str, problems: &mut BTreeSet<Problem>) {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !known_extension(extension) {
        let message = format!("nothing reads a template that ends in `.{extension}`");
        let help = "templates end in .subject, .txt, .html, .sms or .typ";
        problems.insert(Problem::of("unread-template", path, message).help(help));
    }
}

/// An email has a subject and a plain text; HTML stands beside them, never alone.
fn check_pairs(files: &BTreeMap<String, String>, problems: &mut BTreeSet<Problem>) {
    for path in files.keys().filter(|path| is_language(path)) {
        let Some((stem, extension)) = path.rsplit_once('.') else { continue };
        let lacks = |other: &str| !files.contains_key(&format!("{stem}.{other}"));
        let missing = match extension {
            "subject" if lacks("txt") => "txt",
            "html" if lacks("txt") => "txt",
            "html" if lacks("subject") => "subject",
            _ => continue,
        };
        let message = format!("there is no {stem}.{missing} beside it");
        let help = "write it: an email has a .subject and a .txt, and may have an .html";
        problems.insert(Problem::of("template-pair", path, message).help(help));
    }
}

/// What to look for in a letter that typst cannot read.
fn typst_help(message: &str) -> &'static str {
    match message {
        _ if message.contains("unclosed") => "close it; `#` begins code, `[…]` holds text, `(…)` and `{…}` hold code",
        _ if message.contains("unexpected") => "take it out, or write `\\` in front where the sign itself is meant",
        _ => "`#` begins code, and `\\#` is the sign itself; compare with the letters in workflows/templates",
    }
}
