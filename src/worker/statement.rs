//! A statement about one creditor: counted account by account, in bounded memory, and put into a mail.
//!
//! Nothing is locked and nothing is written. All of it is about the one creditor that is named; that is the only
//! place where it is chosen whose accounts are read.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{Library, figures, in_time};
use crate::advance;
use crate::channels::{Sender, email};
use crate::domain::{
    Account, Aging, Creditor, CreditorId, DebtorId, Digest, Matrix, NoticeId, Recipient, WorkflowName,
};
use crate::engine::{View, count, owed_on};
use crate::render::{self, Lines, Mail, Provision, Templates};
use crate::store::{Claim, Run, StoreError, Writer};
use crate::workflow::{Schedule, Work};

/// Accounts read at once: few questions for a large book, and some tens of megabytes where each has a long history.
const PORTION_ACCOUNTS: usize = 400;
/// Days that a digest looks back and ahead.
const WEEK_DAYS: u64 = 7;

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The schedule.
    pub schedule: &'a Schedule,
    /// The workflow it stands in.
    pub workflow: Option<&'a WorkflowName>,
    /// About whom.
    pub creditor: &'a CreditorId,
    /// The day whose evening the figures are of.
    pub as_of: NaiveDate,
    /// The moment.
    pub now: DateTime<Utc>,
    /// The run that it is made for, and its claim: held again with each portion that was read.
    pub held: Option<(&'a Claim, &'a Run)>,
}

/// A statement ready to be sent.
#[derive(Clone, Debug)]
pub struct Statement {
    /// How it reads.
    pub mail: Mail,
    /// Whom it goes to.
    pub recipient: Recipient,
    /// Whom it comes from: the creditor itself.
    pub sender: Sender,
    /// What goes with it.
    pub attachments: Vec<email::Attachment>,
    /// The figures as the `data` of an event, where the schedule asks for one.
    pub event: Option<String>,
}

/// Why a statement cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The tables.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing is known of the creditor.
    #[error("the creditor is not known; publish `creditor.upserted`, or correct `creditor:` of the schedule")]
    UnknownCreditor,
    /// Somebody else makes it.
    #[error("its run went to other hands meanwhile")]
    Lost,
    /// The templates.
    #[error(transparent)]
    Render(#[from] render::RenderError),
    /// An address.
    #[error(transparent)]
    Compose(#[from] email::ComposeError),
}

/// Makes it.
///
/// # Errors
///
/// When Postgres is away, the creditor is not known, or the template is wrong.
pub async fn make(writer: &mut Writer, library: &Library, order: Order<'_>) -> Result<Statement, StatementError> {
    let known = in_time(advance::creditor(writer, order.creditor)).await?;
    let creditor = known.ok_or(StatementError::UnknownCreditor)?;
    let newest = &library.book().newest;
    let template_of = order.workflow.map_or_else(|| newest.values().next(), |name| newest.get(name));
    let kept = template_of.and_then(|workflow| library.templates(&workflow.name, &workflow.revision));
    let has = |templates: &Templates| {
        !templates.languages().iter().all(|language| !templates.has(language, order.schedule.work.as_str(), "txt"))
    };
    // A workflow kept by an earlier version of relance has no statements among its templates.
    let templates = kept.filter(|kept| has(kept)).unwrap_or_else(|| std::sync::Arc::new(Templates::shipped()));
    let reader =
        render::Reader { creditor: &creditor, language: order.schedule.language.as_deref(), workflow: order.workflow };
    let (mail, attachments, figures) = match &order.schedule.work {
        Work::Digest => {
            let digest = digest(writer, library, order).await?;
            (render::render_digest(&templates, &digest, reader)?, vec![], figures::of_digest(&order, &digest))
        }
        Work::Provision(matrix) => {
            let (provision, lines) = provision(writer, library, order, matrix).await?;
            let name = format!("provision-{}.csv", order.as_of);
            let mail = render::render_provision(&templates, &provision, &name, reader)?;
            let bytes = lines.file(&provision);
            let file = email::Attachment { name, media_type: "text/csv; charset=utf-8".to_owned(), bytes };
            (mail, vec![file], figures::of_provision(&order, &provision))
        }
    };
    let (recipient, sender) = (recipient(order.schedule, &creditor), sender(&creditor));
    let event = order.schedule.event.then_some(figures);
    Ok(Statement { mail, recipient, sender, attachments, event })
}

impl Statement {
    /// The message, whose identifier is `id` and whose date is `at`: the same each time it is composed.
    ///
    /// # Errors
    ///
    /// When an address is none, or the message would be too large.
    pub fn message(&self, id: NoticeId, at: DateTime<Utc>) -> Result<Vec<u8>, email::ComposeError> {
        email::compose(&email::Email {
            notice: id,
            at,
            sender: &self.sender,
            recipient: &self.recipient,
            thread: &[],
            subject: &self.mail.subject,
            text: &self.mail.text,
            html: self.mail.html.as_deref(),
            attachments: &self.attachments,
        })
    }
}

/// The addresses of the schedule, else the creditor's own: where it wants answers, else whence it writes.
pub fn recipient(schedule: &Schedule, creditor: &Creditor) -> Recipient {
    let own = creditor.reply_to.as_deref().unwrap_or(&creditor.email_from);
    let bare = own.split_once('<').map_or(own, |(_, rest)| rest.trim_end_matches('>'));
    let mut addresses = schedule.to.iter().cloned();
    let first = addresses.next().unwrap_or_else(|| bare.trim().to_owned());
    Recipient { role: None, name: None, email: Some(first), phone: None, address: None, cc: addresses.collect() }
}

/// The creditor as sender.
pub fn sender(creditor: &Creditor) -> Sender {
    Sender {
        name: creditor.name.clone(),
        email: creditor.email_from.clone(),
        reply_to: creditor.reply_to.clone(),
        phone: creditor.phone.clone(),
        address: creditor.address.clone(),
    }
}

fn view<'a>(order: &Order<'a>) -> View<'a> {
    View {
        as_of: order.as_of,
        end: order.schedule.timetable.end_of(order.as_of),
        now: order.now,
        zone: order.schedule.timetable.zone(),
        workflow: order.workflow,
    }
}

/// The next accounts after a debtor. The claim of the run holds for as long again.
async fn portion(
    writer: &mut Writer,
    order: &Order<'_>,
    after: &str,
) -> Result<Vec<(Account, Option<DateTime<Utc>>)>, StatementError> {
    let portion = in_time(advance::survey(writer, order.creditor, after, PORTION_ACCOUNTS)).await?;
    if let Some((claim, run)) = order.held
        && !in_time(writer.hold_run(claim, run)).await?
    {
        return Err(StatementError::Lost);
    }
    Ok(portion)
}

async fn digest(writer: &mut Writer, library: &Library, order: Order<'_>) -> Result<Digest, StatementError> {
    let (view, book) = (view(&order), library.book());
    let far = Days::new(WEEK_DAYS);
    let from = order.as_of.checked_sub_days(Days::new(WEEK_DAYS - 1)).unwrap_or(order.as_of);
    let mut digest = Digest::new(from, order.as_of, order.as_of.checked_add_days(far).unwrap_or(order.as_of));
    let mut after = String::new();
    loop {
        let portion = portion(writer, &order, &after).await?;
        let Some((last, _)) = portion.last() else { break };
        last.key.debtor.as_str().clone_into(&mut after);
        for (account, wakes_at) in &portion {
            count(&mut digest, account, &book, *wakes_at, &view);
            // Days of decisions for each account: whatever else runs on this thread has its turn between two.
            tokio::task::yield_now().await;
        }
    }
    digest.quarantined = in_time(writer.quarantined(order.creditor)).await?;
    Ok(digest)
}

async fn provision(
    writer: &mut Writer,
    library: &Library,
    order: Order<'_>,
    matrix: &Matrix,
) -> Result<(Provision, Lines), StatementError> {
    let (view, book) = (view(&order), library.book());
    let (mut owed, mut provided, mut lines) = (Aging::default(), Aging::default(), Lines::new(order.as_of));
    let mut after = DebtorId::from("");
    loop {
        let portion = portion(writer, &order, after.as_str()).await?;
        let Some((last, _)) = portion.last() else { break };
        after = last.key.debtor.clone();
        for (account, _) in &portion {
            for part in owed_on(account, &book, &view) {
                owed.count(&part);
                provided.add(part.currency, part.class, matrix.provision(&part));
                lines.add(&account.key.debtor, &part, matrix);
            }
        }
    }
    let is_itemised = lines.is_itemised();
    Ok((Provision { as_of: order.as_of, matrix: matrix.clone(), owed, provided, is_itemised }, lines))
}
