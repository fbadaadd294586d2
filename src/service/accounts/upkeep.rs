//! What accounts need beside the pushes: those that are behind are resolved in bounded steps, what was pinned for a
//! time ends, and a deleted group's members are resolved as its memberships go.

use std::time::Duration;

use super::declared::Declared;
use super::error::ResolveError;
use super::person::know;
use super::resolve::Occasion;
use super::seating::{Refusable, Seating};
use crate::domain::{OrganizationId, ResourceId};
use crate::service::Core;
use crate::service::trail::{Actor, Author};
use crate::store::{Resolution, StoreError, Weight, Write};

/// How many accounts are resolved in one transaction.
const AT_ONCE: i64 = 500;

/// Between two looks at how far it is, and how many looks somebody else who resolves has to show it.
const LOOK: Duration = Duration::from_millis(100);
const PATIENCE: u32 = 10;

/// What is taken away comes first, so that what is given finds the seats free.
const TAKING: i64 = 0;
const GIVING: i64 = 1;

/// How far resolving an organization's accounts anew is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many accounts were looked at.
    pub done: i64,
    /// About how many are to be looked at.
    pub total: i64,
}

impl Core {
    /// How far resolving an organization's accounts anew is; none where it is done.
    pub fn progress(&self, organization: OrganizationId) -> Result<Option<Progress>, StoreError> {
        let state = self.store.read_blocking(organization, None, |read| read.resolution())?;
        Ok(state.map(|state| Progress { done: state.done, total: state.total }))
    }

    /// Sees to it that all accounts of an organization that are behind are resolved: by a server that runs, or else by
    /// its own steps. Two that did the same would only be in each other's way.
    pub fn resolve_all(
        &self,
        organization: OrganizationId,
        mut told: impl FnMut(Progress),
    ) -> Result<(), StoreError> {
        let (mut left_at, mut still, mut alone) = (None, 0_u32, false);
        while let Some(progress) = self.progress(organization)? {
            told(progress);
            if left_at != Some(progress) {
                (still, alone) = (0, false);
            }
            left_at = Some(progress);
            let nobody_else_works = alone || still >= PATIENCE || progress.total <= AT_ONCE;
            if nobody_else_works && self.resolve_some(organization)? {
                left_at = self.progress(organization)?;
                alone = true;
            } else {
                still = still.saturating_add(1);
                std::thread::sleep(LOOK);
            }
        }
        Ok(())
    }

    fn by_job(&self) -> Author {
        Author { actor: Actor::Job, request: self.ids.next::<uuid::Uuid>().to_string() }
    }

    /// Resolves some of the accounts that are behind; false where there are none left, or somebody else is at it. It
    /// goes on from where it was, whoever did the last step, and always by the newest settings.
    pub(in crate::service) fn resolve_some(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        let core = self.clone();
        let step = move |write: &mut Write<'_>| core.resolution_step(write);
        self.store.write_blocking(organization, Weight::Heavy, step)
    }

    fn resolution_step(&self, write: &mut Write<'_>) -> Result<bool, StoreError> {
        let declared = self.declared(write)?;
        let Some(mut state) = write.take_resolution()? else { return Ok(false) };
        if state.phase == TAKING && state.after.is_empty() && is_plenty(write, &declared, state.total)? {
            state = Resolution { phase: GIVING, total: state.total.saturating_div(2), ..state };
        }
        let behind = declared.revisions.settings;
        let ids = write.accounts_before(behind, &state.after, AT_ONCE)?;
        let author = self.by_job();
        match ids.last() {
            Some(last) => {
                state.after = last.to_string();
                state.done = state.done.saturating_add(i64::try_from(ids.len()).unwrap_or_default());
                if state.phase == TAKING {
                    self.take_seats(write, &author, &declared, &ids)?;
                } else {
                    without_refusal(self.resolve(write, &author, &declared, &ids, Occasion::Others))?;
                }
                write.put_resolution(&state)?;
            }
            None if state.phase == TAKING => {
                // So many at once: whoever is left is moved up by the next step.
                if self.move_everybody_up(write, &author, &declared)? {
                    return Ok(true);
                }
                write.put_resolution(&Resolution { phase: GIVING, after: String::new(), ..state })?;
            }
            None => write.end_resolution()?,
        }
        Ok(true)
    }

    /// Frees the seats of what accounts are not entitled to any more.
    fn take_seats(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
        ids: &[ResourceId],
    ) -> Result<(), StoreError> {
        write.lock_accounts(ids)?;
        let people = know(write, ids, self.clock.now())?;
        let holders = people.iter().filter(|known| !known.seats.is_empty());
        let entitled: Vec<_> = holders.map(|known| (known, known.entitlements(declared).0)).collect();
        let mut seating = Seating::new(declared);
        for (known, entitlements) in &entitled {
            seating.plan(known, &entitlements.products, Refusable::Never)?;
        }
        let now =
            people.iter().fold(self.clock.now(), |now, known| now.later_than(known.person.account.changed));
        let seated = without_refusal(seating.only_freeing().carry_out(write, now))?;
        for known in &people {
            self.record_seats(write, author, known, known.person.account.revision, &seated)?;
        }
        Ok(())
    }

    /// Gives free seats to those who wait; whether some are left for another time.
    pub(super) fn move_everybody_up(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        declared: &Declared,
    ) -> Result<bool, StoreError> {
        let mut seating = Seating::new(declared);
        seating.touch_all();
        let seated = without_refusal(seating.carry_out(write, self.clock.now()))?;
        self.record_promotions(write, author, declared, &seated)?;
        Ok(!seated.behind.is_empty())
    }

    /// Ends what was pinned for a time that is over, for some accounts; false where there are none.
    pub(in crate::service) fn end_pins(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        let core = self.clone();
        let step = move |write: &mut Write<'_>| -> Result<bool, StoreError> {
            let declared = core.declared(write)?;
            let now = core.clock.now();
            let ids = write.accounts_with_expired_pins(now, AT_ONCE)?;
            let author = core.by_job();
            write.lock_accounts(&ids)?;
            ids.iter().try_for_each(|id| write.delete_expired_pins(*id, now))?;
            without_refusal(core.resolve(write, &author, &declared, &ids, Occasion::Others))?;
            Ok(!ids.is_empty())
        };
        self.store.write_blocking(organization, Weight::Heavy, step)
    }

    /// Takes some memberships of a deleted group away, with what they gave.
    pub(in crate::service) fn purge_members(
        &self,
        organization: OrganizationId,
        group: ResourceId,
    ) -> Result<(), StoreError> {
        let core = self.clone();
        let step = move |write: &mut Write<'_>| -> Result<(), StoreError> {
            let members = write.purge_group(group, AT_ONCE)?;
            let declared = core.declared(write)?;
            if declared.concerns(group) {
                let resolved = core.resolve(write, &core.by_job(), &declared, &members, Occasion::Others);
                without_refusal(resolved)?;
            }
            Ok(())
        };
        self.store.write_blocking(organization, Weight::Heavy, step)
    }
}

/// Whether there are seats of everything for everybody: then nobody waits for one that another is to lose.
fn is_plenty(write: &mut Write<'_>, declared: &Declared, people: i64) -> Result<bool, StoreError> {
    let counts = write.pool_counts()?;
    let fits = |product: &String| {
        let count = counts.get(product).copied().unwrap_or_default();
        count.last_number == 0 && declared.most(product).saturating_sub(count.taken) >= people
    };
    Ok(declared.settings.pools.keys().all(fits))
}

/// Only one person's own affairs are refused for want of a seat.
fn without_refusal<T>(result: Result<T, ResolveError>) -> Result<T, StoreError> {
    result.map_err(|error| match error {
        ResolveError::Store(error) => error,
        ResolveError::NoSeat(_) => StoreError::Panicked,
    })
}
