//! Virtual time over the engine: what would happen, day by day, for a set of events.
//!
//! Everything is decided by [`crate::engine::decide`]; here time passes, facts become known at their moment,
//! and a notice that is ordered counts as accepted at once. Nothing is read from a clock, a file or a socket,
//! and nothing is sent. [`scenario`] compares a timeline with the one that was written down.

mod assume;
mod backtest;
mod coverage;
mod ending;
mod graph;
mod history;
mod html;
mod in_vain;
mod input;
mod one_invoice;
mod page;
mod plan;
mod postage;
mod reading;
mod route;
mod run;
pub mod scenario;
mod story;
mod text;
mod what_if;

#[cfg(test)]
mod determinism;
#[cfg(test)]
mod tests;

pub use assume::{Assumption, AssumptionError};
pub use backtest::{
    Backtest, CAVEAT, Distribution, FirstContact, GroupMeasured, Measured, NeverContacted, PhaseReached, Policy,
    StepMeasured, Supposed, backtest, backtest_html, backtest_text,
};
pub use coverage::{Branch, Coverage, StepCover};
pub use ending::warnings;
pub use graph::{Overlay, Stand, mermaid, svg};
pub use history::{BadRow, History, PastDispute, PastInvoice, read_history};
pub use html::html;
pub use input::{Input, Numbered, RefusedLine, read_events};
pub use one_invoice::OneInvoice;
pub use plan::{CasePlan, Class, Plan, Post, Tally, assess};
pub use postage::Postage;
pub use reading::{Paint, reading};
pub use run::{LOOK_AHEAD_MONTHS, Options, Outcome, simulate, simulate_on, stand_at};
pub use text::{json_line, summary, timeline};
pub use what_if::{FORMS, WhatIfError, add_what_ifs};

/// The currency of a workflow's jurisdiction, where nothing else says one.
pub fn currency_of(workflow: &crate::workflow::Workflow) -> crate::domain::Currency {
    scenario::stock::currency(workflow)
}
