//! Sync issues are shown with the client, and go when their cause does.

use serde_json::json;

use crate::support::{Server, on_both};

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
