//! A strict reader of JSON: what two readers could understand differently is refused.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::ScimType;
use super::limits::Limits;

/// Objects with more members than this are searched for duplicates by hashing.
const FEW_MEMBERS: usize = 16;

/// Why a body is not read. Says where, never what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The bytes are no UTF-8.
    #[error("the body is not UTF-8 text")]
    NotUtf8,
    /// The body begins with a byte order mark.
    #[error("the body begins with a byte order mark")]
    ByteOrderMark,
    /// The text is no JSON, or something follows it.
    #[error("the body is not JSON: line {line}, column {column}")]
    Malformed {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// An object has a member twice; names that differ only in case are the same.
    #[error("an object has two members of the same name: line {line}, column {column}")]
    DuplicateMember {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Objects and lists are nested too deeply.
    #[error("the body is nested deeper than {limit} levels")]
    TooDeep {
        /// The bound.
        limit: usize,
    },
    /// There are too many values.
    #[error("the body has more than {limit} values")]
    TooManyValues {
        /// The bound.
        limit: usize,
    },
    /// The message has too many operations, whatever they are.
    #[error("the message has more than {limit} operations")]
    TooManyOperations {
        /// The bound.
        limit: usize,
    },
    /// A text has the character U+0000, which not every database can hold.
    #[error("a text has the character U+0000: line {line}, column {column}")]
    NullCharacter {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

impl JsonError {
    /// The status it is answered with.
    #[must_use]
    pub const fn status(self) -> u16 {
        if matches!(self, Self::TooManyOperations { .. }) { 413 } else { 400 }
    }

    /// The keyword it is answered with, if one fits.
    #[must_use]
    pub const fn scim_type(self) -> Option<ScimType> {
        match self {
            Self::TooManyOperations { .. } => None,
            Self::NullCharacter { .. } => Some(ScimType::InvalidValue),
            Self::NotUtf8
            | Self::ByteOrderMark
            | Self::Malformed { .. }
            | Self::DuplicateMember { .. }
            | Self::TooDeep { .. }
            | Self::TooManyValues { .. } => Some(ScimType::InvalidSyntax),
        }
    }
}

/// Reads one JSON value within [`Limits::json_depth`] and [`Limits::json_values`]. Of a message's `Operations` no more
/// are read than a message may have, for each takes far more memory than it has bytes.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Value, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|_position| JsonError::NotUtf8)?;
    if text.starts_with('\u{FEFF}') {
        return Err(JsonError::ByteOrderMark);
    }
    let state = State { limits, values: Cell::new(0), refusal: Cell::new(None) };
    let mut reader = serde_json::Deserializer::from_str(text);
    let seed = Seed { state: &state, depth: 0, elements: usize::MAX };
    let read = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match state.refusal.get() {
            None => JsonError::Malformed { line, column },
            Some(Refusal::Duplicate) => JsonError::DuplicateMember { line, column },
            Some(Refusal::Null) => JsonError::NullCharacter { line, column },
            Some(Refusal::Depth) => JsonError::TooDeep { limit: limits.json_depth },
            Some(Refusal::Operations) => JsonError::TooManyOperations { limit: state.operations() },
            Some(Refusal::Values) => JsonError::TooManyValues { limit: limits.json_values },
        }
    })
}

/// What we refuse, beside the parser.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    Duplicate,
    Null,
    Depth,
    Operations,
    Values,
}

struct State<'a> {
    limits: &'a Limits,
    values: Cell<usize>,
    refusal: Cell<Option<Refusal>>,
}

impl State<'_> {
    fn refuse<E: serde::de::Error>(&self, refusal: Refusal) -> E {
        self.refusal.set(Some(refusal));
        E::custom("refused")
    }

    /// The most operations of any message.
    fn operations(&self) -> usize {
        self.limits.patch_operations.max(self.limits.bulk_operations)
    }

    fn text<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        if text.contains('\0') { Err(self.refuse(Refusal::Null)) } else { Ok(()) }
    }
}

/// Reads one value that stands inside `depth` objects and lists.
#[derive(Clone, Copy)]
struct Seed<'a> {
    state: &'a State<'a>,
    depth: usize,
    /// How many elements it may have if it is a list.
    elements: usize,
}

impl Seed<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= self.state.limits.json_depth {
            return Err(self.state.refuse(Refusal::Depth));
        }
        Ok(Self { depth: self.depth + 1, elements: usize::MAX, ..self })
    }

    /// For the member of this name.
    fn of_member(self, name: &str) -> Self {
        let bounded = self.depth == 1 && name.eq_ignore_ascii_case("Operations");
        Self { elements: if bounded { self.state.operations() } else { usize::MAX }, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let values = self.state.values.get() + 1;
        if values > self.state.limits.json_values {
            return Err(self.state.refuse(Refusal::Values));
        }
        self.state.values.set(values);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.state.text(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        self.state.text(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(inner)? {
            if elements.len() >= self.elements {
                return Err(self.state.refuse(Refusal::Operations));
            }
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            self.state.text(&name)?;
            let value = access.next_value_seed(inner.of_member(&name))?;
            if members.insert(name, value).is_some() {
                return Err(self.state.refuse(Refusal::Duplicate));
            }
        }
        if has_names_alike(&members) {
            return Err(self.state.refuse(Refusal::Duplicate));
        }
        Ok(Value::Object(members))
    }
}

/// Whether two names differ only in ASCII case.
fn has_names_alike(members: &Map<String, Value>) -> bool {
    if members.len() > FEW_MEMBERS {
        let mut seen = HashSet::with_capacity(members.len());
        return !members.keys().all(|name| seen.insert(name.to_ascii_lowercase()));
    }
    let mut names = members.keys();
    while let Some(name) = names.next() {
        if names.clone().any(|other| other.eq_ignore_ascii_case(name)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
