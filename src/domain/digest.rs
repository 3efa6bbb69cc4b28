//! What a digest tells about one creditor's claims; filled account by account, so that it stays small.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Aging, Channel, Currency, DebtorId, LetterService, Reason, StepId, Sum, WorkflowName};

/// Promises that are listed; the rest is counted.
pub const PROMISES_LISTED_MAX: usize = 50;

/// A promise whose last day is near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promised {
    /// Its last day.
    pub pay_by: NaiveDate,
    /// Who promised.
    pub debtor: DebtorId,
    /// The name, where it is known.
    pub debtor_name: Option<String>,
    /// How much.
    pub amount: Decimal,
    /// The currency of what it is about, where that is one.
    pub currency: Option<Currency>,
}

/// Cases that wait for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub cases: u64,
    /// What is owed on them, by currency.
    pub amounts: BTreeMap<Currency, Sum>,
}

/// Open tasks of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenTasks {
    /// How many are open.
    pub open: u64,
    /// How many of them are past their last day.
    pub overdue: u64,
}

/// A letter that goes in the coming days if nothing happens before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planned {
    /// The day.
    pub on: NaiveDate,
    /// The workflow.
    pub workflow: WorkflowName,
    /// The step.
    pub step: StepId,
    /// How it is sent.
    pub service: Option<LetterService>,
}

/// The digest of a period. What is owed is as of the evening of `as_of`; what waits is as of the moment it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// First day of the period.
    pub from: NaiveDate,
    /// Its last day.
    pub as_of: NaiveDate,
    /// Last day of what is looked ahead to.
    pub until: NaiveDate,
    /// Notices that a carrier accepted in the period.
    pub sent: BTreeMap<(WorkflowName, StepId, Channel), u64>,
    /// What is held, by reason. A case with two reasons stands under both.
    pub held: BTreeMap<Reason, Waiting>,
    /// Promises whose last day comes in the days ahead, by day; at most [`PROMISES_LISTED_MAX`].
    pub promises: Vec<Promised>,
    /// How many more there are.
    pub promises_more: u64,
    /// Open tasks by kind.
    pub tasks: BTreeMap<String, OpenTasks>,
    /// Notices of which nobody knows whether they left.
    pub uncertain: u64,
    /// Events in quarantine.
    pub quarantined: u64,
    /// What is owed.
    pub aging: Aging,
    /// Letters of the days ahead.
    pub letters: BTreeMap<Planned, u64>,
}

impl Digest {
    /// A digest of which nothing is counted yet.
    pub fn new(from: NaiveDate, as_of: NaiveDate, until: NaiveDate) -> Self {
        Self {
            from,
            as_of,
            until,
            sent: BTreeMap::new(),
            held: BTreeMap::new(),
            promises: Vec::new(),
            promises_more: 0,
            tasks: BTreeMap::new(),
            uncertain: 0,
            quarantined: 0,
            aging: Aging::default(),
            letters: BTreeMap::new(),
        }
    }

    /// Lists a promise, or counts it where there are too many; the nearest ones are listed.
    pub fn promise(&mut self, promised: Promised) {
        let key = |one: &Promised| (one.pay_by, one.debtor.clone());
        let place = self.promises.partition_point(|known| key(known) <= key(&promised));
        self.promises.insert(place, promised);
        if self.promises.len() > PROMISES_LISTED_MAX {
            self.promises.pop();
            self.promises_more += 1;
        }
    }
}
