//! What rules make of somebody whom people make or change: rules read attributes, and so whoever writes these gives
//! what follows. Roles, products and user groups are no more than they could give by hand. What counts is what comes of
//! it in the end: not whether somebody is suspended meanwhile, or was pinned to something for a time.

use super::super::authority::Authority;
use super::super::error::AdminError;
use super::decided;
use crate::domain::Role;
use crate::provisioning::catalogue::Reach;
use crate::provisioning::entitlements::{Entitlements, Licence, Source};
use crate::service::accounts::Standing;
use crate::service::permissions::{Lack, Operation, Target, Whom};

impl Authority {
    /// Whether whoever asks may make somebody who has all this.
    pub(super) fn require_made(&self, made: &Standing) -> Result<(), AdminError> {
        self.require_gains(None, made)?;
        let has = &made.prospects();
        let products: Vec<&str> = given(has).collect();
        let whom = Whom {
            role: has.role_or_member(),
            user_group: has.user_group_key(),
            team: has.team_key(),
            products: &products,
        };
        let may = self.require(Operation::CreatePerson, Target::Other(&whom));
        may.map_err(|error| by_rules(error, || "a place beyond your reach".to_owned()))
    }

    /// Whether whoever asks may give somebody what they have now and had not before; to somebody new, all of it.
    pub(super) fn require_gains(&self, before: Option<&Standing>, now: &Standing) -> Result<(), AdminError> {
        let had = before.map(Standing::prospects);
        let (had, has) = (had.as_ref(), &now.prospects());
        let role = has.role_or_member();
        if role != had.map_or(&Role::Member, Entitlements::role_or_member) {
            let may = self.require_for(before, Operation::ChangeRole);
            let may = may.and_then(|()| decided(self.power.may_give_role(role)));
            may.map_err(|error| by_rules(error, || format!("the role \"{role}\"")))?;
        }
        let group = has.user_group_key();
        if had.is_some_and(|had| had.user_group_key() != group) && !self.power.reaches_group(group) {
            let beyond = AdminError::Forbidden(Lack::Group);
            return Err(by_rules(beyond, || "another user group".to_owned()));
        }
        for product in given(has) {
            if !had.is_some_and(|had| had.products.contains_key(product)) {
                let may = self.require_for(before, Operation::ChangeLicences { product });
                may.map_err(|error| by_rules(error, || self.declared.name_of(product)))?;
            }
        }
        self.require_product_roles(before, had, has)
    }

    /// The same of the roles inside products. What they reach may be the team: with another it is another role.
    fn require_product_roles(
        &self,
        before: Option<&Standing>,
        had: Option<&Entitlements>,
        has: &Entitlements,
    ) -> Result<(), AdminError> {
        let catalogue = &self.declared.catalogue;
        for (product, licence) in &has.products {
            let Some(key) = role_inside(licence) else { continue };
            let role = catalogue.products.get(product).and_then(|known| known.roles.get(key));
            let Some(role) = role else { continue };
            let kept = had.is_some_and(|had| {
                had.products.get(product).and_then(role_inside) == Some(key)
                    && (role.reach != Reach::Teams || had.team_key() == has.team_key())
            });
            if kept {
                continue;
            }
            let may = self.require_for(before, Operation::ChangeManagers { product });
            let power = &self.power;
            let may = may.and_then(|()| {
                decided(power.may_give_product_role(product, role, has.team_key(), catalogue))
            });
            may.map_err(|error| {
                by_rules(error, || {
                    format!("the role \"{}\" in {}", role.name, self.declared.name_of(product))
                })
            })?;
        }
        Ok(())
    }
}

/// The products that something gives, and not the bundle of another alone: who gives that one gives these.
fn given(entitlements: &Entitlements) -> impl Iterator<Item = &str> {
    let bundled =
        |licence: &Licence| licence.sources.iter().all(|source| matches!(source, Source::Bundle(_)));
    let products = entitlements.products.iter();
    products.filter(move |(_, licence)| !bundled(licence)).map(|(product, _)| product.as_str())
}

/// The role inside a product, where it is another than everybody's.
fn role_inside(licence: &Licence) -> Option<&str> {
    let role = licence.role.as_ref().filter(|role| role.source != Source::Default)?;
    Some(role.value.as_str())
}

/// That it is the rules' doing, where something may not be done.
fn by_rules(error: AdminError, what: impl FnOnce() -> String) -> AdminError {
    match error {
        AdminError::Forbidden(lack) => AdminError::ByRules { what: what(), lack },
        AdminError::Service(_)
        | AdminError::ReadOnlyKey
        | AdminError::WrongKind(_)
        | AdminError::ByRules { .. }
        | AdminError::Invalid { .. }
        | AdminError::Taken(_)
        | AdminError::Hand(_)
        | AdminError::Faults(_)
        | AdminError::Stale { .. }
        | AdminError::Once(_)
        | AdminError::Conflict(_) => error,
    }
}
