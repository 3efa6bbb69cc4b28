//! What a reader of a simulation wants beside the timeline: what came in, what was held and how long, what was owed.
//!
//! All of it is read from the accounts as they stand at the end; nothing here decides.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;

use super::what_if::moment;
use crate::domain::{
    Account, Currency, Entry, Facts, InvoiceId, Kind, NoticeRef, PaymentStatus, Reason, Recorded, StepOutcome, TaskRef,
    plain_amount,
};
use crate::engine::{Book, deadline_of, ledger};

/// Something the outside did.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Came {
    pub at: DateTime<FixedOffset>,
    pub what: String,
    pub invoices: Vec<InvoiceId>,
    pub amount: Option<(Decimal, Currency)>,
    /// Whether it changes what is owed.
    pub is_money: bool,
}

/// A time during which something stood: a hold, a deadline.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    pub what: String,
    pub invoices: Vec<InvoiceId>,
    pub from: DateTime<Utc>,
    /// `None`: it stands at the end.
    pub to: Option<DateTime<Utc>>,
}

impl Span {
    /// How many civil days it lasted, `zone`'s; the first day counts, the day it ended does not.
    pub fn days(&self, zone: chrono_tz::Tz) -> Option<i64> {
        let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
        self.to.map(|to| (day(to) - day(self.from)).num_days())
    }
}

/// The zone an account's days are counted in.
pub(super) fn zone_of(account: &Account, book: &Book) -> chrono_tz::Tz {
    let debtor = account.facts.debtor.as_ref().map(|known| &known.fact);
    let chosen = || account.cases.values().find_map(|case| book.revision(case.workflow.as_ref()?));
    let workflow = chosen().or_else(|| book.newest.values().next());
    let own = || debtor.and_then(|debtor| debtor.timezone);
    workflow.map(|workflow| book.zone(debtor, workflow)).or_else(own).unwrap_or(chrono_tz::UTC)
}

/// What came in, in time.
pub(super) fn came(account: &Account, zone: chrono_tz::Tz) -> Vec<Came> {
    let mut all = Vec::new();
    money(&account.facts, zone, &mut all);
    holds(&account.facts, zone, &mut all);
    answers(&account.facts, zone, &mut all);
    all.sort_by_key(|came| came.at);
    all
}

fn local(at: DateTime<Utc>, zone: chrono_tz::Tz) -> DateTime<FixedOffset> {
    at.with_timezone(&zone).fixed_offset()
}

fn words<T>(recorded: &Recorded<T>, zone: chrono_tz::Tz, what: impl Into<String>) -> Came {
    let at = local(recorded.version.time, zone);
    Came { at, what: what.into(), invoices: Vec::new(), amount: None, is_money: false }
}

fn money(facts: &Facts, zone: chrono_tz::Tz, all: &mut Vec<Came>) {
    for (id, one) in &facts.invoices {
        let due = one.fact.due_on.map(|due| format!(", due {due}")).unwrap_or_default();
        let amount = Some((one.fact.total, one.fact.currency));
        let came = words(one, zone, format!("invoice{due}"));
        all.push(Came { invoices: vec![id.clone()], amount, is_money: true, ..came });
    }
    for one in facts.payments.values() {
        let what = match one.fact.status {
            PaymentStatus::Received => "payment",
            PaymentStatus::Pending => "payment under way",
            PaymentStatus::Reversed => "payment taken back",
        };
        let invoices = one.fact.allocations.iter().map(|named| named.invoice.clone()).collect();
        let amount = Some((one.fact.amount, one.fact.currency));
        all.push(Came { invoices, amount, is_money: true, ..words(one, zone, what) });
    }
    for one in facts.credit_notes.values() {
        let amount = Some((one.fact.total, one.fact.currency));
        let invoices = one.fact.invoice.iter().cloned().collect();
        all.push(Came { invoices, amount, is_money: true, ..words(one, zone, "credit note") });
    }
    for one in facts.voided.values() {
        all.push(Came { invoices: vec![one.fact.invoice.clone()], is_money: true, ..words(one, zone, "void") });
    }
}

fn holds(facts: &Facts, zone: chrono_tz::Tz, all: &mut Vec<Came>) {
    let currency = |id: &InvoiceId| facts.invoices.get(id).map(|one| one.fact.currency);
    for pair in facts.disputes.values() {
        let Some(opened) = &pair.opened else { continue };
        let amount = opened.fact.amount.zip(currency(&opened.fact.invoice));
        let invoices = vec![opened.fact.invoice.clone()];
        all.push(Came { invoices: invoices.clone(), amount, ..words(opened, zone, "dispute") });
        if let Some(closed) = &pair.closed {
            let what = format!("dispute {}", name(&closed.fact.outcome));
            all.push(Came { invoices, ..words(closed, zone, what) });
        }
    }
    for pair in facts.promises.values() {
        let Some(opened) = &pair.opened else { continue };
        let invoices = opened.fact.invoices.clone();
        let amount = invoices.first().and_then(currency).map(|currency| (opened.fact.amount, currency));
        let what = format!("promise by {}", opened.fact.pay_by);
        all.push(Came { invoices: invoices.clone(), amount, ..words(opened, zone, what) });
        if let Some(closed) = &pair.closed {
            all.push(Came { invoices, ..words(closed, zone, "promise withdrawn") });
        }
    }
    for pair in facts.plans.values() {
        let Some(opened) = &pair.opened else { continue };
        let what = format!("plan of {} instalments", opened.fact.instalments.len());
        all.push(Came { invoices: opened.fact.invoices.clone(), ..words(opened, zone, what) });
        if let Some(closed) = &pair.closed {
            let invoices = opened.fact.invoices.clone();
            all.push(Came { invoices, ..words(closed, zone, "plan cancelled") });
        }
    }
    for pair in facts.holds.values() {
        let Some(opened) = &pair.opened else { continue };
        let until = opened.fact.until.map(|until| format!(" until {until}")).unwrap_or_default();
        let invoices: Vec<InvoiceId> = opened.fact.invoice.iter().cloned().collect();
        let what = format!("hold{until} ({})", opened.fact.reason);
        all.push(Came { invoices: invoices.clone(), ..words(opened, zone, what) });
        if let Some(closed) = &pair.closed {
            all.push(Came { invoices, ..words(closed, zone, "hold released") });
        }
    }
    if let Some(opened) = &facts.insolvency {
        all.push(words(opened, zone, format!("insolvency, judgment of {}", opened.fact.judgment_date)));
    }
}

fn answers(facts: &Facts, zone: chrono_tz::Tz, all: &mut Vec<Came>) {
    for one in facts.answers.values() {
        let (what, invoices) = match &one.fact.task {
            TaskRef::Step { invoice, step } => {
                (format!("answer to {step}: {}", one.fact.outcome), vec![invoice.clone()])
            }
            TaskRef::Id(_) => (format!("answer: {}", one.fact.outcome), Vec::new()),
        };
        all.push(Came { invoices, ..words(one, zone, what) });
    }
    for one in facts.reports.values() {
        let status = name(&one.fact.status);
        let (what, invoices) = match &one.fact.notice {
            NoticeRef::Step { invoice, step, .. } => (format!("{status} {step}"), vec![invoice.clone()]),
            NoticeRef::Id(_) | NoticeRef::ProviderId(_) => (status, Vec::new()),
        };
        // An assumed proof says so: it came from nobody.
        let assumed = if one.version.id.starts_with("assumed-") { " (assumed)" } else { "" };
        all.push(Came { invoices, ..words(one, zone, format!("{what}{assumed}").replace('_', " ")) });
    }
    for one in facts.contacts.values() {
        all.push(words(one, zone, format!("{} {}: {}", one.fact.channel, name(&one.fact.direction), one.fact.outcome)));
    }
}

fn name(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// Holds as spans: from `held` to the first entry that ends it for one of its invoices.
pub(super) fn held(entries: &[&Entry]) -> Vec<Span> {
    let mut spans = Vec::new();
    for (place, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.kind == Kind::Held) {
        let ends = |later: &&&Entry| {
            let same = later.invoices.iter().any(|invoice| entry.invoices.contains(invoice));
            let over = matches!(later.kind, Kind::Settled | Kind::Voided | Kind::HandedOver | Kind::Exhausted);
            same && (over || (later.kind == Kind::Resumed && later.reason == entry.reason))
        };
        let to = entries[place + 1..].iter().find(ends).map(|later| later.at.to_utc());
        let what = entry.reason.map(reason).unwrap_or_default();
        spans.push(Span { what, invoices: entry.invoices.clone(), from: entry.at.to_utc(), to });
    }
    spans
}

/// A reason in the words of the timeline.
pub(super) fn reason(reason: Reason) -> String {
    name(&reason)
}

/// Deadlines that notices gave, from the day of the proof to the last day, once for each step and last day.
pub(super) fn deadlines(account: &Account, book: &Book, zone: chrono_tz::Tz) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for case in account.cases.values() {
        for record in case.journal.iter().filter(|record| record.outcome == StepOutcome::Done) {
            let Some((from, last)) = deadline_of(account, book, case, record) else { continue };
            let start = |day: NaiveDate| moment(day, NaiveTime::MIN, zone);
            let (from, to) = (start(from), last.succ_opt().map(start));
            match spans.iter_mut().find(|one| one.what == record.step.as_str() && one.to == to) {
                Some(one) => one.invoices.push(case.invoice.clone()),
                None => {
                    spans.push(Span { what: record.step.to_string(), invoices: vec![case.invoice.clone()], from, to });
                }
            }
        }
    }
    spans
}

/// What is open on the account in `currency` with all that was known at `at`.
pub(super) fn owed(facts: &Facts, book: &Book, currency: Currency, at: DateTime<Utc>) -> Decimal {
    let mut then = facts.clone();
    then.invoices.retain(|_, one| one.version.time <= at);
    then.voided.retain(|_, one| one.version.time <= at);
    then.payments.retain(|_, one| one.version.time <= at);
    then.credit_notes.retain(|_, one| one.version.time <= at);
    let ledger = ledger(&then, book);
    ledger.balances.values().filter(|one| one.currency == currency).map(|one| one.open).sum()
}

/// `1200.00 EUR`.
pub(super) fn amount((amount, currency): (Decimal, Currency)) -> String {
    format!("{} {currency}", plain_amount(amount, currency))
}
