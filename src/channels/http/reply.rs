//! An answer, and the rules that say what it means.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::DateTime;
use reqwest::Response;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use super::client::{NoReply, no_reply};
use super::request::scalar;
use crate::render::expression::{Escape, fill};
use crate::workflow::provider::{Pick, RetryAfter, RetryUnit, Source, When};

/// Longest time a provider may make a notice wait; beyond it the caller's own back-off asks again.
const RETRY_AFTER_SECONDS_MAX: u64 = 6 * 3600;

/// Largest answer read, in bytes; an answer is a receipt, not a document.
const REPLY_BYTES_MAX: usize = 1024 * 1024;

/// Reads an answer to its end.
pub(super) async fn whole(mut response: Response) -> Result<Reply, NoReply> {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    let mut body = vec![];
    while let Some(chunk) = response.chunk().await.map_err(no_reply)? {
        if body.len() + chunk.len() > REPLY_BYTES_MAX {
            return Err(NoReply::MayHaveLeft(format!("status {status} with an answer of endless length")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply::new(status, headers, &body))
}

/// A whole answer.
pub(super) struct Reply {
    pub(super) status: u16,
    /// Names in small letters; the last of a repeated header.
    pub(super) headers: BTreeMap<String, String>,
    /// JSON where it is JSON, else the text.
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn new(status: u16, headers: BTreeMap<String, String>, body: &[u8]) -> Self {
        let body = serde_json::from_slice(body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).trim().to_owned()));
        Self { status, headers, body }
    }

    /// Whether all that is written holds.
    pub(super) fn passes(&self, when: &When) -> bool {
        let status =
            when.status.is_empty() || when.status.iter().any(|(first, last)| (*first..=*last).contains(&self.status));
        status
            && when.header.iter().all(|(name, value)| self.header_is(name, value))
            && when.exists.iter().all(|path| !path.find(&self.body).is_empty())
            && when.absent.iter().all(|path| path.find(&self.body).is_empty())
            && when.equals.iter().all(|(path, values)| {
                path.find(&self.body).into_iter().any(|found| values.iter().any(|value| same(found, value)))
            })
    }

    /// A media type is compared without its parameters.
    fn header_is(&self, name: &str, value: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let Some(found) = self.headers.get(&name) else { return false };
        let found = if name == "content-type" { found.split(';').next().unwrap_or_default().trim() } else { found };
        found.eq_ignore_ascii_case(value)
    }

    /// The first text the source gives; `names` are those of the request.
    pub(super) fn pick(&self, source: &Source, names: &Value) -> Option<String> {
        source.0.iter().find_map(|pick| match pick {
            Pick::Path(path) => path.find(&self.body).into_iter().find_map(scalar),
            Pick::Text(text) => {
                let mut names = names.clone();
                if let Value::Object(names) = &mut names {
                    let reply = json!({ "status": self.status, "headers": self.headers, "body": self.body });
                    names.insert("reply".into(), reply);
                }
                fill(text, &names, Escape::None).ok().filter(|text| !text.is_empty())
            }
        })
    }

    /// When the provider wants to be asked again. Dates are read against the answer's own `Date`, so neither
    /// clock has to be right.
    pub(super) fn retry_after(&self, declared: Option<&RetryAfter>) -> Option<Duration> {
        let own = declared.and_then(|declared| {
            let value: u64 = self.headers.get(&declared.header.to_ascii_lowercase())?.trim().parse().ok()?;
            match declared.unit {
                RetryUnit::Seconds => Some(Duration::from_secs(value)),
                RetryUnit::Milliseconds => Some(Duration::from_millis(value)),
                RetryUnit::Epoch => self.until(i64::try_from(value).ok()?),
            }
        });
        let standard = || {
            let value = self.headers.get("retry-after")?.trim();
            match value.parse() {
                Ok(seconds) => Some(Duration::from_secs(seconds)),
                Err(_) => self.until(DateTime::parse_from_rfc2822(value).ok()?.timestamp()),
            }
        };
        let limit = Duration::from_secs(RETRY_AFTER_SECONDS_MAX);
        own.or_else(standard).map(|after| after.min(limit))
    }

    fn until(&self, epoch_seconds: i64) -> Option<Duration> {
        let date = DateTime::parse_from_rfc2822(self.headers.get("date")?).ok()?;
        Some(Duration::from_secs(u64::try_from(epoch_seconds - date.timestamp()).unwrap_or(0)))
    }
}

/// Texts, numbers and bools are the same where they are written the same: providers do not agree on quotes.
fn same(found: &Value, wanted: &Value) -> bool {
    match (scalar(found), scalar(wanted)) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::provider::JsonPath;

    fn reply(headers: &[(&str, &str)], body: &str) -> Reply {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Reply::new(200, headers, body.as_bytes())
    }

    #[test]
    fn times_to_come_back_are_read_in_every_form() {
        let date = ("date", "Tue, 31 Mar 2026 10:00:00 GMT");
        let after = |headers: &[(&str, &str)], unit: Option<RetryUnit>| {
            let declared = unit.map(|unit| RetryAfter { header: "X-Reset".into(), unit });
            reply(headers, "").retry_after(declared.as_ref()).map(|after| after.as_millis())
        };
        assert_eq!(after(&[("retry-after", "7")], None), Some(7_000));
        assert_eq!(after(&[date, ("retry-after", "Tue, 31 Mar 2026 10:01:00 GMT")], None), Some(60_000));
        assert_eq!(after(&[("retry-after", "Tue, 31 Mar 2026 10:01:00 GMT")], None), None);
        assert_eq!(after(&[("x-reset", "250")], Some(RetryUnit::Milliseconds)), Some(250));
        assert_eq!(after(&[date, ("x-reset", "1774951205")], Some(RetryUnit::Epoch)), Some(5_000));
        assert_eq!(after(&[date, ("x-reset", "5")], Some(RetryUnit::Epoch)), Some(0));
        assert_eq!(after(&[("retry-after", "soon")], None), None);
        assert_eq!(after(&[("retry-after", "99999999")], None), Some(u128::from(RETRY_AFTER_SECONDS_MAX) * 1000));
    }

    #[test]
    fn tests_of_an_answer_all_have_to_hold() {
        let path = |text: &str| JsonPath::parse(text).unwrap();
        let answer = reply(&[("content-type", "application/json; charset=utf-8")], r#"{"messages":[{"status":"0"}]}"#);
        let status = |value: Value| vec![(path("$.messages[*].status"), vec![value])];
        assert!(answer.passes(&When::default()));
        assert!(answer.passes(&When { equals: status(json!(0)), ..When::default() }));
        assert!(!answer.passes(&When { equals: status(json!(1)), ..When::default() }));
        assert!(!answer.passes(&When { status: vec![(201, 201)], equals: status(json!(0)), ..When::default() }));
        assert!(answer.passes(&When { absent: vec![path("$.error")], ..When::default() }));
        assert!(!answer.passes(&When { exists: vec![path("$.error")], ..When::default() }));
        let header = |value: &str| [("Content-Type".to_owned(), value.to_owned())].into();
        assert!(answer.passes(&When { header: header("application/json"), ..When::default() }));
        assert!(!answer.passes(&When { header: header("text/html"), ..When::default() }));
        let text = Source(vec![Pick::Path(path("$.nothing")), Pick::Text("{{ reply.status }}-{{ cap.a }}".into())]);
        assert_eq!(answer.pick(&text, &json!({ "cap": { "a": "b" } })).as_deref(), Some("200-b"));
        assert_eq!(
            reply(&[], "OK 12").pick(&Source(vec![Pick::Path(path("$"))]), &json!({})).as_deref(),
            Some("OK 12")
        );
    }
}
