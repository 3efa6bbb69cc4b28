//! The workflow language: YAML as written, checked into `Workflow`; conditions; diagnostics.

mod condition;
mod model;

pub use condition::*;
pub use model::*;
