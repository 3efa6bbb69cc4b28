//! The glossary as types: money, parties, facts, ledger, cases, notices, tasks, the timeline.
//!
//! Everything here is plain values. No module here reads a clock, a file or a socket; wire formats stay in
//! `event`, and tables stay in `store`.

mod account;
mod aging;
mod allocation;
mod case;
mod digest;
pub mod event;
mod fact;
mod facts;
mod habit;
mod id;
mod ledger;
mod money;
mod notice;
mod party;
mod postal;
mod task;
mod timeline;
mod wall;

pub use account::*;
pub use aging::*;
pub use allocation::*;
pub use case::*;
pub use digest::*;
pub use event::{Event, FactKind, Refusal};
pub use fact::*;
pub use facts::*;
pub use habit::*;
pub use id::*;
pub use ledger::*;
pub use money::*;
pub use notice::*;
pub use party::*;
pub use postal::*;
pub use task::*;
pub use timeline::*;
pub use wall::instant_of;
