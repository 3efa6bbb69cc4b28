//! An account: one debtor's account with one creditor, everything a decision may depend on, and the
//! decision itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Case, CreditorId, DebtorId, Entry, Facts, Habit, InvoiceId, Notice, NoticeId, StepId, Task};

/// A request to the platform that stands until it is released: `deliveries`, …
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What is blocked.
    pub name: String,
    /// The cases that ask for it; sorted, never empty while it stands.
    pub asked_by: Vec<InvoiceId>,
    /// When it was asked for.
    pub since: DateTime<Utc>,
    /// When it was released; `None` while it stands.
    pub released_at: Option<DateTime<Utc>>,
}

/// Which account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountKey {
    /// The tenant.
    pub creditor: CreditorId,
    /// Its debtor.
    pub debtor: DebtorId,
}

/// One debtor's account with one creditor: the unit of locking, waking and contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Which account.
    pub key: AccountKey,
    /// What the platform told us.
    pub facts: Facts,
    /// Its cases, by invoice.
    pub cases: BTreeMap<InvoiceId, Case>,
    /// Its notices, by id: all of them; content only on those not past their claim.
    pub notices: BTreeMap<NoticeId, Notice>,
    /// Its tasks.
    pub tasks: BTreeMap<super::TaskId, Task>,
    /// What the platform was asked to block, by name.
    pub blocks: BTreeMap<String, Block>,
}

impl Account {
    /// An account of which nothing is known yet.
    pub fn new(key: AccountKey) -> Self {
        Self {
            key,
            facts: Facts::default(),
            cases: BTreeMap::new(),
            notices: BTreeMap::new(),
            tasks: BTreeMap::new(),
            blocks: BTreeMap::new(),
        }
    }

    /// Whether two names are those of one step of an invoice's case, now or formerly.
    pub fn is_same_step(&self, invoice: &InvoiceId, one: &StepId, other: &StepId) -> bool {
        self.cases.get(invoice).map_or(one == other, |case| case.is_same_step(one, other))
    }

    /// Carries a decision out in memory, as the store does in its tables.
    pub fn carry_out(&mut self, decision: &Decision) {
        for case in &decision.cases {
            self.cases.insert(case.invoice.clone(), case.clone());
        }
        for id in &decision.withdrawals {
            if let Some(notice) = self.notices.get_mut(id) {
                notice.state = super::NoticeState::Withdrawn;
            }
        }
        for notice in &decision.orders {
            self.notices.insert(notice.id, notice.clone());
        }
        for task in &decision.tasks {
            self.tasks.insert(task.id, task.clone());
        }
        for block in &decision.blocks {
            self.blocks.insert(block.name.clone(), block.clone());
        }
    }
}

/// What `decide` returns: everything that changes, and nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// Cases that are new or changed, whole.
    pub cases: Vec<Case>,
    /// Notices to order: new ones, withdrawn ones made live again under the same id, and ordered ones whose
    /// content changed; whole.
    pub orders: Vec<Notice>,
    /// Notices to take back: ordered ones, and uncertain ones of which a person said that they did not leave.
    pub withdrawals: Vec<NoticeId>,
    /// Tasks that are new or changed, whole.
    pub tasks: Vec<Task>,
    /// Blocks that are new or changed, whole.
    pub blocks: Vec<Block>,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// When to decide again if nothing happens before.
    pub wake_at: Option<DateTime<Utc>>,
    /// When to decide again though no case moves: the platform is to be told something. A simulation need not.
    pub alert_at: Option<DateTime<Utc>>,
    /// How the debtor paid so far.
    pub habit: Habit,
}

impl Decision {
    /// Whether it changes nothing; `wake_at` may still differ from the one stored.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
            && self.orders.is_empty()
            && self.withdrawals.is_empty()
            && self.tasks.is_empty()
            && self.blocks.is_empty()
            && self.entries.is_empty()
    }
}
