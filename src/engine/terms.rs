//! When the invoices of an account are due.

use chrono::NaiveDate;

use super::Book;
use super::days::sane;
use crate::domain::{Facts, Invoice, Ledger};
use crate::law::due_date;

/// By what the due dates of an account's invoices are found.
pub struct AccountTerms;

impl AccountTerms {
    /// Those of an account.
    pub fn of(_facts: &Facts, _book: &Book) -> Self {
        Self
    }

    /// The last day to pay on time: as stated, else by the terms as written.
    pub fn due_on(&self, invoice: &Invoice) -> Option<NaiveDate> {
        let by_terms = || due_date(invoice.terms.as_deref()?, sane(invoice.issued_on), invoice.delivered_on.map(sane));
        invoice.due_on.or_else(by_terms).map(sane)
    }

    /// The last day to pay on time, else the day of issue.
    pub fn due_or_issued(&self, invoice: &Invoice) -> NaiveDate {
        self.due_on(invoice).unwrap_or(invoice.issued_on)
    }
}

/// The ledger of an account. Where neither a day nor terms that are understood say when a claim is due, it counts from
/// the day it was issued.
pub fn ledger(facts: &Facts, book: &Book) -> Ledger {
    let terms = AccountTerms::of(facts, book);
    Ledger::of(facts, |invoice| terms.due_or_issued(invoice))
}
