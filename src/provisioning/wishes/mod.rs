//! What a user document asks for: core `roles` and `entitlements` in every shape that clients send them, and the
//! attributes of Roster's extension, matched to the catalogue and the settings.

mod element;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use self::element::Element;
use super::assignable::{Assignable, Kind, called, organization_role};
use super::catalogue::{Catalogue, Reach};
use super::entitlements::{Source, Trouble};
use super::powers;
use super::settings::{FeatureValues, ProductFeatures, Settings};
use crate::domain::{Role, Setting, fold};

/// The URN of Roster's extension of User.
pub const ROSTER_USER: &str = "urn:ietf:params:scim:schemas:extension:roster:2.0:User";

/// Core `roles`, as a source.
pub const ROLES: &str = "roles";

/// Core `entitlements`, as a source.
pub const ENTITLEMENTS: &str = "entitlements";

/// The writable attributes of Roster's extension; each holds one key or name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// The role in the organization.
    Role,
    /// The team.
    Team,
    /// The user group.
    UserGroup,
    /// A template; it says for which product it is.
    Template,
}

impl Attribute {
    /// As the schema spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Team => "team",
            Self::UserGroup => "userGroup",
            Self::Template => "template",
        }
    }

    /// Its full path (RFC 7644 section 3.10).
    #[must_use]
    pub fn path(self) -> String {
        format!("{ROSTER_USER}:{}", self.as_str())
    }

    /// The attribute as what gave something.
    #[must_use]
    pub fn source(self) -> Source {
        Source::Scim(self.path())
    }
}

/// What a user document asks for, by keys of the catalogue and the settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// The extension's `role`.
    pub role: Option<Role>,
    /// The role of core `roles`: of several the primary, else the least privileged.
    pub core_role: Option<Role>,
    /// The extension's `team`.
    pub team: Option<String>,
    /// The extension's `userGroup`.
    pub user_group: Option<String>,
    /// The extension's `template`, with its product.
    pub template: Option<(String, String)>,
    /// Licences, by product.
    pub products: BTreeSet<String>,
    /// Roles inside products, by product: of several the primary, else the least privileged.
    pub product_roles: BTreeMap<String, String>,
    /// Features' values; of several off, or the largest limit.
    pub features: ProductFeatures,
    /// Portals.
    pub portals: BTreeSet<String>,
}

/// What the document asks for, and what of it is nothing of the catalogue or the settings or leaves a choice. It does
/// not depend on the order of the elements.
#[must_use]
pub fn wishes(
    document: &Map<String, Value>,
    catalogue: &Catalogue,
    settings: &Settings,
) -> (Wishes, Vec<Trouble>) {
    let mut reader = Reader { catalogue, settings, wishes: Wishes::default(), troubles: Vec::new() };
    if let Some(Value::Object(extension)) = document.get(ROSTER_USER) {
        reader.read_extension(extension);
    }
    reader.read_roles(element::all(document.get(ROLES)));
    reader.read_entitlements(element::all(document.get(ENTITLEMENTS)));
    (reader.wishes, reader.troubles)
}

struct Reader<'a> {
    catalogue: &'a Catalogue,
    settings: &'a Settings,
    wishes: Wishes,
    troubles: Vec<Trouble>,
}

impl Reader<'_> {
    fn read_extension(&mut self, extension: &Map<String, Value>) {
        let settings = self.settings;
        self.wishes.role =
            self.attribute(extension, Attribute::Role, |text| organization_role(text, settings));
        self.wishes.team = self.attribute(extension, Attribute::Team, |text| {
            called(&fold(text), &settings.teams, |team| &team.name).map(|(key, _)| key.to_owned())
        });
        self.wishes.user_group = self.attribute(extension, Attribute::UserGroup, |text| {
            called(&fold(text), &settings.user_groups, |group| &group.name).map(|(key, _)| key.to_owned())
        });
        self.wishes.template = self.attribute(extension, Attribute::Template, |text| {
            let (key, template) = called(&fold(text), &settings.templates, |template| &template.name)?;
            Some((template.product.clone(), key.to_owned()))
        });
    }

    fn attribute<T>(
        &mut self,
        extension: &Map<String, Value>,
        attribute: Attribute,
        found: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = extension.get(attribute.as_str())?.as_str()?.trim();
        if text.is_empty() {
            return None;
        }
        let meant = found(text);
        if meant.is_none() {
            self.unknown(attribute.path(), text);
        }
        meant
    }

    fn read_roles(&mut self, elements: Vec<Element<'_>>) {
        let (mut primary, mut roles) = (BTreeSet::new(), BTreeSet::new());
        for element in elements {
            let Some(role) = element.meaning(|text| organization_role(text, self.settings)) else {
                self.unknown(ROLES.to_owned(), element.text());
                continue;
            };
            if element.primary {
                primary.insert(role.clone());
            }
            roles.insert(role);
        }
        let choice = if primary.is_empty() { &roles } else { &primary };
        if choice.len() > 1 {
            self.troubles.push(Trouble::AmbiguousRole { roles: choice.iter().cloned().collect() });
        }
        self.wishes.core_role = powers::least(choice, self.settings, self.catalogue).cloned();
    }

    fn read_entitlements(&mut self, elements: Vec<Element<'_>>) {
        let mut product_roles: BTreeMap<String, BTreeSet<(Precedence, String)>> = BTreeMap::new();
        for element in elements {
            let kind = element.kind.as_deref().and_then(Kind::named);
            let named = |text: &str| Assignable::named(text, kind, self.settings, self.catalogue);
            match element.meaning(named) {
                Some(Assignable::Licence(product)) => {
                    self.wishes.products.insert(product);
                }
                Some(Assignable::Portal(portal)) => {
                    self.wishes.portals.insert(portal);
                }
                Some(Assignable::Feature { product, feature, setting }) => {
                    set(self.wishes.features.entry(product).or_default(), feature, setting);
                }
                Some(Assignable::ProductRole { product, role }) => {
                    let precedence = self.precedence(element.primary, &product, &role);
                    product_roles.entry(product).or_default().insert((precedence, role));
                }
                None => self.unknown(ENTITLEMENTS.to_owned(), element.text()),
            }
        }
        for (product, roles) in product_roles {
            self.choose_role(product, roles);
        }
    }

    /// How early a role is taken of several of its product: primary ones, then by what they reach and permit.
    fn precedence(&self, primary: bool, product: &str, role: &str) -> Precedence {
        let role = self.catalogue.products.get(product).and_then(|product| product.roles.get(role));
        let reach = match role.map(|role| role.reach) {
            None | Some(Reach::Own) => 0,
            Some(Reach::Api) => 1,
            Some(Reach::Teams) => 2,
            Some(Reach::Product) => 3,
        };
        (!primary, reach, role.map_or(0, |role| role.permissions.len()))
    }

    fn choose_role(&mut self, product: String, roles: BTreeSet<(Precedence, String)>) {
        let mut roles = roles.into_iter();
        let Some(((not_primary, ..), taken)) = roles.next() else { return };
        for ((also_not_primary, ..), role) in roles {
            if also_not_primary == not_primary && role != taken {
                let key = Assignable::ProductRole { product: product.clone(), role }.to_string();
                self.troubles.push(Trouble::Unfit { key, source: Source::Scim(ENTITLEMENTS.to_owned()) });
            }
        }
        self.wishes.product_roles.insert(product, taken);
    }

    fn unknown(&mut self, attribute: String, value: &str) {
        if !value.is_empty() {
            self.troubles.push(Trouble::UnknownValue { attribute, value: value.to_owned() });
        }
    }
}

/// Lower is earlier: not primary, the reach, the number of permissions.
type Precedence = (bool, u8, usize);

fn set(values: &mut FeatureValues, feature: String, setting: Setting) {
    values.entry(feature).and_modify(|before| *before = before.together(setting)).or_insert(setting);
}

#[cfg(test)]
mod tests;
