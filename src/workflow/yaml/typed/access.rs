//! Lists, mappings and enums of a tree, as `serde` walks them.

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer as _, Visitor};

use super::{Stop, Value, unknown_key};
use crate::workflow::Code;
use crate::workflow::yaml::{Entry, Node};

pub(super) struct Items<'a> {
    pub value: Value<'a>,
    pub items: &'a [Node],
}

impl<'a> de::SeqAccess<'a> for Items<'a> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        let Some((first, rest)) = self.items.split_first() else { return Ok(None) };
        self.items = rest;
        seed.deserialize(self.value.with(first)).map(Some).map_err(|mistake| mistake.at(&first.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

pub(super) struct Keys<'a> {
    pub value: Value<'a>,
    pub entries: &'a [Entry],
    pub current: Option<&'a Entry>,
    pub known: Option<&'static [&'static str]>,
}

impl<'a> de::MapAccess<'a> for Keys<'a> {
    type Error = Stop;

    fn next_key_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        while let Some((first, rest)) = self.entries.split_first() {
            self.entries = rest;
            if let Some(known) = self.known
                && !known.contains(&first.key.as_str())
            {
                let (message, help) = unknown_key(&first.key, known);
                self.value.unknown.borrow_mut().push((first.key_span.clone(), message, help));
                continue;
            }
            self.current = Some(first);
            return seed.deserialize(Key(&first.key)).map(Some).map_err(|mistake| mistake.at(&first.key_span));
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        let Some(entry) = self.current.take() else {
            return Err(Stop::new(Code::WrongType, "a value without a key", None));
        };
        seed.deserialize(self.value.with(&entry.value)).map_err(|mistake| mistake.at(&entry.value.span))
    }
}

macro_rules! number_keys {
    ($($method:ident $visit:ident)+) => {$(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => {
                    let message = format!("expected a whole number, found `{}`", self.0);
                    Err(Stop::new(Code::WrongType, message, None))
                }
            }
        }
    )+};
}

/// A key: always text, and a number where the type wants one.
struct Key<'a>(&'a str);

impl<'a> Deserializer<'a> for Key<'a> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_borrowed_str(self.0)
    }

    number_keys! { deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
    deserialize_i32 visit_i32 deserialize_i64 visit_i64 }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i128 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The parts of a `Spanned`: start, end, value.
pub(super) struct Place<'a> {
    pub value: Value<'a>,
    pub part: u8,
}

impl<'a> de::MapAccess<'a> for Place<'a> {
    type Error = Stop;

    fn next_key_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        self.part += 1;
        let name: StrDeserializer<'_, Stop> =
            ["start", "end", "value"][usize::from(self.part - 1) % 3].into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        let span = &self.value.node.span;
        match self.part {
            1 => seed.deserialize(span.start.into_deserializer()),
            2 => seed.deserialize(span.end.into_deserializer()),
            _ => seed.deserialize(self.value).map_err(|mistake: Stop| mistake.at(span)),
        }
    }
}

pub(super) struct Variant<'a> {
    pub name: &'a str,
    pub entry: Option<&'a Entry>,
    pub value: Value<'a>,
}

impl<'a> de::EnumAccess<'a> for Variant<'a> {
    type Error = Stop;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<(T::Value, Self), Stop> {
        let place = self.entry.map_or(&self.value.node.span, |entry| &entry.key_span);
        let name: StrDeserializer<'_, Stop> = self.name.into_deserializer();
        let variant = seed.deserialize(name).map_err(|mistake| mistake.at(place))?;
        Ok((variant, self))
    }
}

impl<'a> Variant<'a> {
    fn content(&self) -> Result<Value<'a>, Stop> {
        let missing = || Stop::new(Code::WrongType, format!("`{}` needs a value behind it", self.name), None);
        self.entry.map(|entry| self.value.with(&entry.value)).ok_or_else(missing)
    }
}

impl<'a> de::VariantAccess<'a> for Variant<'a> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        match self.entry {
            None => Ok(()),
            Some(entry) => {
                Err(Stop::new(Code::WrongType, format!("`{}` takes no value", self.name), None).at(&entry.value.span))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Stop> {
        let content = self.content()?;
        seed.deserialize(content).map_err(|mistake| mistake.at(&content.node.span))
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.content()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'a>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Stop> {
        self.content()?.deserialize_struct("", fields, visitor)
    }
}
