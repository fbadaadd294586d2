//! Sync issues are shown with the client, and go when their cause does.

use serde_json::{Value, json};

use crate::support::{Server, on_both, person};

#[test]
fn an_unknown_member_is_an_issue_until_the_members_are_pushed() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("rfc");
        let list = server.expect(&["client", "list"]);
        let id = list.split('\t').nth(1).expect("an id").to_owned();
        let issues = || -> Vec<String> {
            let shown = server.expect(&["client", "show", &id]);
            let told = shown.lines().filter_map(|line| line.strip_prefix("issue\tunknown_member\t"));
            told.map(|line| line.split('\t').next().unwrap().to_owned()).collect()
        };
        let schemas = json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]);
        let group = |member: &str| json!({"schemas": schemas, "displayName": "staff", "members": [{"value": member}]});
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann"});
        let ann = client.post("/Users", &user).expect(201).at("/id");
        let nobody = "01890000-0000-7000-8000-000000000001";
        client.post("/Groups", &group(nobody)).expect_error(400, Some("invalidValue"));
        assert_eq!(issues(), ["new Group staff"]);
        let staff = client.post("/Groups", &group(&ann)).expect(201).at("/id");
        assert!(issues().is_empty());
        let path = format!("/Groups/{staff}");
        let add = |member: &str| json!([{"op": "add", "path": "members", "value": [{"value": member}]}]);
        client.patch(&path, &add(nobody)).expect_error(400, Some("invalidValue"));
        assert_eq!(issues(), [staff.as_str()]);
        let rename = json!([{"op": "replace", "path": "displayName", "value": "people"}]);
        assert!(client.patch(&path, &rename).status < 300);
        assert_eq!(issues(), [staff.as_str()], "the members were not pushed");
        assert!(client.patch(&path, &add(&ann)).status < 300);
        assert!(issues().is_empty());
    });
}

#[test]
fn what_is_refused_within_a_bulk_is_an_issue_as_it_is_alone() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.connection("corp", "generic");
        let corp = server.client_of("corp", "generic");
        let theirs = server.client("generic").person("ann", &json!({}));
        let ours = corp.person("bob", &json!({}));
        let bulk = |operations: &[Value]| -> Vec<String> {
            let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
            let answer =
                corp.post("/Bulk", &json!({"schemas": schemas, "Operations": operations})).expect(200);
            let answers = answer.json()["Operations"].as_array().expect("answers").clone();
            answers.iter().map(|answer| answer["status"].as_str().expect("a status").to_owned()).collect()
        };
        let issues = || -> Vec<String> {
            let all = server.expect(&["issues", "--organization", "acme"]);
            let words = |line: &str| line.split('\t').skip(1).take(2).collect::<Vec<_>>().join(" ");
            all.lines().map(words).collect()
        };
        let nobody = "01890000-0000-7000-8000-000000000001";
        let schemas = json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]);
        let group = |name: &str, member: &str| {
            let data = json!({"schemas": schemas, "displayName": name, "members": [{"value": member}]});
            json!({"method": "POST", "path": "/Groups", "bulkId": name, "data": data})
        };
        let user = |name: &str| json!({"method": "POST", "path": "/Users", "bulkId": name, "data": person(name, &json!({}))});
        let delete = json!({"method": "DELETE", "path": format!("/Users/{theirs}")});
        let again = |mut operation: Value| {
            operation["bulkId"] = json!("again");
            operation
        };
        let statuses = bulk(&[
            user("ann"),
            user("cid"),
            delete,
            group("staff", nobody),
            group("crew", nobody),
            again(group("crew", &ours)),
            user("bob"),
        ]);
        assert_eq!(statuses, ["409", "201", "409", "400", "400", "201", "409"]);
        let wanted = [
            "account_exists_elsewhere ann".to_owned(),
            format!("other_connection {theirs}"),
            "unknown_member new Group staff".to_owned(),
        ];
        assert_eq!(issues(), wanted, "a name of one's own is no issue, nor is what a later operation did");
        assert_eq!(bulk(&[group("staff", &ours)]), ["201"]);
        assert_eq!(issues(), wanted[..2]);
    });
}
