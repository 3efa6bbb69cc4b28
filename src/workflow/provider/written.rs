//! A provider's definition as it is written; unknown keys are mistakes. `check` makes a `Provider` of it.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Auth, Limits, OnAmbiguous, Part, RetryAfter, Verdict};
use crate::domain::{Channel, LetterService};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Provider {
    pub provider: String,
    /// For people.
    #[serde(rename = "title")]
    pub _title: Option<String>,
    pub channel: OneOrMany<Channel>,
    pub transport: Option<TransportName>,
    pub base_url: Option<super::BaseUrl>,
    pub auth: Option<Auth>,
    pub rate: Option<Rate>,
    pub timeout_seconds: Option<u64>,
    pub services: Option<BTreeMap<LetterService, BTreeMap<String, Value>>>,
    pub limits: Option<Limits>,
    pub prices: Option<BTreeMap<String, String>>,
    pub config: Option<BTreeMap<String, Value>>,
    pub send: Option<Send>,
    pub reconcile: Option<Step>,
    pub on_ambiguous: Option<OnAmbiguous>,
    pub retry_after: Option<RetryAfter>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TransportName {
    Http,
    Folder,
}

pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub(super) fn all(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

pub(super) enum BaseUrl {
    One(String),
    ByEnvironment(Environments),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Environments {
    pub production: String,
    pub sandbox: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    pub per_second: Option<f64>,
    pub concurrent: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub id: Option<String>,
    pub commit: Option<bool>,
    pub get: Option<String>,
    pub post: Option<String>,
    pub put: Option<String>,
    pub patch: Option<String>,
    pub delete: Option<String>,
    pub auth: Option<NoAuth>,
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub json: Option<Value>,
    pub form: Option<Value>,
    pub multipart: Option<Vec<Part>>,
    pub raw: Option<Part>,
    pub idempotency: Option<Idempotency>,
    pub accept: Option<When>,
    #[serde(default)]
    pub capture: BTreeMap<String, OneOrMany<String>>,
    pub outcomes: Option<Vec<Rule>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NoAuth {
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Idempotency {
    pub header: Option<String>,
    pub query: Option<String>,
    pub field: Option<String>,
    pub key: Option<String>,
    pub window_hours: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub status: Option<OneOrMany<Status>>,
    #[serde(default)]
    pub header: BTreeMap<String, String>,
    pub exists: Option<OneOrMany<String>>,
    pub absent: Option<OneOrMany<String>>,
    #[serde(default)]
    pub equals: BTreeMap<String, Value>,
    #[serde(default, rename = "in")]
    pub among: BTreeMap<String, Vec<Value>>,
}

pub(super) enum Status {
    Code(u16),
    Class(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub when: Option<When>,
    pub then: Verdict,
    pub id: Option<OneOrMany<String>>,
    pub reason: Option<OneOrMany<String>>,
    #[serde(default)]
    pub capture: BTreeMap<String, OneOrMany<String>>,
}

// Written out rather than `untagged`, so that a mistake inside is told as such.

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a value or a list of values")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                T::deserialize(text.into_deserializer()).map(OneOrMany::One)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                T::deserialize(number.into_deserializer()).map(OneOrMany::One)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                T::deserialize(number.into_deserializer()).map(OneOrMany::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut many = vec![];
                while let Some(one) = list.next_element()? {
                    many.push(one);
                }
                Ok(OneOrMany::Many(many))
            }
        }
        input.deserialize_any(Either(PhantomData))
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = BaseUrl;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an address, or `production` and `sandbox`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(BaseUrl::One(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Environments::deserialize(MapAccessDeserializer::new(map)).map(BaseUrl::ByEnvironment)
            }
        }
        input.deserialize_any(Either)
    }
}

impl From<BaseUrl> for super::BaseUrl {
    fn from(written: BaseUrl) -> Self {
        match written {
            BaseUrl::One(production) => Self { production, sandbox: None },
            BaseUrl::ByEnvironment(both) => Self { production: both.production, sandbox: both.sandbox },
        }
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Status;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a status like 201 or \"4xx\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Status::Class(text.to_owned()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                // What is no status at all is told with the other mistakes.
                Ok(Status::Code(u16::try_from(number).unwrap_or(0)))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Status::Code(u16::try_from(number).unwrap_or(0)))
            }
        }
        input.deserialize_any(Either)
    }
}
