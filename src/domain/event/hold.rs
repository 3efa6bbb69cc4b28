//! What holds an account back: insolvency, disputes, promises, plans and holds placed by hand.

use super::Refusal;
use super::fields::{Field, Fields};
use crate::domain::{
    DebtorId, DisputeOpened, DisputeResolved, HoldPlaced, InsolvencyOpened, Instalment, InvoiceId, PlanAgreed,
    PromiseMade,
};

pub(super) fn insolvency(data: &Fields<'_, '_>) -> Result<InsolvencyOpened, Refusal> {
    Ok(InsolvencyOpened {
        debtor: debtor(data)?,
        procedure: data.must("procedure", |it| it.text())?,
        judgment_date: data.must("judgment_date", |it| it.day())?,
        published_on: data.may("published_on", |it| it.day())?,
        representative: note(data, "representative")?,
    })
}

pub(super) fn dispute_opened(data: &Fields<'_, '_>) -> Result<DisputeOpened, Refusal> {
    Ok(DisputeOpened {
        id: data.must("dispute", |it| it.id())?,
        debtor: debtor(data)?,
        invoice: InvoiceId::new(data.must("invoice", |it| it.id())?),
        amount: data.may("amount", |it| it.positive())?,
        category: note(data, "category")?,
        reason: note(data, "reason")?,
    })
}

pub(super) fn dispute_resolved(data: &Fields<'_, '_>) -> Result<DisputeResolved, Refusal> {
    Ok(DisputeResolved { id: data.must("dispute", |it| it.id())?, outcome: data.must("outcome", |it| it.word())? })
}

pub(super) fn promise(data: &Fields<'_, '_>) -> Result<PromiseMade, Refusal> {
    Ok(PromiseMade {
        id: data.must("promise", |it| it.id())?,
        debtor: debtor(data)?,
        invoices: data.may("invoices", invoices)?.unwrap_or_default(),
        amount: data.must("amount", |it| it.positive())?,
        pay_by: data.must("pay_by", |it| it.day())?,
        said_by: note(data, "said_by")?,
        channel: note(data, "channel")?,
    })
}

pub(super) fn plan(data: &Fields<'_, '_>) -> Result<PlanAgreed, Refusal> {
    let plan = PlanAgreed {
        id: data.must("plan", |it| it.id())?,
        debtor: debtor(data)?,
        invoices: data.must("invoices", invoices)?,
        instalments: data.must("instalments", |field| field.list(instalment))?,
    };
    if plan.invoices.is_empty() {
        return Err(data.refuse("invoices", "is empty; name the invoices of the plan"));
    }
    if plan.instalments.is_empty() {
        return Err(data.refuse("instalments", "is empty; write at least one instalment"));
    }
    Ok(plan)
}

fn instalment(field: Field<'_, '_>) -> Result<Instalment, Refusal> {
    field.object(|instalment| {
        Ok(Instalment {
            due_on: instalment.must("due_on", |it| it.day())?,
            amount: instalment.must("amount", |it| it.positive())?,
        })
    })
}

pub(super) fn hold(data: &Fields<'_, '_>) -> Result<HoldPlaced, Refusal> {
    Ok(HoldPlaced {
        id: data.must("hold", |it| it.id())?,
        debtor: debtor(data)?,
        invoice: data.may("invoice", |it| it.id())?.map(InvoiceId::new),
        reason: data.must("reason", |it| it.text())?,
        until: data.may("until", |it| it.day())?,
    })
}

fn debtor(data: &Fields<'_, '_>) -> Result<DebtorId, Refusal> {
    Ok(DebtorId::new(data.must("debtor", |it| it.id())?))
}

fn invoices(field: Field<'_, '_>) -> Result<Vec<InvoiceId>, Refusal> {
    field.list(|item| Ok(InvoiceId::new(item.id()?)))
}

fn note(data: &Fields<'_, '_>, name: &str) -> Result<Option<String>, Refusal> {
    Ok(data.may(name, |it| it.optional_note())?.flatten())
}
