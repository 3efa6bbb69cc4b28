//! Every template tried before it may be used: strict, in each language, with each kind of debtor and each shape.
//!
//! It finds what a machine can find. Whether a letter is well written, a person says.

mod collector;
mod files;
mod further;
mod known;
mod said;
mod script;
mod walk;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

pub use self::collector::Collector;
pub use self::files::unused_templates;
use self::said::Said;
pub use self::script::{ScriptUse, check_scripts};
pub use self::words::{Avoided, WordList, check_words, word_list_schema};
use super::RenderError;
use super::letter::Printed;
use super::message::{Rendered, lay_out, main_extension, render};
use super::problem::Problem;
use super::sample::{Shape, sample_notice};
use super::templates::{EMPTY, Templates, empty, path};
use crate::domain::{Channel, DebtorKind, Notice, Phase, StatedDeadline};

/// The samples each template is tried with. Kinds of debtor differ in words, shapes in layout.
const TRIES: [(DebtorKind, Shape); 7] = [
    (DebtorKind::Business, Shape::Bare),
    (DebtorKind::Business, Shape::Full),
    (DebtorKind::Business, Shape::Long),
    (DebtorKind::Consumer, Shape::Bare),
    (DebtorKind::Consumer, Shape::Full),
    (DebtorKind::Public, Shape::Bare),
    (DebtorKind::Public, Shape::Full),
];

/// One use of a template by a workflow's step.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateUse {
    /// The template's name.
    pub name: String,
    /// The channel.
    pub channel: Channel,
    /// The languages it must exist in.
    pub languages: Vec<String>,
    /// The phase of the step.
    pub phase: Phase,
    /// The deadline the step states.
    pub deadline: Option<StatedDeadline>,
    /// What it attaches.
    pub attach: Vec<String>,
    /// Who collects, where that is not the creditor.
    pub collector: Option<Collector>,
    /// The kinds of debtor it may go to.
    pub kinds: Vec<DebtorKind>,
    /// The source of charges that only businesses owe, where the jurisdiction has such.
    pub business_charges: Option<String>,
    /// Codes of findings of law that the workflow accepts.
    pub accept: Vec<String>,
}

/// Everything wrong with `files` and with how `uses` use them; sorted by file and line, each thing once.
pub fn check_templates(files: &BTreeMap<String, String>, uses: &[TemplateUse]) -> Vec<Problem> {
    let (templates, problems) = Templates::with_problems(files.clone());
    let mut problems: BTreeSet<Problem> = problems.into_iter().collect();
    self::files::check(files, &templates, &mut problems);
    let mut work: Vec<(&TemplateUse, &str)> = Vec::new();
    for wanted in uses {
        let languages = tried(&templates, &wanted.languages, &wanted.name, main_extension(wanted.channel));
        let languages = languages.into_iter().map(|language| (wanted, language));
        work.extend(languages.filter(|one| !work.contains(one)).collect::<Vec<_>>());
    }
    // Setting letters takes most of the time, and one letter does not wait for another.
    let (queue, found) = (Mutex::new(work.into_iter()), Mutex::new(BTreeSet::new()));
    let known = &problems;
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().ok().and_then(|mut queue| queue.next());
                    let Some((wanted, language)) = next else { break };
                    let mut own = BTreeSet::new();
                    check_use(&templates, wanted, language, known, &mut own);
                    own.retain(|problem| wanted.accept.iter().all(|code| code != problem.code));
                    found.lock().into_iter().for_each(|mut found| found.append(&mut own));
                }
            });
        }
    });
    problems.extend(found.into_inner().unwrap_or_default());
    super::statement::check(&templates, &mut problems);
    problems.into_iter().collect()
}

/// The languages in which a template is tried: those declared, else every one that has it.
fn tried<'a>(templates: &'a Templates, declared: &'a [String], name: &str, extension: &str) -> Vec<&'a str> {
    if declared.is_empty() {
        return templates.languages().into_iter().filter(|language| templates.has(language, name, extension)).collect();
    }
    declared.iter().map(String::as_str).collect()
}

fn check_use(
    templates: &Templates,
    wanted: &TemplateUse,
    language: &str,
    known: &BTreeSet<Problem>,
    problems: &mut BTreeSet<Problem>,
) {
    let mut extensions = vec![main_extension(wanted.channel)];
    if wanted.channel == Channel::Email {
        extensions.push("subject");
    }
    let missing = extensions.into_iter().filter(|extension| !templates.has(language, &wanted.name, extension));
    let missing: Vec<Problem> = missing
        .map(|extension| {
            let message = format!("the template is used for {} and does not exist", wanted.channel.as_str());
            Problem::of("missing-template", path(language, &wanted.name, extension), message)
        })
        .collect();
    if !missing.is_empty() {
        problems.extend(missing);
        return;
    }
    let mut rest = None;
    for (kind, shape) in TRIES.into_iter().filter(|(kind, _)| wanted.kinds.contains(kind)) {
        let notice = sample(wanted, language, kind, shape);
        match self::further::render(templates, &mut rest, &|templates| said(templates, &notice, language)) {
            Ok(said) => {
                let written = templates.files().get(&path(language, &wanted.name, main_extension(wanted.channel)));
                self::said::check(wanted, language, kind, &notice, &said, written.map(String::as_str), problems);
            }
            Err(mistakes) => {
                let news = mistakes.into_iter().filter(|problem| !is_known(problem, known, templates.files()));
                problems.extend(news.map(|problem| with_help(problem, templates)));
            }
        }
    }
}

/// A file that did not compile, or what is wrong in the same tag, was said with its place; that it fails is no news.
fn is_known(problem: &Problem, known: &BTreeSet<Problem>, files: &BTreeMap<String, String>) -> bool {
    let mut of_file = known.iter().filter(|one| one.path == problem.path);
    let tag = files.get(&problem.path).zip(problem.place).map(|(text, place)| around(text, place));
    match tag {
        Some(tag) => of_file.any(|one| {
            let is_torn = one.code == "template-syntax" && problem.code != "unknown-name";
            is_torn || one.place.is_some_and(|(start, end)| start < tag.1 && tag.0 < end)
        }),
        None => of_file.next().is_some(),
    }
}

/// The place of the `{{ … }}` or `{% … %}` around a place; the place itself where there is none, as in a letter.
fn around(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let is_closed = |from: usize, to: usize| text.get(from..to).is_none_or(|text| text.contains('}'));
    let opened = text.get(..start).and_then(|before| before.rfind("{{").max(before.rfind("{%")));
    let Some(open) = opened.filter(|open| !is_closed(*open, start)) else { return (start, end) };
    let behind = text.get(end..).unwrap_or_default();
    let closed = behind.find("}}").into_iter().chain(behind.find("%}")).min();
    (open, closed.map_or(end, |at| end + at))
}

/// What to use instead of a filter, a test or a function that does not exist.
fn builtin_help() -> &'static str {
    "use one of the built-in filters: `join`, `length`, `upper`, `default` …"
}

fn with_help(problem: Problem, templates: &Templates) -> Problem {
    let files = templates.files();
    let problem = Problem { place: problem.place.map(|place| whole_path(files.get(&problem.path), place)), ..problem };
    let (start, end) = problem.place.unwrap_or_default();
    let written = files.get(&problem.path).and_then(|text| text.get(start..end)).unwrap_or_default().trim_end();
    let is_name = !written.is_empty() && written.chars().all(|c| c.is_alphanumeric() || "_.[]".contains(c));
    let is_field = problem.code == "unknown-name" && self::known::is_field(&problem, files);
    let message = match problem.message.as_str() {
        "undefined value" if is_name && is_field => format!("not every notice has `{written}`"),
        "undefined value" if is_name => format!("no notice has `{written}`"),
        "undefined value" => "not every notice has this".to_owned(),
        other => other.to_owned(),
    };
    let problem = Problem { message, ..problem };
    if problem.code == "unknown-name"
        && !is_field
        && let Some(near) = self::known::nearest_field(&problem, files)
    {
        return problem.help(format!("did you mean `{near}`?"));
    }
    if let Some(name) = problem.message.strip_prefix("unknown variable: ")
        && let Some(near) = self::known::nearest_definition(name, files)
    {
        return problem.help(format!("did you mean `{near}`?"));
    }
    if problem.code == "unknown-name" && problem.path.ends_with(".typ") {
        return problem
            .help("ask for it with `#if … != none`, or correct the name; `relance schema template` prints every name");
    }
    let help = match problem.code {
        "unknown-name" => {
            "ask for it with `{% if … %}`, or correct the name; `relance schema template` prints every name"
        }
        "unknown-filter" => builtin_help(),
        _ if problem.message == EMPTY => "write what it says to everybody, outside of each `if`",
        "template-error" => "correct the template, or ask with `if` for what not every notice has",
        _ => return problem,
    };
    problem.help(help)
}

/// A place that begins at a bracket or a dot, from the name that stands in front of it.
fn whole_path(text: Option<&String>, (start, end): (usize, usize)) -> (usize, usize) {
    let Some((before, written)) = text.and_then(|text| Some((text.get(..start)?, text.get(start..end)?))) else {
        return (start, end);
    };
    if !written.starts_with(['.', '[']) {
        return (start, end);
    }
    let name = before.trim_end_matches(|c: char| c.is_alphanumeric() || "_.[]".contains(c));
    (name.len(), end)
}

fn sample(wanted: &TemplateUse, language: &str, kind: DebtorKind, shape: Shape) -> Notice {
    let mut notice = sample_notice(shape, wanted.channel, language, kind, wanted.phase, &wanted.name);
    if let Some(content) = notice.content.as_deref_mut() {
        content.deadline = wanted.deadline.clone();
        // What is attached looks alike for every kind of debtor, and is tried in both of its shapes.
        if kind == DebtorKind::Business && shape != Shape::Long {
            content.attach = wanted.attach.clone();
        }
        // The largest address that an envelope's window takes: with name and contact six lines of 38 characters.
        if kind == DebtorKind::Business && shape == Shape::Full && wanted.channel == Channel::Letter {
            content.debtor_name = "Établissements Montgolfier & Delacroix".to_owned();
            let lines = [
                "Bâtiment C, escalier 4, appartement 21",
                "217 rue des Anciens Grands Moulins Nef",
                "Zone artisanale des Belles Terres Nord",
            ];
            let address = content.debtor_address.as_mut();
            address.into_iter().for_each(|address| address.lines = lines.map(str::to_owned).to_vec());
        }
    }
    notice
}

/// Everything a debtor would read.
fn said(templates: &Templates, notice: &Notice, language: &str) -> Result<Said, RenderError> {
    if notice.channel == Channel::Letter {
        let path = path(language, &notice.template, "typ");
        let Printed { text, lines, .. } = lay_out(templates, notice, &path)?;
        return if text.trim().is_empty() { Err(empty(&path)) } else { Ok(Said { text, lines }) };
    }
    let text = match render(templates, notice, &[])? {
        Rendered::Email { subject, text, html, .. } => format!("{subject}\n{text}\n{}", html.unwrap_or_default()),
        Rendered::Sms { text, .. } => text,
        Rendered::Letter { .. } => String::new(),
    };
    Ok(Said { text, lines: Vec::new() })
}
