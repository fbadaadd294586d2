//! Random sequences of writes leave what a naive model says, and every table agrees with every other.

use std::collections::{BTreeMap, BTreeSet};

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use roster::domain::{ResourceId, fold};
use roster::scim::document::Document;
use roster::scim::render::index_keys;
use roster::service::ServiceError;
use serde_json::{Map, Value, json};

use crate::bench::{Bench, Tenant};
use crate::people::{check, population, settle};

/// A change of a group.
#[derive(Debug, Clone)]
enum Edit {
    Add(Vec<usize>),
    Remove(Vec<usize>),
    RemoveAll,
    Replace(Vec<usize>),
    Rename(&'static str),
}

/// A request; resources are named by when they were made, counted round.
#[derive(Debug, Clone)]
enum Step {
    CreateUser { name: &'static str, title: Option<&'static str> },
    CreateGroup { name: &'static str, members: Vec<usize> },
    PatchUser { at: usize, name: Option<&'static str>, title: Option<&'static str> },
    PutUser { at: usize, name: &'static str, title: Option<&'static str> },
    PatchGroup { at: usize, edits: Vec<Edit> },
    PutGroup { at: usize, name: &'static str, members: Vec<usize> },
    Delete { at: usize },
}

const NAMES: [&str; 8] = ["ann", "Ann", "\u{FF41}nn", "bob", "cy", "di", "\u{C9}va", "e\u{301}va"];

fn name() -> impl Strategy<Value = &'static str> {
    select(&NAMES[..])
}

fn title() -> impl Strategy<Value = Option<&'static str>> {
    option::of(select(&["x", "X", "y"][..]))
}

fn several() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0_usize..12, 1..4)
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => several().prop_map(Edit::Add),
        3 => several().prop_map(Edit::Remove),
        1 => Just(Edit::RemoveAll),
        2 => proptest::collection::vec(0_usize..12, 0..4).prop_map(Edit::Replace),
        2 => name().prop_map(Edit::Rename),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let at = 0_usize..12;
    let members = proptest::collection::vec(0_usize..12, 0..4);
    prop_oneof![
        4 => (name(), title()).prop_map(|(name, title)| Step::CreateUser { name, title }),
        3 => (name(), members.clone()).prop_map(|(name, members)| Step::CreateGroup { name, members }),
        4 => (at.clone(), option::of(name()), title())
            .prop_map(|(at, name, title)| Step::PatchUser { at, name, title }),
        2 => (at.clone(), name(), title()).prop_map(|(at, name, title)| Step::PutUser { at, name, title }),
        6 => (at.clone(), proptest::collection::vec(edit(), 1..4))
            .prop_map(|(at, edits)| Step::PatchGroup { at, edits }),
        2 => (at.clone(), name(), members).prop_map(|(at, name, members)| Step::PutGroup { at, name, members }),
        2 => at.prop_map(|at| Step::Delete { at }),
    ]
}

#[derive(Debug, Clone)]
struct Thing {
    id: Option<ResourceId>,
    is_user: bool,
    by: usize,
    alive: bool,
    name: &'static str,
    title: Option<&'static str>,
    members: BTreeSet<usize>,
    version: i64,
}

impl Thing {
    fn new(is_user: bool, by: usize, name: &'static str, title: Option<&'static str>) -> Self {
        let members = BTreeSet::new();
        Self { id: None, is_user, by, alive: true, name, title, members, version: 1 }
    }
}

/// Why a request is refused: the name of the error.
type Refused = &'static str;

#[derive(Debug, Clone, Default)]
struct Model {
    things: Vec<Thing>,
}

impl Model {
    /// The thing that a request means, if it is of the kind.
    fn find(&self, at: usize, by: usize, is_user: bool) -> Result<usize, Refused> {
        let at = at % self.things.len().max(1);
        match self.things.get(at) {
            Some(thing) if thing.alive && thing.is_user == is_user => {
                if thing.by == by {
                    Ok(at)
                } else {
                    Err("OtherConnection")
                }
            }
            Some(_) | None => Err("NotFound"),
        }
    }

    fn is_free(&self, name: &str, is_user: bool, by: usize, own: Option<usize>) -> Result<(), Refused> {
        let taken = self.things.iter().enumerate().any(|(at, other)| {
            other.alive
                && other.is_user == is_user
                && Some(at) != own
                && (is_user || other.by == by)
                && fold(other.name) == fold(name)
        });
        if taken { Err("Uniqueness") } else { Ok(()) }
    }

    fn known(&self, members: &[usize]) -> Result<BTreeSet<usize>, Refused> {
        let members: BTreeSet<usize> = members.iter().map(|at| at % self.things.len().max(1)).collect();
        let all = members.iter().all(|at| self.things.get(*at).is_some_and(|thing| thing.alive));
        if all { Ok(members) } else { Err("UnknownMembers") }
    }

    fn reaches(&self, from: usize, to: usize) -> bool {
        let alive = |at: &&usize| self.things[**at].alive;
        from == to || self.things[from].members.iter().filter(alive).any(|next| self.reaches(*next, to))
    }

    fn without_cycle(&self, group: usize, members: &BTreeSet<usize>) -> Result<(), Refused> {
        if members.iter().any(|member| self.reaches(*member, group)) { Err("MemberCycle") } else { Ok(()) }
    }

    fn edit(&mut self, group: usize, edit: &Edit) -> Result<(), Refused> {
        match edit {
            Edit::Rename(name) => self.things[group].name = name,
            Edit::RemoveAll => self.things[group].members.clear(),
            Edit::Remove(members) => {
                for at in members {
                    let at = at % self.things.len();
                    self.things[group].members.remove(&at);
                }
            }
            Edit::Add(members) => {
                let members = self.known(members)?;
                self.without_cycle(group, &members)?;
                self.things[group].members.extend(members);
            }
            Edit::Replace(members) => {
                let members = self.known(members)?;
                self.without_cycle(group, &members)?;
                self.things[group].members = members;
            }
        }
        Ok(())
    }

    fn delete(&mut self, at: usize) {
        self.things[at].alive = false;
        for group in &mut self.things {
            // Its own members are those of a thing that is no more.
            if group.alive && group.members.remove(&at) {
                group.version += 1;
            }
        }
    }

    /// What becomes of things if the request is granted.
    fn after(&self, step: &Step, by: usize) -> Result<Self, Refused> {
        let mut next = self.clone();
        let touched = match step {
            Step::CreateUser { name, title } => {
                self.is_free(name, true, by, None)?;
                next.things.push(Thing::new(true, by, name, *title));
                return Ok(next);
            }
            Step::CreateGroup { name, members } => {
                self.is_free(name, false, by, None)?;
                let mut group = Thing::new(false, by, name, None);
                group.members = self.known(members)?;
                next.things.push(group);
                return Ok(next);
            }
            Step::Delete { at } => {
                let is_user =
                    self.things.get(at % self.things.len().max(1)).is_some_and(|thing| thing.is_user);
                next.delete(self.find(*at, by, is_user)?);
                return Ok(next);
            }
            Step::PatchUser { at, name, title } => {
                let at = self.find(*at, by, true)?;
                next.things[at].name = name.unwrap_or(self.things[at].name);
                next.things[at].title = *title;
                at
            }
            Step::PutUser { at, name, title } => {
                let at = self.find(*at, by, true)?;
                next.things[at].name = name;
                next.things[at].title = *title;
                at
            }
            Step::PatchGroup { at, edits } => {
                let at = self.find(*at, by, false)?;
                edits.iter().try_for_each(|edit| next.edit(at, edit))?;
                at
            }
            Step::PutGroup { at, name, members } => {
                let at = self.find(*at, by, false)?;
                next.edit(at, &Edit::Replace(members.clone()))?;
                next.things[at].name = name;
                at
            }
        };
        let (old, new) = (&self.things[touched], &next.things[touched]);
        self.is_free(new.name, old.is_user, by, Some(touched))?;
        let changed = (old.name, old.title, &old.members) != (new.name, new.title, &new.members);
        next.things[touched].version += i64::from(changed);
        Ok(next)
    }

    fn ids(&self, members: &[usize]) -> Value {
        let id = |at: &usize| self.things.get(at % self.things.len().max(1)).and_then(|thing| thing.id);
        // Before there is anything, some id that nothing has.
        let text = |at| id(at).map_or_else(|| uuid::Uuid::nil().to_string(), |id| id.to_string());
        members.iter().map(|at| json!({"value": text(at)})).collect()
    }

    fn operations(&self, edits: &[Edit]) -> Value {
        let mut operations = Vec::new();
        for edit in edits {
            match edit {
                Edit::Add(members) => {
                    operations.push(json!({"op": "add", "path": "members", "value": self.ids(members)}));
                }
                Edit::Remove(members) => {
                    for member in self.ids(members).as_array().into_iter().flatten() {
                        let path = format!("members[value eq {}]", member["value"]);
                        operations.push(json!({"op": "remove", "path": path}));
                    }
                }
                Edit::RemoveAll => operations.push(json!({"op": "remove", "path": "members"})),
                Edit::Replace(members) => {
                    operations.push(json!({"op": "replace", "path": "members", "value": self.ids(members)}));
                }
                Edit::Rename(name) => {
                    operations.push(json!({"op": "replace", "path": "displayName", "value": name}));
                }
            }
        }
        operations.into()
    }

    fn request(
        &self,
        bench: &Bench,
        tenant: &Tenant,
        step: &Step,
        by: usize,
    ) -> Result<Option<ResourceId>, ServiceError> {
        let session = &tenant.sessions[by];
        let target = |at: &usize| {
            let thing = self.things.get(at % self.things.len().max(1));
            thing.and_then(|thing| thing.id).unwrap_or_else(|| uuid::Uuid::nil().into())
        };
        let done = match step {
            Step::CreateUser { name, title } => {
                return bench.create(session, "User", &user(name, *title)).map(Some);
            }
            Step::CreateGroup { name, members } => {
                let body = json!({"schemas": [GROUP], "displayName": name, "members": self.ids(members)});
                return bench.create(session, "Group", &body).map(Some);
            }
            Step::PatchUser { at, name, title } => {
                let mut operations = vec![match title {
                    Some(title) => json!({"op": "replace", "path": "title", "value": title}),
                    None => json!({"op": "remove", "path": "title"}),
                }];
                operations
                    .extend(name.map(|name| json!({"op": "replace", "path": "userName", "value": name})));
                bench.patch(session, "User", target(at), &operations.into())
            }
            Step::PutUser { at, name, title } => {
                bench.replace(session, "User", target(at), &user(name, *title))
            }
            Step::PatchGroup { at, edits } => {
                bench.patch(session, "Group", target(at), &self.operations(edits))
            }
            Step::PutGroup { at, name, members } => {
                let body = json!({"schemas": [GROUP], "displayName": name, "members": self.ids(members)});
                bench.replace(session, "Group", target(at), &body)
            }
            Step::Delete { at } => {
                let is_user =
                    self.things.get(at % self.things.len().max(1)).is_some_and(|thing| thing.is_user);
                bench.delete(session, if is_user { "User" } else { "Group" }, target(at))
            }
        };
        done.map(|()| None)
    }

    /// Everything that the first connection sees is what the model has.
    fn assert_shown(&self, bench: &Bench, tenant: &Tenant) {
        for (at, thing) in self.things.iter().enumerate() {
            let id = thing.id.expect("it was made");
            let kind = if thing.is_user { "User" } else { "Group" };
            let shown = match bench.read(&tenant.sessions[0], kind, id) {
                Ok(shown) => shown,
                Err(error) => {
                    assert!(!thing.alive && error.to_string() == "there is no such resource", "{error:?}");
                    continue;
                }
            };
            assert!(thing.alive, "thing {at} is gone");
            let name = if thing.is_user { "userName" } else { "displayName" };
            assert_eq!(shown[name], thing.name);
            assert_eq!(shown.get("title").and_then(Value::as_str), thing.title);
            let listed = |name: &str| -> BTreeSet<String> {
                let elements = shown[name].as_array().into_iter().flatten();
                elements.map(|element| element["value"].as_str().expect("an id").to_owned()).collect()
            };
            let text = |at: usize| self.things[at].id.expect("it was made").to_string();
            assert_eq!(listed("members"), thing.members.iter().map(|at| text(*at)).collect());
            let groups = (0..self.things.len()).filter(|group| {
                thing.is_user && self.things[*group].alive && self.things[*group].members.contains(&at)
            });
            assert_eq!(listed("groups"), groups.map(text).collect(), "groups of thing {at}");
        }
    }

    fn versions(&self) -> BTreeMap<String, i64> {
        let alive = self.things.iter().filter(|thing| thing.alive);
        alive.map(|thing| (thing.id.expect("it was made").to_string(), thing.version)).collect()
    }
}

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn user(name: &str, title: Option<&str>) -> Value {
    let mut body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
    if let Some(title) = title {
        body["title"] = title.into();
    }
    body
}

/// The version and the time of the last change of everything.
fn stamps(bench: &Bench, tenant: &Tenant) -> BTreeMap<String, (i64, i64)> {
    let sql = format!(
        "SELECT id || ' ' || version || ' ' || modified_at AS value FROM resources WHERE organization_id = {}",
        tenant.organization()
    );
    let rows = bench.texts(&sql).into_iter().map(|row| {
        let parts: Vec<&str> = row.split(' ').collect();
        (parts[0].to_owned(), (parts[1].parse().expect("a version"), parts[2].parse().expect("a time")))
    });
    rows.collect()
}

#[test]
fn any_sequence_of_writes_leaves_what_a_naive_model_says() {
    let strategy = proptest::collection::vec((step(), (0_usize..3).prop_map(|by| by / 2)), 1..28);
    check(file!(), 12, &strategy, |bench, steps| {
        let tenant = bench.tenant();
        let mut model = Model::default();
        let mut before = stamps(bench, &tenant);
        for (step, by) in steps {
            bench.clock.forward(1);
            let expected = model.after(step, *by);
            let answered = model.request(bench, &tenant, step, *by);
            match (expected, answered) {
                (Ok(next), Ok(id)) => {
                    model = next;
                    if let (Some(id), Some(newest)) = (id, model.things.last_mut()) {
                        newest.id = Some(id);
                    }
                }
                (Err(_), Err(error)) => {
                    let told = ["Uniqueness", "NotFound", "OtherConnection", "UnknownMembers", "MemberCycle"];
                    assert!(
                        told.iter().any(|name| format!("{error:?}").starts_with(name)),
                        "{step:?}: {error:?}"
                    );
                }
                (expected, answered) => panic!("{step:?} by {by}: expected {expected:?}, not {answered:?}"),
            }
            let after = stamps(bench, &tenant);
            let versions = after.iter().map(|(id, (version, _))| (id.clone(), *version)).collect();
            assert_eq!(model.versions(), versions, "after {step:?} by {by}");
            for (id, (version, modified)) in &after {
                if let Some((old_version, old_modified)) = before.get(id) {
                    assert_eq!(version > old_version, modified > old_modified, "after {step:?}");
                }
            }
            before = after;
        }
        model.assert_shown(bench, &tenant);
        assert_consistent(bench, &tenant);
    });
}

#[test]
fn replacing_documents_of_every_shape_keeps_all_tables_in_agreement() {
    check(file!(), 6, &population(16), |bench, planned| {
        let tenant = bench.tenant();
        let made = settle(bench, &tenant, planned);
        // Each gets what another one was meant to be; what collides is refused, and changes nothing.
        for (at, known) in made.iter().enumerate() {
            let body = planned
                .iter()
                .cycle()
                .skip(at + 1)
                .take(planned.len())
                .find(|plan| plan.kind == known.kind)
                .map(|plan| &plan.body);
            for session in &tenant.sessions {
                drop(body.map(|body| bench.replace(session, known.kind, known.id, body)));
            }
        }
        assert_consistent(bench, &tenant);
    });
}

/// A resource as its row has it.
struct Row {
    kind: String,
    connection: String,
    version: i64,
    members: i64,
    document: Document,
}

fn rows(bench: &Bench, tenant: &Tenant) -> BTreeMap<String, Row> {
    let sql = format!(
        "SELECT id || ' ' || kind || ' ' || connection_id || ' ' || version || ' ' || member_count || ' ' || document \
         AS value FROM resources WHERE organization_id = {}",
        tenant.organization()
    );
    let rows = bench.texts(&sql).into_iter().map(|row| {
        let parts: Vec<&str> = row.splitn(6, ' ').collect();
        let row = Row {
            kind: parts[1].to_owned(),
            connection: parts[2].to_owned(),
            version: parts[3].parse().expect("a version"),
            members: parts[4].parse().expect("a count"),
            document: serde_json::from_str(parts[5]).expect("a document"),
        };
        (parts[0].to_owned(), row)
    });
    rows.collect()
}

type Memberships = BTreeMap<String, BTreeSet<String>>;

/// Every table agrees with every other, and the trail tells how it came to be so.
fn assert_consistent(bench: &Bench, tenant: &Tenant) {
    let rows = rows(bench, tenant);
    let memberships = memberships(bench, tenant, &rows);
    for (id, row) in &rows {
        let members = memberships.get(id).map_or(0, BTreeSet::len);
        assert_eq!(usize::try_from(row.members), Ok(members), "the count of {id}");
    }
    assert_keys(bench, tenant, &rows);
    bench.seal();
    bench.assert_whole(&tenant.slug);
    let (replayed, replayed_memberships) = replay(bench, tenant);
    let stored = rows.iter().map(|(id, row)| (id.clone(), (row.version, row.document.clone()))).collect();
    assert_eq!(replayed, stored, "the changes in their order give the documents");
    assert_eq!(replayed_memberships, memberships, "the changes in their order give the memberships");
}

/// The members of every living group that has any.
fn memberships(bench: &Bench, tenant: &Tenant, rows: &BTreeMap<String, Row>) -> Memberships {
    let sql = format!(
        "SELECT group_id || ' ' || member_id AS value FROM memberships WHERE organization_id = {}",
        tenant.organization()
    );
    let mut found = Memberships::new();
    for row in bench.texts(&sql) {
        let (group, member) = row.split_once(' ').expect("two ids");
        if rows.contains_key(group) {
            assert!(rows.contains_key(member), "a member that is no more");
            found.entry(group.to_owned()).or_default().insert(member.to_owned());
        }
    }
    found
}

fn assert_keys(bench: &Bench, tenant: &Tenant, rows: &BTreeMap<String, Row>) {
    let registry = &tenant.sessions[0].caller.registry;
    let mut expected = BTreeSet::new();
    for (id, row) in rows {
        let kind = registry.resource_type(&row.kind).expect("a type");
        for key in index_keys(registry, kind, &row.document) {
            let among = match (key.unique, row.kind.as_str()) {
                (false, _) => id.as_str(),
                (true, "Group") => row.connection.as_str(),
                (true, _) => "",
            };
            expected.insert(format!("{}|{}|{}|{among}|{id}", row.kind, key.attribute, key.key.as_str()));
        }
    }
    let sql = format!(
        "SELECT kind || '|' || attribute || '|' || key || '|' || discriminator || '|' || resource_id AS value \
         FROM resource_keys WHERE organization_id = {}",
        tenant.organization()
    );
    assert_eq!(bench.texts(&sql).into_iter().collect::<BTreeSet<_>>(), expected);
}

/// What the exported changes, applied one after the other to nothing, come to.
fn replay(bench: &Bench, tenant: &Tenant) -> (BTreeMap<String, (i64, Document)>, Memberships) {
    let mut changes = Vec::new();
    let mut keep = |change: Value| {
        changes.push(change);
        Ok(())
    };
    bench.core.export_changes(&tenant.slug, &mut keep).expect("changes");
    let mut documents: BTreeMap<String, (i64, Document)> = BTreeMap::new();
    let mut members = Memberships::new();
    for change in &changes {
        let id = change["target"]["id"].as_str().expect("an id").to_owned();
        let version = change["target"]["version"].as_i64().expect("a version");
        let action = change["action"].as_str().expect("an action");
        match action.split_once('.') {
            Some(("user" | "group", "created")) => {
                let after = change["after"].as_object().expect("a document").clone();
                assert_eq!(documents.insert(id.clone(), (version, after)), None);
            }
            Some(("user" | "group", "deleted")) => {
                let (last, document) = documents.remove(&id).expect("it was there");
                assert_eq!((version, change["before"].as_object()), (last + 1, Some(&document)));
                members.remove(&id);
            }
            Some(("user" | "group", "changed")) => {
                let (last, document) = documents.get_mut(&id).expect("it is there");
                assert_eq!(version, *last + 1, "no version is left out");
                *last = version;
                apply(document, &change["before"], &change["after"]);
            }
            Some(_) | None => continue,
        }
        let of_group = members.entry(id.clone()).or_default();
        for membership in change["memberships"].as_array().into_iter().flatten() {
            let member = membership["member"].as_str().expect("an id").to_owned();
            let came = membership["added"] == true;
            let fits = if came { of_group.insert(member) } else { of_group.remove(&member) };
            assert!(fits, "{change}");
        }
        if of_group.is_empty() {
            members.remove(&id);
        }
    }
    (documents, members)
}

fn apply(document: &mut Document, before: &Value, after: &Value) {
    let empty = Map::new();
    for (name, value) in before.as_object().unwrap_or(&empty) {
        assert_eq!(document.remove(name).as_ref(), Some(value));
    }
    document.extend(after.as_object().unwrap_or(&empty).clone());
}
