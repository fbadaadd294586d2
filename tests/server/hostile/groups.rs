//! Members that are elsewhere, unknown, or the group itself.

use serde_json::{Value, json};

use super::case::{Case, Request, delete, get, patch, post, put};
use super::world::{Ids, NOBODY, World, group, user};

const VALUE: &[Option<&str>] = &[Some("invalidValue")];

pub fn cases(ids: &Ids) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, endpoint, id) in [("a user", "/Users", &ids.stranger), ("a group", "/Groups", &ids.strangers)]
    {
        let unknown = with_member(ids, NOBODY);
        for ((verb, request), (_, twin)) in with_member(ids, id).into_iter().zip(unknown) {
            let name = format!("{name} of another organization as a member by {verb}");
            cases.push(Case::refused(50, name, request, 400, VALUE).checking(move |_, client, answer| {
                assert!(answer.at("/detail").contains("[1]"), "{}, the second is unknown", answer.text);
                assert_eq!(twin.to(client).text, answer.text, "as for an unknown id");
            }));
        }
        for ((verb, request), (_, twin)) in on(endpoint, id).into_iter().zip(on(endpoint, NOBODY)) {
            let name = format!("{verb} {name} of another organization");
            cases.push(Case::refused(52, name, request, 404, &[None]).checking(move |_, client, answer| {
                assert_eq!(twin.to(client).text, answer.text, "as for an unknown id");
            }));
        }
    }
    let (team, outer) = (format!("/Groups/{}", ids.team), format!("/Groups/{}", ids.outer));
    let circle = |name: &str, request: Request| Case::refused(51, name, request, 400, VALUE);
    cases.extend([
        circle("a group in itself by PATCH", patch(&team, &add(&[&ids.team]))),
        circle("a group in itself by PUT", put(&team, &group("Team", &[&ids.alice, &ids.team]))),
        circle("a group in itself around another", patch(&outer, &add(&[&ids.outer]))),
        circle("a circle of two", patch(&team, &add(&[&ids.outer]))),
        circle("a circle of two by PUT", put(&team, &group("Team", &[&ids.outer]))),
        Case::scenario(51, "groups nested 1000 deep", nested),
    ]);
    cases
}

fn add(members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!([{"op": "add", "path": "members", "value": members}])
}

/// Every way to name a member, as the second of two.
fn with_member(ids: &Ids, id: &str) -> Vec<(&'static str, Request)> {
    let team = format!("/Groups/{}", ids.team);
    let two = [ids.bob.as_str(), id];
    let replace = json!([{"op": "replace", "path": "members", "value": [{"value": ids.bob}, {"value": id}]}]);
    vec![
        ("POST", post("/Groups", &group("s50", &two))),
        ("PUT", put(&team, &group("Team", &two))),
        ("PATCH add", patch(&team, &add(&two))),
        ("PATCH replace", patch(&team, &replace)),
    ]
}

/// Every way to reach a resource.
fn on(endpoint: &str, id: &str) -> Vec<(&'static str, Request)> {
    let path = format!("{endpoint}/{id}");
    let body = if endpoint == "/Users" { user("s52") } else { group("s52", &[]) };
    let rename = json!([{"op": "replace", "path": "displayName", "value": "s52"}]);
    vec![
        ("GET", get(&path)),
        ("PUT", put(&path, &body)),
        ("PATCH", patch(&path, &rename)),
        ("DELETE", delete(&path)),
    ]
}

/// A long chain is fine; closing it to a circle is not, and is found in bounded time.
fn nested(world: &World, profile: &str) {
    const DEPTH: usize = 1000;
    let client = world.server.client(profile);
    let bulk = |operations: Vec<Value>| -> Vec<Value> {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        let answer = client.post("/Bulk", &json!({"schemas": schemas, "Operations": operations})).expect(200);
        let done = answer.json()["Operations"].as_array().expect("operations").clone();
        let failed =
            done.iter().find(|done| done["status"].as_str().is_none_or(|status| !status.starts_with('2')));
        assert_eq!(failed, None);
        done
    };
    let create = |at: usize| json!({"method": "POST", "path": "/Groups", "bulkId": format!("{at}"), "data": group(&format!("chain {at}"), &[])});
    let made = bulk((0..DEPTH).map(create).collect());
    let ids: Vec<&str> =
        made.iter().filter_map(|done| done["location"].as_str()?.rsplit('/').next()).collect();
    let link = |pair: &[&str]| {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let data = json!({"schemas": schemas, "Operations": add(&pair[1..])});
        json!({"method": "PATCH", "path": format!("/Groups/{}", pair[0]), "data": data})
    };
    bulk(ids.windows(2).map(link).collect());
    let begun = std::time::Instant::now();
    let last = format!("/Groups/{}", ids[DEPTH - 1]);
    patch(&last, &add(&[ids[0]])).to(&client).expect_error(400, Some("invalidValue"));
    assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
    bulk(ids.iter().map(|id| json!({"method": "DELETE", "path": format!("/Groups/{id}")})).collect());
}
