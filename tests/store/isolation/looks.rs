//! One call of each function of the store that reads.

use roster::domain::{Comparison, Field, Index, Literal, Ordering, Predicate, Test};
use roster::store::{ChangeFilter, Listing, Order, Position, Read, Record, StoreError, View, Window};

use super::{NOW, api_key_id, client, connection, credential, key, resource, uuid};

/// Takes every resource as it is.
struct Plain;

impl View for Plain {
    fn holds(&mut self, _: &mut Read<'_>, _: &Predicate, _: &Record) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn sort_key(&mut self, _: &mut Read<'_>, record: &Record) -> Result<Option<String>, StoreError> {
        Ok(Some(record.document.clone()))
    }
}

fn pages(read: &mut Read<'_>) -> Result<String, StoreError> {
    let is = |index: Index, value: &str| {
        let field = Field { path: vec!["x".to_owned()], index: Some(index) };
        let literal = Literal::Exact(value.to_owned());
        Predicate::Test(Test { field, comparison: Comparison::Is(Ordering::Equal, literal) })
    };
    let predicates = [
        Predicate::Always(true),
        is(Index::Attribute("userName".to_owned()), "ann"),
        is(Index::Groups, &resource(21).to_string()),
        is(Index::Members, &resource(11).to_string()),
        is(Index::Id, &resource(11).to_string()),
        Predicate::MadeBy(connection()),
    ];
    let by_name = Order::Key { attribute: "userName".to_owned(), descending: true };
    let mut told = String::new();
    for kind in ["User", "Group"] {
        for predicate in &predicates {
            for order in [&Order::Id, &by_name, &Order::Computed { descending: false }] {
                let window = Window { position: Position::Offset(0), most: 10, count: true };
                let page = read.page(&Listing { kind, predicate, order }, &window, &mut Plain)?;
                told.push('\n');
                told.push_str(&seen(Ok((page.records, page.total)))?);
            }
        }
    }
    Ok(told)
}

pub type Look = (&'static str, fn(&mut Read<'_>) -> Result<String, StoreError>);

pub fn seen<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Result<String, StoreError> {
    result.map(|value| format!("{value:?}"))
}

/// One call of each function that reads.
pub const LOOKS: &[Look] = &[
    ("page", pages),
    ("resource", |read| seen(read.resource("User", resource(11)))),
    ("holder_of", |read| seen(read.holder_of("User", &key("ann")))),
    ("members", |read| seen(read.members(resource(21), None, 10))),
    ("members_among", |read| seen(read.members_among(resource(21), &[resource(11), resource(12)]))),
    ("groups_of", |read| seen(read.groups_of(resource(11)))),
    ("groups_of_each", |read| seen(read.groups_of_each(&[resource(11), resource(12)]))),
    ("groups_within", |read| seen(read.groups_within(&[resource(21)]))),
    ("leftover_memberships", |read| seen(read.leftover_memberships(resource(23)))),
    ("last_before", |read| seen(read.last_before(NOW.plus_seconds(1), 10))),
    ("kind_of_values", |read| seen(read.kind_of_values(&resource(11).to_string()))),
    ("seal_base", |read| seen(read.seal_base())),
    ("groups_to_purge", |read| seen(read.groups_to_purge(10))),
    ("unsealed_changes", |read| seen(read.unsealed_changes(10))),
    ("unsealed_targets", |read| seen(read.unsealed_targets("user.created"))),
    ("changes_after", |read| seen(read.changes_after(0, 10))),
    ("changes_of", |read| seen(read.changes_of(&resource(11).to_string(), None, 10))),
    ("seal", |read| seen(read.seal())),
    ("connections", |read| seen(read.connections())),
    ("connection_named", |read| seen(read.connection_named("one"))),
    ("clients", |read| seen(read.clients())),
    ("client_named", |read| seen(read.client_named("client"))),
    ("client", |read| {
        let id = client(read.organization());
        seen(read.client(id))
    }),
    ("credentials", |read| seen(read.credentials(None))),
    ("credential", |read| {
        let id = credential(read.organization());
        seen(read.credential(id))
    }),
    ("api_keys", |read| seen(read.api_keys(None, 10))),
    ("keyed_products", |read| seen(read.keyed_products(NOW))),
    ("api_key", |read| {
        let id = api_key_id(read.organization());
        seen(read.api_key(id))
    }),
    ("quirks", |read| seen(read.quirks(uuid(5).into()))),
    ("refused_pushes", |read| seen(read.refused_pushes(uuid(5).into(), 10))),
    ("sync_issues", |read| seen(read.sync_issues(connection(), 10))),
    ("extensions", |read| seen(read.extensions())),
    ("revisions", |read| seen(read.revisions())),
    ("settings", |read| seen(read.settings(1))),
    ("settings_history", |read| seen(read.settings_history(10))),
    ("settings_before", |read| seen(read.settings_before(i64::MAX, 10))),
    ("settings_unlike", |read| seen(read.settings_unlike("", i64::MAX))),
    ("changes_listed", |read| seen(read.changes_listed(&ChangeFilter::default(), None, 10))),
    ("own_organization", |read| {
        seen(read.own_organization().map(|known| known.map(|known| known.suspended)))
    }),
    ("group_bindings", |read| seen(read.group_bindings())),
    ("catalogue", |read| seen(read.catalogue())),
    ("people", |read| seen(read.people(&[resource(11), resource(12)]))),
    ("people_after", |read| seen(read.people_after(None, 10))),
    ("accounts_after", |read| seen(read.accounts_after(None, 10))),
    ("account", |read| seen(read.account(resource(11)))),
    ("accounts_before", |read| seen(read.accounts_before(9, "", 10))),
    ("count_accounts", |read| seen(read.count_accounts())),
    ("troubled_accounts", |read| seen(read.troubled_accounts(None, 10))),
    ("accounts_of_role", |read| seen(read.accounts_of_role("admin", 10))),
    ("count_role", |read| seen(read.count_role("admin"))),
    ("pinned", |read| seen(read.pinned(NOW))),
    ("pins_of", |read| seen(read.pins_of(&[resource(11)]))),
    ("accounts_with_expired_pins", |read| seen(read.accounts_with_expired_pins(NOW, 10))),
    ("seats_of", |read| seen(read.seats_of(&[resource(11), resource(12)]))),
    ("waiting", |read| seen(read.waiting("desk", 0, 10))),
    ("pool_counts", |read| seen(read.pool_counts())),
    ("count_waiting", |read| seen(read.count_waiting("desk"))),
    ("resolution", |read| seen(read.resolution())),
];
