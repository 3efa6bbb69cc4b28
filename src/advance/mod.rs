//! The one road to a change of state: facts are stored, the touched accounts are locked, the engine decides, all of
//! it is saved and committed.
//!
//! An event, a timer, the outcome of a sending and a person's answer take the same road. Nothing here talks to a
//! broker or a provider; nothing but this module writes what the engine decided. Everything is done set-wise, so a
//! batch costs the same handful of statements whatever is in it.

mod batch;
mod behind;
mod desk;
mod dispatch;
mod intake;
mod memory;
mod moving;
mod operate;
mod out;
mod save;
mod service;
mod survey;
mod wake;

pub use behind::Behind;
pub use dispatch::{Recovered, Sending, capture, claim_notices, mark_sending, record, record_undecided, recover};
pub use intake::{Arrival, Intake, Original, intake};
pub use memory::Memory;
pub use moving::{Migrated, migrate};
pub use operate::{Release, release};
pub use service::{
    Blocked, Change, Deployed, Named, Service, block, deploy, go_on_with_wakes, open_cases, read_service, unblock,
};
pub use survey::{creditor, survey, survey_known_by, view};
pub use wake::wake;
