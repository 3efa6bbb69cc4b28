//! Preparing claimed notices: invoices fetched, templates rendered, ready to be handed over.
//!
//! A notice that cannot be prepared is not sent at all: what may pass is tried again later, what will not pass
//! is refused with its reason, so that a person is asked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use super::letterbox::{self, LetterboxError};
use super::{Library, Parts};
use crate::channels::{Documents, FetchError, Outgoing, email};
use crate::domain::Notice;
use crate::store::{Claim, Claimed, Outcome, Recorded, Writer};

/// Invoices fetched at the same time: the platform's file server is not ours to overload.
const FETCHED_AT_ONCE: usize = 8;
/// How long a notice waits for an invoice that cannot be fetched, or a revision that is not known, for now.
const AGAIN_SECONDS: u64 = 300;
/// What a step names to attach the invoices' own PDFs.
const INVOICE: &str = "invoice";

/// Why a notice cannot be prepared.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error(transparent)]
    Letterbox(#[from] LetterboxError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// Notices with what the channels are given.
pub type Ready = Vec<(Claimed, Outgoing)>;

/// Prepares notices; those that cannot be are told as records of their claim.
pub async fn prepare(
    parts: &Parts,
    writer: &mut Writer,
    claim: &Claim,
    claimed: Vec<Claimed>,
) -> (Ready, Vec<Recorded>) {
    let library = library(parts, writer, &claimed).await;
    // One slow file server must not use up the claim of the whole batch.
    let until = Instant::now() + parts.pace.lease / 4;
    let fetched: Vec<(Claimed, Result<Vec<email::Attachment>, FetchError>)> =
        stream::iter(claimed.into_iter().map(|claimed| async {
            let attached = timeout_at(until, attached(&parts.documents, &claimed.notice)).await;
            let late = || FetchError::Later("it took too long".to_owned());
            (claimed, attached.unwrap_or_else(|_| Err(late())))
        }))
        .buffer_unordered(FETCHED_AT_ONCE)
        .collect()
        .await;
    // Rendering takes milliseconds of a whole core, so it runs on the threads for blocking work.
    let rendered = tokio::task::spawn_blocking(move || {
        let render = |(claimed, attached): (Claimed, Result<Vec<email::Attachment>, FetchError>)| {
            let render = |attached| {
                catch_unwind(AssertUnwindSafe(|| render(&library, &claimed, attached)))
                    .unwrap_or(Err(LetterboxError::Failed))
            };
            let outgoing = attached.map_err(Unfit::from).and_then(|attached| Ok(render(attached)?));
            (claimed, outgoing)
        };
        fetched.into_iter().map(render).collect::<Vec<_>>()
    });
    let (mut ready, mut unfit) = (Vec::new(), Vec::new());
    // Only a runtime that is ending ends here; the claims then run out and the notices are ordered again.
    for (claimed, outgoing) in rendered.await.unwrap_or_default() {
        match outgoing {
            Ok(outgoing) => ready.push((claimed, outgoing)),
            Err(why) => unfit.push(record(claim, &claimed, &why)),
        }
    }
    (ready, unfit)
}

/// The library; read anew where a notice was ordered on a revision that it does not hold yet.
async fn library(parts: &Parts, writer: &mut Writer, claimed: &[Claimed]) -> Arc<Library> {
    let library = parts.shelf.library();
    let is_known = |one: &Claimed| library.templates(&one.notice.workflow, &one.notice.revision).is_some();
    if claimed.iter().all(is_known) {
        return library;
    }
    if let Err(why) = parts.shelf.renew(writer).await {
        tracing::warn!(%why, "a revision that is not known yet could not be read");
    }
    parts.shelf.library()
}

/// The invoices' own PDFs, where the step asks for them and the platform said where they are.
async fn attached(documents: &Documents, notice: &Notice) -> Result<Vec<email::Attachment>, FetchError> {
    let Some(content) = notice.content.as_deref() else { return Ok(vec![]) };
    if !content.attach.iter().any(|attached| attached == INVOICE) {
        return Ok(vec![]);
    }
    let (mut found, mut bytes_all) = (Vec::new(), 0);
    for invoice in &content.invoices {
        if let Some(url) = &invoice.document_url {
            let bytes = documents.fetch(url, invoice.document_sha256.as_deref()).await?;
            bytes_all += bytes.len();
            if bytes_all > email::MESSAGE_BYTES_MAX {
                return Err(FetchError::Never("its invoices together are larger than 20 MB"));
            }
            let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
            let name = format!("{}.pdf", invoice.number.chars().map(plain).collect::<String>());
            found.push(email::Attachment { name, media_type: "application/pdf".to_owned(), bytes });
        }
    }
    Ok(found)
}

fn render(library: &Library, claimed: &Claimed, attached: Vec<email::Attachment>) -> Result<Outgoing, LetterboxError> {
    let Notice { workflow, revision, content, .. } = &claimed.notice;
    let templates =
        library.templates(workflow, revision).ok_or_else(|| LetterboxError::NoTemplates(workflow.clone()))?;
    let content = content.as_deref().ok_or(LetterboxError::NoContent)?;
    let body = letterbox::body(&templates, &claimed.notice, attached)?;
    Ok(letterbox::outgoing(claimed, content, body, None))
}

fn record(claim: &Claim, claimed: &Claimed, why: &Unfit) -> Recorded {
    tracing::error!(notice = %claimed.notice.id, %why, "a notice cannot be prepared");
    let outcome = match why {
        // A revision that this program cannot read is known to a newer one.
        Unfit::Fetch(FetchError::Later(_)) | Unfit::Letterbox(LetterboxError::NoTemplates(_)) => {
            Outcome::Retry(Duration::from_secs(AGAIN_SECONDS))
        }
        Unfit::Fetch(FetchError::Never(_)) | Unfit::Letterbox(_) => Outcome::Rejected,
    };
    Recorded {
        key: claimed.key.clone(),
        notice: claimed.notice.id,
        token: claim.token,
        provider: claimed.notice.provider.clone().unwrap_or_else(|| claimed.notice.channel.as_str().to_owned()),
        provider_id: None,
        outcome,
        detail: Some(why.to_string()),
    }
}
