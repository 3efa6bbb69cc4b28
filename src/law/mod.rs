//! The law as data: calendars, business days, payment terms, late charges, per jurisdiction.
//!
//! No legal value stands in code; `workflows/jurisdictions` and `workflows/calendars` hold them with their
//! sources. What is missing there is an error that names it, never a guess. Nothing here reads a file: the
//! workflow module reads YAML and hands the values to [`Law::build`].

mod calendar;
mod charges;
mod files;
mod jurisdiction;
mod limitation;
mod payment_terms;
mod schema;
mod shipped;
mod terms;
mod time_limits;
mod value;

pub use calendar::*;
pub use charges::*;
pub use files::*;
pub use jurisdiction::*;
pub use limitation::*;
pub use payment_terms::*;
pub use schema::{calendar_schema, jurisdiction_schema};
pub use shipped::*;
pub use terms::*;
pub use time_limits::*;
pub use value::*;
