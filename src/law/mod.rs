//! The law as data: calendars, business days, payment terms, late charges, per jurisdiction.
//!
//! No legal value stands in code; `workflows/jurisdictions` and `workflows/calendars` hold them with their
//! sources. What is missing there is an error that names it, never a guess.

mod calendar;

pub use calendar::*;
