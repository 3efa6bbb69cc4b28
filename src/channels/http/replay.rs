//! Replays recorded exchanges: the definition asks, a tape answers, and every difference is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::NaiveDate;
use reqwest::{Request, Url};
use serde_json::Value;

use super::client::NoReply;
use super::reply::Reply;
use super::{HttpCarrier, Urls};
use crate::channels::{Body, Keep, Outcome, Outgoing, PauseCause, SecretLookup, Sender};
use crate::domain::{Address, Channel, LetterService, NoticeId, Recipient};
use crate::workflow::provider::{
    Answer, Asked, Exchange, Expected, ExpectedOutcome, Fault, HttpProvider, RecordedCase,
};

/// The letter of the sample: it is never printed.
const SAMPLE_PDF: &[u8] = b"%PDF-1.7 sample of relance";

/// Answers in their order, and what was wrong with what was asked.
pub(super) struct Tape {
    base_url: String,
    left: VecDeque<Exchange>,
    pub differences: Vec<String>,
}

impl Tape {
    pub fn answer(&mut self, request: &Request) -> Result<Reply, NoReply> {
        let asked = format!("{} {}", request.method(), self.place(request.url()));
        let Some(exchange) = self.left.pop_front() else {
            self.differences.push(format!("asked once more than was recorded: {asked}"));
            return Err(NoReply::NotSent("nothing more is recorded".to_owned()));
        };
        if let Some(wanted) = &exchange.asked {
            self.differences.extend(compare(wanted, &asked, request));
        }
        if exchange.answer.status.is_some() == exchange.answer.fault.is_some() {
            self.differences.push(format!("the answer to {asked} needs a `status` or a `fault`, and not both"));
        }
        reply(&exchange.answer)
    }

    /// An address below the provider's own is told without it.
    fn place(&self, url: &Url) -> String {
        let url = url.as_str();
        url.strip_prefix(&self.base_url).unwrap_or(url).to_owned()
    }
}

fn reply(answer: &Answer) -> Result<Reply, NoReply> {
    match answer.fault {
        Some(Fault::Unreachable) => return Err(NoReply::NotSent("nobody is there".to_owned())),
        Some(Fault::Cut) => return Err(NoReply::MayHaveLeft("the connection broke".to_owned())),
        None => {}
    }
    let headers = answer.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
    let body = match (&answer.json, &answer.text) {
        (Some(json), _) => json.to_string(),
        (None, text) => text.clone().unwrap_or_default(),
    };
    Ok(Reply::new(answer.status.unwrap_or(200), headers, body.as_bytes()))
}

/// How a request differs from what must be asked.
fn compare(wanted: &Asked, asked: &str, request: &Request) -> Vec<String> {
    let mut told = Vec::new();
    if wanted.request != asked {
        told.push(format!("asked `{asked}`, recorded is `{}`", wanted.request));
    }
    for (name, value) in &wanted.headers {
        let found = request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        if found.as_deref() != Some(value) {
            told.push(format!("header `{name}` is {found:?}, recorded is {value:?}"));
        }
    }
    let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    if let Some(json) = &wanted.json {
        match serde_json::from_slice(body) {
            Ok(found) => differ("$", json, &found, &mut told),
            Err(_) => told.push("the body is no JSON".to_owned()),
        }
    }
    if let Some(form) = &wanted.form {
        let mut url = request.url().clone();
        url.set_query(std::str::from_utf8(body).ok());
        let found: BTreeMap<String, String> =
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        for (name, value) in form {
            let json = |text: &str| serde_json::from_str(text).ok().filter(|json: &Value| json.is_object());
            if let (Some(wanted), Some(found)) = (json(value), found.get(name).and_then(|text| json(text))) {
                differ(&format!("{name}:$"), &wanted, &found, &mut told);
            } else if found.get(name) != Some(value) {
                told.push(format!("form field `{name}` is {:?}, recorded is {value:?}", found.get(name)));
            }
        }
    }
    told
}

/// Where `found` lacks what `wanted` writes.
fn differ(place: &str, wanted: &Value, found: &Value, told: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (name, wanted) in wanted {
                differ(&format!("{place}.{name}"), wanted, found.get(name).unwrap_or(&Value::Null), told);
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                differ(&format!("{place}[{index}]"), wanted, found, told);
            }
        }
        _ if wanted == found => {}
        _ => told.push(format!("{place} is {found}, recorded is {wanted}")),
    }
}

/// Keeps nothing: a replay is one try.
struct Forget;

impl Keep for Forget {
    async fn keep(&self, _: NoticeId, _: &BTreeMap<String, String>) -> bool {
        true
    }
}

/// The secrets of a replay: each holds its own name.
fn sample_secrets() -> SecretLookup {
    SecretLookup::new(|name| Some(format!("test-{name}").into()))
}

/// A notice to try a provider with: Anne Martin's, of nobody.
fn sample(channel: Channel, service: Option<LetterService>) -> Outgoing {
    let address = |line: &str, postal_code: &str, city: &str| Address {
        lines: vec![line.to_owned()],
        postal_code: postal_code.to_owned(),
        city: city.to_owned(),
        country: "FR".to_owned(),
    };
    let body = match channel {
        Channel::Letter => Body::Letter { pdf: SAMPLE_PDF.to_vec() },
        _ => Body::Sms { text: "Durand SAS : facture F-1, 12,00 € à régler. Merci !".to_owned() },
    };
    Outgoing {
        notice: NoticeId::derive(&["sample"]),
        creditor: "durand".into(),
        service: service.or((channel == Channel::Letter).then_some(LetterService::Standard)),
        provider: None,
        on: NaiveDate::from_ymd_opt(2026, 3, 31).unwrap_or_default(),
        recipient: Recipient {
            role: None,
            name: Some("Anne Martin".to_owned()),
            email: Some("anne.martin@client.example".to_owned()),
            phone: Some("+33612345678".to_owned()),
            address: Some(address("3 rue des Lilas", "75011", "Paris")),
            cc: Vec::new(),
        },
        sender: Sender {
            name: "Durand SAS".to_owned(),
            email: "compta@durand.example".to_owned(),
            reply_to: None,
            phone: Some("+33140000000".to_owned()),
            address: address("1 place du Marché", "69001", "Lyon"),
        },
        body,
        captures: BTreeMap::new(),
        may_have_left: None,
    }
}

/// Replays one recorded case. Returns every difference; none where all is as recorded.
pub(in crate::channels) async fn replay(
    name: &str,
    provider: HttpProvider,
    channel: Channel,
    case: &RecordedCase,
) -> Vec<String> {
    let mut carrier = match HttpCarrier::open(name, provider, Urls::default(), false, &sample_secrets()) {
        Ok(carrier) => carrier,
        Err(problems) => return problems,
    };
    let (base_url, left) = (carrier.base_url.clone(), case.exchanges.clone().into());
    carrier.tape = Some(Mutex::new(Tape { base_url, left, differences: Vec::new() }));
    let outgoing = Outgoing {
        captures: case.captures.clone(),
        may_have_left: case.may_have_left_seconds.map(Duration::from_secs),
        ..sample(case.channel.unwrap_or(channel), case.service)
    };
    let outcome = carrier.send(&outgoing, &Forget).await;
    let Some(tape) = carrier.tape.take() else { return Vec::new() };
    let tape = tape.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut told = tape.differences;
    if !tape.left.is_empty() {
        told.push(format!("{} recorded exchanges were not asked for", tape.left.len()));
    }
    told.extend(unexpected(&case.expect, &outcome));
    told
}

/// Hands a sample over at an address.
pub(in crate::channels) async fn try_against(
    name: &str,
    provider: HttpProvider,
    channel: Channel,
    url: String,
    token: Option<String>,
) -> Result<Outcome, Vec<String>> {
    let service = provider.services.keys().next().copied();
    let urls = Urls { base: Some(url), token };
    let carrier = HttpCarrier::open(name, provider, urls, true, &sample_secrets())?;
    Ok(carrier.send(&sample(channel, service), &Forget).await)
}

/// How an outcome differs from what it should be.
fn unexpected(wanted: &Expected, outcome: &Outcome) -> Vec<String> {
    let nothing = BTreeMap::new();
    let (found, id, reason, captures) = match outcome {
        Outcome::Accepted { provider_id, captures } => {
            (ExpectedOutcome::Accepted, provider_id.as_deref(), "", captures)
        }
        Outcome::Rejected { reason } => (ExpectedOutcome::Rejected, None, reason.as_str(), &nothing),
        Outcome::Retry { reason, may_have_left, captures, .. } => {
            let found = if *may_have_left { ExpectedOutcome::RetryMayHaveLeft } else { ExpectedOutcome::Retry };
            (found, None, reason.as_str(), captures)
        }
        Outcome::Uncertain { reason, captures } => (ExpectedOutcome::Uncertain, None, reason.as_str(), captures),
        Outcome::Paused { cause, reason, .. } => {
            let found = match cause {
                PauseCause::AuthError => ExpectedOutcome::AuthError,
                PauseCause::CreditExhausted => ExpectedOutcome::CreditExhausted,
                PauseCause::Misconfigured => ExpectedOutcome::Misconfigured,
            };
            (found, None, reason.as_str(), &nothing)
        }
    };
    let mut told = Vec::new();
    if found != wanted.outcome {
        told.push(format!("it ends as {found:?} ({reason}), expected is {:?}", wanted.outcome));
    }
    if wanted.id.is_some() && wanted.id.as_deref() != id {
        told.push(format!("the provider's id is {id:?}, expected is {:?}", wanted.id));
    }
    if let Some(part) = wanted.reason.as_ref().filter(|part| !reason.contains(*part)) {
        told.push(format!("the reason is {reason:?}, expected is {part:?} in it"));
    }
    for (name, value) in &wanted.captures {
        if captures.get(name) != Some(value) {
            told.push(format!("captured `{name}` is {:?}, expected is {value:?}", captures.get(name)));
        }
    }
    told
}
