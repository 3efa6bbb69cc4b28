//! `charges.claimed`, `charges.waived` and `limitation.interrupted`.

use super::Refusal;
use super::fields::Fields;
use crate::domain::{ChargesClaimed, ChargesWaived, DebtorId, InvoiceId, LimitationInterrupted};

pub(super) fn claimed(data: &Fields<'_, '_>) -> Result<ChargesClaimed, Refusal> {
    Ok(ChargesClaimed {
        id: data.must("claim", |it| it.id())?,
        debtor: debtor(data)?,
        invoice: invoice(data)?,
        by: data.may("by", |it| it.optional_text())?.flatten(),
        note: note(data)?,
    })
}

pub(super) fn waived(data: &Fields<'_, '_>) -> Result<ChargesWaived, Refusal> {
    Ok(ChargesWaived {
        id: data.must("waiver", |it| it.id())?,
        debtor: debtor(data)?,
        invoice: invoice(data)?,
        parts: data.may("parts", |field| field.list(|it| it.word()))?.unwrap_or_default(),
        through: data.may("through", |it| it.day())?,
        by: data.may("by", |it| it.optional_text())?.flatten(),
        reason: data.must("reason", |it| it.text())?,
    })
}

pub(super) fn interrupted(data: &Fields<'_, '_>) -> Result<LimitationInterrupted, Refusal> {
    let invoices = data.must("invoices", |field| field.list(|item| Ok(InvoiceId::new(item.id()?))))?;
    if invoices.is_empty() {
        return Err(data.refuse("invoices", "is empty; name the invoices whose limitation it interrupts"));
    }
    Ok(LimitationInterrupted {
        id: data.must("interruption", |it| it.id())?,
        debtor: debtor(data)?,
        invoices,
        cause: data.must("cause", |it| it.word())?,
        on: data.must("on", |it| it.day())?,
        note: note(data)?,
    })
}

fn debtor(data: &Fields<'_, '_>) -> Result<DebtorId, Refusal> {
    Ok(DebtorId::new(data.must("debtor", |it| it.id())?))
}

fn invoice(data: &Fields<'_, '_>) -> Result<Option<InvoiceId>, Refusal> {
    Ok(data.may("invoice", |it| it.id())?.map(InvoiceId::new))
}

fn note(data: &Fields<'_, '_>) -> Result<Option<String>, Refusal> {
    Ok(data.may("note", |it| it.optional_note())?.flatten())
}
