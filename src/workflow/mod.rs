//! The workflow language: YAML as written, checked into `Workflow`; conditions; diagnostics.

mod condition;
mod model;
mod provider;

pub use condition::*;
pub use model::*;
pub use provider::*;
