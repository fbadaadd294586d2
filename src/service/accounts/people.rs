//! People made and changed by hand: Users of the connection `manual`, with accounts like everybody's.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::hand::{ByHand, HandRefusal, Terms};
use super::super_admins::{is_super_admin, keep_a_super_admin};
use crate::domain::{ResourceId, is_language_tag, is_time_zone};
use crate::provisioning::wishes::ROSTER_USER;
use crate::scim::document::Document;
use crate::scim::profile::Tolerance;
use crate::scim::schema::Registry;
use crate::scim::urn;
use crate::service::resources::{Preconditions, Session, document_of};
use crate::service::trail::Author;
use crate::service::{Core, ServiceError, registries};
use crate::store::{StoreError, Write};

/// People that are to be made, all or none.
#[derive(Debug, Clone, Default)]
pub struct NewPeople {
    /// Their attributes, as SCIM names them.
    pub people: Vec<Map<String, Value>>,
    /// What is done to each account at once.
    pub deeds: Vec<ByHand>,
    /// Whoever finds no seat left waits; else nobody is made.
    pub waits: bool,
}

/// What shall be changed of a person: attributes as SCIM names them, null to take one away.
#[derive(Debug, Clone, Default)]
pub struct PersonChange {
    /// The attributes.
    pub attributes: Map<String, Value>,
}

/// What is given by pins, each with the permission that it takes, and suspending: not by attributes.
fn check_attributes(attributes: &Map<String, Value>) -> Result<(), HandRefusal> {
    const GRANTS: [&str; 3] = ["roles", "entitlements", "active"];
    let grants = |name: &String| {
        let name = name.to_ascii_lowercase();
        let last = name.rsplit(':').next().unwrap_or_default();
        let first = last.split('.').next().unwrap_or_default();
        name.starts_with(&ROSTER_USER.to_ascii_lowercase()) || GRANTS.contains(&first)
    };
    if attributes.keys().any(grants) {
        return Err(HandRefusal::Unfit("roles, licences and states are given by members of their own"));
    }
    attributes.iter().try_for_each(|(name, value)| check_form(name, value))
}

/// What directories say is taken as it is; what people write has the form that products can rely on.
fn check_form(name: &str, value: &Value) -> Result<(), HandRefusal> {
    let name = name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    let Value::String(text) = value else { return Ok(()) };
    match name.as_str() {
        "preferredlanguage" if !is_language_tag(text) => {
            Err(HandRefusal::Unfit("preferredLanguage: it must be a language tag, such as de or pt-BR"))
        }
        "locale" if !is_language_tag(text) => {
            Err(HandRefusal::Unfit("locale: it must be a language tag, such as de-CH"))
        }
        "timezone" if !is_time_zone(text) => {
            Err(HandRefusal::Unfit("timezone: it must be the name of a time zone, such as Europe/Berlin"))
        }
        _ => Ok(()),
    }
}

/// By what people sign in: it stays what it was when they were made.
const IDENTITY: [&str; 2] = ["userName", "emails"];

impl Core {
    /// Makes people by hand; their ids, in order.
    pub(in crate::service) fn create_people_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        order: &NewPeople,
    ) -> Result<Vec<ResourceId>, HandRefusal> {
        order.people.iter().try_for_each(check_attributes)?;
        // Alone from the beginning: who first only held the revisions could not go on beside another.
        write.lock_revisions()?;
        let session = self.session_by_hand(write, author)?;
        let tolerance = Tolerance::new(session.caller.profile);
        let terms = Terms { seen: None, waits: order.waits };
        let mut made = Vec::with_capacity(order.people.len());
        for person in &order.people {
            let user = session.resource_type("User")?;
            let newcomer = session.read_newcomer(user, with_schemas(person.clone()), &tolerance)?;
            let newcomer = if order.waits { newcomer.waiting() } else { newcomer };
            let id = self.ids.next();
            session.create_within(write, &newcomer, id)?;
            if !order.deeds.is_empty() {
                self.by_hand_within(write, author, id, &order.deeds, terms)?;
            }
            made.push(id);
        }
        Ok(made)
    }

    /// Changes what a person is called and the like; a directory's person only the directory changes.
    pub(in crate::service) fn change_person_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        person: ResourceId,
        change: &PersonChange,
    ) -> Result<(), HandRefusal> {
        if change.attributes.keys().any(|name| IDENTITY.iter().any(|fixed| fixed.eq_ignore_ascii_case(name)))
        {
            return Err(HandRefusal::Unfit("the address that a person signs in with cannot be changed"));
        }
        check_attributes(&change.attributes)?;
        write.lock_revisions()?;
        let session = self.session_by_hand(write, author)?;
        let before = own_document(write, &session, person)?;
        let mut body = before;
        for (name, value) in &change.attributes {
            body.insert(name.clone(), value.clone());
        }
        let tolerance = Tolerance::new(session.caller.profile);
        let changed = session.replace_within(
            write,
            "User",
            person,
            with_schemas(body),
            &Preconditions::default(),
            &tolerance,
        );
        changed.map(drop).map_err(|error| naming_the_owner(write, person, error))
    }

    /// Deletes a person who was made by hand.
    pub(in crate::service) fn delete_person_within(
        &self,
        write: &mut Write<'_>,
        author: &Author,
        person: ResourceId,
    ) -> Result<(), HandRefusal> {
        write.lock_revisions()?;
        let was_super = write.account(person)?.is_some_and(|row| is_super_admin(&row));
        let session = self.session_by_hand(write, author)?;
        let deleted = session.delete_within(write, "User", person, &Preconditions::default());
        deleted.map_err(|error| naming_the_owner(write, person, error))?;
        keep_a_super_admin(write, was_super)
    }

    fn session_by_hand(&self, write: &mut Write<'_>, author: &Author) -> Result<Session, StoreError> {
        let stored = write.extensions()?;
        let registry: Registry = registries::build(&stored)?;
        self.manual_session(write, author, Arc::new(registry))
    }
}

/// A person's attributes as a message of SCIM: with the schemas of what is there (RFC 7643 section 3).
fn with_schemas(mut person: Map<String, Value>) -> Value {
    let extensions = person.keys().filter(|name| name.to_ascii_lowercase().starts_with("urn:")).cloned();
    let schemas: Vec<Value> =
        [urn::USER.to_owned()].into_iter().chain(extensions).map(Value::String).collect();
    person.insert("schemas".to_owned(), Value::Array(schemas));
    Value::Object(person)
}

/// That a person belongs to another connection, with its name.
fn naming_the_owner(write: &mut Write<'_>, person: ResourceId, error: ServiceError) -> HandRefusal {
    if !matches!(error, ServiceError::OtherConnection) {
        return error.into();
    }
    let owner = || -> Result<Option<String>, StoreError> {
        let Some(record) = write.resource("User", person)? else { return Ok(None) };
        let connections = write.connections()?;
        Ok(connections.into_iter().find(|known| known.id == record.made_by).map(|known| known.name))
    };
    let mut owner = owner;
    match owner() {
        Ok(Some(name)) => HandRefusal::OwnedByDirectory(name),
        Ok(None) => error.into(),
        Err(failed) => failed.into(),
    }
}

/// What is stored of a person who was made by hand.
fn own_document(
    write: &mut Write<'_>,
    session: &Session,
    person: ResourceId,
) -> Result<Document, HandRefusal> {
    let record = write.resource("User", person)?.ok_or(HandRefusal::NoAccount)?;
    if record.made_by != session.caller.connection {
        return Err(naming_the_owner(write, person, ServiceError::OtherConnection));
    }
    Ok(document_of(&record)?)
}
