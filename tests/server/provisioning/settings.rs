//! The settings by sections: read, previewed, applied with the revision that was seen, and taken back.

use serde_json::{Value, json};

use super::{Keyed, declare, items, problem, push};
use crate::support::{Server, eventually, on_both};

const CARE: &str = "products = [\"helpdesk\", \"telephony\"]\n\n[user_groups.care]\n";

#[test]
fn rules_are_previewed_applied_as_seen_and_taken_back() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, CARE);
        let chief = Keyed::chief(&server);
        let client = server.client("generic");
        let ann = push(&client, "ann", "Desk");
        push(&client, "boss", "admin");
        let boss = Keyed::of(&server, "boss");
        let page = boss.get("/rules").expect(200);
        assert_eq!(items(&page, "/id"), ["admins", "chiefs"]);
        let revision = page.json()["revision"].as_i64().expect("a revision");
        assert_eq!(page.header("etag"), Some(format!("\"{revision}\"").as_str()));
        let rule = json!({
            "filter": "title eq \"Desk\"",
            "grants": {"products": [{"product": "helpdesk"}], "userGroup": "care"},
        });
        let told = chief.post("/rules/preview", &json!({"key": "desk", "value": rule})).expect(200).json();
        assert_eq!(told["revision"], json!(revision));
        assert_eq!(told["gained"]["product helpdesk"], json!({"count": 1, "people": ["ann"]}));
        assert_eq!(told["seats"]["helpdesk"]["wouldHold"], json!(1), "{told}");
        problem(chief.get("/rules/desk"), 404, "not-found");

        let order =
            |revision: i64, value: &Value| json!({"revision": revision, "value": value, "note": "the desk"});
        problem(boss.put("/rules/desk", &order(revision, &rule)), 403, "forbidden");
        let applied = chief.put("/rules/desk", &order(revision, &rule)).expect(200).json();
        assert_eq!(applied, json!({"revision": revision + 1, "isNew": true}));
        let account = format!("/accounts/{ann}");
        let licence = || chief.get(&account).expect(200).json()["licenses"]["helpdesk"].clone();
        eventually(|| (licence()["seat"] == "held").then_some(()));
        assert_eq!(
            chief.get("/rules/desk").expect(200).json()["value"]["grants"]["userGroup"],
            json!("care")
        );
        problem(chief.put("/rules/desk", &order(revision, &rule)), 409, "stale-revision");
        problem(chief.delete(&format!("/rules/desk?revision={revision}")), 409, "stale-revision");

        // What is wrong is told with its place, and nothing of it is applied.
        let now = revision + 1;
        let unknown = json!({"grants": {"team": "nowhere"}});
        let told = problem(chief.put("/rules/desk", &order(now, &unknown)), 400, "invalid");
        assert!(told.contains("rules.desk.grants.team"), "{told}");
        problem(chief.put("/rules/desk", &order(now, &json!({"any_of": []}))), 400, "invalid");
        problem(chief.put("/rules/desk", &json!({"value": rule})), 400, "invalid");
        let nobody = json!({"revision": now, "values": {"desk": rule}});
        problem(chief.put("/rules", &nobody), 409, "last-super-admin");
        problem(chief.post("/rules/preview", &json!({"values": {}, "key": "desk"})), 400, "invalid");

        let history = chief.get("/settings/history?limit=1").expect(200);
        assert_eq!(
            (history.at("/items/0/note"), history.at("/items/0/revision")),
            ("the desk".to_owned(), now.to_string())
        );
        let more = chief.get(&format!("/settings/history?cursor={}", history.at("/next"))).expect(200);
        assert_eq!(more.json()["items"][0]["revision"], json!(revision));
        let before = chief.get(&format!("/settings/history/{revision}")).expect(200).json();
        assert!(
            before["settings"]["rules"]["desk"].is_null()
                && before["settings"]["userGroups"]["care"].is_object()
        );
        problem(chief.post("/settings/return", &json!({"revision": revision})), 409, "stale-revision");
        problem(boss.post("/settings/return", &json!({"revision": now})), 403, "forbidden");
        let preview = |who: &Keyed| who.send("POST", "/admin/v1/settings/return/preview", &[], None);
        problem(preview(&boss), 403, "forbidden");
        let told = preview(&chief).expect(200).json();
        assert_eq!(told["lost"]["product helpdesk"], json!({"count": 1, "people": ["ann"]}));
        assert_eq!((&told["revision"], &told["gained"]), (&json!(now), &json!({})));
        let back = |tag: &str| {
            let body = json!({"revision": now});
            chief.send("POST", "/admin/v1/settings/return", &[("If-Match", tag)], Some(&body))
        };
        problem(back("\"0\""), 412, "precondition-failed");
        back(&format!("\"{now}\"")).expect(200);
        eventually(|| licence().is_null().then_some(()));
    });
}

#[test]
fn pools_limits_roles_and_ceilings_are_super_admins_and_the_catalogue_is_read() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, CARE);
        let chief = Keyed::chief(&server);
        push(&server.client("generic"), "boss", "admin");
        let boss = Keyed::of(&server, "boss");
        let revision = || chief.get("/settings").expect(200).json()["revision"].as_i64().unwrap();
        for (path, value) in [
            ("/pools/telephony", json!({"size": 3, "policy": "overage", "overagePercent": 50})),
            ("/limits/telephony", json!({})),
            ("/roles/buyer", json!({"name": "Buyer", "permissions": ["manage_licences"]})),
            ("/ceilings/default", json!("super_admin")),
        ] {
            let order = json!({"revision": revision(), "value": value});
            problem(boss.put(path, &order), 403, "forbidden");
            chief.put(path, &order).expect(200);
            if path != "/limits/telephony" {
                assert_eq!(boss.get(path).expect(200).json()["value"], value, "{path}");
            }
        }
        let pools = chief.get("/pools").expect(200).json();
        assert_eq!(
            pools["items"][1]["seats"],
            json!({"size": 3, "taken": 0, "waiting": 0, "policy": "overage"})
        );
        assert_eq!(
            (&pools["items"][0]["id"], &pools["items"][0]["value"]),
            (&json!("helpdesk"), &json!(null))
        );
        let gone = |path: &str| chief.delete(&format!("{path}?revision={}&note=none", revision()));
        problem(gone("/ceilings/default"), 409, "last-super-admin");
        gone("/roles/buyer").expect(200);
        problem(chief.get("/roles/buyer"), 404, "not-found");
        let catalogue = boss.get("/catalogue").expect(200);
        assert!(catalogue.json()["products"]["telephony"]["telephony"]["firstExtension"].is_number());
        let known = [("If-None-Match", catalogue.header("etag").expect("a version"))];
        assert_eq!(boss.send("GET", "/admin/v1/catalogue", &known, None).status, 304);
        problem(chief.put("/catalogue", &json!({})), 405, "method-not-allowed");
    });
}
