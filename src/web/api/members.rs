//! Reads the members of a body one by one: each error names its member, and what nobody asked for is refused.

use serde_json::{Map, Value};

use crate::service::AdminError;

/// How many characters a text may have where nothing else is said.
const TEXT_CHARACTERS: usize = 1_024;

/// The members of an object that were not read yet.
#[derive(Debug)]
pub(in crate::web) struct Members {
    rest: Map<String, Value>,
    /// Where the object is, with a dot at the end; empty for the body itself.
    place: String,
}

impl Members {
    pub(super) const fn new(rest: Map<String, Value>) -> Self {
        Self { rest, place: String::new() }
    }

    /// A text that must be there.
    pub(in crate::web) fn required(&mut self, name: &str) -> Result<String, AdminError> {
        self.text(name)?.ok_or_else(|| self.refuse(name, "it is required"))
    }

    /// A text that may be missing; null is as good as missing.
    pub(in crate::web) fn text(&mut self, name: &str) -> Result<Option<String>, AdminError> {
        Ok(self.change(name)?.flatten())
    }

    /// A text that shall be changed: `None` where nothing is said, `Some(None)` where null takes it away.
    #[expect(clippy::option_option, reason = "what is missing and what is null are told apart (RFC 7396)")]
    pub(in crate::web) fn change(&mut self, name: &str) -> Result<Option<Option<String>>, AdminError> {
        match self.rest.remove(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) if fits(&text) => Ok(Some(Some(text))),
            Some(Value::String(_)) => {
                Err(self.refuse(name, "it must have 1 to 1024 characters, none of them a control character"))
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(self.refuse(name, "it must be a text"))
            }
        }
    }

    /// A text that may be missing, and is not to be taken away.
    pub(in crate::web) fn kept(&mut self, name: &str) -> Result<Option<String>, AdminError> {
        match self.change(name)? {
            Some(None) => Err(self.refuse(name, "it cannot be taken away")),
            Some(text) => Ok(text),
            None => Ok(None),
        }
    }

    /// A flag that may be missing.
    pub(in crate::web) fn flag(&mut self, name: &str) -> Result<Option<bool>, AdminError> {
        match self.rest.remove(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                Err(self.refuse(name, "it must be true or false"))
            }
        }
    }

    /// A whole number that may be missing.
    pub(in crate::web) fn number(&mut self, name: &str) -> Result<Option<u32>, AdminError> {
        match self.rest.remove(name) {
            None => Ok(None),
            Some(value) => match value.as_u64().and_then(|number| u32::try_from(number).ok()) {
                Some(number) => Ok(Some(number)),
                None => Err(self.refuse(name, "it must be a whole number that is not negative")),
            },
        }
    }

    /// A list of texts that may be missing.
    pub(in crate::web) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, AdminError> {
        let Some(value) = self.rest.remove(name) else { return Ok(None) };
        let read = |value: Value| match value {
            Value::String(text) if fits(&text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        };
        let texts = match value {
            Value::Array(values) => values.into_iter().map(read).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
        };
        texts.map(Some).ok_or_else(|| self.refuse(name, "it must be a list of texts"))
    }

    /// An object that shall be changed: `None` where nothing is said, `Some(None)` where null takes it away.
    #[expect(clippy::option_option, reason = "what is missing and what is null are told apart (RFC 7396)")]
    pub(in crate::web) fn object(&mut self, name: &str) -> Result<Option<Option<Self>>, AdminError> {
        match self.rest.remove(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::Object(rest)) => {
                Ok(Some(Some(Self { rest, place: format!("{}{name}.", self.place) })))
            }
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                Err(self.refuse(name, "it must be an object"))
            }
        }
    }

    /// A list of objects that may be missing.
    pub(in crate::web) fn objects(&mut self, name: &str) -> Result<Option<Vec<Self>>, AdminError> {
        let Some(value) = self.rest.remove(name) else { return Ok(None) };
        let Value::Array(values) = value else {
            return Err(self.refuse(name, "it must be a list of objects"));
        };
        let mut objects = Vec::with_capacity(values.len());
        for (at, value) in values.into_iter().enumerate() {
            let Value::Object(rest) = value else {
                return Err(self.refuse(name, "it must be a list of objects"));
            };
            objects.push(Self { rest, place: format!("{}{name}[{at}].", self.place) });
        }
        Ok(Some(objects))
    }

    /// A value of any kind that may be missing.
    pub(in crate::web) fn raw(&mut self, name: &str) -> Option<Value> {
        self.rest.remove(name)
    }

    /// All that was not read, as it came.
    pub(in crate::web) fn into_rest(self) -> Map<String, Value> {
        self.rest
    }

    /// Refuses what was not read.
    pub(in crate::web) fn end(self) -> Result<(), AdminError> {
        match self.rest.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.refuse(name, "there is no such member here")),
        }
    }

    /// A refusal of a member, with its place.
    pub(in crate::web) fn refuse(&self, name: &str, reason: &'static str) -> AdminError {
        // A name that nobody knows comes from the client: no more of it is repeated than anybody needs.
        let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
        AdminError::invalid(&format!("{}{name}", self.place), reason)
    }
}

fn fits(text: &str) -> bool {
    !text.trim().is_empty() && !is_long(text) && !text.chars().any(char::is_control)
}

/// Whether a text has more characters than any may have.
pub(super) fn is_long(text: &str) -> bool {
    text.len() > TEXT_CHARACTERS && text.chars().count() > TEXT_CHARACTERS
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Members {
        let Value::Object(members) = value else { panic!("{value}") };
        Members::new(members)
    }

    fn told<T: std::fmt::Debug>(result: Result<T, AdminError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn what_is_missing_and_what_is_null_are_told_apart_where_it_matters() {
        let mut body = members(json!({"a": null, "b": "x", "d": {}, "e": null}));
        assert_eq!(body.change("a").unwrap(), Some(None));
        assert_eq!(body.change("b").unwrap(), Some(Some("x".to_owned())));
        assert_eq!(body.change("c").unwrap(), None);
        assert!(matches!(body.object("d"), Ok(Some(Some(_)))));
        assert!(matches!(body.object("e"), Ok(Some(None))));
        body.end().unwrap();
    }

    #[test]
    fn a_refusal_names_the_member_with_its_place() {
        let mut body = members(json!({"name": 1, "on": "yes", "many": -1, "all": ["a", 2], "in": {"x": {}}}));
        assert_eq!(told(body.text("name")), "name: it must be a text");
        assert_eq!(told(body.flag("on")), "on: it must be true or false");
        assert_eq!(told(body.number("many")), "many: it must be a whole number that is not negative");
        assert_eq!(told(body.texts("all")), "all: it must be a list of texts");
        assert_eq!(told(body.required("email")), "email: it is required");
        let inner = body.object("in").unwrap().flatten().unwrap();
        assert_eq!(told(inner.end()), "in.x: there is no such member here");
        body.end().unwrap();
    }

    #[test]
    fn a_text_is_not_empty_not_long_and_has_no_control_characters() {
        for text in ["", "  ", "a\nb", "\u{7f}", &"\u{e9}".repeat(1_025)] {
            let mut body = members(json!({"name": text, "names": [text]}));
            assert!(body.text("name").is_err(), "{text:?}");
            assert!(body.texts("names").is_err(), "{text:?}");
        }
        assert!(members(json!({"name": "\u{e9}".repeat(1_024)})).text("name").is_ok());
    }
}
