//! Conditions: a small typed language with exact decimals.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::domain::Currency;

/// A name a condition may use, resolved when it was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are the language's names; `NAMES` documents each")]
pub enum Name {
    InvoiceTotal,
    InvoiceNetTotal,
    InvoiceCurrency,
    InvoiceNumber,
    InvoiceIssuedOn,
    InvoiceDueOn,
    InvoiceDeliveredOn,
    InvoicePurchaseOrder,
    InvoicePaidBy,
    DebtorKind,
    DebtorName,
    DebtorCountry,
    DebtorLanguage,
    DebtorRisk,
    DebtorDaysLateUsual,
    DebtorSharePaidLate,
    CreditorId,
    CreditorName,
    CreditorCountry,
    CreditorLanguage,
    Balance,
    OverdueDays,
    AccountBalanceOverdue,
    AccountInvoicesOverdue,
    Disputed,
    PromisesBroken,
    LastContactDays,
    Phase,
}

/// A value of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// true, false
    Bool(bool),
    /// Text and members of closed enums.
    Text(Arc<str>),
    /// A number without a currency.
    Decimal(Decimal),
    /// An amount.
    Money(Decimal, Currency),
    /// A civil day.
    Date(NaiveDate),
}

/// What a condition is asked about. `None` is "not known": only `??` may meet it.
pub trait Scope {
    /// The value of a name.
    fn value(&self, name: Name) -> Option<Value>;
    /// Whether the invoice or the debtor carries the label.
    fn has_tag(&self, tag: &str) -> bool;
    /// The day `count` business days after `day` (before it where negative), in the workflow's calendar.
    fn add_business_days(&self, day: NaiveDate, count: i64) -> NaiveDate;
}

/// The answer of a condition, with the values that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The answer.
    pub value: bool,
    /// `balance 250.10 > 1000 → false`, one line for each comparison that decided.
    pub because: Vec<String>,
}

/// A checked condition; its result is a bool by its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As written.
    pub source: Arc<str>,
}
