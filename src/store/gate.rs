//! Keeps scans from taking every connection: at most half of them together, and of these half for one organization.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::error::StoreError;
use crate::domain::OrganizationId;

pub(super) struct ScanGate {
    all: Arc<Semaphore>,
    of: Mutex<HashMap<OrganizationId, Arc<Semaphore>>>,
    permits_of_one: usize,
    wait: Duration,
}

/// Lets one scan run until it is dropped.
pub(super) struct Pass {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl ScanGate {
    pub(super) fn new(connections: u32, wait: Duration) -> Self {
        let permits = usize::try_from(connections / 2).unwrap_or(1).max(1);
        Self {
            all: Arc::new(Semaphore::new(permits)),
            of: Mutex::default(),
            permits_of_one: permits.div_ceil(2),
            wait,
        }
    }

    /// Waits its turn, but no longer than for a connection.
    pub(super) async fn enter(&self, organization: OrganizationId) -> Result<Pass, StoreError> {
        let own = {
            let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || Arc::new(Semaphore::new(self.permits_of_one));
            Arc::clone(of.entry(organization).or_insert_with(fresh))
        };
        let turn = async {
            let own = own.acquire_owned().await.map_err(|_closed| StoreError::Stopped)?;
            let all = Arc::clone(&self.all).acquire_owned().await.map_err(|_closed| StoreError::Stopped)?;
            Ok(Pass { _own: own, _all: all })
        };
        timeout(self.wait, turn).await.unwrap_or(Err(StoreError::Overloaded))
    }
}
