//! The settings: one documented struct a section, each value with where it came from.
//!
//! A flag wins over the environment, the environment over `relance.yaml`, the file over the default. Every mistake
//! is reported, not the first. The YAML arrives parsed: this module reads no file but secrets, and names no
//! other module.

mod hover;
mod roles;
mod secret;
mod sources;
mod value;

pub use roles::Role;
pub use secret::Secrets;
pub use sources::{ConfigError, Mistake, Origin, Provenance, Sources};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use sources::Reader;
use value::SettingValue;

macro_rules! sections {
    ($($(#[doc = $about:literal])* $section:ident: $Section:ident {
        $($(#[doc = $doc:literal])* $field:ident: $type:ty = $env:literal, $default:expr;)+
    })+) => {
        $(
            $(#[doc = $about])*
            #[derive(Clone, Debug)]
            pub struct $Section {
                $($(#[doc = $doc])* pub $field: $type,)+
            }
        )+

        /// All settings.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $($(#[doc = $about])* pub $section: $Section,)+
            /// Each value with where it came from, for `relance doctor`; secrets are not shown.
            pub provenance: Vec<Provenance>,
        }

        impl Settings {
            /// Reads all settings from flags, environment and file.
            pub fn read(sources: &Sources<'_>) -> Result<Self, ConfigError> {
                let mut reader = Reader::new(sources);
                $(let $section = ($(
                    reader.setting::<$type>(stringify!($section), stringify!($field), $env, $default),
                )+);)+
                let provenance = reader.end()?;
                $(
                    let ($($field,)+) = $section;
                    // Only a mistake leaves a value out, and mistakes ended this above.
                    let $section = $Section { $($field: $field.ok_or_else(ConfigError::nothing)?,)+ };
                )+
                Ok(Self { $($section,)+ provenance })
            }

            /// The JSON Schema (draft 7) of `relance.yaml`; `schedules` is that of the one list in it which is no
            /// setting.
            pub fn schema(schedules: Value) -> Value {
                let mut sections = Map::new();
                $(
                    let mut fields = Map::new();
                    $(
                        let mut schema = <$type as SettingValue>::schema();
                        let text = concat!($($doc),*).trim();
                        schema["description"] = format!("{text} Environment: {}.", $env).into();
                        if let Some(default) = $default {
                            schema["default"] = <$type as SettingValue>::from_default(default).to_file();
                        }
                        let named = concat!(stringify!($section), ".", stringify!($field));
                        let example = schema.get("default").map(Value::to_string);
                        let example = example.filter(|text| text != "\"\"" && text != "{}");
                        let example = example.unwrap_or_else(|| hover::example(named).to_owned());
                        let (key, about) = (stringify!($field), schema["description"].as_str().unwrap_or_default());
                        schema["markdownDescription"] = hover::text(about, &format!("{key}: {example}")).into();
                        fields.insert(stringify!($field).to_owned(), schema);
                    )+
                    sections.insert(stringify!($section).to_owned(), json!({
                        "description": concat!($($about),*).trim(),
                        "markdownDescription": hover::text(
                            concat!($($about),*).trim(),
                            concat!(stringify!($section), ": { … }"),
                        ),
                        "type": "object", "additionalProperties": false, "properties": fields,
                    }));
                )+
                sections.insert("schedules".to_owned(), schedules);
                json!({
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "title": "relance.yaml",
                    "type": "object",
                    "additionalProperties": false,
                    "properties": sections,
                })
            }

            /// Every key of the file, `section.name`, with its environment variable.
            pub const KEYS: &[(&str, &str)] = &[
                $($((concat!(stringify!($section), ".", stringify!($field)), $env),)+)+
            ];
        }
    };
}

sections! {
    /// Postgres.
    database: Database {
        /// Where Postgres is, as a URL.
        url: Option<SecretString> = "DATABASE_URL", None;
        /// Most connections of one process; a worker needs about ten.
        connections_max: u32 = "RELANCE_DATABASE_CONNECTIONS", Some("12");
    }
    /// RabbitMQ.
    broker: Broker {
        /// Where RabbitMQ is, as a URL.
        url: Option<SecretString> = "AMQP_URL", None;
        /// What the names of exchanges and queues start with.
        prefix: String = "RELANCE_BROKER_PREFIX", Some("relance");
        /// How many messages may be unacknowledged at once; a few batches, so that the next one is at hand.
        prefetch: u16 = "RELANCE_PREFETCH", Some("2000");
    }
    /// Taking events in.
    intake: Intake {
        /// Most events of one commit.
        batch_events_max: u32 = "RELANCE_INTAKE_BATCH", Some("500");
        /// How long a batch waits for more events, in milliseconds, once the first is there.
        flush_millis: u64 = "RELANCE_INTAKE_FLUSH_MILLIS", Some("5");
    }
    /// Waking accounts.
    wake: Wake {
        /// Most accounts of one claim.
        batch_accounts_max: u32 = "RELANCE_WAKE_BATCH", Some("200");
        /// Longest wait before the tables are asked again, in seconds of real time.
        idle_seconds_max: u64 = "RELANCE_WAKE_IDLE_SECONDS", Some("1");
    }
    /// Sending notices.
    dispatch: Dispatch {
        /// Most notices of one claim.
        batch_notices_max: u32 = "RELANCE_DISPATCH_BATCH", Some("50");
        /// How many notices are sent at the same time.
        concurrent_max: u32 = "RELANCE_DISPATCH_CONCURRENT", Some("16");
        /// How long a claim holds if its worker dies, in seconds of real time.
        lease_seconds: u32 = "RELANCE_DISPATCH_LEASE_SECONDS", Some("120");
    }
    /// Publishing outcomes.
    publish: Publish {
        /// Most outgoing events of one batch of confirms.
        batch_events_max: u32 = "RELANCE_PUBLISH_BATCH", Some("500");
    }
    /// Email.
    email: Email {
        /// The SMTP relay, as a URL.
        smtp_url: Option<SecretString> = "SMTP_URL", None;
        /// A folder that emails are written to instead of being sent.
        folder: Option<PathBuf> = "RELANCE_MAIL_FOLDER", None;
    }
    /// Providers of text messages and letters.
    providers: Providers {
        /// The provider of text messages where a step names none.
        sms: Option<String> = "RELANCE_SMS_PROVIDER", None;
        /// The provider of letters where a step names none.
        letter: Option<String> = "RELANCE_LETTER_PROVIDER", None;
        /// Where providers are instead of where their definitions say: `name=url`, separated by commas.
        urls: BTreeMap<String, String> = "RELANCE_PROVIDER_URLS", Some("");
        /// Whether providers are reached at their sandbox.
        sandbox: bool = "RELANCE_PROVIDER_SANDBOX", Some("false");
        /// The folder that the provider `outbox-folder` writes to.
        outbox_folder: Option<PathBuf> = "RELANCE_OUTBOX_FOLDER", None;
        /// The folder of secrets, a file each.
        secrets_folder: Option<PathBuf> = "RELANCE_SECRETS_DIR", None;
    }
    /// What an ops team edits.
    workflows: Workflows {
        /// The folder of workflows, templates, providers, jurisdictions and calendars.
        folder: PathBuf = "RELANCE_WORKFLOWS", Some("workflows");
    }
    /// Health and metrics over HTTP.
    console: Console {
        /// The address they listen on.
        listen: SocketAddr = "RELANCE_LISTEN", Some("127.0.0.1:8080");
        /// The URL they are reached at from outside; nothing uses it in this version.
        public_url: Option<String> = "RELANCE_PUBLIC_URL", None;
    }
    /// The process.
    worker: Worker {
        /// What this process does.
        roles: Vec<Role> = "RELANCE_ROLES", Some("intake,wake,dispatch,publish,console");
        /// How long a stop waits for what is in flight, in seconds.
        stop_seconds_max: u64 = "RELANCE_STOP_SECONDS", Some("25");
        /// What is logged, as `tracing` directives.
        log: String = "RELANCE_LOG", Some("info");
    }
    /// A clock of its own, for demonstrations and tests only.
    clock: ClockStart {
        /// The instant it starts at.
        start: Option<DateTime<Utc>> = "RELANCE_CLOCK_START", None;
        /// Seconds of business time for each real second.
        speed: Option<f64> = "RELANCE_CLOCK_SPEED", None;
    }
}

#[cfg(test)]
mod tests;
