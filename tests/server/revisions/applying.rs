//! Apply, preview, refuse what is stale, list, and go back one step.

use serde_json::json;

use crate::commands::fails;
use crate::support::{Server, on_both};

const PRODUCT: &str = "device-remote-support";

fn declared(size: u32, title: &str) -> String {
    format!(
        r#"products = ["{PRODUCT}", "helpdesk"]
pools.{PRODUCT}.size = {size}
teams.support = {{}}
rules.agents = {{ filter = 'title eq "{title}"', grants = {{ products = [{{ product = "{PRODUCT}" }}], team = "support" }} }}
"#
    )
}

/// The columns of what a preview prints.
fn preview(server: &Server, declaration: &str) -> Vec<Vec<String>> {
    let file = server.declaration(declaration);
    let printed = server.expect(&["apply", &file, "--preview"]);
    printed.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// Who would gain (`+`) or lose (`-`) these, by what a preview told.
fn who<'t>(told: &'t [Vec<String>], sign: &str, grants: [&str; 2]) -> [&'t str; 2] {
    grants.map(|grant| {
        let row = told.iter().find(|row| row[0] == sign && row[1] == grant);
        let row = row.unwrap_or_else(|| panic!("no {sign} {grant} in {told:?}"));
        assert_eq!(row[2], row[3].split(' ').count().to_string());
        row[3].as_str()
    })
}

/// The revisions, newest first.
fn history(server: &Server) -> Vec<String> {
    let printed = server.expect(&["settings", "history", "--organization", "acme"]);
    printed.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

/// Three agents and two others.
fn furnish(server: &Server) {
    let client = server.client("generic");
    for (name, title) in [("a1", "agent"), ("a2", "agent"), ("a3", "agent"), ("o1", "other"), ("o2", "other")]
    {
        client.person(name, &json!({"title": title}));
    }
}

#[test]
fn a_preview_tells_what_applying_then_does_and_does_nothing() {
    on_both(|backend| {
        let server = Server::start(backend);
        furnish(&server);
        let told = preview(&server, &declared(2, "agent"));
        assert_eq!(told[0][0], "revision 0: 3 of 5 people");
        let grants = ["product device-remote-support", "team = support"];
        assert_eq!(who(&told, "+", grants), ["a1 a2 a3"; 2]);
        let seats = ["seats", PRODUCT, "size 2", "taken 0", "entitled 3", "would hold 2", "would wait 1"];
        assert_eq!(told.last().unwrap(), &seats);
        assert!(history(&server).is_empty(), "nothing was done");
        assert_eq!(server.show("a1").seat(PRODUCT), "no licence");

        assert_eq!(server.declare(&declared(2, "agent")), "revision 1");
        assert_eq!(server.pool(PRODUCT), (2, 1));
        assert_eq!(
            ["a1", "a2", "a3"].map(|name| server.show(name).seat(PRODUCT).to_owned()),
            ["held", "held", "waiting, number 1"]
        );

        let told = preview(&server, &declared(1, "other"));
        assert_eq!(told[0][0], "revision 1: 5 of 5 people");
        assert_eq!(who(&told, "+", grants), ["o1 o2"; 2]);
        assert_eq!(who(&told, "-", grants), ["a1 a2 a3"; 2]);
        let seats = ["seats", PRODUCT, "size 1", "taken 2", "entitled 2", "would hold 1", "would wait 1"];
        assert_eq!(told.last().unwrap(), &seats);
        assert_eq!(server.pool(PRODUCT), (2, 1));
        server.declare(&declared(1, "other"));
        assert_eq!(server.pool(PRODUCT), (1, 1));
        assert_eq!(server.show("a1").get("team", ""), None);

        // The same says nothing new; and a preview of it that it changes nothing.
        assert_eq!(server.declare(&declared(1, "other")), "revision 2 says so already");
        assert_eq!(preview(&server, &declared(1, "other"))[0][0], "revision 2: 0 of 5 people");
    });
}

#[test]
fn a_preview_of_a_bundle_counts_what_waits_for_the_other_product() {
    on_both(|backend| {
        let server = Server::start(backend);
        furnish(&server);
        let bundle = r#"products = ["remote-support", "helpdesk"]
pools.remote-support = { size = 3, bundle = "support-suite" }
pools.helpdesk.size = 2
rules.agents = { filter = 'title eq "agent"', grants = { products = [{ product = "remote-support" }] } }
rules.others = { filter = 'userName eq "o1"', grants = { products = [{ product = "helpdesk" }] } }
"#;
        let told = preview(&server, bundle);
        let of = |product: &str| {
            let row = told.iter().find(|row| row[0] == "seats" && row[1] == product).unwrap();
            (row[5].clone(), row[6].clone())
        };
        let (suite, desk) = (of("remote-support"), of("helpdesk"));
        server.declare(bundle);
        let (held, waiting) = server.pool("remote-support");
        assert_eq!(suite, (format!("would hold {held}"), format!("would wait {waiting}")));
        assert_eq!((held, waiting, server.pool("helpdesk")), (2, 1, (2, 1)));
        assert_eq!(desk.0, "would hold 2");
    });
}

#[test]
fn what_was_previewed_at_another_revision_is_refused() {
    on_both(|backend| {
        let server = Server::start(backend);
        furnish(&server);
        server.declare(&declared(2, "agent"));
        let file = server.declaration(&declared(3, "agent"));
        for seen in ["0", "2"] {
            let told = fails(&server, &["apply", &file, "--seen", seen], 1);
            assert!(told.contains("revision 1"), "{told}");
        }
        assert_eq!(history(&server), ["1"]);
        assert_eq!(server.expect(&["apply", &file, "--seen", "1", "--note", "more"]), "revision 2");
        assert_eq!(server.pool(PRODUCT), (3, 0));
    });
}

#[test]
fn everything_wrong_is_told_with_its_place_and_nothing_of_it_applied() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(&declared(2, "agent"));
        let wrong = r#"products = ["helpdesk", "nothing"]
teams.emea = { parent = "emae" }
rules.a = { filter = 'title eq', grants = { team = "emea" } }
rules.b = { any_of = [{ group = "X", connection = "elsewhere" }], grants = { role = "boss" } }
"#;
        let file = server.declaration(wrong);
        for arguments in [vec!["apply", &file], vec!["apply", &file, "--preview"]] {
            let told = fails(&server, &arguments, 1);
            for place in ["nothing", "teams.emea", "rules.a.filter", "elsewhere", "boss"] {
                assert!(told.contains(place), "{place}: {told}");
            }
        }
        assert_eq!(history(&server), ["1"]);
    });
}

#[test]
fn one_step_back_is_a_new_revision_that_says_what_was_said_before() {
    on_both(|backend| {
        let server = Server::start(backend);
        furnish(&server);
        server.declare(&declared(2, "agent"));
        server.declare(&declared(2, "other"));
        assert_eq!(
            ["a1", "o1"].map(|name| server.show(name).seat(PRODUCT).to_owned()),
            ["no licence", "held"]
        );
        let back = ["settings", "return", "--organization", "acme"];
        assert_eq!(server.expect(&back), "revision 3");
        assert_eq!(
            ["a1", "o1"].map(|name| server.show(name).seat(PRODUCT).to_owned()),
            ["held", "no licence"]
        );
        assert_eq!(history(&server), ["3", "2", "1"]);
        let printed = server.expect(&["settings", "history", "--organization", "acme"]);
        assert!(printed.lines().next().unwrap().contains("command"), "{printed}");
        assert_eq!(server.declare(&declared(2, "agent")), "revision 3 says so already");
    });
}

#[test]
fn a_preview_tells_what_it_would_do_if_people_came_into_a_group_or_left_it() {
    on_both(|backend| {
        let server = Server::start(backend);
        let client = server.client("generic");
        let people = ["ann", "bob", "cid", "dan"].map(|name| client.person(name, &json!({})));
        let group = client.group("Agents", &[&people[3]]);
        server.declare(&format!(
            "products = [\"{PRODUCT}\"]\npools.{PRODUCT}.size = 2\nrules.agents.any_of = [{{ group = \"Agents\" }}]\n\
             rules.agents.grants.products = [{{ product = \"{PRODUCT}\" }}]\n"
        ));
        let of_group = ["account", "preview", "--organization", "acme", "--group", &group];
        let told = |more: &[&str]| -> Vec<Vec<String>> {
            let printed = server.expect(&[&of_group[..], more].concat());
            printed.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
        };
        let file = server.directory.path().join("people");
        std::fs::write(&file, format!("{}\n\n bob \ndan\n", people[0])).expect("a file");
        let came = told(&["--file", file.to_str().expect("a path"), "cid", "bob"]);
        assert_eq!(came[0], ["revision 1: 3 of 4 people"], "dan is there already");
        let grant = format!("product {PRODUCT}");
        assert_eq!(who(&came, "+", [&grant; 2]), ["ann bob cid"; 2]);
        let seats = ["seats", PRODUCT, "size 2", "taken 1", "entitled 4", "would hold 2", "would wait 2"];
        assert_eq!(came.last().unwrap(), &seats);
        let left = told(&["--leave", "ann", "dan"]);
        assert_eq!(left[0], ["revision 1: 1 of 4 people"]);
        assert_eq!(who(&left, "-", [&grant; 2]), ["dan"; 2]);
        for nobody in ["eve", "0192d3a0-7c00-7abc-8def-0123456789ab"] {
            let told = fails(&server, &[&of_group[..], &["ann", nobody]].concat(), 1);
            assert!(told.contains(&format!("there is no account \"{nobody}\"")), "{told}");
        }
        assert_eq!(server.pool(PRODUCT), (1, 0), "nothing was done");
    });
}
