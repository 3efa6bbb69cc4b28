//! The workflow language: YAML as written, checked into `Workflow`; conditions; diagnostics.

mod check;
mod codes;
mod condition;
mod dates;
mod diagnostic;
mod fmt;
mod keys;
mod law_files;
mod model;
mod places;
mod prevention;
pub mod provider;
mod read;
mod render;
mod revision;
mod sarif;
mod schedule;
mod schema;
pub mod yaml;

pub use check::*;
pub use condition::*;
pub(crate) use dates::impossible_dates;
pub use diagnostic::*;
pub use fmt::canonical_form;
pub use law_files::*;
pub use model::*;
pub use places::places;
pub use prevention::*;
pub use provider::{Provider, ProviderError, Transport, provider_schema, shipped_providers};
pub use read::read_schedules;
pub use render::*;
pub use revision::TemplateName;
pub use sarif::render_sarif;
pub use schedule::*;
pub use schema::{language_reference, schedules_schema, workflow_schema};
pub use yaml::from_yaml;
