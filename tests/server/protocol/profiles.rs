//! What each profile forgives, and that it is counted for the client (RFC 7644 is what `rfc` and `strict` hold to).

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use roster::scim::profile::Quirk;
use serde_json::{Value, json};

use super::*;

topic!(
    [],
    every_deviation_is_forgiven_where_it_should_be_and_counted,
    the_interoperability_profile_refuses_more_than_the_rfc,
);

const ALL_LIBERAL: &[&str] = &["entra", "okta", "generic"];
const NOT_OKTA: &[&str] = &["entra", "generic"];

/// What a deviation is tried on: a user with a work e-mail and a title, and a group that it is in.
struct Subject<'s> {
    client: &'s Client,
    name: String,
    user: String,
    group: String,
}

impl Subject<'_> {
    fn patch(&self, operation: Value) -> Answer {
        self.client.patch(&format!("/Users/{}", self.user), &json!([operation]))
    }

    fn patch_group(&self, operation: Value) -> Answer {
        self.client.patch(&format!("/Groups/{}", self.group), &json!([operation]))
    }

    fn patch_with(&self, message: Value) -> Answer {
        self.client.send("PATCH", &format!("/Users/{}", self.user), &[], Some(message.to_string().as_bytes()))
    }

    fn post(&self, others: Value) -> Answer {
        self.client.post("/Users", &user(&format!("new-{}", self.name), others))
    }

    fn find(&self, filter: &str) -> Answer {
        self.client.get(&format!("/Users?filter={}", encoded(filter)))
    }
}

/// The quirk, who forgives it, and what `rfc` and `strict` answer.
type Row = (Quirk, &'static [&'static str], u16, u16, fn(&Subject<'_>) -> Answer);

const MESSAGE: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn rows() -> Vec<Row> {
    vec![
        (Quirk::TextBoolean, ALL_LIBERAL, 400, 400, |on| {
            on.patch(json!({"op": "replace", "path": "active", "value": "False"}))
        }),
        (Quirk::OperationCase, ALL_LIBERAL, 400, 400, |on| {
            on.patch(json!({"op": "Replace", "path": "title", "value": "x"}))
        }),
        (Quirk::MessageMemberCase, NOT_OKTA, 400, 400, |on| {
            on.patch_with(json!({"schemas": [MESSAGE], "operations": [{"op": "remove", "path": "title"}]}))
        }),
        (Quirk::ValuePathCreates, ALL_LIBERAL, 400, 400, |on| {
            on.patch(json!({"op": "replace", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "1"}))
        }),
        (Quirk::PathAsKey, NOT_OKTA, 200, 400, |on| {
            on.patch(json!({"op": "replace", "value": {"name.givenName": "X"}}))
        }),
        (Quirk::EmptyPath, NOT_OKTA, 400, 400, |on| {
            on.patch(json!({"op": "add", "path": "", "value": {"title": "x"}}))
        }),
        (Quirk::RemoveWithValue, NOT_OKTA, 400, 400, |on| {
            on.patch_group(json!({"op": "remove", "path": "members", "value": [{"value": on.user}]}))
        }),
        (Quirk::MissingSchemas, ALL_LIBERAL, 400, 400, |on| {
            on.client.post("/Users", &json!({"userName": format!("bare-{}", on.name)}))
        }),
        (Quirk::UnknownSchema, ALL_LIBERAL, 400, 400, |on| {
            on.post(json!({"schemas": [USER, "urn:example:x"]}))
        }),
        (Quirk::UnlistedExtension, ALL_LIBERAL, 400, 400, |on| {
            on.post(json!({ENTERPRISE: {"department": "D"}}))
        }),
        (Quirk::UnknownAttribute, ALL_LIBERAL, 201, 400, |on| on.post(json!({"bogus": 1}))),
        (Quirk::ExtensionWithoutUrn, ALL_LIBERAL, 400, 400, |on| on.find("department eq \"x\"")),
        (Quirk::ReferenceForm, ALL_LIBERAL, 400, 400, |on| {
            on.patch(json!({"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "26118915"}))
        }),
        (Quirk::SingleForList, ALL_LIBERAL, 400, 400, |on| {
            on.post(json!({"emails": {"value": "a@example.com"}}))
        }),
        (Quirk::ListForSingle, ALL_LIBERAL, 400, 400, |on| on.post(json!({"title": ["x"]}))),
        (Quirk::EmptyTextUnsets, ALL_LIBERAL, 400, 400, |on| {
            on.patch(json!({"op": "replace", "path": "emails", "value": ""}))
        }),
        (Quirk::NumberAsText, ALL_LIBERAL, 400, 400, |on| on.post(json!({"title": 5}))),
        (Quirk::BareWord, ALL_LIBERAL, 400, 400, |on| on.find("userName eq nobody")),
        (Quirk::ValuePathComparison, ALL_LIBERAL, 400, 400, |on| {
            on.find("emails[type eq \"work\"].value eq \"a@example.com\"")
        }),
        (Quirk::ComplexComparison, ALL_LIBERAL, 400, 400, |on| {
            on.find(&format!("{ENTERPRISE}:manager eq \"x\""))
        }),
        (Quirk::JsonInText, &["entra"], 201, 201, |on| {
            on.post(json!({"roles": [{"value": "{\"value\":\"a\"}"}]}))
        }),
        (Quirk::NoOperations, NOT_OKTA, 400, 400, |on| {
            on.patch_with(json!({"schemas": [MESSAGE], "Operations": []}))
        }),
        (Quirk::UnknownTarget, ALL_LIBERAL, 400, 400, |on| {
            on.patch(json!({"op": "replace", "path": "bogus", "value": "x"}))
        }),
        (Quirk::RemoveMatchesNothing, ALL_LIBERAL, 400, 400, |on| {
            on.patch(json!({"op": "remove", "path": "emails[type eq \"other\"]"}))
        }),
        (Quirk::MemberDetails, NOT_OKTA, 400, 400, |on| {
            let path = format!("members[value eq \"{}\"].display", on.user);
            on.patch_group(json!({"op": "replace", "path": path, "value": "x"}))
        }),
        (Quirk::DisplayNameForDisplay, ALL_LIBERAL, 201, 400, |on| {
            on.post(json!({"roles": [{"value": "a", "displayName": "A"}]}))
        }),
        (Quirk::MissingContentType, ALL_LIBERAL, 415, 415, |on| {
            let body = user(&format!("typeless-{}", on.name), json!({})).to_string();
            on.client.send("POST", "/Users", &[("Content-Type", "")], Some(body.as_bytes()))
        }),
        (Quirk::UnacceptableAccept, ALL_LIBERAL, 406, 406, |on| {
            on.client.send("GET", "/ServiceProviderConfig", &[("Accept", "text/html")], None)
        }),
        (Quirk::ActiveUnset, ALL_LIBERAL, 200, 200, |on| on.patch(json!({"op": "remove", "path": "active"}))),
        (Quirk::ForeignMember, &["generic"], 400, 400, |on| {
            on.patch_group(json!({"op": "add", "path": "members", "value": [{"value": "nobody"}]}))
        }),
    ]
}

fn every_deviation_is_forgiven_where_it_should_be_and_counted(place: &Place<'_>) {
    let rows = rows();
    let tried: BTreeSet<Quirk> = rows.iter().map(|row| row.0).collect();
    assert_eq!(tried, Quirk::ALL.iter().copied().collect(), "every deviation has a row");
    for profile in PROFILES {
        let client = place.client(profile);
        for (quirk, forgiven_by, rfc, strict, request) in &rows {
            let name = format!("{profile}-{}", quirk.as_str());
            let others =
                json!({"title": "T", "emails": [{"value": format!("{name}@example.com"), "type": "work"}]});
            let made = id(&make(&client, "/Users", &user(&name, others)));
            let group = make_group(&client, &name, &[&made]);
            let answer = request(&Subject { client: &client, name: name.clone(), user: made, group });
            let good = matches!(answer.status, 200 | 201);
            match profile {
                "rfc" => assert_eq!(answer.status, *rfc, "{name}: {}", answer.text),
                "strict" => assert_eq!(answer.status, *strict, "{name}: {}", answer.text),
                liberal if forgiven_by.contains(&liberal) => assert!(good, "{name}: {}", answer.text),
                _ => {}
            }
        }
        let expected: BTreeSet<String> =
            rows.iter().filter(|row| row.1.contains(&profile)).map(|row| row.0.as_str().to_owned()).collect();
        assert_eq!(counted(place, profile, &expected), expected, "{profile}");
    }
}

/// The deviations that `client show` counts for the client; they are written in the background.
fn counted(place: &Place<'_>, name: &str, expected: &BTreeSet<String>) -> BTreeSet<String> {
    let list = place.server.expect(&["client", "list"]);
    let is_it = |line: &&str| {
        let mut words = line.split_whitespace();
        words.next() == Some(place.organization.as_str()) && words.nth(1) == Some(name)
    };
    let client =
        list.lines().find(is_it).and_then(|line| line.split_whitespace().nth(1)).expect("the client");
    let until = Instant::now() + Duration::from_secs(10);
    // What is not to come can only be waited for.
    std::thread::sleep(Duration::from_millis(1_200));
    loop {
        let shown = place.server.expect(&["client", "show", client]);
        let quirks = shown.lines().filter_map(|line| line.trim().strip_prefix("quirk"));
        let seen: BTreeSet<String> =
            quirks.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
        if seen == *expected || Instant::now() > until {
            return seen;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The interoperability profile: unknown attributes and operations without path are refused; `replace` of a complex
/// attribute replaces it whole.
fn the_interoperability_profile_refuses_more_than_the_rfc(place: &Place<'_>) {
    for profile in PROFILES {
        let client = place.client(profile);
        let others = json!({"name": {"givenName": "G", "familyName": "F"}});
        let path = format!("/Users/{}", id(&make(&client, "/Users", &user(profile, others))));
        let strict = profile == "strict";
        let pathless = client.patch(&path, &json!([{"op": "add", "value": {"title": "t"}}]));
        if strict {
            pathless.expect_error(400, Some("invalidSyntax"));
        } else {
            assert_eq!(pathless.expect(200).at("/title"), "t");
        }
        let unknown = client.put(&path, &user(profile, json!({"bogus": "x"})));
        if strict {
            unknown.expect_error(400, Some("invalidSyntax"));
        } else {
            assert_eq!(unknown.expect(200).json().get("bogus"), None);
        }
        client.put(&path, &user(profile, json!({"name": {"givenName": "G", "familyName": "F"}}))).expect(200);
        let replace = json!([{"op": "replace", "path": "name", "value": {"givenName": "H"}}]);
        let name = client.patch(&path, &replace).expect(200).json()["name"].clone();
        let expected =
            if strict { json!({"givenName": "H"}) } else { json!({"givenName": "H", "familyName": "F"}) };
        assert_eq!(name, expected, "{profile}");
    }
}
