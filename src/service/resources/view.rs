//! How a stored resource looks to a filter and to a sort.

use serde_json::{Map, Value};

use super::Session;
use super::stored::{Stored, has_members, parse, shows_groups};
use crate::domain::Predicate;
use crate::scim::schema::ResourceType;
use crate::scim::sort::SortField;
use crate::store::{Read, Record, StoreError, View};

/// What a filter may look at that is not in the document. Rendering it costs more than reading a document, so it is
/// done only where it is asked for.
const BESIDE_THE_DOCUMENT: [&str; 5] = ["id", "meta", "schemas", "groups", "members"];

/// The eyes of one query over resources of one type.
pub(super) struct Sight<'a> {
    session: &'a Session,
    resource_type: &'a ResourceType,
    sort: Option<&'a SortField>,
    /// The filter looks at rendered attributes, at groups, at members.
    rendered: bool,
    groups: bool,
    members: bool,
}

impl<'a> Sight<'a> {
    pub(super) fn new(
        session: &'a Session,
        resource_type: &'a ResourceType,
        predicate: &Predicate,
        sort: Option<&'a SortField>,
    ) -> Self {
        let mut looked_at = Vec::new();
        first_steps(predicate, &mut looked_at);
        let looks_at = |name: &str| looked_at.contains(&name);
        Self {
            session,
            resource_type,
            sort,
            rendered: BESIDE_THE_DOCUMENT.into_iter().any(looks_at) || mentions_references(predicate),
            groups: looks_at("groups") && shows_groups(resource_type),
            members: looks_at("members") && has_members(resource_type),
        }
    }

    fn document(&self, read: &mut Read<'_>, record: &Record) -> Result<Map<String, Value>, StoreError> {
        let document = parse(record)?;
        if !self.rendered {
            return Ok(document);
        }
        let groups = if self.groups { read.groups_of(record.id)? } else { Vec::new() };
        let stored = Stored { record: record.clone(), document, groups };
        let mut resource = self.session.render(self.resource_type, &stored);
        if self.members {
            resource.insert("members".to_owned(), self.all_members(read, record)?);
        }
        Ok(resource)
    }

    fn all_members(&self, read: &mut Read<'_>, record: &Record) -> Result<Value, StoreError> {
        let mut members = Vec::new();
        let mut after = None;
        loop {
            let chunk = read.members(record.id, after, super::read::MEMBERS_AT_ONCE)?;
            let Some(last) = chunk.last() else { return Ok(Value::Array(members)) };
            after = Some(last.id);
            members.extend(chunk.iter().map(|member| self.session.member_value(member)));
        }
    }
}

impl View for Sight<'_> {
    fn holds(
        &mut self,
        read: &mut Read<'_>,
        predicate: &Predicate,
        record: &Record,
    ) -> Result<bool, StoreError> {
        if let Predicate::Always(answer) = predicate {
            return Ok(*answer);
        }
        Ok(predicate.holds(&self.document(read, record)?, record.made_by))
    }

    fn sort_key(&mut self, record: &Record) -> Result<Option<String>, StoreError> {
        let Some(field) = self.sort else { return Ok(None) };
        let stored = Stored { document: parse(record)?, record: record.clone(), groups: Vec::new() };
        Ok(field.key_of(&self.session.render(self.resource_type, &stored)))
    }
}

/// The outermost names that a predicate looks at.
fn first_steps<'p>(predicate: &'p Predicate, found: &mut Vec<&'p str>) {
    match predicate {
        Predicate::Always(_) | Predicate::MadeBy(_) => {}
        Predicate::All(parts) | Predicate::Any(parts) => {
            for part in parts {
                first_steps(part, found);
            }
        }
        Predicate::Not(part) => first_steps(part, found),
        Predicate::Test(test) => found.extend(test.field.path.first().map(String::as_str)),
        Predicate::Element { field, .. } => found.extend(field.path.first().map(String::as_str)),
    }
}

/// References are computed when a resource is rendered.
fn mentions_references(predicate: &Predicate) -> bool {
    let is_reference = |path: &[String]| path.iter().any(|step| step == "$ref");
    match predicate {
        Predicate::Always(_) | Predicate::MadeBy(_) => false,
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(mentions_references),
        Predicate::Not(part) => mentions_references(part),
        Predicate::Test(test) => is_reference(&test.field.path),
        Predicate::Element { field, matches } => is_reference(&field.path) || mentions_references(matches),
    }
}
