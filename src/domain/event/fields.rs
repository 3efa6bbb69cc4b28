//! A JSON object taken apart into its fields, without copying, and the place of each for refusals.
//!
//! Values stay JSON text until something asks for them: an amount is read from its own digits, and what
//! nobody asks for is never read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Refusal;

/// How deep arrays and objects may lie in each other: what the platform adds is kept, and kept readable.
pub const NESTING_MAX: usize = 32;

/// Where a value stands, as a chain to its root; written out only for a refusal.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    /// The event itself, whose fields need no prefix.
    Event,
    /// A named root.
    Root(&'static str),
    Field(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event => out.write_str("body"),
            Self::Root(name) => out.write_str(name),
            Self::Field(Place::Event, name) => out.write_str(name),
            Self::Field(parent, name) => write!(out, "{parent}.{name}"),
            Self::Item(parent, index) => write!(out, "{parent}[{index}]"),
        }
    }
}

impl Place<'_> {
    pub(super) fn refuse(&self, reason: impl Into<String>) -> Refusal {
        Refusal::new(self.to_string(), reason)
    }
}

/// One value that is there and is not `null`.
#[derive(Clone, Copy)]
pub(super) struct Field<'a, 'p> {
    /// Its JSON text, valid, without white space around it.
    pub raw: &'a str,
    pub place: Place<'p>,
}

impl Field<'_, '_> {
    pub(super) fn refuse(&self, reason: impl Into<String>) -> Refusal {
        self.place.refuse(reason)
    }
}

/// The fields of one object.
pub(super) struct Fields<'a, 'p> {
    place: Place<'p>,
    pairs: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// Takes the text of an object apart.
    pub(super) fn of(text: &'a str, place: Place<'p>) -> Result<Self, Refusal> {
        let Pairs(pairs) = serde_json::from_str(text).map_err(|why| {
            place.refuse(match why.classify() {
                serde_json::error::Category::Data => "is not a JSON object; send one".to_owned(),
                serde_json::error::Category::Eof => "ends in the middle of the JSON; send the whole".to_owned(),
                _ => format!("is not valid JSON at line {}, column {}", why.line(), why.column()),
            })
        })?;
        Ok(Self { place, pairs })
    }

    /// A field that may be missing; `null` is missing.
    pub(super) fn find<'n>(&'n self, name: &'n str) -> Result<Option<Field<'a, 'n>>, Refusal> {
        let mut found = self.pairs.iter().filter(|(key, _)| key == name);
        let Some((_, value)) = found.next() else { return Ok(None) };
        let place = Place::Field(&self.place, name);
        if found.next().is_some() {
            return Err(place.refuse("is written twice; write it once"));
        }
        let raw = value.get();
        Ok((raw != "null").then_some(Field { raw, place }))
    }

    /// A field that must be there, read by `read`.
    pub(super) fn must<T>(
        &self,
        name: &str,
        read: impl FnOnce(Field<'a, '_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match self.find(name)? {
            Some(field) => read(field),
            None => Err(self.missing(name)),
        }
    }

    /// A field that may be missing, read by `read` where it is there.
    pub(super) fn may<T>(
        &self,
        name: &str,
        read: impl FnOnce(Field<'a, '_>) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        self.find(name)?.map(read).transpose()
    }

    /// The refusal of a field that is not there.
    pub(super) fn missing(&self, name: &str) -> Refusal {
        self.refuse(name, "is missing; it is required")
    }

    /// A refusal of one of its fields.
    pub(super) fn refuse(&self, name: &str, reason: impl Into<String>) -> Refusal {
        Place::Field(&self.place, name).refuse(reason)
    }

    /// The JSON text of each field in turn, with its name.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.pairs.iter().map(|(name, value)| (name.as_ref(), value.get()))
    }
}

struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::with_capacity(16);
                while let Some((Name(name), value)) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }
        input.deserialize_map(Object)
    }
}

struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        input.deserialize_str(Text)
    }
}

/// What is wrong with a JSON text as a whole, found in one pass over its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsound {
    /// `\u0000` in a text, which Postgres cannot keep.
    Nul,
    /// Nested deeper than `NESTING_MAX`.
    TooDeep,
}

/// Looks through valid JSON for what cannot be kept, giving every byte outside white space between tokens to
/// `kept`.
pub(super) fn walk(text: &str, mut kept: impl FnMut(&[u8])) -> Result<(), Unsound> {
    let bytes = text.as_bytes();
    let (mut from, mut at, mut depth, mut in_text) = (0, 0, 0_usize, false);
    while let Some(&byte) = bytes.get(at) {
        match (in_text, byte) {
            (true, b'\\') => {
                if bytes[at + 1..].starts_with(b"u0000") {
                    return Err(Unsound::Nul);
                }
                at += 1;
            }
            (_, b'"') => in_text = !in_text,
            (false, b'{' | b'[') => {
                depth += 1;
                if depth > NESTING_MAX {
                    return Err(Unsound::TooDeep);
                }
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, b' ' | b'\n' | b'\r' | b'\t') => {
                kept(&bytes[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    kept(&bytes[from..]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> Result<String, Unsound> {
        let mut kept = Vec::new();
        walk(text, |bytes| kept.extend_from_slice(bytes))?;
        Ok(String::from_utf8(kept).unwrap())
    }

    #[test]
    fn white_space_between_tokens_is_not_content() {
        assert_eq!(squeezed("{ \"a b\" :\n [1,\t2] }").unwrap(), r#"{"a b":[1,2]}"#);
        assert_eq!(squeezed(r#"{"a":"x \" y"}"#).unwrap(), r#"{"a":"x \" y"}"#);
    }

    #[test]
    fn a_nul_is_found_and_an_escaped_backslash_is_not_one() {
        assert_eq!(squeezed(r#"{"a":"\u0000"}"#), Err(Unsound::Nul));
        assert_eq!(squeezed(r#"{"a\u0000":1}"#), Err(Unsound::Nul));
        assert!(squeezed(r#"{"a":"\\u0000"}"#).is_ok());
    }

    #[test]
    fn nesting_has_its_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(squeezed(&nested(NESTING_MAX)).is_ok());
        assert_eq!(squeezed(&nested(NESTING_MAX + 1)), Err(Unsound::TooDeep));
    }

    #[test]
    fn a_field_written_twice_is_refused_by_name() {
        let fields = Fields::of(r#"{"total":1,"total":2}"#, Place::Root("data")).unwrap();
        let refusal = fields.find("total").err().unwrap();
        assert_eq!(refusal.field, "data.total");
    }
}
