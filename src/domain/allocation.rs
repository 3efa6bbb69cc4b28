//! How a creditor books money, as it states it (Code civil, art. 1342-10 and 1343-1, from which a contract may depart).

use serde::{Deserialize, Serialize};

/// One rule of the order; each leaves what it cannot tell apart to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationRule {
    /// The invoices that the debtor named.
    Named,
    /// Debts that are due before those that are not.
    Due,
    /// The debt that the debtor has most interest in paying. No law defines it, and no invoice tells it: all are alike.
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
    /// The rules in their order, `named` first; each once.
    pub order: Vec<AllocationRule>,
    /// What is paid first.
    #[serde(default)]
    pub first: PaidFirst,
}

impl AllocationPolicy {
    /// What counts where the creditor states nothing: as named, then the oldest due, pro rata on one day; principal first.
    pub fn usual() -> Self {
        let order = vec![AllocationRule::Named, AllocationRule::Oldest, AllocationRule::ProRata];
        Self { order, first: PaidFirst::Principal }
    }

    /// Whether a rule is part of the order.
    pub fn has(&self, rule: AllocationRule) -> bool {
        self.order.contains(&rule)
    }

    /// The policy in words.
    pub fn sentence(&self) -> String {
        let words: Vec<&str> = self.order.iter().map(|rule| rule.in_words()).collect();
        let first = match self.first {
            PaidFirst::Principal => "principal",
            PaidFirst::Interest => "interest",
        };
        format!("{}; {first} first", words.join(", then "))
    }
}

impl AllocationRule {
    fn in_words(self) -> &'static str {
        match self {
            Self::Named => "as the debtor names",
            Self::Due => "what is due",
            Self::MostBurdensome => "the most burdensome (none is known to be)",
            Self::Oldest => "the oldest due",
            Self::ProRata => "in proportion",
        }
    }
}
