//! Core `entitlements` in the shapes that clients send.

use serde_json::{Value, json};

use super::{account, declare, issues, push};
use crate::protocol::USER;
use crate::support::{Server, on_both};

/// What the account has, in the words of the extension: licences, features that are on, portals.
fn has(extension: &Value) -> Vec<String> {
    let all = |list: &str| extension[list].as_array().cloned().unwrap_or_default();
    let text = |element: &Value, name: &str| element[name].as_str().unwrap_or_default().to_owned();
    let licences =
        all("licenses").into_iter().map(|one| format!("{} {}", text(&one, "value"), text(&one, "role")));
    let features = all("features").into_iter().filter(|one| text(one, "source") == "scim entitlements");
    let features = features.map(|one| format!("{}={}", text(&one, "value"), text(&one, "setting")));
    let portals = all("portals").into_iter().map(|one| format!("portal {}", text(&one, "value")));
    licences.chain(features).chain(portals).map(|text| text.trim().to_owned()).collect()
}

#[test]
fn entitlements_give_what_they_name_and_come_back_as_pushed() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "member");
        let sent = json!([
            {"value": "license.telephony", "display": "Telephony", "type": "License"},
            {"value": "remote-support", "type": "license"},
            {"value": "remote-support:team_manager", "type": "Permission", "primary": true},
            {"value": "feature.remote-support.reboot_reconnect", "type": "Permission"},
            {"value": "remote-support/multi_session=4"},
            {"value": "portal.main"},
            {"value": "storage.limit_100gb", "type": "ResourceLimit"},
        ]);
        let client = server.client("okta");
        let id = push(&client, "ann", json!({"entitlements": sent}));
        let path = format!("/Users/{id}");
        let read = client.get(&path).expect(200).json();
        assert_eq!(read["entitlements"], sent);
        let wanted = [
            "helpdesk",
            "remote-support team_manager",
            "telephony none",
            "remote-support/multi_session=4",
            "remote-support/reboot_reconnect=on",
            "portal main",
        ];
        assert_eq!(has(&account(&client, &id)), wanted);
        assert!(issues(&server).contains("storage.limit_100gb"), "{}", issues(&server));

        // Okta puts back what it read; nothing comes of that.
        let put = client.put(&path, &read).expect(200);
        assert_eq!(put.json()["meta"]["version"], read["meta"]["version"]);
        let take = json!([{"op": "remove", "path": "entitlements[value eq \"license.telephony\"]"}]);
        client.patch(&path, &take).expect(200);
        assert!(!has(&account(&client, &id)).contains(&"telephony none".to_owned()));
        client.put(&path, &json!({"schemas": [USER], "userName": "ann"})).expect(200);
        assert_eq!(account(&client, &id), json!({"status": "invited"}));
        assert_eq!(issues(&server), "", "what could not be given is not asked for any more");
    });
}

#[test]
fn every_profile_can_push_entitlements_and_their_forms_mean_the_same() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "member");
        let text = json!({"value": "license.helpdesk", "displayName": "Helpdesk"}).to_string();
        for (profile, sent) in [
            ("entra", json!([{"value": text}])),
            ("generic", json!([{"value": text}])),
            ("rfc", json!([{"value": text}])),
            ("strict", json!([{"value": "HELPDESK"}])),
            ("okta", json!([{"value": "7", "displayName": "Helpdesk", "primary": "False"}])),
            ("generic", json!({"value": "license.helpdesk"})),
            ("rfc", json!([{"value": "hd-1", "display": "helpdesk", "type": "License", "primary": false}])),
        ] {
            let client = server.client(profile);
            let name = format!("{profile}-{}", sent.to_string().len());
            let id = push(&client, &name, json!({}));
            let add = json!([{"op": "add", "path": "entitlements", "value": sent}]);
            client.patch(&format!("/Users/{id}"), &add).expect(200);
            assert_eq!(has(&account(&client, &id)), ["helpdesk"], "{profile} {sent}");
        }
        assert_eq!(issues(&server), "");
    });
}

#[test]
fn a_type_that_contradicts_the_value_names_nothing() {
    on_both(|backend| {
        let server = Server::start(backend);
        declare(&server, "member");
        let client = server.client("rfc");
        let sent = json!([{"value": "license.helpdesk", "type": "Permission"}]);
        let id = push(&client, "ann", json!({"entitlements": sent}));
        assert_eq!(account(&client, &id), json!({"status": "invited"}));
        assert!(issues(&server).contains("license.helpdesk"), "{}", issues(&server));
    });
}
