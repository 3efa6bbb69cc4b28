//! The events that tell the platform what was decided and what became of it: identifiers, amounts and dates, no
//! names, addresses or texts.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::desk::Seat;
use crate::domain::{
    AccountKey, Channel, Entry, InvoiceId, Kind, LetterService, Money, Notice, NoticeId, OutEventId, Reason, StepId,
    Task, TaskId, WorkflowName,
};
use crate::store::Outgoing;

/// The `source` of what relance publishes.
const SOURCE: &str = "/relance";
/// The kind of task that asks for an approval.
const APPROVAL: &str = "approval";

#[derive(Serialize)]
struct Envelope<'a> {
    specversion: &'static str,
    id: OutEventId,
    source: &'static str,
    r#type: &'a str,
    time: DateTime<Utc>,
    creditor: &'a str,
    datacontenttype: &'static str,
    data: Body<'a>,
}

/// The `data` of every outgoing event; absent keys are left out.
#[derive(Default, Serialize)]
#[serde(default)]
struct Body<'a> {
    debtor: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invoices: Vec<&'a InvoiceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<NoticeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<TaskId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<&'a WorkflowName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a StepId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<LetterService>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assign: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<chrono::NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    totals: Vec<Total>,
}

#[derive(Serialize)]
struct Total {
    amount: String,
    currency: &'static str,
}

impl From<&Money> for Total {
    fn from(money: &Money) -> Self {
        Self { amount: money.plain(), currency: money.currency.code() }
    }
}

/// Collects the events of one account at one sequence. Account, scope, sequence and place make their ids.
struct Writer<'a> {
    key: &'a AccountKey,
    scope: &'a str,
    seq: i64,
    now: DateTime<Utc>,
    events: &'a mut Vec<Outgoing>,
}

impl Writer<'_> {
    fn write(&mut self, kind: &str, time: DateTime<Utc>, data: Body<'_>) {
        let (creditor, debtor) = (self.key.creditor.as_str(), self.key.debtor.as_str());
        let (seq, place) = (self.seq.to_string(), self.events.len().to_string());
        let id = OutEventId::derive(&[creditor, debtor, self.scope, kind, &seq, &place]);
        let envelope = Envelope {
            specversion: "1.0",
            id,
            source: SOURCE,
            r#type: kind,
            time,
            creditor,
            datacontenttype: "application/json",
            data: Body { debtor, ..data },
        };
        // The shape is ours alone and holds nothing that JSON cannot say.
        let body = serde_json::to_string(&envelope).unwrap_or_default();
        self.events.push(Outgoing { id, creditor: self.key.creditor.clone(), kind: kind.to_owned(), body });
    }
}

/// What the decision about an account tells the platform.
pub(super) fn of_decision(seat: &Seat, now: DateTime<Utc>) -> Vec<Outgoing> {
    let decision = &seat.decision;
    let mut events = Vec::new();
    let mut out = Writer { key: &seat.account.key, scope: "decision", seq: seat.locked.seq, now, events: &mut events };
    for invoice in &seat.opened {
        out.write("case.opened", now, Body { invoices: vec![invoice], ..Body::default() });
    }
    for entry in &decision.entries {
        of_entry(&mut out, entry);
    }
    for notice in &decision.orders {
        out.write("notice.ordered", now, of_notice(notice));
    }
    for task in &decision.tasks {
        of_task(&mut out, task);
    }
    events
}

fn of_entry(out: &mut Writer<'_>, entry: &Entry) {
    let kind = match entry.kind {
        Kind::Held => "case.held",
        Kind::Resumed => "case.resumed",
        Kind::Settled => "case.settled",
        Kind::Exhausted => "case.exhausted",
        Kind::HandedOver => "case.handed_over",
        Kind::PromiseKept => "promise.kept",
        Kind::PromiseBroken => "promise.broken",
        Kind::PlanBroken => "plan.broken",
        Kind::Block => "debtor.block_requested",
        Kind::Unblock => "debtor.block_released",
        // An event of the workflow's own name.
        Kind::Published => entry.template.as_deref().unwrap_or("case.published"),
        Kind::Notice
        | Kind::Task
        | Kind::Approval
        | Kind::Approved
        | Kind::Rejected
        | Kind::Skipped
        | Kind::Reopened
        | Kind::Voided
        | Kind::PlanKept => return,
    };
    let total = entry.amount.zip(entry.currency).map(|(amount, currency)| Money::new(amount, currency));
    let body = Body {
        invoices: entry.invoices.iter().collect(),
        reason: entry.reason,
        workflow: entry.workflow.as_ref(),
        step: entry.step.as_ref(),
        block: entry.template.as_deref().filter(|_| matches!(entry.kind, Kind::Block | Kind::Unblock)),
        totals: total.iter().map(Total::from).collect(),
        ..Body::default()
    };
    out.write(kind, entry.at.to_utc(), body);
}

/// A task is announced when it is opened, not when it is answered.
fn of_task(out: &mut Writer<'_>, task: &Task) {
    if task.state != crate::domain::TaskState::Open || task.created_at < out.now {
        return;
    }
    let kind = if task.kind == APPROVAL { "approval.requested" } else { "task.created" };
    let body = Body {
        invoices: task.invoices.iter().collect(),
        task: Some(task.id),
        kind: Some(&task.kind),
        why: task.reason.as_deref(),
        workflow: task.workflow.as_ref(),
        step: task.step.as_ref(),
        assign: task.assign.as_deref(),
        due_on: task.due_on,
        ..Body::default()
    };
    out.write(kind, task.created_at, body);
}

fn of_notice(notice: &Notice) -> Body<'_> {
    Body {
        invoices: notice.lines.iter().map(|line| &line.invoice).collect(),
        notice: Some(notice.id),
        workflow: Some(&notice.workflow),
        step: Some(&notice.step),
        channel: Some(notice.channel),
        service: notice.service,
        totals: notice.totals.iter().map(Total::from).collect(),
        ..Body::default()
    }
}

/// What became of a notice: `notice.sent`, `notice.failed`, `notice.uncertain`, `notice.delivered`.
pub(super) fn of_outcome(
    seat: &Seat,
    kind: &str,
    notice: &Notice,
    provider_id: Option<&str>,
    time: DateTime<Utc>,
) -> Outgoing {
    let mut events = Vec::with_capacity(1);
    let scope = notice.id.to_string();
    let seq = seat.locked.seq;
    let mut out = Writer { key: &seat.account.key, scope: &scope, seq, now: time, events: &mut events };
    out.write(kind, time, Body { provider_id, ..of_notice(notice) });
    events.swap_remove(0)
}
