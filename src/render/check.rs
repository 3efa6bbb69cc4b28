//! Every template tried before it may be used: strict, in each language, with each kind of debtor and each shape.
//!
//! It finds what a machine can find. Whether a letter is well written, a person says.

use std::collections::{BTreeMap, BTreeSet};

use super::gsm::sms_segments;
use super::letter::Printed;
use super::message::{Rendered, main_extension, print, render};
use super::problem::Problem;
use super::sample::{Shape, sample_notice};
use super::templates::{Templates, path};
use super::wording::{avoided, consequence, contains_word, normal, not_for_consumers, title};
use crate::domain::{Channel, DebtorKind, Notice, Phase, StatedDeadline};

/// Segments above which an SMS is said to be long: more cost as much as a letter.
const SMS_SEGMENTS_MAX: usize = 2;

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
}

/// Everything wrong with `files` and with how `uses` use them; sorted by file and line, each thing once.
pub fn check_templates(files: &BTreeMap<String, String>, uses: &[TemplateUse]) -> Vec<Problem> {
    let (templates, problems) = Templates::with_problems(files.clone());
    let mut problems: BTreeSet<Problem> = problems.into_iter().collect();
    for (path, text) in files {
        check_name(path, &mut problems);
        check_words(path, text, &mut problems);
    }
    for wanted in uses {
        for language in &wanted.languages {
            check_use(&templates, wanted, language, &mut problems);
        }
    }
    super::statement::check(&templates, &mut problems);
    problems.into_iter().collect()
}

fn check_use(templates: &Templates, wanted: &TemplateUse, language: &str, problems: &mut BTreeSet<Problem>) {
    let mut extensions = vec![main_extension(wanted.channel)];
    if wanted.channel == Channel::Email {
        extensions.push("subject");
    }
    let missing = extensions.into_iter().filter(|extension| !templates.has(language, &wanted.name, extension));
    let missing: Vec<Problem> = missing
        .map(|extension| {
            let message = format!("the template is used for {} and does not exist", wanted.channel.as_str());
            Problem::error("template-missing", path(language, &wanted.name, extension), message)
        })
        .collect();
    if !missing.is_empty() {
        problems.extend(missing);
        return;
    }
    for (kind, shape) in TRIES {
        let notice = sample(wanted, language, kind, shape);
        match said(templates, &notice, language) {
            Ok(said) => check_said(wanted, language, kind, &notice, &said, problems),
            // A file that did not compile was said with its line; that it is not there now is no news.
            Err(problem) if problem.line.is_none() && problems.iter().any(|one| one.path == problem.path) => {}
            Err(problem) => drop(problems.insert(problem)),
        }
    }
}

fn sample(wanted: &TemplateUse, language: &str, kind: DebtorKind, shape: Shape) -> Notice {
    let mut notice = sample_notice(shape, wanted.channel, language, kind, wanted.phase, &wanted.name);
    if let Some(content) = notice.content.as_deref_mut() {
        content.deadline = wanted.deadline.clone();
        // What is attached looks alike for every kind of debtor, and is tried in both of its shapes.
        if kind == DebtorKind::Business && shape != Shape::Long {
            content.attach = wanted.attach.clone();
        }
    }
    notice
}

/// Everything a debtor would read.
fn said(templates: &Templates, notice: &Notice, language: &str) -> Result<String, Problem> {
    let failed = |error| Problem::in_template(&error);
    if notice.channel == Channel::Letter {
        let path = path(language, &notice.template, "typ");
        let Printed { text, .. } = print(templates, notice, &path).map_err(failed)?;
        return Ok(text);
    }
    match render(templates, notice).map_err(failed)? {
        Rendered::Email { subject, text, html, .. } => Ok(format!("{subject}\n{text}\n{}", html.unwrap_or_default())),
        Rendered::Sms { text, .. } => Ok(text),
        Rendered::Letter { .. } => Ok(String::new()),
    }
}

fn check_said(
    wanted: &TemplateUse,
    language: &str,
    kind: DebtorKind,
    notice: &Notice,
    said: &str,
    problems: &mut BTreeSet<Problem>,
) {
    let file = path(language, &wanted.name, main_extension(wanted.channel));
    if kind == DebtorKind::Consumer
        && let Some(phrase) = not_for_consumers(said)
    {
        let message =
            format!("says `{phrase}` to a consumer, whom it does not bind; ask `debtor.kind == \"business\"` first");
        problems.insert(Problem::error("consumer-charges", file.as_str(), message));
    }
    if wanted.channel == Channel::Sms && sms_segments(said).1 > SMS_SEGMENTS_MAX && is_short(notice) {
        let count = sms_segments(said).1;
        let message = format!("takes {count} segments with a sample; {SMS_SEGMENTS_MAX} are enough, and each is paid");
        problems.insert(Problem::warning("sms-long", file.as_str(), message));
    }
    if wanted.phase == Phase::FormalNotice && wanted.channel == Channel::Letter {
        for (missing, what) in formal_gaps(notice, language, said) {
            let message = format!("a formal notice must show {what}; put `{missing}`");
            problems.insert(Problem::error("formal-notice-incomplete", file.as_str(), message));
        }
    }
}

fn is_short(notice: &Notice) -> bool {
    notice.content.as_deref().is_some_and(|content| content.invoices.len() <= 3)
}

/// What a formal notice lacks: what to write, and what it is.
fn formal_gaps(notice: &Notice, language: &str, said: &str) -> Vec<(&'static str, &'static str)> {
    let Some(content) = notice.content.as_deref() else { return Vec::new() };
    let names = super::names::names(notice, content, language);
    // Lines and runs break anywhere: what is compared has no white space at all.
    let bare =
        |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect::<String>().to_lowercase();
    let said = bare(said);
    let shows = |value: &serde_json::Value| value.as_str().is_none_or(|text| said.contains(&bare(text)));
    let one_of = |words: &[&str]| words.is_empty() || words.iter().any(|word| said.contains(&bare(word)));
    let first = &names["invoices"][0];
    let mut gaps = Vec::new();
    let mut need = |fulfilled: bool, write: &'static str, what: &'static str| {
        if !fulfilled {
            gaps.push((write, what));
        }
    };
    need(one_of(title(language)), "mise en demeure / formal notice", "what it is");
    need(shows(&names["creditor"]["name"]), "creditor.name", "the creditor");
    need(shows(&names["debtor"]["name"]), "debtor.name", "the debtor");
    need(shows(&first["number"]), "invoices[].number", "the invoices");
    need(shows(&first["due_on"]), "invoices[].due_on", "the due dates");
    need(shows(&first["balance"]), "invoices[].balance", "what is owed on each invoice");
    need(
        names["totals"][0]["total"].as_str().is_none_or(|sum| said.contains(&bare(sum))),
        "totals[].total",
        "the amount",
    );
    need(shows(&names["deadline"]["term"]), "deadline.term", "the time that is given");
    need(one_of(consequence(language)), "the competent court", "the consequence");
    need(shows(&names["payment"]["iban"]), "payment.iban", "how to pay");
    need(shows(&names["sender"]["email"]), "sender.email", "whom to contact");
    gaps
}

/// A file that nothing reads is a mistake of its author's: a misspelt extension, or MJML, which is not compiled here.
fn check_name(path: &str, problems: &mut BTreeSet<Problem>) {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !["subject", "txt", "html", "sms", "typ"].contains(&extension) {
        let message = "no template has this extension; known are .subject, .txt, .html, .sms and .typ";
        problems.insert(Problem::warning("template-unread", path, message));
    }
}

/// Words to avoid, in the file as written, so that the line is known.
fn check_words(path: &str, text: &str, problems: &mut BTreeSet<Problem>) {
    let language = path.split('/').next().unwrap_or_default();
    for (place, line) in text.lines().enumerate() {
        let line = normal(line);
        for word in avoided(language) {
            if contains_word(&line, word.phrase) {
                let message = format!("`{}` {}", word.phrase, word.reason);
                problems.insert(Problem::warning("wording", path, message).at(place + 1));
            }
        }
    }
}
