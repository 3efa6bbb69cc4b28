//! What is owed and what was paid, as stated: invoices, credit notes, payments.
//!
//! Balances are not here: they are folded from these by `ledger`.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::{Currency, DebtorId, InvoiceId};

/// A claim with a due date and a total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// The platform's identifier.
    pub id: InvoiceId,
    /// The number printed on it.
    pub number: String,
    /// Who owes it.
    pub debtor: DebtorId,
    /// Its currency.
    pub currency: Currency,
    /// Total, tax included.
    pub total: Decimal,
    /// Total before tax.
    pub net_total: Option<Decimal>,
    /// Day of issue.
    pub issued_on: NaiveDate,
    /// Last day to pay on time, where the platform gives it.
    pub due_on: Option<NaiveDate>,
    /// Payment terms as written, where no day is given.
    pub terms: Option<String>,
    /// Day of delivery or performance.
    pub delivered_on: Option<NaiveDate>,
    /// The sector of what was sold, where the law has rules of its own; else the creditor's.
    pub sector: Option<String>,
    /// Whether it sums up the deliveries of a period: the law may allow such an invoice a shorter term.
    pub periodic: bool,
    /// The debtor's order number.
    pub purchase_order: Option<String>,
    /// Where the invoice's own PDF is.
    pub document_url: Option<String>,
    /// Its SHA-256, lower-case hexadecimal.
    pub document_sha256: Option<String>,
    /// Late-payment terms of this invoice, as written.
    pub late_terms: Option<String>,
    /// Free labels, for `tag("…")`.
    pub tags: Vec<String>,
    /// A collection under way: `direct_debit`, `card`, …
    pub paid_by: Option<String>,
    /// The balance as the platform knows it, and the instant it is true for.
    pub amount_due: Option<AmountDue>,
}

/// The platform's own balance of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountDue {
    /// What is still owed.
    pub amount: Decimal,
    /// The instant up to which payments and credits are counted in it.
    pub as_of: DateTime<Utc>,
}

/// The invoice is void; final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceVoided {
    /// Which invoice.
    pub invoice: InvoiceId,
    /// Whose.
    pub debtor: DebtorId,
    /// Why.
    pub reason: Option<String>,
}

/// A credit note; reduces principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNote {
    /// The platform's identifier.
    pub id: String,
    /// Whose.
    pub debtor: DebtorId,
    /// The invoice it corrects.
    pub invoice: Option<InvoiceId>,
    /// Its currency.
    pub currency: Currency,
    /// Total, positive.
    pub total: Decimal,
    /// Day of issue.
    pub issued_on: NaiveDate,
}

/// How far a payment got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The money is there.
    Received,
    /// Under way; counts for `pending_collection`, not for the balance.
    Pending,
    /// Taken back; counts for nothing.
    Reversed,
}

/// Money the debtor named an invoice for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAllocation {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much of the payment.
    pub amount: Decimal,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The platform's identifier.
    pub id: String,
    /// Who paid.
    pub debtor: DebtorId,
    /// Its currency.
    pub currency: Currency,
    /// How much.
    pub amount: Decimal,
    /// The day the money was received.
    pub received_on: NaiveDate,
    /// What it was named for; never more than `amount` together.
    pub allocations: Vec<NamedAllocation>,
    /// The transfer's reference.
    pub reference: Option<String>,
    /// How far it got.
    pub status: PaymentStatus,
}

/// Every payment up to this instant has been published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentsSynced {
    /// The instant.
    pub through: DateTime<Utc>,
}
