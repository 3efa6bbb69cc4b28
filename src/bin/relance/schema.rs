//! `relance schema`: JSON Schemas for editors and platforms, the reference of the language, and the names that templates
//! may use.

use clap::{Args, ValueEnum};
use relance::config::Settings;
use relance::render::sample_names;
use serde_json::Value;

use crate::Ended;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    Workflow,
    Provider,
    Event,
    Config,
    Scenario,
    Jurisdiction,
    Calendar,
    Wording,
    /// Every key of a workflow and every name of a condition, to read
    Language,
    /// The names a template may use, each with a sample
    Template,
}

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of what
    pub kind: SchemaKind,
    /// The language of the samples of `template`
    #[arg(long, default_value = "en", value_parser = ["en", "fr"])]
    pub language: String,
}

/// Prints one.
pub fn run(args: &SchemaArgs) -> anyhow::Result<Ended> {
    let schema = match args.kind {
        SchemaKind::Workflow => relance::workflow::workflow_schema(),
        SchemaKind::Provider => relance::workflow::provider_schema(),
        SchemaKind::Event => relance::domain::event::schema(),
        SchemaKind::Config => Settings::schema(relance::workflow::schedules_schema()),
        SchemaKind::Scenario => relance::simulate::scenario::scenario_schema(),
        SchemaKind::Jurisdiction => relance::law::jurisdiction_schema(),
        SchemaKind::Calendar => relance::law::calendar_schema(),
        SchemaKind::Wording => relance::render::word_list_schema(),
        SchemaKind::Language => {
            print!("{}", relance::workflow::language_reference());
            return Ok(Ended::Well);
        }
        SchemaKind::Template => {
            println!("Names a template may use, with samples; [] stands for every item of a list.");
            println!("What may be unknown is null and must be asked for: {{% if creditor.phone %}}.\n");
            names("", &sample_names(&args.language));
            return Ok(Ended::Well);
        }
    };
    println!("{}", serde_json::to_string_pretty(&schema)?);
    Ok(Ended::Well)
}

/// Longest sample that is shown whole, in characters: a QR code is a drawing.
const SAMPLE_CHARS_MAX: usize = 80;

fn names(path: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                names(&path, value);
            }
        }
        Value::Array(items) => match items.first() {
            Some(first) => names(&format!("{path}[]"), first),
            None => println!("{path:32} an empty list"),
        },
        Value::String(text) => {
            let line = text.lines().next().unwrap_or_default();
            let shown: String = line.chars().take(SAMPLE_CHARS_MAX).collect();
            let more = if shown.len() < text.len() { " …" } else { "" };
            println!("{path:32} {shown}{more}");
        }
        other => println!("{path:32} {other}"),
    }
}
