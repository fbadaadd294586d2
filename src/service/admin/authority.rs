//! What whoever asks may do now, worked out in the transaction that does it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Access, AdminError};
use crate::domain::{ResourceId, Role, Timestamp};
use crate::provisioning::entitlements::Entitlements;
use crate::provisioning::standing::meet;
use crate::service::accounts::{Declared, Known, know};
use crate::service::authentication::Denied;
use crate::service::permissions::{Decision, Operation, Power, Basis, Target, Whom};
use crate::store::{Cost, KeyHolder, Read, Scope, StoreError, Weight, Write};

/// Somebody with what their account may have now.
#[derive(Debug)]
pub(in crate::service) struct Present {
    pub known: Known,
    /// What counts: see [`meet`]. Of its products, those that the account has a seat of are held.
    pub entitlements: Entitlements,
}

impl Present {
    /// Works out what counts now. An account that was never resolved has nothing yet.
    pub fn of(known: Known, declared: &Declared) -> Result<Self, StoreError> {
        let (entitled, _) = known.entitlements(declared);
        let entitlements = match known.recorded()? {
            Some(recorded) => meet(&recorded, &entitled),
            None => Entitlements { role: None, products: BTreeMap::new(), ..entitled },
        };
        Ok(Self { known, entitlements })
    }

    pub fn id(&self) -> ResourceId {
        self.known.id()
    }

    /// The role in the organization.
    pub fn role(&self) -> Role {
        self.entitlements.role.as_ref().map(|role| role.value.clone()).unwrap_or_default()
    }

    /// The products that it holds: entitled to and with a seat.
    pub fn products(&self) -> impl Iterator<Item = &str> {
        let holds = self.known.holds();
        self.entitlements.products.keys().filter(move |product| holds.contains(*product)).map(String::as_str)
    }

    fn basis(&self) -> Basis {
        let role_in = |product: &str| {
            let role = self.entitlements.products.get(product)?.role.as_ref()?;
            Some((product.to_owned(), role.value.clone()))
        };
        Basis {
            status: self.entitlements.status,
            role: self.role(),
            manages: self.entitlements.manages.keys().cloned().collect(),
            team: self.entitlements.team.as_ref().map(|team| team.value.clone()),
            product_roles: self.products().filter_map(role_in).collect(),
        }
    }
}

/// What whoever asks may do.
#[derive(Debug)]
pub(in crate::service) struct Authority {
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

    /// Lets an operation on an account through; the account then. Whether it is there is asked last.
    pub fn require_on(
        &self,
        read: &mut Read<'_>,
        operation: Operation<'_>,
        account: ResourceId,
    ) -> Result<Present, AdminError> {
        if account != self.account {
            self.require(operation, Target::Organization)?;
        }
        let known = know(read, &[account], self.now)?.pop().ok_or_else(AdminError::not_found)?;
        let present = Present::of(known, &self.declared)?;
        self.require_of(operation, &present)?;
        Ok(present)
    }

    /// Lets an operation on somebody through.
    pub fn require_of(&self, operation: Operation<'_>, present: &Present) -> Result<(), AdminError> {
        if present.id() == self.account {
            return self.require(operation, Target::Own);
        }
        let role = present.role();
        let products: Vec<&str> = present.products().collect();
        let whom = Whom {
            role: &role,
            user_group: present.entitlements.user_group.as_ref().map(|group| group.value.as_str()),
            team: present.entitlements.team.as_ref().map(|team| team.value.as_str()),
            products: &products,
        };
        self.require(operation, Target::Other(&whom))
    }
}

impl Access {
    fn authority(&self, read: &mut Read<'_>) -> Result<Authority, AdminError> {
        let KeyHolder::Account(account) = self.principal.who else {
            return Err(AdminError::WrongKind("an account's key"));
        };
        let core = &self.core;
        let (revisions, now) = (read.revisions()?, core.clock.now());
        let declared = core.declarations.get(read, revisions, &core.limits)?;
        let known = know(read, &[account], now)?.pop().ok_or(Denied::Disabled)?;
        let present = Present::of(known, &declared)?;
        if !present.entitlements.status.usable() {
            return Err(Denied::Disabled.into());
        }
        let basis = present.basis();
        let power = Power::of(&basis, &declared.settings, &declared.catalogue, true);
        Ok(Authority { account, power, declared, now, scope: self.principal.scope })
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
        self.core.store.read(self.principal.organization, cost, None, work).await
    }

    /// Writes with what whoever asks may do in that transaction.
    pub(in crate::service) async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Write<'_>, &Authority) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let access = self.clone();
        let work = move |write: &mut Write<'_>| {
            let authority = access.authority(write)?;
            work(write, &authority)
        };
        self.core.store.write(self.principal.organization, Weight::Light, work).await
    }
}
