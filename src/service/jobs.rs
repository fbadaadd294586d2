//! What goes on beside the requests: sealing changes, purging deleted groups, writing the ledger, renewing keys.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Core;
use super::changes::Sealing;
use crate::domain::OrganizationId;
use crate::store::{StoreError, Weight};

/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two looks at the keys and at what has expired.
const HOUSEKEEPING: Duration = Duration::from_secs(30);
/// How many memberships of a deleted group go at once.
const PURGED_AT_ONCE: i64 = 500;

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
        let runner =
            Runner { holder: core.ids.next::<uuid::Uuid>().to_string(), core, stop: Arc::clone(&stop) };
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
    stop: Arc<(Mutex<bool>, Condvar)>,
}

impl Runner {
    fn run(self) {
        let mut kept_house: Option<Instant> = None;
        loop {
            self.report("sealing", self.seal());
            self.report("purging", self.purge());
            self.report("the ledger", self.core.write_ledger());
            if kept_house.is_none_or(|last| last.elapsed() > HOUSEKEEPING) {
                self.report("housekeeping", self.keep_house());
                kept_house = Some(Instant::now());
            }
            if self.pause() {
                self.report("the ledger", self.core.write_ledger());
                return;
            }
        }
    }

    /// Failures pass: the next round does what this one could not.
    #[expect(clippy::unused_self, reason = "reads as a sentence where it is used")]
    fn report(&self, what: &str, result: Result<(), StoreError>) {
        if let Err(error) = result {
            log::warn!("{what} failed and will be tried again: {error}");
        }
    }

    fn is_stopped(&self) -> bool {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True once the jobs are to stop.
    fn pause(&self) -> bool {
        let stopped = self.stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.stop.1.wait_timeout_while(stopped, PAUSE, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn seal(&self) -> Result<(), StoreError> {
        let organizations = self.core.store.system_read_blocking(|system| system.organizations_to_seal())?;
        for organization in organizations {
            while self.core.seal_changes(organization, &self.holder)? == Sealing::More && !self.is_stopped() {}
        }
        Ok(())
    }

    fn purge(&self) -> Result<(), StoreError> {
        let organizations = self.core.store.system_read_blocking(|system| system.organizations_to_purge())?;
        organizations.into_iter().try_for_each(|organization| self.purge_in(organization))
    }

    fn purge_in(&self, organization: OrganizationId) -> Result<(), StoreError> {
        let store = &self.core.store;
        for group in store.read_blocking(organization, None, |read| read.groups_to_purge(100))? {
            let step = move || {
                store.write_blocking(organization, Weight::Light, move |write| {
                    write.purge_group(group, PURGED_AT_ONCE)
                })
            };
            while step()? && !self.is_stopped() {}
        }
        Ok(())
    }

    /// What an operator does not want to keep for ever.
    fn let_changes_go(&self) -> Result<(), StoreError> {
        let Some(kept) = self.core.retention else { return Ok(()) };
        let seconds = i64::try_from(kept.as_secs()).unwrap_or(i64::MAX);
        let until = self.core.clock.now().plus_seconds(seconds.saturating_neg());
        for organization in self.core.store.system_read_blocking(|system| system.organizations())? {
            while self.core.let_changes_go(organization.id, until)? > 0 && !self.is_stopped() {}
        }
        Ok(())
    }

    fn keep_house(&self) -> Result<(), StoreError> {
        self.core.renew_cursor_keys()?;
        self.let_changes_go()?;
        let now = self.core.clock.now();
        self.core.store.system_write_blocking(move |system| system.purge_expired_credentials(now))?;
        Ok(())
    }
}
