//! The catalogue as it is replaced: nothing that anybody uses goes.

use std::process::Stdio;

use serde_json::json;

use crate::commands::fails;
use crate::provisioning::Keyed;
use crate::support::{Backend, Held, Server, eventually, on_both};

const CATALOGUE: &str = r#"
permissions.configure.name = "Configure"
permissions.dial.name = "Dial"
[products.desk]
name = "Desk"
features.notes = { name = "Notes", default = false }
roles.boss.name = "Boss"
sign_in.by_code.name = "By code"
[products.chat]
name = "Chat"
roles.host.name = "Host"
[products.mail]
name = "Mail"
[products.phone]
name = "Phone"
telephony = { first_extension = 10, last_extension = 99, permission = "configure" }
roles.caller = { name = "Caller", permissions = ["dial"] }
"#;

/// The same without all that somebody comes to use.
const WITHOUT: &str = r#"
permissions.configure.name = "Configure"
products.desk.name = "Desk"
products.chat.name = "Chat"
products.phone.name = "Phone"
"#;

const DECLARED: &str = r#"products = ["desk", "chat", "phone"]
ceilings.default = "super_admin"
rules.chiefs = { filter = 'title eq "chief"', grants = { role = "super_admin" } }
"#;

fn file(server: &Server, name: &str, catalogue: &str) -> String {
    let path = server.directory.path().join(name);
    std::fs::write(&path, catalogue).expect("a file");
    path.to_str().expect("a path").to_owned()
}

#[test]
fn nothing_goes_that_people_keys_or_telephones_name() {
    on_both(|backend| {
        let server = Server::start(backend);
        let [with, without] =
            [("with", CATALOGUE), ("without", WITHOUT)].map(|(name, text)| file(&server, name, text));
        let apply = |file| ["catalogue", "apply", file];
        server.expect(&apply(&with));
        server.expect(&apply(&without));
        server.expect(&apply(&with));

        server.declare(DECLARED);
        let client = server.client("generic");
        client.person("chief", &json!({"title": "chief"}));
        let chief = Keyed::of(&server, "chief");
        let values = ["license.desk", "desk:boss", "feature.desk.notes", "license.phone"];
        let pushed: Vec<_> = values.iter().map(|value| json!({"value": value})).collect();
        let ann = client.person("ann", &json!({"entitlements": pushed}));
        let signs_in = json!({"products": [{"product": "desk", "signIn": {"by_code": true}}]});
        chief.patch(&format!("/accounts/{ann}"), &signs_in).expect(200);
        let power = json!({"permissions": {"level": "custom", "permissions": ["dial"]}});
        chief.patch(&format!("/accounts/{ann}/telephony/phone"), &power).expect(200);
        server.pin("chief", "product_role:chat=host");
        server.expect(&["key", "create", "--organization", "acme", "--product", "mail"]);

        let wanted = [
            "permissions.dial: is in use: keep it, with retired = true",
            "products.mail: is in use: keep it, with retired = true",
            "products.desk.features.notes: is in use: keep it, with retired = true",
            "products.chat.roles.host: is in use: keep it, with retired = true",
            "products.desk.roles.boss: is in use: keep it, with retired = true",
            "products.desk.sign_in.by_code: is in use: keep it",
            "products.phone.telephony: is in use: keep it",
        ];
        for arguments in [&apply(&without)[..], &["catalogue", "apply", &without, "--preview"]] {
            let told = fails(&server, arguments, 1);
            let lines: Vec<&str> =
                told.lines().map(str::trim).filter(|line| line.contains(": is in use")).collect();
            assert_eq!(lines, wanted, "{arguments:?}");
        }
        assert!(server.expect(&["catalogue", "show"]).contains("products.mail"), "nothing was replaced");

        // What nobody uses any more goes.
        let listed = server.expect(&["key", "list"]);
        let key = listed.lines().find(|line| line.contains("\tmail\t")).expect("the key");
        server.expect(&["key", "revoke", key.split('\t').nth(5).expect("an id")]);
        server.pin("chief", "?product_role:chat");
        client.delete(&format!("/Users/{ann}")).expect(204);
        let told = fails(&server, &apply(&without), 1);
        let lines: Vec<&str> =
            told.lines().map(str::trim).filter(|line| line.contains(": is in use")).collect();
        assert_eq!(
            lines,
            ["products.phone.telephony: is in use: keep it"],
            "numbers and devices may be kept of it"
        );
    });
}

/// What is in use is asked where nobody can use anything more: the keys are held here, so that one is under way.
#[test]
fn what_comes_into_use_while_a_catalogue_is_applied_stays() {
    let server = Server::start(Backend::Postgres);
    let [with, without] =
        [("with", CATALOGUE), ("without", WITHOUT)].map(|(name, text)| file(&server, name, text));
    server.expect(&["catalogue", "apply", &with]);
    let mut held = Held::from_new_rows(&server, "api_keys");
    let start = |arguments: &[&str]| {
        let mut command = server.command();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    };
    let creating = start(&["key", "create", "--organization", "acme", "--product", "mail"]);
    held.until(1);
    let mut applying = start(&["catalogue", "apply", &without]);
    eventually(|| (held.waiting() == 2 || applying.try_wait().unwrap().is_some()).then_some(()));
    drop(held);
    assert!(creating.wait_with_output().expect("it ends").status.success());
    let output = applying.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("products.mail: is in use"), "{} {told}", output.status);
}
