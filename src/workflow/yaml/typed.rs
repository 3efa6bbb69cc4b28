//! A tree read into any `Deserialize` type. Unknown keys are collected; the first mistake of type ends it.

mod access;

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};

use self::access::{Items, Keys, Place, Variant};
use super::scalar::{Plain, classify};
use super::{Node, NodeKind, Spanned};
use crate::workflow::condition::nearest;
use crate::workflow::{Code, Findings};

/// The value of the tree, or what stopped the reading; unknown keys are among the findings.
pub(super) fn deserialize<T: DeserializeOwned>(root: &Node, findings: &mut Findings<'_>) -> Result<T, Stop> {
    let unknown = RefCell::new(Vec::new());
    let result = T::deserialize(Value { node: root, unknown: &unknown });
    for (span, message, help) in unknown.into_inner() {
        findings.add_with_help(Code::UnknownKey, span, message, help);
    }
    result
}

const SPANNED: &str = "$relance::workflow::yaml::Spanned";

/// Reads a value with its place; only this module's deserializer knows places.
pub(super) fn spanned<'de, T: de::Deserialize<'de>, D: Deserializer<'de>>(input: D) -> Result<Spanned<T>, D::Error> {
    struct Parts<T>(std::marker::PhantomData<T>);
    impl<'de, T: de::Deserialize<'de>> Visitor<'de> for Parts<T> {
        type Value = Spanned<T>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a value in a YAML file")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let missing = || de::Error::custom("only `from_yaml` knows places");
            let start = map.next_entry::<String, usize>()?.ok_or_else(missing)?.1;
            let end = map.next_entry::<String, usize>()?.ok_or_else(missing)?.1;
            let value = map.next_entry::<String, T>()?.ok_or_else(missing)?.1;
            Ok(Spanned { value, span: start..end })
        }
    }
    input.deserialize_struct(SPANNED, &["start", "end", "value"], Parts(std::marker::PhantomData))
}

/// What stopped the reading.
#[derive(Debug)]
pub(super) struct Stop {
    pub code: Code,
    pub span: Option<Range<usize>>,
    pub message: String,
    pub help: Option<String>,
    pub reported: bool,
}

impl Stop {
    fn new(code: Code, message: impl Into<String>, help: impl Into<Option<String>>) -> Self {
        Self { code, span: None, message: message.into(), help: help.into(), reported: false }
    }

    /// The innermost place wins.
    fn at(mut self, span: &Range<usize>) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Code::BadValue, message.to_string(), None)
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Code::WrongType, format!("expected {expected}, found {found}"), None)
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(Code::BadValue, format!("expected {expected}, found {found}"), None)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Code::MissingKey, format!("`{field}` is missing"), None)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let (message, help) = unknown_key(field, expected);
        Self::new(Code::UnknownKey, message, help)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let help = match nearest(variant, expected.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of: {}", expected.join(", ")),
        };
        Self::new(Code::UnknownValue, format!("`{variant}` is not known here"), help)
    }
}

fn unknown_key(key: &str, known: &[&str]) -> (String, Option<String>) {
    let help = match nearest(key, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    (format!("unknown key `{key}`"), Some(help))
}

type Unknown = RefCell<Vec<(Range<usize>, String, Option<String>)>>;

/// A node on its way into a type.
#[derive(Clone, Copy)]
struct Value<'a> {
    node: &'a Node,
    unknown: &'a Unknown,
}

impl<'a> Value<'a> {
    fn with(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }

    /// Text that needs no quotes to be text, or has them.
    fn text(self) -> Result<&'a str, Stop> {
        match &self.node.kind {
            NodeKind::Scalar { text, plain: false } => Ok(text),
            NodeKind::Scalar { text, plain: true } if classify(text) == Plain::Text => Ok(text),
            NodeKind::Scalar { text, .. } => {
                let help = format!("write \"{text}\" in quotes");
                Err(Stop::new(Code::UnquotedText, format!("`{text}` is not text without quotes"), help))
            }
            _ => Err(self.unexpected("text")),
        }
    }

    /// The text of a number without quotes.
    fn number(self) -> Result<&'a str, Stop> {
        match &self.node.kind {
            NodeKind::Scalar { text, plain: true } => match classify(text) {
                Plain::Integer | Plain::Fraction => Ok(text),
                Plain::OddNumber | Plain::Trap => {
                    let help = "write the number out in decimal digits".to_owned();
                    Err(Stop::new(Code::WrongType, format!("`{text}` is not a plain number"), help))
                }
                _ => Err(self.unexpected("a number")),
            },
            NodeKind::Scalar { text, .. } if matches!(classify(text), Plain::Integer | Plain::Fraction) => {
                let help = format!("write it without quotes: {text}");
                Err(Stop::new(Code::WrongType, "expected a number, found text", help))
            }
            _ => Err(self.unexpected("a number")),
        }
    }

    fn unexpected(self, wanted: &str) -> Stop {
        if self.node.kind == NodeKind::Refused {
            return Stop { reported: true, ..Stop::new(Code::WrongType, "", None) };
        }
        Stop::new(Code::WrongType, format!("expected {wanted}, found {}", self.node.kind.what()), None)
    }

    fn map<V: Visitor<'a>>(self, visitor: V, known: Option<&'static [&'static str]>) -> Result<V::Value, Stop> {
        let NodeKind::Map(entries) = &self.node.kind else {
            return Err(self.unexpected("keys and values"));
        };
        visitor.visit_map(Keys { value: self, entries, current: None, known })
    }

    fn list<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        let NodeKind::List(items) = &self.node.kind else {
            return Err(self.unexpected("a list"));
        };
        visitor.visit_seq(Items { value: self, items })
    }

    fn any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.kind {
            NodeKind::Map(_) => self.map(visitor, None),
            NodeKind::List(_) => self.list(visitor),
            NodeKind::Refused => Err(self.unexpected("a value")),
            NodeKind::Scalar { text, plain: true } => match classify(text) {
                Plain::Bool(value) => visitor.visit_bool(value),
                Plain::Integer => match (text.parse::<i64>(), text.parse::<u64>()) {
                    (Ok(value), _) => visitor.visit_i64(value),
                    (_, Ok(value)) => visitor.visit_u64(value),
                    _ => visitor.visit_str(text),
                },
                // Decimals take it exactly from its text; a binary number would not be exact.
                Plain::Fraction => visitor.visit_str(text),
                Plain::OddNumber => self.number().and(Err(self.unexpected("a value"))),
                Plain::Null | Plain::Trap | Plain::Text => visitor.visit_borrowed_str(self.text()?),
            },
            NodeKind::Scalar { text, .. } => visitor.visit_borrowed_str(text),
        }
    }
}

impl NodeKind {
    /// What it is, in messages.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::Scalar { text, plain: true } => match classify(text) {
                Plain::Bool(_) => "true or false",
                Plain::Integer | Plain::Fraction | Plain::OddNumber => "a number",
                _ => "text",
            },
            Self::Scalar { .. } => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "keys and values",
            Self::Refused => "what was refused above",
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty,)+) => {$(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
            let inner = || -> Result<V::Value, Stop> {
                let text = self.number().map_err(|mut mistake| {
                    mistake.help.get_or_insert_with(|| "write a whole number in digits: 3".to_owned());
                    mistake
                })?;
                let value = text.parse::<$type>().map_err(|_| {
                    let help = format!("it must lie between {} and {}", <$type>::MIN, <$type>::MAX);
                    Stop::new(Code::BadValue, format!("`{text}` does not fit here"), help)
                })?;
                visitor.$visit(value)
            };
            inner().map_err(|mistake| mistake.at(&self.node.span))
        }
    )+};
}

macro_rules! texts {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
            self.text()
                .and_then(|text| visitor.visit_borrowed_str(text))
                .map_err(|mistake| mistake.at(&self.node.span))
        }
    )+};
}

impl<'a> Deserializer<'a> for Value<'a> {
    type Error = Stop;

    numbers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
        deserialize_f32 visit_f32 f32,
        deserialize_f64 visit_f64 f64,
    }

    texts! { deserialize_str deserialize_string deserialize_char deserialize_identifier deserialize_bytes
    deserialize_byte_buf }

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.any(visitor).map_err(|mistake| mistake.at(&self.node.span))
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        let mistake = match &self.node.kind {
            NodeKind::Scalar { text, plain: true } => match classify(text) {
                Plain::Bool(value) => return visitor.visit_bool(value),
                _ => Stop::new(Code::WrongType, format!("expected true or false, found `{text}`"), None),
            },
            _ => self.unexpected("true or false"),
        };
        Err(mistake.at(&self.node.span))
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Stop> {
        Err(self.unexpected("nothing").at(&self.node.span))
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.list(visitor).map_err(|mistake| mistake.at(&self.node.span))
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.map(visitor, None).map_err(|mistake| mistake.at(&self.node.span))
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if name == SPANNED {
            return visitor.visit_map(Place { value: self, part: 0 });
        }
        self.map(visitor, Some(fields)).map_err(|mistake| mistake.at(&self.node.span))
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let inner = match &self.node.kind {
            NodeKind::Map(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(Variant { name: &entry.key, entry: Some(entry), value: self }),
                _ => Err(Stop::new(Code::WrongType, "expected exactly one key here", None)),
            },
            _ => self.text().and_then(|name| visitor.visit_enum(Variant { name, entry: None, value: self })),
        };
        inner.map_err(|mistake| mistake.at(&self.node.span))
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_unit()
    }
}
