//! What a notice looks like: email, SMS and letter from templates, bytes in memory.
//!
//! Nothing here decides whether, when or to whom; a notice arrives with its content as decided. Nothing here reads
//! files, a clock or a network: the caller reads template files and hands them in, and the same notice with the same
//! templates gives the same bytes. Invoices that a notice attaches are fetched by whoever sends it.

mod check;
mod enclosed;
pub mod expression;
mod format;
mod gsm;
mod letter;
mod message;
mod names;
mod problem;
mod qr;
mod sample;
mod shipped;
mod statement;
mod tags;
mod templates;
mod wording;

#[cfg(test)]
mod tests;

pub use check::{
    Avoided, Collector, ScriptUse, TemplateUse, WordList, check_scripts, check_templates, check_words,
    unused_templates, word_list_schema,
};
pub use gsm::{SmsCoding, sms_segments};
pub use message::{Attachment, Rendered, render, render_script};
pub use problem::Problem;
pub use sample::{Shape, sample_names, sample_notice};
pub use shipped::SHIPPED_WORDS;
pub use statement::{LINES_MAX, Lines, Mail, Provision, Reader, render_digest, render_provision};
pub use templates::Templates;

/// Why a notice could not be rendered. None of these passes by itself: the template, or the workflow that names it, must
/// be mended. The texts name files and lines, never a debtor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The notice was loaded without what it says.
    #[error("the notice was loaded without its content")]
    NoContent,
    /// There is no such file in the notice's language, nor in the creditor's.
    #[error("template {path} does not exist")]
    Missing {
        /// The file that was looked for first.
        path: String,
    },
    /// A template does not compile, uses a name that does not exist, or takes too long.
    #[error("template {path}{}: {message}", line.map(|line| format!(":{line}")).unwrap_or_default())]
    Template {
        /// The file.
        path: String,
        /// The line, from 1.
        line: Option<usize>,
        /// The place in bytes of the file, where it is known.
        place: Option<std::ops::Range<usize>>,
        /// The code of `relance check` for it.
        code: &'static str,
        /// What is wrong.
        message: String,
    },
    /// A document cannot go with a letter.
    #[error("a document cannot go with the letter: {why}")]
    Enclosure {
        /// Why not.
        why: &'static str,
    },
    /// A notice is to attach something that is not `invoice`, `statement` or `payment_slip`.
    #[error("`{name}` cannot be attached; known are invoice, statement and payment_slip")]
    UnknownAttachment {
        /// What the step asked for.
        name: String,
    },
}
