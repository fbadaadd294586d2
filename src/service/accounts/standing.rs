//! What an account may do now, and why: the lesser of what it was found entitled to and what it is entitled to by what
//! is committed now, and the seats that it holds. So a revocation counts from its commit, and a read never writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::declared::Declared;
use super::furnish::email_of;
use super::person::{Known, know};
use crate::domain::{Key, OrganizationId, ResourceId, Role, Status};
use crate::provisioning::effective::{Features, effective, effective_over};
use crate::provisioning::entitlements::{Entitlements, Trouble};
use crate::provisioning::standing::meet;
use crate::service::Core;
use crate::service::clients::Problem;
use crate::service::resources::user_name_key;
use crate::store::{Cost, KeyRow, LookUp, Read, StoreError};

/// Whom somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By id.
    Id(ResourceId),
    /// By `userName`.
    UserName(String),
    /// By `externalId`; where several connections have one of these, by none.
    ExternalId(String),
}

/// What an account may do at one moment, with all that says so.
#[derive(Debug)]
pub struct Standing {
    pub(super) known: Known,
    declared: Arc<Declared>,
    /// What was declared when the account was last resolved, where that is something else.
    before: Option<Arc<Declared>>,
    /// What it has.
    pub entitlements: Entitlements,
    /// What could not be given to it.
    pub troubles: Vec<Trouble>,
}

impl Standing {
    /// Of a person, by what counts in the organization.
    pub(super) fn of(
        known: Known,
        declared: Arc<Declared>,
        before: Option<Arc<Declared>>,
    ) -> Result<Self, StoreError> {
        let (now, troubles) = known.entitlements(&declared);
        let recorded = known.recorded()?.unwrap_or_else(|| Entitlements::plain(now.status));
        Ok(Self { entitlements: meet(&recorded, &now), troubles, known, declared, before })
    }

    /// The account's id, which is its User's.
    #[must_use]
    pub fn id(&self) -> ResourceId {
        self.known.id()
    }

    /// The User's name, as pushed.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.known.document.get("userName").and_then(serde_json::Value::as_str).unwrap_or_default()
    }

    /// What people call the User, as pushed.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.known.document.get("displayName")?.as_str()
    }

    /// The User's e-mail address, as pushed: the primary one, else the first.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        email_of(&self.known.document)
    }

    /// The account's version.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.known.person.account.version
    }

    /// Its state.
    #[must_use]
    pub fn status(&self) -> Status {
        self.entitlements.status
    }

    /// What counts in its organization.
    #[must_use]
    pub fn declared(&self) -> &Arc<Declared> {
        &self.declared
    }

    /// What it would have were it active, without what was pinned for a time: what comes of it by itself, or by an act
    /// that gives nothing.
    #[must_use]
    pub fn prospects(&self) -> Entitlements {
        self.known.prospects(&self.declared)
    }

    /// Its role; of one who is out of use, the one that it comes back with.
    #[must_use]
    pub fn lasting_role(&self) -> Role {
        if self.status().grants() {
            return self.entitlements.role_or_member().clone();
        }
        self.prospects().role_or_member().clone()
    }

    /// Whether it has a seat of a product that it is entitled to.
    #[must_use]
    pub fn holds(&self, product: &str) -> bool {
        self.entitlements.products.contains_key(product)
            && self.known.seats.iter().any(|seat| seat.product == product && seat.waiting.is_none())
    }

    /// The number with which it waits for a product.
    #[must_use]
    pub fn waits(&self, product: &str) -> Option<i64> {
        let entitled = self.entitlements.products.contains_key(product);
        self.known.seats.iter().find(|seat| entitled && seat.product == product)?.waiting
    }

    /// What its person can do in a product, in a session that comes through a portal; none where it has no seat of it.
    /// Through a portal that is not the account's, nothing.
    #[must_use]
    pub fn features_through(&self, product: &str, portal: &str) -> Option<Features> {
        let portal = Some(portal).filter(|portal| self.entitlements.portals.contains_key(*portal));
        self.features_by(product, |declared, licence, kind| {
            effective(product, kind, licence, self.team(), portal, &declared.settings)
        })
    }

    /// What its person can do in a product through any of the account's portals; none where it has no seat of it.
    #[must_use]
    pub fn features(&self, product: &str) -> Option<Features> {
        let portals = || self.entitlements.portals.keys().map(String::as_str);
        self.features_by(product, |declared, licence, kind| {
            effective_over(product, kind, licence, self.team(), portals(), &declared.settings)
        })
    }

    /// Its team.
    #[must_use]
    pub fn team(&self) -> Option<&str> {
        self.entitlements.team_key()
    }

    /// By what is declared now; and no more than by what was when the account was last resolved.
    fn features_by(
        &self,
        product: &str,
        of: impl Fn(
            &Declared,
            &crate::provisioning::entitlements::Licence,
            &crate::provisioning::catalogue::Product,
        ) -> Features,
    ) -> Option<Features> {
        if !self.holds(product) || !self.status().usable() {
            return None;
        }
        let licence = self.entitlements.products.get(product)?;
        let by = |declared: &Declared| -> Option<Features> {
            Some(of(declared, licence, declared.catalogue.products.get(product)?))
        };
        let mut now = by(&self.declared)?;
        if let Some(then) = self.before.as_ref().and_then(|before| by(before)) {
            for (key, feature) in &mut now {
                if let Some(then) = then.get(key) {
                    feature.value = feature.value.meet(then.value);
                }
            }
        }
        Some(now)
    }

    /// How its person signs in to a product: each switch as it was set, or as it is where nobody set it.
    #[must_use]
    pub fn sign_in(&self, product: &str) -> BTreeMap<String, bool> {
        let Some(kind) = self.declared.catalogue.products.get(product) else { return BTreeMap::new() };
        let set = self.known.own.sign_in.get(product);
        let value =
            |key: &String, default: bool| set.and_then(|set| set.get(key)).copied().unwrap_or(default);
        kind.sign_in.iter().map(|(key, setting)| (key.clone(), value(key, setting.default))).collect()
    }

    /// Whether the organization's administration lists the person: one who is known solely through a product that has
    /// people of its own, only while they hold what lists them.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        let Some(through) = &self.known.own.came_through else { return true };
        let product = self.declared.catalogue.products.get(through);
        let Some(with) = product.and_then(|product| product.listed_with.as_ref()) else { return true };
        let others = self.entitlements.products.keys().filter(|key| *key != through && *key != with);
        *self.entitlements.role_or_member() != Role::Member
            || self.holds(with)
            || others.into_iter().any(|key| self.holds(key))
    }

    /// Whether a product has seen its person.
    #[must_use]
    pub fn is_registered(&self, product: &str) -> bool {
        self.known.own.registered.contains_key(product)
    }
}

impl Core {
    /// Finds the account that somebody asks about; several are as good as none.
    pub async fn find_account(
        &self,
        organization: OrganizationId,
        who: Who,
    ) -> Result<Option<ResourceId>, StoreError> {
        let look_up = match who {
            Who::Id(id) => return Ok(Some(id)),
            Who::UserName(name) => {
                let KeyRow { attribute, key, .. } = user_name_key(&name);
                LookUp { kind: "User".to_owned(), attribute, key, made_by: None }
            }
            Who::ExternalId(id) => LookUp {
                kind: "User".to_owned(),
                attribute: "externalId".to_owned(),
                key: Key::new(&id, true).into_string(),
                made_by: None,
            },
        };
        let found = self.store.glance(organization, move |glance| glance.look_up(&look_up, 2)).await?;
        Ok(match found.as_slice() {
            [(record, _)] => Some(record.id),
            _ => None,
        })
    }

    /// What an account may do now; none where there is none.
    pub async fn standing(
        &self,
        organization: OrganizationId,
        id: ResourceId,
    ) -> Result<Option<Standing>, StoreError> {
        let core = self.clone();
        let work = move |read: &mut Read<'_>| core.standing_within(read, id);
        self.store.read(organization, Cost::Point, None, work).await
    }

    /// The same for callers that may block, by `userName` or id.
    pub fn standing_of(&self, organization: OrganizationId, who: &str) -> Result<Standing, Problem> {
        let core = self.clone();
        let who = who.to_owned();
        let unknown = Problem::Unknown { what: "account", name: who.clone() };
        let work = move |read: &mut Read<'_>| -> Result<Option<Standing>, StoreError> {
            let id = user_by(read, &who)?;
            id.map_or(Ok(None), |id| core.standing_within(read, id))
        };
        self.store.read_blocking(organization, None, work)?.ok_or(unknown)
    }

    /// The accounts of these people, each by `userName` or id; all of them must be there.
    pub fn accounts_of(
        &self,
        organization: OrganizationId,
        who: Vec<String>,
    ) -> Result<BTreeSet<ResourceId>, Problem> {
        let work = move |read: &mut Read<'_>| -> Result<BTreeSet<ResourceId>, Problem> {
            let mut found = BTreeSet::new();
            for who in who {
                let account = match user_by(read, &who)? {
                    Some(id) => read.account(id)?,
                    None => None,
                };
                let account = account.ok_or(Problem::Unknown { what: "account", name: who })?;
                found.insert(account.id);
            }
            Ok(found)
        };
        self.store.read_blocking(organization, None, work)
    }

    pub(in crate::service) fn standing_within(
        &self,
        read: &mut Read<'_>,
        id: ResourceId,
    ) -> Result<Option<Standing>, StoreError> {
        Ok(self.standings_within(read, &[id])?.pop())
    }

    /// The same of several accounts, in the order of ids; of those that there are.
    pub(in crate::service) fn standings_within(
        &self,
        read: &mut Read<'_>,
        ids: &[ResourceId],
    ) -> Result<Vec<Standing>, StoreError> {
        let declared = self.declared_now(read)?;
        let people = know(read, ids, self.clock.now())?;
        self.standings_of(read, &declared, people)
    }

    fn standings_of(
        &self,
        read: &mut Read<'_>,
        declared: &Arc<Declared>,
        people: Vec<Known>,
    ) -> Result<Vec<Standing>, StoreError> {
        let mut standings = Vec::with_capacity(people.len());
        for known in people {
            let before = self.declared_at(read, declared, known.person.account.revision)?;
            standings.push(Standing::of(known, Arc::clone(declared), before)?);
        }
        Ok(standings)
    }

    /// What was declared at an earlier revision, by today's catalogue; none where that is what counts now.
    pub(super) fn declared_at(
        &self,
        read: &mut Read<'_>,
        declared: &Arc<Declared>,
        revision: i64,
    ) -> Result<Option<Arc<Declared>>, StoreError> {
        if revision >= declared.revisions.settings || revision < 0 {
            return Ok(None);
        }
        self.declarations.earlier(read, declared, revision)
    }
}

/// The User of a `userName` or an id; whether there is one of an id is not asked.
fn user_by(read: &mut Read<'_>, who: &str) -> Result<Option<ResourceId>, StoreError> {
    match who.parse::<ResourceId>() {
        Ok(id) => Ok(Some(id)),
        Err(_no_id) => user_named(read, who),
    }
}

/// The User of a name.
pub(in crate::service) fn user_named(
    read: &mut Read<'_>,
    name: &str,
) -> Result<Option<ResourceId>, StoreError> {
    read.holder_of("User", &user_name_key(name))
}
