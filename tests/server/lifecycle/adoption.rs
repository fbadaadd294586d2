//! People made by hand whom a directory takes over.

use serde_json::json;

use crate::provisioning::Keyed;
use crate::support::{Server, eventually, on_both, person};

/// A title gives the role of its name, as far as the connection may give it; what is made by hand may give none.
const DECLARED: &str = r#"ceilings.default = "admin"
rules.admins = { filter = 'title eq "admin"', grants = { role = "admin" } }
"#;

#[test]
fn who_is_taken_over_by_a_push_that_changes_nothing_has_at_once_what_that_connection_may_give() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(DECLARED);
        let client = server.client("generic");
        client.person("chief", &json!({"title": "admin"}));
        let chief = Keyed::of(&server, "chief");
        let by_hand = |name: &str| {
            let people = json!({"people": [{"userName": name, "title": "admin"}]});
            chief.post("/accounts", &people).expect(201).at("/items/0/id")
        };
        let [patched, replaced] = ["patched", "replaced"].map(by_hand);
        let role = |name: &str| server.show(name).get("role", "").unwrap_or("none").to_owned();
        assert_eq!((role("patched"), role("replaced")), ("member".into(), "member".into()));
        assert_eq!(server.issues("above_ceiling").len(), 1);

        client.set(&patched, "title", &json!("admin")).expect(200);
        assert_eq!((role("patched"), role("replaced")), ("admin".into(), "member".into()));
        let mut whole = person("replaced", &json!({"title": "admin"}));
        for more in ["externalId", "emails"] {
            whole.as_object_mut().unwrap().remove(more);
        }
        let version = client.get(&format!("/Users/{replaced}")).at("/meta/version");
        let answer = client.put(&format!("/Users/{replaced}"), &whole).expect(200);
        assert_eq!(answer.at("/meta/version"), version, "nothing of the resource changed");
        assert_eq!(role("replaced"), "admin");
        assert_eq!(server.issues("above_ceiling"), []);

        for id in [&patched, &replaced] {
            let last = eventually(|| {
                let mut of = server.changes();
                of.retain(|change| change["target"]["id"] == json!(id));
                let is_told = of.iter().any(|change| change["action"] == json!("user.adopted"));
                of.pop().filter(|change| is_told && change["action"] == json!("account.changed"))
            });
            assert_eq!(last["after"]["role"]["value"], json!("admin"), "{last}");
        }
    });
}
