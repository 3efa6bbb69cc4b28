//! Recorded exchanges with a provider: what it is asked for a sample notice, what it answered, and what that means.
//!
//! They stand beside a definition and are replayed without a network, so that whoever edits it sees what it does.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Channel, LetterService};
use crate::workflow::{Diagnostic, from_yaml};

/// The recordings of one provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Whose.
    pub provider: String,
    /// Each hand-over of a sample notice.
    pub cases: Vec<RecordedCase>,
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Every mistake in it, with its place.
    pub fn parse(file: &str, yaml: &str) -> Result<Self, Vec<Diagnostic>> {
        from_yaml(file, yaml)
    }
}

/// One hand-over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedCase {
    /// What it shows, for people.
    pub name: String,
    /// What is sent; the provider's first channel where absent.
    pub channel: Option<Channel>,
    /// The letter's service.
    pub service: Option<LetterService>,
    /// So many seconds ago an earlier try may have left.
    pub may_have_left_seconds: Option<u64>,
    /// What an earlier try captured.
    #[serde(default)]
    pub captures: BTreeMap<String, String>,
    /// Requests and answers, in their order.
    pub exchanges: Vec<Exchange>,
    /// What it comes to.
    pub expect: Expected,
}

/// A request and its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What must be asked; anything where absent.
    pub asked: Option<Asked>,
    /// What is answered.
    pub answer: Answer,
}

/// What must be asked. What is not written is not compared; of objects, fields that are not written are not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Method and path with its query: `POST /v1/messages?test=true`; the whole address where it is another host's.
    pub request: String,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The JSON body.
    pub json: Option<Value>,
    /// The form's fields; one that holds a JSON object is compared as such.
    pub form: Option<BTreeMap<String, String>>,
}

/// What a provider answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status; absent where no answer came.
    pub status: Option<u16>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    pub json: Option<Value>,
    /// A text body.
    pub text: Option<String>,
    /// No answer came, and why.
    pub fault: Option<Fault>,
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nobody was there: nothing left.
    Unreachable,
    /// The connection broke after the request was written.
    Cut,
}

/// What a hand-over comes to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Its end.
    pub outcome: ExpectedOutcome,
    /// The provider's id of the notice.
    pub id: Option<String>,
    /// A part of the reason.
    pub reason: Option<String>,
    /// What was captured, at least.
    #[serde(default)]
    pub captures: BTreeMap<String, String>,
}

/// The end of a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedOutcome {
    /// The provider has it.
    Accepted,
    /// It refuses it for good.
    Rejected,
    /// Nothing left; later.
    Retry,
    /// It may have left; the same key again, or the provider is asked.
    RetryMayHaveLeft,
    /// A person decides.
    Uncertain,
    /// The provider stands still: it does not know us.
    AuthError,
    /// It stands still: no money is left.
    CreditExhausted,
    /// It stands still: our side is set up wrongly.
    Misconfigured,
}
