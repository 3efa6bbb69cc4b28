//! A batch sorted out before anything is locked: repetitions folded, owners found, one statement for each fact.

use std::collections::{BTreeMap, HashMap};

use super::intake::Arrival;
use crate::domain::{AccountKey, CreditorId, DebtorId, Event, FactKind};
use crate::store::{Mark, Owner, Refusal, Statement, StoreError, Tx};

/// Why an event whose identity is known with another content is refused.
const CONTRADICTED: &str = "repeats the id of an earlier event of this source with another content; \
     the first stays: send the change under an id of its own";
/// Why an invoice stays with its debtor.
pub(super) const MOVED: &str = "moves an invoice to another debtor; void it and issue another";

/// What became of a batch before it was applied.
#[derive(Debug, Default)]
pub(super) struct Sorted<'a> {
    /// Events to be applied, by their place in the batch.
    pub fresh: Vec<Fresh<'a>>,
    /// What goes into quarantine.
    pub refusals: Vec<Refusal>,
    /// How many were known.
    pub repeated: usize,
}

/// An event that was never seen.
#[derive(Clone, Debug)]
pub(super) struct Fresh<'a> {
    /// As it arrived.
    pub arrival: &'a Arrival,
    /// What it says.
    pub event: &'a Event,
    /// Whose fact it states.
    pub owner: Owner,
}

impl Fresh<'_> {
    /// The account it touches.
    pub fn account(&self) -> Option<AccountKey> {
        match &self.owner {
            Owner::Debtor(debtor) => Some(AccountKey { creditor: self.event.creditor.clone(), debtor: debtor.clone() }),
            Owner::Creditor | Owner::Awaits(_) => None,
        }
    }

    /// As the table of facts takes it.
    pub fn statement(&self) -> Statement<'_> {
        Statement {
            creditor: &self.event.creditor,
            kind: self.event.kind,
            key: &self.event.key,
            owner: &self.owner,
            version: &self.event.version,
            data: &self.event.data,
        }
    }

    fn thing(&self) -> (&str, FactKind, &str) {
        (self.event.creditor.as_str(), self.event.kind, &self.event.key)
    }
}

/// Enters the batch into the inbox and sorts it.
pub(super) async fn sort_out<'a>(tx: &mut Tx<'_>, arrivals: &'a [Arrival]) -> Result<Sorted<'a>, StoreError> {
    let mut sorted = Sorted::default();
    let mut places: HashMap<[u8; 16], usize> = HashMap::with_capacity(arrivals.len());
    let mut marks: Vec<Mark> = Vec::with_capacity(arrivals.len());
    let mut read: Vec<(usize, bool, &Arrival, &Event)> = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        match &arrival.reading {
            Err(refused) => sorted.refusals.push(arrival.refuse(&refused.refusal.field, &refused.refusal.reason)),
            Ok(event) => {
                let place = *places.entry(event.identity_hash).or_insert(marks.len());
                let is_first = place == marks.len();
                if is_first {
                    marks.push(mark(event));
                }
                read.push((place, is_first, arrival, event));
            }
        }
    }
    let seen = tx.enter(&marks).await?;
    for (place, is_first, arrival, event) in read {
        if is_first && seen[place].is_new {
            sorted.fresh.push(Fresh { arrival, event, owner: named_owner(event) });
        } else if seen[place].says_the_same(&mark(event)) {
            sorted.repeated += 1;
        } else {
            sorted.refusals.push(arrival.refuse("id", CONTRADICTED));
        }
    }
    Ok(sorted)
}

fn mark(event: &Event) -> Mark {
    Mark { identity: event.identity_hash, digest: event.digest }
}

fn named_owner(event: &Event) -> Owner {
    match (&event.debtor, &event.awaits) {
        (Some(debtor), _) => Owner::Debtor(debtor.clone()),
        (None, Some(awaits)) => Owner::Awaits(awaits.clone()),
        (None, None) => Owner::Creditor,
    }
}

/// Finds the owners of events that name none: in the batch, else in the tables. Returns whether some are still
/// waiting.
pub(super) async fn find_owners(tx: &mut Tx<'_>, fresh: &mut [Fresh<'_>]) -> Result<bool, StoreError> {
    if !fresh.iter().any(|fresh| matches!(fresh.owner, Owner::Awaits(_))) {
        return Ok(false);
    }
    let mut announced: HashMap<(CreditorId, String), DebtorId> = HashMap::new();
    for fresh in fresh.iter() {
        if let (Some(debtor), Some(name)) = (&fresh.event.debtor, fresh.event.announces()) {
            announced.insert((fresh.event.creditor.clone(), name), debtor.clone());
        }
    }
    for fresh in fresh.iter_mut() {
        let Owner::Awaits(name) = &fresh.owner else { continue };
        if let Some(debtor) = announced.get(&(fresh.event.creditor.clone(), name.clone())) {
            fresh.owner = Owner::Debtor(debtor.clone());
        }
    }
    let waiting: Vec<usize> =
        (0..fresh.len()).filter(|place| matches!(fresh[*place].owner, Owner::Awaits(_))).collect();
    let mut awaited: Vec<(&CreditorId, &str)> = Vec::with_capacity(waiting.len());
    for place in &waiting {
        if let Owner::Awaits(name) = &fresh[*place].owner {
            awaited.push((&fresh[*place].event.creditor, name.as_str()));
        }
    }
    if awaited.is_empty() {
        return Ok(false);
    }
    let mut is_waiting = false;
    for (place, owner) in waiting.into_iter().zip(tx.owners(&awaited).await?) {
        match owner {
            Some(debtor) => fresh[place].owner = Owner::Debtor(debtor),
            None => is_waiting = true,
        }
    }
    Ok(is_waiting)
}

/// Of several versions of one thing the newest, sorted as the table of facts is; an invoice stays with the debtor
/// that was named first, and those that name another are told in `moved`.
pub(super) fn fold<'f, 'a>(fresh: &'f [Fresh<'a>], moved: &mut Vec<&'f Fresh<'a>>) -> Vec<&'f Fresh<'a>> {
    let mut newest: BTreeMap<(&str, FactKind, &str), &Fresh<'a>> = BTreeMap::new();
    for fresh in fresh {
        newest
            .entry(fresh.thing())
            .and_modify(|known| {
                if fresh.event.kind == FactKind::Invoice && fresh.owner != known.owner {
                    moved.push(fresh);
                } else if fresh.event.version > known.event.version {
                    *known = fresh;
                }
            })
            .or_insert(fresh);
    }
    newest.into_values().collect()
}
