//! What whoever asks may do now, worked out in the transaction that does it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::telephony::permitted;
use super::{Access, AdminError};
use crate::domain::{ResourceId, Timestamp};
use crate::provisioning::catalogue::Catalogue;
use crate::provisioning::settings::Cap;
use crate::service::Core;
use crate::service::accounts::{Declared, Standing};
use crate::service::authentication::Denied;
use crate::service::permissions::{Basis, Decision, Lack, Operation, Power, Target, Whom};
use crate::store::{Cost, KeyHolder, Read, Scope, StoreError, Weight, Write};

/// The products that an account holds: entitled to and with a seat.
fn products(standing: &Standing) -> Vec<&str> {
    let products = standing.entitlements.products.keys().map(String::as_str);
    products.filter(|product| standing.holds(product)).collect()
}

/// What somebody's power comes from.
pub(super) fn basis(
    read: &mut Read<'_>,
    standing: &Standing,
    catalogue: &Catalogue,
) -> Result<Basis, StoreError> {
    let entitlements = &standing.entitlements;
    let role_in = |product: &str| {
        let role = entitlements.products.get(product)?.role.as_ref()?;
        Some((product.to_owned(), role.value.clone()))
    };
    let held = products(standing);
    let mut product_permissions = BTreeMap::new();
    for (key, product) in held.iter().filter_map(|key| Some((*key, catalogue.products.get(*key)?))) {
        if product.telephony.is_some()
            && let Some(line) = read.phone_line(key, standing.id())?
        {
            product_permissions.insert(key.to_owned(), permitted(product, &line)?);
        }
    }
    Ok(Basis {
        status: entitlements.status,
        role: entitlements.role_or_member().clone(),
        manages: entitlements.manages.keys().cloned().collect(),
        team: entitlements.team_key().map(str::to_owned),
        product_roles: held.into_iter().filter_map(role_in).collect(),
        product_permissions,
    })
}

/// What whoever asks may do.
#[derive(Debug)]
pub(in crate::service) struct Authority {
    core: Core,
    pub account: ResourceId,
    pub power: Power,
    pub declared: Arc<Declared>,
    pub now: Timestamp,
    scope: Scope,
}

impl Authority {
    /// Lets an operation through, or says why not.
    pub fn require(&self, operation: Operation<'_>, target: Target<'_>) -> Result<(), AdminError> {
        match self.power.decide(operation, target) {
            Decision::Allowed if operation.changes() && self.scope == Scope::Read => {
                Err(AdminError::ReadOnlyKey)
            }
            Decision::Allowed => Ok(()),
            Decision::Hidden => Err(AdminError::not_found()),
            Decision::Forbidden(lack) => Err(AdminError::Forbidden(lack)),
        }
    }

    /// Whether whoever asks may do anything at all that changes something.
    pub fn require_writing(&self) -> Result<(), AdminError> {
        match self.scope {
            _ if !self.power.enters() => Err(AdminError::Forbidden(Lack::Entry)),
            Scope::Read => Err(AdminError::ReadOnlyKey),
            Scope::Write => Ok(()),
        }
    }

    /// Lets an operation on an account through; the account then. Whether it is there is asked last.
    pub fn require_on(
        &self,
        read: &mut Read<'_>,
        operation: Operation<'_>,
        account: ResourceId,
    ) -> Result<Standing, AdminError> {
        if account != self.account {
            self.require(operation, Target::Organization)?;
        }
        let standing = self.core.standing_within(read, account)?.ok_or_else(AdminError::not_found)?;
        self.require_of(operation, &standing)?;
        Ok(standing)
    }

    /// Whether whoever asks sees what is declared, and so also what the organization forbids and what the directory says
    /// beyond what an account shows: managers do not.
    pub fn sees_settings(&self) -> bool {
        self.require(Operation::SeeSettings, Target::Organization).is_ok()
    }

    /// Whether the organization forbids a feature.
    pub fn is_forbidden(&self, product: &str, feature: &str) -> bool {
        self.cap(product, feature) == Some(Cap::Forbidden)
    }

    /// What the organization allows at most of a feature, where it says so.
    pub fn cap(&self, product: &str, feature: &str) -> Option<Cap> {
        self.declared.settings.limits.get(product)?.get(feature).copied()
    }

    /// Lets an operation on somebody through.
    pub fn require_of(&self, operation: Operation<'_>, standing: &Standing) -> Result<(), AdminError> {
        if standing.id() == self.account {
            return self.require(operation, Target::Own);
        }
        let products = products(standing);
        let role = standing.lasting_role();
        let whom = Whom {
            role: &role,
            user_group: standing.entitlements.user_group_key(),
            team: standing.team(),
            products: &products,
        };
        self.require(operation, Target::Other(&whom))
    }
}

impl Access {
    /// What whoever asks may do at this moment.
    pub(super) fn authority(&self, read: &mut Read<'_>) -> Result<Authority, AdminError> {
        let KeyHolder::Account(account) = self.principal.who else {
            return Err(AdminError::WrongKind("an account's key"));
        };
        let core = &self.core;
        let standing = core.standing_within(read, account)?.ok_or(Denied::Disabled)?;
        if !standing.status().usable() {
            return Err(Denied::Disabled.into());
        }
        let declared = Arc::clone(standing.declared());
        let basis = basis(read, &standing, &declared.catalogue)?;
        let power = Power::of(&basis, &declared.settings, &declared.catalogue, true);
        let (core, scope) = (core.clone(), self.principal.scope);
        Ok(Authority { now: core.clock.now(), core, account, power, declared, scope })
    }

    /// Reads with what whoever asks may do at that moment.
    pub(in crate::service) async fn read<T: Send + 'static>(
        &self,
        cost: Cost,
        work: impl FnOnce(&mut Read<'_>, &Authority) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let access = self.clone();
        let work = move |read: &mut Read<'_>| {
            let authority = access.authority(read)?;
            work(read, &authority)
        };
        let deadline = (cost == Cost::Scan).then(|| Instant::now() + self.core.query_time);
        self.core.store.read(self.principal.organization, cost, deadline, work).await
    }

    /// Writes with what whoever asks may do in that transaction, one by one within the organization: what it rests on,
    /// the power of whoever asks and what is declared, stands until it is done.
    pub(in crate::service) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Write<'_>, &Authority) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        self.write_weighing(Weight::Light, work).await
    }

    /// The same for what may have to run alone.
    pub(in crate::service) async fn write_weighing<T: Send + 'static>(
        &self,
        weight: Weight,
        mut work: impl FnMut(&mut Write<'_>, &Authority) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let access = self.clone();
        let work = move |write: &mut Write<'_>| {
            write.lock_revisions()?;
            let authority = access.authority(write)?;
            let done = work(write, &authority)?;
            access.commit_attempt(write)?;
            Ok(done)
        };
        self.core.store.write(self.principal.organization, weight, work).await
    }
}
