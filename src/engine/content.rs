//! What a notice says, as decided: recipient, invoices, totals, deadline, earlier notices.
//!
//! Formatting, wording and layout belong to `render`.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use super::asked::Asked;
use super::days::{civil_day, sane};
use super::delivery::{accepted_at, proof_among};
use super::reach;
use super::scene::{Scene, Walker};
use crate::domain::{
    AllocationReason, Content, DebtorKind, ListedInvoice, Locale, Money, Notice, Phase, PreviousNotice, Recipient,
    StatedCharges, plain_amount,
};
use crate::law::Claim;
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
        charges: charges(scene, lead, workflow, listed, phase),
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

/// Late charges to the day of the notice, by currency: stated from the formal notice on, earlier where they were
/// claimed, and without what was waived. What the law's data does not cover is left out, never guessed.
fn charges(
    scene: &Scene<'_>,
    lead: &Walker<'_>,
    workflow: &Workflow,
    listed: &[&Walker<'_>],
    phase: Phase,
) -> Vec<StatedCharges> {
    let Some(debtor) = scene.debtor else { return Vec::new() };
    let contract_rate = scene.creditor.and_then(|creditor| creditor.terms.as_ref()?.penalty_rate);
    let insolvency = scene.account.facts.insolvency.as_ref();
    let mut stated: Vec<StatedCharges> = Vec::new();
    for walker in listed {
        let Some(due_on) = walker.due_on else { continue };
        let asked = Asked::of(&scene.account.facts, walker.id());
        if phase < Phase::FormalNotice && !asked.is_claimed {
            continue;
        }
        let counted = scene.ledger.of_invoice(walker.id());
        let counted: Vec<_> = counted.filter(|one| one.why != AllocationReason::InPlatformBalance).collect();
        let mut reductions: Vec<_> = counted.iter().map(|one| (sane(one.day), one.principal())).collect();
        reductions.sort_unstable();
        let interest_paid = counted.iter().map(|one| one.interest).sum();
        let currency = walker.balance.currency;
        let claim = Claim {
            kind: debtor.kind,
            currency,
            principal: walker.balance.claimed - walker.balance.disputed,
            reductions: &reductions,
            due_on,
            formal_notice_on: formal_notice_on(scene, walker, workflow, debtor.kind),
            contract_rate,
            judgment_on: insolvency.map(|opened| sane(opened.fact.judgment_date)),
            interest_from: asked.interest_from,
            // What a court decides is counted by hand, with `relance charges`.
            enforceable_on: None,
            capitalised_from: None,
            statute: None,
        };
        let charged = scene.book.jurisdictions.charges(&workflow.jurisdiction, &claim, lead.today);
        let Ok(charges) = charged.map(|charges| charges.less(interest_paid)) else { continue };
        let index = stated.iter().position(|one| one.currency == currency).unwrap_or_else(|| {
            let (interest, lump_sum) = (Decimal::ZERO, Decimal::ZERO);
            stated.push(StatedCharges { currency, interest, lump_sum, statement: Vec::new() });
            stated.len() - 1
        });
        let one = &mut stated[index];
        if asked.interest {
            one.interest += charges.interest;
            one.statement.extend(charges.statement(&walker.invoice.fact.number));
        }
        if asked.lump_sum {
            one.lump_sum += charges.lump_sum;
        }
    }
    stated.retain(|one| !one.interest.is_zero() || !one.lump_sum.is_zero());
    stated.sort_by_key(|one| one.currency);
    stated
}

/// The day from which a formal notice about a case counts under its law: that of the first report that proves it.
fn formal_notice_on(
    scene: &Scene<'_>,
    walker: &Walker<'_>,
    workflow: &Workflow,
    kind: DebtorKind,
) -> Option<NaiveDate> {
    let law = scene.book.jurisdictions.get(&workflow.jurisdiction)?;
    let counts_from = law.charge_rule(kind, None).ok()??.notice_counts_from;
    let formal = workflow.steps.iter().filter(|step| step.phase == Phase::FormalNotice);
    let records = formal.flat_map(|step| walker.records(step));
    let at = records.filter_map(|record| proof_among(scene.account, &scene.reports, record, counts_from)).min();
    at.map(|at| civil_day(walker.zone, at))
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
