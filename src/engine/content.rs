//! What a notice says, as decided: recipient, invoices, totals, deadline, earlier notices.
//!
//! Formatting, wording and layout belong to `render`.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use super::days::civil_day;
use super::delivery::accepted_at;
use super::scene::{Scene, Walker};
use super::{charged, reach};
use crate::domain::{
    AllocationReason, Content, ListedInvoice, Locale, Money, Notice, Phase, PreviousNotice, Recipient, plain_amount,
};
use crate::workflow::{Message, Step, Workflow};

/// What a message says to the account about the cases listed; `None` where it reaches nobody.
pub(super) fn content(
    scene: &Scene<'_>,
    lead: &Walker<'_>,
    workflow: &Workflow,
    step: &Step,
    message: &Message,
    listed: &[&Walker<'_>],
) -> Option<Content> {
    let recipient = reach::recipient(scene, message)?;
    let deadline = step.deadline.map(|deadline| deadline.stated());
    let (attach, from) = (message.attach.clone(), message.from.clone());
    let stated = stated(scene, lead, workflow, step.phase, listed)?;
    Some(Content { recipient, deadline, attach, from, ..stated })
}

/// What there is to say about the cases listed, to nobody yet.
pub(super) fn stated(
    scene: &Scene<'_>,
    lead: &Walker<'_>,
    workflow: &Workflow,
    phase: Phase,
    listed: &[&Walker<'_>],
) -> Option<Content> {
    let (creditor, debtor) = (scene.creditor?, scene.debtor?);
    let locale = locale(scene, workflow)?;
    let mut invoices: Vec<ListedInvoice> = listed.iter().map(|walker| listed_invoice(scene, walker)).collect();
    invoices.sort_by(|a, b| (a.due_on, &a.number, &a.invoice).cmp(&(b.due_on, &b.number, &b.invoice)));
    Some(Content {
        language: locale.language(),
        locale,
        timezone: scene.zone(Some(workflow)),
        creditor: creditor.clone(),
        debtor_name: debtor.name.clone(),
        debtor_kind: debtor.kind,
        debtor_legal_id: debtor.legal_id.clone(),
        debtor_address: debtor.address.clone(),
        recipient: Recipient { role: None, name: None, email: None, phone: None, address: None, cc: Vec::new() },
        invoices,
        charges: charged::stated(scene, lead, workflow, listed, phase),
        deadline: None,
        previous: previous(scene, lead, listed),
        attach: Vec::new(),
        from: None,
        phase,
        today: lead.today,
    })
}

/// The debtor's locale, else the creditor's, as far as the workflow declares its language; else the first declared.
pub(super) fn locale(scene: &Scene<'_>, workflow: &Workflow) -> Option<Locale> {
    let wanted = scene.debtor?.locale.iter().chain(scene.creditor.map(|creditor| &creditor.locale));
    let declared = |locale: &&Locale| workflow.languages.is_empty() || workflow.languages.contains(&locale.language());
    let first = || workflow.languages.first().map(|language| Locale(language.clone()));
    wanted.into_iter().find(declared).cloned().or_else(first)
}

fn listed_invoice(scene: &Scene<'_>, walker: &Walker<'_>) -> ListedInvoice {
    let invoice = &walker.invoice.fact;
    let paid = match invoice.amount_due {
        Some(_) => invoice.total - walker.balance.open,
        None => {
            let counted = scene.ledger.of_invoice(walker.id());
            counted.filter(|one| one.why != AllocationReason::InPlatformBalance).map(|one| one.principal()).sum()
        }
    };
    ListedInvoice {
        invoice: invoice.id.clone(),
        number: invoice.number.clone(),
        currency: invoice.currency,
        issued_on: invoice.issued_on,
        due_on: walker.due_on.unwrap_or(invoice.issued_on),
        total: invoice.total,
        paid: paid.max(Decimal::ZERO),
        disputed: walker.balance.disputed,
        balance: walker.claimable(),
        overdue_days: walker.overdue_days(),
        purchase_order: invoice.purchase_order.clone(),
        document_url: invoice.document_url.clone(),
        document_sha256: invoice.document_sha256.clone(),
    }
}

/// What the listed invoices claim, by currency.
pub(super) fn totals(listed: &[&Walker<'_>]) -> Vec<Money> {
    let mut totals: Vec<Money> = Vec::new();
    for walker in listed {
        let currency = walker.balance.currency;
        match totals.iter_mut().find(|total| total.currency == currency) {
            Some(total) => total.amount += walker.claimable(),
            None => totals.push(Money::new(walker.claimable(), currency)),
        }
    }
    totals.sort_by_key(|total| total.currency);
    totals
}

/// Earlier notices about any of these cases, oldest first.
fn previous(scene: &Scene<'_>, lead: &Walker<'_>, listed: &[&Walker<'_>]) -> Vec<PreviousNotice> {
    let concerned =
        |notice: &&Notice| notice.lines.iter().any(|line| listed.iter().any(|walker| *walker.id() == line.invoice));
    let mut found: Vec<(chrono::DateTime<chrono::Utc>, PreviousNotice)> = scene
        .account
        .notices
        .values()
        .filter(concerned)
        .filter_map(|notice| {
            let at = accepted_at(scene.account, notice)?;
            let date: NaiveDate = civil_day(lead.zone, at);
            let (step, channel) = (notice.step.clone(), notice.channel);
            Some((at, PreviousNotice { step, channel, date, notice: notice.id }))
        })
        .collect();
    found.sort_by_key(|(at, previous)| (*at, previous.notice));
    found.into_iter().map(|(_, previous)| previous).collect()
}

/// The digest of what a person approves: step, revision, and for each message the recipient, template, service,
/// and the invoices with their amounts. The day and what follows from it are not part of it.
pub(super) fn digest(
    scene: &Scene<'_>,
    workflow: &Workflow,
    step: &Step,
    messages: &[&Message],
    listed: &[&Walker<'_>],
) -> String {
    let mut hash = Sha256::new();
    let mut put = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    put(workflow.revision.as_str());
    put(step.id.as_str());
    for message in messages {
        put(message.channel.as_str());
        put(&message.template);
        put(reach::service(scene, message).map_or("", |service| service.as_str()));
        if let Some(recipient) = reach::recipient(scene, message) {
            recipient_parts(&recipient, &mut put);
        }
    }
    for walker in listed {
        put(walker.id().as_str());
        put(&walker.invoice.fact.number);
        put(&plain_amount(walker.claimable(), walker.balance.currency));
        put(walker.balance.currency.code());
    }
    hex::encode(hash.finalize())
}

fn recipient_parts(recipient: &Recipient, put: &mut impl FnMut(&str)) {
    for text in [&recipient.name, &recipient.email, &recipient.phone] {
        put(text.as_deref().unwrap_or_default());
    }
    if let Some(address) = &recipient.address {
        address.lines.iter().chain([&address.postal_code, &address.city, &address.country]).for_each(|line| put(line));
    }
    recipient.cc.iter().for_each(|copy| put(copy));
}
