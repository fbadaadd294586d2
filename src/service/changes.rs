//! Reading the trail, checking it, and sealing it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Core;
use super::clients::Problem;
use super::trail::digest_of;
use crate::domain::{OrganizationId, Timestamp};
use crate::events;
use crate::store::{ChangeRecord, Seal, StoreError, Weight, Write};

/// How many changes are handled at once.
const CHUNK: i64 = 500;
/// How long a process may seal before another may take over, in seconds.
const LEASE_SECONDS: i64 = 30;
/// The action that explains why values are gone.
pub(super) const ERASED: &str = "user.erased";

/// How far sealing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// All that was committed has its place.
    Done,
    /// Some have their places now; there are more.
    More,
    /// Another process has the lease.
    Elsewhere,
}

/// What checking a trail found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The chain holds over so many changes; the last hash shows, kept elsewhere, that none was cut off.
    Whole {
        /// How many changes were checked.
        changes: i64,
        /// The last hash in hexadecimal.
        head: String,
    },
    /// The chain breaks here.
    Broken {
        /// The position at which it does.
        position: i64,
        /// What is wrong there.
        problem: &'static str,
    },
}

impl Core {
    /// Calls `each` with every sealed change in order, as JSON.
    pub fn export_changes(
        &self,
        slug: &str,
        each: &mut dyn FnMut(Value) -> std::io::Result<()>,
    ) -> Result<(), Problem> {
        let organization = self.organization(slug)?.id;
        self.walk(organization, &mut |change| {
            // Whoever reads the output has closed it: then there is nobody to tell more.
            each(as_json(change)).is_ok()
        })
    }

    fn walk(
        &self,
        organization: OrganizationId,
        each: &mut dyn FnMut(&ChangeRecord) -> bool,
    ) -> Result<(), Problem> {
        let mut position = 0;
        loop {
            let chunk =
                self.store.read_blocking(organization, None, |read| read.changes_after(position, CHUNK))?;
            let Some(last) = chunk.last().and_then(|change| change.position) else { return Ok(()) };
            position = last;
            for change in &chunk {
                if !each(change) {
                    return Ok(());
                }
            }
        }
    }

    /// Checks an organization's chain from its first change to its last.
    pub fn verify_changes(&self, slug: &str) -> Result<Verdict, Problem> {
        let organization = self.organization(slug)?.id;
        let ends = |read: &mut crate::store::Read<'_>| Ok::<_, StoreError>((read.seal_base()?, read.seal()?));
        let (mut seal, end) = self.store.read_blocking(organization, None, ends)?;
        let mut broken = None;
        let mut erased = Erased::default();
        self.walk(organization, &mut |change| {
            match check(&seal, change, &mut erased) {
                Ok(next) => seal = next,
                Err(problem) => broken = Some((seal.position.saturating_add(1), problem)),
            }
            broken.is_none()
        })?;
        if broken.is_none() && seal.position < end.position {
            broken = Some((seal.position.saturating_add(1), "the trail ends before its seal"));
        }
        if !erased.missing.is_empty() {
            // The erasure itself may not have its place yet.
            let waiting =
                self.store.read_blocking(organization, None, |read| read.unsealed_targets(ERASED))?;
            erased.missing.retain(|target, _| !waiting.contains(target));
        }
        let broken = broken.or_else(|| erased.unexplained());
        Ok(match broken {
            Some((position, problem)) => Verdict::Broken { position, problem },
            None => Verdict::Whole { changes: seal.position, head: hexadecimal(&seal.hash) },
        })
    }

    /// Lets go of an organization's changes from before `until`, some at a time; how many. Where there are none
    /// nothing is written.
    pub(super) fn let_changes_go(
        &self,
        organization: OrganizationId,
        until: Timestamp,
    ) -> Result<usize, StoreError> {
        let last = self.store.read_blocking(organization, None, |read| read.last_before(until, CHUNK))?;
        let Some(last) = last else { return Ok(0) };
        self.store.write_blocking(organization, Weight::Heavy, move |write| write.let_go(&last))
    }

    /// Gives committed changes of an organization their places, some at a time. Another process that holds the lease
    /// does it instead.
    pub(super) fn seal_changes(
        &self,
        organization: OrganizationId,
        holder: &str,
    ) -> Result<Sealing, StoreError> {
        let now = self.clock.now();
        let until = now.plus_seconds(LEASE_SECONDS);
        let holder = holder.to_owned();
        self.store
            .write_blocking(organization, Weight::Heavy, move |write| seal_some(write, &holder, now, until))
    }

    /// Gives all changes committed so far their places, for when no server runs that would.
    pub fn seal_now(&self, slug: &str) -> Result<Sealing, Problem> {
        let organization = self.organization(slug)?.id;
        let holder = self.ids.next::<uuid::Uuid>().to_string();
        let mut leased = false;
        // Only where something is left to do is it of interest who has the lease.
        while !self.store.read_blocking(organization, None, |read| read.unsealed_changes(1))?.is_empty() {
            if self.seal_changes(organization, &holder)? == Sealing::Elsewhere {
                return Ok(Sealing::Elsewhere);
            }
            leased = true;
        }
        if leased {
            self.give_back(organization, holder)?;
        }
        Ok(Sealing::Done)
    }

    /// Lets a lease of ours be over, so that nobody waits for it.
    fn give_back(&self, organization: OrganizationId, holder: String) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.write_blocking(organization, Weight::Light, move |write| {
            write.lease_seal(&holder, now, now.plus_seconds(-1)).map(drop)
        })
    }
}

fn seal_some(
    write: &mut Write<'_>,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Sealing, StoreError> {
    let Some(mut seal) = write.lease_seal(holder, now, until)? else { return Ok(Sealing::Elsewhere) };
    let mut changes = write.unsealed_changes(CHUNK)?;
    order_by_version(&mut changes);
    for change in &changes {
        let position = seal.position.saturating_add(1);
        let hash = events::link(&seal.hash, position, &entry(change));
        seal = Seal { position, hash: hash.to_vec() };
        write.seal_change(&change.id, &seal)?;
    }
    if !changes.is_empty() {
        write.advance_seal(&seal)?;
    }
    let all = i64::try_from(changes.len()).is_ok_and(|sealed| sealed < CHUNK);
    Ok(if all { Sealing::Done } else { Sealing::More })
}

/// Ids ascend with time, and clocks jump and differ between nodes: what happened to one target keeps the order of its
/// versions, in the places that its changes have among the others.
fn order_by_version(changes: &mut [ChangeRecord]) {
    let mut places: HashMap<(String, String), Vec<usize>> = HashMap::new();
    // What has no versions keeps its place.
    for (place, ChangeRecord { target, .. }) in
        changes.iter().enumerate().filter(|(_, change)| change.target.version > 0)
    {
        places.entry((target.kind.clone(), target.id.clone())).or_default().push(place);
    }
    for places in places.into_values() {
        // A target has few changes at once: the least version of the rest is brought forward each time.
        for (at, place) in places.iter().enumerate() {
            let rest = places.iter().skip(at).copied();
            let version = |place: &usize| changes.get(*place).map(|change| change.target.version);
            if let Some(least) = rest.min_by_key(version) {
                changes.swap(*place, least);
            }
        }
    }
}

fn entry(change: &ChangeRecord) -> events::Entry<'_> {
    events::Entry {
        id: &change.id,
        at: change.at.as_micros(),
        actor: &change.actor,
        action: &change.action,
        target_kind: &change.target.kind,
        target_id: &change.target.id,
        target_version: change.target.version,
        request: &change.request,
        digest: change.digest.as_deref(),
    }
}

/// Changes whose values are gone, until the erasure that explains it is found further on.
#[derive(Default)]
struct Erased {
    missing: HashMap<String, i64>,
}

impl Erased {
    fn note(&mut self, change: &ChangeRecord) {
        if change.action == ERASED {
            self.missing.remove(&change.target.id);
        }
    }

    fn unexplained(&self) -> Option<(i64, &'static str)> {
        let first = self.missing.values().min()?;
        Some((*first, "its values are gone though nobody erased them"))
    }
}

/// The seal after this change, if it fits behind the one before.
fn check(before: &Seal, change: &ChangeRecord, erased: &mut Erased) -> Result<Seal, &'static str> {
    let position = before.position.saturating_add(1);
    if change.position != Some(position) {
        return Err("a change is missing");
    }
    let hash = events::link(&before.hash, position, &entry(change)).to_vec();
    if change.hash.as_ref() != Some(&hash) {
        return Err("the change is not what was sealed");
    }
    let there = change.values.is_some() || !change.memberships.is_empty();
    match (&change.digest, there) {
        (None, false) => {}
        (None, true) => return Err("it has values that were not sealed"),
        (Some(sealed), _) => {
            if digest_of(change.values.as_ref(), &change.memberships).as_slice() != sealed.as_slice() {
                // Erasing a person takes all values away, never some.
                if change.values.is_some() {
                    return Err("its values are not what was sealed");
                }
                erased.missing.entry(change.target.id.clone()).or_insert(position);
            }
        }
    }
    erased.note(change);
    Ok(Seal { position, hash })
}

fn as_json(change: &ChangeRecord) -> Value {
    let text = |json: &Option<String>| -> Value {
        json.as_ref().map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or(Value::Null))
    };
    let memberships: Vec<Value> = change
        .memberships
        .iter()
        .map(|membership| json!({"member": membership.member.to_string(), "added": membership.added}))
        .collect();
    json!({
        "position": change.position,
        "hash": change.hash.as_deref().map(hexadecimal),
        "id": change.id,
        "at": change.at.to_string(),
        "actor": change.actor,
        "action": change.action,
        "target": {"type": change.target.kind, "id": change.target.id, "version": change.target.version},
        "request": change.request,
        "before": change.values.as_ref().map_or(Value::Null, |values| text(&values.before)),
        "after": change.values.as_ref().map_or(Value::Null, |values| text(&values.after)),
        "memberships": memberships,
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}
