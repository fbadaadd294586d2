//! RFC 7643, RFC 7644 and RFC 9865 as a client meets them, one file a topic.
//!
//! Each topic starts one server on either database and gives every case an organization of its own, so that a case
//! can count what it sees.

mod bulk;
mod cursor_paging;
mod discovery;
mod filters;
mod http;
mod index_paging;
mod large_groups;
mod memberships;
mod profiles;
mod projection;
mod resources;
mod schema_rules;
mod search;
mod sorting;
mod versions;

use std::panic::{AssertUnwindSafe, catch_unwind};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::{Answer, Backend, Client, Server};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

pub const PROFILES: [&str; 5] = ["entra", "okta", "generic", "rfc", "strict"];
pub const LIBERAL: [&str; 3] = ["entra", "okta", "generic"];

/// An organization of a running server, for one case alone.
pub struct Place<'s> {
    pub server: &'s Server,
    pub organization: String,
}

impl Place<'_> {
    /// A client of the organization with this profile.
    pub fn client(&self, profile: &str) -> Client {
        self.server.client_with(Some(&self.server.token_of(&self.organization, profile)))
    }

    /// A client, exact as `rfc`, of a second connection of this kind.
    pub fn client_of_second_connection(&self, kind: &str) -> Client {
        let create = |what: &str, how: &[&str]| {
            self.server.expect(&[&[what, "create", "--organization", &self.organization], how].concat())
        };
        create("connection", &["--name", "second", "--kind", kind]);
        let token = create("token", &["--client", "c2", "--connection", "second", "--profile", "rfc"]);
        self.server.client_with(Some(&token))
    }
}

/// A case and its name.
pub type Case = (&'static str, fn(&Place<'_>));

/// Runs the cases on one server of either database and says which failed.
pub fn run(settings: &[(&str, &str)], cases: &[Case]) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let server = Server::with(backend, settings);
        let failed: Vec<&str> =
            cases.iter().filter(|case| !passes(&server, case)).map(|(name, _)| *name).collect();
        assert!(failed.is_empty(), "on {backend:?} failed: {failed:?}");
    }
}

fn passes(server: &Server, (name, case): &Case) -> bool {
    let organization = name.replace('_', "-").chars().take(40).collect::<String>();
    let organization = organization.trim_end_matches('-').to_owned();
    server.expect(&["organization", "create", &organization, "--name", name]);
    let place = Place { server, organization };
    catch_unwind(AssertUnwindSafe(|| case(&place))).is_ok()
}

/// A test of several cases that share a server, which may be given settings.
macro_rules! topic {
    ([$($setting:expr),* $(,)?], $($case:ident),+ $(,)?) => {
        #[test]
        fn holds_on_both_databases() {
            crate::protocol::run(&[$($setting),*], &[$((stringify!($case), $case)),+]);
        }
    };
}
pub(crate) use topic;

/// A user's body: the name and other attributes.
pub fn user(name: &str, others: Value) -> Value {
    merged(json!({"schemas": [USER], "userName": name}), others)
}

/// A group's body, with these members.
pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

/// The body with the members of another in it.
pub fn merged(mut body: Value, others: Value) -> Value {
    if let Value::Object(others) = others {
        body.as_object_mut().unwrap().extend(others);
    }
    body
}

/// Creates a resource.
#[track_caller]
pub fn make(client: &Client, endpoint: &str, body: &Value) -> Value {
    client.post(endpoint, body).expect(201).json()
}

/// Creates a user with nothing but a name; its id.
#[track_caller]
pub fn make_user(client: &Client, name: &str) -> String {
    id(&make(client, "/Users", &user(name, json!({}))))
}

/// Creates a group with these members; its id.
#[track_caller]
pub fn make_group(client: &Client, name: &str, members: &[&str]) -> String {
    id(&make(client, "/Groups", &group(name, members)))
}

/// Creates so many users in as few requests as may be: their ids, in the order of their names `NAME0000`, ....
#[track_caller]
pub fn make_users(client: &Client, name: &str, count: usize) -> Vec<String> {
    let numbers: Vec<usize> = (0..count).collect();
    let mut ids = Vec::with_capacity(count);
    for chunk in numbers.chunks(1_000) {
        let operations: Vec<Value> = chunk
            .iter()
            .map(|number| {
                json!({"method": "POST", "path": "/Users", "bulkId": number.to_string(),
                    "data": user(&format!("{name}{number:04}"), json!({}))})
            })
            .collect();
        let answer = client.post("/Bulk", &json!({"schemas": [BULK], "Operations": operations}));
        for done in answer.expect(200).json()["Operations"].as_array().unwrap() {
            assert_eq!(done["status"], json!("201"), "{done}");
            ids.push(done["location"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        }
    }
    ids
}

/// A resource's id.
pub fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap_or_else(|| panic!("no id in {resource}")).to_owned()
}

/// What a filter finds, in order of the names.
#[track_caller]
pub fn found(client: &Client, endpoint: &str, filter: &str) -> Vec<String> {
    let answer = client.get(&format!("{endpoint}?filter={}", encoded(filter)));
    assert_eq!(answer.status, 200, "{filter}: {}", answer.text);
    assert_eq!(answer.json()["totalResults"], json!(resources(&answer).len()), "{filter}");
    sorted(names(&answer))
}

/// A query string's value.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A list's resources.
pub fn resources(answer: &Answer) -> Vec<Value> {
    answer.json()["Resources"].as_array().unwrap_or_else(|| panic!("no Resources in {}", answer.text)).clone()
}

/// What the resources of a list are called, in its order.
pub fn names(answer: &Answer) -> Vec<String> {
    let name = |resource: &Value| {
        let name = resource.get("userName").or_else(|| resource.get("displayName"));
        name.and_then(Value::as_str).unwrap_or_else(|| panic!("no name in {resource}")).to_owned()
    };
    resources(answer).iter().map(name).collect()
}

/// The values of a list of references, such as a group's members.
pub fn values(list: &Value) -> Vec<String> {
    let elements = list.as_array().map_or(&[][..], Vec::as_slice);
    elements.iter().map(|element| element["value"].as_str().unwrap().to_owned()).collect()
}

/// The same in order of the values.
pub fn sorted(mut values: Vec<String>) -> Vec<String> {
    values.sort();
    values
}
