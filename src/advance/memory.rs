//! Accounts remembered between batches, so that a busy one is not read from the tables each time.
//!
//! Nothing is believed for being remembered: an account counts only at the sequence its locked row shows, and is
//! put here only after the commit that made it so was confirmed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{Account, AccountKey, CreditorId, Facts, NoticeId};

/// Facts, cases and notices kept in each of the two generations: some tens of megabytes at most.
const GENERATION_ITEMS_MAX: usize = 20_000;
/// Creditors whose own facts are kept.
const CREDITORS_MAX: usize = 2_000;

/// An account as it was after a commit.
#[derive(Debug)]
pub(super) struct Remembered {
    /// The sequence of its row then.
    pub seq: i64,
    /// The sequence of its creditor's row then.
    pub creditor_seq: i64,
    /// The account.
    pub account: Account,
    /// Its notices by their providers' identifiers.
    pub provider_ids: HashMap<String, NoticeId>,
}

impl Remembered {
    fn items(&self) -> usize {
        let facts = &self.account.facts;
        1 + facts.invoices.len()
            + facts.payments.len()
            + facts.credit_notes.len()
            + facts.disputes.len()
            + facts.promises.len()
            + facts.plans.len()
            + facts.holds.len()
            + facts.contacts.len()
            + facts.feedback.len()
            + facts.approvals.len()
            + facts.answers.len()
            + facts.reports.len()
            + self.account.cases.len()
            + self.account.notices.len()
            + self.account.tasks.len()
    }
}

/// What a worker remembers. Shared by its roles.
#[derive(Debug, Default)]
pub struct Memory {
    held: Mutex<Held>,
}

/// Two generations: what was used since the younger filled up stays, the rest is forgotten with the elder.
#[derive(Debug, Default)]
struct Held {
    young: HashMap<AccountKey, Remembered>,
    young_items: usize,
    old: HashMap<AccountKey, Remembered>,
    creditors: HashMap<CreditorId, (i64, Facts)>,
}

impl Held {
    /// Keeps what a committed account knows of its creditor.
    fn keep_creditor(&mut self, remembered: &Remembered) {
        let creditor = &remembered.account.key.creditor;
        if self.creditors.get(creditor).is_some_and(|(seq, _)| *seq >= remembered.creditor_seq) {
            return;
        }
        if self.creditors.len() >= CREDITORS_MAX {
            self.creditors.clear();
        }
        let mut facts = Facts::default();
        facts.know_creditor(&remembered.account.facts);
        self.creditors.insert(creditor.clone(), (remembered.creditor_seq, facts));
    }
}

impl Memory {
    fn held(&self) -> MutexGuard<'_, Held> {
        // What is remembered is checked against its row each time, so a panic elsewhere leaves nothing to fear.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes accounts out: each as it was at the sequence given, or nothing.
    pub(super) fn take<'k>(&self, wanted: impl IntoIterator<Item = (&'k AccountKey, i64)>) -> Vec<Option<Remembered>> {
        let mut held = self.held();
        let mut take = |key: &AccountKey, seq: i64| {
            let found = held.young.remove(key).inspect(|found| {
                held.young_items = held.young_items.saturating_sub(found.items());
            });
            found.or_else(|| held.old.remove(key)).filter(|found| found.seq == seq)
        };
        wanted.into_iter().map(|(key, seq)| take(key, seq)).collect()
    }

    /// Keeps accounts as a confirmed commit left them.
    pub(super) fn put(&self, accounts: impl IntoIterator<Item = Remembered>) {
        let mut held = self.held();
        for remembered in accounts {
            let items = remembered.items();
            if held.young_items + items > GENERATION_ITEMS_MAX {
                held.old = std::mem::take(&mut held.young);
                held.young_items = 0;
            }
            held.young_items += items;
            held.keep_creditor(&remembered);
            held.young.insert(remembered.account.key.clone(), remembered);
        }
    }

    /// Forgets everything: something was counted anew that no sequence tells of.
    pub fn forget(&self) {
        *self.held() = Held::default();
    }

    /// The facts of a creditor itself, at the sequence given.
    pub(super) fn creditor(&self, creditor: &CreditorId, seq: i64) -> Option<Facts> {
        self.held().creditors.get(creditor).filter(|(known, _)| *known == seq).map(|(_, facts)| facts.clone())
    }
}
