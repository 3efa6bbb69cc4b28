//! A checked provider: what carries text messages and letters, as its YAML file describes it.
//!
//! Texts with `{{ … }}` are kept as written: they are compiled and filled in by whoever sends. A provider without
//! its commit step, or with an outcome rule that no answer can reach, cannot be built.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Channel, LetterService, Money};
use crate::workflow::Diagnostic;

mod auth;
mod check;
mod path;
mod prices;
mod problems;
mod recorded;
mod safety;
mod schema;
mod shipped;
mod step;
#[cfg(test)]
mod tests;
mod written;

pub use auth::{Algorithm, Auth, Client, ClientPlace, Encoding, Grant, OAuth2, SignaturePlace, Signed, TokenRequest};
pub use path::JsonPath;
pub use prices::{PriceError, PriceList, Priced, parse_price};
pub use recorded::{Answer, Asked, Exchange, Expected, ExpectedOutcome, Fault, RecordedCase, Recording};
pub use schema::provider_schema;
pub use shipped::{shipped_providers, shipped_recordings};

/// One provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Its name, as written behind `provider:`.
    pub name: String,
    /// What it carries; never empty.
    pub channels: Vec<Channel>,
    /// How notices reach it.
    pub transport: Transport,
    /// What it charges, where the definition says so.
    pub prices: BTreeMap<Priced, Money>,
}

impl Provider {
    /// Reads a definition, or says every mistake in it. `file` is what findings call it.
    pub fn parse(file: &str, yaml: &str) -> Result<Self, ProviderError> {
        let (provider, findings) = check::provider(file, yaml);
        provider.ok_or(ProviderError { findings })
    }

    /// Reads a definition and says every mistake in it, also what does not refuse it.
    pub fn examine(file: &str, yaml: &str) -> (Option<Self>, Vec<Diagnostic>) {
        check::provider(file, yaml)
    }

    /// What it charges for one notice, of a text message for one segment; `None` where its definition does not say.
    pub fn price(&self, channel: Channel, service: Option<LetterService>) -> Option<Money> {
        self.prices.get(&Priced::of(channel, service)).copied()
    }
}

/// What is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems::said(.findings))]
pub struct ProviderError {
    /// Every mistake, with its place.
    pub findings: Vec<Diagnostic>,
}

/// How notices reach a provider.
#[derive(Clone, Debug, PartialEq)]
pub enum Transport {
    /// Written to the outbox folder.
    Folder,
    /// HTTP requests.
    Http(Box<HttpProvider>),
}

/// A provider reached by HTTP.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpProvider {
    /// Where it is.
    pub base_url: BaseUrl,
    /// How it knows us.
    pub auth: Auth,
    /// How fast it may be asked, by one process.
    pub rate: Rate,
    /// How long one request may take.
    pub time_limit: Duration,
    /// For letters: what `service.*` holds for each service it offers; any service where empty.
    pub services: BTreeMap<LetterService, Value>,
    /// What it does not take.
    pub limits: Limits,
    /// What `config.*` holds.
    pub config: Value,
    /// The requests that hand a notice over, in order; the last one commits.
    pub steps: Vec<Step>,
    /// Asks what became of a notice.
    pub reconcile: Option<Step>,
    /// What an unclear answer to the commit means.
    pub on_ambiguous: OnAmbiguous,
    /// Where an answer says when to come back, beside `Retry-After`.
    pub retry_after: Option<RetryAfter>,
}

impl HttpProvider {
    /// The step after which a notice cannot be taken back.
    pub fn commit(&self) -> Option<&Step> {
        self.steps.last()
    }
}

/// Where a provider is, by environment. Checked to be `https`, or `http` for this machine and the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "written::BaseUrl")]
pub struct BaseUrl {
    /// Where notices really leave.
    pub production: String,
    /// Where they do not; the production address serves where absent.
    pub sandbox: Option<String>,
}

/// How fast a provider may be asked by one process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests a second; as many as can be where absent.
    pub per_second: Option<f64>,
    /// Notices at once.
    pub concurrent: usize,
}

/// What a provider does not take. A notice beyond it is refused before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Characters of a text message.
    pub text_chars: Option<usize>,
    /// Size of a letter's PDF.
    pub pdf_mb: Option<usize>,
    /// Whether addresses must fit the six lines of 38 characters that `to.postal` holds.
    #[serde(default)]
    pub postal_lines: bool,
    /// Countries letters go to, ISO codes; all where empty.
    #[serde(default)]
    pub countries: Vec<String>,
}

/// What an unclear answer means where no idempotency key protects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnAmbiguous {
    /// A person decides.
    #[default]
    Hold,
    /// The provider is asked.
    Reconcile,
    /// It is sent again. Never for letters.
    Retry,
}

/// One request and what its answers mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name in messages.
    pub id: String,
    /// What is asked.
    pub request: Request,
    /// Whether the notice cannot be taken back after it.
    pub commit: bool,
    /// Where our key goes, if the provider honours one.
    pub idempotency: Option<Idempotency>,
    /// For a step before the commit: what must hold to go on.
    pub accept: When,
    /// Kept of an accepted answer, as `cap.*` for later steps.
    pub capture: BTreeMap<String, Source>,
    /// What answers mean; the last rule of a commit takes all.
    pub outcomes: Vec<Rule>,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the definition")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path below the base URL, beginning with `/`; what `{{ … }}` gives is percent-encoded.
    pub path: String,
    /// Whether it carries the provider's `auth`.
    pub authenticated: bool,
    /// Query parameters.
    pub query: BTreeMap<String, String>,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub payload: Payload,
}

/// A request's body. A leaf that is only `{{ … }}` keeps its type; null leaves are left out.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// None.
    Empty,
    /// A JSON tree whose texts are filled in.
    Json(Value),
    /// A tree written as form fields, nested as `a[b]`.
    Form(Value),
    /// Parts.
    Multipart(Vec<Part>),
    /// The letter's PDF, or a text, as it is.
    Raw(Part),
}

/// One part of a multipart body. Exactly one of `file`, `text` and `json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The field's name.
    #[serde(default)]
    pub name: String,
    /// `letter`: the PDF.
    pub file: Option<PartFile>,
    /// A text.
    pub text: Option<String>,
    /// A JSON tree.
    pub json: Option<Value>,
    /// File name.
    pub filename: Option<String>,
    /// Media type.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
}

/// A file that a part carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartFile {
    /// The letter's PDF.
    Letter,
}

/// Where our key goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Idempotency {
    /// The place.
    pub place: KeyPlace,
    /// The key; the notice's id where absent.
    pub key: Option<String>,
    /// How long the provider remembers it.
    pub window: Duration,
}

/// A place for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A header.
    Header(String),
    /// A query parameter.
    Query(String),
    /// A field at the top of the JSON, form or multipart body.
    Field(String),
}

/// A test of an answer; all that is written must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct When {
    /// One of these ranges of statuses, ends included; any where empty.
    pub status: Vec<(u16, u16)>,
    /// Headers with these values.
    pub header: BTreeMap<String, String>,
    /// Something stands there.
    pub exists: Vec<JsonPath>,
    /// Nothing stands there.
    pub absent: Vec<JsonPath>,
    /// One of these values stands there. Texts and numbers are compared as written.
    pub equals: Vec<(JsonPath, Vec<Value>)>,
}

impl When {
    /// Whether every answer passes.
    pub fn takes_all(&self) -> bool {
        *self == Self::default()
    }
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Which answers.
    pub when: When,
    /// What they mean.
    pub then: Verdict,
    /// Where the provider's id of the notice is.
    pub id: Option<Source>,
    /// Why, for people.
    pub reason: Option<Source>,
    /// What else is kept.
    pub capture: BTreeMap<String, Source>,
}

/// What an answer may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The provider has the notice.
    Accepted,
    /// It had it before.
    Duplicate,
    /// It refuses it for good.
    Rejected,
    /// Later.
    Retry,
    /// Later, we are too fast.
    Throttled,
    /// It does not know us.
    AuthError,
    /// No money left.
    CreditExhausted,
    /// Our side is set up wrongly.
    Misconfigured,
    /// Unclear.
    Ambiguous,
}

/// A text taken from an answer: the first of these that gives one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source(pub Vec<Pick>);

/// One way to take a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// From the body.
    Path(JsonPath),
    /// Written, with `{{ reply.… }}` and `{{ cap.… }}`.
    Text(String),
}

/// Where an answer says when to come back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryAfter {
    /// The header.
    pub header: String,
    /// Its unit.
    pub unit: RetryUnit,
}

/// The unit of a time to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryUnit {
    /// Seconds from now.
    Seconds,
    /// Milliseconds from now.
    Milliseconds,
    /// Seconds since 1970, read against the answer's own `Date`.
    Epoch,
}
