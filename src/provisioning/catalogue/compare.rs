//! What another catalogue would change, and whether it may: nothing in use vanishes or changes its kind.

use std::collections::BTreeMap;
use std::fmt;

use super::in_use::{InUse, feature_path};
use super::{Bundle, Catalogue, Feature, Permission, Product, ProductRole, SignInSetting, Telephony};
use crate::domain::Setting;
use crate::provisioning::{Problem, Reason};

/// What another catalogue would change, by path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes(pub Vec<Change>);

/// One entry that another catalogue would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The entry: `products.remote-support.features.reports`.
    pub path: String,
    /// What becomes of it.
    pub difference: Difference,
}

/// What becomes of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It is new.
    Added,
    /// It goes.
    Removed,
    /// It is kept for those who have it.
    Retired,
    /// It is given again.
    Restored,
    /// A member of it becomes another.
    Changed {
        /// The member.
        member: &'static str,
        /// What it was.
        before: String,
        /// What it becomes.
        after: String,
    },
}

/// What putting `new` in the place of `old` would change.
///
/// # Errors
/// Everything in use that would vanish, every feature in use that would become one of another kind, and every product
/// with telephones that would have none any more.
pub fn replace(old: &Catalogue, new: &Catalogue, in_use: &InUse) -> Result<Changes, Vec<Problem>> {
    let (before, after) = (entries(old), entries(new));
    let vanishes = |path: &String| before.contains_key(path) && !after.contains_key(path);
    let mut problems: Vec<Problem> = Vec::new();
    for (paths, reason) in [(in_use.retirable(), Reason::InUse), (in_use.lasting(), Reason::Lasting)] {
        let vanishing = paths.into_iter().filter(vanishes);
        problems.extend(vanishing.map(|path| Problem::new(path, reason.clone())));
    }
    let telephone = |catalogue: &Catalogue, key: &String| {
        catalogue.products.get(key).is_some_and(|product| product.telephony.is_some())
    };
    let mute = in_use.telephones.iter().filter(|key| telephone(old, key) && !telephone(new, key));
    problems.extend(
        mute.filter(|key| new.products.contains_key(*key))
            .map(|key| Problem::new(format!("products.{key}.telephony"), Reason::Lasting)),
    );
    problems.extend(in_use.features.iter().filter_map(|(product, key)| {
        let (was, now) = (kind(old, product, key)?, kind(new, product, key)?);
        (was != now).then(|| Problem::new(feature_path(product, key), Reason::Kind { was, now }))
    }));
    if problems.is_empty() { Ok(changes(&before, &after)) } else { Err(problems) }
}

fn kind(catalogue: &Catalogue, product: &str, feature: &str) -> Option<&'static str> {
    match catalogue.products.get(product)?.features.get(feature)?.default {
        Setting::Flag(_) => Some("a switch"),
        Setting::Limit(_) => Some("a limit"),
    }
}

fn changes(old: &Entries, new: &Entries) -> Changes {
    let mut changes = Vec::new();
    for path in old.keys().chain(new.keys().filter(|path| !old.contains_key(*path))) {
        let differences = match (old.get(path), new.get(path)) {
            (None, _) => vec![Difference::Added],
            (_, None) => vec![Difference::Removed],
            (Some(before), Some(after)) => differences(before, after),
        };
        changes.extend(differences.into_iter().map(|difference| Change { path: path.clone(), difference }));
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Changes(changes)
}

fn differences(old: &Entry, new: &Entry) -> Vec<Difference> {
    let retired = match (old.retired, new.retired) {
        (false, true) => Some(Difference::Retired),
        (true, false) => Some(Difference::Restored),
        (true, true) | (false, false) => None,
    };
    let members = old.members.iter().zip(&new.members);
    let changed = members.filter(|(before, after)| before != after).map(|((member, before), (_, after))| {
        Difference::Changed { member, before: before.clone(), after: after.clone() }
    });
    retired.into_iter().chain(changed).collect()
}

/// A catalogue taken apart: every entry by its path, each with its members as people read them.
type Entries = BTreeMap<String, Entry>;

struct Entry {
    retired: bool,
    members: Vec<(&'static str, String)>,
}

impl Entry {
    fn new(retired: bool, members: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { retired, members: members.into_iter().collect() }
    }
}

fn entries(catalogue: &Catalogue) -> Entries {
    let Catalogue { permissions, products, bundles } = catalogue;
    let mut entries = Entries::new();
    for (key, Permission { name, includes, retired }) in permissions {
        let members = [("name", quoted(name)), ("includes", list(includes))];
        entries.insert(format!("permissions.{key}"), Entry::new(*retired, members));
    }
    for (key, product) in products {
        add_product(&mut entries, &format!("products.{key}"), product);
    }
    for (key, Bundle { name, product, includes, retired }) in bundles {
        let members = [("name", quoted(name)), ("product", quoted(product)), ("includes", list(includes))];
        entries.insert(format!("bundles.{key}"), Entry::new(*retired, members));
    }
    entries
}

fn add_product(entries: &mut Entries, path: &str, product: &Product) {
    let Product { name, retired, portals, listed_with, end_users, organization_role, .. } = product;
    let Product { telephony, features, roles, default_role, sign_in, .. } = product;
    let mut members = vec![
        ("name", quoted(name)),
        ("portals", portals.to_string()),
        ("listed_with", optional(listed_with.as_deref())),
        ("end_users", end_users.to_string()),
        ("organization_role", organization_role.to_string()),
        ("default_role", optional(default_role.as_deref())),
    ];
    members.extend(telephone(telephony.as_ref()));
    entries.insert(path.to_owned(), Entry::new(*retired, members));
    for (key, feature) in features {
        entries.insert(format!("{path}.features.{key}"), feature_entry(feature));
    }
    for (key, ProductRole { name, reach, retired, permissions }) in roles {
        let members = [
            ("name", quoted(name)),
            ("reach", reach.as_str().to_owned()),
            ("permissions", list(permissions)),
        ];
        entries.insert(format!("{path}.roles.{key}"), Entry::new(*retired, members));
    }
    for (key, SignInSetting { name, default, needs_registration, needs_email }) in sign_in {
        let members = [
            ("name", quoted(name)),
            ("default", default.to_string()),
            ("needs_registration", needs_registration.to_string()),
            ("needs_email", needs_email.to_string()),
        ];
        entries.insert(format!("{path}.sign_in.{key}"), Entry::new(false, members));
    }
}

fn feature_entry(feature: &Feature) -> Entry {
    let Feature { name, default, least, requires, retired } = feature;
    let members = [
        ("name", quoted(name)),
        ("default", default.to_string()),
        ("least", least.to_string()),
        ("requires", list(requires)),
    ];
    Entry::new(*retired, members)
}

fn telephone(telephony: Option<&Telephony>) -> [(&'static str, String); 3] {
    let Some(Telephony { first_extension, last_extension, permission, billable }) = telephony else {
        return ["telephony.extensions", "telephony.permission", "telephony.billable"]
            .map(|member| (member, NOTHING.to_owned()));
    };
    let billable = billable.iter().map(|device| device.as_str().to_owned()).collect::<Vec<_>>();
    [
        ("telephony.extensions", format!("{first_extension} to {last_extension}")),
        ("telephony.permission", quoted(permission)),
        ("telephony.billable", list(&billable)),
    ]
}

const NOTHING: &str = "nothing";

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn optional(text: Option<&str>) -> String {
    text.map_or_else(|| NOTHING.to_owned(), quoted)
}

fn list(keys: &[String]) -> String {
    if keys.is_empty() { NOTHING.to_owned() } else { keys.join(", ") }
}

impl fmt::Display for Changes {
    /// One change a line; nothing where nothing would change.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    /// `changed   products.helpdesk: name from "Helpdesk" to "Service desk"`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match &self.difference {
            Difference::Added => "added",
            Difference::Removed => "removed",
            Difference::Retired => "retired",
            Difference::Restored => "restored",
            Difference::Changed { .. } => "changed",
        };
        write!(f, "{word:<8}  {}", self.path)?;
        if let Difference::Changed { member, before, after } = &self.difference {
            write!(f, ": {member} from {before} to {after}")?;
        }
        Ok(())
    }
}
