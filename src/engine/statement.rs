//! One account's part in a statement about many: what is owed, what was sent, what waits, what comes.
//!
//! Nothing is decided here. What comes is found by asking `decide` again and again about a copy of the account, as a
//! simulation does; what is owed is the ledger's.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::terms::{AccountTerms, ledger};
use super::{Book, decide};
use crate::domain::{
    Account, CaseState, Channel, Digest, Facts, InvoiceId, Notice, NoticeState, Owed, Planned, Promised, TaskState,
    WorkflowName, owed,
};

/// Decisions asked for one account's look ahead: a week holds a handful, more would be a defect.
const LOOKS_MAX: usize = 60;

/// For which day and which cases a statement is made.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The day whose evening the balances are of.
    pub as_of: NaiveDate,
    /// The instant at which that day ends in `zone`.
    pub end: DateTime<Utc>,
    /// The moment it is made.
    pub now: DateTime<Utc>,
    /// The zone in which its days are counted.
    pub zone: Tz,
    /// Only cases of this workflow; all where absent.
    pub workflow: Option<&'a WorkflowName>,
}

impl View<'_> {
    fn takes(&self, workflow: Option<&WorkflowName>) -> bool {
        self.workflow.is_none_or(|only| workflow == Some(only))
    }

    fn takes_invoice(&self, account: &Account, invoice: &InvoiceId) -> bool {
        let case = account.cases.get(invoice);
        self.takes(case.and_then(|case| case.workflow.as_ref()).map(|(name, _)| name))
    }

    fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }
}

/// What is owed on the account on the evening of the view's day.
pub fn owed_on(account: &Account, book: &Book, view: &View<'_>) -> Vec<Owed> {
    let facts = account.facts.clone().as_of(view.as_of, view.end);
    let mut parts = owed_by(&facts, book, view.as_of);
    parts.retain(|part| view.takes_invoice(account, &part.invoice));
    parts
}

/// What is owed by these facts on the evening of `day`, see [`Facts::as_of`].
pub fn owed_by(facts: &Facts, book: &Book, day: NaiveDate) -> Vec<Owed> {
    owed(facts, day, &AccountTerms::of(facts, book))
}

/// Counts the account into a digest. `wakes_at` is when it is to be decided again.
pub fn count(digest: &mut Digest, account: &Account, book: &Book, wakes_at: Option<DateTime<Utc>>, view: &View<'_>) {
    for part in owed_on(account, book, view) {
        digest.aging.count(&part);
    }
    for notice in account.notices.values().filter(|notice| view.takes(Some(&notice.workflow))) {
        let in_period = notice.accepted_at.is_some_and(|at| at < view.end && view.day_of(at) >= digest.from);
        if notice.state == NoticeState::Accepted && in_period {
            *digest.sent.entry((notice.workflow.clone(), notice.step.clone(), notice.channel)).or_default() += 1;
        }
        if notice.state == NoticeState::Uncertain {
            digest.uncertain += 1;
        }
    }
    for task in account.tasks.values().filter(|task| task.state == TaskState::Open) {
        if view.takes(task.workflow.as_ref()) {
            let tasks = digest.tasks.entry(task.kind.clone()).or_default();
            tasks.open += 1;
            tasks.overdue += u64::from(task.due_on.is_some_and(|day| day < view.day_of(view.now)));
        }
    }
    held(digest, account, book, view);
    promises(digest, account, view);
    for planned in letters_ahead(account, book, wakes_at, digest.until, view) {
        *digest.letters.entry(planned).or_default() += 1;
    }
}

fn held(digest: &mut Digest, account: &Account, book: &Book, view: &View<'_>) {
    let waits = |state| matches!(state, CaseState::Waiting | CaseState::Open);
    let mut cases = account.cases.values().filter(|case| waits(case.state) && !case.held.is_empty()).peekable();
    if cases.peek().is_none() {
        return;
    }
    let ledger = ledger(&account.facts, book);
    for case in cases.filter(|case| view.takes_invoice(account, &case.invoice)) {
        for reason in &case.held {
            let waiting = digest.held.entry(*reason).or_default();
            waiting.cases += 1;
            if let Some(balance) = ledger.balances.get(&case.invoice) {
                let sum = waiting.amounts.entry(balance.currency).or_default();
                sum.parts += 1;
                sum.amount += balance.open;
            }
        }
    }
}

fn promises(digest: &mut Digest, account: &Account, view: &View<'_>) {
    let near = |day: NaiveDate| day > view.as_of && day <= digest.until;
    let standing = account.facts.promises.values().filter_map(|pair| pair.standing()).map(|known| &known.fact);
    let mut found = Vec::new();
    for promise in standing.filter(|promise| near(promise.pay_by)) {
        let about = |id: &&InvoiceId| promise.invoices.is_empty() || promise.invoices.contains(id);
        let invoices: Vec<&InvoiceId> = account.facts.invoices.keys().filter(about).collect();
        if !invoices.iter().any(|id| view.takes_invoice(account, id)) {
            continue;
        }
        let mut currencies: Vec<_> = invoices.iter().map(|id| account.facts.invoices[*id].fact.currency).collect();
        currencies.dedup();
        found.push(Promised {
            pay_by: promise.pay_by,
            debtor: account.key.debtor.clone(),
            debtor_name: account.facts.debtor.as_ref().map(|known| known.fact.name.clone()),
            amount: promise.amount,
            currency: if let [only] = currencies[..] { Some(only) } else { None },
        });
    }
    found.into_iter().for_each(|promised| digest.promise(promised));
}

/// The letters that go until the evening of `until` if nothing happens before and every notice is accepted at once.
fn letters_ahead(
    account: &Account,
    book: &Book,
    wakes_at: Option<DateTime<Utc>>,
    until: NaiveDate,
    view: &View<'_>,
) -> Vec<Planned> {
    let mut account = account.clone();
    let mut found = Vec::new();
    send_all(&mut account, view.now, view, &mut found);
    let mut next = wakes_at.map(|at| at.max(view.now));
    for _ in 0..LOOKS_MAX {
        let Some(at) = next.filter(|at| view.day_of(*at) <= until) else { break };
        let decision = decide(&account, book, at);
        account.carry_out(&decision);
        let went = send_all(&mut account, at, view, &mut found);
        // What was sent is looked at once more at the same instant, as the worker does when it records.
        next = if went { Some(at) } else { decision.wake_at.map(|later| later.max(at + TimeDelta::seconds(1))) };
    }
    found
}

fn send_all(account: &mut Account, at: DateTime<Utc>, view: &View<'_>, found: &mut Vec<Planned>) -> bool {
    let is_ordered = |notice: &&mut Notice| notice.state == NoticeState::Ordered;
    let mut went = false;
    for notice in account.notices.values_mut().filter(is_ordered) {
        went = true;
        notice.state = NoticeState::Accepted;
        notice.accepted_at = Some(at);
        if notice.channel == Channel::Letter && view.takes(Some(&notice.workflow)) {
            let (workflow, step) = (notice.workflow.clone(), notice.step.clone());
            found.push(Planned { on: view.day_of(at), workflow, step, service: notice.service });
        }
    }
    went
}
