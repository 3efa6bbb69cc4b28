//! `relance schema`: JSON Schemas for editors and platforms.

use relance::config::Settings;

use crate::Ended;
use crate::args::SchemaKind;

/// Prints one.
pub fn run(kind: SchemaKind) -> anyhow::Result<Ended> {
    let schema = match kind {
        SchemaKind::Workflow => relance::workflow::workflow_schema(),
        SchemaKind::Provider => relance::workflow::provider_schema(),
        SchemaKind::Event => relance::domain::event::schema(),
        SchemaKind::Config => Settings::schema(relance::workflow::schedules_schema()),
    };
    println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(Ended::Well)
}
