//! How a stored resource looks to a filter and to a sort.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::read::MEMBERS_AT_ONCE;
use super::stored::{Stored, has_members, shows_groups};
use super::{Session, excerpt};
use crate::domain::{Comparison, Field, Index, Literal, Ordering, Predicate, ResourceId, Test};
use crate::scim::schema::ResourceType;
use crate::scim::sort::SortField;
use crate::store::{GroupName, Read, Record, StoreError, View};

/// What a filter may look at that is not in the document. Rendering it costs more than reading a document, so it is
/// done only where it is asked for.
const BESIDE_THE_DOCUMENT: [&str; 4] = ["id", "meta", "schemas", "groups"];
/// A group's members are rows, and may be more than should be in memory at once.
const MEMBERS: &str = "members";

/// The eyes of one query over resources of one type.
pub(super) struct Sight<'a> {
    session: &'a Session,
    resource_type: &'a ResourceType,
    sort: Option<&'a SortField>,
    /// What the filter looks at.
    filtered: Sought,
    /// What the sort looks at.
    sorted: Sought,
    /// The filter looks at members.
    members: bool,
    /// The filter or the sort looks at groups, or at the version, of which a user's groups are part.
    shows_groups: bool,
    /// The groups of the resources asked about.
    groups: HashMap<ResourceId, Vec<GroupName>>,
}

/// What is looked at of a resource.
enum Sought {
    /// These members of its document.
    Members(Vec<String>),
    /// All of it as it is shown: something is not in the document.
    Rendered,
}

impl<'a> Sight<'a> {
    pub(super) fn new(
        session: &'a Session,
        resource_type: &'a ResourceType,
        predicate: &Predicate,
        sort: Option<&'a SortField>,
    ) -> Self {
        let mut names = looked_at(predicate);
        let members = has_members(resource_type) && names.iter().any(|name| name == MEMBERS);
        names.retain(|name| name != MEMBERS);
        let path = sort.map_or(&[][..], |sort| &sort.field.path);
        let by_group =
            matches!(path, [first, ..] if first == "groups") || path.iter().eq(["meta", "version"]);
        let for_group = names.iter().any(|name| name == "groups" || name == "meta");
        Self {
            session,
            resource_type,
            sort,
            filtered: Sought::new(names, mentions_references(predicate)),
            sorted: Sought::new(path.first().cloned().into_iter().collect(), is_reference(path)),
            members,
            shows_groups: (by_group || for_group) && shows_groups(resource_type),
            groups: HashMap::new(),
        }
    }

    fn look(&self, sought: &Sought, record: &Record) -> Result<Map<String, Value>, StoreError> {
        match sought {
            Sought::Members(names) => excerpt::read(&record.document, names)
                .map_err(|_malformed| super::stored::corrupt_document(record.id)),
            Sought::Rendered => {
                let groups = self.groups.get(&record.id).cloned().unwrap_or_default();
                self.session.rendered(self.resource_type, &Stored::new(record.clone(), groups))
            }
        }
    }

    /// Whether a group with members satisfies the predicate: what it says of members is asked of them, some at a
    /// time.
    fn group_holds(
        &self,
        read: &mut Read<'_>,
        predicate: &Predicate,
        document: &Map<String, Value>,
        record: &Record,
    ) -> Result<bool, StoreError> {
        let mut of_part = |part: &Predicate| self.group_holds(read, part, document, record);
        match predicate {
            Predicate::All(parts) => {
                for part in parts {
                    if !of_part(part)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Predicate::Any(parts) => {
                for part in parts {
                    if of_part(part)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Predicate::Not(part) => Ok(!of_part(part)?),
            Predicate::Test(_) | Predicate::Element { .. } => match of_one_member(predicate) {
                Some(condition) => self.some_member(read, record, predicate, &condition),
                None => Ok(predicate.holds(document, record.made_by)),
            },
            Predicate::Always(_) | Predicate::MadeBy(_) => Ok(predicate.holds(document, record.made_by)),
        }
    }

    fn some_member(
        &self,
        read: &mut Read<'_>,
        record: &Record,
        predicate: &Predicate,
        condition: &Predicate,
    ) -> Result<bool, StoreError> {
        if let Some(id) = member_sought(predicate) {
            let member = id.parse::<ResourceId>().ok().filter(|member| member.to_string() == id);
            return match member {
                Some(member) => Ok(!read.members_among(record.id, &[member])?.is_empty()),
                None => Ok(false),
            };
        }
        let mut after = None;
        loop {
            read.check_deadline()?;
            let chunk = read.members(record.id, after, MEMBERS_AT_ONCE)?;
            let Some(last) = chunk.last() else { return Ok(false) };
            after = Some(last.id);
            if chunk.iter().any(|member| condition.holds_for_element(&self.session.member_value(member))) {
                return Ok(true);
            }
        }
    }
}

impl View for Sight<'_> {
    fn prepare(&mut self, read: &mut Read<'_>, ids: &[ResourceId]) -> Result<(), StoreError> {
        if self.shows_groups {
            self.groups = ids.iter().copied().zip(read.groups_of_each(ids)?).collect();
        }
        Ok(())
    }

    fn holds(
        &mut self,
        read: &mut Read<'_>,
        predicate: &Predicate,
        record: &Record,
    ) -> Result<bool, StoreError> {
        if let Predicate::Always(answer) = predicate {
            return Ok(*answer);
        }
        let document = self.look(&self.filtered, record)?;
        if self.members {
            return self.group_holds(read, predicate, &document, record);
        }
        Ok(predicate.holds(&document, record.made_by))
    }

    fn sort_key(&mut self, _read: &mut Read<'_>, record: &Record) -> Result<Option<String>, StoreError> {
        let Some(field) = self.sort else { return Ok(None) };
        let mut document = self.look(&self.sorted, record)?;
        // As it is shown: another connection's externalId is none for this one.
        if record.made_by != self.session.caller.connection {
            document.remove("externalId");
        }
        Ok(field.key_of(&document))
    }
}

impl Sought {
    fn new(names: Vec<String>, references: bool) -> Self {
        if references || names.iter().any(|name| BESIDE_THE_DOCUMENT.contains(&name.as_str())) {
            Self::Rendered
        } else {
            Self::Members(names)
        }
    }
}

/// What a test of members, or of one of them, asks of a single member.
fn of_one_member(predicate: &Predicate) -> Option<Predicate> {
    let within = |field: &Field| match field.path.split_first() {
        Some((first, rest)) if first == MEMBERS => Some(Field { path: rest.to_vec(), index: None }),
        Some(_) | None => None,
    };
    match predicate {
        Predicate::Test(Test { field, comparison }) => {
            Some(Predicate::Test(Test { field: within(field)?, comparison: comparison.clone() }))
        }
        Predicate::Element { field, matches } => {
            Some(Predicate::Element { field: within(field)?, matches: matches.clone() })
        }
        Predicate::Always(_)
        | Predicate::All(_)
        | Predicate::Any(_)
        | Predicate::Not(_)
        | Predicate::MadeBy(_) => None,
    }
}

/// The one member that a test asks for.
fn member_sought(predicate: &Predicate) -> Option<&str> {
    let Predicate::Test(test) = predicate else { return None };
    match (&test.field.index, &test.comparison) {
        (Some(Index::Members), Comparison::Is(Ordering::Equal, Literal::Exact(id) | Literal::Folded(id))) => {
            Some(id)
        }
        (_, Comparison::Present | Comparison::Is(..)) => None,
    }
}

/// The outermost names that a predicate looks at, each once.
pub(super) fn looked_at(predicate: &Predicate) -> Vec<String> {
    let mut found = Vec::new();
    first_steps(predicate, &mut found);
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(str::to_owned).collect()
}

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

/// References are computed when a resource is rendered; those of members are always there.
fn mentions_references(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Always(_) | Predicate::MadeBy(_) => false,
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(mentions_references),
        Predicate::Not(part) => mentions_references(part),
        Predicate::Test(test) => is_reference(&test.field.path),
        Predicate::Element { field, matches } => is_reference(&field.path) || mentions_references(matches),
    }
}

fn is_reference(path: &[String]) -> bool {
    path.iter().any(|step| step == "$ref")
}
