//! From the short notation of scenario files to whole events.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::{Written, stock};
use crate::domain::instant_of;
use crate::workflow::yaml::Spanned;
use crate::workflow::{Code, Findings, Workflow};

/// Keys that stand beside the type.
const BESIDE: [&str; 4] = ["at", "id", "sequence", "creditor"];

/// An event with its place.
struct Short<'a> {
    span: Range<usize>,
    at: DateTime<Utc>,
    /// The day of `at` in the workflow's zone.
    day: NaiveDate,
    kind: &'a str,
    data: Map<String, Value>,
    written: &'a Map<String, Value>,
}

/// Every event of the file as JSON with its line: creditor and debtors first, then the written ones.
pub(super) fn expand(
    written: &Written,
    workflow: &Workflow,
    text: &str,
    findings: &mut Findings<'_>,
) -> Vec<(usize, String)> {
    let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let mut whole = Vec::new();
    let mut shorts = Vec::new();
    for item in &written.events {
        if item.value.contains_key("specversion") {
            whole.push((line(item.span.start), Value::Object(item.value.clone()).to_string()));
        } else {
            shorts.extend(short(item, workflow.timezone, text, findings));
        }
    }
    let start = earliest(&shorts, written);
    let mut filler = Filler::new(written, workflow);
    let mut events = Vec::new();
    let stated = std::iter::once(written.creditor.as_ref()).chain(written.debtors.iter().map(Some));
    let mut lines = stated.map(|party| party.map_or(1, |party| line(party.span.start)));
    for (kind, data) in filler.parties() {
        let id = format!("{kind}-{:04}", events.len());
        let envelope = filler.envelope(&id, kind, start, data, None);
        events.push((lines.next().unwrap_or(1), envelope));
    }
    for (index, short) in shorts.into_iter().enumerate() {
        let place = line(short.span.start);
        let (kind, at, beside) = (short.kind, short.at, short.written);
        let data = filler.fill(short);
        // Later events of one instant have greater ids, so that the later line of the file wins.
        events.push((place, filler.envelope(&format!("event-{index:04}"), kind, at, data, Some(beside))));
    }
    events.extend(whole);
    events
}

/// The moment at which creditor and debtors are known: that of the first event of the file.
fn earliest(shorts: &[Short<'_>], written: &Written) -> DateTime<Utc> {
    let whole = written.events.iter().filter_map(|item| item.value.get("time")?.as_str()?.parse().ok());
    shorts.iter().map(|short| short.at).chain(whole).min().unwrap_or(DateTime::UNIX_EPOCH)
}

fn short<'a>(
    item: &'a Spanned<Map<String, Value>>,
    zone: chrono_tz::Tz,
    text: &str,
    findings: &mut Findings<'_>,
) -> Option<Short<'a>> {
    let types: Vec<_> = item.value.iter().filter(|(key, _)| !BESIDE.contains(&key.as_str())).collect();
    let ([(kind, Value::Object(data))], Some(at)) = (&types[..], item.value.get("at").and_then(Value::as_str)) else {
        let help = "write `{ at: 2026-03-02, invoice.upserted: { invoice: F-1, … } }`".to_owned();
        let message = "an event is `at` and one key, its type, with its data behind";
        findings.add_with_help(Code::BadValue, item.span.clone(), message, help);
        return None;
    };
    let Some((at, day)) = moment(at, zone) else {
        // A day that does not exist was told as that.
        if findings.holds_one_within(&item.span) {
            return None;
        }
        let help = "write a day like 2026-03-02, or a day and a time like 2026-03-02 14:30".to_owned();
        let within = text.get(item.span.clone()).unwrap_or_default();
        let behind = within.find("at:").map_or(0, |key| key + "at:".len());
        let found = within[behind..].find(at).map(|place| item.span.start + behind + place);
        let span = found.map_or(item.span.clone(), |start| start..start + at.len());
        findings.add_with_help(Code::BadValue, span, format!("`{at}` is no moment"), help);
        return None;
    };
    Some(Short { span: item.span.clone(), at, day, kind: kind.as_str(), data: data.clone(), written: &item.value })
}

/// A day is its first instant; a day and a time are the zone's.
fn moment(text: &str, zone: chrono_tz::Tz) -> Option<(DateTime<Utc>, NaiveDate)> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some((instant.with_timezone(&Utc), instant.with_timezone(&zone).date_naive()));
    }
    let local = match text.parse::<NaiveDate>() {
        Ok(day) => day.and_time(NaiveTime::MIN),
        Err(_) => NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").ok()?,
    };
    Some((instant_of(local, zone), local.date()))
}

/// Fills in what events leave out.
struct Filler {
    creditor: Map<String, Value>,
    debtors: Vec<Map<String, Value>>,
    currency: String,
    /// What was last stated of each thing, by type and id.
    stated: BTreeMap<(String, String), Map<String, Value>>,
}

impl Filler {
    fn new(written: &Written, workflow: &Workflow) -> Self {
        let over = |mut stock: Map<String, Value>, written: &Map<String, Value>| {
            stock.extend(written.clone());
            stock
        };
        let nothing = Map::new();
        let creditor = over(stock::creditor(workflow), written.creditor.as_ref().map_or(&nothing, |one| &one.value));
        let mut debtors: Vec<_> = written
            .debtors
            .iter()
            .enumerate()
            .map(|(index, debtor)| over(stock::debtor(workflow, &format!("D-{}", index + 1)), &debtor.value))
            .collect();
        if debtors.is_empty() {
            debtors.push(stock::debtor(workflow, "D-1"));
        }
        let currency = written.currency.clone().unwrap_or_else(|| stock::currency(workflow).code().to_owned());
        let mut filler = Self { creditor, debtors, currency, stated: BTreeMap::new() };
        for (kind, data) in filler.parties() {
            filler.remember(kind, &data);
        }
        filler
    }

    fn parties(&self) -> Vec<(&'static str, Map<String, Value>)> {
        let debtors = self.debtors.iter().map(|debtor| ("debtor.upserted", debtor.clone()));
        std::iter::once(("creditor.upserted", self.creditor.clone())).chain(debtors).collect()
    }

    fn remember(&mut self, kind: &str, data: &Map<String, Value>) {
        if let Some(id) = identifier(kind, data) {
            self.stated.insert((kind.to_owned(), id), data.clone());
        }
    }

    fn fill(&mut self, short: Short<'_>) -> Map<String, Value> {
        let Short { kind, at, day, mut data, .. } = short;
        if kind == "creditor.upserted" {
            data.entry("id").or_insert_with(|| self.creditor.get("id").cloned().unwrap_or_default());
        }
        if names_debtor(kind) {
            let first = self.debtors.first().and_then(|debtor| debtor.get("debtor").cloned());
            data.entry("debtor").or_insert_with(|| first.unwrap_or_default());
        }
        let before = identifier(kind, &data).and_then(|id| self.stated.get(&(kind.to_owned(), id)).cloned());
        for (key, value) in before.unwrap_or_default() {
            data.entry(key).or_insert(value);
        }
        let (day, instant) = (json!(day.to_string()), json!(at.to_rfc3339_opts(SecondsFormat::Secs, true)));
        let mut absent = |key: &str, value: Value| {
            data.entry(key).or_insert(value);
        };
        match kind {
            "invoice.upserted" => {
                absent("currency", json!(self.currency));
                absent("issued_on", day);
            }
            "credit_note.upserted" => {
                absent("currency", json!(self.currency));
                absent("issued_on", day);
            }
            "payment.upserted" => {
                absent("currency", json!(self.currency));
                absent("received_on", day);
                absent("status", json!("received"));
            }
            "payments.synced" => absent("through", instant),
            "contact.recorded" | "notice.status" => absent("at", instant),
            "approval.answered" | "task.answered" => absent("by", json!("somebody")),
            _ => {}
        }
        if kind == "invoice.upserted" {
            let number = data.get("invoice").cloned();
            data.entry("number").or_insert_with(|| number.unwrap_or_default());
        }
        self.remember(kind, &data);
        data
    }

    fn envelope(
        &self,
        id: &str,
        kind: &str,
        at: DateTime<Utc>,
        data: Map<String, Value>,
        beside: Option<&Map<String, Value>>,
    ) -> String {
        let beside = |key: &str| beside.and_then(|beside| beside.get(key).cloned());
        let creditor = beside("creditor").or_else(|| self.creditor.get("id").cloned()).unwrap_or_default();
        let mut event = json!({
            "specversion": "1.0",
            "id": beside("id").unwrap_or_else(|| json!(id)),
            "source": "scenario",
            "type": kind,
            "time": at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            "creditor": creditor,
            "data": data,
        });
        if let Some(sequence) = beside("sequence") {
            event["sequence"] = sequence;
        }
        event.to_string()
    }
}

/// The identifier of what a later event of the same type may change.
fn identifier(kind: &str, data: &Map<String, Value>) -> Option<String> {
    let key = match kind {
        "creditor.upserted" => "id",
        "debtor.upserted" => "debtor",
        "invoice.upserted" => "invoice",
        "payment.upserted" => "payment",
        "credit_note.upserted" => "credit_note",
        _ => return None,
    };
    data.get(key)?.as_str().map(str::to_owned)
}

fn names_debtor(kind: &str) -> bool {
    matches!(
        kind,
        "debtor.upserted"
            | "debtor.insolvency_opened"
            | "invoice.upserted"
            | "invoice.voided"
            | "credit_note.upserted"
            | "payment.upserted"
            | "dispute.opened"
            | "promise.made"
            | "plan.agreed"
            | "hold.placed"
            | "charges.claimed"
            | "charges.waived"
            | "limitation.interrupted"
            | "contact.recorded"
            | "feedback.received"
    )
}
