//! Where in an answer something stands: `$.messages[0]."message-id"`, `$.errors[*].code`.
//!
//! Names, places and `[*]`, nothing more: no filters, no recursion, no arithmetic.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A path into a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPath {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Name(String),
    Place(usize),
    Every,
}

impl JsonPath {
    /// Reads a path.
    ///
    /// # Errors
    /// A sentence that says what a path looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no path; write it like $.messages[0].id, $.\"message-id\" or $.errors[*].code");
        let mut rest = text.strip_prefix('$').ok_or_else(wrong)?;
        let mut segments = vec![];
        while !rest.is_empty() {
            let (segment, after) = segment(rest).ok_or_else(wrong)?;
            segments.push(segment);
            rest = after;
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Everything that stands there, in order; empty where there is nothing. Null counts as nothing.
    pub fn find<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![root];
        for segment in &self.segments {
            found = found.into_iter().flat_map(|value| segment.below(value)).collect();
        }
        found.retain(|value| !value.is_null());
        found
    }
}

impl<'de> Deserialize<'de> for JsonPath {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(input)?).map_err(D::Error::custom)
    }
}

impl Segment {
    fn below<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match self {
            Self::Name(name) => value.get(name).into_iter().collect(),
            Self::Place(place) => value.get(place).into_iter().collect(),
            Self::Every => value.as_array().into_iter().flatten().collect(),
        }
    }
}

/// The first segment and what follows it.
fn segment(rest: &str) -> Option<(Segment, &str)> {
    if let Some(inside) = rest.strip_prefix('[') {
        let (place, after) = inside.split_once(']')?;
        let segment = if place == "*" { Segment::Every } else { Segment::Place(place.parse().ok()?) };
        return Some((segment, after));
    }
    let name = rest.strip_prefix('.')?;
    if let Some(quoted) = name.strip_prefix('"') {
        let (name, after) = quoted.split_once('"')?;
        return Some((Segment::Name(name.to_owned()), after));
    }
    let end = name.find(['.', '[', '"']).unwrap_or(name.len());
    let (name, after) = name.split_at(end);
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | ':'));
    plain.then(|| (Segment::Name(name.to_owned()), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_what_they_name() {
        let answer = serde_json::json!({
            "messages": [{ "message-id": "a", "status": 0 }, { "message-id": "b", "gone": null }],
        });
        let find = |path: &str| {
            JsonPath::parse(path)
                .unwrap()
                .find(&answer)
                .into_iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(find("$.messages[0].message-id"), r#""a""#);
        assert_eq!(find("$.messages[*].\"message-id\""), r#""a" "b""#);
        assert_eq!(find("$.messages[0].status"), "0");
        assert_eq!(find("$.messages[1].gone"), "");
        assert_eq!(find("$.messages[2].gone"), "");
        assert_eq!(find("$.messages.x"), "");
        assert_eq!(find("$"), answer.to_string());
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", "a", "$a", "$.", "$..a", "$[x]", "$[1", "$.\"a", "$.a b"] {
            assert!(JsonPath::parse(text).is_err(), "{text}");
        }
    }
}
