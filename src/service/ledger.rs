//! What is counted beside the requests: quirks forgiven, pushes refused, credentials used. Kept in memory, written in
//! the background once a second, so that no request waits for it and nobody can fill the disk with refusals.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::{Caller, Core};
use crate::domain::{ApiKeyId, Causes, ClientId, CredentialId, OrganizationId, Timestamp};
use crate::scim::profile::{Quirk, Tolerance};
use crate::store::{RefusedPush, StoreError, Weight, Write};

/// How many refused pushes are kept in memory for each client between two writes; more are only counted in the log.
const REFUSED_AT_ONCE: usize = 20;
/// A credential's last use is written at most once in so many seconds.
const TOUCH_SECONDS: i64 = 60;

type Who = (OrganizationId, ClientId);

/// What a request was let in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pass {
    Credential(CredentialId),
    Key(ApiKeyId),
}

#[derive(Debug, Default)]
struct Pages {
    quirks: HashMap<Who, BTreeMap<Quirk, i64>>,
    refused: HashMap<Who, Vec<RefusedPush>>,
    used: HashMap<Pass, (OrganizationId, Timestamp)>,
    touched: HashMap<Pass, Timestamp>,
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
        self.passed(organization, Pass::Credential(credential), last, now);
    }

    /// Notes that an API key was used.
    pub fn used_key(
        &self,
        organization: OrganizationId,
        key: ApiKeyId,
        last: Option<Timestamp>,
        now: Timestamp,
    ) {
        self.passed(organization, Pass::Key(key), last, now);
    }

    fn passed(&self, organization: OrganizationId, pass: Pass, last: Option<Timestamp>, now: Timestamp) {
        let stale = |last: Timestamp| last.plus_seconds(TOUCH_SECONDS) <= now;
        if !last.is_none_or(stale) {
            return;
        }
        let mut pages = self.pages();
        if pages.touched.get(&pass).is_none_or(|last| stale(*last)) {
            pages.touched.insert(pass, now);
            pages.used.insert(pass, (organization, now));
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

/// What was counted in one organization.
#[derive(Debug, Clone, Default)]
struct Counted {
    quirks: Vec<(ClientId, Vec<(&'static str, i64)>)>,
    refused: Vec<(ClientId, Vec<RefusedPush>)>,
    used: Vec<(Pass, Timestamp)>,
}

impl Pages {
    fn by_organization(self) -> BTreeMap<OrganizationId, Counted> {
        let mut all: BTreeMap<OrganizationId, Counted> = BTreeMap::new();
        for ((organization, client), counts) in self.quirks {
            let seen = counts.into_iter().map(|(quirk, times)| (quirk.as_str(), times)).collect();
            all.entry(organization).or_default().quirks.push((client, seen));
        }
        for ((organization, client), pushes) in self.refused {
            all.entry(organization).or_default().refused.push((client, pushes));
        }
        for (pass, (organization, at)) in self.used {
            all.entry(organization).or_default().used.push((pass, at));
        }
        all
    }
}

impl Counted {
    fn write(&self, write: &mut Write<'_>, now: Timestamp) -> Result<(), StoreError> {
        for (client, seen) in &self.quirks {
            write.count_quirks(*client, seen, now)?;
        }
        for (client, pushes) in &self.refused {
            pushes.iter().try_for_each(|push| write.insert_refused_push(*client, push))?;
        }
        self.used.iter().try_for_each(|(pass, at)| match pass {
            Pass::Credential(id) => write.touch_credential(*id, *at),
            Pass::Key(id) => write.touch_api_key(*id, *at),
        })
    }
}

impl Core {
    /// Writes what the ledger holds, for each organization apart. What cannot be written is lost: none of it is worth
    /// holding a request for.
    pub fn write_ledger(&self) {
        let now = self.clock.now();
        for (organization, counted) in self.ledger.take().by_organization() {
            let written = self
                .store
                .write_blocking(organization, Weight::Heavy, move |write| counted.write(write, now));
            if let Err(error) = written {
                log::warn!("the ledger of organization {} is lost: {}", organization.0, Causes(&error));
            }
        }
    }
}
