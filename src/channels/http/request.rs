//! Turns a written request into one that can be sent. What cannot be built is a mistake of our side, found before
//! anything leaves.

use std::collections::BTreeMap;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::multipart::{Form, Part as FormPart};
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::said;
use crate::channels::{Body, Outgoing};
use crate::render::expression::{Escape, evaluate, fill};
use crate::workflow::provider::{Auth, KeyPlace, Method, Part, Payload, Step};

/// A request, or why there is none: a sentence without any value in it.
pub(super) fn build(
    client: &Client,
    base_url: &str,
    auth: &Auth,
    token: Option<&SecretString>,
    step: &Step,
    outgoing: &Outgoing,
    names: &Value,
) -> Result<RequestBuilder, String> {
    let request = &step.request;
    let key = key(step, outgoing, names)?;
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut query = vec![];
    for (name, text) in &request.query {
        query.extend(scalar(&evaluate(text, names).map_err(said)?).map(|value| (name.clone(), value)));
    }
    let mut headers = HeaderMap::new();
    for (name, text) in &request.headers {
        set_header(&mut headers, name, &fill(text, names, Escape::None).map_err(said)?)?;
    }
    let mut fields = vec![];
    match key {
        Some((KeyPlace::Header(name), key)) => set_header(&mut headers, name, &key)?,
        Some((KeyPlace::Query(name), key)) => query.push((name.clone(), key)),
        Some((KeyPlace::Field(name), key)) => fields.push((name.clone(), key)),
        None => {}
    }
    let mut builder = client.request(method, url(base_url, &request.path, names)?);
    if request.authenticated {
        match auth {
            Auth::Query { fields } => query.extend(filled_fields(fields, names)?),
            Auth::Body { fields: ours } => fields.extend(filled_fields(ours, names)?),
            _ => builder = authenticate(builder, auth, token, names, &mut headers)?,
        }
    }
    if !query.is_empty() {
        builder = builder.query(&query);
    }
    // The body sets its content type; a header that is written wins.
    Ok(body(builder, &request.payload, fields, outgoing, names)?.headers(headers))
}

fn filled_fields(fields: &BTreeMap<String, String>, names: &Value) -> Result<Vec<(String, String)>, String> {
    let filled = |(name, text): (&String, &String)| Ok((name.clone(), fill(text, names, Escape::None).map_err(said)?));
    fields.iter().map(filled).collect()
}

fn url(base_url: &str, path: &str, names: &Value) -> Result<Url, String> {
    let path = fill(path, names, Escape::Url).map_err(said)?;
    // Dots are not encoded, and a URL with such a segment names another place.
    if path.split('/').any(|segment| segment == "." || segment == "..") {
        return Err("a path segment became `.` or `..`".into());
    }
    Url::parse(&format!("{base_url}{path}")).map_err(|_| "the address is no URL".into())
}

fn key<'a>(step: &'a Step, outgoing: &Outgoing, names: &Value) -> Result<Option<(&'a KeyPlace, String)>, String> {
    let Some(idempotency) = &step.idempotency else { return Ok(None) };
    let key = match &idempotency.key {
        Some(text) => fill(text, names, Escape::None).map_err(said)?,
        None => outgoing.notice.to_string(),
    };
    Ok(Some((&idempotency.place, key)))
}

fn set_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let parsed = HeaderName::try_from(name).map_err(|_| format!("`{name}` is no header"))?;
    let mut value = HeaderValue::try_from(value).map_err(|_| format!("header `{name}` cannot hold this value"))?;
    value.set_sensitive(true);
    headers.insert(parsed, value);
    Ok(())
}

fn authenticate(
    builder: RequestBuilder,
    auth: &Auth,
    token: Option<&SecretString>,
    names: &Value,
    headers: &mut HeaderMap,
) -> Result<RequestBuilder, String> {
    let filled = |text: &str| fill(text, names, Escape::None).map_err(said);
    Ok(match auth {
        // The fields of a query or body are there already, and a signature comes when all else is.
        Auth::None | Auth::Query { .. } | Auth::Body { .. } | Auth::Signed(_) => builder,
        Auth::OAuth2(_) => {
            let token = token.map_or("", |token| token.expose_secret());
            set_header(headers, AUTHORIZATION.as_str(), &format!("Bearer {token}"))?;
            builder
        }
        Auth::Token(asked) => {
            for (name, text) in &asked.headers {
                set_header(headers, name, &filled(text)?)?;
            }
            set_header(headers, &asked.header, token.map_or("", |token| token.expose_secret()))?;
            builder
        }
        Auth::Basic { user, password } => builder.basic_auth(filled(user)?, Some(filled(password)?)),
        Auth::Bearer { token } => {
            set_header(headers, AUTHORIZATION.as_str(), &format!("Bearer {}", filled(token)?))?;
            builder
        }
        Auth::Header { name, value } => {
            set_header(headers, name, &filled(value)?)?;
            builder
        }
    })
}

fn body(
    builder: RequestBuilder,
    payload: &Payload,
    fields: Vec<(String, String)>,
    outgoing: &Outgoing,
    names: &Value,
) -> Result<RequestBuilder, String> {
    Ok(match payload {
        Payload::Empty => builder,
        Payload::Json(tree) => builder.json(&with_fields(filled(tree, names)?, fields)),
        Payload::Form(tree) => {
            let mut flat = vec![];
            flatten(&with_fields(filled(tree, names)?, fields), "", &mut flat);
            builder.form(&flat)
        }
        Payload::Multipart(parts) => {
            let mut form = Form::new().percent_encode_noop();
            for (name, value) in fields {
                form = form.text(name, value);
            }
            for part in parts {
                if let Some(content) = content(part, outgoing, names)? {
                    form = form.part(part.name.clone(), typed(content, part, names)?);
                }
            }
            builder.multipart(form)
        }
        Payload::Raw(part) => {
            let content = content(part, outgoing, names)?.unwrap_or_default();
            let media_type = part.media_type.as_deref().unwrap_or("application/octet-stream");
            builder.header(reqwest::header::CONTENT_TYPE, media_type).body(content)
        }
    })
}

/// The bytes of a part; `None` where its text is empty.
fn content(part: &Part, outgoing: &Outgoing, names: &Value) -> Result<Option<Vec<u8>>, String> {
    if part.file.is_some() {
        let Body::Letter { pdf } = &outgoing.body else { return Err("only a letter has a file".into()) };
        return Ok(Some(pdf.clone()));
    }
    if let Some(tree) = &part.json {
        return serde_json::to_vec(&filled(tree, names)?).map(Some).map_err(said);
    }
    let text = part.text.as_deref().unwrap_or_default();
    Ok(scalar(&evaluate(text, names).map_err(said)?).map(String::into_bytes))
}

fn typed(content: Vec<u8>, part: &Part, names: &Value) -> Result<FormPart, String> {
    // A part without a file name is a field.
    let mut form_part = match (&part.filename, String::from_utf8(content)) {
        (None, Ok(text)) if part.file.is_none() => FormPart::text(text),
        (_, Ok(text)) => FormPart::bytes(text.into_bytes()),
        (_, Err(bytes)) => FormPart::bytes(bytes.into_bytes()),
    };
    if let Some(filename) = &part.filename {
        let filename = fill(filename, names, Escape::None).map_err(said)?;
        form_part = form_part.file_name(filename.replace(|c: char| c.is_control() || matches!(c, '"' | '\\'), "_"));
    }
    let default = part.json.is_some().then_some("application/json");
    match part.media_type.as_deref().or(default) {
        Some(media_type) => form_part.mime_str(media_type).map_err(|_| format!("`{media_type}` is no media type")),
        None => Ok(form_part),
    }
}

/// A tree whose texts are filled in; what became null is left out.
fn filled(tree: &Value, names: &Value) -> Result<Value, String> {
    Ok(match tree {
        Value::String(text) => evaluate(text, names).map_err(said)?,
        Value::Array(items) => {
            let items = items.iter().map(|item| filled(item, names)).collect::<Result<Vec<_>, _>>()?;
            Value::Array(items.into_iter().filter(|item| !item.is_null()).collect())
        }
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (name, value) in fields {
                let value = filled(value, names)?;
                if !value.is_null() {
                    kept.insert(name.clone(), value);
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    })
}

fn with_fields(mut tree: Value, fields: Vec<(String, String)>) -> Value {
    if let Value::Object(entries) = &mut tree {
        entries.extend(fields.into_iter().map(|(name, value)| (name, value.into())));
    }
    tree
}

/// Form fields: `a[b]` for what is nested, the same name again for lists; empty ones are left out.
fn flatten(tree: &Value, prefix: &str, fields: &mut Vec<(String, String)>) {
    match tree {
        Value::Object(entries) => {
            for (name, value) in entries {
                let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}[{name}]") };
                flatten(value, &name, fields);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| flatten(item, prefix, fields)),
        leaf => fields.extend(scalar(leaf).map(|value| (prefix.to_owned(), value))),
    }
}

/// A leaf as text; `None` for null, empty text, lists and mappings.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
