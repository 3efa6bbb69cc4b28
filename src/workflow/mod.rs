//! The workflow language: YAML as written, checked into `Workflow`; conditions; diagnostics.

mod codes;
mod condition;
mod diagnostic;
mod law_files;
mod model;
pub mod provider;
mod render;
pub mod yaml;

pub use condition::*;
pub use diagnostic::*;
pub use law_files::*;
pub use model::*;
pub use provider::{Provider, ProviderError, Transport, shipped_providers};
pub use render::*;
pub use yaml::from_yaml;
