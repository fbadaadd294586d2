//! Entity tags and preconditions (RFC 7644 section 3.14, RFC 9110 section 13).

use serde_json::json;

use super::*;

topic!(
    [],
    a_read_of_what_is_known_is_304,
    if_match_lets_only_the_present_version_change,
    if_none_match_stops_a_write,
    every_change_makes_another_version,
    a_users_version_follows_its_groups,
    of_two_writers_with_one_version_one_wins,
);

const OTHER: &str = "W/\"999\"";

fn version(client: &Client, path: &str) -> String {
    let answer = client.get(path).expect(200);
    assert_eq!(answer.header("etag"), Some(answer.at("/meta/version").as_str()));
    answer.at("/meta/version")
}

fn a_read_of_what_is_known_is_304(place: &Place<'_>) {
    let client = place.client("rfc");
    for path in
        [format!("/Users/{}", make_user(&client, "u")), format!("/Groups/{}", make_group(&client, "g", &[]))]
    {
        let tag = version(&client, &path);
        let strong = tag.trim_start_matches("W/").to_owned();
        for known in [tag.clone(), strong, format!("{OTHER}, {tag}"), "*".to_owned()] {
            let answer = client.send("GET", &path, &[("If-None-Match", &known)], None).expect(304);
            assert_eq!((answer.header("etag"), answer.text.as_str()), (Some(tag.as_str()), ""), "{known}");
        }
        for unknown in [OTHER, "W/\"\"", "garbage"] {
            client.send("GET", &path, &[("If-None-Match", unknown)], None).expect(200);
        }
        client.send("GET", &path, &[("If-Match", &tag)], None).expect(200);
        client.send("GET", &path, &[("If-Match", OTHER)], None).expect_error(412, None);
    }
}

/// RFC 7644 section 3.14: 412 where the version has changed; weak tags are compared weakly, as all of ours are weak.
fn if_match_lets_only_the_present_version_change(place: &Place<'_>) {
    let client = place.client("rfc");
    for (endpoint, body) in [("/Users", user("u", json!({}))), ("/Groups", group("u", &[]))] {
        let path = format!("{endpoint}/{}", id(&make(&client, endpoint, &body)));
        let first = version(&client, &path);
        let put = |tag: &str, external: &str| {
            let body = merged(body.clone(), json!({"externalId": external})).to_string();
            client.send("PUT", &path, &[("If-Match", tag)], Some(body.as_bytes()))
        };
        let patch = |tag: &str, external: &str| {
            let operations = json!([{"op": "add", "path": "externalId", "value": external}]);
            let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
            client.send("PATCH", &path, &[("If-Match", tag)], Some(body.to_string().as_bytes()))
        };
        put(&first, "1").expect(200);
        for stale in [first.as_str(), OTHER, "\"\"", "nonsense", ""].iter().filter(|tag| !tag.is_empty()) {
            put(stale, "no").expect_error(412, None);
            patch(stale, "no").expect_error(412, None);
            client.send("DELETE", &path, &[("If-Match", stale)], None).expect_error(412, None);
        }
        assert_eq!(client.get(&path).at("/externalId"), "1");
        let now = version(&client, &path);
        put(now.trim_start_matches("W/"), "2").expect(200);
        let now = version(&client, &path);
        patch(&format!("{OTHER} , {now}"), "3").expect(200);
        patch("*", "4").expect(200);
        put("*", "5").expect(200);
        assert_eq!(client.get(&path).at("/externalId"), "5");
        // Nothing is to be found: 404 before any question of versions.
        let missing = format!("{endpoint}/01a1f82b-b7fc-7316-8e41-a787ca9f29cc");
        client.send("DELETE", &missing, &[("If-Match", "*")], None).expect_error(404, None);
        let now = version(&client, &path);
        client.send("DELETE", &path, &[("If-Match", &now)], None).expect(204);
    }
}

fn if_none_match_stops_a_write(place: &Place<'_>) {
    let client = place.client("rfc");
    let path = format!("/Users/{}", make_user(&client, "u"));
    let body = user("u", json!({"title": "t"})).to_string();
    for tag in ["*".to_owned(), version(&client, &path)] {
        let answer = client.send("PUT", &path, &[("If-None-Match", &tag)], Some(body.as_bytes()));
        answer.expect_error(412, None);
    }
    client.send("PUT", &path, &[("If-None-Match", OTHER)], Some(body.as_bytes())).expect(200);
}

fn every_change_makes_another_version(place: &Place<'_>) {
    let client = place.client("rfc");
    let member = make_user(&client, "m");
    let path = format!("/Groups/{}", make_group(&client, "g", &[]));
    let mut seen = vec![version(&client, &path)];
    for operation in [
        json!({"op": "add", "path": "members", "value": [{"value": member}]}),
        json!({"op": "replace", "path": "displayName", "value": "h"}),
        json!({"op": "remove", "path": format!("members[value eq \"{member}\"]")}),
        json!({"op": "replace", "path": "displayName", "value": "g"}),
    ] {
        let answer = client.patch(&path, &json!([operation])).expect(200);
        let tag = version(&client, &path);
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
        assert!(!seen.contains(&tag), "{operation}");
        seen.push(tag);
    }
}

/// `groups` is part of what a read shows, so what changes it changes the tag (RFC 9110 section 8.8.1).
fn a_users_version_follows_its_groups(place: &Place<'_>) {
    let client = place.client("rfc");
    let anna = make_user(&client, "anna");
    let path = format!("/Users/{anna}");
    let mut seen = vec![version(&client, &path)];
    let mut changed = |what: &str| {
        let tag = version(&client, &path);
        assert_ne!(Some(&tag), seen.last(), "{what}");
        let listed = resources(&client.get("/Users"))[0]["meta"]["version"].clone();
        assert_eq!(listed, json!(tag), "a list says the same");
        seen.push(tag);
    };
    let crew = make_group(&client, "crew", &[&anna]);
    changed("joined");
    client.patch(
        &format!("/Groups/{crew}"),
        &json!([{"op": "replace", "path": "displayName", "value": "Crew"}]),
    );
    changed("its group was renamed");
    let other = make_group(&client, "other", &[&anna]);
    changed("joined another");
    let removal = json!([{"op": "remove", "path": format!("members[value eq \"{anna}\"]")}]);
    client.patch(&format!("/Groups/{crew}"), &removal).expect(200);
    changed("left");
    client.delete(&format!("/Groups/{other}")).expect(204);
    assert_eq!(version(&client, &path), seen[0], "in no group it is what it was");
    // A stale tag from before the user joined does not let a write through.
    make_group(&client, "third", &[&anna]);
    let body = user("anna", json!({})).to_string();
    client.send("PUT", &path, &[("If-Match", &seen[0])], Some(body.as_bytes())).expect_error(412, None);
}

fn of_two_writers_with_one_version_one_wins(place: &Place<'_>) {
    let client = place.client("rfc");
    let path = format!("/Users/{}", make_user(&client, "u"));
    let tag = version(&client, &path);
    let writers: Vec<_> = (0..8)
        .map(|number| {
            let (client, path, tag) = (client.clone(), path.clone(), tag.clone());
            std::thread::spawn(move || {
                let body = user("u", json!({"title": format!("t{number}")})).to_string();
                client.send("PUT", &path, &[("If-Match", &tag)], Some(body.as_bytes())).status
            })
        })
        .collect();
    let mut statuses: Vec<u16> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}
