//! What an organization's settings and the catalogue say, ready for use: filters read, groups found. Kept as long as
//! the revisions stand.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::filter;
use crate::domain::{ConnectionId, OrganizationId, ResourceId, fold};
use crate::provisioning::allocation::{Pools, Stock};
use crate::provisioning::catalogue::Catalogue;
use crate::provisioning::facts::{BoundRule, Provider};
use crate::provisioning::settings::{GroupRef, Rule, Settings};
use crate::scim::limits::Limits;
use crate::service::registries;
use crate::service::resources::group_name_key;
use crate::store::{Connection, GroupBinding, PoolCount, Read, Revisions, StoreError};

/// The settings and the catalogue of an organization at revisions of theirs.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Which revisions.
    pub revisions: Revisions,
    /// What the organization declares.
    pub settings: Settings,
    /// What there is to be had.
    pub catalogue: Arc<Catalogue>,
    /// The rules in force, in the order of their rank.
    pub rules: Vec<BoundRule>,
    /// The names of directory groups that rules wait for, folded.
    awaited: HashSet<(ConnectionId, String)>,
    /// What each connection may do.
    providers: HashMap<ConnectionId, Provider>,
    /// The connections by name.
    connections: BTreeMap<String, ConnectionId>,
    /// What names stand for.
    bindings: HashMap<(ConnectionId, String), ResourceId>,
}

impl Declared {
    /// What a connection may do.
    #[must_use]
    pub fn provider(&self, connection: ConnectionId) -> Provider {
        self.providers.get(&connection).cloned().unwrap_or_default()
    }

    /// Whether a rule waits for a group of this name, folded.
    #[must_use]
    pub fn awaits(&self, connection: ConnectionId, name: &str) -> bool {
        !self.awaited.is_empty() && self.awaited.contains(&(connection, name.to_owned()))
    }

    /// The group that a reference means, if it was ever found.
    #[must_use]
    pub fn group(&self, reference: &GroupRef) -> Option<ResourceId> {
        match reference {
            GroupRef::Id { id } => Some(*id),
            GroupRef::Named { group, connection } => {
                let connection = self.connections.get(connection)?;
                self.bindings.get(&(*connection, fold(group))).copied()
            }
        }
    }

    /// Whether a rule names this group.
    #[must_use]
    pub fn concerns(&self, group: ResourceId) -> bool {
        self.rules.iter().any(|rule| {
            rule.all_of.contains(&group) || rule.any_of.as_ref().is_some_and(|any| any.contains(&group))
        })
    }

    /// What people call a product.
    #[must_use]
    pub fn name_of(&self, product: &str) -> String {
        self.catalogue.products.get(product).map_or(product, |known| &known.name).to_owned()
    }

    /// The products in use that come with one whose pool was bought as a bundle.
    pub fn comes_with(&self, product: &str) -> impl Iterator<Item = &str> {
        let bundle = self.settings.pools.get(product).and_then(|pool| pool.bundle.as_ref());
        let bundle = bundle.and_then(|key| self.catalogue.bundles.get(key));
        let included = bundle.into_iter().filter(move |bundle| bundle.product == product);
        let in_use = |included: &&String| self.settings.products.contains(*included);
        included.flat_map(|bundle| &bundle.includes).filter(in_use).map(String::as_str)
    }

    /// The pools with so many of their seats taken.
    pub(super) fn pools(&self, counts: &BTreeMap<String, PoolCount>) -> Pools {
        let stock = |(product, count): (&String, &PoolCount)| {
            let taken = u32::try_from(count.taken).unwrap_or(u32::MAX);
            Some((product.clone(), Stock::new(self.settings.pools.get(product)?, taken)))
        };
        counts.iter().filter_map(stock).collect()
    }

    /// How many seats of a product can be taken in all.
    pub(super) fn most(&self, product: &str) -> i64 {
        let pool = self.settings.pools.get(product);
        pool.map_or(i64::MAX, |pool| i64::from(Stock::new(pool, 0).most()))
    }

    /// These products and all that bundles link them with, in order: whoever locks one of their pools locks all.
    pub fn linked<'a>(&self, products: impl Iterator<Item = &'a String>) -> Vec<String> {
        let mut linked: BTreeSet<String> = products.cloned().collect();
        loop {
            let more: Vec<String> = self
                .settings
                .pools
                .keys()
                .filter(|head| {
                    linked.contains(*head) || self.comes_with(head).any(|with| linked.contains(with))
                })
                .flat_map(|head| self.comes_with(head).map(str::to_owned).chain([head.clone()]))
                .filter(|product| !linked.contains(product))
                .collect();
            if more.is_empty() {
                return linked.into_iter().collect();
            }
            linked.extend(more);
        }
    }

    /// The same with other settings, as they would be were they applied.
    pub(super) fn with(
        &self,
        settings: Settings,
        read: &mut Read<'_>,
        limits: &Limits,
    ) -> Result<Self, StoreError> {
        let mut other = Self { settings, ..self.clone() };
        other.bind(&[], read, limits)?;
        Ok(other)
    }

    /// The groups that have the names which rules wait for, by now.
    pub(super) fn found(&self, read: &mut Read<'_>) -> Result<Vec<GroupBinding>, StoreError> {
        let mut found = Vec::new();
        for (connection, name) in &self.awaited {
            if let Some(group) = read.holder_of("Group", &group_name_key(*connection, name))? {
                found.push(GroupBinding { connection: *connection, name: name.clone(), group });
            }
        }
        Ok(found)
    }

    /// The same as it would be once these names stand for these groups besides.
    pub(super) fn binding(
        mut self,
        found: &[GroupBinding],
        read: &mut Read<'_>,
        limits: &Limits,
    ) -> Result<Self, StoreError> {
        if !found.is_empty() {
            self.bind(found, read, limits)?;
        }
        Ok(self)
    }

    /// The same with another catalogue.
    pub(super) fn under(&self, catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, ..self.clone() }
    }

    fn read(
        read: &mut Read<'_>,
        revisions: Revisions,
        catalogue: Arc<Catalogue>,
        limits: &Limits,
    ) -> Result<Self, StoreError> {
        let settings = match read.settings(revisions.settings)? {
            Some(row) => read_settings(&row.document, revisions.settings)?,
            None => Settings::default(),
        };
        let mut declared = Self { revisions, settings, catalogue, ..Self::default() };
        declared.bind(&[], read, limits)?;
        Ok(declared)
    }

    /// Finds what the settings name, with what names stand for besides what is stored.
    fn bind(
        &mut self,
        besides: &[GroupBinding],
        read: &mut Read<'_>,
        limits: &Limits,
    ) -> Result<(), StoreError> {
        let connections = read.connections()?;
        self.connections = connections.iter().map(|one| (one.name.clone(), one.id)).collect();
        self.providers = connections.iter().map(|one| (one.id, self.provider_of(one))).collect();
        let bindings = read.group_bindings()?.into_iter().chain(besides.iter().cloned());
        self.bindings = bindings.map(|binding| ((binding.connection, binding.name), binding.group)).collect();
        self.awaited = self.settings.groups().filter_map(|reference| self.missing(reference)).collect();
        let registry = registries::build(&read.extensions()?)?;
        let rules = self.settings.ranked_rules();
        self.rules = rules.into_iter().map(|(key, rule)| self.bound(key, rule, &registry, limits)).collect();
        Ok(())
    }

    fn provider_of(&self, connection: &Connection) -> Provider {
        Provider {
            ceiling: self.settings.ceilings.get(&connection.name).cloned().unwrap_or_default(),
            adds_roles_only: connection.adds_roles_only,
        }
    }

    /// The name that a reference waits for.
    fn missing(&self, reference: &GroupRef) -> Option<(ConnectionId, String)> {
        match reference {
            GroupRef::Named { group, connection } if self.group(reference).is_none() => {
                Some((*self.connections.get(connection)?, fold(group)))
            }
            GroupRef::Named { .. } | GroupRef::Id { .. } => None,
        }
    }

    fn bound(
        &self,
        key: &str,
        rule: &Rule,
        registry: &crate::scim::schema::Registry,
        limits: &Limits,
    ) -> BoundRule {
        let found = |references: &[GroupRef]| -> Vec<ResourceId> {
            references.iter().filter_map(|reference| self.group(reference)).collect()
        };
        let all_of = found(&rule.all_of);
        let filter = rule.filter.as_deref().map(|text| filter::read(text, registry, limits));
        let unreadable = matches!(filter, Some(Err(_)));
        BoundRule {
            key: key.to_owned(),
            any_of: (!rule.any_of.is_empty()).then(|| found(&rule.any_of)),
            impossible: unreadable || all_of.len() < rule.all_of.len(),
            all_of,
            filter: filter.and_then(Result::ok),
            grants: rule.grants.clone(),
        }
    }
}

/// Settings as they are stored.
pub(super) fn read_settings(document: &str, revision: i64) -> Result<Settings, StoreError> {
    serde_json::from_str(document).map_err(|_malformed| StoreError::Corrupt {
        table: "settings",
        id: revision.to_string(),
        problem: "document",
    })
}

/// What is known of each organization. What a transaction reads that is not committed yet may be kept too: a revision
/// of the settings is made by a transaction of its own, and the other carries the time, so neither number comes again.
#[derive(Debug, Default)]
pub struct Declarations {
    of: Mutex<HashMap<OrganizationId, Arc<Declared>>>,
    catalogue: Mutex<Option<(i64, Arc<Catalogue>)>>,
    /// One earlier revision: of accounts that are behind, nearly all are equally far behind.
    earlier: Mutex<Option<(Earlier, Arc<Declared>)>>,
}

/// An organization, the earlier revision, and those in force.
type Earlier = (OrganizationId, i64, Revisions);

impl Declarations {
    /// What counts in an organization at these revisions.
    pub fn get(
        &self,
        read: &mut Read<'_>,
        revisions: Revisions,
        limits: &Limits,
    ) -> Result<Arc<Declared>, StoreError> {
        let organization = read.organization();
        if let Some(known) = self.known(organization, revisions) {
            return Ok(known);
        }
        let catalogue = self.catalogue(read)?;
        let declared = Arc::new(Declared::read(read, revisions, catalogue, limits)?);
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.insert(organization, Arc::clone(&declared));
        Ok(declared)
    }

    /// What an organization declared at an earlier revision, by the catalogue that counts now.
    pub(super) fn earlier(
        &self,
        read: &mut Read<'_>,
        now: &Declared,
        revision: i64,
    ) -> Result<Option<Arc<Declared>>, StoreError> {
        let key = (read.organization(), revision, now.revisions);
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, declared)) = &*earlier
            && *known == key
        {
            return Ok(Some(Arc::clone(declared)));
        }
        let Some(row) = read.settings(revision)? else { return Ok(None) };
        let settings = read_settings(&row.document, revision)?;
        let declared = Arc::new(Self::plain(settings, now));
        *earlier = Some((key, Arc::clone(&declared)));
        Ok(Some(declared))
    }

    /// Settings without their rules, for what features they give.
    fn plain(settings: Settings, now: &Declared) -> Declared {
        Declared { settings, catalogue: Arc::clone(&now.catalogue), ..Declared::default() }
    }

    fn known(&self, organization: OrganizationId, revisions: Revisions) -> Option<Arc<Declared>> {
        let of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.get(&organization).filter(|known| known.revisions == revisions).map(Arc::clone)
    }

    /// The catalogue in force: the newest that was applied, or the one that ships where none was.
    fn catalogue(&self, read: &mut Read<'_>) -> Result<Arc<Catalogue>, StoreError> {
        let (revision, text) = read.catalogue()?.unwrap_or_else(|| (0, Catalogue::shipped().to_owned()));
        let mut known = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, catalogue)) = &*known
            && *known == revision
        {
            return Ok(Arc::clone(catalogue));
        }
        let catalogue = Arc::new(read_catalogue(&text, revision)?);
        *known = Some((revision, Arc::clone(&catalogue)));
        Ok(catalogue)
    }
}

/// A catalogue as it is stored.
pub(super) fn read_catalogue(text: &str, revision: i64) -> Result<Catalogue, StoreError> {
    Catalogue::read(text).map_err(|_problems| StoreError::Corrupt {
        table: "catalogues",
        id: revision.to_string(),
        problem: "document",
    })
}
