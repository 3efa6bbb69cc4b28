//! From a claimed notice to the exact bytes that leave, and back from kept bytes to the same thing.
//!
//! Pure but for the templates: no network, no tables.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::channels::{Body, Outgoing, Sender, email};
use crate::domain::{Channel, Content, Notice, Recipient};
use crate::render::{Rendered, Templates, render};
use crate::store::{Claimed, Document};

/// Why a notice cannot be put into bytes; no try will change it, the template or the creditor's particulars must.
#[derive(Debug, thiserror::Error)]
pub enum LetterboxError {
    /// The templates.
    #[error(transparent)]
    Render(#[from] crate::render::RenderError),
    /// The email.
    #[error(transparent)]
    Compose(#[from] email::ComposeError),
    /// No templates are known for its revision.
    #[error("no templates are known for the revision of workflow {0}")]
    NoTemplates(crate::domain::WorkflowName),
    /// It was loaded without its content.
    #[error("it was loaded without its content")]
    NoContent,
    /// The renderer failed: a defect, which must not keep other notices waiting.
    #[error("the renderer failed on it, which is a defect of relance")]
    Failed,
}

/// Renders a notice. `at` is the Date of an email: the instant of the order, so that the same notice has the
/// same bytes whenever it is rendered. `attached` are files fetched for it.
pub fn body(templates: &Templates, notice: &Notice, attached: Vec<email::Attachment>) -> Result<Body, LetterboxError> {
    let content = notice.content.as_deref().ok_or(LetterboxError::NoContent)?;
    let invoices: Vec<&[u8]> = attached.iter().map(|file| &file.bytes[..]).collect();
    Ok(match render(templates, notice, &invoices)? {
        Rendered::Sms { text, .. } => Body::Sms { text },
        Rendered::Letter { pdf, .. } => Body::Letter { pdf },
        Rendered::Email { subject, text, html, attachments } => {
            let own = attachments.into_iter().map(|file| email::Attachment {
                name: file.name,
                media_type: file.media_type.to_owned(),
                bytes: file.bytes,
            });
            let attachments: Vec<email::Attachment> = own.chain(attached).collect();
            let message = email::compose(&email::Email {
                notice: notice.id,
                at: notice.ordered_at,
                sender: &Sender::of(content),
                recipient: &content.recipient,
                thread: &email::thread(content),
                subject: &subject,
                text: &text,
                html: html.as_deref(),
                attachments: &attachments,
            })?;
            Body::Email { message }
        }
    })
}

/// What the channels are given.
pub fn outgoing(claimed: &Claimed, content: &Content, body: Body, may_have_left: Option<Duration>) -> Outgoing {
    let captures: BTreeMap<String, String> =
        claimed.captured.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    Outgoing {
        notice: claimed.notice.id,
        creditor: claimed.key.creditor.clone(),
        service: claimed.notice.service,
        provider: claimed.notice.provider.clone(),
        on: content.today,
        recipient: addressee(body.channel(), content),
        sender: Sender::of(content),
        body,
        captures,
        may_have_left,
    }
}

/// Whom a carrier is told: a letter goes to the debtor whose address it bears, and no message goes to nobody.
fn addressee(channel: Channel, content: &Content) -> Recipient {
    let recipient = content.recipient.clone();
    let debtor = Some(content.debtor_name.clone());
    let name = match channel {
        Channel::Letter => debtor,
        Channel::Sms => recipient.name.or(debtor),
        Channel::Email => recipient.name,
    };
    Recipient { name, ..recipient }
}

/// What is kept as evidence before anything leaves.
pub fn document(body: &Body) -> Document {
    Document {
        name: name_of(body.channel()).to_owned(),
        media_type: body.media_type().to_owned(),
        bytes: body.bytes().to_vec(),
    }
}

/// The kept bytes of a notice, among its documents.
pub fn kept_body(channel: Channel, documents: Vec<Document>) -> Option<Body> {
    let kept = documents.into_iter().rfind(|document| document.name == name_of(channel))?;
    Body::of_evidence(channel, kept.bytes)
}

fn name_of(channel: Channel) -> &'static str {
    match channel {
        Channel::Email | Channel::Sms => "message",
        Channel::Letter => "letter",
    }
}

/// How long ago a notice may first have left at the most: since it was ordered. A clock that was set back cannot
/// tell; then no key is trusted to be known still.
pub fn age(notice: &Notice, now: DateTime<Utc>) -> Duration {
    (now - notice.ordered_at).to_std().unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DebtorKind, Phase};
    use crate::render::{Shape, sample_notice};

    #[test]
    fn no_letter_or_text_message_goes_to_nobody() {
        let sample =
            sample_notice(Shape::Bare, Channel::Letter, "fr", DebtorKind::Business, Phase::Reminder, "reminder-letter");
        let mut content = sample.content.unwrap();
        for (person, sms, email) in [(None, &content.debtor_name.clone()[..], None), (Some("Ada"), "Ada", Some("Ada"))]
        {
            content.recipient.name = person.map(str::to_owned);
            assert_eq!(addressee(Channel::Letter, &content).name.as_ref(), Some(&content.debtor_name));
            assert_eq!(addressee(Channel::Sms, &content).name.as_deref(), Some(sms));
            assert_eq!(addressee(Channel::Email, &content).name.as_deref(), email);
        }
    }
}
