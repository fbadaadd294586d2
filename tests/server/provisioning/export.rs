//! People with their licences as comma-separated values.

use serde_json::json;

use super::{Keyed, USER, declare, problem, push};
use crate::support::{Server, on_both};

const DESK: &str = "products = [\"helpdesk\"]\n\
    rules.desk = { filter = 'title eq \"Desk\"', grants = { products = [{ product = \"helpdesk\" }] } }\n\n\
    [user_groups.care]\n[roles.people]\npermissions = [\"manage_users\"]\n";

#[test]
fn people_are_exported_with_licences_and_reasons_and_no_cell_is_a_formula() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, DESK);
        let chief = Keyed::chief(&server);
        let client = server.client("generic");
        let ann = push(&client, "ann", "Desk");
        push(&client, "gus", "");
        let display = "=HYPERLINK(\"http://x\",\"y\")";
        let evil = json!({"schemas": [USER], "userName": "@evil", "displayName": display, "title": "Desk"});
        client.post("/Users", &evil).expect(201);
        let answer = chief.get("/accounts/export").expect(200);
        assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
        assert!(answer.header("content-disposition").is_some_and(|value| value.starts_with("attachment")));
        assert_eq!(answer.text.matches("\r\n").count(), 5, "{}", answer.text);
        assert!(answer.text.starts_with("\"id\",\"userName\","));
        assert!(
            answer.text.contains("\"'@evil\",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            "{}",
            answer.text
        );
        let line = answer.text.lines().find(|line| line.contains("\"ann\"")).expect("ann");
        assert!(
            line.contains("\"helpdesk\",") && line.contains("\"held\"") && line.ends_with("\"rule desk\""),
            "{line}"
        );
        let narrowed = chief.get("/accounts/export?product=helpdesk&search=an").expect(200);
        assert_eq!(narrowed.text.matches("\r\n").count(), 2);

        for grant in ["role=people", "+manages:care"] {
            server.pin("gus", grant);
        }
        chief.patch(&format!("/accounts/{ann}"), &json!({"userGroup": "care"})).expect(200);
        let own = Keyed::of(&server, "gus").get("/accounts/export").expect(200);
        assert!(own.text.contains("\"ann\"") && !own.text.contains("chief") && !own.text.contains("evil"));
        problem(Keyed::of(&server, "ann").get("/accounts/export"), 403, "forbidden");
        problem(chief.get("/accounts/export?limit=1"), 400, "invalid");
    });
}
