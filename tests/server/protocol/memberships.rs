//! Members of groups, and the groups that users show (RFC 7643 sections 4.1.2 and 4.2).

use serde_json::{Value, json};

use super::*;

topic!(
    [],
    a_user_shows_its_direct_groups_in_every_answer,
    groups_in_groups_are_accepted_and_circles_refused,
    deleted_users_and_groups_leave_their_groups,
    members_are_added_and_removed_by_patch,
    unknown_members_are_refused_and_named,
    a_member_is_shown_without_a_name,
);

const NOBODY: &str = "01a1f82b-b7fc-7316-8e41-a787ca9f29cc";

fn members(client: &Client, group: &str) -> Vec<String> {
    sorted(values(&client.get(&format!("/Groups/{group}")).expect(200).json()["members"]))
}

fn a_user_shows_its_direct_groups_in_every_answer(place: &Place<'_>) {
    let client = place.client("rfc");
    let anna = make_user(&client, "anna");
    let inner = make_group(&client, "inner", &[&anna]);
    make_group(&client, "outer", &[&inner]);
    let path = format!("/Users/{anna}");
    let reference = format!("{}/Groups/{inner}", place.server.scim());
    let expected = json!([{"value": inner, "display": "inner", "type": "direct", "$ref": reference}]);
    let put = client.put(&path, &user("anna", json!({"groups": [], "title": "a"}))).expect(200).json();
    let patched =
        client.patch(&path, &json!([{"op": "add", "path": "title", "value": "t"}])).expect(200).json();
    let read = client.get(&path).expect(200).json();
    let listed = resources(&client.get("/Users"))[0].clone();
    let search = json!({"schemas": [SEARCH], "filter": "userName eq \"anna\""});
    let searched = resources(&client.post("/.search", &search))[0].clone();
    for shown in [put, patched, read, listed, searched] {
        assert_eq!(shown["groups"], expected);
    }
    // RFC 7643 section 4.1.2: changes are made through the group.
    let operations = json!([{"op": "remove", "path": "groups"}]);
    client.patch(&path, &operations).expect_error(400, Some("mutability"));
    client.patch(
        &format!("/Groups/{inner}"),
        &json!([{"op": "replace", "path": "displayName", "value": "Inner"}]),
    );
    assert_eq!(client.get(&path).at("/groups/0/display"), "Inner");
}

fn groups_in_groups_are_accepted_and_circles_refused(place: &Place<'_>) {
    let client = place.client("rfc");
    let a = make_group(&client, "a", &[]);
    let b = make_group(&client, "b", &[&a]);
    let c = make_group(&client, "c", &[&b]);
    let shown = client.get(&format!("/Groups/{c}")).json()["members"].clone();
    let reference = format!("{}/Groups/{b}", place.server.scim());
    assert_eq!(shown, json!([{"value": b, "type": "Group", "$ref": reference}]));
    let add = |member: &str| json!([{"op": "add", "path": "members", "value": [{"value": member}]}]);
    for (group_id, name, member) in [(&a, "a", &a), (&a, "a", &b), (&a, "a", &c), (&b, "b", &c)] {
        let path = format!("/Groups/{group_id}");
        client.patch(&path, &add(member)).expect_error(400, Some("invalidValue"));
        client.put(&path, &group(name, &[member])).expect_error(400, Some("invalidValue"));
    }
    assert_eq!(members(&client, &a), [""; 0]);
    // No circle: two ways to one group.
    client.patch(&format!("/Groups/{c}"), &add(&a)).expect(200);
    // Once the way is cut, it may be turned round.
    client.put(&format!("/Groups/{b}"), &group("b", &[])).expect(200);
    client.patch(&format!("/Groups/{a}"), &add(&b)).expect(200);
}

fn deleted_users_and_groups_leave_their_groups(place: &Place<'_>) {
    let client = place.client("rfc");
    let (anna, bert) = (make_user(&client, "anna"), make_user(&client, "bert"));
    let inner = make_group(&client, "inner", &[&anna]);
    let outer = make_group(&client, "outer", &[&anna, &bert, &inner]);
    let version = |group: &str| client.get(&format!("/Groups/{group}")).at("/meta/version");
    let before = version(&outer);
    client.delete(&format!("/Users/{anna}")).expect(204);
    assert_eq!(members(&client, &outer), sorted(vec![bert.clone(), inner.clone()]));
    assert_ne!(version(&outer), before, "what a group shows has changed");
    assert_eq!(client.get(&format!("/Groups/{inner}")).json().get("members"), None);
    assert_eq!(found(&client, "/Groups", &format!("members.value eq \"{anna}\"")), [""; 0]);
    client.delete(&format!("/Groups/{inner}")).expect(204);
    assert_eq!(members(&client, &outer), [bert.clone()]);
    client.delete(&format!("/Groups/{outer}")).expect(204);
    assert_eq!(client.get(&format!("/Users/{bert}")).json().get("groups"), None);
    assert_eq!(found(&client, "/Users", "groups pr"), [""; 0]);
    // A new user of the old name is not in the old one's groups.
    let crew = make_group(&client, "crew", &[&bert]);
    client.delete(&format!("/Users/{bert}")).expect(204);
    let again = make_user(&client, "bert");
    assert_eq!(client.get(&format!("/Users/{again}")).json().get("groups"), None);
    assert_eq!(members(&client, &crew), [""; 0]);
}

/// RFC 7644 section 3.5.2, the examples with members.
fn members_are_added_and_removed_by_patch(place: &Place<'_>) {
    let client = place.client("rfc");
    let ids: Vec<String> = (0..4).map(|number| make_user(&client, &format!("u{number}"))).collect();
    let crew = make_group(&client, "crew", &[]);
    let path = format!("/Groups/{crew}");
    let value = |ids: &[&String]| Value::Array(ids.iter().map(|id| json!({"value": id})).collect());
    let steps: [(Value, &[usize]); 9] = [
        (json!([{"op": "add", "path": "members", "value": value(&[&ids[0], &ids[1]])}]), &[0, 1]),
        (json!([{"op": "add", "path": "members", "value": value(&[&ids[1], &ids[2]])}]), &[0, 1, 2]),
        (json!([{"op": "add", "value": {"members": value(&[&ids[3]])}}]), &[0, 1, 2, 3]),
        (json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ids[0])}]), &[1, 2, 3]),
        (
            json!([{"op": "remove", "path": format!("members[value eq \"{}\" or value eq \"{}\"]", ids[1], ids[2])}]),
            &[3],
        ),
        (
            json!([
                {"op": "remove", "path": format!("members[value eq \"{}\"]", ids[3])},
                {"op": "add", "path": "members", "value": value(&[&ids[0]])},
                {"op": "replace", "path": "displayName", "value": "Crew"},
            ]),
            &[0],
        ),
        (json!([{"op": "replace", "path": "members", "value": value(&[&ids[2], &ids[3]])}]), &[2, 3]),
        (json!([{"op": "remove", "path": "members[type eq \"User\"]"}]), &[]),
        (json!([{"op": "add", "path": "members", "value": []}]), &[]),
    ];
    for (operations, expected) in steps {
        let patched = client.patch(&path, &operations).expect(200).json();
        let expected = sorted(expected.iter().map(|at| ids[*at].clone()).collect());
        assert_eq!(sorted(values(&patched["members"])), expected, "{operations}");
        assert_eq!(members(&client, &crew), expected, "{operations}");
        for id in &ids {
            let groups = values(&client.get(&format!("/Users/{id}")).json()["groups"]);
            assert_eq!(groups.contains(&crew), expected.contains(id));
        }
    }
    client.patch(&path, &json!([{"op": "remove", "path": "members"}])).expect(200);
    // A user who has gone, or was never there, can be removed: there is nothing to do.
    let removal = json!([{"op": "remove", "path": format!("members[value eq \"{NOBODY}\"]")}]);
    client.patch(&path, &removal).expect(200);
    // RFC 7643 section 4.2: a member's parts are immutable.
    let change = json!([{"op": "replace", "path": "members.value", "value": ids[0]}]);
    client.patch(&path, &change).expect_error(400, Some("mutability"));
}

/// An unknown member is refused, its position named, nothing is applied.
fn unknown_members_are_refused_and_named(place: &Place<'_>) {
    let strict_about_members = ["entra", "okta", "rfc", "strict"];
    for profile in PROFILES {
        let client = place.client(profile);
        let anna = make_user(&client, &format!("u-{profile}"));
        let crew = make_group(&client, &format!("g-{profile}"), &[]);
        let path = format!("/Groups/{crew}");
        let add = |member: &str| json!([{"op": "add", "path": "members", "value": [{"value": anna}, {"value": member}]}]);
        let refused = client.patch(&path, &add(NOBODY)).expect_error(400, Some("invalidValue"));
        assert!(refused.at("/detail").contains("Operations[0].value[1]"), "{}", refused.text);
        let name = format!("n-{profile}");
        client.post("/Groups", &group(&name, &[NOBODY])).expect_error(400, Some("invalidValue"));
        client.put(&path, &group(&name, &[&anna, NOBODY])).expect_error(400, Some("invalidValue"));
        assert_eq!(members(&client, &crew), [""; 0], "{profile}");
        // What can be nobody's id is passed over by the profile that serves unknown clients.
        let foreign = client.patch(&path, &add("fake-member-id"));
        if strict_about_members.contains(&profile) {
            foreign.expect_error(400, Some("invalidValue"));
        } else {
            assert_eq!(values(&foreign.expect(200).json()["members"]), [anna]);
        }
    }
}

fn a_member_is_shown_without_a_name(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        let anna =
            id(&make(&client, "/Users", &user(&format!("anna-{profile}"), json!({"displayName": "Anna"}))));
        let body = merged(
            json!({"schemas": [GROUP], "displayName": profile}),
            json!({"members": [{"value": anna, "display": "somebody", "type": "User"}]}),
        );
        let made = make(&client, "/Groups", &body);
        let reference = format!("{}/Users/{anna}", place.server.scim());
        let expected = json!([{"value": anna, "type": "User", "$ref": reference}]);
        assert_eq!(made["members"], expected, "{profile}");
        // Nor does a manager get one that nobody sent.
        let managed = json!({"schemas": [USER, ENTERPRISE], (ENTERPRISE): {"manager": {"value": anna, "displayName": "X"}}});
        let made = make(&client, "/Users", &user(&format!("bert-{profile}"), managed));
        assert_eq!(made[ENTERPRISE]["manager"], json!({"value": anna, "$ref": reference}), "{profile}");
    }
}
