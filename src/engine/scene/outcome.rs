//! What one decision is putting together.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Walker;
use crate::domain::{Account, Block, Decision, Entry, Notice, NoticeId, Task, TaskId};
use crate::engine::questions::Asked;

/// What has been decided so far.
#[derive(Default)]
pub(in crate::engine) struct Outcome {
    pub orders: Vec<Notice>,
    pub withdrawals: Vec<NoticeId>,
    pub tasks: BTreeMap<TaskId, Task>,
    pub blocks: Vec<Block>,
    pub entries: Vec<Entry>,
    /// What was asked of people, by why and about what.
    pub questions: BTreeMap<(&'static str, String), Asked>,
    pub wake_at: Option<DateTime<Utc>>,
    pub alert_at: Option<DateTime<Utc>>,
}

impl Outcome {
    /// Asks to be woken at `at`, unless something earlier already does; the past wakes nobody.
    pub fn wake(&mut self, now: DateTime<Utc>, at: DateTime<Utc>) {
        if at > now && self.wake_at.is_none_or(|known| at < known) {
            self.wake_at = Some(at);
        }
    }

    /// Asks to be woken at `at` for what moves no case: the platform is told something.
    pub fn alert(&mut self, now: DateTime<Utc>, at: DateTime<Utc>) {
        if at > now && self.alert_at.is_none_or(|known| at < known) {
            self.alert_at = Some(at);
        }
    }

    /// Writes an entry with the sentences that explain it.
    pub fn say(&mut self, mut entry: Entry, because: impl IntoIterator<Item = String>) {
        entry.because.extend(because);
        self.entries.push(entry);
    }

    /// The decision: only what changed, entries in their order.
    pub fn finish(self, account: &Account, walkers: Vec<Walker<'_>>) -> Decision {
        let changed = |walker: &Walker<'_>| account.cases.get(walker.id()) != Some(&walker.case);
        let cases = walkers.into_iter().filter(changed).map(|walker| walker.case).collect();
        let tasks = self.tasks.into_values().filter(|task| account.tasks.get(&task.id) != Some(task)).collect();
        let mut entries = self.entries;
        entries.sort_by(Entry::order);
        Decision {
            cases,
            orders: self.orders,
            withdrawals: self.withdrawals,
            tasks,
            blocks: self.blocks,
            entries,
            wake_at: self.wake_at,
            alert_at: self.alert_at,
            ..Decision::default()
        }
    }
}
