//! The order in which money that names no invoice pays debts, as a creditor states it.

use serde::{Deserialize, Serialize};

/// One rule of the order; each leaves what it cannot tell apart to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationRule {
    /// The invoices that the debtor named.
    Named,
    /// Debts that are due before those that are not.
    Due,
    /// The debt that costs the debtor most.
    MostBurdensome,
    /// The debt that has been due longest.
    Oldest,
    /// In proportion.
    ProRata,
}

/// What a part payment pays first on one debt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidFirst {
    /// The principal: interest stays a claim of its own.
    #[default]
    Principal,
    /// Interest run up to that day, then the principal.
    Interest,
}

/// How a creditor books money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationPolicy {
    /// The rules in their order; empty means relance's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<AllocationRule>,
    /// What is paid first.
    #[serde(default)]
    pub first: PaidFirst,
}
