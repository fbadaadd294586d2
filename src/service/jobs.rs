//! What goes on beside the requests: sealing changes, purging deleted groups, writing the ledger, renewing keys.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Core;
use super::changes::Sealing;
use crate::domain::{Causes, OrganizationId, Timestamp};
use crate::store::StoreError;

/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two looks at the keys and at what has expired.
const HOUSEKEEPING: Duration = Duration::from_secs(30);

/// The jobs' thread; dropping it stops them after the step they are at.
#[derive(Debug)]
pub struct Jobs {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Jobs {
    /// Starts the jobs.
    pub fn start(core: Core) -> std::io::Result<Self> {
        let stop: Arc<(Mutex<bool>, Condvar)> = Arc::default();
        let runner = Runner {
            holder: core.ids.next::<uuid::Uuid>().to_string(),
            core,
            letting_go: Vec::new(),
            stop: Arc::clone(&stop),
        };
        let thread = std::thread::Builder::new().name("jobs".to_owned()).spawn(move || runner.run())?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

struct Runner {
    core: Core,
    holder: String,
    /// Whose old changes are still to be looked at.
    letting_go: Vec<OrganizationId>,
    stop: Arc<(Mutex<bool>, Condvar)>,
}

impl Runner {
    fn run(mut self) {
        let mut kept_house: Option<Instant> = None;
        loop {
            if kept_house.is_none_or(|last| last.elapsed() > HOUSEKEEPING) {
                self.keep_house();
                kept_house = Some(Instant::now());
            }
            let more = self.round();
            if self.pause(if more { Duration::ZERO } else { PAUSE }) {
                self.core.write_ledger();
                or_later("giving back leases", self.release());
                return;
            }
        }
    }

    /// One step of everything for each organization; true where there is more to do at once.
    fn round(&mut self) -> bool {
        self.core.write_ledger();
        let mut sealing = or_later(
            "sealing",
            self.core.store.system_read_blocking(|system| system.organizations_to_seal()),
        );
        let mut purging = or_later(
            "purging",
            self.core.store.system_read_blocking(|system| system.organizations_to_purge()),
        );
        let mut resolving = or_later(
            "resolving",
            self.core.store.system_read_blocking(|system| system.organizations_to_resolve()),
        );
        let now = self.core.clock.now();
        let mut ending_pins = or_later(
            "ending pins",
            self.core.store.system_read_blocking(|system| system.organizations_with_expired_pins(now)),
        );
        let mut letting_go = std::mem::take(&mut self.letting_go);
        self.step("sealing", &mut sealing, |organization| self.seal(organization));
        self.step("purging", &mut purging, |organization| self.purge(organization));
        self.step("resolving", &mut resolving, |organization| self.core.resolve_some(organization));
        self.step("ending pins", &mut ending_pins, |organization| self.core.end_pins(organization));
        self.step("retention", &mut letting_go, |organization| self.let_changes_go(organization));
        self.letting_go = letting_go;
        [&sealing, &purging, &resolving, &ending_pins, &self.letting_go].iter().any(|left| !left.is_empty())
    }

    /// Does one step for each, and leaves those that have another to do. Whoever fails is left out until it is found
    /// again: it holds up nobody else.
    fn step(
        &self,
        what: &str,
        organizations: &mut Vec<OrganizationId>,
        step: impl Fn(OrganizationId) -> Result<bool, StoreError>,
    ) {
        organizations.retain(|organization| {
            !self.is_stopped()
                && step(*organization).unwrap_or_else(|error| {
                    let id = organization.0;
                    log::warn!(
                        "{what} failed in organization {id} and will be tried again: {}",
                        Causes(&error)
                    );
                    false
                })
        });
    }

    fn is_stopped(&self) -> bool {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True once the jobs are to stop.
    fn pause(&self, time: Duration) -> bool {
        let stopped = self.stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.stop.1.wait_timeout_while(stopped, time, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn seal(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        Ok(self.core.seal_changes(organization, &self.holder)? == Sealing::More)
    }

    /// So that nobody has to wait for our leases to run out.
    fn release(&self) -> Result<(), StoreError> {
        let holder = self.holder.clone();
        self.core.store.system_write_blocking(move |system| system.release_seals(&holder))
    }

    fn purge(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        let store = &self.core.store;
        let groups = store.read_blocking(organization, None, |read| read.groups_to_purge(1))?;
        let Some(group) = groups.first().copied() else { return Ok(false) };
        self.core.purge_members(organization, group)?;
        Ok(true)
    }

    /// Lets go of what an operator does not want to keep for ever.
    fn let_changes_go(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        match self.kept_from() {
            Some(until) => Ok(self.core.let_changes_go(organization, until)? > 0),
            None => Ok(false),
        }
    }

    /// The time from which on changes are kept; none where they are kept for ever.
    fn kept_from(&self) -> Option<Timestamp> {
        let seconds = i64::try_from(self.core.retention?.as_secs()).unwrap_or(i64::MAX);
        Some(self.core.clock.now().plus_seconds(seconds.saturating_neg()))
    }

    fn keep_house(&mut self) {
        let (core, now) = (&self.core, self.core.clock.now());
        or_later("renewing keys", core.renew_cursor_keys());
        or_later(
            "purging credentials",
            core.store.system_write_blocking(move |system| system.purge_expired_credentials(now)),
        );
        or_later("purging idempotent requests", core.purge_attempts());
        or_later(
            "purging refused pushes",
            core.store.system_write_blocking(move |system| system.purge_refused_pushes(now)),
        );
        if core.retention.is_some() {
            let all = or_later("retention", core.store.system_read_blocking(|system| system.organizations()));
            self.letting_go = all.into_iter().map(|known| known.id).collect();
        }
    }
}

/// Failures pass: the next time does what this one could not.
fn or_later<T: Default>(what: &str, result: Result<T, StoreError>) -> T {
    result.unwrap_or_else(|error| {
        log::warn!("{what} failed and will be tried again: {}", Causes(&error));
        T::default()
    })
}
