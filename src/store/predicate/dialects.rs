//! The conditions as SQL in both dialects, without a database.

use std::fmt::Write as _;

use diesel::prelude::*;

use super::super::schema::resources;
use super::*;
use crate::domain::Field;

fn field(index: Option<Index>) -> Field {
    Field { path: vec!["attribute".to_owned()], index }
}

#[expect(clippy::unnecessary_wraps, reason = "fits what it is passed to")]
fn attribute(name: &str) -> Option<Index> {
    Some(Index::Attribute(name.to_owned()))
}

fn is(index: Option<Index>, ordering: Ordering, literal: Literal) -> Predicate {
    Predicate::Test(Test { field: field(index), comparison: Comparison::Is(ordering, literal) })
}

fn folded(name: &str, ordering: Ordering, text: &str) -> Predicate {
    is(attribute(name), ordering, Literal::Folded(text.to_owned()))
}

fn exact(index: Index, text: &str) -> Predicate {
    is(Some(index), Ordering::Equal, Literal::Exact(text.to_owned()))
}

/// What no index knows.
fn unindexed() -> Predicate {
    is(None, Ordering::Equal, Literal::Boolean(true))
}

fn element(matches: Predicate) -> Predicate {
    Predicate::Element { field: field(None), matches: Box::new(matches) }
}

fn not(part: Predicate) -> Predicate {
    Predicate::Not(Box::new(part))
}

/// The condition of a predicate in both dialects, and how well it fits.
fn sql(predicate: &Predicate) -> String {
    let (condition, fit) = narrow(predicate, OrganizationId(7), "User");
    let query = resources::table.filter(condition).select(resources::id);
    let after_where = |text: String| text.split_once("WHERE ").expect("a condition").1.to_owned();
    let sqlite = after_where(diesel::debug_query::<Sqlite, _>(&query).to_string());
    let postgres = after_where(diesel::debug_query::<Pg, _>(&query).to_string());
    format!("{fit:?}\n  sqlite   {sqlite}\n  postgres {postgres}")
}

#[test]
fn each_test_becomes_a_condition_in_both_dialects() {
    let connection: crate::domain::ConnectionId = uuid::Uuid::nil().into();
    let predicates = [
        ("userName eq", folded("userName", Ordering::Equal, "ann")),
        ("userName gt", folded("userName", Ordering::Greater, "ann")),
        ("userName sw", folded("userName", Ordering::StartsWith, "an")),
        ("userName sw the last character", folded("userName", Ordering::StartsWith, "\u{10FFFF}")),
        ("userName co", folded("userName", Ordering::Contains, "nn")),
        ("userName ew", folded("userName", Ordering::EndsWith, "nn")),
        (
            "userName pr",
            Predicate::Test(Test { field: field(attribute("userName")), comparison: Comparison::Present }),
        ),
        (
            "externalId eq",
            Predicate::All(vec![
                Predicate::MadeBy(connection),
                exact(Index::Attribute("externalId".to_owned()), "x"),
            ]),
        ),
        ("id eq", exact(Index::Id, "x")),
        ("id co", is(Some(Index::Id), Ordering::Contains, Literal::Exact("x".to_owned()))),
        ("groups.value eq", exact(Index::Groups, "g")),
        ("members.value eq", exact(Index::Members, "m")),
        (
            "meta.created ge",
            is(
                Some(Index::Created),
                Ordering::GreaterOrEqual,
                Literal::Time(crate::domain::Timestamp::from_micros(5)),
            ),
        ),
        (
            "meta.lastModified lt",
            is(
                Some(Index::LastModified),
                Ordering::Less,
                Literal::Time(crate::domain::Timestamp::from_micros(5)),
            ),
        ),
        ("active eq", unindexed()),
        ("true", Predicate::Always(true)),
        ("false", Predicate::Always(false)),
    ];
    let mut text = String::new();
    for (name, predicate) in predicates {
        writeln!(text, "{name}: {}", sql(&predicate)).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn connectives_narrow_no_more_than_they_may() {
    let ann = || folded("userName", Ordering::Equal, "ann");
    let bob = || folded("userName", Ordering::Equal, "bob");
    let email = || folded("emails.value", Ordering::Equal, "a@x");
    let predicates = [
        ("ann and unindexed", Predicate::All(vec![ann(), unindexed()])),
        ("ann or unindexed", Predicate::Any(vec![ann(), unindexed()])),
        ("ann or bob or email", Predicate::Any(vec![ann(), bob(), email()])),
        ("not ann", not(ann())),
        ("not unindexed", not(unindexed())),
        ("not (ann and unindexed)", not(Predicate::All(vec![ann(), unindexed()]))),
        ("emails[type and value]", element(Predicate::All(vec![unindexed(), email()]))),
        ("not emails[value]", not(element(email()))),
        ("emails[not value]", element(not(email()))),
        ("emails[value or type]", element(Predicate::Any(vec![email(), unindexed()]))),
        ("emails[value] or ann", Predicate::Any(vec![element(email()), ann()])),
        ("nothing and nothing else", Predicate::All(Vec::new())),
        ("any of nothing", Predicate::Any(Vec::new())),
    ];
    let mut text = String::new();
    for (name, predicate) in predicates {
        writeln!(text, "{name}: {}", sql(&predicate)).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_literal_as_long_as_a_key_may_be_is_only_narrowed_by() {
    let fit = |ordering, bytes: usize| {
        narrow(&folded("name.familyName", ordering, &"k".repeat(bytes)), OrganizationId(7), "User").1
    };
    for ordering in [Ordering::Equal, Ordering::StartsWith, Ordering::Greater, Ordering::LessOrEqual] {
        assert_eq!(fit(ordering, MAX_KEY_BYTES - 5), Fit::Exact, "{ordering:?}");
        assert_eq!(fit(ordering, MAX_KEY_BYTES - 4), Fit::Wider, "{ordering:?}");
        assert_eq!(fit(ordering, 2 * MAX_KEY_BYTES), Fit::Wider, "{ordering:?}");
    }
}

#[test]
fn nothing_of_a_client_becomes_sql_text() {
    let hostile = "x') OR 1=1 --";
    for predicate in [
        folded("userName", Ordering::Equal, hostile),
        folded("userName", Ordering::StartsWith, hostile),
        folded(hostile, Ordering::Equal, "x"),
        exact(Index::Id, hostile),
        exact(Index::Groups, hostile),
        exact(Index::Members, hostile),
    ] {
        let (condition, _) = narrow(&predicate, OrganizationId(7), hostile);
        let query = resources::table.filter(condition).select(resources::id);
        let text = diesel::debug_query::<Sqlite, _>(&query).to_string();
        let (sql, binds) = text.split_once(" -- binds: ").unwrap();
        assert!(!sql.contains("OR 1=1") && binds.contains("OR 1=1"), "{text}");
    }
}

#[test]
fn a_chain_of_many_parts_is_a_shallow_tree() {
    let parts = (0..200).map(|number| folded("userName", Ordering::Equal, &number.to_string())).collect();
    let text = sql(&Predicate::Any(parts));
    let mut depth: i32 = 0;
    let deepest = text.chars().map(|character| {
        depth += i32::from(character == '(') - i32::from(character == ')');
        depth
    });
    assert!(deepest.max().unwrap() < 20, "{text}");
}
