//! What reports are counted from, account after account.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::track::{PromiseRow, StepRow, promises, steps};
use crate::domain::{Account, Aging, Class, Currency, DebtorId, Facts, Owed, StepId, WorkflowName};
use crate::engine::{Book, owed_by};

/// Which days a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// First day of the period.
    pub from: NaiveDate,
    /// Its last day, of whose evening balances are.
    pub as_of: NaiveDate,
    /// When the last day ends.
    pub end: DateTime<Utc>,
    /// When the evening before the period ends.
    pub opening_end: DateTime<Utc>,
    /// The zone of its days.
    pub zone: Tz,
}

/// A part of what is owed, with what is known of its tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose.
    pub debtor: DebtorId,
    /// What is owed.
    pub owed: Owed,
    /// The part without tax; `None` where the invoice states no net total.
    pub net: Option<Decimal>,
    /// The day of the judgment that caught it, and the kind of proceedings.
    pub judgment: Option<(NaiveDate, String)>,
}

/// All that was counted.
#[derive(Debug)]
pub struct Gathering {
    pub(super) scope: Scope,
    pub(super) parts: Vec<Part>,
    pub(super) opening: Aging,
    /// Invoices less credit notes by their days of issue.
    pub(super) sales: BTreeMap<(Currency, NaiveDate), Decimal>,
    pub(super) promises: Vec<PromiseRow>,
    pub(super) steps: BTreeMap<(WorkflowName, StepId, Currency), StepRow>,
}

impl Gathering {
    /// Nothing yet.
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            parts: Vec::new(),
            opening: Aging::default(),
            sales: BTreeMap::new(),
            promises: Vec::new(),
            steps: BTreeMap::new(),
        }
    }

    /// Counts one account, whose facts are those that were known by the day asked for.
    pub fn take(&mut self, account: &Account, book: &Book) {
        let scope = self.scope;
        let facts = account.facts.clone().as_of(scope.as_of, scope.end);
        for owed in owed_by(&facts, book, scope.as_of) {
            let part = part(account, &facts, owed);
            self.parts.push(part);
        }
        if let Some(before) = scope.from.pred_opt() {
            let opening = account.facts.clone().as_of(before, scope.opening_end);
            owed_by(&opening, book, before).iter().for_each(|owed| self.opening.count(owed));
        }
        for (id, known) in &facts.invoices {
            if !facts.voided.contains_key(id) {
                *self.sales.entry((known.fact.currency, known.fact.issued_on)).or_default() += known.fact.total;
            }
        }
        for known in facts.credit_notes.values() {
            *self.sales.entry((known.fact.currency, known.fact.issued_on)).or_default() -= known.fact.total;
        }
        let ledger = crate::engine::ledger(&facts, book);
        promises(&scope, account, &facts, &ledger, &mut self.promises);
        steps(&scope, account, &ledger, &mut self.steps);
    }

    /// First day of the period.
    pub fn from(&self) -> NaiveDate {
        self.scope.from
    }

    /// Sales from one day through another.
    pub(super) fn sold(&self, currency: Currency, from: NaiveDate, to: NaiveDate) -> Decimal {
        self.sales.range((currency, from)..=(currency, to)).map(|(_, amount)| *amount).sum()
    }

    /// The day of the first sale.
    pub(super) fn first_sale(&self, currency: Currency) -> Option<NaiveDate> {
        self.sales
            .range((currency, NaiveDate::MIN)..)
            .next()
            .filter(|((one, _), _)| *one == currency)
            .map(|((_, day), _)| *day)
    }

    /// Every currency of which there is something.
    pub(super) fn currencies(&self) -> Vec<Currency> {
        let mut found: Vec<Currency> = self.parts.iter().map(|part| part.owed.currency).collect();
        found.extend(self.sales.keys().map(|(currency, _)| *currency));
        found.extend(self.opening.sums.keys());
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What is owed in a currency, of some classes.
    pub(super) fn owed(&self, currency: Currency, takes: impl Fn(Class) -> bool) -> Decimal {
        let of = self.parts.iter().filter(|part| part.owed.currency == currency && takes(part.owed.class));
        of.map(|part| part.owed.amount).sum()
    }
}

fn part(account: &Account, facts: &Facts, owed: Owed) -> Part {
    let invoice = facts.invoices.get(&owed.invoice).map(|known| &known.fact);
    let net = invoice.and_then(|invoice| {
        let (net, total) = (invoice.net_total?, invoice.total);
        let share = owed.amount.checked_mul(net)?.checked_div(total)?;
        Some(
            share
                .round_dp_with_strategy(owed.currency.decimals(), rust_decimal::RoundingStrategy::MidpointAwayFromZero),
        )
    });
    let insolvency = facts.insolvency.as_ref().filter(|_| owed.class == Class::Insolvent);
    let judgment = insolvency.map(|known| (known.fact.judgment_date, known.fact.procedure.clone()));
    Part { debtor: account.key.debtor.clone(), owed, net, judgment }
}
