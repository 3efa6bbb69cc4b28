//! The events that tell the platform what was decided and what became of it: identifiers, amounts and dates, no
//! names, addresses or texts.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::desk::Seat;
use crate::domain::{
    Account, AccountKey, Block, Channel, Entry, InvoiceId, Kind, LetterService, Money, Notice, NoticeId, OutEventId,
    Reason, StepId, Task, TaskId, WorkflowName,
};
use crate::engine::{Book, CREDIT_WARNING, deposit};
use crate::store::Outgoing;
use crate::workflow::Action;

/// The kind of task that asks for an approval.
const APPROVAL: &str = "approval";

/// The `data` of every outgoing event; absent keys are left out.
#[derive(Default, Serialize)]
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
    ends_on: Option<chrono::NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    totals: Vec<Total>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Total>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deposit: Option<Total>,
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
        // The shape is ours alone and holds nothing that JSON cannot say.
        let data = serde_json::to_string(&Body { debtor, ..data }).unwrap_or_default();
        self.events.push(Outgoing { id, creditor: self.key.creditor.clone(), kind: kind.to_owned(), at: time, data });
    }
}

/// What the decision about an account tells the platform.
pub(super) fn of_decision(seat: &Seat, book: &Book, now: DateTime<Utc>) -> Vec<Outgoing> {
    let decision = &seat.decision;
    let mut events = Vec::new();
    let mut out = Writer { key: &seat.account.key, scope: "decision", seq: seat.locked.seq, now, events: &mut events };
    for invoice in &seat.opened {
        out.write("case.opened", now, Body { invoices: vec![invoice], ..Body::default() });
    }
    for entry in &decision.entries {
        match entry.kind {
            Kind::Published => published(&mut out, book, &seat.account, entry),
            _ => of_entry(&mut out, entry),
        }
    }
    for block in &decision.blocks {
        of_block(&mut out, block, seat.asked.contains(&block.name));
    }
    for notice in &decision.orders {
        out.write("notice.ordered", now, of_notice(notice));
    }
    for task in decision.tasks.iter().filter(|task| seat.begun.contains(&task.id)) {
        of_task(&mut out, task);
    }
    for (invoice, last) in &seat.near {
        of_limitation(&mut out, &seat.account, invoice, *last);
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
        Kind::Notice
        | Kind::Task
        | Kind::Approval
        | Kind::Approved
        | Kind::Rejected
        | Kind::Skipped
        | Kind::Reopened
        | Kind::Voided
        | Kind::PlanKept
        | Kind::Block
        | Kind::Unblock
        | Kind::Published => return,
    };
    out.write(kind, entry.at.to_utc(), of_lines(entry));
}

fn of_lines(entry: &Entry) -> Body<'_> {
    let total = entry.amount.zip(entry.currency).map(|(amount, currency)| Money::new(amount, currency));
    Body {
        invoices: entry.invoices.iter().collect(),
        reason: entry.reason,
        workflow: entry.workflow.as_ref(),
        step: entry.step.as_ref(),
        totals: total.iter().map(Total::from).collect(),
        ..Body::default()
    }
}

/// Events of the workflow's own name: those the entry's step publishes. The entry says which one it is about.
fn published(out: &mut Writer<'_>, book: &Book, account: &Account, entry: &Entry) {
    let Some(step) = &entry.step else { return of_credit_warning(out, book, account, entry) };
    let case = entry.invoices.first().and_then(|invoice| account.cases.get(invoice));
    let workflow = case.and_then(|case| book.revision(case.workflow.as_ref()?));
    let step = workflow.and_then(|workflow| workflow.step(step));
    let Some((_, step)) = step else { return };
    for action in &step.actions {
        if let Action::Publish(name) = action
            && entry.because.iter().any(|because| because.split_whitespace().any(|word| word == name))
        {
            out.write(name, entry.at.to_utc(), of_lines(entry));
        }
    }
}

/// A debtor with a bad record, or over its limit, got an invoice: what it owes, its limit, and the deposit advised.
fn of_credit_warning(out: &mut Writer<'_>, book: &Book, account: &Account, entry: &Entry) {
    let invoice =
        entry.invoices.first().and_then(|invoice| account.facts.invoices.get(invoice)).map(|known| &known.fact);
    let workflow = entry.workflow.as_ref().and_then(|name| {
        let case = account.cases.get(entry.invoices.first()?)?;
        book.revision(case.workflow.as_ref().filter(|(chosen, _)| chosen == name)?)
    });
    let warning = workflow.and_then(|workflow| workflow.credit_warning.as_ref());
    let order = invoice.map(|invoice| Money::new(invoice.total, invoice.currency));
    let advised = warning.zip(order).and_then(|(warning, order)| deposit(warning, order));
    let debtor = account.facts.debtor.as_ref().map(|known| &known.fact);
    let body = Body {
        limit: debtor.and_then(|debtor| debtor.credit_limit.as_ref()).map(Total::from),
        deposit: advised.as_ref().map(Total::from),
        ..of_lines(entry)
    };
    out.write(CREDIT_WARNING, entry.at.to_utc(), body);
}

/// A block is asked for once, and released once; who asks for it may change in between.
fn of_block(out: &mut Writer<'_>, block: &Block, is_asked: bool) {
    let kind = match (is_asked, block.released_at) {
        (true, None) => "debtor.block_requested",
        (_, Some(_)) => "debtor.block_released",
        (false, None) => return,
    };
    let body = Body { invoices: block.asked_by.iter().collect(), block: Some(&block.name), ..Body::default() };
    out.write(kind, out.now, body);
}

fn of_task(out: &mut Writer<'_>, task: &Task) {
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

/// Once for each end that a claim's limitation has.
fn of_limitation(out: &mut Writer<'_>, account: &Account, invoice: &InvoiceId, last: chrono::NaiveDate) {
    let case = account.cases.get(invoice);
    let workflow = case.and_then(|case| case.workflow.as_ref()).map(|(name, _)| name);
    let body = Body { invoices: vec![invoice], workflow, ends_on: Some(last), ..Body::default() };
    out.write("limitation.near", out.now, body);
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
/// `seq` is the sequence at which its account was locked; where the notice's row cannot be read, the event names it only.
pub(super) fn of_outcome(
    (key, seq): (&AccountKey, i64),
    kind: &str,
    (id, notice): (NoticeId, Option<&Notice>),
    provider_id: Option<&str>,
    time: DateTime<Utc>,
) -> Outgoing {
    let mut events = Vec::with_capacity(1);
    let scope = id.to_string();
    let mut out = Writer { key, scope: &scope, seq, now: time, events: &mut events };
    let body = notice.map_or(Body { notice: Some(id), ..Body::default() }, of_notice);
    out.write(kind, time, Body { provider_id, ..body });
    events.swap_remove(0)
}
