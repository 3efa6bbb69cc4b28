//! Accounts on the desk: locked, known, decided again.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::Memory;
use super::memory::Remembered;
use crate::domain::{
    Account, AccountKey, Case, CaseState, CreditorId, Decision, Entry, Fact, Facts, InvoiceId, Kind, NoticeId,
    NoticeRef, NoticeState, Reason, Revision, TaskId, TaskState, Version, WorkflowName,
};
use crate::engine::{Book, Moved, Unsafe, decide, move_cases, newly_near};
use crate::store::{Locked, StoreError, Tx, WaitsFor, Wake};

/// An account that asks to be woken at once is woken after so long, lest it keep a worker busy with nothing.
const WAKE_MILLIS_MIN: i64 = 1_000;
/// An account with a case on a workflow revision that this process does not know is decided again after so long, by
/// one that does: while workers are replaced one by one, both kinds are running.
const STRANGE_MINUTES: i64 = 1;

/// A locked account, and what was decided about it.
#[derive(Debug)]
pub(super) struct Seat {
    /// As its row was locked.
    pub locked: Locked,
    /// The sequence of its creditor.
    pub creditor_seq: i64,
    /// What is known of it.
    pub account: Account,
    /// Its notices by their providers' identifiers.
    pub provider_ids: HashMap<String, NoticeId>,
    /// What was decided; carried out in `account` already.
    pub decision: Decision,
    /// Cases of the decision that nobody knew before.
    pub opened: Vec<InvoiceId>,
    /// Blocks of the decision that did not stand before.
    pub asked: Vec<String>,
    /// Tasks of the decision that were not open before.
    pub begun: Vec<TaskId>,
    /// Claims that the decision says are near the end of their limitation, each with its last day.
    pub near: Vec<(InvoiceId, NaiveDate)>,
    /// Whether `account` may be remembered: false once the tables said something else.
    pub is_sound: bool,
    /// Whether a case stands on a workflow revision that was not known when it was decided.
    pub is_strange: bool,
    /// Up to when its creditor's payments are known, where that is too little and nobody was alerted yet.
    pub alert: Option<DateTime<Utc>>,
}

impl Seat {
    fn new(account: Account, locked: Locked, creditor_seq: i64) -> Self {
        Self {
            locked,
            creditor_seq,
            account,
            provider_ids: HashMap::new(),
            decision: Decision::default(),
            opened: Vec::new(),
            asked: Vec::new(),
            begun: Vec::new(),
            near: Vec::new(),
            is_sound: true,
            is_strange: false,
            alert: None,
        }
    }

    /// Folds a fact in. Reports that name a notice by its provider's identifier are told which notice that is.
    pub fn apply(&mut self, key: &str, version: Version, mut fact: Fact) {
        if let Fact::NoticeReported(report) = &mut fact
            && let NoticeRef::ProviderId(id) = &report.notice
            && let Some(notice) = self.provider_ids.get(id)
        {
            report.notice = NoticeRef::Id(*notice);
        }
        self.account.facts.apply(key, version, fact);
    }

    /// Decides, and carries the decision out in memory.
    ///
    /// # Errors
    ///
    /// When the engine fails on this account. That is a defect, but it must not keep others waiting.
    pub fn decide(&mut self, book: &Book, now: DateTime<Utc>) -> Result<(), StoreError> {
        // The engine is a pure function: what it leaves behind when it fails is nothing.
        let decided = catch_unwind(AssertUnwindSafe(|| decide(&self.account, book, now)));
        self.decision = decided.map_err(|_| StoreError::Undecodable {
            table: "accounts",
            column: "debtor",
            key: format!("{}/{}", self.account.key.creditor, self.account.key.debtor),
            reason: "the engine failed on this account, which is a defect of relance".to_owned(),
        })?;
        let is_unknown = |case: &Case| case.workflow.as_ref().is_some_and(|key| book.revision(key).is_none());
        self.is_strange = self.account.cases.values().any(|case| case.state == CaseState::Open && is_unknown(case));
        let (decision, account) = (&self.decision, &self.account);
        let opened = decision.cases.iter().filter(|case| !account.cases.contains_key(&case.invoice));
        self.opened = opened.map(|case| case.invoice.clone()).collect();
        let stands = |name: &str| account.blocks.get(name).is_some_and(|block| block.released_at.is_none());
        let asked = decision.blocks.iter().filter(|block| block.released_at.is_none() && !stands(&block.name));
        self.asked = asked.map(|block| block.name.clone()).collect();
        let is_open = |id| account.tasks.get(id).is_some_and(|task| task.state == TaskState::Open);
        let begun = decision.tasks.iter().filter(|task| task.state == TaskState::Open && !is_open(&task.id));
        self.begun = begun.map(|task| task.id).collect();
        let near = newly_near(account, &decision.cases).into_iter();
        self.near = near.map(|(invoice, last)| (invoice.clone(), last)).collect();
        self.account.carry_out(&self.decision);
        Ok(())
    }

    /// Moves its cases of `workflow` to revision `to`, where it is safe, and decides it. Returns how many moved, and
    /// which stay.
    ///
    /// # Errors
    ///
    /// As for [`Seat::decide`].
    pub fn move_cases(
        &mut self,
        book: &Book,
        workflow: &WorkflowName,
        to: &Revision,
        now: DateTime<Utc>,
    ) -> Result<(usize, Vec<(InvoiceId, Unsafe)>), StoreError> {
        let Moved { cases, entries, stays } = move_cases(&self.account, book, workflow, to, now);
        let moves = Decision { cases, entries, ..Decision::default() };
        self.account.carry_out(&moves);
        self.decide(book, now)?;
        let moved = moves.cases.len();
        let decided = |case: &Case| self.decision.cases.iter().any(|decided| decided.invoice == case.invoice);
        let untouched: Vec<Case> = moves.cases.into_iter().filter(|case| !decided(case)).collect();
        self.decision.cases.extend(untouched);
        self.decision.entries.splice(0..0, moves.entries);
        Ok((moved, stays))
    }

    /// Up to when its creditor's payments are known, where the decision made a case wait for more (rule 28).
    pub fn stale_feed(&self) -> Option<DateTime<Utc>> {
        let held = |entry: &Entry| entry.kind == Kind::Held && entry.reason == Some(Reason::StaleFeed);
        let feed = self.account.facts.feed.as_ref().filter(|_| self.decision.entries.iter().any(held))?;
        Some(feed.fact.through)
    }

    /// When it is to be decided again: when the engine says, or when an ordered notice may no longer be sent.
    pub fn wake(&self, now: DateTime<Utc>) -> Wake {
        let ordered = self.account.notices.values().filter(|notice| notice.state == NoticeState::Ordered);
        let strange = self.is_strange.then(|| now + TimeDelta::minutes(STRANGE_MINUTES));
        let at = ordered
            .map(|notice| notice.valid_until)
            .chain(self.decision.wake_at)
            .chain(self.decision.alert_at)
            .chain(strange)
            .min();
        let facts = &self.account.facts;
        let waits_for = if facts.creditor.is_none() && !facts.invoices.is_empty() {
            Some(WaitsFor::Creditor)
        } else if self.account.cases.values().any(|case| case.held.contains(&Reason::StaleFeed)) {
            Some(WaitsFor::Feed)
        } else {
            None
        };
        Wake { at: at.map(|at| at.max(now + TimeDelta::milliseconds(WAKE_MILLIS_MIN))), waits_for }
    }

    /// What may be remembered of it once all is committed.
    pub fn remembered(self) -> Option<Remembered> {
        self.is_sound.then_some(Remembered {
            seq: self.locked.seq,
            creditor_seq: self.creditor_seq,
            account: self.account,
            provider_ids: self.provider_ids,
        })
    }
}

/// Creditors that are locked, with their sequences.
pub(super) type Creditors = BTreeMap<CreditorId, i64>;

/// Seats accounts that are locked, in the order of `keys`. Those in `changed` had facts attached, and are read anew.
pub(super) async fn seat(
    tx: &mut Tx<'_>,
    memory: &Memory,
    creditors: &Creditors,
    keys: &[AccountKey],
    locked: Vec<Locked>,
    changed: &[AccountKey],
) -> Result<Vec<Seat>, StoreError> {
    let wanted = keys.iter().zip(&locked).map(|(key, locked)| (key, locked.seq - 1));
    let remembered = memory.take(wanted);
    let mut unknown: Vec<usize> = Vec::new();
    let mut stale: Vec<usize> = Vec::new();
    let mut seats = Vec::with_capacity(keys.len());
    for (place, ((key, locked), remembered)) in keys.iter().zip(locked).zip(remembered).enumerate() {
        let creditor_seq = creditors.get(&key.creditor).copied().unwrap_or_default();
        let remembered = remembered.filter(|_| !changed.contains(key));
        if remembered.is_none() && (locked.seq > 1 || changed.contains(key)) {
            unknown.push(place);
        }
        if remembered.as_ref().is_none_or(|remembered| remembered.creditor_seq != creditor_seq) {
            stale.push(place);
        }
        let (account, provider_ids) = remembered
            .map_or_else(|| (Account::new(key.clone()), HashMap::new()), |found| (found.account, found.provider_ids));
        seats.push(Seat { provider_ids, ..Seat::new(account, locked, creditor_seq) });
    }
    load(tx, &mut seats, &unknown).await?;
    know_creditors(tx, memory, &mut seats, &stale).await?;
    Ok(seats)
}

/// Accounts as the tables hold them, without a lock; `creditors` are the facts of creditors read so far.
pub(super) async fn read(
    tx: &mut Tx<'_>,
    keys: &[AccountKey],
    creditors: &mut BTreeMap<CreditorId, Facts>,
) -> Result<Vec<Account>, StoreError> {
    let unlocked = Locked::default();
    let mut seats: Vec<Seat> =
        keys.iter().map(|key| Seat::new(Account::new(key.clone()), unlocked.clone(), 0)).collect();
    load(tx, &mut seats, &(0..keys.len()).collect::<Vec<_>>()).await?;
    let mut unread: Vec<CreditorId> =
        keys.iter().map(|key| key.creditor.clone()).filter(|creditor| !creditors.contains_key(creditor)).collect();
    unread.dedup();
    creditors.extend(creditors_facts(tx, unread).await?);
    for seat in &mut seats {
        if let Some(facts) = creditors.get(&seat.account.key.creditor) {
            seat.account.facts.know_creditor(facts);
        }
    }
    Ok(seats.into_iter().map(|seat| seat.account).collect())
}

/// Reads the accounts at `places` from the tables.
async fn load(tx: &mut Tx<'_>, seats: &mut [Seat], places: &[usize]) -> Result<(), StoreError> {
    if places.is_empty() {
        return Ok(());
    }
    let keys: Vec<AccountKey> = places.iter().map(|place| seats[*place].account.key.clone()).collect();
    for (place, notice, provider_id) in tx.notices_of(&keys).await? {
        let seat = &mut seats[places[place]];
        seat.provider_ids.extend(provider_id.map(|id| (id, notice.id)));
        seat.account.notices.insert(notice.id, notice);
    }
    for known in tx.facts_of(&keys).await? {
        seats[places[known.place]].apply(&known.key, known.version, known.fact);
    }
    for (place, case) in tx.cases_of(&keys).await? {
        seats[places[place]].account.cases.insert(case.invoice.clone(), case);
    }
    for (place, task) in tx.tasks_of(&keys).await? {
        seats[places[place]].account.tasks.insert(task.id, task);
    }
    for (place, block) in tx.blocks_of(&keys).await? {
        seats[places[place]].account.blocks.insert(block.name.clone(), block);
    }
    Ok(())
}

/// Tells the accounts at `places` what is known of their creditors.
async fn know_creditors(
    tx: &mut Tx<'_>,
    memory: &Memory,
    seats: &mut [Seat],
    places: &[usize],
) -> Result<(), StoreError> {
    let mut known: BTreeMap<CreditorId, Option<Facts>> = BTreeMap::new();
    for place in places {
        let seat = &seats[*place];
        let creditor = &seat.account.key.creditor;
        if !known.contains_key(creditor) {
            known.insert(creditor.clone(), memory.creditor(creditor, seat.creditor_seq));
        }
    }
    let unread: Vec<CreditorId> =
        known.iter().filter(|(_, facts)| facts.is_none()).map(|(creditor, _)| creditor.clone()).collect();
    known.extend(creditors_facts(tx, unread).await?.into_iter().map(|(creditor, facts)| (creditor, Some(facts))));
    for place in places {
        let seat = &mut seats[*place];
        let Some(Some(facts)) = known.get(&seat.account.key.creditor) else { continue };
        seat.account.facts.know_creditor(facts);
    }
    Ok(())
}

/// What the tables hold of creditors themselves.
async fn creditors_facts(
    tx: &mut Tx<'_>,
    creditors: Vec<CreditorId>,
) -> Result<impl IntoIterator<Item = (CreditorId, Facts)> + use<>, StoreError> {
    let mut read: Vec<Facts> = vec![Facts::default(); creditors.len()];
    if !creditors.is_empty() {
        for fact in tx.facts_of_creditors(&creditors).await? {
            read[fact.place].apply(&fact.key, fact.version, fact.fact);
        }
        for (place, peers) in tx.peers_of(&creditors).await? {
            read[place].peers = Some(peers);
        }
    }
    Ok(creditors.into_iter().zip(read))
}
