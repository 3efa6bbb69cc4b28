//! Invoices, credit notes and payments.

use rust_decimal::Decimal;

use super::Refusal;
use super::fields::{Field, Fields};
use crate::domain::{
    AmountDue, CreditNote, Currency, DebtorId, Invoice, InvoiceId, InvoiceVoided, NamedAllocation, Payment,
    PaymentsSynced,
};

pub(super) fn invoice(data: &Fields<'_, '_>) -> Result<Invoice, Refusal> {
    let currency = data.must("currency", |it| it.currency())?;
    let amount = |field: Field<'_, '_>| field.amount(currency);
    let issued_on = data.must("issued_on", |it| it.day())?;
    let due_on = data.may("due_on", |it| it.day())?;
    let terms = text(data, "terms")?;
    if due_on.is_some_and(|due_on| due_on < issued_on) {
        return Err(data.refuse("due_on", "is before `issued_on`; correct one of them"));
    }
    if due_on.is_none() && terms.is_none() {
        return Err(data.refuse("due_on", "is missing, and so is `terms`; give one of them"));
    }
    Ok(Invoice {
        id: InvoiceId::new(data.must("invoice", |it| it.id())?),
        number: data.must("number", |it| it.text())?,
        debtor: DebtorId::new(data.must("debtor", |it| it.id())?),
        currency,
        total: data.must("total", amount)?,
        net_total: data.may("net_total", amount)?,
        issued_on,
        due_on,
        terms,
        delivered_on: data.may("delivered_on", |it| it.day())?,
        sector: data.may("sector", |it| it.id())?,
        periodic: data.may("periodic", |it| it.flag())?.unwrap_or_default(),
        purchase_order: text(data, "purchase_order")?,
        document_url: text(data, "document_url")?,
        document_sha256: data.may("document_sha256", sha256)?,
        late_terms: note(data, "late_terms")?,
        tags: data.may("tags", |it| it.texts())?.unwrap_or_default(),
        paid_by: text(data, "paid_by")?,
        amount_due: amount_due(data, currency)?,
    })
}

fn amount_due(data: &Fields<'_, '_>, currency: Currency) -> Result<Option<AmountDue>, Refusal> {
    let amount = data.may("amount_due", |field| field.amount(currency))?;
    let as_of = data.may("as_of", |it| it.instant())?;
    match (amount, as_of) {
        (Some(amount), Some(as_of)) => Ok(Some(AmountDue { amount, as_of })),
        (Some(_), None) => Err(data.refuse("as_of", "is missing; say for which instant `amount_due` is true")),
        (None, Some(_)) => Err(data.refuse("amount_due", "is missing; `as_of` says nothing without it")),
        (None, None) => Ok(None),
    }
}

fn sha256(field: Field<'_, '_>) -> Result<String, Refusal> {
    let text = field.string()?;
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(field.refuse("is no SHA-256; write its 64 hexadecimal digits"));
    }
    Ok(text.to_ascii_lowercase())
}

pub(super) fn voided(data: &Fields<'_, '_>) -> Result<InvoiceVoided, Refusal> {
    Ok(InvoiceVoided {
        invoice: InvoiceId::new(data.must("invoice", |it| it.id())?),
        debtor: DebtorId::new(data.must("debtor", |it| it.id())?),
        reason: note(data, "reason")?,
    })
}

pub(super) fn credit_note(data: &Fields<'_, '_>) -> Result<CreditNote, Refusal> {
    let currency = data.must("currency", |it| it.currency())?;
    Ok(CreditNote {
        id: data.must("credit_note", |it| it.id())?,
        debtor: DebtorId::new(data.must("debtor", |it| it.id())?),
        invoice: data.may("invoice", |it| it.id())?.map(InvoiceId::new),
        currency,
        total: data.must("total", |field| field.amount(currency))?,
        issued_on: data.must("issued_on", |it| it.day())?,
    })
}

pub(super) fn payment(data: &Fields<'_, '_>) -> Result<Payment, Refusal> {
    let currency = data.must("currency", |it| it.currency())?;
    let amount = data.must("amount", |field| field.amount(currency))?;
    let allocations =
        data.may("allocations", |field| field.list(|item| allocation(item, currency)))?.unwrap_or_default();
    // Each is at most AMOUNT_UNITS_MAX and there are at most LIST_ITEMS_MAX: the sum cannot overflow.
    let allocated: Decimal = allocations.iter().map(|allocation| allocation.amount).sum();
    if allocated > amount {
        return Err(data.refuse("allocations", "add up to more than `amount`; allocate at most what was paid"));
    }
    Ok(Payment {
        id: data.must("payment", |it| it.id())?,
        debtor: DebtorId::new(data.must("debtor", |it| it.id())?),
        currency,
        amount,
        received_on: data.must("received_on", |it| it.day())?,
        allocations,
        reference: text(data, "reference")?,
        status: data.must("status", |it| it.word())?,
    })
}

fn allocation(field: Field<'_, '_>, paid_in: Currency) -> Result<NamedAllocation, Refusal> {
    field.object(|allocation| {
        if allocation.may("currency", |it| it.currency())?.is_some_and(|currency| currency != paid_in) {
            return Err(allocation.refuse("currency", "differs from the payment's; allocate in the same currency"));
        }
        Ok(NamedAllocation {
            invoice: InvoiceId::new(allocation.must("invoice", |it| it.id())?),
            amount: allocation.must("amount", |field| field.amount(paid_in))?,
        })
    })
}

pub(super) fn synced(data: &Fields<'_, '_>) -> Result<PaymentsSynced, Refusal> {
    Ok(PaymentsSynced { through: data.must("through", |it| it.instant())? })
}

fn text(data: &Fields<'_, '_>, name: &str) -> Result<Option<String>, Refusal> {
    Ok(data.may(name, |it| it.optional_text())?.flatten())
}

fn note(data: &Fields<'_, '_>, name: &str) -> Result<Option<String>, Refusal> {
    Ok(data.may(name, |it| it.optional_note())?.flatten())
}
