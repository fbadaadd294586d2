//! The trail: whatever is changed in it behind the program's back is named, and a person can be erased from it and
//! from everything else without breaking it.

use roster::domain::ResourceId;
use roster::service::{ServiceError, Verdict};
use serde_json::json;

use crate::bench::{Bench, ENTERPRISE, OWN, Tenant, on_both};
use crate::catalogue::everything;

const TABLES: [&str; 4] = ["changes", "change_values", "change_memberships", "seals"];

fn members(ids: &[ResourceId]) -> serde_json::Value {
    ids.iter().map(|id| json!({"value": id.to_string()})).collect()
}

/// An organization with a sealed trail of documents and memberships.
fn storied_tenant(bench: &Bench) -> Tenant {
    let tenant = bench.tenant();
    let session = &tenant.sessions[0];
    let user = |name: &str| {
        bench.create(session, "User", &json!({"schemas": [], "userName": name})).expect("a user")
    };
    let [ann, bob] = ["ann", "bob"].map(user);
    let body = json!({"schemas": [], "displayName": "staff", "members": members(&[ann])});
    let staff = bench.create(session, "Group", &body).expect("a group");
    let add = json!([{"op": "add", "path": "members", "value": members(&[bob])}]);
    bench.patch(session, "Group", staff, &add).expect("changed");
    let title = json!([{"op": "add", "path": "title", "value": "Dr"}]);
    bench.patch(session, "User", ann, &title).expect("changed");
    bench.delete(session, "User", bob).expect("deleted");
    bench.seal();
    tenant
}

/// The position of the first change that this condition holds for.
fn position(bench: &Bench, condition: &str) -> i64 {
    bench.number(&format!("SELECT min(position) AS value FROM changes WHERE {condition}"))
}

fn broken_at(bench: &Bench, slug: &str) -> Option<i64> {
    match bench.core.verify_changes(slug).expect("a verdict") {
        Verdict::Whole { .. } => None,
        Verdict::Broken { position, .. } => Some(position),
    }
}

#[test]
fn whatever_is_changed_in_the_trail_is_named_by_its_position() {
    on_both(|bench| {
        let tenant = storied_tenant(bench);
        let total = bench.assert_whole(&tenant.slug);
        assert!(total >= 9, "{total}");
        let created = position(bench, "action = 'user.created'");
        let joined = position(bench, "action = 'group.changed' AND target_version = 2");
        let with_values = format!("change_id = (SELECT id FROM changes WHERE position = {created})");
        let with_members = format!("change_id = (SELECT id FROM changes WHERE position = {joined})");
        let of_joined = format!(
            "(organization_id, change_id, target_id, salt) SELECT organization_id, id, target_id, hash FROM changes \
             WHERE position = {joined}"
        );
        let mut tamperings = vec![
            (format!("DELETE FROM changes WHERE position = {joined}"), joined),
            ("DELETE FROM changes WHERE position = 1".to_owned(), 1),
            (format!("DELETE FROM changes WHERE position > {}", total - 2), total - 1),
            (format!("DELETE FROM changes WHERE position = {total}"), total),
            ("DELETE FROM changes".to_owned(), 1),
            (format!("UPDATE change_values SET after_value = '{{}}' WHERE {with_values}"), created),
            (format!("UPDATE change_values SET after_value = NULL WHERE {with_values}"), created),
            (format!("UPDATE change_values SET before_value = 'null' WHERE {with_values}"), created),
            (
                format!("UPDATE change_values SET salt = (SELECT hash FROM seals) WHERE {with_values}"),
                created,
            ),
            (format!("DELETE FROM change_values WHERE {with_values}"), created),
            (format!("INSERT INTO change_values {of_joined}"), joined),
            (format!("DELETE FROM change_memberships WHERE {with_members}"), joined),
            (format!("UPDATE change_memberships SET added = NOT added WHERE {with_members}"), joined),
            (
                format!(
                    "UPDATE change_memberships SET member_id = '{}' WHERE {with_members}",
                    uuid::Uuid::nil()
                ),
                joined,
            ),
            // Two changes trade places.
            (
                format!(
                    "UPDATE changes SET position = -1 WHERE position = {created}; \
                     UPDATE changes SET position = {created} WHERE position = {joined}; \
                     UPDATE changes SET position = {joined} WHERE position = -1"
                ),
                created,
            ),
        ];
        for (column, value) in [
            ("id", "'00000000-0000-7000-8000-000000000000'"),
            ("at", "at + 1"),
            ("actor", "'command '"),
            ("action", "'user.deleted'"),
            ("target_kind", "'Group'"),
            ("target_id", "'00000000-0000-7000-8000-000000000000'"),
            ("target_version", "target_version + 1"),
            ("request_id", "'another'"),
            ("values_digest", "NULL"),
            ("position", "1000"),
            ("hash", "(SELECT hash FROM seals)"),
        ] {
            tamperings
                .push((format!("UPDATE changes SET {column} = {value} WHERE position = {created}"), created));
        }
        for table in TABLES {
            bench.execute(&format!("CREATE TABLE saved_{table} AS SELECT * FROM {table}"));
        }
        for (tampering, named) in tamperings {
            bench.execute(&tampering);
            assert_eq!(broken_at(bench, &tenant.slug), Some(named), "{tampering}");
            for table in TABLES {
                bench.execute(&format!(
                    "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved_{table}"
                ));
            }
            assert_eq!(broken_at(bench, &tenant.slug), None, "put right again");
        }
    });
}

#[test]
fn an_erased_person_leaves_no_trace_and_the_trail_stays_whole() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let [session, other] = &tenant.sessions;
        let body = json!({
            "schemas": [], "userName": "zqlogin", "displayName": "zqdisplay", "externalId": "zqexternal",
            "nickName": "zqnick", "title": "zqtitle",
            "name": {"familyName": "zqfamily", "givenName": "zqgiven", "formatted": "zqgiven zqfamily"},
            "emails": [{"value": "zqmail@example.com", "type": "work", "display": "zqmail"}],
            "phoneNumbers": [{"value": "zq555"}],
            ENTERPRISE: {"employeeNumber": "zqnumber", "department": "zqdepartment"},
            OWN: {"badge": "zqbadge", "tags": ["zqtag"]},
        });
        let ann = bench.create(session, "User", &body).expect("a user");
        let bob = bench.create(session, "User", &json!({"schemas": [], "userName": "bob"})).expect("a user");
        let staff = json!({"schemas": [], "displayName": "staff", "members": members(&[ann, bob])});
        bench.create(session, "Group", &staff).expect("a group");
        for (path, value) in
            [("userName", "zqlogin2"), ("emails", "zqmail2@example.com"), ("name.familyName", "zqwed")]
        {
            let value = if path == "emails" { json!([{"value": value}]) } else { json!(value) };
            let operations = json!([{"op": "replace", "path": path, "value": value}]);
            bench.patch(session, "User", ann, &operations).expect("changed");
        }
        // What others could not do with that person is told of too.
        let refused = bench.replace(other, "User", ann, &json!({"schemas": [], "userName": "zqadopted"}));
        assert!(matches!(refused, Err(ServiceError::OtherConnection)), "{refused:?}");
        let refused = bench.create(other, "User", &json!({"schemas": [], "userName": "ZQlogin2"}));
        assert!(matches!(refused, Err(ServiceError::Uniqueness(_))), "{refused:?}");
        bench.seal();
        assert!(traces(bench).len() > 10, "this test must find what it looks for");

        bench.core.erase_user(ann).expect("erased");
        assert_eq!(traces(bench), Vec::<String>::new());
        bench.assert_whole(&tenant.slug);
        bench.seal();
        bench.assert_whole(&tenant.slug);
        // Bob's story is untouched.
        assert_eq!(bench.read(session, "User", bob).expect("a user")["userName"], "bob");
        bench
            .create(session, "User", &json!({"schemas": [], "userName": "zqlogin2"}))
            .expect("the name is free");
        assert!(bench.core.erase_user(uuid::Uuid::nil().into()).is_err(), "nobody");
    });
}

#[test]
fn a_person_deleted_before_is_erased_from_the_trail_all_the_same() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let session = &tenant.sessions[0];
        let ann =
            bench.create(session, "User", &json!({"schemas": [], "userName": "zqlogin"})).expect("a user");
        bench.delete(session, "User", ann).expect("deleted");
        bench.seal();
        assert!(!traces(bench).is_empty());
        bench.core.erase_user(ann).expect("erased");
        assert_eq!(traces(bench), Vec::<String>::new());
        bench.seal();
        bench.assert_whole(&tenant.slug);
    });
}

#[test]
fn values_gone_without_an_erasure_are_named_even_where_another_was_erased() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let session = &tenant.sessions[0];
        let user = |name: &str| {
            bench.create(session, "User", &json!({"schemas": [], "userName": name})).expect("a user")
        };
        let [ann, bob] = ["ann", "bob"].map(user);
        bench.core.erase_user(ann).expect("erased");
        bench.seal();
        bench.assert_whole(&tenant.slug);
        bench.execute(&format!("DELETE FROM change_values WHERE target_id = '{bob}'"));
        let named = position(bench, &format!("target_id = '{bob}'"));
        assert_eq!(broken_at(bench, &tenant.slug), Some(named));
    });
}

/// The rows in which anything of the person is left, as text or in bytes.
fn traces(bench: &Bench) -> Vec<String> {
    let in_bytes = ["7a71", "7A71", "5a51"];
    let is_trace = |row: &String| {
        let text = row.to_lowercase();
        let bytes = text.split("x'").skip(1).chain(text.split("\\x").skip(1)).any(|blob| {
            let digits: String = blob.chars().take_while(char::is_ascii_hexdigit).collect();
            // Digests hold anything by chance; a text in bytes would hold the whole word.
            in_bytes.iter().any(|mark| digits.contains(&format!("{}6c6f67", mark.to_lowercase())))
        });
        text.contains("zq") && !text.contains("extension_schemas") || bytes
    };
    everything(bench).into_iter().filter(is_trace).collect()
}
