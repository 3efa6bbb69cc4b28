//! The types of setting values: how each is read from text, shown, and described.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::Role;

/// A value of a setting.
pub(super) trait SettingValue: Sized {
    /// Reads it from a flag, a variable or a scalar of the file. The reason must not repeat a secret.
    fn from_text(text: &str) -> Result<Self, String>;

    /// The value of a setting that is nowhere set and has no default.
    fn absent() -> Option<Self> {
        None
    }

    /// A default, which is written in this program and therefore readable.
    fn from_default(text: &str) -> Self {
        match Self::from_text(text) {
            Ok(value) => value,
            Err(why) => unreachable!("the default `{text}` is written in the program and tested: {why}"),
        }
    }

    /// For people.
    fn shown(&self) -> String;

    /// As `relance.yaml` would hold it.
    fn to_file(&self) -> Value {
        Value::from(self.shown())
    }

    /// Its JSON Schema.
    fn schema() -> Value;
}

macro_rules! number {
    ($($type:ty),+) => {$(
        impl SettingValue for $type {
            fn from_text(text: &str) -> Result<Self, String> {
                let value: Self = text.parse().map_err(|_| format!("is no whole number from 1 to {}", Self::MAX))?;
                if value == 0 { Err("is 0; write at least 1".to_owned()) } else { Ok(value) }
            }
            fn shown(&self) -> String {
                self.to_string()
            }
            fn to_file(&self) -> Value {
                Value::from(*self)
            }
            fn schema() -> Value {
                json!({"type": "integer", "minimum": 1})
            }
        }
    )+};
}
number!(u16, u32, u64);

macro_rules! parsed {
    ($($type:ty, $what:literal;)+) => {$(
        impl SettingValue for $type {
            fn from_text(text: &str) -> Result<Self, String> {
                <$type>::from_str(text).map_err(|_| concat!("is no ", $what).to_owned())
            }
            fn shown(&self) -> String {
                self.to_string()
            }
            fn schema() -> Value {
                json!({"type": "string"})
            }
        }
    )+};
}
parsed! {
    String, "text";
    SocketAddr, "address with a port, such as 127.0.0.1:8080";
}

impl SettingValue for f64 {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| "is no number".to_owned())
    }

    fn shown(&self) -> String {
        self.to_string()
    }

    fn schema() -> Value {
        json!({"type": "number"})
    }
}

impl SettingValue for DateTime<Utc> {
    fn from_text(text: &str) -> Result<Self, String> {
        let instant = DateTime::parse_from_rfc3339(text)
            .map_err(|_| "is no instant with an offset, such as 2026-01-01T00:00:00Z".to_owned())?;
        Ok(instant.to_utc())
    }

    fn shown(&self) -> String {
        self.to_rfc3339()
    }

    fn schema() -> Value {
        json!({"type": "string", "format": "date-time"})
    }
}

impl SettingValue for PathBuf {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }

    fn shown(&self) -> String {
        self.display().to_string()
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

impl SettingValue for SecretString {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }

    fn shown(&self) -> String {
        "(set, not shown)".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

impl SettingValue for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "is neither true nor false".to_owned())
    }

    fn shown(&self) -> String {
        self.to_string()
    }

    fn to_file(&self) -> Value {
        Value::from(*self)
    }

    fn schema() -> Value {
        json!({"type": "boolean"})
    }
}

impl SettingValue for BTreeMap<String, String> {
    fn from_text(text: &str) -> Result<Self, String> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').ok_or("is no list of name=value, separated by commas")?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        };
        pairs.map(pair).collect()
    }

    fn shown(&self) -> String {
        // A URL may hold a password.
        self.keys().map(|name| format!("{name}=(set, not shown)")).collect::<Vec<_>>().join(",")
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

impl SettingValue for Vec<Role> {
    fn from_text(text: &str) -> Result<Self, String> {
        let mut roles: Self = text.split(',').map(|name| name.trim().parse()).collect::<Result<_, _>>()?;
        roles.sort();
        roles.dedup();
        Ok(roles)
    }

    fn shown(&self) -> String {
        self.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(",")
    }

    fn to_file(&self) -> Value {
        self.iter().map(|role| role.as_str()).collect()
    }

    fn schema() -> Value {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        json!({"type": "array", "items": {"enum": names}, "minItems": 1})
    }
}

impl<T: SettingValue> SettingValue for Option<T> {
    fn from_text(text: &str) -> Result<Self, String> {
        T::from_text(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn shown(&self) -> String {
        self.as_ref().map_or_else(|| "(not set)".to_owned(), T::shown)
    }

    fn schema() -> Value {
        T::schema()
    }
}
