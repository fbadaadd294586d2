//! What is counted beside the requests: quirks forgiven, pushes refused, credentials used. Kept in memory, written in
//! the background once a second, so that no request waits for it and nobody can fill the disk with refusals.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::{Caller, Core};
use crate::domain::{ClientId, CredentialId, OrganizationId, Timestamp};
use crate::scim::profile::{Quirk, Tolerance};
use crate::store::{RefusedPush, StoreError, Weight};

/// How many refused pushes are kept in memory for each client between two writes; more are only counted in the log.
const REFUSED_AT_ONCE: usize = 20;
/// A credential's last use is written at most once in so many seconds.
const TOUCH_SECONDS: i64 = 60;

type Who = (OrganizationId, ClientId);

#[derive(Debug, Default)]
struct Pages {
    quirks: HashMap<Who, BTreeMap<Quirk, i64>>,
    refused: HashMap<Who, Vec<RefusedPush>>,
    used: HashMap<CredentialId, (OrganizationId, Timestamp)>,
    touched: HashMap<CredentialId, Timestamp>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Ledger {
    pages: Mutex<Pages>,
}

impl Ledger {
    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what a request was forgiven.
    pub fn forgiven(&self, caller: &Caller, tolerance: &Tolerance) {
        let mut seen = tolerance.seen().peekable();
        if seen.peek().is_none() {
            return;
        }
        let mut pages = self.pages();
        let counts = pages.quirks.entry((caller.organization, caller.client)).or_default();
        for (quirk, times) in seen {
            *counts.entry(quirk).or_default() += i64::from(times);
        }
    }

    /// Keeps a refused push.
    pub fn refused(&self, caller: &Caller, push: RefusedPush) {
        let mut pages = self.pages();
        let list = pages.refused.entry((caller.organization, caller.client)).or_default();
        if list.len() < REFUSED_AT_ONCE {
            list.push(push);
        }
    }

    /// Notes that a credential was used.
    pub fn used(
        &self,
        organization: OrganizationId,
        credential: CredentialId,
        last: Option<Timestamp>,
        now: Timestamp,
    ) {
        let stale = |last: Timestamp| last.plus_seconds(TOUCH_SECONDS) <= now;
        if !last.is_none_or(stale) {
            return;
        }
        let mut pages = self.pages();
        if pages.touched.get(&credential).is_none_or(|last| stale(*last)) {
            pages.touched.insert(credential, now);
            pages.used.insert(credential, (organization, now));
        }
    }

    fn take(&self) -> Pages {
        let mut pages = self.pages();
        let touched = std::mem::take(&mut pages.touched);
        let taken = std::mem::take(&mut *pages);
        // Only what could still hold back a write is worth remembering.
        let newest = touched.values().max().copied().unwrap_or_default();
        pages.touched =
            touched.into_iter().filter(|(_, at)| at.plus_seconds(TOUCH_SECONDS) > newest).collect();
        taken
    }
}

impl Core {
    /// Writes what the ledger holds. What cannot be written is lost: none of it is worth holding a request for.
    pub fn write_ledger(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let taken = self.ledger.take();
        for ((organization, client), counts) in taken.quirks {
            let seen: Vec<(&'static str, i64)> =
                counts.into_iter().map(|(quirk, times)| (quirk.as_str(), times)).collect();
            self.store.write_blocking(organization, Weight::Light, move |write| {
                write.count_quirks(client, &seen, now)
            })?;
        }
        for ((organization, client), pushes) in taken.refused {
            self.store.write_blocking(organization, Weight::Light, move |write| {
                pushes.iter().try_for_each(|push| write.insert_refused_push(client, push))
            })?;
        }
        for (credential, (organization, at)) in taken.used {
            self.store.write_blocking(organization, Weight::Light, move |write| {
                write.touch_credential(credential, at)
            })?;
        }
        Ok(())
    }
}
