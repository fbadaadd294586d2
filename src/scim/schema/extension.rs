//! An organization's own extension schema, read from JSON and held to what can be kept and shown.
//!
//! The form is `{"resourceType": "User", "required": false, "schema": {...}}`, the schema as in RFC 7643 section 7.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Attribute, Kind, Mutability, Registry, Schema, Uniqueness};

/// Names that an extension's attribute may not have: they mean something to clients wherever they stand.
const RESERVED: [&str; 7] = ["schemas", "id", "externalId", "meta", "groups", "members", "password"];

/// The most attributes of an extension, and so the most members of an object that can stand for one.
pub(in crate::scim) const MAX_ATTRIBUTES: usize = 500;

/// The longest URN in bytes.
const MAX_URN_BYTES: usize = 255;

/// A schema by which a resource type is extended (RFC 7643 section 3.3).
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// The schema.
    pub schema: Schema,
    /// The name of the resource type.
    pub resource_type: String,
    /// Whether every resource must have it.
    pub required: bool,
}

/// Why an extension is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// A member is missing.
    #[error("{0} is missing")]
    Missing(String),
    /// A member is no member of this kind of object.
    #[error("{0} is not known here")]
    UnknownMember(String),
    /// A member has a value of another type, or a word that is none of those defined.
    #[error("{member} must be {expected}")]
    Unfit {
        /// Where.
        member: String,
        /// What it must be.
        expected: &'static str,
    },
    /// The id is no URN.
    #[error("\"{0}\" is not a URN such as urn:example:params:scim:schemas:extension:2.0:User")]
    BadUrn(String),
    /// A schema has this id already.
    #[error("a schema \"{0}\" exists already")]
    UrnInUse(String),
    /// There is no such resource type.
    #[error("there is no resource type \"{0}\"")]
    UnknownResourceType(String),
    /// The name does not follow RFC 7643 section 2.1.
    #[error("\"{0}\" is not an attribute name: a letter, then letters, digits, \"-\", \"_\" and \"$\"")]
    BadName(String),
    /// The name means something else.
    #[error("the attribute name \"{0}\" is reserved")]
    ReservedName(String),
    /// Two attributes have the same name but for case.
    #[error("there are two attributes \"{0}\"")]
    DuplicateName(String),
    /// A sub-attribute has parts itself.
    #[error("{0} is complex inside a complex attribute")]
    TooDeep(String),
    /// The characteristics do not go together, or cannot be kept.
    #[error("{attribute} {reason}")]
    Contradiction {
        /// The attribute.
        attribute: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Extension {
    /// Reads and checks an extension.
    pub fn read(value: &Value) -> Result<Self, ExtensionError> {
        let members = Members::of(value, "the extension", &["resourceType", "required", "schema"])?;
        let resource_type = members.text("resourceType")?;
        let required = members.flag("required")?;
        let members = Members::of(
            members.value("schema")?,
            "schema",
            &["id", "name", "description", "attributes", "schemas", "meta"],
        )?;
        let id = members.text("id")?;
        let built_in = Registry::built_in();
        check_urn(&id)?;
        if built_in.schema(&id).is_some() {
            return Err(ExtensionError::UrnInUse(id));
        }
        let Some(known) = built_in.resource_type(&resource_type) else {
            return Err(ExtensionError::UnknownResourceType(resource_type));
        };
        let attributes = attributes(members.value("attributes")?, None)?;
        let schema = Schema {
            id,
            name: members.text("name")?,
            description: members.optional_text("description")?,
            attributes,
        };
        Ok(Self { schema, resource_type: known.name.clone(), required })
    }
}

fn check_urn(urn: &str) -> Result<(), ExtensionError> {
    let parts: Vec<&str> = urn.split(':').collect();
    let [scheme, namespace, rest @ ..] = parts.as_slice() else {
        return Err(ExtensionError::BadUrn(urn.to_owned()));
    };
    let plain = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte))
    };
    let namespace_fits =
        namespace.len() >= 2 && namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let fits = scheme.eq_ignore_ascii_case("urn")
        && namespace_fits
        && !rest.is_empty()
        && rest.iter().all(plain)
        && urn.len() <= MAX_URN_BYTES;
    if fits { Ok(()) } else { Err(ExtensionError::BadUrn(urn.to_owned())) }
}

/// Reads a list of attributes, or of the sub-attributes of `parent`.
fn attributes(value: &Value, parent: Option<&str>) -> Result<Vec<Attribute>, ExtensionError> {
    let name = parent.map_or_else(|| "attributes".to_owned(), |parent| format!("{parent}.subAttributes"));
    let Some(elements) = value.as_array().filter(|elements| !elements.is_empty()) else {
        return Err(ExtensionError::Unfit { member: name, expected: "a list of attributes" });
    };
    if elements.len() > MAX_ATTRIBUTES {
        return Err(ExtensionError::Unfit { member: name, expected: "a list of at most 500 attributes" });
    }
    let mut names = HashSet::new();
    let mut attributes = Vec::with_capacity(elements.len());
    for element in elements {
        let attribute = attribute(element, parent)?;
        if !names.insert(attribute.name.to_ascii_lowercase()) {
            return Err(ExtensionError::DuplicateName(attribute.name));
        }
        attributes.push(attribute);
    }
    Ok(attributes)
}

const CHARACTERISTICS: &[&str] = &[
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "canonicalValues",
    "referenceTypes",
    "subAttributes",
    "indexed",
];

fn attribute(value: &Value, parent: Option<&str>) -> Result<Attribute, ExtensionError> {
    let members = Members::of(value, "an attribute", CHARACTERISTICS)?;
    let name = members.text("name")?;
    check_name(&name, parent)?;
    let path = parent.map_or_else(|| name.clone(), |parent| format!("{parent}.{name}"));
    let members = Members::of(value, &path, CHARACTERISTICS)?;
    let kind: Kind = members.word("type", "one of the data types of RFC 7643 section 2.3")?;
    let sub_attributes = sub_attributes(&members, kind, &name, parent)?;
    let attribute = Attribute {
        name,
        kind,
        multi_valued: members.flag("multiValued")?,
        description: members.optional_text("description")?,
        required: members.flag("required")?,
        // RFC 7643 sections 2.3.6 and 2.3.7: these are case exact whatever is declared.
        case_exact: members.flag("caseExact")? || matches!(kind, Kind::Reference | Kind::Binary),
        mutability: members.word("mutability", "readWrite or immutable")?,
        returned: members.word("returned", "always, never, default or request")?,
        uniqueness: members.word("uniqueness", "none, server or global")?,
        canonical_values: members.texts("canonicalValues")?,
        reference_types: members.texts("referenceTypes")?,
        sub_attributes,
        indexed: members.flag("indexed")?,
        identifier: false,
    };
    match contradiction(&attribute, parent.is_some()) {
        Some(reason) => Err(ExtensionError::Contradiction { attribute: path, reason }),
        None => Ok(attribute),
    }
}

/// The sub-attributes, which a complex attribute has and no other; they are not complex themselves.
fn sub_attributes(
    members: &Members<'_>,
    kind: Kind,
    name: &str,
    parent: Option<&str>,
) -> Result<Vec<Attribute>, ExtensionError> {
    let path = || members.place.to_owned();
    match (kind == Kind::Complex, members.object.get("subAttributes")) {
        (true, _) if parent.is_some() => Err(ExtensionError::TooDeep(path())),
        (true, _) => attributes(members.value("subAttributes")?, Some(name)),
        (false, None) => Ok(Vec::new()),
        (false, Some(value)) if value.as_array().is_some_and(Vec::is_empty) => Ok(Vec::new()),
        (false, Some(_)) => {
            let reason = "has sub-attributes but is not complex";
            Err(ExtensionError::Contradiction { attribute: path(), reason })
        }
    }
}

fn check_name(name: &str, parent: Option<&str>) -> Result<(), ExtensionError> {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let goes_on = bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte));
    // Erratum 8924: the grammar forbids the `$ref` that the RFC itself uses.
    let is_ref = parent.is_some() && name == "$ref";
    if !(starts && goes_on || is_ref) {
        return Err(ExtensionError::BadName(name.to_owned()));
    }
    if parent.is_none() && RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Err(ExtensionError::ReservedName(name.to_owned()));
    }
    Ok(())
}

fn contradiction(attribute: &Attribute, is_sub: bool) -> Option<&'static str> {
    let keyless = !matches!(attribute.kind, Kind::String | Kind::Reference);
    match attribute.mutability {
        Mutability::ReadOnly => return Some("is readOnly: nothing would ever set it"),
        Mutability::WriteOnly => return Some("is writeOnly: such values are not kept"),
        Mutability::ReadWrite | Mutability::Immutable => {}
    }
    if keyless && attribute.uniqueness != Uniqueness::None {
        return Some("has a type that cannot be unique");
    }
    if keyless && attribute.indexed {
        return Some("has a type that cannot be indexed");
    }
    if is_sub && attribute.multi_valued {
        return Some("is multi-valued inside a complex attribute");
    }
    if attribute.name == "primary" && is_sub && attribute.kind != Kind::Boolean {
        return Some("must be boolean");
    }
    if !attribute.reference_types.is_empty() && attribute.kind != Kind::Reference {
        return Some("has referenceTypes but is no reference");
    }
    None
}

/// The members of a JSON object, read one by one with errors that say where.
struct Members<'a> {
    object: &'a Map<String, Value>,
    place: &'a str,
}

impl<'a> Members<'a> {
    fn of(value: &'a Value, place: &'a str, known: &[&str]) -> Result<Self, ExtensionError> {
        let Some(object) = value.as_object() else {
            return Err(ExtensionError::Unfit { member: place.to_owned(), expected: "an object" });
        };
        let members = Self { object, place };
        match object.keys().find(|key| !known.contains(&key.as_str())) {
            Some(unknown) => Err(ExtensionError::UnknownMember(members.path(unknown))),
            None => Ok(members),
        }
    }

    fn path(&self, name: &str) -> String {
        format!("{} of {}", name, self.place)
    }

    fn unfit(&self, name: &str, expected: &'static str) -> ExtensionError {
        ExtensionError::Unfit { member: self.path(name), expected }
    }

    fn value(&self, name: &str) -> Result<&'a Value, ExtensionError> {
        self.object.get(name).ok_or_else(|| ExtensionError::Missing(self.path(name)))
    }

    fn text(&self, name: &str) -> Result<String, ExtensionError> {
        let text = self.value(name)?.as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| self.unfit(name, "a text"))
    }

    fn optional_text(&self, name: &str) -> Result<String, ExtensionError> {
        if self.object.contains_key(name) { self.text(name) } else { Ok(String::new()) }
    }

    fn flag(&self, name: &str) -> Result<bool, ExtensionError> {
        match self.object.get(name) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.unfit(name, "true or false")),
        }
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, ExtensionError> {
        self.read_or_default(name, "a list of texts")
    }

    fn word<T: DeserializeOwned + Default>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<T, ExtensionError> {
        self.read_or_default(name, expected)
    }

    fn read_or_default<T: DeserializeOwned + Default>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<T, ExtensionError> {
        match self.object.get(name) {
            None => Ok(T::default()),
            Some(value) => T::deserialize(value).map_err(|_unreadable| self.unfit(name, expected)),
        }
    }
}

#[cfg(test)]
mod tests;
