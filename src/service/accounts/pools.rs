//! How many seats there are, are taken and are waited for.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::OrganizationId;
use crate::provisioning::settings::Policy;
use crate::service::Core;
use crate::store::{Read, StoreError};

/// The seats of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PoolView {
    /// How many there are; none: as many as are asked for.
    pub size: Option<u32>,
    /// How many are taken.
    pub taken: i64,
    /// How many people wait.
    pub waiting: i64,
    /// What happens when there are no more.
    pub policy: &'static str,
}

impl Core {
    /// The seats of the products in use, and of others that somebody still holds.
    pub fn seats(&self, organization: OrganizationId) -> Result<BTreeMap<String, PoolView>, StoreError> {
        let core = self.clone();
        self.store.read_blocking(organization, None, move |read| core.seats_within(read))
    }

    pub(in crate::service) fn seats_within(
        &self,
        read: &mut Read<'_>,
    ) -> Result<BTreeMap<String, PoolView>, StoreError> {
        let declared = self.declared_now(read)?;
        let counts = read.pool_counts()?;
        let products = declared.settings.products.iter().chain(counts.keys());
        let mut views = BTreeMap::new();
        for product in products {
            let pool = declared.settings.pools.get(product);
            let policy = match pool.map(|pool| pool.policy) {
                Some(Policy::Waitlist) => "waitlist",
                Some(Policy::Refuse) => "refuse",
                Some(Policy::Overage) => "overage",
                None => "unlimited",
            };
            let view = PoolView {
                size: pool.map(|pool| pool.size),
                taken: counts.get(product).map_or(0, |count| count.taken),
                waiting: read.count_waiting(product)?,
                policy,
            };
            views.insert(product.clone(), view);
        }
        Ok(views)
    }
}
