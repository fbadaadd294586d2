//! Filters, sorts and pages beyond what one look-up in an index answers.

use serde_json::{Value, json};

use crate::support::{Answer, Client, Server, on_both};

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn find(client: &Client, endpoint: &str, filter: &str) -> Answer {
    client.get(&format!("/{endpoint}?filter={}", encoded(filter))).expect(200)
}

fn texts(answer: &Answer, pointer: &str) -> Vec<String> {
    let resources = answer.json()["Resources"].as_array().cloned().unwrap_or_default();
    resources
        .iter()
        .map(|one| one.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned())
        .collect()
}

fn user(client: &Client, name: &str) -> String {
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    let body = json!({"schemas": schemas, "userName": name, "displayName": "The Same", "title": "Engineer"});
    client.post("/Users", &body).expect(201).at("/id")
}

fn group(client: &Client, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let body = json!({"schemas": schemas, "displayName": name, "members": members});
    client.post("/Groups", &body).expect(201).at("/id")
}

/// A client of a second connection.
fn other(server: &Server) -> Client {
    server.connection("other", "generic");
    server.client_of("other", "generic")
}

#[test]
fn a_query_that_takes_too_long_is_told_so_and_goes_on_no_longer() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        // More than are looked at between two looks at the clock.
        for part in ["a", "b", "c", "d", "e"] {
            let create = |at: usize| {
                let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                    "userName": format!("{part}{at}"), "title": "Engineer"});
                json!({"method": "POST", "path": "/Users", "bulkId": at.to_string(), "data": user})
            };
            let operations: Vec<Value> = (0..1_000).map(create).collect();
            let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": operations});
            client.post("/Bulk", &bulk).expect(200);
        }
        let impatient = server.second_with(&[("ROSTER_SERVER__REQUEST_TIMEOUT", "300ms")]);
        let hurried = impatient.client("generic");
        let terms: Vec<String> = (0..150).map(|at| format!("meta.location co \"none of {at}\"")).collect();
        let query = format!("/Users?filter={}", encoded(&terms.join(" or ")));
        hurried.get(&query).expect_error(400, Some("tooMany"));
        assert_eq!(client.get(&query).expect(200).at("/totalResults"), "0", "there is time enough elsewhere");
        assert_eq!(hurried.get("/Users?count=1").expect(200).at("/totalResults"), "5000");
    });
}

#[test]
fn a_name_that_two_have_finds_both() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (one, two) = (server.client("rfc"), other(&server));
        for client in [&one, &two] {
            group(client, "Administrators", &[]);
        }
        user(&one, "ann");
        user(&one, "bob");
        for client in [&one, &two] {
            let found = find(client, "Groups", r#"displayName eq "administrators""#);
            assert_eq!((found.at("/totalResults"), texts(&found, "/id").len()), ("2".to_owned(), 2));
        }
        let search = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": r#"displayName eq "the same""#});
        let found = one.post("/.search", &search).expect(200);
        assert_eq!((found.at("/totalResults"), texts(&found, "/id").len()), ("2".to_owned(), 2));
        let one_of_them = find(&one, "Groups", r#"displayName eq "administrators" and displayName pr"#);
        assert_eq!(one_of_them.at("/totalResults"), "2");
    });
}

#[test]
fn the_version_that_is_shown_is_the_one_that_filters_and_sorts() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("rfc");
        let (ann, bob) = (user(&client, "ann"), user(&client, "bob"));
        group(&client, "Staff", &[&ann]);
        let version = client.get(&format!("/Users/{ann}")).expect(200).at("/meta/version");
        assert_ne!(version, client.get(&format!("/Users/{bob}")).expect(200).at("/meta/version"));
        let literal = version.replace('"', "\\\"");
        let found = find(&client, "Users", &format!(r#"meta.version eq "{literal}""#));
        assert_eq!(texts(&found, "/userName"), ["ann"]);
        let sorted = client.get("/Users?sortBy=meta.version").expect(200);
        let shown = texts(&sorted, "/meta/version");
        assert_eq!(shown.len(), 2);
        assert!(shown.is_sorted(), "{shown:?}");
        let by_group = find(&client, "Users", r#"groups.display eq "staff" and title sw "eng""#);
        assert_eq!(texts(&by_group, "/userName"), ["ann"]);
    });
}

#[test]
fn groups_are_found_by_their_members() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("rfc");
        let (ann, bob) = (user(&client, "ann"), user(&client, "bob"));
        let inner = group(&client, "Inner", &[&ann]);
        group(&client, "Outer", &[&inner, &bob]);
        group(&client, "Nobody", &[]);
        for (filter, wanted) in [
            ("members pr".to_owned(), vec!["Inner", "Outer"]),
            ("not (members pr)".to_owned(), vec!["Nobody"]),
            (r#"members.type eq "Group""#.to_owned(), vec!["Outer"]),
            (format!(r#"members[type eq "User" and value eq "{ann}"]"#), vec!["Inner"]),
            (format!(r#"members[type eq "Group" and value eq "{ann}"]"#), vec![]),
            (format!(r#"members[value ne "{ann}"]"#), vec!["Outer"]),
            (format!(r#"not (members.value eq "{ann}")"#), vec!["Nobody", "Outer"]),
            (format!(r#"members.value eq "{bob}" and not (displayName co "inn")"#), vec!["Outer"]),
            (
                format!(r#"members.value eq "{bob}" or externalId pr or displayName ew "dy""#),
                vec!["Nobody", "Outer"],
            ),
            (format!(r#"members.value sw "{}" and meta.created pr"#, &ann[..36]), vec!["Inner"]),
            (r#"members.$ref co "/Groups/""#.to_owned(), vec!["Outer"]),
            (r#"members.value eq "x" or members.value eq "y""#.to_owned(), vec![]),
        ] {
            let mut names = texts(&find(&client, "Groups", &filter), "/displayName");
            names.sort();
            assert_eq!(names, wanted, "{filter}");
        }
    });
}

#[test]
fn pages_tell_of_what_was_written_a_moment_ago() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("rfc");
        let mut names: Vec<String> = (0..9).map(|at| format!("user{at}")).collect();
        let mut ids: Vec<String> = names.iter().map(|name| user(&client, name)).collect();
        let page = |start: usize| client.get(&format!("/Users?startIndex={start}&count=3")).expect(200);
        for round in 0..3 {
            for start in [1, 4, 7, 5, 9, 40] {
                let found = page(start);
                let wanted: Vec<String> = names.iter().skip(start - 1).take(3).cloned().collect();
                assert_eq!(texts(&found, "/userName"), wanted, "{round} {start}");
                assert_eq!(found.at("/totalResults"), names.len().to_string(), "{round} {start}");
            }
            client.delete(&format!("/Users/{}", ids.remove(2))).expect(204);
            names.remove(2);
        }
    });
}

#[test]
fn pages_of_a_sorted_list_leave_out_none_of_one_name() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (one, two) = (server.client("rfc"), other(&server));
        for name in ["b", "a", "c"] {
            group(&one, name, &[]);
            group(&two, name, &[]);
        }
        for (order, wanted) in
            [("ascending", ["a", "a", "b", "b", "c", "c"]), ("descending", ["c", "c", "b", "b", "a", "a"])]
        {
            let query = format!("/Groups?sortBy=displayName&sortOrder={order}&count=1&cursor");
            let mut answer = one.get(&query).expect(200);
            let (mut names, mut ids) = (Vec::new(), Vec::new());
            loop {
                names.extend(texts(&answer, "/displayName"));
                ids.extend(texts(&answer, "/id"));
                let next = answer.json()["nextCursor"].as_str().map(str::to_owned);
                let Some(next) = next else { break };
                answer = one.get(&format!("{query}={next}")).expect(200);
            }
            assert_eq!(names, wanted, "{order}");
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), 6, "{order}");
        }
    });
}
