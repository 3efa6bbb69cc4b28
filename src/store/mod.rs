//! Postgres: ledger, accounts, cases, notices, evidence, outbox.
//!
//! Every statement works on a whole batch and is checked against the schema when it is compiled. Nothing is
//! decided here, nobody is written to, and no transaction is opened but by [`Writer::begin`]. Rows become domain
//! values in one place each; one that cannot names its table, column and key.

mod accounts;
mod cases;
mod deployments;
mod dispatch;
mod error;
mod evidence;
mod facts;
mod feeds;
mod floor;
mod inbox;
mod laws;
mod look;
mod notices;
mod outgoing;
mod peers;
mod schedules;
mod scratch;
mod survey;
mod timetables;
mod upkeep;
mod wakes;
mod writer;

pub use accounts::{DUE_BY_EVERY_CLOCK, Lock, Locked, WaitsFor, Wake};
pub use deployments::{BlockedStep, Bundle, Deployment, InService};
pub use dispatch::{Claim, Claimed, Outcome, Recorded};
pub use error::StoreError;
pub use evidence::{Document, Evidence};
pub use facts::{Known, Owner, Standing, Statement};
pub use inbox::{Mark, Quarantined, Refusal, Seen};
pub use laws::{LawBundle, LawDeployment};
pub use look::{Reader, Tally, TaskView};
pub use notices::Orders;
pub use outgoing::{Outgoing, Pending};
pub use schedules::{Occurrence, Run, RunEnd};
pub use survey::RunView;
pub use timetables::{Progress, ScheduleKey};
pub use wakes::Wakes;
pub use writer::{Database, Tx, Writer};

/// The place among the values of an array that Postgres counted from 1.
fn place(ordinality: i64) -> usize {
    usize::try_from(ordinality - 1).unwrap_or_default()
}

/// The JSON of a value of ours.
fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| StoreError::Reject {
        code: "encode".to_owned(),
        constraint: None,
        message: why.to_string(),
    })
}

/// The name that JSON gives a value of a closed list.
fn to_word<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(to_json(value)?.trim_matches('"').to_owned())
}

/// The value of a closed list by the name that JSON gives it.
fn from_word<T: serde::de::DeserializeOwned>(
    word: &str,
    table: &'static str,
    column: &'static str,
    key: impl std::fmt::Display,
) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|_| StoreError::Undecodable {
        table,
        column,
        key: key.to_string(),
        reason: "is no word of its list".to_owned(),
    })
}

/// Reads a value back from the JSON of a column.
fn from_json<T: serde::de::DeserializeOwned>(
    text: &str,
    table: &'static str,
    column: &'static str,
    key: impl std::fmt::Display,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::Undecodable {
        table,
        column,
        key: key.to_string(),
        // The category and place only: the text of a serde error may quote the value.
        reason: format!("{:?} error at line {}, column {}", why.classify(), why.line(), why.column()),
    })
}
