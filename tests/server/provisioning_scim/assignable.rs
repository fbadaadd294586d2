//! `/Roles` and `/Entitlements` (draft-ietf-scim-roles-entitlements), also as Okta has them.

use serde_json::{Value, json};

use super::{account, declare, declare_with, issues, push, shown};
use crate::protocol::{PROFILES, SEARCH, encoded, id, make_group, resources};
use crate::support::{Answer, Client, Server, on_both};

const DRAFT: &str = "urn:ietf:params:scim:schemas:core:2.0:";
const OKTA: &str = "urn:okta:scim:schemas:core:1.0:";

fn one(client: &Client, path: &str) -> Value {
    client.get(path).expect(200).json()
}

fn ids(answer: &Answer) -> Vec<String> {
    resources(answer).iter().map(id).collect()
}

fn list(client: &Client, path: &str) -> Vec<String> {
    ids(&client.get(path).expect(200))
}

#[test]
fn licences_tell_how_many_seats_there_are_and_are_taken_at_that_moment() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "member");
        let client = server.client("generic");
        let counts = |product: &str| {
            let licence = one(&client, &format!("/Entitlements/license.{product}"));
            let names = ["limitedAssignmentsPermitted", "totalAssignmentsPermitted", "totalAssignmentsUsed"];
            names.map(|name| licence[name].clone())
        };
        assert_eq!(counts("remote-support"), [json!(true), json!(1), json!(0)]);
        assert_eq!(counts("helpdesk"), [json!(false), json!(null), json!(0)]);
        let people = ["ann", "bob"].map(|name| push(&client, name, json!({})));
        make_group(&client, "Support", &[&people[0], &people[1]]);
        // One seat: the second waits, and has none of the bundle.
        assert_eq!(counts("remote-support"), [json!(true), json!(1), json!(1)]);
        assert_eq!(counts("helpdesk"), [json!(false), json!(null), json!(1)]);
        client.delete(&format!("/Users/{}", people[0])).expect(204);
        assert_eq!(counts("remote-support"), [json!(true), json!(1), json!(1)], "the second moved up");
        client.delete(&format!("/Users/{}", people[1])).expect(204);
        assert_eq!(counts("remote-support"), [json!(true), json!(1), json!(0)]);

        let bundle = one(&client, "/Entitlements/license.remote-support");
        assert_eq!(bundle["contains"], json!(["license.helpdesk"]));
        let included = one(&client, "/Entitlements/license.helpdesk");
        assert_eq!(included["containedBy"], json!(["license.remote-support"]));
    });
}

#[test]
fn each_client_reads_the_form_that_it_knows() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "clerk");
        for profile in PROFILES {
            let client = server.client(profile);
            let (urn, display) = if profile == "okta" { (OKTA, "displayName") } else { (DRAFT, "display") };
            let licence = one(&client, "/Entitlements/license.telephony");
            let location = format!("{}/Entitlements/license.telephony", server.scim());
            let wanted = json!({
                "schemas": [format!("{urn}Entitlement")], "id": "license.telephony",
                "value": "license.telephony", (display): "Telephony", "type": "License", "supported": true,
                "limitedAssignmentsPermitted": true, "totalAssignmentsPermitted": 2,
                "totalAssignmentsUsed": 0,
                "meta": {"resourceType": "Entitlement", "location": location},
            });
            assert_eq!(licence, wanted, "{profile}");
            let role = one(&client, "/Roles/clerk");
            assert_eq!(role["schemas"], json!([format!("{urn}Role")]));
            assert_eq!((&role[display], &role["type"]), (&json!("Billing clerk"), &json!("Custom")));
            // Okta asks so, and wants one item in the page.
            let first = one(&client, "/Roles?count=1&startIndex=1");
            let numbers = ["itemsPerPage", "startIndex", "totalResults"].map(|name| first[name].clone());
            assert_eq!(numbers, [json!(1), json!(1), json!(2)], "{profile}");
        }
    });
}

/// Every member of a resource is declared by the schema that discovery leads to, wherever the client is told of it.
#[test]
fn what_discovery_declares_is_what_is_shown() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "super_admin");
        for profile in ["okta", "generic", "strict"] {
            let client = server.client(profile);
            let types = resources(&client.get("/ResourceTypes").expect(200));
            let config = one(&client, "/ServiceProviderConfig");
            let told = profile != "generic";
            assert_eq!(config.get("RolesAndEntitlements").is_some(), told, "{profile}");
            for name in ["Role", "Entitlement"] {
                let kind = types.iter().find(|kind| kind["name"] == json!(name)).unwrap();
                let schema = one(&client, &format!("/Schemas/{}", kind["schema"].as_str().unwrap()));
                let attributes = schema["attributes"].as_array().unwrap();
                let declared: Vec<&str> =
                    attributes.iter().map(|attribute| attribute["name"].as_str().unwrap()).collect();
                let shown = resources(&client.get(kind["endpoint"].as_str().unwrap()).expect(200));
                assert!(shown.len() >= 4, "{profile} {name}");
                for resource in shown {
                    assert_eq!(resource["schemas"], json!([kind["schema"]]));
                    for member in resource.as_object().unwrap().keys() {
                        let common = ["schemas", "id", "meta"].contains(&member.as_str());
                        assert!(common || declared.contains(&member.as_str()), "{profile} {member}");
                    }
                }
            }
        }
        let config = one(&server.client("okta"), "/ServiceProviderConfig");
        let offered = &config["RolesAndEntitlements"];
        assert_eq!(offered["entitlements"]["types"], json!(["License", "Permission"]));
        assert_eq!(offered["roles"]["supported"], json!(true));
    });
}

#[test]
fn whatever_is_listed_is_given_when_it_is_pushed() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "super_admin");
        let client = server.client("okta");
        let roles = resources(&client.get("/Roles").expect(200));
        assert_eq!(roles.len(), 4);
        for role in roles {
            let value = role["value"].as_str().unwrap().to_owned();
            let pushed = json!([{"value": role["id"], "display": role["displayName"]}]);
            push(&client, &format!("role-{value}"), json!({"roles": pushed}));
            assert_eq!(shown(&server, &format!("role-{value}"), "role"), value);
        }
        let entitlements = resources(&client.get("/Entitlements?count=1000").expect(200));
        assert!(entitlements.len() > 20, "{}", entitlements.len());
        for (number, entitlement) in entitlements.iter().enumerate() {
            let pushed = json!([{"value": entitlement["id"], "type": entitlement["type"]}]);
            push(&client, &format!("user{number}"), json!({"entitlements": pushed}));
        }
        let told = issues(&server);
        assert!(!told.contains("unknown") && !told.contains("fit"), "{told}");
    });
}

#[test]
fn roles_reach_up_to_the_ceiling_of_the_connection_that_asks() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.connection("second", "okta");
        declare_with(&server, "[ceilings]\ndefault = \"admin\"\n");
        let second = server.client_of("second", "generic");
        let first = server.client("generic");
        assert_eq!(list(&first, "/Roles"), ["admin", "clerk", "member"]);
        assert_eq!(list(&second, "/Roles"), ["clerk", "member"]);
        assert_eq!(one(&first, "/Roles/clerk")["supported"], json!(true));
        assert_eq!(one(&second, "/Roles/clerk")["supported"], json!(false));
        second.get("/Roles/admin").expect_error(404, None);
        let admin = one(&first, "/Roles/admin");
        assert_eq!((&admin["type"], &admin["contains"]), (&json!("System"), &json!(["member"])));
        assert_eq!(one(&first, "/Roles/member")["containedBy"], json!(["admin", "clerk"]));
    });
}

#[test]
fn filters_sorting_projection_and_paging_are_those_of_other_lists() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "super_admin");
        let client = server.client("rfc");
        let licences = ["license.helpdesk", "license.remote-support", "license.telephony"];
        let filtered =
            |filter: &str| list(&client, &format!("/Entitlements?count=200&filter={}", encoded(filter)));
        assert_eq!(filtered("type eq \"license\""), licences);
        assert_eq!(filtered("totalAssignmentsPermitted gt 1"), ["license.telephony"]);
        assert_eq!(filtered("value eq \"PORTAL.MAIN\""), ["portal.main"]);
        assert_eq!(filtered("id eq \"license.helpdesk\" and supported eq true"), ["license.helpdesk"]);
        assert_eq!(filtered("contains eq \"license.helpdesk\""), ["license.remote-support"]);
        assert_eq!(filtered("supported eq false"), ["feature.remote-support.export_session_replay"]);
        assert_eq!(
            filtered("type eq \"License\" and not (limitedAssignmentsPermitted eq true)"),
            [licences[0]]
        );
        for wrong in ["nosuch eq 1", "display", "supported eq \"x\"", "displayName pr"] {
            let path = format!("/Entitlements?filter={}", encoded(wrong));
            client.get(&path).expect_error(400, Some("invalidFilter"));
        }

        let of_licences = format!("filter={}", encoded("type eq \"License\""));
        let sorted = |by: &str| list(&client, &format!("/Entitlements?{of_licences}&{by}"));
        let backwards: Vec<&str> = licences.iter().rev().copied().collect();
        assert_eq!(sorted("sortBy=display&sortOrder=descending"), backwards);
        // What has no value comes last.
        let by_size = ["license.remote-support", "license.telephony", "license.helpdesk"];
        assert_eq!(sorted("sortBy=totalAssignmentsPermitted"), by_size);

        let answer = client.get(&format!("/Entitlements?{of_licences}&attributes=display")).expect(200);
        let schemas = json!([format!("{DRAFT}Entitlement")]);
        let wanted = json!({"schemas": schemas, "id": "license.helpdesk", "display": "Helpdesk"});
        assert_eq!(resources(&answer)[0], wanted);
        let bare = one(&client, "/Roles/member?excludedAttributes=meta,containedBy,supported");
        assert_eq!(bare.as_object().unwrap().len(), 6, "{bare}");

        let everything = list(&client, "/Entitlements?count=200");
        let mut seen = Vec::new();
        for start in (1..=everything.len()).step_by(7) {
            let page = client.get(&format!("/Entitlements?count=7&startIndex={start}")).expect(200);
            assert_eq!(page.json()["totalResults"], json!(everything.len()));
            seen.extend(ids(&page));
        }
        assert_eq!(seen, everything);
        for order in ["", "&sortBy=display", "&sortBy=display&sortOrder=descending", "&sortBy=contains"] {
            let all = list(&client, &format!("/Entitlements?count=200{order}"));
            assert_eq!(by_cursor(&client, order), all, "{order}");
        }
        client.get("/Entitlements?cursor=nonsense").expect_error(400, Some("invalidCursor"));

        let search =
            json!({"schemas": [SEARCH], "filter": "type eq \"License\"", "count": 2, "startIndex": 2});
        assert_eq!(ids(&client.post("/Entitlements/.search", &search).expect(200)), licences[1..]);
        // Over all types: people and groups.
        let everywhere = json!({"schemas": [SEARCH]});
        assert_eq!(client.post("/.search", &everywhere).expect(200).json()["totalResults"], json!(0));
    });
}

/// The ids of all entitlements, five at a time.
fn by_cursor(client: &Client, order: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/Entitlements?count=5&cursor={cursor}{order}")).expect(200);
        let body = page.json();
        assert!(body.get("startIndex").is_none());
        seen.extend(ids(&page));
        match body.get("nextCursor") {
            Some(next) => cursor = next.as_str().unwrap().to_owned(),
            None => return seen,
        }
        assert!(seen.len() < 1_000, "it ends");
    }
}

#[test]
fn nothing_of_it_is_a_clients_to_write() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "member");
        let client = server.client("generic");
        for path in ["/Roles", "/Entitlements", "/Roles/member", "/Entitlements/license.telephony"] {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let answer = client.send(method, path, &[], Some(b"{}")).expect_error(405, None);
                assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method} {path}");
            }
        }
        for path in ["/Roles/nobody", "/Entitlements/license.nothing", "/Entitlements/a%2Fb", "/Roles/%ff"] {
            client.get(path).expect_error(404, None);
        }
        // Nor through bulk, which has no such types.
        let bulk = json!({"schemas": [crate::protocol::BULK],
            "Operations": [{"method": "POST", "path": "/Roles", "bulkId": "1", "data": {"value": "x"}}]});
        let done = client.post("/Bulk", &bulk).expect(200).json();
        assert_ne!(done["Operations"][0]["status"], json!("201"), "{done}");
        assert_eq!(list(&client, "/Roles"), ["clerk", "member"]);
        server.client_with(None).get("/Roles").expect_error(401, None);
    });
}

#[test]
fn an_organization_that_declares_nothing_offers_the_least() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.expect(&["organization", "create", "other", "--name", "Other"]);
        declare(&server, "super_admin");
        let other = server.client_with(Some(&server.token_of("other", "generic")));
        assert_eq!(list(&other, "/Roles"), ["member"]);
        assert_eq!(list(&other, "/Entitlements"), Vec::<String>::new());
        other.get("/Entitlements/license.telephony").expect_error(404, None);
    });
}

#[test]
fn what_is_retired_is_listed_and_said_not_to_be_supported() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "member");
        let client = server.client("okta");
        let before = push(&client, "ann", json!({"entitlements": [{"value": "license.telephony"}]}));
        let heading = "[products.telephony]\n";
        let catalogue = server.expect(&["catalogue", "show"]);
        assert!(catalogue.contains(heading));
        let file = server.directory.path().join("catalogue.toml");
        std::fs::write(&file, catalogue.replace(heading, &format!("{heading}retired = true\n"))).unwrap();
        server.expect(&["catalogue", "apply", file.to_str().unwrap()]);
        let licence = one(&client, "/Entitlements/license.telephony");
        assert_eq!((&licence["supported"], &licence["totalAssignmentsUsed"]), (&json!(false), &json!(1)));
        let after = push(&client, "bob", json!({"entitlements": [{"value": "license.telephony"}]}));
        assert_eq!(account(&client, &before)["licenses"][0]["seat"], json!("held"));
        assert_eq!(account(&client, &after), json!({"status": "invited"}));
    });
}
