//! The schemas and resource types that one organization has, and how names are found in them.
//!
//! All lookups are without regard to case (RFC 7643 section 2.1, RFC 7644 section 3.10).

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::{
    Attribute, Extension, ExtensionError, ResourceType, Returned, Schema, SchemaExtension, Uniqueness,
};
use crate::domain::Index;
use crate::scim::profile::Profile;
use crate::scim::urn;

static BUILT_IN: LazyLock<Registry> = LazyLock::new(Registry::load);

/// The schemas, resource types and common attributes in force. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registry {
    common: Arc<Named>,
    schemas: Vec<Arc<Named>>,
    by_urn: HashMap<String, usize>,
    types: Vec<ResourceType>,
    assignable: Arc<AssignableTypes>,
}

/// The types of what can be assigned, in the two forms that clients know.
#[derive(Debug, Deserialize)]
struct AssignableTypes {
    /// As draft-ietf-scim-roles-entitlements has them.
    draft: Vec<ResourceType>,
    /// As Okta has them.
    okta: Vec<ResourceType>,
}

impl AssignableTypes {
    fn all(&self) -> impl Iterator<Item = &ResourceType> {
        self.draft.iter().chain(&self.okta)
    }
}

/// A schema whose attributes are found by name.
#[derive(Debug)]
struct Named {
    schema: Schema,
    /// Positions by the name as declared and by the name in lower case.
    positions: HashMap<String, usize>,
    /// What the store keeps keys of.
    keyed: Vec<Keyed>,
    /// Positions of the attributes that refer to one type of resource.
    references: Vec<usize>,
    /// Whether something that is kept is not returned unless asked for, or never.
    withholds: bool,
}

/// An attribute, or a sub-attribute of it, by position, and its full name.
#[derive(Debug)]
struct Keyed {
    attribute: usize,
    sub: Option<usize>,
    name: String,
}

impl Named {
    /// `prefix` stands before the full names of an extension's attributes.
    fn new(schema: Schema, prefix: &str) -> Self {
        let names = schema.attributes.iter().map(|attribute| &attribute.name).enumerate();
        let positions =
            names.flat_map(|(at, name)| [(name.clone(), at), (name.to_ascii_lowercase(), at)]).collect();
        let mut keyed = Vec::new();
        for (at, attribute) in
            schema.attributes.iter().enumerate().filter(|(_, attribute)| attribute.is_kept())
        {
            let name = format!("{prefix}{}", attribute.name);
            for (sub_at, sub) in attribute.sub_attributes.iter().enumerate().filter(|(_, sub)| sub.has_keys())
            {
                keyed.push(Keyed { attribute: at, sub: Some(sub_at), name: format!("{name}.{}", sub.name) });
            }
            if attribute.has_keys() {
                keyed.push(Keyed { attribute: at, sub: None, name });
            }
        }
        let attributes = schema.attributes.iter().enumerate();
        let references =
            attributes.filter(|(_, attribute)| attribute.refers_to().is_some()).map(|(at, _)| at).collect();
        let withholds = withholds(&schema.attributes);
        Self { schema, positions, keyed, references, withholds }
    }

    fn keyed(&self, extension: bool) -> impl Iterator<Item = (&str, Resolved<'_>)> {
        self.keyed.iter().filter_map(move |keyed| {
            let attribute = self.schema.attributes.get(keyed.attribute)?;
            let sub = keyed.sub.and_then(|at| attribute.sub_attributes.get(at));
            let extension = extension.then_some(self.schema.id.as_str());
            Some((keyed.name.as_str(), Resolved { attribute, sub, extension }))
        })
    }

    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.attributes.get(*in_any_case(&self.positions, name)?)
    }
}

/// What is not kept is in no document: it is rendered only where it is wanted.
fn withholds(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.is_kept()).any(|attribute| {
        matches!(attribute.returned, Returned::Never | Returned::Request)
            || withholds(&attribute.sub_attributes)
    })
}

/// The entry under a name; the map has it as declared and in lower case.
fn in_any_case<'a, T>(map: &'a HashMap<String, T>, name: &str) -> Option<&'a T> {
    map.get(name).or_else(|| map.get(&name.to_ascii_lowercase()))
}

/// An attribute, or a sub-attribute of one, that a name stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolved<'a> {
    /// The attribute.
    pub attribute: &'a Attribute,
    /// Its sub-attribute, if one was named.
    pub sub: Option<&'a Attribute>,
    /// The extension that declares the attribute; none for core and common attributes.
    pub extension: Option<&'a str>,
}

impl Resolved<'_> {
    /// Where the value is in a canonical document: member names from the outermost in.
    #[must_use]
    pub fn path(&self) -> Vec<String> {
        let sub = self.sub.map(|sub| sub.name.as_str());
        let steps = [self.extension, Some(self.attribute.name.as_str()), sub];
        steps.into_iter().flatten().map(str::to_owned).collect()
    }

    /// The full name, such as `emails.value` or `urn:...:User:manager.value`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = self.extension.map_or_else(String::new, |urn| format!("{urn}:"));
        name.push_str(&self.attribute.name);
        if let Some(sub) = self.sub {
            name.push('.');
            name.push_str(&sub.name);
        }
        name
    }

    /// The sub-attribute if one was named, else the attribute.
    #[must_use]
    pub fn leaf(&self) -> &Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The index that holds every value of this.
    #[must_use]
    pub fn index(&self) -> Option<Index> {
        let sub = self.sub.map(|sub| sub.name.as_str());
        match (self.extension, self.attribute.name.as_str(), sub) {
            (None, "id", None) => Some(Index::Id),
            (None, "meta", Some("created")) => Some(Index::Created),
            (None, "meta", Some("lastModified")) => Some(Index::LastModified),
            (None, "groups", Some("value")) => Some(Index::Groups),
            (None, "members", Some("value")) => Some(Index::Members),
            (_, _, _) if self.leaf().has_keys() => Some(Index::Attribute(self.name())),
            (_, _, _) => None,
        }
    }
}

impl Attribute {
    /// Whether the store keeps keys of this attribute's values: it is indexed, or unique and so must be.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.indexed || self.is_unique()
    }

    /// Whether no two resources may have the same value.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.uniqueness != Uniqueness::None
    }
}

impl Registry {
    /// What every organization has: RFC 7643 with its errata, from the data files beside this one.
    #[must_use]
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// The built-in schemas and an organization's own extensions. Fails where two extensions share a URN, or one
    /// names a resource type that does not exist.
    pub fn with_extensions(extensions: Vec<Extension>) -> Result<Self, ExtensionError> {
        let mut registry = Self::built_in();
        for Extension { schema, resource_type, required } in extensions {
            if registry.schema(&schema.id).is_some() {
                return Err(ExtensionError::UrnInUse(schema.id));
            }
            let mut types = registry.types.iter_mut();
            let Some(extended) = types.find(|known| known.name.eq_ignore_ascii_case(&resource_type)) else {
                return Err(ExtensionError::UnknownResourceType(resource_type));
            };
            extended.schema_extensions.push(SchemaExtension { schema: schema.id.clone(), required });
            registry.add(schema, true);
        }
        Ok(registry)
    }

    #[expect(clippy::expect_used, reason = "the data is part of the program and every test reads it")]
    fn load() -> Self {
        let schema = |text| serde_json::from_str::<Schema>(text).expect("a schema's data file");
        let common = schema(include_str!("data/common.json"));
        let types =
            serde_json::from_str(include_str!("data/resource_types.json")).expect("the types' data file");
        let assignable: AssignableTypes =
            serde_json::from_str(include_str!("data/assignable_types.json")).expect("the types' data file");
        let mut registry = Self {
            common: Arc::new(Named::new(common, "")),
            schemas: Vec::new(),
            by_urn: HashMap::new(),
            types,
            assignable: Arc::new(assignable),
        };
        for text in [
            include_str!("data/user.json"),
            include_str!("data/group.json"),
            include_str!("data/enterprise_user.json"),
            include_str!("data/roster_user.json"),
            include_str!("data/service_provider_config.json"),
            include_str!("data/resource_type.json"),
            include_str!("data/schema.json"),
            include_str!("data/role.json"),
            include_str!("data/entitlement.json"),
            include_str!("data/okta_role.json"),
            include_str!("data/okta_entitlement.json"),
        ] {
            let schema = schema(text);
            let is_core = registry.types.iter().any(|known| known.schema == schema.id)
                || registry.is_of_assignables(&schema.id);
            registry.add(schema, !is_core);
        }
        registry
    }

    fn add(&mut self, schema: Schema, extension: bool) {
        let prefix = if extension { format!("{}:", schema.id) } else { String::new() };
        let at = self.schemas.len();
        self.by_urn.insert(schema.id.to_ascii_lowercase(), at);
        self.by_urn.insert(schema.id.clone(), at);
        self.schemas.push(Arc::new(Named::new(schema, &prefix)));
    }

    /// The resource type of this name, such as `User`.
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.types.iter().find(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// The resource type at this endpoint, such as `/Users`, with or without the slash.
    #[must_use]
    pub fn resource_type_at(&self, endpoint: &str) -> Option<&ResourceType> {
        let bare = |endpoint: &str| endpoint.trim_start_matches('/').to_ascii_lowercase();
        self.types.iter().find(|known| bare(&known.endpoint) == bare(endpoint))
    }

    /// All resource types.
    #[must_use]
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.types
    }

    /// The types of what can be assigned, in the form that this client knows. They are lists of what others declare:
    /// nothing of them is stored.
    #[must_use]
    pub fn assignable_types(&self, profile: Profile) -> &[ResourceType] {
        match profile {
            Profile::Okta => &self.assignable.okta,
            Profile::Entra | Profile::Generic | Profile::Rfc | Profile::Strict => &self.assignable.draft,
        }
    }

    /// Whether the schema with this URN is one of what can be assigned, in whichever form.
    #[must_use]
    pub fn is_of_assignables(&self, urn: &str) -> bool {
        self.assignable.all().any(|known| known.schema.eq_ignore_ascii_case(urn))
    }

    /// The schema with this URN.
    #[must_use]
    pub fn schema(&self, urn: &str) -> Option<&Schema> {
        self.named(urn).map(|named| &named.schema)
    }

    /// All schemas.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.schemas.iter().map(|named| &named.schema)
    }

    /// The attributes that every resource has (RFC 7643 section 3.1), which no schema lists.
    #[must_use]
    pub fn common(&self) -> &[Attribute] {
        &self.common.schema.attributes
    }

    fn named(&self, urn: &str) -> Option<&Named> {
        self.schemas.get(*in_any_case(&self.by_urn, urn)?).map(AsRef::as_ref)
    }

    /// The extension of the type with this URN.
    #[must_use]
    pub fn extension(&self, resource_type: &ResourceType, urn: &str) -> Option<&Schema> {
        self.named_extension(resource_type, urn).map(|named| &named.schema)
    }

    fn named_extension(&self, resource_type: &ResourceType, urn: &str) -> Option<&Named> {
        let mut declared = resource_type.schema_extensions.iter();
        let declared = declared.find(|extension| extension.schema.eq_ignore_ascii_case(urn))?;
        self.named(&declared.schema)
    }

    /// The type's core schema and its extensions, core first.
    pub fn schemas_of<'a>(&'a self, resource_type: &'a ResourceType) -> impl Iterator<Item = &'a Schema> {
        let extensions = resource_type.schema_extensions.iter().map(|extension| &extension.schema);
        std::iter::once(&resource_type.schema).chain(extensions).filter_map(|urn| self.schema(urn))
    }

    /// The attributes of the type of which the store keeps keys, with the names of their indexes.
    pub fn keyed<'a>(
        &'a self,
        resource_type: &'a ResourceType,
    ) -> impl Iterator<Item = (&'a str, Resolved<'a>)> {
        let core = self.named(&resource_type.schema).into_iter().flat_map(|named| named.keyed(false));
        let extensions = resource_type.schema_extensions.iter();
        let extensions = extensions.filter_map(|extension| self.named(&extension.schema));
        self.common.keyed(false).chain(core).chain(extensions.flat_map(|named| named.keyed(true)))
    }

    /// The attributes of the type that refer to one type of resource, such as `manager`.
    pub fn references<'a>(&'a self, resource_type: &'a ResourceType) -> impl Iterator<Item = Resolved<'a>> {
        let extensions = resource_type.schema_extensions.iter().map(|extension| &extension.schema);
        let urns = std::iter::once((&resource_type.schema, false)).chain(extensions.map(|urn| (urn, true)));
        urns.filter_map(|(urn, extension)| Some((self.named(urn)?, extension))).flat_map(
            |(named, extension)| {
                let attributes = named.references.iter().filter_map(|at| named.schema.attributes.get(*at));
                let extension = extension.then_some(named.schema.id.as_str());
                attributes.map(move |attribute| Resolved { attribute, sub: None, extension })
            },
        )
    }

    /// Whether the usual answer leaves out anything of a resource of this type (RFC 7643 section 7, `returned`).
    #[must_use]
    pub fn withholds(&self, resource_type: &ResourceType) -> bool {
        let extensions = resource_type.schema_extensions.iter().map(|extension| &extension.schema);
        let mut urns = std::iter::once(&resource_type.schema).chain(extensions);
        urns.any(|urn| self.named(urn).is_some_and(|named| named.withholds))
    }

    /// What a name stands for. Without a URN, or with the core schema's, it is a core or common attribute; with an
    /// extension's, that extension's.
    #[must_use]
    pub fn resolve<'a>(
        &'a self,
        resource_type: &ResourceType,
        urn: Option<&str>,
        name: &str,
        sub: Option<&str>,
    ) -> Option<Resolved<'a>> {
        match urn.filter(|urn| !urn.eq_ignore_ascii_case(&resource_type.schema)) {
            Some(urn) => resolve_in(self.named_extension(resource_type, urn)?, true, name, sub),
            None => resolve_in(self.named(&resource_type.schema)?, false, name, sub)
                .or_else(|| resolve_in(&self.common, false, name, sub)),
        }
    }

    /// What a name without its URN stands for among the extensions: the first that has it. For names that
    /// [`Self::resolve`] does not know, where [`super::super::profile::Quirk::ExtensionWithoutUrn`] is forgiven. Roster's
    /// own extension is left out: a `role` of some other system must not give rights here.
    #[must_use]
    pub fn resolve_in_extensions<'a>(
        &'a self,
        resource_type: &ResourceType,
        name: &str,
        sub: Option<&str>,
    ) -> Option<Resolved<'a>> {
        let mut extensions =
            resource_type.schema_extensions.iter().filter(|extension| extension.schema != urn::ROSTER_USER);
        extensions.find_map(|extension| resolve_in(self.named(&extension.schema)?, true, name, sub))
    }
}

fn resolve_in<'a>(named: &'a Named, extension: bool, name: &str, sub: Option<&str>) -> Option<Resolved<'a>> {
    let attribute = named.attribute(name)?;
    let sub = match sub {
        Some(sub) => Some(attribute.sub(sub)?),
        None => None,
    };
    Some(Resolved { attribute, sub, extension: extension.then_some(named.schema.id.as_str()) })
}

#[cfg(test)]
mod tests;
