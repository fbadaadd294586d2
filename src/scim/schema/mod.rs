//! Schemas and resource types as data (RFC 7643 sections 6 and 7): adding one touches no code.

mod error;
mod extension;
mod registry;
pub mod value;

pub use error::SchemaError;
pub(super) use extension::MAX_ATTRIBUTES;
pub use extension::{Extension, ExtensionError};
pub use registry::{Registry, Resolved};

use serde::{Deserialize, Serialize};

/// A schema: a named set of attributes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The schema's URN.
    pub id: String,
    /// A readable name.
    pub name: String,
    /// What it describes.
    #[serde(default)]
    pub description: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

/// An attribute and its characteristics (RFC 7643 section 2.2 for the defaults, section 7 for the names).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "RFC 7643 section 7 has these characteristics")]
pub struct Attribute {
    /// The name, in the case in which it is stored and returned.
    pub name: String,
    /// The data type.
    #[serde(rename = "type", default)]
    pub kind: Kind,
    /// Whether it holds a list.
    #[serde(default)]
    pub multi_valued: bool,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
    /// Whether text is compared with regard to case.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may write it, and when.
    #[serde(default)]
    pub mutability: Mutability,
    /// When an answer contains it.
    #[serde(default)]
    pub returned: Returned,
    /// Among what its value must be unique.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// Suggested values: declared, never enforced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// What a reference may point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
    /// Ours: whether the store keeps an index of its values. Never shown.
    #[serde(default, skip_serializing)]
    pub indexed: bool,
    /// Ours: whether clients find the resource by it, which bounds its length. Never shown.
    #[serde(default, skip_serializing)]
    pub identifier: bool,
}

impl Attribute {
    /// The sub-attribute of this name, in any case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Self> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    /// The name as declared, from the name as sent: kept where it is the same.
    pub(super) fn canonical(&self, sent: String) -> String {
        if sent == self.name { sent } else { self.name.clone() }
    }

    /// Whether a client may set it; what others send for it is dropped.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        matches!(self.mutability, Mutability::ReadWrite | Mutability::Immutable)
    }

    /// Whether the server works it out at each read that asks for it: it is in no document.
    #[must_use]
    pub fn is_computed_on_request(&self) -> bool {
        self.returned == Returned::Request && self.mutability == Mutability::ReadOnly
    }

    /// The type of the one resource that this refers to, such as `User` for `manager`: it has a `value` and a
    /// `$ref` of a single resource type. Its `$ref` is worked out when it is shown.
    #[must_use]
    pub fn refers_to(&self) -> Option<&str> {
        if self.multi_valued || self.sub("value").is_none() {
            return None;
        }
        match self.sub("$ref")?.reference_types.as_slice() {
            [only] if only != "external" && only != "uri" => Some(only),
            [..] => None,
        }
    }
}

/// The data types of RFC 7643 section 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Text.
    #[default]
    String,
    /// True or false.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// A whole number.
    Integer,
    /// An `xsd:dateTime`.
    DateTime,
    /// Base64 text.
    Binary,
    /// A URI.
    Reference,
    /// A set of sub-attributes.
    Complex,
}

/// RFC 7643 section 7, `mutability`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// The server's alone.
    ReadOnly,
    /// Anybody's.
    #[default]
    ReadWrite,
    /// Set once.
    Immutable,
    /// Never shown.
    WriteOnly,
}

/// RFC 7643 section 7, `returned`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer.
    Always,
    /// In none.
    Never,
    /// Unless excluded.
    #[default]
    Default,
    /// Only when asked for.
    Request,
}

/// RFC 7643 section 7, `uniqueness`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Not unique.
    #[default]
    None,
    /// Within the organization.
    Server,
    /// Everywhere; enforced within the organization, which is all we can see.
    Global,
}

/// A resource type (RFC 7643 section 6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceType {
    /// Its id, equal to its name.
    pub id: String,
    /// Its name, such as `User`.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// Its path under the base URL, such as `/Users`.
    pub endpoint: String,
    /// The URN of its core schema.
    pub schema: String,
    /// Its extensions.
    #[serde(default)]
    pub schema_extensions: Vec<SchemaExtension>,
}

/// An extension of a resource type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaExtension {
    /// The extension's URN.
    pub schema: String,
    /// Whether every resource must have it.
    pub required: bool,
}
