//! Accounting views of what is owed on one day: aging, days sales outstanding, collection effectiveness, provision,
//! promises, steps, recoverable tax.
//!
//! Accounts are taken one after the other ([`Gathering`]) and become a [`Table`], which is printed as text, CSV or JSON.
//! Everything is counted from facts as they were known on a day, so that a report of a past day comes out the same
//! whenever it is asked for. Balances are the ledger's; currencies are never added up. Nothing here reads a database.

mod backtest;
mod expected;
mod figures;
mod forecast;
mod gather;
mod print;
mod tables;
mod track;

pub use backtest::backtest;
pub use expected::Expectations;
pub use figures::{Counted, Effectiveness, average_days_delinquent, count_back, days_outstanding, effectiveness};
pub use forecast::{Expected, Forecast, Past, Usual};
pub use gather::{Gathering, Scope};
pub use print::{csv, json, text};
pub use tables::table;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::domain::{Currency, Matrix};

/// Which view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// What is owed by how long it is overdue.
    Aging,
    /// Days sales outstanding, by both methods, and the best possible.
    Dso,
    /// Collection effectiveness; sales by month where asked for.
    Cei {
        /// Sales of the period divided by its months.
        per_month: bool,
    },
    /// Provision for doubtful debts by a matrix, net of tax where the net total is known.
    Provision(Matrix),
    /// Promises and what became of them.
    Promises,
    /// What was paid within seven days of each step.
    Steps,
    /// Tax on claims that are lost.
    Vat,
}

/// A view's rows, each with what it was counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The name of each column: snake case, as in JSON and CSV.
    pub columns: Vec<&'static str>,
    /// One cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader must know of the whole, in sentences.
    pub notes: Vec<String>,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    None,
    /// Words.
    Text(String),
    /// A number of things.
    Count(u64),
    /// Money.
    Amount(Decimal, Currency),
    /// Another number, as it is to be printed.
    Number(Decimal),
    /// A day.
    Day(NaiveDate),
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

#[cfg(test)]
mod tests;
