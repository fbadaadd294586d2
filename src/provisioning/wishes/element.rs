//! One element of `roles` or `entitlements`, in every shape that clients send it.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// An element's sub-attributes (RFC 7643 section 2.4), each as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element<'a> {
    /// Its `value`.
    pub value: Option<Cow<'a, str>>,
    /// Its `display`, or `displayName` as Entra ID spells it.
    pub display: Option<Cow<'a, str>>,
    /// Its `type`.
    pub kind: Option<Cow<'a, str>>,
    /// Whether it is the `primary` one.
    pub primary: bool,
}

/// Every element of a multi-valued attribute; one that stands alone is taken for the only one.
pub fn all(attribute: Option<&Value>) -> Vec<Element<'_>> {
    match attribute {
        Some(Value::Array(elements)) => elements.iter().filter_map(Element::read).collect(),
        Some(element) => Element::read(element).into_iter().collect(),
        None => Vec::new(),
    }
}

impl<'a> Element<'a> {
    fn read(element: &'a Value) -> Option<Self> {
        match element {
            Value::String(text) => Some(Self::default().unpacked(text)),
            Value::Object(members) => Some(Self::of_object(members)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        }
    }

    fn of_object(members: &'a Map<String, Value>) -> Self {
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(Cow::Borrowed);
        let element = Self {
            value: None,
            display: text("display").or_else(|| text("displayName")),
            kind: text("type"),
            primary: members.get("primary").is_some_and(is_true),
        };
        match members.get("value").and_then(Value::as_str) {
            Some(value) => element.unpacked(value),
            None => element,
        }
    }

    /// With this value, which Entra ID sends as JSON inside a string where it adds an app role:
    /// `{"id":"…","value":"Admin","displayName":"Admin"}`. What is said outside counts before what is said inside.
    fn unpacked(self, text: &'a str) -> Self {
        let inner = if text.trim_start().starts_with('{') { serde_json::from_str(text).ok() } else { None };
        let Some(Value::Object(mut inner)) = inner else {
            return Self { value: Some(Cow::Borrowed(text)), ..self };
        };
        let primary = self.primary || inner.get("primary").is_some_and(is_true);
        let mut inside = |name: &str| match inner.remove(name) {
            Some(Value::String(text)) => Some(Cow::Owned(text)),
            _ => None,
        };
        Self {
            value: inside("value"),
            display: self.display.or_else(|| inside("displayName")).or_else(|| inside("display")),
            kind: self.kind.or_else(|| inside("type")),
            primary,
        }
    }

    /// What its value means, or else its display name.
    pub fn meaning<T>(&self, named: impl Fn(&str) -> Option<T>) -> Option<T> {
        let said = |text: &Option<Cow<'a, str>>| text.as_deref().and_then(&named);
        said(&self.value).or_else(|| said(&self.display))
    }

    /// How it is named where nothing is known by it; empty where it names nothing.
    pub fn text(&self) -> &str {
        let said = [self.value.as_deref(), self.display.as_deref()];
        said.into_iter().flatten().find(|text| !text.trim().is_empty()).unwrap_or_default()
    }
}

/// Entra ID and others send the boolean as text.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(primary) => *primary,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}
