//! Which account each event belongs to, and which events would be put in quarantine.
//!
//! All events are known from the start, so an answer that comes before its question finds its account too.

use std::collections::{BTreeMap, HashMap};

use crate::domain::event::{Event, Refusal};
use crate::domain::{AccountKey, CreditorId, DebtorId, Fact, FactKind, Version};

use super::{Input, Numbered, RefusedLine};

/// The events of one simulation, in time.
#[derive(Debug, Default)]
pub(super) struct Routed {
    /// Every event that is taken, by time, sequence and id.
    pub events: Vec<Numbered>,
    /// Events of each account, as places in `events`.
    pub of_account: BTreeMap<AccountKey, Vec<usize>>,
    /// Events of all accounts of a creditor.
    pub of_creditor: BTreeMap<CreditorId, Vec<usize>>,
    /// Events that name a task or a notice by its own identifier: their account is known once it exists.
    pub floating: BTreeMap<CreditorId, Vec<usize>>,
    /// Events that would be put in quarantine.
    pub refused: Vec<RefusedLine>,
}

impl Routed {
    /// Sorts `input` out.
    pub fn of(input: Input) -> Self {
        let mut routed = Self { refused: input.refused, ..Self::default() };
        routed.events = without_repeats(input.events, &mut routed.refused);
        routed.events.sort_by(|a, b| moment(&a.event).cmp(&moment(&b.event)));
        routed.keep_invoices_in_place();
        let mut known: HashMap<(CreditorId, String), AccountKey> = HashMap::new();
        for Numbered { event, .. } in &routed.events {
            if let (Some(name), Some(debtor)) = (event.announces(), &event.debtor) {
                let key = AccountKey { creditor: event.creditor.clone(), debtor: debtor.clone() };
                known.insert((event.creditor.clone(), name), key);
            }
        }
        for index in 0..routed.events.len() {
            routed.place(index, &known);
        }
        routed.note_moves();
        routed
    }

    fn place(&mut self, index: usize, known: &HashMap<(CreditorId, String), AccountKey>) {
        let Numbered { line, event } = &self.events[index];
        let creditor = event.creditor.clone();
        if let Some(debtor) = event.debtor.clone() {
            return self.of_account.entry(AccountKey { creditor, debtor }).or_default().push(index);
        }
        let Some(awaits) = event.awaits.clone() else {
            return self.of_creditor.entry(creditor).or_default().push(index);
        };
        if let Some(key) = known.get(&(creditor.clone(), awaits.clone())) {
            return self.of_account.entry(key.clone()).or_default().push(index);
        }
        if awaits.starts_with("task:") || awaits.starts_with("notice:") {
            return self.floating.entry(creditor).or_default().push(index);
        }
        let (field, id) = awaits.split_once(':').unwrap_or(("provider", &awaits));
        let reason = if field == "provider" {
            "a simulation knows no provider's identifiers; name the notice by `invoice` and `step`".to_owned()
        } else {
            format!("names `{id}`, which no event makes known")
        };
        let field = if field == "provider" { "data.provider_id".to_owned() } else { format!("data.{field}") };
        let refusal = Refusal { field, reason };
        self.refused.push(RefusedLine { line: *line, id: Some(event.id.clone()), refusal });
    }

    /// What a later event states for another debtor leaves the first one's account: that event comes there too.
    fn note_moves(&mut self) {
        let mut owners: HashMap<(&CreditorId, FactKind, &str), (&Version, &DebtorId)> = HashMap::new();
        let mut leaves = Vec::new();
        for (index, Numbered { event, .. }) in self.events.iter().enumerate() {
            let Some(debtor) = event.debtor.as_ref() else { continue };
            let thing = (&event.creditor, event.kind, event.key.as_str());
            match owners.get(&thing) {
                Some((version, _)) if **version > event.version => {}
                Some((_, owner)) if *owner != debtor => {
                    leaves.push((AccountKey { creditor: event.creditor.clone(), debtor: (*owner).clone() }, index));
                    owners.insert(thing, (&event.version, debtor));
                }
                _ => {
                    owners.insert(thing, (&event.version, debtor));
                }
            }
        }
        for (key, index) in leaves {
            let list = self.of_account.entry(key).or_default();
            list.insert(list.partition_point(|other| *other < index), index);
        }
    }

    /// An invoice stays with the debtor it was first stated for.
    fn keep_invoices_in_place(&mut self) {
        let mut owners = HashMap::new();
        let refused = &mut self.refused;
        self.events.retain(|Numbered { line, event }| {
            let Fact::Invoice(invoice) = &event.fact else { return true };
            let owner =
                owners.entry((event.creditor.clone(), invoice.id.clone())).or_insert_with(|| invoice.debtor.clone());
            let stays = *owner == invoice.debtor;
            if !stays {
                let reason = format!("moves the invoice to another debtor; it was stated for `{owner}` before");
                let refusal = Refusal { field: "data.debtor".to_owned(), reason };
                refused.push(RefusedLine { line: *line, id: Some(event.id.clone()), refusal });
            }
            stays
        });
    }
}

/// When an event becomes known, with its tie-breaks.
fn moment(event: &Event) -> (chrono::DateTime<chrono::Utc>, i64, &str) {
    (event.time, event.version.sequence, &event.id)
}

/// The same event again changes nothing; another content under its identity would be put in quarantine.
fn without_repeats(events: Vec<Numbered>, refused: &mut Vec<RefusedLine>) -> Vec<Numbered> {
    let mut seen = HashMap::new();
    let mut kept = Vec::with_capacity(events.len());
    for numbered in events {
        let Numbered { line, event } = &numbered;
        match seen.insert(event.identity_hash, (event.digest, *line)) {
            None => kept.push(numbered),
            Some((digest, first)) => {
                if digest != event.digest {
                    let reason = format!("has the identity of line {first} and says something else");
                    let refusal = Refusal { field: "id".to_owned(), reason };
                    refused.push(RefusedLine { line: *line, id: Some(event.id.clone()), refusal });
                }
                seen.insert(event.identity_hash, (digest, first));
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(events: &[(&str, &str, &str, &str)]) -> Input {
        let mut input = Input::default();
        for (index, (id, kind, time, data)) in events.iter().enumerate() {
            let event = format!(
                r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"{kind}","time":"{time}","creditor":"C-1","data":{data}}}"#
            );
            input.read(index + 1, &event);
        }
        assert!(input.refused.is_empty(), "{:?}", input.refused);
        input
    }

    fn invoice(id: &str, debtor: &str) -> String {
        format!(
            r#"{{"invoice":"{id}","number":"{id}","debtor":"{debtor}","currency":"EUR","total":"10.00","issued_on":"2026-03-01","due_on":"2026-04-01"}}"#
        )
    }

    #[test]
    fn an_answer_finds_its_account_even_before_its_question() {
        let opened = r#"{"dispute":"X","debtor":"D-1","invoice":"F-1"}"#;
        let routed = Routed::of(input(&[
            ("1", "dispute.resolved", "2026-03-01T00:00:00Z", r#"{"dispute":"X","outcome":"rejected"}"#),
            ("2", "dispute.opened", "2026-03-02T00:00:00Z", opened),
            ("3", "payments.synced", "2026-03-03T00:00:00Z", r#"{"through":"2026-03-03T00:00:00Z"}"#),
        ]));
        assert_eq!(routed.of_account.into_values().collect::<Vec<_>>(), [[0, 1]]);
        assert_eq!(routed.of_creditor.into_values().collect::<Vec<_>>(), [[2]]);
        assert!(routed.refused.is_empty());
    }

    #[test]
    fn what_belongs_to_nothing_is_refused_with_its_line() {
        let routed = Routed::of(input(&[
            ("1", "dispute.resolved", "2026-03-01T00:00:00Z", r#"{"dispute":"X","outcome":"rejected"}"#),
            (
                "2",
                "notice.status",
                "2026-03-01T00:00:00Z",
                r#"{"provider_id":"p","status":"sent","at":"2026-03-01T00:00:00Z"}"#,
            ),
        ]));
        let fields: Vec<_> = routed.refused.iter().map(|it| (it.line, it.refusal.field.as_str())).collect();
        assert_eq!(fields, [(1, "data.dispute"), (2, "data.provider_id")]);
    }

    #[test]
    fn repeats_are_dropped_and_contradictions_and_moves_refused() {
        let (first, other) = (invoice("F-1", "D-1"), invoice("F-1", "D-2"));
        let routed = Routed::of(input(&[
            ("1", "invoice.upserted", "2026-03-02T00:00:00Z", &first),
            ("1", "invoice.upserted", "2026-03-02T00:00:00Z", &first),
            ("1", "invoice.upserted", "2026-03-03T00:00:00Z", &first),
            ("2", "invoice.upserted", "2026-03-04T00:00:00Z", &other),
            ("0", "invoice.upserted", "2026-03-01T00:00:00Z", &first),
        ]));
        assert_eq!(routed.events.iter().map(|it| it.line).collect::<Vec<_>>(), [5, 1]);
        let fields: Vec<_> = routed.refused.iter().map(|it| (it.line, it.refusal.field.as_str())).collect();
        assert_eq!(fields, [(3, "id"), (4, "data.debtor")]);
    }

    #[test]
    fn the_order_of_lines_means_nothing() {
        let (a, b) = (invoice("F-1", "D-1"), invoice("F-2", "D-1"));
        let one = ("1", "invoice.upserted", "2026-03-02T00:00:00Z", a.as_str());
        let two = ("2", "invoice.upserted", "2026-03-02T00:00:00Z", b.as_str());
        let ids = |input| Routed::of(input).events.iter().map(|it| it.event.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(input(&[one, two])), ids(input(&[two, one])));
    }
}
