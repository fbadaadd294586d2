use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::Index;
use crate::scim::limits::Limits;
use crate::scim::profile::{Profile, Tolerance};
use crate::scim::schema::Registry;
use crate::scim::urn;

fn fields(profile: Profile, name: &str) -> Result<Vec<Option<SortField>>, QueryError> {
    let (registry, tolerance, limits) = (Registry::built_in(), Tolerance::new(profile), Limits::default());
    let context = Context { registry: &registry, tolerance: &tolerance, limits: &limits };
    let types = ["User", "Group"].map(|name| registry.resource_type(name).unwrap());
    resolve(&AttributePath::parse(name, &context).unwrap(), &context, &types)
}

fn of_user(name: &str) -> SortField {
    fields(Profile::Rfc, name).unwrap().remove(0).unwrap()
}

fn key(name: &str, document: &Value) -> Option<String> {
    of_user(name).key_of(document.as_object().unwrap())
}

#[test]
fn an_attribute_is_looked_up_in_each_type() {
    let found = fields(Profile::Rfc, "USERNAME").unwrap();
    let field =
        Field { path: vec!["userName".to_owned()], index: Some(Index::Attribute("userName".to_owned())) };
    assert_eq!(found[0].as_ref().map(|sort| &sort.field), Some(&field));
    assert_eq!(found[1], None);
    assert!(fields(Profile::Rfc, "id").unwrap().iter().all(Option::is_some));
    assert!(fields(Profile::Generic, "department").is_ok());
    for name in ["nosuch", "name", "addresses", "password", "emails.nosuch", "department"] {
        assert_eq!(fields(Profile::Rfc, name), Err(QueryError::UnknownSortBy), "{name}");
    }
}

#[test]
fn what_is_worked_out_at_each_read_is_not_sorted_by() {
    let of_roster = |name: &str| fields(Profile::Generic, &format!("{}:{name}", urn::ROSTER_USER));
    assert!(of_roster("team").is_ok());
    for name in ["status", "licenses", "licenses.value", "features.setting", "portals.value"] {
        assert_eq!(of_roster(name), Err(QueryError::UnknownSortBy), "{name}");
    }
}

#[test]
fn texts_are_sorted_by_their_folded_or_exact_form() {
    assert_eq!(key("userName", &json!({"userName": "BJensen"})), Some("bjensen".to_owned()));
    assert_eq!(key("externalId", &json!({"externalId": "BJensen"})), Some("BJensen".to_owned()));
    assert_eq!(
        key("name.givenName", &json!({"name": {"givenName": "\u{C9}va"}})),
        Some("\u{e9}va".to_owned())
    );
    assert_eq!(key("title", &json!({"userName": "x"})), None);
    assert_eq!(key("name.givenName", &json!({"name": {}})), None);
}

#[test]
fn among_several_values_the_primary_one_counts_or_else_the_first() {
    let emails = |primary| json!({"emails": [{"value": "B@x"}, {"value": "A@x", "primary": primary}]});
    for name in ["emails", "emails.value"] {
        assert_eq!(key(name, &emails(true)), Some("a@x".to_owned()), "{name}");
        assert_eq!(key(name, &emails(false)), Some("b@x".to_owned()), "{name}");
    }
    assert_eq!(key("emails", &json!({"emails": []})), None);
}

#[test]
fn moments_and_truth_are_sorted_by_what_they_mean() {
    let created = |text: &str| key("meta.created", &json!({"meta": {"created": text}})).unwrap();
    assert!(created("2026-01-01T10:00:00Z") < created("2026-01-01T09:30:00-01:00"));
    assert!(created("1960-01-01T00:00:00Z") < created("2026-01-01T00:00:00Z"));
    assert!(key("active", &json!({"active": false})) < key("active", &json!({"active": true})));
}

proptest! {
    #[test]
    fn keys_of_numbers_compare_as_the_numbers(a: i64, b: i64, x: f64, y: f64) {
        prop_assert_eq!(ordered_integer(a).cmp(&ordered_integer(b)), a.cmp(&b));
        prop_assert_eq!(ordered_decimal(x).cmp(&ordered_decimal(y)), x.total_cmp(&y));
    }
}
