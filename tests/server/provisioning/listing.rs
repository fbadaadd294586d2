//! The list of people: what narrows it, its orders and pages, and what managers of user groups see of it.

use serde_json::{Value, json};

use super::{Keyed, declare, items, problem, push};
use crate::support::{Server, on_both};

const DESK: &str = "products = [\"helpdesk\"]\n\
    rules.desk = { filter = 'title eq \"Desk\"', grants = { products = [{ product = \"helpdesk\" }] } }\n\n\
    [user_groups.care]\n[roles.people]\npermissions = [\"manage_users\"]\n";

/// Chief, then ann and cyd at the desk, bob, and dan, an admin.
fn company(server: &Server) -> (Keyed, Vec<String>) {
    declare(server, DESK);
    let chief = Keyed::chief(server);
    let titles = [("ann", "Desk"), ("bob", ""), ("cyd", "Desk"), ("dan", "admin")];
    let ids = titles.map(|(name, title)| push(&server.client("generic"), name, title));
    (chief, ids.to_vec())
}

#[test]
fn people_are_searched_narrowed_sorted_counted_and_paged() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (chief, ids) = company(&server);
        let names = |query: &str| items(&chief.get(&format!("/accounts?{query}")).expect(200), "/userName");
        chief.send("POST", &format!("/admin/v1/accounts/{}/suspend", ids[1]), &[], None).expect(200);
        for (query, expected) in [
            ("", "chief ann bob cyd dan"),
            ("search=AN", "ann"),
            ("search=bob%40example.c", "bob"),
            ("search=%22", ""),
            ("filter=title%20eq%20%22desk%22", "ann cyd"),
            ("filter=title%20eq%20%22desk%22&search=cy", "cyd"),
            ("product=helpdesk&role=member", "ann cyd"),
            ("role=admin", "dan"),
            ("status=suspended", "bob"),
            ("sort=-userName", "dan cyd chief bob ann"),
            ("sort=displayName&search=c", "chief cyd"),
            ("sort=role&filter=title%20pr", "dan ann cyd chief"),
            ("sort=-created", "dan cyd bob ann chief"),
        ] {
            assert_eq!(names(query).join(" "), expected, "{query}");
        }
        for (first, sort) in [("chief", "created"), ("dan", "-userName"), ("bob", "-status")] {
            let whole = names(&format!("sort={sort}"));
            assert_eq!(whole[0], first);
            let mut paged = Vec::new();
            let mut cursor = String::new();
            loop {
                let page =
                    chief.get(&format!("/accounts?limit=2&count=true&sort={sort}{cursor}")).expect(200);
                assert_eq!(page.json()["total"], json!(5));
                paged.extend(items(&page, "/userName"));
                let Some(next) = page.json()["next"].as_str().map(str::to_owned) else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(paged, whole, "{sort}");
        }
        // Whoever asks for the count on the way goes on where they are.
        let on = chief.get("/accounts?limit=2").expect(200).at("/next");
        let page = chief.get(&format!("/accounts?limit=2&count=true&cursor={on}")).expect(200);
        assert_eq!(
            (items(&page, "/userName"), page.at("/total")),
            (names("")[2..4].to_vec(), "5".to_owned())
        );
        let next = chief.get("/accounts?limit=2&sort=userName").expect(200).at("/next");
        for wrong in [
            "status=asleep".to_owned(),
            "sort=age".to_owned(),
            "filter=title".to_owned(),
            "filter=id%20pr".to_owned(),
            "count=yes".to_owned(),
            format!("sort=-userName&cursor={next}"),
            format!("cursor={next}"),
            "search=%00".to_owned(),
            "cursor=AA".to_owned(),
        ] {
            problem(chief.get(&format!("/accounts?{wrong}")), 400, "invalid");
        }
    });
}

#[test]
fn a_manager_of_user_groups_sees_counts_and_explains_only_their_people() {
    on_both(|backend| {
        let server = Server::start(backend);
        let (chief, ids) = company(&server);
        for grant in ["role=people", "+manages:care"] {
            server.pin("bob", grant);
        }
        let bob = Keyed::of(&server, "bob");
        chief.patch(&format!("/accounts/{}", ids[0]), &json!({"userGroup": "care"})).expect(200);
        for query in ["", "?sort=userName", "?count=true", "?search=a&count=true"] {
            let page = bob.get(&format!("/accounts{query}")).expect(200);
            let told = page.json();
            assert!(items(&page, "/userName").iter().all(|name| name == "ann" || name == "bob"), "{told}");
            assert!(items(&page, "/userName").contains(&"ann".to_owned()), "{told}");
            assert!(told["total"].as_u64().is_none_or(|total| total <= 2), "{told}");
        }
        assert_eq!(items(&bob.get("/accounts?search=cyd").expect(200), "/id"), Vec::<String>::new());
        // What the directory says beyond what is shown cannot be asked for either, nor guessed by a search.
        let emails = json!([{"value": "ann@example.com", "primary": true}, {"value": "secret@example.com"}]);
        server.client("generic").set(&ids[0], "emails", &emails).expect(200);
        for (who, word, found) in [(&bob, "secret", 0), (&bob, "ann%40", 1), (&chief, "secret", 1)] {
            let page = who.get(&format!("/accounts?search={word}")).expect(200);
            assert_eq!(items(&page, "/id").len(), found, "{word}");
        }
        for list in ["/accounts", "/accounts/export"] {
            problem(bob.get(&format!("{list}?filter=title%20eq%20%22Desk%22")), 403, "forbidden");
        }
        let why = bob.get(&format!("/accounts/{}/why", ids[0])).expect(200).json();
        let licence = why["grants"].as_array().unwrap().iter().find(|line| line["kind"] == "licence");
        let licence = licence.unwrap_or_else(|| panic!("{why}"));
        assert_eq!((&licence["subject"], &licence["value"]), (&json!("helpdesk"), &json!("held")));
        assert_eq!(licence["why"], json!([{"by": "rule", "key": "desk"}]));
        problem(bob.get(&format!("/accounts/{}/why", ids[2])), 404, "not-found");
        let act = |who: &Keyed, id: &str, deed: &str| {
            who.send("POST", &format!("/admin/v1/accounts/{id}/{deed}"), &[], None::<&Value>)
        };
        problem(act(&bob, &ids[2], "suspend"), 404, "not-found");
        assert_eq!(act(&bob, &ids[0], "suspend").expect(200).at("/status"), "suspended");
        assert_ne!(act(&bob, &ids[0], "reactivate").expect(200).at("/status"), "suspended");
    });
}
