//! Deactivated, returned, deleted, made anew: what is kept and what is not.

use serde_json::{Value, json};

use crate::support::{Client, Server, on_both, person};

const PRODUCT: &str = "device-remote-support";

/// Agents have one seat, a team, a user group, a portal; whoever is titled a chief is admin.
const DECLARED: &str = r#"products = ["device-remote-support"]
pools.device-remote-support.size = 1
teams.support = {}
teams.field = {}
portals.main = {}
user_groups.care = {}
device_groups.kiosks = {}
ceilings.default = "admin"

[rules.agents]
filter = 'title eq "agent"'
[rules.agents.grants]
role = "admin"
products = [{ product = "device-remote-support" }]
team = "support"
portals = ["main"]
user_group = "care"
device_groups = ["kiosks"]
"#;

fn agent(client: &Client, name: &str) -> String {
    client.person(name, &json!({"title": "agent"}))
}

fn status(server: &Server, name: &str) -> String {
    let account = server.show(name);
    let reason = account.get("suspended by", "").map(|reason| format!(" by {reason}")).unwrap_or_default();
    format!("{}{reason}", account.get("status", "").unwrap())
}

fn found(client: &Client, name: &str) -> Value {
    client.get(&format!("/Users?filter=userName+eq+%22{name}%22")).expect(200).json()["Resources"].clone()
}

#[test]
fn deactivation_takes_role_licence_and_seat_at_once_and_keeps_where_the_person_stands() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(DECLARED);
        let client = server.client("generic");
        let ann = agent(&client, "ann");
        let bob = agent(&client, "bob");
        for grant in [
            "team=field",
            "role=super_admin",
            "+manages:care",
            "feature:device-remote-support/remote_control=off",
        ] {
            server.pin("ann", grant);
        }
        let before = server.show("ann");
        assert_eq!((before.get("role", ""), before.seat(PRODUCT)), (Some("super_admin"), "held"));
        let key = server.expect(&["key", "create", "--organization", "acme", "--account", "ann"]);
        let keyed = || server.client_with(Some(&key)).send_to("GET", "/admin/v1/keys", &[], None).status;
        assert_eq!(keyed(), 200);

        // By PATCH.
        client.set(&ann, "active", &json!(false)).expect(200);
        assert_eq!(status(&server, "ann"), "suspended by directory");
        let gone = server.show("ann");
        assert_eq!((gone.get("role", ""), gone.seat(PRODUCT)), (None, "no licence"));
        assert_eq!(server.show("bob").seat(PRODUCT), "held", "the seat is free at once");
        assert_eq!(keyed(), 401);
        let kept = [gone.get("team", ""), gone.get("user group", "")];
        assert_eq!(kept, [Some("field"), Some("care")]);
        assert_eq!((gone.all("portal"), gone.all("device group")), (vec!["main"], vec!["kiosks"]));

        // Nothing but an explicit true brings anybody back.
        client.set(&ann, "displayName", &json!("Ann")).expect(200);
        let mut whole = person("ann", &json!({"title": "agent"}));
        whole.as_object_mut().unwrap().remove("active");
        client.put(&format!("/Users/{ann}"), &whole).expect(200);
        assert_eq!(status(&server, "ann"), "suspended by directory");

        client.set(&ann, "active", &json!(true)).expect(200);
        let back = server.show("ann");
        assert_eq!(status(&server, "ann"), "invited");
        assert_eq!(back.get("role", ""), Some("admin"), "a pin of power is gone, the rule counts");
        // What limits whom a role reaches is no power: who comes back reaches no more than before.
        assert_eq!((back.get("team", ""), back.all("manages")), (Some("field"), vec!["care"]));
        assert_eq!(back.seat(PRODUCT), "waiting, number 2");
        assert_eq!(keyed(), 401, "a key that was killed stays so");

        // By PUT, and back.
        let put = |active: bool| {
            client.put(&format!("/Users/{bob}"), &person("bob", &json!({"title": "agent", "active": active})))
        };
        put(false).expect(200);
        assert_eq!(
            (status(&server, "bob").as_str(), server.show("ann").seat(PRODUCT)),
            ("suspended by directory", "held")
        );
        let feature = server.show("ann");
        assert_eq!(
            feature.get("feature", "device-remote-support/remote_control"),
            Some("off"),
            "this pin is kept"
        );
        put(true).expect(200);
        assert_eq!(
            (status(&server, "bob").as_str(), server.show("bob").seat(PRODUCT)),
            ("invited", "waiting, number 3")
        );
    });
}

#[test]
fn an_inactive_user_is_there_to_be_found_and_made_active_again() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(DECLARED);
        for profile in ["okta", "entra"] {
            let client = server.client(profile);
            let id = agent(&client, profile);
            client.set(&id, "active", &json!(false)).expect(200);
            client.post("/Users", &person(profile, &json!({}))).expect_error(409, Some("uniqueness"));
            let users = found(&client, profile);
            assert_eq!((&users[0]["id"], &users[0]["active"]), (&json!(id), &json!(false)));
            client.set(&id, "active", &json!(true)).expect(200);
            assert_eq!(server.show(profile).seat(PRODUCT), "held");
            client.set(&id, "active", &json!(false)).expect(200);
        }
    });
}

#[test]
fn who_is_deleted_and_made_again_inherits_nothing() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(DECLARED);
        let client = server.client("generic");
        let old = agent(&client, "ann");
        agent(&client, "bob");
        for grant in ["team=field", "+portal:main", "user_group=-"] {
            server.pin("ann", grant);
        }
        server.expect(&["account", "suspend", "--organization", "acme", "ann"]);
        assert_eq!(status(&server, "ann"), "suspended by hand");
        client.delete(&format!("/Users/{old}")).expect(204);
        assert_eq!(server.show("bob").seat(PRODUCT), "held");
        let gone = server.roster(&["account", "show", "--organization", "acme", &old]);
        assert_eq!(gone.status.code(), Some(1));

        let new = agent(&client, "ann");
        assert_ne!(new, old);
        let account = server.show("ann");
        assert_eq!(status(&server, "ann"), "invited");
        assert_eq!((account.get("team", ""), account.get("user group", "")), (Some("support"), Some("care")));
        assert_eq!(account.seat(PRODUCT), "waiting, number 2");
    });
}

#[test]
fn the_directory_and_the_administration_each_lift_only_their_own_suspension() {
    on_both(|backend| {
        let server = Server::start(backend);
        server.declare(DECLARED);
        let client = server.client("generic");
        let ann = agent(&client, "ann");
        let by_hand = |deed: &str| server.expect(&["account", deed, "--organization", "acme", "ann"]);
        by_hand("suspend");
        assert_eq!(status(&server, "ann"), "suspended by hand");
        assert_eq!(client.get(&format!("/Users/{ann}")).at("/active"), "true", "SCIM says what was pushed");
        client.set(&ann, "title", &json!("agent")).expect(200);
        client.set(&ann, "active", &json!(true)).expect(200);
        assert_eq!(status(&server, "ann"), "suspended by hand");
        client.set(&ann, "active", &json!(false)).expect(200);
        assert_eq!(status(&server, "ann"), "suspended by directory");
        by_hand("reactivate");
        assert_eq!(status(&server, "ann"), "suspended by directory");
        by_hand("suspend");
        client.set(&ann, "active", &json!(true)).expect(200);
        assert_eq!(status(&server, "ann"), "suspended by hand");
        assert_eq!(server.pool(PRODUCT), (0, 0));
        by_hand("reactivate");
        assert_eq!((status(&server, "ann").as_str(), server.show("ann").seat(PRODUCT)), ("invited", "held"));
    });
}
