//! Which attributes an answer has (RFC 7644 section 3.9, RFC 7643 section 7 on `returned`).

use serde_json::{Map, Value};

use super::schema::{Attribute, Registry, Resolved, ResourceType, Returned, SchemaError};

/// What a client asks to be returned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Projection {
    mode: Mode,
    names: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mode {
    /// Neither parameter was given.
    #[default]
    Usual,
    /// `attributes`.
    Only,
    /// `excludedAttributes`.
    Except,
}

/// A name as given, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    /// The whole, which may be a schema's URN.
    whole: String,
    urn: Option<String>,
    attribute: String,
    sub: Option<String>,
}

impl Name {
    /// Takes a name apart; a value filter such as `[type eq "work"]` in it is passed over. The URN ends at the last
    /// colon.
    fn read(text: &str) -> Self {
        let whole: String = match (text.split_once('['), text.rsplit_once(']')) {
            (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
            (_, _) => text.to_owned(),
        };
        let (urn, rest) = match whole.rsplit_once(':') {
            Some((urn, rest)) => (Some(urn.to_owned()), rest),
            None => (None, whole.as_str()),
        };
        let (attribute, sub) = match rest.split_once('.') {
            Some((attribute, sub)) => (attribute.to_owned(), Some(sub.to_owned())),
            None => (rest.to_owned(), None),
        };
        Self { whole, urn, attribute, sub }
    }

    fn is_schema(&self, urn: &str) -> bool {
        self.whole.eq_ignore_ascii_case(urn)
    }

    /// Whether it names the attribute, or a part of it.
    fn names(&self, core: &str, extension: Option<&str>, attribute: &str) -> bool {
        let schema_fits = match (extension, &self.urn) {
            (None, None) => true,
            (Some(_), None) => false,
            (extension, Some(urn)) => urn.eq_ignore_ascii_case(extension.unwrap_or(core)),
        };
        schema_fits && self.attribute.eq_ignore_ascii_case(attribute)
    }
}

/// How far an attribute is named.
enum Named<'a> {
    /// Not at all.
    Not,
    /// As a whole.
    Whole,
    /// These sub-attributes.
    Parts(Vec<&'a str>),
}

impl Projection {
    /// Reads the two parameters, each a comma-separated text or a list of names. Naming something in both is an
    /// error; names that no schema has are passed over.
    pub fn read<'a>(
        attributes: impl IntoIterator<Item = &'a str>,
        excluded: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, SchemaError> {
        let read =
            |texts: Vec<&str>| texts.into_iter().flat_map(split).map(Name::read).collect::<Vec<Name>>();
        let only = read(attributes.into_iter().collect());
        let except = read(excluded.into_iter().collect());
        match (only.is_empty(), except.is_empty()) {
            (true, true) => Ok(Self::default()),
            (false, true) => Ok(Self { mode: Mode::Only, names: only }),
            (true, false) => Ok(Self { mode: Mode::Except, names: except }),
            (false, false) => Err(SchemaError::BothProjections),
        }
    }

    /// Whether the client asked for anything but the usual.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.mode == Mode::Usual
    }

    /// Whether a core attribute that is returned by default is wanted, or a sub-attribute of it: what is not need
    /// not be loaded.
    #[must_use]
    pub fn wants(&self, resource_type: &ResourceType, attribute: &str, sub: Option<&str>) -> bool {
        let core = resource_type.schema.as_str();
        let named = self.named(core, None, attribute);
        let has = |parts: &[&str], sub: &str| parts.iter().any(|part| part.eq_ignore_ascii_case(sub));
        match (self.mode, named, sub) {
            (Mode::Usual, _, _) | (Mode::Only, Named::Whole, _) | (Mode::Except, Named::Not, _) => true,
            (Mode::Only, Named::Not, _) | (Mode::Except, Named::Whole, _) => false,
            (Mode::Only, Named::Parts(parts), sub) => sub.is_none_or(|sub| has(&parts, sub)),
            (Mode::Except, Named::Parts(parts), sub) => sub.is_none_or(|sub| !has(&parts, sub)),
        }
    }

    /// Whether nothing is taken out of a resource of the type.
    #[must_use]
    pub fn keeps_all(&self, registry: &Registry, resource_type: &ResourceType) -> bool {
        self.is_usual() && !registry.withholds(resource_type)
    }

    /// Whether it asks for something that is worked out only where it is asked for.
    #[must_use]
    pub fn asks_for_computed(&self, registry: &Registry, resource_type: &ResourceType) -> bool {
        let core = resource_type.schema.as_str();
        self.mode == Mode::Only
            && registry.schemas_of(resource_type).any(|schema| {
                let extension = Some(schema.id.as_str()).filter(|urn| *urn != core);
                let mut computed =
                    schema.attributes.iter().filter(|attribute| attribute.is_computed_on_request());
                computed.any(|attribute| !matches!(self.named(core, extension, &attribute.name), Named::Not))
            })
    }

    /// Takes out of a rendered resource what is not to be returned. `schemas` then lists the extensions that are
    /// left.
    pub fn apply(
        &self,
        registry: &Registry,
        resource_type: &ResourceType,
        resource: &mut Map<String, Value>,
    ) {
        if self.keeps_all(registry, resource_type) {
            return;
        }
        let core = resource_type.schema.as_str();
        resource.retain(|name, value| match (registry.extension(resource_type, name), value) {
            (Some(schema), Value::Object(extension)) => {
                extension.retain(|name, value| {
                    let resolved = registry.resolve(resource_type, Some(&schema.id), name, None);
                    resolved.is_some_and(|resolved| self.keeps(core, resolved, value))
                });
                !extension.is_empty()
            }
            (Some(_), _) => false,
            (None, value) => {
                let resolved = registry.resolve(resource_type, None, name, None);
                resolved.is_some_and(|resolved| self.keeps(core, resolved, value))
            }
        });
        if let Some(Value::Array(mut schemas)) = resource.remove("schemas") {
            schemas.retain(|urn| urn.as_str().is_some_and(|urn| urn == core || resource.contains_key(urn)));
            resource.insert("schemas".to_owned(), Value::Array(schemas));
        }
    }

    fn named(&self, core: &str, extension: Option<&str>, attribute: &str) -> Named<'_> {
        let mut parts = Vec::new();
        for name in &self.names {
            if name.is_schema(extension.unwrap_or(core)) {
                return Named::Whole;
            }
            if name.names(core, extension, attribute) {
                match &name.sub {
                    None => return Named::Whole,
                    Some(sub) => parts.push(sub.as_str()),
                }
            }
        }
        if parts.is_empty() { Named::Not } else { Named::Parts(parts) }
    }

    /// Whether anything of the attribute is returned; takes out of its value what is not.
    fn keeps(&self, core: &str, resolved: Resolved<'_>, value: &mut Value) -> bool {
        let attribute = resolved.attribute;
        let usual = |sub: &Attribute| matches!(sub.returned, Returned::Default | Returned::Always);
        let always = attribute.returned == Returned::Always;
        if attribute.returned == Returned::Never {
            return false;
        }
        let named = self.named(core, resolved.extension, &attribute.name);
        match (self.mode, named) {
            (Mode::Usual, _) | (Mode::Except, Named::Not) => {
                usual(attribute) && retain(attribute, value, &usual)
            }
            (Mode::Only, Named::Whole) => retain(attribute, value, &usual),
            (Mode::Only, Named::Not) | (Mode::Except, Named::Whole) => {
                always && retain(attribute, value, &usual)
            }
            (Mode::Only, Named::Parts(parts)) => {
                let wanted = |sub: &Attribute| is_among(&parts, sub) && sub.returned != Returned::Never;
                retain(attribute, value, &|sub| sub.returned == Returned::Always || wanted(sub))
            }
            (Mode::Except, Named::Parts(parts)) => {
                let left = |sub: &Attribute| usual(sub) && !is_among(&parts, sub);
                usual(attribute)
                    && retain(attribute, value, &|sub| sub.returned == Returned::Always || left(sub))
            }
        }
    }
}

fn is_among(parts: &[&str], sub: &Attribute) -> bool {
    parts.iter().any(|part| part.eq_ignore_ascii_case(&sub.name))
}

/// Keeps those sub-attributes in the value, or in its elements; says whether anything is left.
fn retain(attribute: &Attribute, value: &mut Value, keep: &dyn Fn(&Attribute) -> bool) -> bool {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| attribute.sub(name).is_some_and(keep));
            !members.is_empty()
        }
        Value::Array(elements) if !attribute.sub_attributes.is_empty() => {
            elements.retain_mut(|element| retain(attribute, element, keep));
            !elements.is_empty()
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// The names in a comma-separated text; commas inside brackets separate nothing.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let names = text.split(move |character| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    names.map(str::trim).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests;
