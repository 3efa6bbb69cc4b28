//! What people and carriers report: contacts, feedback, answers to approvals and tasks, states of notices.

use super::Refusal;
use super::closed::ContactChannel;
use super::fields::Fields;
use crate::domain::{
    ApprovalAnswered, ContactRecorded, DebtorId, FeedbackReceived, InvoiceId, NoticeId, NoticeRef, NoticeReported,
    StepId, TaskAnswered, TaskId, TaskRef,
};

pub(super) fn contact(data: &Fields<'_, '_>) -> Result<ContactRecorded, Refusal> {
    let ContactChannel(channel) = data.must("channel", |it| it.word())?;
    Ok(ContactRecorded {
        debtor: DebtorId::new(data.must("debtor", |it| it.id())?),
        channel: channel.to_owned(),
        direction: data.must("direction", |it| it.word())?,
        outcome: data.must("outcome", |it| it.text())?,
        at: data.must("at", |it| it.instant())?,
        note: note(data, "note")?,
        task: data.may("task", |it| it.id())?,
    })
}

pub(super) fn feedback(data: &Fields<'_, '_>) -> Result<FeedbackReceived, Refusal> {
    Ok(FeedbackReceived {
        debtor: DebtorId::new(data.must("debtor", |it| it.id())?),
        invoice: data.may("invoice", |it| it.id())?.map(InvoiceId::new),
        score: data.must("score", |it| it.decimal())?,
        comment: note(data, "comment")?,
    })
}

pub(super) fn approval(data: &Fields<'_, '_>) -> Result<ApprovalAnswered, Refusal> {
    Ok(ApprovalAnswered {
        invoice: InvoiceId::new(data.must("invoice", |it| it.id())?),
        step: StepId::new(data.must("step", |it| it.id())?),
        answer: data.must("answer", |it| it.word())?,
        by: data.must("by", |it| it.text())?,
        note: note(data, "note")?,
    })
}

pub(super) fn task(data: &Fields<'_, '_>) -> Result<TaskAnswered, Refusal> {
    let task = match (data.may("task", |it| it.uuid())?, step(data)?) {
        (Some(id), _) => TaskRef::Id(TaskId(id)),
        (None, Some((invoice, step))) => TaskRef::Step { invoice, step },
        (None, None) => return Err(data.refuse("task", "is missing; name the task, or its `invoice` and `step`")),
    };
    Ok(TaskAnswered {
        task,
        outcome: data.must("outcome", |it| it.text())?,
        by: data.must("by", |it| it.text())?,
        note: note(data, "note")?,
    })
}

pub(super) fn notice(data: &Fields<'_, '_>) -> Result<NoticeReported, Refusal> {
    let named = (data.may("notice", |it| it.uuid())?, data.may("provider_id", |it| it.id())?, step(data)?);
    let notice = match named {
        (Some(id), _, _) => NoticeRef::Id(NoticeId(id)),
        (None, Some(id), _) => NoticeRef::ProviderId(id),
        (None, None, Some((invoice, step))) => NoticeRef::Step {
            invoice,
            step,
            channel: data.may("channel", |it| it.word())?,
            occurrence: data.may("occurrence", |it| it.count())?,
        },
        (None, None, None) => {
            return Err(data.refuse("notice", "is missing; name it, its `provider_id`, or its `invoice` and `step`"));
        }
    };
    Ok(NoticeReported {
        notice,
        status: data.must("status", |it| it.word())?,
        at: data.must("at", |it| it.instant())?,
        proof: note(data, "proof")?,
    })
}

/// The case and step, where both are named.
fn step(data: &Fields<'_, '_>) -> Result<Option<(InvoiceId, StepId)>, Refusal> {
    match (data.may("invoice", |it| it.id())?, data.may("step", |it| it.id())?) {
        (Some(invoice), Some(step)) => Ok(Some((InvoiceId::new(invoice), StepId::new(step)))),
        _ => Ok(None),
    }
}

fn note(data: &Fields<'_, '_>, name: &str) -> Result<Option<String>, Refusal> {
    Ok(data.may(name, |it| it.optional_note())?.flatten())
}
