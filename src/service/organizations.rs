//! Organizations and their connections, as the command line manages them.

use serde_json::json;

use super::Core;
use super::clients::{Problem, named};
use super::resources::MANUAL;
use super::trail::{Actor, Author, Deed};
use crate::domain::{OrganizationId, Timestamp};
use crate::store::{Connection, Organization, StoreError, Weight, Write};

/// The connection that every organization begins with.
pub const DEFAULT_CONNECTION: &str = "default";

impl Core {
    /// The command line as an author.
    #[must_use]
    pub fn by_command(&self) -> Author {
        Author { actor: Actor::Command, request: self.ids.next::<uuid::Uuid>().to_string() }
    }

    /// Makes an organization with its default connection.
    pub fn create_organization(&self, slug: &str, name: &str) -> Result<OrganizationId, Problem> {
        check_slug(slug)?;
        let name = named(name)?.to_owned();
        let (core, author, now) = (self.clone(), self.by_command(), self.clock.now());
        let connection = self.new_connection(DEFAULT_CONNECTION, "generic", now);
        let row = (slug.to_owned(), name);
        let made = self.store.system_write_blocking(move |system| -> Result<OrganizationId, StoreError> {
            let (slug, name) = &row;
            system.hold_catalogue()?;
            let id = system.insert_organization(slug, name, now)?;
            let write = &mut system.inside(id);
            let after = json!({"slug": slug, "name": name}).to_string();
            let deed = Deed::plain("organization.created", "Organization", &id.0).after(after);
            core.record(write, &author, now, deed)?;
            core.add_connection(write, &author, &connection)?;
            Ok(id)
        });
        made.map_err(|error| Problem::taken(error, "organization", slug))
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
        let (core, author, now) = (self.clone(), self.by_command(), self.clock.now());
        let work = move |write: &mut Write<'_>| -> Result<(), StoreError> {
            write.suspend_organization(now)?;
            core.record(write, &author, now, Deed::plain("organization.suspended", "Organization", &id.0))
        };
        Ok(self.store.write_blocking(id, Weight::Light, work)?)
    }

    /// Deletes an organization and everything in it. If it is interrupted it can be run again.
    pub fn delete_organization(&self, slug: &str) -> Result<(), Problem> {
        let id = self.organization(slug)?.id;
        let now = self.clock.now();
        self.store.system_write_blocking(move |system| {
            // Not while a catalogue is applied to all that there are.
            system.hold_catalogue()?;
            system.close_organization(id, now)
        })?;
        self.store.system_write_blocking(move |system| system.delete_organization(id))?;
        Ok(self.store.empty_log()?)
    }

    /// Makes a connection.
    pub fn create_connection(&self, slug: &str, name: &str, kind: &str) -> Result<Connection, Problem> {
        let organization = self.organization(slug)?.id;
        if name == MANUAL {
            return Err(Problem::Taken { what: "connection", name: name.to_owned() });
        }
        let connection = self.new_connection(named(name)?, kind, self.clock.now());
        let (core, author, row) = (self.clone(), self.by_command(), connection.clone());
        let work = move |write: &mut Write<'_>| core.add_connection(write, &author, &row);
        let made = self.store.write_blocking(organization, Weight::Light, work);
        made.map_err(|error| Problem::taken(error, "connection", name))?;
        Ok(connection)
    }

    /// An organization's connections by name.
    pub fn connections(&self, slug: &str) -> Result<Vec<Connection>, Problem> {
        let organization = self.organization(slug)?.id;
        Ok(self.store.read_blocking(organization, None, |read| read.connections())?)
    }

    fn new_connection(&self, name: &str, kind: &str, created: Timestamp) -> Connection {
        Connection {
            id: self.ids.next(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            created,
            adds_roles_only: false,
        }
    }

    pub(super) fn add_connection(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        connection: &Connection,
    ) -> Result<(), StoreError> {
        write.insert_connection(connection)?;
        let after = json!({"name": connection.name, "kind": connection.kind}).to_string();
        let deed = Deed::plain("connection.created", "Connection", &connection.id).after(after);
        self.record(write, author, connection.created, deed)
    }
}

/// A slug stands in URLs and commands: lower-case letters, digits and inner hyphens, at most 63 of them.
fn check_slug(slug: &str) -> Result<(), Problem> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = !slug.is_empty() && slug.len() <= 63 && slug.bytes().all(allowed);
    if fits && !slug.starts_with('-') && !slug.ends_with('-') { Ok(()) } else { Err(Problem::Slug) }
}
