//! Organizations and their connections, as the command line manages them.

use super::Core;
use super::clients::{Problem, named};
use super::trail::{Actor, Author, Deed};
use crate::domain::OrganizationId;
use crate::store::{Connection, Organization, StoreError, Weight};

/// The connection that every organization begins with.
pub const DEFAULT_CONNECTION: &str = "default";

impl Core {
    pub(super) fn by_command(&self) -> Author {
        Author { actor: Actor::Command, request: self.ids.next::<uuid::Uuid>().to_string() }
    }

    /// Makes an organization with its default connection.
    pub fn create_organization(&self, slug: &str, name: &str) -> Result<OrganizationId, Problem> {
        check_slug(slug)?;
        let name = named(name)?.to_owned();
        let now = self.clock.now();
        let (row, row_name) = (slug.to_owned(), name);
        let made =
            self.store.system_write_blocking(move |system| system.insert_organization(&row, &row_name, now));
        let id = made.map_err(|error| Problem::taken(error, "organization", slug))?;
        self.insert_connection(id, DEFAULT_CONNECTION, "generic")?;
        Ok(id)
    }

    /// All organizations by slug.
    pub fn organizations(&self) -> Result<Vec<Organization>, Problem> {
        Ok(self.store.system_read_blocking(|system| system.organizations())?)
    }

    /// Finds an organization.
    pub fn organization(&self, slug: &str) -> Result<Organization, Problem> {
        let found = self.store.system_read_blocking(|system| system.organization(slug))?;
        found.ok_or_else(|| Problem::Unknown { what: "organization", name: slug.to_owned() })
    }

    /// Suspends an organization: from this commit on its clients are answered 503.
    pub fn suspend_organization(&self, slug: &str) -> Result<(), Problem> {
        let id = self.organization(slug)?.id;
        let now = self.clock.now();
        self.store.system_write_blocking(move |system| system.suspend_organization(id, now))?;
        self.note(id, Deed::plain("organization.suspended", "Organization", &id.0))
    }

    /// Deletes an organization and everything in it. If it is interrupted it can be run again.
    pub fn delete_organization(&self, slug: &str) -> Result<(), Problem> {
        let id = self.organization(slug)?.id;
        let now = self.clock.now();
        self.store.system_write_blocking(move |system| system.close_organization(id, now))?;
        Ok(self.store.system_write_blocking(move |system| system.delete_organization(id))?)
    }

    /// Makes a connection.
    pub fn create_connection(&self, slug: &str, name: &str, kind: &str) -> Result<Connection, Problem> {
        let organization = self.organization(slug)?.id;
        self.insert_connection(organization, named(name)?, kind)
    }

    /// An organization's connections by name.
    pub fn connections(&self, slug: &str) -> Result<Vec<Connection>, Problem> {
        let organization = self.organization(slug)?.id;
        Ok(self.store.read_blocking(organization, None, |read| read.connections())?)
    }

    fn insert_connection(
        &self,
        organization: OrganizationId,
        name: &str,
        kind: &str,
    ) -> Result<Connection, Problem> {
        let now = self.clock.now();
        let connection =
            Connection { id: self.ids.next(), name: name.to_owned(), kind: kind.to_owned(), created: now };
        let (core, author) = (self.clone(), self.by_command());
        let row = connection.clone();
        let made =
            self.store.write_blocking(organization, Weight::Light, move |write| -> Result<(), StoreError> {
                write.insert_connection(&row)?;
                let deed = Deed::plain("connection.created", "Connection", &row.id)
                    .after(json_of(&row.name, &row.kind));
                core.record(write, &author, now, deed)
            });
        made.map_err(|error| Problem::taken(error, "connection", name))?;
        Ok(connection)
    }

    /// Records something that was done outside an organization's own transactions.
    fn note(&self, organization: OrganizationId, deed: Deed) -> Result<(), Problem> {
        let (core, author, now) = (self.clone(), self.by_command(), self.clock.now());
        let mut deed = Some(deed);
        Ok(self.store.write_blocking(organization, Weight::Light, move |write| match deed.take() {
            Some(deed) => core.record(write, &author, now, deed),
            None => Ok(()),
        })?)
    }
}

fn json_of(name: &str, kind: &str) -> String {
    serde_json::json!({"name": name, "kind": kind}).to_string()
}

/// A slug stands in URLs and commands: lower-case letters, digits and inner hyphens, at most 63 of them.
fn check_slug(slug: &str) -> Result<(), Problem> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = !slug.is_empty() && slug.len() <= 63 && slug.bytes().all(allowed);
    if fits && !slug.starts_with('-') && !slug.ends_with('-') { Ok(()) } else { Err(Problem::Slug) }
}
