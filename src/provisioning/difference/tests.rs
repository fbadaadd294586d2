use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::provisioning::effective::{Cut, Explained};
use crate::provisioning::entitlements::Entitlements;
use crate::provisioning::example::arbitrary::{account, rules};
use crate::provisioning::example::{Account, keyed, rule};

fn given(grants: &Value) -> Entitlements {
    Account::default().resolved(&[rule("a", grants)]).0
}

#[test]
fn what_is_gained_lost_and_changed_is_told_by_kind() {
    let before = given(&json!({
        "role": "clerk", "portals": ["web"], "team": "east",
        "products": [{"product": "support", "template": "calm"}, {"product": "fax"}],
        "features": {"support": {"sessions": 2, "access": true}},
    }));
    let after = given(&json!({
        "role": "viewer", "portals": ["app"], "user_group": "paris",
        "products": [{"product": "support", "template": "busy", "role": "lead"}],
        "features": {"support": {"sessions": 3, "access": true}},
    }));
    let wanted = json!({
        "gained": [
            {"kind": "user_group", "after": "paris"},
            {"kind": "portal", "subject": "app"},
        ],
        "lost": [
            {"kind": "team", "before": "east"},
            {"kind": "portal", "subject": "web"},
            {"kind": "product", "subject": "fax"},
        ],
        "changed": [
            {"kind": "role", "before": "clerk", "after": "viewer"},
            {"kind": "template", "subject": "support", "before": "calm", "after": "busy"},
            {"kind": "product_role", "subject": "support", "before": "agent", "after": "lead"},
            {"kind": "feature", "subject": "support/sessions", "before": 2, "after": 3},
        ],
    });
    let difference = difference(Some(&before), &after);
    assert_eq!(serde_json::to_value(&difference).unwrap(), wanted);
    assert!(!difference.is_empty());
}

#[test]
fn a_suspension_tells_its_reason_and_what_goes_with_it() {
    let before = given(&json!({"products": [{"product": "fax"}]}));
    let suspended = Account::default().pushed(&json!({"active": false})).resolved(&[]).0;
    let wanted = json!({
        "lost": [{"kind": "role", "before": "member"}, {"kind": "product", "subject": "fax"}],
        "changed": [{"kind": "status", "before": "invited", "after": "suspended:directory"}],
    });
    assert_eq!(serde_json::to_value(difference(Some(&before), &suspended)).unwrap(), wanted);
}

#[test]
fn another_source_of_the_same_grant_is_no_difference() {
    let grants = json!({"role": "clerk", "portals": ["web"], "products": [{"product": "support"}]});
    let before = given(&grants);
    let after = Account::default().resolved(&[rule("b", &grants)]).0;
    assert_ne!(before, after);
    assert!(difference(Some(&before), &after).is_empty());
}

#[test]
fn effective_features_differ_where_something_is_on() {
    let features = |access: bool, sessions: u32| {
        let of = |value, cuts| Explained { value, source: Source::Default, cuts };
        keyed([
            ("access", of(Setting::Flag(access), vec![])),
            ("sessions", of(Setting::Limit(sessions), vec![Cut::Limit])),
        ])
    };
    let difference = effective_difference("support", Some(&features(false, 2)), Some(&features(true, 3)));
    let wanted = json!({
        "gained": [{"kind": "effective", "subject": "support/access", "after": true}],
        "changed": [{"kind": "effective", "subject": "support/sessions", "before": 2, "after": 3}],
    });
    assert_eq!(serde_json::to_value(&difference).unwrap(), wanted);
    let lost = effective_difference("support", Some(&features(false, 2)), None);
    assert_eq!(lost.lost.len(), 1);
    let mut both = difference.clone();
    both.extend(lost);
    assert_eq!((both.gained.len(), both.lost.len(), both.changed.len()), (1, 1, 1));
}

/// What is granted after a difference.
fn applied(before: Grants, difference: Difference) -> Grants {
    let mut grants = before;
    for change in difference.lost {
        assert_eq!(grants.remove(&(change.kind, change.subject)), Some(change.before));
    }
    for change in difference.gained.into_iter().chain(difference.changed) {
        assert_eq!(
            grants.insert((change.kind, change.subject), change.after).unwrap_or_default(),
            change.before
        );
    }
    grants
}

proptest! {
    #[test]
    fn what_was_with_the_difference_is_what_is(one in account(), other in account(), old in rules(), new in rules()) {
        let (before, after) = (one.resolved(&old).0, other.resolved(&new).0);
        prop_assert_eq!(applied(grants(&before), difference(Some(&before), &after)), grants(&after));
        prop_assert_eq!(applied(Grants::new(), difference(None, &after)), grants(&after));
        prop_assert!(difference(Some(&after), &after).is_empty());
        let back = difference(Some(&after), &before);
        let gained: Vec<_> = back.gained.iter().map(|change| (change.kind, &change.subject)).collect();
        let forth = difference(Some(&before), &after);
        let lost: Vec<_> = forth.lost.iter().map(|change| (change.kind, &change.subject)).collect();
        prop_assert_eq!(gained, lost);
    }

    #[test]
    fn it_is_read_again_as_it_was_written(one in account(), other in account(), old in rules(), new in rules()) {
        let difference = difference(Some(&one.resolved(&old).0), &other.resolved(&new).0);
        let text = serde_json::to_string(&difference).unwrap();
        prop_assert_eq!(serde_json::from_str::<Difference>(&text).unwrap(), difference);
    }
}
