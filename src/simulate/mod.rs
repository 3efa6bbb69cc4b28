//! Virtual time over the engine: what would happen, day by day, for a set of events.
//!
//! Everything is decided by [`crate::engine::decide`]; here time passes, facts become known at their moment,
//! and a notice that is ordered counts as accepted at once. Nothing is read from a clock, a file or a socket,
//! and nothing is sent. [`scenario`] compares a timeline with the one that was written down.

mod assume;
mod html;
mod input;
mod route;
mod run;
pub mod scenario;
mod text;

#[cfg(test)]
mod tests;

pub use assume::{Assumption, AssumptionError};
pub use html::html;
pub use input::{Input, Numbered, RefusedLine, read_events};
pub use run::{LOOK_AHEAD_MONTHS, Options, Outcome, simulate};
pub use text::{json_line, summary, timeline};
