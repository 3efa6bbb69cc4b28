//! What a debtor would read, judged: mentions that must be there, words and charges that must not.

use std::collections::BTreeSet;

use super::super::gsm::sms_segments;
use super::super::letter::Line;
use super::super::message::main_extension;
use super::super::problem::Problem;
use super::super::templates::path;
use super::super::wording::{consequence, normal_with_places, not_for_consumers, phrase_places, title};
use super::{TemplateUse, collector};
use crate::domain::{Channel, DebtorKind, Notice, Phase};

/// Segments above which an SMS is said to be long: more cost as much as a letter.
const SMS_SEGMENTS_MAX: usize = 2;
/// Lines of an address that show in the window of an envelope (AFNOR NF Z 10-011; postal APIs ask for the same).
const WINDOW_LINES_MAX: usize = 6;
/// Characters of such a line.
const WINDOW_LINE_CHARS_MAX: usize = 38;

/// What was rendered: all words, and for a letter the lines of its first page.
pub(super) struct Said {
    pub text: String,
    pub lines: Vec<Line>,
}

pub(super) fn check(
    wanted: &TemplateUse,
    language: &str,
    kind: DebtorKind,
    notice: &Notice,
    said: &Said,
    written: Option<&str>,
    problems: &mut BTreeSet<Problem>,
) {
    let file = path(language, &wanted.name, main_extension(wanted.channel));
    if kind == DebtorKind::Consumer
        && let Some(source) = &wanted.business_charges
        && let Some(phrase) = not_for_consumers(&said.text)
    {
        let message = format!("says `{phrase}` to a consumer, and only businesses owe that ({source})");
        let help = "put it inside a test of `debtor.kind == \"business\"`, or let `applies_to` or the step's `when` take \
                    businesses only";
        let problem = Problem::of("consumer-charges", file.as_str(), message).help(help);
        let written = written.map(normal_with_places);
        let place = written.and_then(|(normal, places)| {
            let (start, end) = *phrase_places(&normal, phrase).first()?;
            Some(places[start]..places.get(end).copied().unwrap_or(places[end - 1] + 1))
        });
        problems.insert(match place {
            Some(place) => problem.at(place),
            None => problem,
        });
    }
    if wanted.channel == Channel::Sms && is_short(notice) {
        let (_, count) = sms_segments(&said.text);
        if count > SMS_SEGMENTS_MAX {
            let message = format!("takes {count} segments with a sample of three invoices or fewer");
            let help = format!("{SMS_SEGMENTS_MAX} are enough, and each is paid: shorten it");
            problems.insert(Problem::of("sms-long", file.as_str(), message).help(help));
        }
    }
    if wanted.channel == Channel::Letter {
        window(&file, notice, &said.lines, problems);
        if wanted.phase == Phase::FormalNotice {
            for (missing, what) in formal_gaps(notice, language, &said.text) {
                let message = format!("a formal notice must show {what}");
                let problem = Problem::of("formal-notice-incomplete", file.as_str(), message);
                let help = match missing.starts_with('#') {
                    true => format!("write `{missing}`, below `#import \"/layout/letter.typ\": *`"),
                    false => format!("write `{missing}`"),
                };
                problems.insert(problem.help(help));
            }
        }
        if let Some(collector) = &wanted.collector {
            collector::check(collector, &file, language, notice, &said.text, problems);
        }
    }
}

fn is_short(notice: &Notice) -> bool {
    notice.content.as_deref().is_some_and(|content| content.invoices.len() <= 3)
}

/// The address as it stands on the first page: from the line of the debtor's name down, as long as the lines follow
/// one another at the same left edge.
fn window(file: &str, notice: &Notice, lines: &[Line], problems: &mut BTreeSet<Problem>) {
    let Some(content) = notice.content.as_deref() else { return };
    let start: String = bare(&content.debtor_name).chars().take(12).collect();
    let Some(first) = lines.iter().position(|line| bare(&line.text).starts_with(&start)) else { return };
    let mut block = vec![&lines[first]];
    for line in &lines[first + 1..] {
        let above = block[block.len() - 1];
        if (line.left - above.left).abs() <= 1.0 && line.top - above.top <= 1.6 * line.size {
            block.push(line);
        }
    }
    let help =
        format!("set it smaller or wider: {WINDOW_LINES_MAX} lines of {WINDOW_LINE_CHARS_MAX} characters must fit");
    if content.debtor_name.chars().count() <= WINDOW_LINE_CHARS_MAX && block.len() > WINDOW_LINES_MAX {
        let message = format!("an address of {WINDOW_LINES_MAX} lines takes {} lines in the window", block.len());
        problems.insert(Problem::of("address-window", file, message).help(help));
    }
}

/// Lines and runs break anywhere: what is compared has no white space at all.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect::<String>().to_lowercase()
}

/// What a formal notice lacks: what to write, and what it is.
fn formal_gaps(notice: &Notice, language: &str, said: &str) -> Vec<(&'static str, &'static str)> {
    let Some(content) = notice.content.as_deref() else { return Vec::new() };
    let names = super::super::names::names(notice, content, language);
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
    need(one_of(title(language)), "mise en demeure, or formal notice", "what it is");
    need(shows(&names["creditor"]["name"]), "#notice.creditor.name", "the creditor");
    need(shows(&names["debtor"]["name"]), "#notice.debtor.name", "the debtor");
    need(shows(&first["number"]), "#invoice-tables()", "the invoices");
    need(shows(&first["due_on"]), "#invoice-tables()", "the due dates");
    need(shows(&first["balance"]), "#invoice-tables()", "what is owed on each invoice");
    need(
        names["totals"][0]["total"].as_str().is_none_or(|sum| said.contains(&bare(sum))),
        "#notice.total_due",
        "the amount",
    );
    need(shows(&names["deadline"]["term"]), "#notice.deadline.term", "the time that is given");
    need(one_of(consequence(language)), "the competent court", "the consequence");
    need(shows(&names["payment"]["iban"]), "#payment-block()", "how to pay");
    need(shows(&names["sender"]["email"]), "#notice.sender.email", "whom to contact");
    gaps
}
