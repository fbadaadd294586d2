//! Groups of many members.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

topic!(
    [("ROSTER_LIMITS__MEMBERS_PER_REQUEST", "5000")],
    a_group_of_five_thousand_is_read_whole,
    a_patch_of_a_large_group_answers_with_a_body_only_if_asked,
    a_request_names_so_many_members_and_no_more,
);

fn distinct(members: &Value) -> BTreeSet<String> {
    let listed = values(members);
    let distinct: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(distinct.len(), listed.len(), "nobody twice");
    distinct
}

fn a_group_of_five_thousand_is_read_whole(place: &Place<'_>) {
    let client = place.client("rfc");
    let ids = make_users(&client, "u", 5_000);
    let expected: BTreeSet<String> = ids.iter().cloned().collect();
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let made = client.post("/Groups", &group("large", &all)).expect(201);
    assert_eq!(distinct(&made.json()["members"]), expected);
    make_group(&client, "small", &all[..2]);
    let path = format!("/Groups/{}", made.at("/id"));
    let read = client.get(&path).expect(200);
    assert_eq!(distinct(&read.json()["members"]), expected);
    assert_eq!(read.header("etag"), made.header("etag"));
    let reference = format!("{}/Users/{}", place.server.scim(), values(&read.json()["members"])[4_999]);
    assert_eq!(read.json()["members"][4_999]["$ref"], json!(reference));
    for listed in [
        client.get("/Groups"),
        client.post("/.search", &json!({"schemas": [SEARCH], "filter": "members pr"})),
    ] {
        let groups = resources(&listed.expect(200));
        assert_eq!(distinct(&groups[0]["members"]), expected);
        assert_eq!(values(&groups[1]["members"]).len(), 2);
    }
    let bare = resources(&client.get("/Groups?excludedAttributes=members").expect(200));
    assert!(bare.iter().all(|group| group.get("members").is_none()));
    let filter = format!("members.value eq \"{}\"", ids[4_321]);
    assert_eq!(
        names(&client.get(&format!("/Groups?attributes=displayName&filter={}", encoded(&filter)))),
        ["large"]
    );
    let put = client.put(&path, &group("large", &all[1..])).expect(200).json();
    assert_eq!(distinct(&put["members"]).len(), 4_999);
    client.delete(&path).expect(204);
    assert_eq!(values(&client.get(&format!("/Users/{}", ids[0])).json()["groups"]).len(), 1);
    assert_eq!(client.get(&format!("/Users/{}", ids[10])).json().get("groups"), None);
}

/// More than 1,000 members are sent back only to who names attributes; RFC 7644 section 3.5.2 allows 204.
fn a_patch_of_a_large_group_answers_with_a_body_only_if_asked(place: &Place<'_>) {
    let client = place.client("rfc");
    let ids = make_users(&client, "u", 1_001);
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let made = make(&client, "/Groups", &group("large", &all[..999]));
    let path = format!("/Groups/{}", id(&made));
    let add = |member: &str| json!([{"op": "add", "path": "members", "value": [{"value": member}]}]);
    let thousand = client.patch(&path, &add(all[999])).expect(200);
    assert_eq!(values(&thousand.json()["members"]).len(), 1_000);
    let more = client.patch(&path, &add(all[1_000])).expect(204);
    assert_eq!((more.text.as_str(), more.header("content-type")), ("", Some("application/scim+json")));
    assert_ne!(more.header("etag"), thousand.header("etag"));
    assert_eq!(more.header("etag"), Some(client.get(&path).at("/meta/version").as_str()));
    let named = client.patch(&format!("{path}?attributes=displayName"), &add(all[0])).expect(200).json();
    assert_eq!((&named["displayName"], named.get("members")), (&json!("large"), None));
    let without =
        client.patch(&format!("{path}?excludedAttributes=externalId"), &add(all[0])).expect(200).json();
    assert_eq!(distinct(&without["members"]).len(), 1_001);
    let removal = json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", all[7])}]);
    assert_eq!(values(&client.patch(&path, &removal).expect(200).json()["members"]).len(), 1_000);
}

fn a_request_names_so_many_members_and_no_more(place: &Place<'_>) {
    let client = place.client("rfc");
    let anna = make_user(&client, "anna");
    let many = vec![anna.as_str(); 5_000];
    let made = make(&client, "/Groups", &group("same", &many));
    assert_eq!(values(&made["members"]), [anna.clone()]);
    let path = format!("/Groups/{}", id(&made));
    let too_many = vec![anna.as_str(); 5_001];
    client.post("/Groups", &group("never", &too_many)).expect_error(400, Some("invalidValue"));
    client.put(&path, &group("same", &too_many)).expect_error(400, Some("invalidValue"));
    let value = |count: usize| Value::Array(vec![json!({"value": anna}); count]);
    let operations = json!([
        {"op": "add", "path": "members", "value": value(3_000)},
        {"op": "add", "path": "members", "value": value(2_001)},
    ]);
    client.patch(&path, &operations).expect_error(413, None);
    assert_eq!(client.get(&path).json(), made);
}
