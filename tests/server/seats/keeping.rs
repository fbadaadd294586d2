//! A seat stays while its holder is entitled to it, and no longer.

use serde_json::json;

use super::PRODUCT;
use crate::support::{Server, eventually, on_both};

fn rules(names: [&str; 2]) -> String {
    let rule = |name: &str, title: &str| {
        format!(
            "rules.{name} = {{ filter = 'title eq \"{title}\"', grants = {{ products = [{{ product = \"{PRODUCT}\" }}] }} }}\n"
        )
    };
    let [one, other] = names;
    format!(
        "products = [\"{PRODUCT}\"]\npools.{PRODUCT}.size = 1\n{}{}",
        rule(one, "one"),
        rule(other, "other")
    )
}

#[test]
fn a_holder_keeps_the_seat_whichever_rule_gives_it_and_loses_it_with_the_last() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&rules(["a", "b"]));
        let client = server.client("generic");
        let holder = client.person("holder", &json!({"title": "one"}));
        client.person("waiter", &json!({"title": "one"}));
        let seats = || ["holder", "waiter"].map(|name| server.show(name).seat(PRODUCT).to_owned());
        assert_eq!(seats(), ["held", "waiting, number 1"]);
        // From one rule to another, in one push.
        client.set(&holder, "title", &json!("other")).expect(200);
        assert_eq!(seats(), ["held", "waiting, number 1"]);
        let why = server.expect(&["account", "why", "--organization", "acme", "holder"]);
        assert!(why.contains("rule b"), "{why}");
        // And in one revision.
        server.declare(&rules(["a", "c"]));
        assert_eq!(seats(), ["held", "waiting, number 1"]);
        // What is lost is free at once; who returns joins the end.
        client.set(&holder, "title", &json!("none")).expect(200);
        assert_eq!(seats(), ["no licence", "held"]);
        client.set(&holder, "title", &json!("one")).expect(200);
        assert_eq!(seats(), ["waiting, number 2", "held"]);
    });
}

#[test]
fn replaying_the_trail_tells_who_holds_and_who_waits() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&rules(["a", "b"]));
        let client = server.client("generic");
        let ids: Vec<String> =
            (0..6).map(|at| client.person(&format!("p{at}"), &json!({"title": "one"}))).collect();
        client.set(&ids[0], "active", &json!(false)).expect(200);
        client.set(&ids[2], "title", &json!("other")).expect(200);
        client.set(&ids[3], "title", &json!("none")).expect(200);
        client.delete(&format!("/Users/{}", ids[4])).expect(204);
        client.set(&ids[0], "active", &json!(true)).expect(200);
        server.declare(&rules(["a", "b"]).replace("size = 1", "size = 2"));
        server.declare(&rules(["a", "b"]).replace("title eq \"other\"", "title eq \"another\""));
        server.pin("p5", &format!("-product:{PRODUCT}"));
        let told = |id: &str| match server.show(id).seat(PRODUCT) {
            "held" => Some(None),
            "no licence" => None,
            waiting => Some(waiting.strip_prefix("waiting, number ").and_then(|number| number.parse().ok())),
        };
        let mut expected: Vec<((String, String), Option<i64>)> = Vec::new();
        for id in ids.iter().filter(|id| **id != ids[4]) {
            expected.extend(told(id).map(|place| ((PRODUCT.to_owned(), id.clone()), place)));
        }
        expected.sort();
        assert_eq!(expected.len(), 2, "one holds the seat and one waits: {expected:?}");
        eventually(|| server.replayed().into_iter().eq(expected.iter().cloned()).then_some(()));
    });
}
