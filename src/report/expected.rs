//! The open invoices of a creditor, each with the day on which it is expected.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::forecast::{Expected, Forecast, Past};
use super::{Cell, Table};
use crate::domain::{Account, AllocationReason, Class, Currency, DebtorId, InvoiceId};
use crate::engine::{Book, due_on, ledger, owed_by};

/// What is open, and how everything else was paid.
#[derive(Debug)]
pub struct Expectations {
    today: NaiveDate,
    past: Vec<Past>,
    open: Vec<OpenInvoice>,
}

#[derive(Debug)]
struct OpenInvoice {
    debtor: DebtorId,
    invoice: InvoiceId,
    due_on: NaiveDate,
    amount: Decimal,
    currency: Currency,
    class: Class,
    promised_by: Option<NaiveDate>,
}

impl Expectations {
    /// Nothing yet, on the evening of a day.
    pub fn new(today: NaiveDate) -> Self {
        Self { today, past: Vec::new(), open: Vec::new() }
    }

    /// Takes one account, whose facts are those known by the day; `end` is when the day ends.
    pub fn take(&mut self, account: &Account, book: &Book, end: DateTime<Utc>) {
        let facts = account.facts.clone().as_of(self.today, end);
        let ledger = ledger(&facts, book);
        for (id, known) in facts.invoices.iter().filter(|(id, _)| !facts.voided.contains_key(*id)) {
            let (Some(balance), Some(due_on)) = (ledger.balances.get(id), due_on(&facts, book, &known.fact)) else {
                continue;
            };
            let paid = ledger.of_invoice(id).filter(|one| one.why != AllocationReason::InPlatformBalance);
            let settled_on = paid.map(|one| one.day).max().filter(|_| balance.open.is_zero());
            // Of an invoice that the platform alone calls paid no day is known: it tells nothing of habits.
            if balance.open.is_zero() && settled_on.is_none() {
                continue;
            }
            let (debtor, issued_on) = (account.key.debtor.clone(), known.fact.issued_on);
            self.past.push(Past { debtor, issued_on, due_on, settled_on });
        }
        for owed in owed_by(&facts, book, self.today) {
            let standing = facts.promises.values().filter_map(|pair| pair.standing());
            let covers = standing.filter(|made| {
                let named = &made.fact.invoices;
                made.fact.pay_by >= self.today && (named.is_empty() || named.contains(&owed.invoice))
            });
            self.open.push(OpenInvoice {
                debtor: account.key.debtor.clone(),
                due_on: owed.due_on,
                amount: owed.amount,
                currency: owed.currency,
                class: owed.class,
                promised_by: covers.map(|made| made.fact.pay_by).max(),
                invoice: owed.invoice,
            });
        }
    }

    /// A row for each open part of an invoice, of one debtor where it is named.
    pub fn table(&self, only: Option<&DebtorId>) -> Table {
        let mut forecast = Forecast::of(&self.past, self.today);
        let takes = |one: &&OpenInvoice| only.is_none_or(|only| one.debtor == *only);
        let rows = self.open.iter().filter(takes).map(|one| row(one, &mut forecast)).collect();
        let columns =
            vec!["debtor", "invoice", "due_on", "currency", "amount", "expected_on", "earliest", "latest", "why"];
        let notes =
            vec!["eight of ten are paid from `earliest` through `latest`, by how far forecasts went wrong".into()];
        Table { columns, rows, notes }
    }
}

fn row(one: &OpenInvoice, forecast: &mut Forecast) -> Vec<Cell> {
    let usual = forecast.usual(&one.debtor).map(|usual| usual.in_words());
    let (expected, why): (Option<Expected>, String) = match (one.class, usual) {
        (Class::Insolvent, _) => (None, "caught by the debtor's insolvency".to_owned()),
        (Class::Disputed, _) => (None, "disputed: when it is paid depends on the outcome".to_owned()),
        (_, None) => (None, "nobody has paid anything yet".to_owned()),
        (_, Some(usual)) => match forecast.expected(&one.debtor, one.due_on) {
            Some(expected) => (Some(expected), usual),
            None => (None, format!("overdue for longer than any forecast went wrong; {usual}")),
        },
    };
    let promised = one.promised_by.map_or(String::new(), |day| format!("; promised by {day}"));
    let day = |day: Option<NaiveDate>| day.map_or(Cell::None, Cell::Day);
    vec![
        Cell::text(one.debtor.as_str()),
        Cell::text(one.invoice.as_str()),
        Cell::Day(one.due_on),
        Cell::text(one.currency.code()),
        Cell::Amount(one.amount, one.currency),
        day(expected.as_ref().map(|expected| expected.on)),
        day(expected.as_ref().and_then(|expected| expected.earliest)),
        day(expected.as_ref().and_then(|expected| expected.latest)),
        Cell::Text(why + &promised),
    ]
}
