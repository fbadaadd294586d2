use serde_json::{Value, json};

use super::*;
use crate::scim::Context;
use crate::scim::limits::Limits;
use crate::scim::profile::{Profile, Tolerance};
use crate::scim::schema::Registry;
use crate::scim::urn::{ENTERPRISE_USER, SEARCH_REQUEST};

fn with_context<T>(profile: Profile, work: impl FnOnce(&Context<'_>) -> T) -> T {
    let (registry, tolerance, limits) = (Registry::built_in(), Tolerance::new(profile), Limits::default());
    work(&Context { registry: &registry, tolerance: &tolerance, limits: &limits })
}

/// Reads `name=value&name=value`, nothing being encoded.
fn url_as(profile: Profile, query: &str) -> Result<ListQuery, QueryError> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs: Vec<_> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    with_context(profile, |context| ListQuery::from_pairs(&pairs, context))
}

fn url(query: &str) -> Result<ListQuery, QueryError> {
    url_as(Profile::Rfc, query)
}

fn body_as(profile: Profile, body: &Value) -> Result<ListQuery, QueryError> {
    with_context(profile, |context| ListQuery::from_body(body, context))
}

/// A search request with these members besides its schemas.
fn search(mut members: Value) -> Value {
    members["schemas"] = json!([SEARCH_REQUEST]);
    members
}

fn index(start_index: u64, count: usize) -> Paging {
    Paging::Index { start_index, count }
}

fn cursor(cursor: Option<&str>, count: usize) -> Paging {
    Paging::Cursor { cursor: cursor.map(str::to_owned), count }
}

#[test]
fn a_query_without_parameters_asks_for_the_first_page_of_everything() {
    let plain = ListQuery {
        filter: None,
        sort_by: None,
        sort_order: SortOrder::Ascending,
        paging: index(1, 100),
        projection: Projection::default(),
    };
    assert_eq!(url(""), Ok(plain.clone()));
    assert_eq!(url("aadOptscim062020&foo=bar&foo=baz&attributes=&excludedAttributes=,"), Ok(plain.clone()));
    assert_eq!(body_as(Profile::Rfc, &search(json!({"foo": 1, "filter": null, "count": null}))), Ok(plain));
}

#[test]
fn a_url_and_a_body_say_the_same() {
    let by_url = url(&format!(
        "filter=userName sw \"j\"&sortBy=name.givenName&sortOrder=descending&startIndex=11&count=10\
         &attributes=userName, {ENTERPRISE_USER}:manager.value,{ENTERPRISE_USER}"
    ))
    .unwrap();
    let by_body = search(json!({
        "filter": "userName sw \"j\"", "sortBy": "name.givenName", "sortOrder": "descending", "startIndex": 11,
        "count": 10, "attributes":
            ["userName", format!("{ENTERPRISE_USER}:manager.value"), ENTERPRISE_USER]
    }));
    assert_eq!(body_as(Profile::Rfc, &by_body), Ok(by_url.clone()));
    assert_eq!(by_url.filter.unwrap().to_string(), "userName sw \"j\"");
    assert_eq!(by_url.sort_by.unwrap().to_string(), "name.givenName");
    assert_eq!(by_url.sort_order, SortOrder::Descending);
    assert_eq!(by_url.paging, index(11, 10));
    let names = ["userName", &format!("{ENTERPRISE_USER}:manager.value"), ENTERPRISE_USER];
    assert_eq!(by_url.projection, Projection::read(names, []).unwrap());
}

#[test]
fn names_of_parameters_count_in_any_case() {
    assert_eq!(url("STARTINDEX=3&Count=7").map(|query| query.paging), Ok(index(3, 7)));
    assert_eq!(url("count=1&COUNT=1"), Err(QueryError::Repeated(Parameter::Count)));
}

#[test]
fn pages_are_kept_within_their_bounds() {
    for (query, paging) in [
        ("startIndex=-5", index(1, 100)),
        ("startIndex=0", index(1, 100)),
        ("startIndex=2", index(2, 100)),
        ("startIndex=-9223372036854775808", index(1, 100)),
        ("startIndex=9223372036854775807&count=9223372036854775807", index(i64::MAX.unsigned_abs(), 1000)),
        ("startIndex=2147483647&count=2147483647", index(2_147_483_647, 1000)),
        ("count=-1", index(1, 0)),
        ("count=0", index(1, 0)),
        ("count=1000", index(1, 1000)),
        ("count=1001", index(1, 1000)),
        ("count=1000000000", index(1, 1000)),
        ("cursor", cursor(None, 100)),
        ("cursor=&count=10", cursor(None, 10)),
        ("cursor=abc&count=0", cursor(Some("abc"), 0)),
        ("cursor=abc&count=-3", cursor(Some("abc"), 0)),
        ("cursor=abc&count=1000", cursor(Some("abc"), 1000)),
    ] {
        assert_eq!(url(query).map(|query| query.paging), Ok(paging), "{query}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    for (query, wanted) in [
        ("startIndex=9223372036854775808", QueryError::NotAnInteger(Parameter::StartIndex)),
        ("startIndex=abc", QueryError::NotAnInteger(Parameter::StartIndex)),
        ("startIndex=1.5", QueryError::NotAnInteger(Parameter::StartIndex)),
        ("startIndex=", QueryError::NotAnInteger(Parameter::StartIndex)),
        ("count=1e3", QueryError::NotAnInteger(Parameter::Count)),
        ("count= 1", QueryError::NotAnInteger(Parameter::Count)),
        ("count=1&count=2", QueryError::Repeated(Parameter::Count)),
        ("filter=a pr&filter=a pr", QueryError::Repeated(Parameter::Filter)),
        ("attributes=a&attributes=b", QueryError::Repeated(Parameter::Attributes)),
        ("cursor&cursor", QueryError::Repeated(Parameter::Cursor)),
        ("sortOrder=sideways", QueryError::UnknownSortOrder),
        ("sortBy=a.b.c", QueryError::UnknownSortBy),
        ("sortBy=", QueryError::UnknownSortBy),
        ("attributes=a&excludedAttributes=b", QueryError::BothProjections),
        ("startIndex=1&cursor=", QueryError::BothPagings),
    ] {
        let found = url_as(Profile::Generic, query);
        assert_eq!(found, Err(wanted.clone()), "{query}");
        assert_eq!((wanted.scim_type(), wanted.status()), (ScimType::InvalidValue, 400), "{query}");
    }
    let too_large = url("cursor=&count=1001").unwrap_err();
    assert_eq!(
        (&too_large, too_large.scim_type()),
        (&QueryError::CountTooLarge { limit: 1000 }, ScimType::InvalidCount)
    );
    let empty_filter = url("filter=").unwrap_err();
    assert_eq!((empty_filter.scim_type(), empty_filter.status()), (ScimType::InvalidFilter, 400));
}

#[test]
fn a_body_is_checked_like_a_url() {
    for (members, wanted) in [
        (json!({"count": 1.5}), QueryError::NotAnInteger(Parameter::Count)),
        (json!({"count": 9_223_372_036_854_775_808_u64}), QueryError::NotAnInteger(Parameter::Count)),
        (json!({"startIndex": true}), QueryError::NotAnInteger(Parameter::StartIndex)),
        (json!({"filter": 1}), QueryError::NotText(Parameter::Filter)),
        (json!({"sortBy": ["a"]}), QueryError::NotText(Parameter::SortBy)),
        (json!({"cursor": {}}), QueryError::NotText(Parameter::Cursor)),
        (json!({"attributes": [1]}), QueryError::NotNames(Parameter::Attributes)),
        (json!({"attributes": {"a": 1}}), QueryError::NotNames(Parameter::Attributes)),
        (
            json!({"excludedAttributes": vec!["a"; 201]}),
            QueryError::TooManyNames { parameter: Parameter::ExcludedAttributes, limit: 200 },
        ),
        (json!({"count": 1, "Count": 1}), QueryError::Repeated(Parameter::Count)),
        (json!({"attributes": ["a"], "excludedAttributes": ["b"]}), QueryError::BothProjections),
        (json!({"cursor": "", "startIndex": 1}), QueryError::BothPagings),
    ] {
        assert_eq!(body_as(Profile::Generic, &search(members.clone())), Err(wanted), "{members}");
    }
    for body in [json!([]), json!("x"), Value::Null] {
        assert_eq!(body_as(Profile::Generic, &body), Err(QueryError::NotAnObject), "{body}");
    }
    let first = body_as(Profile::Rfc, &search(json!({"cursor": "", "count": 10})));
    assert_eq!(first.map(|query| query.paging), Ok(cursor(None, 10)));
}

#[test]
fn deviating_bodies_are_forgiven_or_refused() {
    for (body, strictly) in [
        (json!({"count": 5}), Err(QueryError::NotASearchRequest)),
        (search(json!({"count": "5"})), Err(QueryError::NotAnInteger(Parameter::Count))),
        (search(json!({"Count": 5})), Ok(index(1, 100))),
    ] {
        assert_eq!(body_as(Profile::Rfc, &body).map(|query| query.paging), strictly, "{body}");
        assert_eq!(body_as(Profile::Generic, &body).map(|query| query.paging), Ok(index(1, 5)), "{body}");
    }
    let list = search(json!({"attributes": "userName,id"}));
    assert_eq!(body_as(Profile::Rfc, &list), Err(QueryError::NotNames(Parameter::Attributes)));
    let projection = Projection::read(["userName", "id"], []).unwrap();
    assert_eq!(body_as(Profile::Generic, &list).map(|query| query.projection), Ok(projection));
    let other = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]});
    assert_eq!(body_as(Profile::Generic, &other), Err(QueryError::NotASearchRequest));
}

#[test]
fn the_hash_changes_with_what_decides_the_results_and_with_nothing_else() {
    let registry = Registry::built_in();
    let user = registry.resource_type("User").unwrap();
    let group = registry.resource_type("Group").unwrap();
    let hash = |query: &str| url(query).unwrap().hash(&[user]);
    let base = hash("filter=userName eq \"a\"&sortBy=userName");
    for same in [
        "filter= userName  EQ \"a\" &sortBy=USERNAME&sortOrder=ascending",
        "sortBy=userName&filter=userName eq \"\\u0061\"&cursor=x&count=3&attributes=id",
    ] {
        assert_eq!(hash(same), base, "{same}");
    }
    for other in [
        "filter=userName eq \"b\"&sortBy=userName",
        "filter=userName eq \"a\"",
        "sortBy=userName",
        "filter=userName eq \"a\"&sortBy=userName&sortOrder=descending",
    ] {
        assert_ne!(hash(other), base, "{other}");
    }
    assert_ne!(url("").unwrap().hash(&[user]), url("").unwrap().hash(&[user, group]));
}
