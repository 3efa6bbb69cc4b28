//! One notice into what its carrier takes.

use serde_json::Value;

use super::RenderError;
use super::gsm::{SmsCoding, plain_typography, sms_segments};
use super::letter::{Copy, Press, Printed};
use super::names::{names, names_of, payment_code};
use super::templates::{Templates, path};
use crate::domain::{Channel, Content, Notice};

/// A file that goes with an email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its file name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A notice as its carrier takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// For SMTP.
    Email {
        /// One line.
        subject: String,
        /// The plain text, always there.
        text: String,
        /// The same in HTML, where the template has it.
        html: Option<String>,
        /// What relance itself attaches; invoices are the sender's part.
        attachments: Vec<Attachment>,
    },
    /// For an SMS gateway.
    Sms {
        /// The text, typographic characters made plain.
        text: String,
        /// How a gateway will code it.
        coding: SmsCoding,
        /// How many messages it takes, which is what is paid.
        segments: usize,
    },
    /// For a postal API.
    Letter {
        /// The document.
        pdf: Vec<u8>,
        /// How many pages.
        pages: usize,
    },
}

/// Renders a notice in its language, or in the creditor's where the templates lack it. `invoices` are the invoices' own
/// PDFs that it attaches: a letter takes them with it, an email is given them by whoever composes it.
pub fn render(templates: &Templates, notice: &Notice, invoices: &[&[u8]]) -> Result<Rendered, RenderError> {
    let content = notice.content.as_deref().ok_or(RenderError::NoContent)?;
    let language = language(templates, notice, content)?;
    let names = names(notice, content, &language);
    match notice.channel {
        Channel::Email => email(templates, notice, content, &language, &names),
        Channel::Sms => {
            let text = templates.text(&path(&language, &notice.template, "sms"), &names)?;
            let text = plain_typography(text.trim());
            let (coding, segments) = sms_segments(&text);
            Ok(Rendered::Sms { text, coding, segments })
        }
        Channel::Letter => {
            let mut enclosed = Vec::new();
            for name in &content.attach {
                match own_document(name)? {
                    Some(template) => enclosed.push(document(templates, notice, &language, template)?),
                    None => enclosed.extend(invoices.iter().map(|pdf| pdf.to_vec())),
                }
            }
            let path = path(&language, &notice.template, "typ");
            let Printed { pdf, pages, .. } = with_copy(templates, notice, &path, &enclosed, Press::print)?;
            Ok(Rendered::Letter { pdf, pages })
        }
    }
}

/// The script of a task, `LANGUAGE/name.txt`, for the person who takes it up: in the debtor's language, or in the
/// creditor's where the templates lack it.
pub fn render_script(templates: &Templates, name: &str, content: &Content) -> Result<String, RenderError> {
    let wished = [content.language.clone(), content.creditor.locale.language()];
    let language = wished.iter().find(|language| templates.has(language, name, "txt"));
    let language = language.ok_or_else(|| RenderError::Missing { path: path(&content.language, name, "txt") })?;
    templates.text(&path(language, name, "txt"), &names_of(content, language))
}

/// The template of something that a step attaches; none for the invoices' own documents.
fn own_document(name: &str) -> Result<Option<&'static str>, RenderError> {
    Ok(match name {
        "statement" => Some("statement"),
        "payment_slip" => Some("payment-slip"),
        "invoice" => None,
        _ => return Err(RenderError::UnknownAttachment { name: name.to_owned() }),
    })
}

/// A document of our own that goes with a notice.
fn document(templates: &Templates, notice: &Notice, language: &str, template: &str) -> Result<Vec<u8>, RenderError> {
    Ok(with_copy(templates, notice, &path(language, template, "typ"), &[], Press::print)?.pdf)
}

/// Sets one typst template for a notice, in the language its path begins with, without the document: the words and where they stand.
pub(super) fn lay_out(templates: &Templates, notice: &Notice, path: &str) -> Result<Printed, RenderError> {
    with_copy(templates, notice, path, &[], Press::lay_out)
}

fn with_copy(
    templates: &Templates,
    notice: &Notice,
    path: &str,
    enclosed: &[Vec<u8>],
    set: fn(&Press, &Copy<'_>) -> Result<Printed, RenderError>,
) -> Result<Printed, RenderError> {
    let content = notice.content.as_deref().ok_or(RenderError::NoContent)?;
    let language = path.split('/').next().unwrap_or_default();
    let names = names(notice, content, language);
    let code = payment_code(content);
    let copy = Copy {
        path,
        names: &names,
        code: code.as_deref(),
        today: content.today,
        ident: format!("{}/{path}", notice.id),
        enclosed,
    };
    set(templates.press(), &copy)
}

/// The file that must exist for a channel.
pub(super) fn main_extension(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "txt",
        Channel::Sms => "sms",
        Channel::Letter => "typ",
    }
}

fn language(templates: &Templates, notice: &Notice, content: &Content) -> Result<String, RenderError> {
    let extension = main_extension(notice.channel);
    let wished = [content.language.clone(), content.creditor.locale.language()];
    let found = wished.iter().find(|language| templates.has(language, &notice.template, extension));
    found.cloned().ok_or_else(|| RenderError::Missing { path: path(&content.language, &notice.template, extension) })
}

fn email(
    templates: &Templates,
    notice: &Notice,
    content: &Content,
    language: &str,
    names: &Value,
) -> Result<Rendered, RenderError> {
    let file = |extension: &str| path(language, &notice.template, extension);
    let subject = templates.text(&file("subject"), names)?;
    let text = templates.text(&file("txt"), names)?;
    let html = match templates.has(language, &notice.template, "html") {
        true => Some(templates.text(&file("html"), names)?),
        false => None,
    };
    let mut attachments = Vec::new();
    for name in &content.attach {
        let Some(template) = own_document(name)? else { continue };
        let bytes = document(templates, notice, language, template)?;
        let name = format!("{template}-{}.pdf", content.today);
        attachments.push(Attachment { name, media_type: "application/pdf", bytes });
    }
    Ok(Rendered::Email { subject: one_line(&subject), text: ended(&text), html, attachments })
}

/// A header's value: whatever a template says, it stays on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// No blank lines at the end, exactly one line end.
fn ended(text: &str) -> String {
    format!("{}\n", text.trim_end())
}
