//! Checks one request of a provider, the tests of its answers and what they mean.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::problems::Problems;
use super::written::{self, OneOrMany, Status};
use super::{Idempotency, JsonPath, KeyPlace, Method, Part, Payload, Pick, Request, Rule, Source, Step, Verdict, When};
use crate::workflow::Code;

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Prepares; can be left behind.
    Before,
    /// Hands the notice over.
    Commit,
    /// Asks what became of it.
    Reconcile,
}

/// A checked step; `None` where it has no request.
pub(super) fn step(
    mut written: written::Step,
    place: &str,
    role: Role,
    letters: bool,
    problems: &mut Problems<'_, '_>,
) -> Option<Step> {
    let payload = payload(&mut written, place, letters, problems);
    let idempotency = written.idempotency.take().and_then(|one| idempotency(one, place, &payload, problems));
    if role != Role::Commit && idempotency.is_some() {
        problems.add(Code::MisplacedKey, place, "`idempotency` belongs to the step that commits");
    }
    if role == Role::Reconcile && (written.commit.is_some() || written.id.is_some()) {
        problems.add(Code::MisplacedKey, place, "`commit` and `id` belong to steps of `send`");
    }
    if role != Role::Before && (written.accept.is_some() || !written.capture.is_empty()) {
        problems.add(
            Code::MisplacedKey,
            place,
            "`accept` and `capture` of a step are for those before the commit; use `outcomes`",
        );
    }
    let accept = match written.accept.take() {
        Some(accept) => when(accept, &format!("{place}.accept"), problems),
        None => When { status: vec![(200, 299)], ..When::default() },
    };
    let capture = captures(std::mem::take(&mut written.capture), place, problems);
    let outcomes = outcomes(written.outcomes.take(), place, role, problems);
    let (method, path) = method(&written, place, problems)?;
    if method == Method::Get && payload != Payload::Empty {
        problems.add(Code::RequestShape, place, "a `get` has no body");
    }
    let request = Request {
        method,
        path,
        authenticated: written.auth.is_none(),
        query: written.query,
        headers: written.headers,
        payload,
    };
    let id = written.id.unwrap_or_else(|| place.to_owned());
    Some(Step { id, request, commit: role == Role::Commit, idempotency, accept, capture, outcomes })
}

fn method(written: &written::Step, place: &str, problems: &mut Problems<'_, '_>) -> Option<(Method, String)> {
    let named = [
        (Method::Get, &written.get),
        (Method::Post, &written.post),
        (Method::Put, &written.put),
        (Method::Patch, &written.patch),
        (Method::Delete, &written.delete),
    ];
    let mut named = named.into_iter().filter_map(|(method, path)| path.clone().map(|path| (method, path)));
    let (Some((method, path)), None) = (named.next(), named.next()) else {
        problems.add(
            Code::RequestShape,
            place,
            "a request has exactly one method; write one of get, post, put, patch and delete, with the path",
        );
        return None;
    };
    if !path.starts_with('/') || path.starts_with("//") || path.contains(['?', '#', '\\']) {
        problems.add(
            Code::RequestShape,
            place,
            "a path begins with one `/` and has no `?`; write parameters under `query`",
        );
    }
    Some((method, path))
}

fn payload(written: &mut written::Step, place: &str, letters: bool, problems: &mut Problems<'_, '_>) -> Payload {
    let mut bodies = vec![];
    bodies.extend(written.json.take().map(Payload::Json));
    bodies.extend(written.form.take().map(Payload::Form));
    bodies.extend(written.multipart.take().map(Payload::Multipart));
    bodies.extend(written.raw.take().map(Payload::Raw));
    if bodies.len() > 1 {
        problems.add(Code::RequestShape, place, "write one of json, form, multipart and raw");
    }
    let payload = bodies.pop().unwrap_or(Payload::Empty);
    let parts: &[Part] = match &payload {
        Payload::Form(Value::Object(_)) | Payload::Empty | Payload::Json(_) => &[],
        Payload::Form(_) => {
            problems.add(Code::RequestShape, place, "`form` has names and values");
            &[]
        }
        Payload::Multipart(parts) => {
            if parts.iter().any(|part| part.name.is_empty()) {
                problems.add(Code::RequestShape, place, "each part of `multipart` has a `name`");
            }
            parts
        }
        Payload::Raw(part) => std::slice::from_ref(part),
    };
    for part in parts {
        let contents = [part.file.is_some(), part.text.is_some(), part.json.is_some()];
        if contents.into_iter().filter(|present| *present).count() != 1 {
            problems.add(Code::RequestShape, place, "write one of `file: letter`, `text` and `json` for a body's part");
        }
        if part.file.is_some() && !letters {
            problems.add(Code::RequestShape, place, "`file: letter` needs `channel: letter`");
        }
    }
    payload
}

fn idempotency(
    written: written::Idempotency,
    place: &str,
    payload: &Payload,
    problems: &mut Problems<'_, '_>,
) -> Option<Idempotency> {
    let mut places = vec![];
    places.extend(written.header.map(KeyPlace::Header));
    places.extend(written.query.map(KeyPlace::Query));
    places.extend(written.field.map(KeyPlace::Field));
    if matches!(places.first(), Some(KeyPlace::Field(_)))
        && !matches!(payload, Payload::Json(Value::Object(_)) | Payload::Form(_) | Payload::Multipart(_))
    {
        problems.add(Code::BadValue, place, "`idempotency.field` needs a json, form or multipart body");
    }
    if places.len() != 1 || written.window_hours == 0 {
        problems.add(
            Code::BadValue,
            place,
            "`idempotency` has one of header, query and field, and `window_hours` of at least 1",
        );
        return None;
    }
    let window = Duration::from_secs(u64::from(written.window_hours) * 3600);
    places.pop().map(|at| Idempotency { place: at, key: written.key, window })
}

fn outcomes(
    written: Option<Vec<written::Rule>>,
    place: &str,
    role: Role,
    problems: &mut Problems<'_, '_>,
) -> Vec<Rule> {
    let rules: Vec<Rule> = written
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .map(|(number, rule)| self::rule(rule, &format!("{place}.outcomes[{number}]"), problems))
        .collect();
    for (number, rule) in rules.iter().enumerate() {
        if let Some(earlier) = rules[..number].iter().position(|before| before.when.takes_at_least(&rule.when)) {
            let message =
                format!("rule {} takes every answer that would come here; put this rule above it", earlier + 1);
            problems.add(Code::UnreachableOutcome, &format!("{place}.outcomes[{number}]"), message);
        }
    }
    let all = rules.last().is_some_and(|rule| rule.when.takes_all());
    if role == Role::Before {
        if rules.iter().any(|rule| matches!(rule.then, Verdict::Accepted | Verdict::Duplicate)) {
            problems.add(
                Code::OutcomeBeforeCommit,
                place,
                "nothing is accepted before the commit; use `accept` to go on",
            );
        }
    } else {
        if !all {
            problems.add(Code::LastOutcome, place, "the last of `outcomes` has no `when`: it says what every other answer means; add `{ then: ambiguous }`");
        }
        if !rules.iter().any(|rule| matches!(rule.then, Verdict::Accepted | Verdict::Duplicate)) {
            problems.add(
                Code::NoAcceptedOutcome,
                place,
                "no rule of `outcomes` says `accepted`; write which answer proves that the provider has the notice",
            );
        }
    }
    rules
}

fn rule(written: written::Rule, place: &str, problems: &mut Problems<'_, '_>) -> Rule {
    Rule {
        when: written.when.map(|one| when(one, place, problems)).unwrap_or_default(),
        then: written.then,
        id: written.id.map(|one| source(one, place, problems)),
        reason: written.reason.map(|one| source(one, place, problems)),
        capture: captures(written.capture, place, problems),
    }
}

fn captures(
    written: BTreeMap<String, OneOrMany<String>>,
    place: &str,
    problems: &mut Problems<'_, '_>,
) -> BTreeMap<String, Source> {
    written.into_iter().map(|(name, from)| (name, source(from, place, problems))).collect()
}

fn source(written: OneOrMany<String>, place: &str, problems: &mut Problems<'_, '_>) -> Source {
    let picks = written.all().into_iter().filter_map(|text| {
        if text.starts_with('$') { path(&text, place, problems).map(Pick::Path) } else { Some(Pick::Text(text)) }
    });
    Source(picks.collect())
}

fn path(text: &str, place: &str, problems: &mut Problems<'_, '_>) -> Option<JsonPath> {
    JsonPath::parse(text).map_err(|why| problems.add(Code::AnswerPath, place, why)).ok()
}

fn when(written: written::When, place: &str, problems: &mut Problems<'_, '_>) -> When {
    let mut paths = |list: Option<OneOrMany<String>>| -> Vec<JsonPath> {
        list.map(OneOrMany::all).unwrap_or_default().iter().filter_map(|text| path(text, place, problems)).collect()
    };
    let (exists, absent) = (paths(written.exists), paths(written.absent));
    let one = written.equals.into_iter().map(|(path, value)| (path, vec![value]));
    let equals: Vec<_> = one
        .chain(written.among)
        .filter_map(|(text, values)| path(&text, place, problems).map(|path| (path, values)))
        .collect();
    if equals.iter().flat_map(|(_, values)| values).any(|value| value.is_array() || value.is_object()) {
        problems.add(Code::BadValue, place, "a value to compare with is a text, a number or a bool");
    }
    let status = written.status.map(OneOrMany::all).unwrap_or_default();
    let status = status.iter().filter_map(|one| statuses(one, place, problems)).collect();
    let when = When { status, header: written.header, exists, absent, equals };
    if when.takes_all() {
        problems.add(Code::BadValue, place, "an empty `when` tests nothing; remove it or write a test");
    }
    when
}

fn statuses(written: &Status, place: &str, problems: &mut Problems<'_, '_>) -> Option<(u16, u16)> {
    let range = match written {
        Status::Code(code) if (100..600).contains(code) => Some((*code, *code)),
        Status::Class(class) => match class.as_str() {
            "2xx" => Some((200, 299)),
            "3xx" => Some((300, 399)),
            "4xx" => Some((400, 499)),
            "5xx" => Some((500, 599)),
            _ => None,
        },
        Status::Code(_) => None,
    };
    if range.is_none() {
        problems.add(Code::BadValue, place, "a status is a number like 201 or a class like \"4xx\"");
    }
    range
}

impl When {
    /// Whether every answer that passes `other` passes this one too, as far as what is written shows it.
    fn takes_at_least(&self, other: &Self) -> bool {
        let within = |range: &(u16, u16)| self.status.iter().any(|(from, to)| *from <= range.0 && range.1 <= *to);
        let statuses = self.status.is_empty() || (!other.status.is_empty() && other.status.iter().all(within));
        let values = |(path, values): &(JsonPath, Vec<Value>)| {
            other.equals.iter().any(|(theirs, few)| theirs == path && few.iter().all(|value| values.contains(value)))
        };
        statuses
            && self.header.iter().all(|(name, value)| other.header.get(name) == Some(value))
            && self.exists.iter().all(|path| other.exists.contains(path))
            && self.absent.iter().all(|path| other.absent.contains(path))
            && self.equals.iter().all(values)
    }
}
