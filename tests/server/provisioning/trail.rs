//! The trail, the jobs and the organization, as the administration reads them.

use serde_json::json;

use super::{Keyed, declare, items, problem, push};
use crate::support::{Server, eventually, on_both};

const CARE: &str =
    "products = []\n\n[user_groups.care]\n[roles.historian]\npermissions = [\"access_history\"]\n";

#[test]
fn the_trail_is_listed_narrowed_and_paged_as_far_as_one_reaches() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, CARE);
        let chief = Keyed::chief(&server);
        let client = server.client("generic");
        let ids = ["ann", "bob", "gus"].map(|name| push(&client, name, ""));
        let listed = |who: &Keyed, query: &str| who.get(&format!("/changes?{query}")).expect(200);
        let created = listed(&chief, "action=user.created");
        assert_eq!(items(&created, "/target/id").first(), Some(&ids[2]), "the latest first");
        assert_eq!(items(&created, "/target/id").len(), 4);
        assert!(
            items(&listed(&chief, "actor=client:"), "/actor")
                .iter()
                .all(|actor| actor.starts_with("client:"))
        );
        assert!(items(&listed(&chief, "actor=command&action=organization."), "/id").len() == 1);
        assert_eq!(items(&listed(&chief, "action=user.creat%25"), "/id"), Vec::<String>::new());
        let whole = items(&listed(&chief, "limit=1000"), "/id");
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = listed(&chief, &format!("limit=3{cursor}"));
            paged.extend(items(&page, "/id"));
            let Some(next) = page.json()["next"].as_str().map(str::to_owned) else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(paged, whole);

        for grant in ["role=historian", "+manages:care"] {
            server.pin("gus", grant);
        }
        let gus = Keyed::of(&server, "gus");
        let own = [ids[2].clone()];
        let of = |who: &Keyed, query: &str| {
            let mut found = items(&listed(who, query), "/target/id");
            found.dedup();
            found
        };
        assert_eq!(of(&gus, "action=account."), own, "that of oneself");
        chief.patch(&format!("/accounts/{}", ids[0]), &json!({"userGroup": "care"})).expect(200);
        assert_eq!(of(&gus, "action=account."), [ids[0].clone(), ids[2].clone()]);
        assert_eq!(of(&gus, &format!("target={}", ids[1])), Vec::<String>::new());
        // What the directory says of them is for those who see the settings.
        assert_eq!(of(&gus, "action=user."), Vec::<String>::new());
        server.pin("gus", "-manages:care");
        let created = listed(&gus, "action=user.created");
        assert_eq!(items(&created, "/target/id").len(), 4);
        assert!(created.json()["items"].as_array().unwrap().iter().all(|change| change["after"].is_null()));
        let declared = listed(&gus, "action=settings.");
        assert!(!items(&declared, "/id").is_empty() && declared.json()["items"][0]["after"].is_null());
        assert!(listed(&chief, "action=user.created").json()["items"][0]["after"].is_object());
        problem(Keyed::of(&server, "ann").get("/changes"), 403, "forbidden");
        // What clients are is for those who see them; admins do not.
        server.pin("bob", "role=admin");
        let bob = Keyed::of(&server, "bob");
        problem(bob.get("/clients"), 403, "forbidden");
        for action in ["client.", "credential."] {
            let after =
                |who: &Keyed| listed(who, &format!("action={action}")).json()["items"][0]["after"].clone();
            assert!(after(&chief).is_object() && after(&bob).is_null(), "{action}");
        }
        for odd in ["target=%00", "actor=%00", "action=%00", "cursor=AA"] {
            problem(chief.get(&format!("/changes?{odd}")), 400, "invalid");
        }
    });
}

#[test]
fn the_organization_and_its_jobs_are_read() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, CARE);
        let chief = Keyed::chief(&server);
        let told = chief.get("/organization").expect(200).json();
        assert_eq!(
            (&told["slug"], &told["name"], &told["suspendedAt"]),
            (&json!("acme"), &json!("Acme"), &json!(null))
        );
        eventually(|| {
            chief.get("/jobs").expect(200).json()["items"].as_array().unwrap().is_empty().then_some(())
        });
        push(&server.client("generic"), "ann", "");
        problem(Keyed::of(&server, "ann").get("/organization"), 403, "forbidden");
        problem(Keyed::of(&server, "ann").get("/jobs"), 403, "forbidden");
    });
}
