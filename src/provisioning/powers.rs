//! How powerful roles are compared with one another: what a ceiling holds down, and which of several is the least.

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use super::settings::Settings;
use crate::domain::Role;

/// What a custom role permits, with the permissions that its permissions include. None for a role that is not in the
/// settings.
#[must_use]
pub fn permissions<'a>(role: &str, settings: &'a Settings, catalogue: &'a Catalogue) -> BTreeSet<&'a str> {
    let own = settings.roles.get(role).map(|role| &role.permissions);
    closed(own.into_iter().flatten().map(String::as_str), catalogue)
}

/// Permissions with all that they include.
#[must_use]
pub fn closed<'a>(
    permissions: impl IntoIterator<Item = &'a str>,
    catalogue: &'a Catalogue,
) -> BTreeSet<&'a str> {
    let mut waiting: Vec<&str> = permissions.into_iter().collect();
    let mut closed = BTreeSet::new();
    while let Some(permission) = waiting.pop() {
        if closed.insert(permission) {
            let included = catalogue.permissions.get(permission).map(|found| found.includes.as_slice());
            waiting.extend(included.unwrap_or_default().iter().map(String::as_str));
        }
    }
    closed
}

/// Whether a role may do something that the ceiling does not allow to be given. Of two custom roles, one is above the
/// other unless it is the same or everything that it permits is permitted by the other.
#[must_use]
pub fn is_above(role: &Role, ceiling: &Role, settings: &Settings, catalogue: &Catalogue) -> bool {
    match (role, ceiling) {
        (Role::Custom(role), Role::Custom(ceiling)) if role != ceiling => {
            let allowed = permissions(ceiling, settings, catalogue);
            !permissions(role, settings, catalogue).is_subset(&allowed)
        }
        _ => role.rank() > ceiling.rank(),
    }
}

/// The least privileged of several roles: the least kind, and of custom roles the one with the fewest permissions,
/// then the first by key.
#[must_use]
pub fn least<'a>(
    roles: impl IntoIterator<Item = &'a Role>,
    settings: &Settings,
    catalogue: &Catalogue,
) -> Option<&'a Role> {
    roles.into_iter().min_by_key(|role| {
        let many = match role {
            Role::Custom(key) => permissions(key, settings, catalogue).len(),
            Role::Member | Role::Admin | Role::SuperAdmin => 0,
        };
        (role.rank(), many, role.as_str())
    })
}

#[cfg(test)]
mod tests;
