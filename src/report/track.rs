//! What became of promises, and what followed on steps.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::Scope;
use crate::domain::{
    Account, AllocationReason, Currency, DebtorId, Facts, InvoiceId, Ledger, NoticeState, Source, StepId, WorkflowName,
};

/// Within how many days of a step a payment counts as following on it.
pub(super) const FOLLOWS_DAYS: u64 = 7;

/// One promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PromiseRow {
    pub debtor: DebtorId,
    pub id: String,
    pub invoices: Vec<InvoiceId>,
    pub currency: Currency,
    pub amount: Decimal,
    pub made_on: NaiveDate,
    pub pay_by: NaiveDate,
    pub received: Decimal,
    pub reached_on: Option<NaiveDate>,
    /// `open`, `kept`, `late`, `broken`, `withdrawn`.
    pub state: &'static str,
}

/// Promises made in the period: kept where the sum came by the promised day, without any grace, late where it came after.
pub(super) fn promises(scope: &Scope, account: &Account, facts: &Facts, ledger: &Ledger, rows: &mut Vec<PromiseRow>) {
    for (id, pair) in &facts.promises {
        let Some(made) = &pair.opened else { continue };
        let made_on = made.version.time.with_timezone(&scope.zone).date_naive();
        if made_on < scope.from || made_on > scope.as_of {
            continue;
        }
        let was_there =
            |invoice: &InvoiceId| facts.invoices.get(invoice).is_some_and(|one| one.fact.issued_on <= made_on);
        let invoices: BTreeSet<&InvoiceId> = match made.fact.invoices.is_empty() {
            true => facts.invoices.keys().filter(|invoice| was_there(invoice)).collect(),
            false => made.fact.invoices.iter().collect(),
        };
        let mut by_currency: BTreeMap<Currency, BTreeMap<NaiveDate, Decimal>> = BTreeMap::new();
        for invoice in &invoices {
            let Some(balance) = ledger.balances.get(*invoice) else { continue };
            let days = by_currency.entry(balance.currency).or_default();
            let payments = ledger.of_invoice(invoice).filter(|one| matches!(one.source, Source::Payment(_)));
            for one in payments.filter(|one| one.day >= made_on) {
                *days.entry(one.day).or_default() += one.amount;
            }
        }
        // A promise names no currency: it is of the one in which most came.
        let most = by_currency
            .into_iter()
            .max_by_key(|(currency, days)| (days.values().sum::<Decimal>(), std::cmp::Reverse(*currency)));
        let Some((currency, days)) = most else { continue };
        let mut received = Decimal::ZERO;
        let mut reached_on = None;
        for (day, amount) in days {
            received += amount;
            if received >= made.fact.amount && reached_on.is_none() {
                reached_on = Some(day);
            }
        }
        let state = match reached_on {
            Some(day) if day <= made.fact.pay_by => "kept",
            Some(_) => "late",
            None if pair.closed.is_some() => "withdrawn",
            None if scope.as_of <= made.fact.pay_by => "open",
            None => "broken",
        };
        rows.push(PromiseRow {
            debtor: account.key.debtor.clone(),
            id: id.clone(),
            invoices: invoices.into_iter().cloned().collect(),
            currency,
            amount: made.fact.amount,
            made_on,
            pay_by: made.fact.pay_by,
            received,
            reached_on,
            state,
        });
    }
}

/// What followed on one step, in one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StepRow {
    /// Cases it was done for.
    pub cases: u64,
    /// Of them, those of which something was paid within the days.
    pub paid: u64,
    /// How much that was.
    pub amount: Decimal,
}

/// Steps whose notices were accepted in the period; each case counts once a step. Several steps may precede one payment.
pub(super) fn steps(
    scope: &Scope,
    account: &Account,
    ledger: &Ledger,
    rows: &mut BTreeMap<(WorkflowName, StepId, Currency), StepRow>,
) {
    let mut seen: BTreeMap<(WorkflowName, StepId, &InvoiceId), chrono::DateTime<chrono::Utc>> = BTreeMap::new();
    for notice in account.notices.values().filter(|notice| notice.state == NoticeState::Accepted) {
        let Some(at) = notice.accepted_at.filter(|at| *at < scope.end) else { continue };
        if at.with_timezone(&scope.zone).date_naive() < scope.from {
            continue;
        }
        for line in &notice.lines {
            let key = (notice.workflow.clone(), notice.step.clone(), &line.invoice);
            seen.entry(key).and_modify(|first| *first = at.min(*first)).or_insert(at);
        }
    }
    for ((workflow, step, invoice), at) in seen {
        let Some(balance) = ledger.balances.get(invoice) else { continue };
        let sent_on = at.with_timezone(&scope.zone).date_naive();
        let last = sent_on.checked_add_days(Days::new(FOLLOWS_DAYS)).unwrap_or(NaiveDate::MAX);
        let follows = |one: &&crate::domain::Allocation| {
            matches!(one.source, Source::Payment(_))
                && one.why != AllocationReason::InPlatformBalance
                && one.known > at
                && one.day >= sent_on
                && one.day <= last
        };
        let paid: Decimal = ledger.of_invoice(invoice).filter(follows).map(|one| one.amount).sum();
        let row = rows.entry((workflow, step, balance.currency)).or_default();
        row.cases += 1;
        row.paid += u64::from(!paid.is_zero());
        row.amount += paid;
    }
}
