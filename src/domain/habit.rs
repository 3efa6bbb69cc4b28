//! How debtors pay, in a few numbers: one debtor, and a creditor's debtors together.

use rust_decimal::Decimal;

/// How one debtor paid so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habit {
    /// Invoices it paid.
    pub paid: u32,
    /// Those of them that it paid after their due date.
    pub late: u32,
    /// The median of the days late, 0 where it paid on time; the lower of two.
    pub days_late: i64,
}

/// How all debtors of a creditor paid that paid anything, as it was last counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peers {
    /// Debtors that paid anything.
    pub debtors: i64,
    /// The share of their invoices that was paid late, 0 to 1.
    pub share_late: Decimal,
    /// The median of what is usual for each, in days.
    pub days_late: i64,
}
