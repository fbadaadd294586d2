//! Who may do what in the administration: computed from what an account is at present, and decided by one table.

mod extent;
mod operation;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use extent::{Extent, Reached};
use operation::{NOT_OF_ADMINS, PEOPLE, Rule, Takes};
pub use operation::{Operation, Permission};

use crate::domain::{Role, Status};
use crate::provisioning::catalogue::{Catalogue, ProductRole, Reach};
use crate::provisioning::powers;
use crate::provisioning::settings::Settings;

/// What an account is at present, as far as its power comes from that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// Its state.
    pub status: Status,
    /// Its role in the organization.
    pub role: Role,
    /// The user groups that its role is limited to; none: it is not limited.
    pub manages: BTreeSet<String>,
    /// Its team.
    pub team: Option<String>,
    /// The roles inside the products of which it holds a seat, by product.
    pub product_roles: BTreeMap<String, String>,
    /// What it may do inside products beside its roles there, of the catalogue's permissions, by product.
    pub product_permissions: BTreeMap<String, BTreeSet<String>>,
}

/// What an account may do in the administration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Power {
    role: Role,
    /// What its custom role permits, with all that this includes.
    permissions: BTreeSet<String>,
    /// The user groups that its custom role is limited to.
    manages: Option<BTreeSet<String>>,
    /// What is permitted inside products. There may be several of one product, each with people of its own.
    inside: Vec<ProductPower>,
}

/// What a role inside a product permits, or what is permitted there besides.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ProductPower {
    product: String,
    reach: Reach,
    /// The own team and those below it.
    teams: BTreeSet<String>,
    permissions: BTreeSet<String>,
}

/// Whom an operation is done to.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// Nobody in particular: a list, a setting. To be asked before somebody is looked for.
    Organization,
    /// Whoever does it.
    Own,
    /// Somebody else.
    Other(&'a Whom<'a>),
}

/// Somebody else, as they are or, where they are made, shall be.
#[derive(Debug, Clone, Copy)]
pub struct Whom<'a> {
    /// Their role in the organization.
    pub role: &'a Role,
    /// Their user group.
    pub user_group: Option<&'a str>,
    /// Their team.
    pub team: Option<&'a str>,
    /// The products that they hold.
    pub products: &'a [&'a str],
}

/// What the table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may be done.
    Allowed,
    /// To whoever asks, there is no such person.
    Hidden,
    /// It may not be done.
    Forbidden(Lack),
}

/// Why something may not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A permission is missing, of the catalogue's.
    Permission(String),
    /// Members do not enter the administration.
    Entry,
    /// Only admins may.
    Admin,
    /// Only super admins may.
    SuperAdmin,
    /// Nobody may do it to themselves.
    Oneself,
    /// Only super admins may do it to admins.
    ToAdmins,
    /// Only super admins give any other role than member.
    MembersOnly,
    /// The user group is not among those that one manages.
    Group,
    /// It is about the whole organization, and one manages some user groups of it.
    Whole,
    /// Nobody gives a permission that they do not hold.
    Giving(String),
    /// A manager of teams gives no more of a feature than the team has.
    Team(String),
    /// Values of a product that one does not manage are changed.
    OtherValues(String),
    /// Whether something is there, its name or what is above it matters to a product that one does not manage.
    OtherPlace(String),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permission(key) => write!(f, "this takes the permission {key}"),
            Self::Entry => f.write_str("members cannot enter the administration"),
            Self::Admin => f.write_str("only admins may do this"),
            Self::SuperAdmin => f.write_str("only super admins may do this"),
            Self::Oneself => f.write_str("nobody but a super admin may do this to their own account"),
            Self::ToAdmins => f.write_str("only super admins may do this to an admin"),
            Self::MembersOnly => f.write_str("only super admins give another role than member"),
            Self::Group => f.write_str("the user group is none that you manage"),
            Self::Whole => f.write_str("a manager of user groups may do this for these alone"),
            Self::Giving(key) => write!(f, "{key}: nobody gives what they do not hold"),
            Self::Team(feature) => write!(f, "{feature}: the team does not have so much of it"),
            Self::OtherValues(product) => {
                write!(f, "features.{product}: values of a product that you do not manage stay as they are")
            }
            Self::OtherPlace(product) => write!(
                f,
                "it belongs to {product} too, which you do not manage: it is made, named, moved and removed by others"
            ),
        }
    }
}

impl Power {
    /// The power of an account as it is at present. API managers have theirs by key alone: `by_key` says whether the
    /// request came with one.
    #[must_use]
    pub fn of(basis: &Basis, settings: &Settings, catalogue: &Catalogue, by_key: bool) -> Self {
        let nobody =
            Self { role: Role::Member, permissions: BTreeSet::new(), manages: None, inside: Vec::new() };
        if !basis.status.usable() {
            return nobody;
        }
        let owned = |keys: BTreeSet<&str>| keys.into_iter().map(str::to_owned).collect();
        let permissions = match &basis.role {
            Role::Custom(key) => owned(powers::permissions(key, settings, catalogue)),
            Role::Member | Role::Admin | Role::SuperAdmin => BTreeSet::new(),
        };
        let limited = matches!(basis.role, Role::Custom(_)) && !basis.manages.is_empty();
        let by_role = basis.product_roles.iter().filter_map(|(product, role)| {
            let role = catalogue.products.get(product)?.roles.get(role)?;
            let reach = match role.reach {
                Reach::Api if by_key => Reach::Product,
                Reach::Api | Reach::Own => return None,
                Reach::Teams | Reach::Product => role.reach,
            };
            let teams = basis.team.as_deref().map(|team| subtree(team, settings)).unwrap_or_default();
            let keys = role.permissions.iter().map(String::as_str);
            let permissions = owned(powers::closed(keys, catalogue));
            Some(ProductPower { product: product.clone(), reach, teams, permissions })
        });
        let besides = basis.product_permissions.iter().filter(|(_, keys)| !keys.is_empty());
        let besides = besides.map(|(product, keys)| ProductPower {
            product: product.clone(),
            reach: Reach::Product,
            teams: BTreeSet::new(),
            permissions: owned(powers::closed(keys.iter().map(String::as_str), catalogue)),
        });
        Self {
            role: basis.role.clone(),
            permissions,
            manages: limited.then(|| basis.manages.clone()),
            inside: by_role.chain(besides).collect(),
        }
    }

    /// Whether there is anything at all that they may do.
    #[must_use]
    pub fn enters(&self) -> bool {
        self.role != Role::Member || !self.inside.is_empty()
    }

    /// Whether an operation may be done.
    #[must_use]
    pub fn decide(&self, operation: Operation<'_>, target: Target<'_>) -> Decision {
        if !self.enters() {
            return Decision::Forbidden(Lack::Entry);
        }
        let rule = operation.rule();
        match target {
            Target::Organization => self.in_general(operation, rule),
            Target::Own => self.to_oneself(operation, rule),
            Target::Other(whom) => self.to_another(operation, rule, whom),
        }
    }

    fn in_general(&self, operation: Operation<'_>, rule: Rule<'_>) -> Decision {
        let of_product = |power: &ProductPower| {
            operation.product().is_none_or(|about| about == power.product) && power.suffices(rule)
        };
        if rule.in_products && self.inside.iter().any(of_product) {
            return Decision::Allowed;
        }
        if self.permits(rule.takes) {
            let partial = rule.whole && self.manages.is_some();
            return if partial { Decision::Forbidden(Lack::Whole) } else { Decision::Allowed };
        }
        Decision::Forbidden(lack(rule.takes))
    }

    fn to_oneself(&self, operation: Operation<'_>, rule: Rule<'_>) -> Decision {
        if rule.to_oneself || self.role == Role::SuperAdmin {
            return Decision::Allowed;
        }
        let general = self.in_general(operation, rule);
        if general == Decision::Allowed { Decision::Forbidden(Lack::Oneself) } else { general }
    }

    fn to_another(&self, operation: Operation<'_>, rule: Rule<'_>, whom: &Whom<'_>) -> Decision {
        let creates = operation == Operation::CreatePerson;
        if creates && *whom.role != Role::Member && self.role != Role::SuperAdmin {
            return Decision::Forbidden(Lack::MembersOnly);
        }
        if rule.whole {
            return self.in_general(operation, rule);
        }
        let in_group = self.reaches_group(whom.user_group);
        let is_admin = matches!(whom.role, Role::Admin | Role::SuperAdmin);
        let untouchable = rule.changes && is_admin && self.role != Role::SuperAdmin;
        let by_product = |rule: Rule<'_>, about: Option<&str>| {
            rule.in_products
                && self.inside.iter().any(|power| {
                    let all = !creates || whom.products.iter().all(|held| *held == power.product);
                    let fits = about.is_none_or(|about| about == power.product);
                    all && fits && power.permits(rule.takes) && power.reaches(whom)
                })
        };
        if self.permits(rule.takes) && in_group || by_product(rule, operation.product()) {
            return if untouchable { Decision::Forbidden(Lack::ToAdmins) } else { Decision::Allowed };
        }
        if creates {
            let general = self.in_general(operation, rule);
            return if general == Decision::Allowed { Decision::Forbidden(Lack::Group) } else { general };
        }
        let sees = Operation::SeePerson.rule();
        let visible = self.permits(Takes::One(PEOPLE)) && in_group || by_product(sees, None);
        if visible { Decision::Forbidden(lack(rule.takes)) } else { Decision::Hidden }
    }

    /// Whether an operation that may be done reaches everybody in the organization.
    #[must_use]
    pub fn is_unlimited(&self, operation: Operation<'_>) -> bool {
        self.permits(operation.rule().takes) && self.manages.is_none()
    }

    /// The products to which an operation on the whole organization is confined, for whoever may do it by roles inside
    /// products alone; none: it is not confined.
    #[must_use]
    pub fn confined_to(&self, operation: Operation<'_>) -> Option<BTreeSet<&str>> {
        let rule = operation.rule();
        if self.permits(rule.takes) && !(rule.whole && self.manages.is_some()) {
            return None;
        }
        let sufficing = self.inside.iter().filter(|power| rule.in_products && power.suffices(rule));
        Some(sufficing.map(|power| power.product.as_str()).collect())
    }

    /// Whether a role in the organization may be given.
    #[must_use]
    pub fn may_give_role(&self, role: &Role) -> Decision {
        if *role == Role::Member || self.role == Role::SuperAdmin {
            Decision::Allowed
        } else {
            Decision::Forbidden(Lack::MembersOnly)
        }
    }

    /// Whether a role inside a product may be given to somebody of a team: it permits no more than one's own, and reaches
    /// no further. What a role in the organization permits for some user groups reaches nobody by way of a product.
    #[must_use]
    pub fn may_give_product_role(
        &self,
        product: &str,
        role: &ProductRole,
        team: Option<&str>,
        catalogue: &Catalogue,
    ) -> Decision {
        let keys = powers::closed(role.permissions.iter().map(String::as_str), catalogue);
        let holds_inside = |takes| self.within(product).any(|own| own.permits(takes));
        let missing =
            keys.iter().find(|key| !self.permits(Takes::Named(key)) && !holds_inside(Takes::Named(key)));
        if let Some(key) = missing {
            return Decision::Forbidden(Lack::Giving((*key).to_owned()));
        }
        let as_far = self.manages.is_none() || role.reach == Reach::Own;
        let reach = role.reach;
        let as_far_inside = || self.within(product).filter(move |own| own.covers(reach, team));
        let reaches = |takes| as_far && self.permits(takes) || as_far_inside().any(|own| own.permits(takes));
        let further = match role.reach {
            Reach::Own => false,
            // Whatever it permits by and by.
            Reach::Teams | Reach::Product | Reach::Api if keys.is_empty() => {
                as_far_inside().next().is_none() && !reaches(Takes::One(PEOPLE))
            }
            Reach::Teams | Reach::Product | Reach::Api => keys.iter().any(|key| !reaches(Takes::Named(key))),
        };
        if further { Decision::Forbidden(Lack::Giving(role.name.clone())) } else { Decision::Allowed }
    }

    /// Whether what one may do with people's settings in a product comes from managing teams alone.
    #[must_use]
    pub fn is_of_teams(&self, product: &str) -> bool {
        let settings = Takes::One(&[Permission::ManageProductSettings]);
        let everybody = |power: &ProductPower| power.reach == Reach::Product && power.permits(settings);
        !self.permits(settings)
            && self.within(product).any(|power| power.reach == Reach::Teams)
            && !self.within(product).any(everybody)
    }

    /// Whether people can be put into a user group, or be left without one.
    #[must_use]
    pub fn reaches_group(&self, group: Option<&str>) -> bool {
        self.manages.as_ref().is_none_or(|managed| group.is_some_and(|group| managed.contains(group)))
    }

    /// Whether representatives of a product can be put into a team.
    #[must_use]
    pub fn reaches_team(&self, team: Option<&str>) -> bool {
        let settings = Takes::One(&[Permission::ManageProductSettings]);
        let of_product = |power: &ProductPower| {
            power.permits(settings)
                && (power.reach == Reach::Product || team.is_some_and(|team| power.teams.contains(team)))
        };
        self.manages.is_none() && self.permits(settings) || self.inside.iter().any(of_product)
    }

    /// What is permitted inside a product.
    fn within(&self, product: &str) -> impl Iterator<Item = &ProductPower> {
        self.inside.iter().filter(move |power| power.product == product)
    }

    fn permits(&self, takes: Takes<'_>) -> bool {
        match (&self.role, takes) {
            (Role::SuperAdmin, _) | (Role::Admin, Takes::Admin) => true,
            (Role::Admin, Takes::One(keys)) => keys.iter().any(|key| !NOT_OF_ADMINS.contains(key)),
            (Role::Admin, Takes::Named(key)) => !NOT_OF_ADMINS.iter().any(|not| not.as_str() == key),
            (Role::Custom(_), Takes::One(_) | Takes::Named(_)) => holds(&self.permissions, takes),
            (Role::Admin, Takes::SuperAdmin)
            | (Role::Custom(_), Takes::Admin | Takes::SuperAdmin)
            | (Role::Member, _) => false,
        }
    }
}

impl ProductPower {
    /// Whether it lets an operation through that is done to nobody in particular.
    fn suffices(&self, rule: Rule<'_>) -> bool {
        self.permits(rule.takes) && (!rule.whole || self.reach == Reach::Product)
    }

    fn permits(&self, takes: Takes<'_>) -> bool {
        holds(&self.permissions, takes)
    }

    /// Whether it reaches at least as far as somebody of a team would by a reach of their own.
    fn covers(&self, reach: Reach, team: Option<&str>) -> bool {
        match reach {
            Reach::Own => true,
            Reach::Teams => self.reach == Reach::Product || team.is_none_or(|team| self.teams.contains(team)),
            Reach::Product | Reach::Api => self.reach == Reach::Product,
        }
    }

    /// Whether somebody is one of those whom it is about.
    fn reaches(&self, whom: &Whom<'_>) -> bool {
        whom.products.contains(&self.product.as_str())
            && (self.reach == Reach::Product || whom.team.is_some_and(|team| self.teams.contains(team)))
    }
}

fn holds(permissions: &BTreeSet<String>, takes: Takes<'_>) -> bool {
    match takes {
        Takes::One(keys) => keys.iter().any(|key| permissions.contains(key.as_str())),
        Takes::Named(key) => permissions.contains(key),
        Takes::Admin | Takes::SuperAdmin => false,
    }
}

fn lack(takes: Takes<'_>) -> Lack {
    match takes {
        Takes::One(keys) => {
            Lack::Permission(keys.first().map_or("", |permission| permission.as_str()).to_owned())
        }
        Takes::Named(key) => Lack::Permission(key.to_owned()),
        Takes::Admin => Lack::Admin,
        Takes::SuperAdmin => Lack::SuperAdmin,
    }
}

/// A team and all that are below it.
fn subtree(team: &str, settings: &Settings) -> BTreeSet<String> {
    let mut found = BTreeSet::from([team.to_owned()]);
    loop {
        let more: Vec<String> = settings
            .teams
            .iter()
            .filter(|(key, node)| {
                !found.contains(*key) && node.parent.as_ref().is_some_and(|parent| found.contains(parent))
            })
            .map(|(key, _)| key.clone())
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

#[cfg(test)]
mod tests;
