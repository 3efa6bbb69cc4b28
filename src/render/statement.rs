//! Statements for the creditor's own people, digest and provision: mails from templates, and the lines of a provision
//! as a file.
//!
//! Templates `digest` and `provision` lie with the others and are as strict. What a statement says was counted
//! elsewhere; nothing is computed here.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::RenderError;
use super::format::Style;
use super::names::clean;
use super::problem::Problem;
use super::templates::{Templates, path};
use crate::domain::{
    Aging, Class, Creditor, Currency, DebtorId, Digest, Matrix, Owed, Sum, WorkflowName, plain_amount,
};

mod sample;

/// Most lines of the file that goes with a provision: some megabytes, which mail servers take.
pub const LINES_MAX: usize = 50_000;

/// A mail as it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same in HTML, where the template has it.
    pub html: Option<String>,
}

/// Whom a statement is for, in what language, and about what.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The creditor.
    pub creditor: &'a Creditor,
    /// The language that the schedule asks for.
    pub language: Option<&'a str>,
    /// The workflow it is confined to.
    pub workflow: Option<&'a WorkflowName>,
}

/// The sums of a provision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provision {
    /// The day whose evening it is of.
    pub as_of: NaiveDate,
    /// The shares.
    pub matrix: Matrix,
    /// What is owed.
    pub owed: Aging,
    /// What is provided for, each part rounded by itself.
    pub provided: Aging,
    /// Whether the file names every part; above [`LINES_MAX`] it has sums only.
    pub is_itemised: bool,
}

/// Renders a digest.
///
/// # Errors
///
/// When the template is missing or wrong.
pub fn render_digest(templates: &Templates, digest: &Digest, reader: Reader<'_>) -> Result<Mail, RenderError> {
    let language = language(templates, "digest", reader);
    let style = Style::of(&language);
    let amounts = |sums: &std::collections::BTreeMap<Currency, Sum>| {
        sums.iter().map(|(currency, sum)| style.money(sum.amount, *currency)).collect::<Vec<_>>().join(" + ")
    };
    let mut names = head(reader, &language);
    let more = json!({
        "from": style.date(digest.from),
        "as_of": style.date(digest.as_of),
        "until": style.date(digest.until),
        "sent": digest.sent.iter().map(|((workflow, step, channel), count)| json!({
            "workflow": workflow.as_str(), "step": step.as_str(), "channel": channel.as_str(), "count": count,
        })).collect::<Vec<_>>(),
        "sent_total": digest.sent.values().sum::<u64>(),
        "held": digest.held.iter().map(|(reason, waiting)| json!({
            "reason": reason, "cases": waiting.cases, "amounts": amounts(&waiting.amounts),
        })).collect::<Vec<_>>(),
        "promises": digest.promises.iter().map(|one| json!({
            "debtor": clean(one.debtor_name.as_deref().unwrap_or(one.debtor.as_str())),
            "pay_by": style.date(one.pay_by),
            "amount": match one.currency {
                Some(currency) => style.money(one.amount, currency),
                None => one.amount.to_string(),
            },
        })).collect::<Vec<_>>(),
        "promises_more": digest.promises_more,
        "tasks": digest.tasks.iter().map(|(kind, tasks)| json!({
            "kind": kind, "open": tasks.open, "overdue": tasks.overdue,
        })).collect::<Vec<_>>(),
        "uncertain": digest.uncertain,
        "quarantined": digest.quarantined,
        "aging": digest.aging.sums.keys().map(|currency| aging(&digest.aging, *currency, style)).collect::<Vec<_>>(),
        "letters": digest.letters.iter().map(|(planned, count)| json!({
            "on": style.date(planned.on), "workflow": planned.workflow.as_str(), "step": planned.step.as_str(),
            "service": planned.service.map(crate::domain::LetterService::as_str), "count": count,
        })).collect::<Vec<_>>(),
        "letters_total": digest.letters.values().sum::<u64>(),
    });
    extend(&mut names, more);
    mail(templates, &language, "digest", &names)
}

/// Renders the mail of a provision; `file` is the name of what is attached.
///
/// # Errors
///
/// When the template is missing or wrong.
pub fn render_provision(
    templates: &Templates,
    provision: &Provision,
    file: &str,
    reader: Reader<'_>,
) -> Result<Mail, RenderError> {
    let language = language(templates, "provision", reader);
    let style = Style::of(&language);
    let mut names = head(reader, &language);
    let tables = provision.owed.sums.keys().map(|currency| {
        let mut table = aging(&provision.owed, *currency, style);
        for (row, class) in table["rows"].as_array_mut().into_iter().flatten().zip(Class::ALL) {
            row["share"] = style.percent(provision.matrix.share(class)).into();
            row["provision"] = style.money(provision.provided.of(*currency, class).amount, *currency).into();
        }
        table["provision"] = style.money(provision.provided.total(*currency), *currency).into();
        table
    });
    let tables = tables.collect::<Vec<_>>();
    let more = json!({
        "as_of": style.date(provision.as_of), "aging": tables, "file": file, "is_itemised": provision.is_itemised,
    });
    extend(&mut names, more);
    mail(templates, &language, "provision", &names)
}

/// Tries the statements of every language that has them, empty and full.
pub(super) fn check(templates: &Templates, problems: &mut BTreeSet<Problem>) {
    let Some(creditor) = sample::creditor() else { return };
    let (full, empty, provision) = (sample::full("Dupont"), sample::empty(), sample::provision());
    let nothing = Provision { owed: Aging::default(), provided: Aging::default(), ..provision.clone() };
    for language in templates.languages() {
        let reader = Reader { creditor: &creditor, language: Some(language), workflow: None };
        let mut tried = Vec::new();
        if templates.has(language, "digest", "txt") {
            tried.extend([&full, &empty].map(|digest| render_digest(templates, digest, reader)));
        }
        if templates.has(language, "provision", "txt") {
            tried.extend([&provision, &nothing].map(|one| render_provision(templates, one, "provision.csv", reader)));
        }
        problems.extend(tried.iter().filter_map(|made| made.as_ref().err()).map(Problem::in_template));
    }
}

/// The language that is asked for, else the creditor's, else English: the first that has the template.
fn language(templates: &Templates, name: &str, reader: Reader<'_>) -> String {
    let own = reader.creditor.locale.language();
    let wished = [reader.language.unwrap_or(&own).to_owned(), own.clone(), "en".to_owned()];
    let found = wished.iter().find(|language| templates.has(language, name, "txt"));
    found.unwrap_or(&wished[0]).clone()
}

fn head(reader: Reader<'_>, language: &str) -> Value {
    let creditor = reader.creditor;
    json!({
        "language": language,
        "workflow": reader.workflow.map(WorkflowName::as_str),
        "creditor": {
            "name": clean(&creditor.name),
            "legal_id": clean(&creditor.legal_id),
            "country": clean(&creditor.address.country),
            "address": {
                "lines": creditor.address.lines.iter().map(|line| clean(line)).collect::<Vec<_>>(),
                "postal_code": clean(&creditor.address.postal_code),
                "city": clean(&creditor.address.city),
            },
        },
    })
}

/// One currency: a row for each class, those without anything too, so that a table always has the same lines.
fn aging(aging: &Aging, currency: Currency, style: Style) -> Value {
    let rows = Class::ALL.map(|class| {
        let sum = aging.of(currency, class);
        json!({ "class": class.as_str(), "parts": sum.parts, "amount": style.money(sum.amount, currency) })
    });
    json!({ "currency": currency.code(), "rows": rows, "total": style.money(aging.total(currency), currency) })
}

fn extend(names: &mut Value, more: Value) {
    if let (Value::Object(names), Value::Object(more)) = (names, more) {
        names.extend(more);
    }
}

fn mail(templates: &Templates, language: &str, name: &str, names: &Value) -> Result<Mail, RenderError> {
    let file = |extension: &str| path(language, name, extension);
    let html = templates.has(language, name, "html").then(|| templates.text(&file("html"), names)).transpose()?;
    Ok(Mail {
        subject: templates.text(&file("subject"), names)?.split_whitespace().collect::<Vec<_>>().join(" "),
        text: format!("{}\n", templates.text(&file("txt"), names)?.trim_end()),
        html,
    })
}

/// The lines of a provision, written as they come.
pub struct Lines {
    as_of: NaiveDate,
    out: csv::Writer<Vec<u8>>,
    count: usize,
}

impl Lines {
    const HEAD: [&str; 11] = [
        "as_of",
        "debtor",
        "invoice",
        "number",
        "due_on",
        "overdue_days",
        "class",
        "currency",
        "owed",
        "share_percent",
        "provision",
    ];

    /// No lines yet, of a statement of `as_of`.
    pub fn new(as_of: NaiveDate) -> Self {
        Self { as_of, out: csv::Writer::from_writer(Vec::new()), count: 0 }
    }

    /// Adds the line of one part, as far as there is room.
    pub fn add(&mut self, debtor: &DebtorId, owed: &Owed, matrix: &Matrix) {
        self.count += 1;
        if self.count > LINES_MAX {
            return;
        }
        let money = |amount| plain_amount(amount, owed.currency);
        self.write([
            self.as_of.to_string(),
            cell(debtor.as_str()),
            cell(owed.invoice.as_str()),
            cell(&owed.number),
            owed.due_on.to_string(),
            owed.overdue_days.to_string(),
            owed.class.as_str().to_owned(),
            owed.currency.code().to_owned(),
            money(owed.amount),
            matrix.share(owed.class).normalize().to_string(),
            money(matrix.provision(owed)),
        ]);
    }

    /// Whether every line had room.
    pub fn is_itemised(&self) -> bool {
        self.count <= LINES_MAX
    }

    /// The file: every line, or the sums of the provision where they were too many.
    pub fn file(mut self, provision: &Provision) -> Vec<u8> {
        if !self.is_itemised() {
            self.out = csv::Writer::from_writer(Vec::new());
            for (currency, classes) in &provision.owed.sums {
                for (class, sum) in classes {
                    let provided = provision.provided.of(*currency, *class).amount;
                    let mut line = [const { String::new() }; 11];
                    line[0] = self.as_of.to_string();
                    line[6] = class.as_str().to_owned();
                    line[7] = currency.code().to_owned();
                    line[8] = plain_amount(sum.amount, *currency);
                    line[9] = provision.matrix.share(*class).normalize().to_string();
                    line[10] = plain_amount(provided, *currency);
                    self.write(line);
                }
            }
        }
        // Into memory nothing fails.
        let mut file = Self::HEAD.join(",").into_bytes();
        file.push(b'\n');
        file.extend(self.out.into_inner().unwrap_or_default());
        file
    }

    fn write(&mut self, line: [String; 11]) {
        // Into memory, and every line has as many fields: nothing fails.
        let _ = self.out.write_record(line);
    }
}

/// A spreadsheet must not take an identifier for a formula.
fn cell(text: &str) -> String {
    let text = clean(text);
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests;
