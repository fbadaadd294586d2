use std::collections::BTreeSet;

use super::super::super::document;
use super::super::super::schema::value;
use super::*;
use proptest::prelude::*;

/// Who the members are after the edits.
fn edited(edits: &[MemberStep], mut members: BTreeSet<String>) -> BTreeSet<String> {
    for step in edits {
        match &step.edit {
            MemberEdit::Add(added) => members.extend(added.iter().map(|member| member.value.clone())),
            MemberEdit::Remove(ids) => members.retain(|id| !ids.contains(id)),
            MemberEdit::RemoveAll => members.clear(),
            MemberEdit::Replace(new) => members = new.iter().map(|member| member.value.clone()).collect(),
            MemberEdit::RemoveWhere(condition) => {
                members.retain(|id| !condition.holds_for_element(&json!({"value": id, "type": "User"})));
            }
        }
    }
    members
}

/// An operation on members, and the same on a set.
#[derive(Debug, Clone)]
enum Membership {
    Add(Vec<u8>, bool),
    RemoveListed(Vec<u8>),
    RemoveSelected(Vec<u8>),
    RemoveBeginning(u8),
    RemoveAll(bool),
    Replace(Vec<u8>, bool),
}

fn id(number: u8) -> String {
    format!("{:02}-{number}", number % 4)
}

impl Membership {
    fn operation(&self) -> Value {
        let list = |numbers: &[u8]| -> Value {
            numbers.iter().map(|&number| json!({"value": id(number)})).collect()
        };
        match self {
            Self::Add(ids, true) => json!({"op": "add", "path": "members", "value": list(ids)}),
            Self::Add(ids, false) => json!({"op": "add", "value": {"members": list(ids)}}),
            Self::RemoveListed(ids) => json!({"op": "remove", "path": "members", "value": list(ids)}),
            Self::RemoveSelected(ids) => {
                let terms: Vec<String> =
                    ids.iter().map(|&number| format!("value eq \"{}\"", id(number))).collect();
                json!({"op": "remove", "path": format!("members[{}]", terms.join(" or "))})
            }
            Self::RemoveBeginning(number) => {
                json!({"op": "remove", "path": format!("members[value sw \"{:02}\" and type eq \"user\"]", number % 4)})
            }
            Self::RemoveAll(true) => json!({"op": "remove", "path": "members"}),
            Self::RemoveAll(false) => json!({"op": "replace", "path": "members", "value": []}),
            Self::Replace(ids, true) => json!({"op": "replace", "path": "members", "value": list(ids)}),
            Self::Replace(ids, false) => json!({"op": "replace", "value": {"members": list(ids)}}),
        }
    }

    fn apply(&self, members: &mut BTreeSet<String>) {
        match self {
            Self::Add(ids, _) => members.extend(ids.iter().copied().map(id)),
            Self::RemoveListed(ids) | Self::RemoveSelected(ids) => {
                for number in ids {
                    members.remove(&id(*number));
                }
            }
            Self::RemoveBeginning(number) => {
                let beginning = format!("{:02}", number % 4);
                members.retain(|id| !id.starts_with(&beginning));
            }
            Self::RemoveAll(_) => members.clear(),
            Self::Replace(ids, _) => *members = ids.iter().copied().map(id).collect(),
        }
    }
}

fn memberships() -> impl Strategy<Value = Membership> {
    let ids = || proptest::collection::vec(0_u8..12, 0..5);
    let some = proptest::collection::vec(0_u8..12, 1..5);
    prop_oneof![
        (ids(), any::<bool>()).prop_map(|(ids, path)| Membership::Add(ids, path)),
        ids().prop_map(Membership::RemoveListed),
        some.prop_map(Membership::RemoveSelected),
        (0_u8..12).prop_map(Membership::RemoveBeginning),
        any::<bool>().prop_map(Membership::RemoveAll),
        (ids(), any::<bool>()).prop_map(|(ids, path)| Membership::Replace(ids, path)),
    ]
}

fn texts() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("a")),
        Just(json!("B")),
        Just(json!("b")),
        Just(json!("")),
        Just(Value::Null),
        Just(json!(true)),
        Just(json!("True")),
        Just(json!(7)),
        Just(json!([])),
        Just(json!({})),
    ]
}

fn elements() -> impl Strategy<Value = Value> {
    (texts(), texts(), texts()).prop_map(
        |(value, kind, primary)| json!({"value": value, "type": kind, "primary": primary, "nosuch": 1}),
    )
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => texts(),
        2 => elements(),
        2 => proptest::collection::vec(elements(), 0..4).prop_map(Value::Array),
        1 => (texts(), texts()).prop_map(|(given, family)| json!({"givenName": given, "familyName": family})),
        1 => (texts(), elements()).prop_map(|(title, manager)| {
            json!({"title": title, "id": "x", "name.givenName": "N", ENTERPRISE_USER: {"manager": manager}})
        }),
    ]
}

fn operations() -> impl Strategy<Value = Value> {
    let path = prop_oneof![
        Just(None),
        proptest::sample::select(vec![
            "title",
            "active",
            "name",
            "name.givenName",
            "emails",
            "emails.type",
            "emails[type eq \"a\"]",
            "emails[type eq \"b\"].value",
            "emails[value eq \"a\"].primary",
            "emails[primary eq true].type",
            "emails[type pr].display",
            "roles",
            "roles[primary eq \"True\"].value",
            "manager",
            "manager.value",
            "department",
            ENTERPRISE_USER,
            "externalId",
            "photos",
            "x509Certificates",
            "userName",
        ])
        .prop_map(Some),
    ];
    (proptest::sample::select(vec!["add", "replace", "remove"]), path, values()).prop_map(
        |(op, path, value)| {
            let mut operation = json!({"op": op, "value": value});
            if let Some(path) = path {
                operation["path"] = json!(path);
            }
            operation
        },
    )
}

/// Neither null nor an empty list or object anywhere.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(elements) => !elements.is_empty() && elements.iter().all(says_something),
        Value::Object(members) => !members.is_empty() && members.values().all(says_something),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Reading each attribute again gives the same.
fn is_canonical(setting: &Setting, document: &Document) -> bool {
    let context = setting.context();
    let resource_type = setting.registry.resource_type("User").unwrap();
    let same = |urn: Option<&str>, name: &str, held: &Value| {
        let found = setting.registry.resolve(resource_type, urn, name, None).unwrap();
        found.attribute.name == name
            && value::read(context, found.attribute, held.clone()) == Ok(Some(held.clone()))
    };
    document.iter().all(|(name, held)| match held.as_object().filter(|_| name == ENTERPRISE_USER) {
        Some(extension) => extension.iter().all(|(attribute, held)| same(Some(name), attribute, held)),
        None => same(None, name, held),
    })
}

proptest! {
    #[test]
    fn member_edits_equal_naive_application_to_a_set(
        start in proptest::collection::btree_set(0_u8..12, 0..8),
        sequence in proptest::collection::vec(memberships(), 1..10),
    ) {
        let setting = Setting::new(Profile::Generic);
        let context = setting.context();
        let resource_type = setting.registry.resource_type("Group").unwrap();
        let sent: Vec<Value> = sequence.iter().map(Membership::operation).collect();
        let body = json!({"schemas": [PATCH_OP], "Operations": sent});
        let plan = plan(read(&body, &context).unwrap(), &context, resource_type).unwrap();
        let start: BTreeSet<String> = start.into_iter().map(id).collect();
        let mut expected = start.clone();
        for membership in &sequence {
            membership.apply(&mut expected);
        }
        prop_assert_eq!(edited(&plan.members, start), expected);
    }

    #[test]
    fn patches_keep_every_rule_of_the_schemas(
        sequence in proptest::collection::vec(operations(), 1..12),
        profile in proptest::sample::select(Profile::ALL.to_vec()),
    ) {
        let setting = Setting::new(profile);
        let context = setting.context();
        let resource_type = setting.registry.resource_type("User").unwrap();
        let mut document = json!({"userName": "u", "active": true, "emails": [{"value": "a", "type": "a", "primary": true}]});
        for operation in sequence {
            let Ok(patched) = setting.patch("User", &document, &json!([operation])) else { continue };
            document = patched.document;
            let held = document.as_object().unwrap();
            prop_assert_eq!(document::check(context, resource_type, held), Ok(()));
            prop_assert!(says_something(&document), "{} {}", operation, document);
            prop_assert!(is_canonical(&setting, held), "{} {}", operation, document);
        }
    }

    #[test]
    fn a_patch_applied_again_changes_nothing_more(operation in operations()) {
        let setting = Setting::new(Profile::Generic);
        let document = json!({"userName": "u", "active": true, "emails": [{"value": "a", "type": "a", "primary": true}]});
        let Ok(once) = setting.patch("User", &document, &json!([operation])) else { return Ok(()) };
        // What an operation changes may take an element out of its own filter's reach.
        if operation["path"].as_str().is_some_and(|path| path.contains('[')) {
            return Ok(());
        }
        let twice = setting.patch("User", &once.document, &json!([operation]));
        prop_assert_eq!(twice, Ok(once));
    }
}

#[test]
fn a_patch_of_forty_operations_is_quick() {
    let setting = Setting::new(Profile::Entra);
    let operations: Vec<Value> = (0..40)
        .map(|number| json!({"op": "Replace", "path": format!("addresses[type eq \"t{}\"].locality", number % 4), "value": "Bern"}))
        .collect();
    let rounds = 50;
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        setting.patch("User", &json!({"userName": "u"}), &json!(operations)).unwrap();
    }
    let each = start.elapsed() / rounds;
    // Unoptimised code on a busy machine: an order of magnitude above what the release build takes.
    assert!(each < std::time::Duration::from_millis(10), "{each:?}");
}
