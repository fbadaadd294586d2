use super::super::limits::Limits;
use super::super::profile::Profile;
use super::super::schema::Registry;
use super::*;
use crate::domain::ResourceId;
use proptest::prelude::*;
use serde_json::json;

const ENDPOINT: &str = "the endpoint of a resource type, such as /Users";
const RESOURCE: &str = "the path of a resource, such as /Users/ID";

struct Setting {
    registry: Registry,
    tolerance: Tolerance,
    limits: Limits,
}

impl Setting {
    fn new(profile: Profile) -> Self {
        Self { registry: Registry::built_in(), tolerance: Tolerance::new(profile), limits: Limits::default() }
    }

    fn read(&self, body: &Value) -> Result<BulkRequest<'_>, BulkError> {
        let context = Context { registry: &self.registry, tolerance: &self.tolerance, limits: &self.limits };
        read(body, &context)
    }
}

fn request(operations: impl Into<Value>) -> Value {
    let operations = operations.into();
    json!({"schemas": [urn::BULK_REQUEST], "Operations": operations})
}

fn errors(operations: Value) -> Vec<Option<OperationError>> {
    let setting = Setting::new(Profile::Rfc);
    let read = setting.read(&request(operations)).unwrap();
    read.entries.into_iter().map(|entry| entry.action.err()).collect()
}

fn order(operations: Value) -> Vec<usize> {
    Setting::new(Profile::Rfc).read(&request(operations)).unwrap().order
}

fn user(bulk_id: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"userName": bulk_id}})
}

fn user_of(bulk_id: &str, manager: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id,
        "data": {"userName": bulk_id, urn::ENTERPRISE_USER: {"manager": {"value": format!("bulkId:{manager}")}}}})
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> =
        members.iter().map(|member| json!({"value": format!("bulkId:{member}")})).collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id,
        "data": {"displayName": bulk_id, "members": members}})
}

fn join(group: &str, member: &str) -> Value {
    json!({"method": "PATCH", "path": format!("/Groups/{group}"), "data": {"Operations": [
        {"op": "add", "path": "members", "value": [{"value": format!("bulkId:{member}")}]}]}})
}

fn id(number: u128) -> ResourceId {
    uuid::Uuid::from_u128(number).into()
}

#[test]
fn the_examples_of_the_rfc_are_read_in_order() {
    let setting = Setting::new(Profile::Rfc);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "failOnErrors": 1,
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "qwerty", "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:User"], "userName": "Alice"}},
            {"method": "PUT", "path": "/Users/b7c14771-226c-4d05-8860-134711653041",
                "version": "W/\"3694e05e9dff591\"", "data": {"userName": "Bob"}},
            {"method": "PATCH", "path": "/Users/5d8d29d3-342c-4b5f-8683-a3cb6763ffcc",
                "version": "W/\"edac3253e2c0ef2\"", "data": {"Operations": []}},
            {"method": "DELETE", "path": "/Users/e9025315-6bea-44e1-899c-1e07454e468b",
                "version": "W/\"0ee8add0a938e1a\""},
        ],
    });
    let read = setting.read(&body).unwrap();
    assert_eq!(read.order, [0, 1, 2, 3]);
    assert!(!read.stops_after(0) && read.stops_after(1));
    let methods: Vec<_> = read.entries.iter().map(|entry| entry.method.unwrap()).collect();
    assert_eq!(methods, [Method::Post, Method::Put, Method::Patch, Method::Delete]);
    let created: Vec<_> = read.created().map(|(bulk_id, kind)| (bulk_id, kind.name.as_str())).collect();
    assert_eq!(created, [("qwerty", "User")]);
    let Action::Delete { target, version } = read.entries[3].action.as_ref().unwrap() else {
        panic!("{:?}", read.entries[3]);
    };
    assert_eq!(target.id, "e9025315-6bea-44e1-899c-1e07454e468b");
    assert_eq!(version.as_deref(), Some("W/\"0ee8add0a938e1a\""));
}

#[test]
fn a_bad_operation_is_refused_alone() {
    let posted = json!({"userName": "a"});
    let path = |expected| OperationError::Path { expected };
    let cases = [
        (json!("POST"), OperationError::NotAnObject),
        (json!({"path": "/Users/1"}), OperationError::Method),
        (json!({"method": "GET", "path": "/Users/1"}), OperationError::Method),
        (json!({"method": "post", "path": "/Users", "bulkId": "b", "data": posted}), OperationError::Method),
        (json!({"method": "POST", "bulkId": "b", "data": posted}), path(ENDPOINT)),
        (json!({"method": "POST", "path": "/Users/1", "bulkId": "b", "data": posted}), path(ENDPOINT)),
        (json!({"method": "POST", "path": "/Users/.search", "bulkId": "b", "data": {}}), path(ENDPOINT)),
        (
            json!({"method": "POST", "path": "/Bulk", "bulkId": "b", "data": {}}),
            OperationError::UnknownResourceType,
        ),
        (
            json!({"method": "POST", "path": "/Me", "bulkId": "b", "data": {}}),
            OperationError::UnknownResourceType,
        ),
        (json!({"method": "PUT", "path": "/Nowhere/1", "data": {}}), OperationError::UnknownResourceType),
        (json!({"method": "PUT", "path": "/Users", "data": posted}), path(RESOURCE)),
        (json!({"method": "PATCH", "path": "/Users/", "data": {}}), path(RESOURCE)),
        (json!({"method": "DELETE", "path": "/Users/1/2"}), path(RESOURCE)),
        (json!({"method": "DELETE", "path": "/Users/1?x=y"}), path(RESOURCE)),
        (json!({"method": "DELETE", "path": 7}), path(RESOURCE)),
        (json!({"method": "POST", "path": "/Users", "data": posted}), OperationError::BulkIdMissing),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": "", "data": posted}),
            OperationError::BulkIdMissing,
        ),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": 1, "data": posted}),
            OperationError::BulkIdMissing,
        ),
        (json!({"method": "PUT", "path": "/Users/1"}), OperationError::DataMissing),
        (json!({"method": "PATCH", "path": "/Users/1", "data": []}), OperationError::DataNotAnObject),
        (json!({"method": "DELETE", "path": "/Users/1", "version": 3}), OperationError::Version),
        (join("1", "nobody"), OperationError::UnknownBulkId { bulk_id: "nobody".into() }),
        (
            json!({"method": "DELETE", "path": "/Users/bulkId:nobody"}),
            OperationError::UnknownBulkId { bulk_id: "nobody".into() },
        ),
    ];
    for (operation, expected) in cases {
        let found = errors(json!([user("good"), operation]));
        assert_eq!(found, [None, Some(expected)], "{operation}");
    }
}

#[test]
fn posts_that_share_an_identifier_are_all_refused() {
    let twice = || Some(OperationError::BulkIdTwice { bulk_id: "a".into() });
    assert_eq!(errors(json!([user("a"), user("b"), group("a", &[])])), [twice(), None, twice()]);
    let repeated_in_put =
        json!({"method": "PUT", "path": "/Users/1", "bulkId": "a", "data": {"userName": "x"}});
    assert_eq!(errors(json!([user("a"), repeated_in_put])), [None, None]);
}

#[test]
fn a_bad_envelope_is_refused_as_a_whole() {
    let setting = Setting::new(Profile::Rfc);
    let refused = |body: &Value| setting.read(body).unwrap_err();
    let syntax = |error: BulkError| (error.status(), error.scim_type());
    let invalid_syntax = (400, Some(super::super::error::ScimType::InvalidSyntax));
    assert_eq!(syntax(refused(&json!([]))), invalid_syntax);
    assert_eq!(syntax(refused(&json!({"Operations": []}))), invalid_syntax);
    assert_eq!(syntax(refused(&json!({"schemas": [urn::BULK_REQUEST]}))), invalid_syntax);
    assert_eq!(syntax(refused(&json!({"schemas": [urn::PATCH_OP], "Operations": []}))), invalid_syntax);
    for count in [json!(0), json!(-1), json!(1.5), json!("1"), json!(true), json!([])] {
        let mut body = request(json!([]));
        body["failOnErrors"] = count;
        assert_eq!(refused(&body), BulkError::FailOnErrors);
    }
}

#[test]
fn too_many_operations_name_the_limit() {
    let mut setting = Setting::new(Profile::Generic);
    setting.limits.bulk_operations = 2;
    let three = request(json!([user("a"), user("b"), user("c")]));
    let error = setting.read(&three).unwrap_err();
    assert_eq!(error, BulkError::TooManyOperations { count: 3, limit: 2 });
    assert_eq!((error.status(), error.scim_type()), (413, None));
    assert!(error.to_string().contains("(2)"));
    assert!(setting.read(&request(json!([user("a"), user("b")]))).is_ok());
}

#[test]
fn what_is_referred_to_comes_first_and_the_rest_stays_as_sent() {
    let cases = [
        (json!([user("a"), user("b"), group("g", &["a", "b"])]), vec![0, 1, 2]),
        (json!([group("g", &["a", "b"]), user("a"), user("b")]), vec![1, 2, 0]),
        (json!([group("g", &["h"]), group("h", &["a"]), user("a")]), vec![2, 1, 0]),
        (json!([join("1", "a"), user("x"), user("a")]), vec![1, 2, 0]),
        // What follows on the same group waits, too: the outcome is that of the order sent.
        (json!([join("1", "a"), join("1", "x"), user("x"), user("a")]), vec![2, 3, 0, 1]),
        (json!([join("bulkId:g", "a"), group("g", &[]), user("a")]), vec![1, 2, 0]),
        (json!([user_of("a", "m"), user("m")]), vec![1, 0]),
    ];
    for (operations, expected) in cases {
        assert_eq!(order(operations.clone()), expected, "{operations}");
        assert!(errors(operations).iter().all(Option::is_none));
    }
}

#[test]
fn managers_in_a_circle_run_as_sent() {
    let circle = json!([user_of("a", "b"), user_of("b", "c"), user_of("c", "a"), user_of("d", "d")]);
    assert_eq!(errors(circle.clone()), [None, None, None, None]);
    assert_eq!(order(circle), [0, 2, 1, 3]);
}

#[test]
fn new_groups_in_a_circle_are_refused_and_what_needs_them_is_not_run_before() {
    let circle = || Some(OperationError::CircularMembership);
    // RFC 7644 section 3.7.1.
    assert_eq!(
        errors(json!([group("qwerty", &["ytrewq"]), group("ytrewq", &["qwerty"])])),
        [circle(), circle()]
    );
    assert_eq!(errors(json!([group("g", &["g"])])), [circle()]);
    let behind = json!([group("outer", &["a"]), group("a", &["b"]), group("b", &["a"]), user("u")]);
    assert_eq!(errors(behind.clone()), [None, circle(), circle(), None]);
    assert_eq!(order(behind), [3, 1, 0, 2]);
}

#[test]
fn references_are_replaced_wherever_an_id_may_stand() {
    let data = json!({
        "members": [{"value": "bulkId:a", "$ref": "bulkId:a"}, {"value": "c"}],
        urn::ENTERPRISE_USER: {"manager": "bulkId:b"},
        "Operations": [
            {"op": "remove", "path": "members[value eq \"bulkId:a\" or value eq \"bulkId:\\u0062\" or display eq \"a \\\" or \\\"bulkId:a\"]"},
            {"op": "add", "value": {"x[value eq \"bulkId:a\"].y": "see bulkId:a"}},
        ],
        "path": "bulkId:a",
    });
    let registry = Registry::built_in();
    let resource_type = registry.resource_type("Group").unwrap();
    let target = Target { resource_type, id: "bulkId:g".into() };
    let action = Action::Modify { target, version: None, data };
    let expected = ["a", "b", "g"].map(str::to_owned).into();
    assert_eq!(references(&action), expected);
    let ids = |bulk_id: &str| match bulk_id {
        "a" => Some(id(1)),
        "b" => Some(id(2)),
        _ => Some(id(3)),
    };
    let (a, b) = (id(1).to_string(), id(2).to_string());
    let replaced = substitute(&action, &ids).unwrap();
    assert_eq!(replaced.target().unwrap().id, id(3).to_string());
    assert_eq!(
        *replaced.data().unwrap(),
        json!({
            "members": [{"value": a, "$ref": a}, {"value": "c"}],
            urn::ENTERPRISE_USER: {"manager": b},
            "Operations": [
                {"op": "remove", "path": format!("members[value eq \"{a}\" or value eq \"{b}\" or display eq \"a \\\" or \\\"bulkId:a\"]")},
                {"op": "add", "value": {format!("x[value eq \"{a}\"].y"): "see bulkId:a"}},
            ],
            "path": "bulkId:a",
        })
    );
}

#[test]
fn a_reference_to_what_was_not_created_is_a_conflict() {
    let setting = Setting::new(Profile::Rfc);
    let body = request(json!([user("a"), group("g", &["a"])]));
    let read = setting.read(&body).unwrap();
    let unresolved = substitute(read.entries[1].action.as_ref().unwrap(), &|_| None).unwrap_err();
    let error = OperationError::from(unresolved);
    assert_eq!(error, OperationError::ReferenceFailed { bulk_id: "a".into() });
    assert_eq!((error.status(), error.scim_type()), (409, None));
}

#[test]
fn answers_stand_in_the_requests_order_with_the_status_as_text() {
    let setting = Setting::new(Profile::Rfc);
    let body = request(json!([group("g", &["a"]), user("a"), {"method": "GET"}, user("b")]));
    let read = setting.read(&body).unwrap();
    let mut response = BulkResponse::new(&read);
    for position in read.order.iter().copied().filter(|position| *position != 3) {
        let entry = &read.entries[position];
        let outcome = match &entry.action {
            Err(error) => Outcome::refused(error, None),
            Ok(_) => Outcome {
                status: 201,
                location: Some(format!("https://example.com/{position}")),
                version: Some("W/\"1\"".into()),
                response: None,
            },
        };
        response.answer(position, entry, outcome);
    }
    assert_eq!(response.failed(), 1);
    let method = "\"method\" must be POST, PUT, PATCH or DELETE";
    assert_eq!(
        response.into_message(),
        json!({"schemas": [urn::BULK_RESPONSE], "Operations": [
            {"method": "POST", "bulkId": "g", "version": "W/\"1\"", "location": "https://example.com/0", "status": "201"},
            {"method": "POST", "bulkId": "a", "version": "W/\"1\"", "location": "https://example.com/1", "status": "201"},
            {"status": "400", "response": {"schemas": [urn::ERROR], "status": "400", "scimType": "invalidValue",
                "detail": method}},
        ]})
    );
}

proptest! {
    #[test]
    fn every_operation_is_run_once_and_members_exist_before_their_groups(
        links in proptest::collection::vec((any::<bool>(), proptest::collection::vec(0_usize..12, 0..4)), 1..12)
    ) {
        let names: Vec<String> = (0..links.len()).map(|number| format!("n{number}")).collect();
        let operations: Vec<Value> = links
            .iter()
            .zip(&names)
            .map(|((is_group, others), name)| {
                let others: Vec<&str> = others.iter().map(|at| names[at % names.len()].as_str()).collect();
                match (is_group, others.first()) {
                    (true, _) => group(name, &others),
                    (false, Some(manager)) => user_of(name, manager),
                    (false, None) => user(name),
                }
            })
            .collect();
        let setting = Setting::new(Profile::Rfc);
        let read = setting.read(&request(json!(operations))).unwrap();
        let mut sorted = read.order.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..links.len()).collect::<Vec<_>>());
        let place = |position: usize| read.order.iter().position(|other| *other == position).unwrap();
        for (position, (is_group, others)) in links.iter().enumerate() {
            let group_is_made = *is_group && read.entries[position].action.is_ok();
            for other in others.iter().map(|at| at % links.len()).filter(|_| group_is_made) {
                if read.entries[other].action.is_ok() {
                    prop_assert!(place(other) < place(position), "{position} before its member {other}");
                }
            }
        }
    }
}
