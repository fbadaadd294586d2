//! Two organizations that hold the same under the same ids: nothing done in one is seen in the other, whichever
//! function of the store does it.

mod looks;
mod reachable;

use std::collections::BTreeSet;
use std::path::PathBuf;

use roster::domain::{ApiKeyId, ClientId, ConnectionId, CredentialId, OrganizationId, ResourceId, Timestamp};
use roster::store::{
    AccountRow, Among, ApiKey, Attempt, Change, Client, Connection, Credential, CredentialKind, Draft,
    GroupBinding, KeyHolder, KeyRow, Member, MembershipChange, PinRow, PoolCount, Record, Resolution, Scope,
    Seal, Seat, SettingsRow, StoreError, StoredExtension, SyncIssue, Target, Values, Weight, Write,
};
use uuid::Uuid;

use looks::{LOOKS, Look, seen};

use crate::bench::{Bench, on_both};
use crate::catalogue::{belongings, refused_push};

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn resource(number: u128) -> ResourceId {
    uuid(number).into()
}

fn connection() -> ConnectionId {
    uuid(1).into()
}

/// What is unique over all organizations must differ.
fn client(organization: OrganizationId) -> ClientId {
    uuid(1_000 + u128::from(organization.0.unsigned_abs())).into()
}

fn credential(organization: OrganizationId) -> CredentialId {
    uuid(2_000 + u128::from(organization.0.unsigned_abs())).into()
}

fn key(name: &str) -> KeyRow {
    KeyRow { attribute: "userName".to_owned(), key: name.to_owned(), unique: Among::Organization }
}

fn draft(document: &str, members: i64) -> Draft<'_> {
    Draft { document, display_name: None, members, now: NOW }
}

fn issue(subject: &str) -> SyncIssue {
    SyncIssue {
        id: uuid(31).to_string(),
        kind: "unknown_member".to_owned(),
        connection: connection(),
        subject: subject.to_owned(),
        detail: "no".to_owned(),
        occurrences: 1,
        first_seen: NOW,
        last_seen: NOW,
    }
}

fn change(number: u128, target: ResourceId) -> Change {
    Change {
        id: uuid(number),
        at: NOW,
        actor: "command".to_owned(),
        action: "user.created",
        target: Target { kind: "User".to_owned(), id: target.to_string(), version: 1 },
        request: "r".to_owned(),
        digest: Some([1; 32]),
        values: Some(Values { salt: vec![2; 16], before: None, after: Some("{}".to_owned()) }),
        memberships: vec![MembershipChange { member: resource(11), added: true }],
    }
}

fn member(number: u128) -> Member {
    Member { id: resource(number), kind: "User".to_owned() }
}

fn new_client(id: ClientId, name: &str) -> Client {
    Client {
        id,
        connection: connection(),
        name: name.to_owned(),
        profile: "rfc".to_owned(),
        scope: Scope::Write,
        key_set: None,
        key_set_url: None,
        created: NOW,
        disabled: None,
    }
}

fn new_credential(id: CredentialId, client: ClientId, kind: CredentialKind) -> Credential {
    Credential {
        id,
        client,
        kind,
        hint: "abcd".to_owned(),
        created: NOW,
        expires: None,
        last_used: None,
        revoked: None,
    }
}

/// An account that has been resolved; 12's has a trouble.
fn account(number: u128, role: &str) -> AccountRow {
    AccountRow {
        id: resource(number),
        version: 1,
        revision: 1,
        changed: NOW,
        status: "invited".to_owned(),
        role: role.to_owned(),
        own: "{}".to_owned(),
        grants: "{}".to_owned(),
        troubles: (number == 12).then(|| "[]".to_owned()),
    }
}

/// A pin that has expired.
fn pin(subject: &str) -> PinRow {
    PinRow {
        account: resource(11),
        kind: "portal".to_owned(),
        subject: subject.to_owned(),
        value: "\"given\"".to_owned(),
        author: "command".to_owned(),
        reason: String::new(),
        created: NOW,
        expires: Some(NOW),
    }
}

fn seat(number: u128, product: &str, waiting: Option<i64>) -> Seat {
    Seat { product: product.to_owned(), account: resource(number), waiting, since: NOW }
}

fn count(taken: i64) -> PoolCount {
    PoolCount { taken, last_number: 1, version: 1, changed: NOW }
}

fn settings(revision: i64) -> SettingsRow {
    SettingsRow {
        revision,
        document: "{}".to_owned(),
        actor: "command".to_owned(),
        note: String::new(),
        created: NOW,
    }
}

fn binding(name: &str) -> GroupBinding {
    GroupBinding { connection: connection(), name: name.to_owned(), group: resource(21) }
}

fn resolution(done: i64) -> Resolution {
    Resolution { phase: 0, after: String::new(), total: 2, done, started: NOW }
}

fn api_key_id(organization: OrganizationId) -> ApiKeyId {
    uuid(3_000 + u128::from(organization.0.unsigned_abs())).into()
}

fn new_api_key(id: ApiKeyId) -> ApiKey {
    ApiKey {
        id,
        holder: KeyHolder::Account(resource(11)),
        name: "key".to_owned(),
        scope: Scope::Read,
        hint: "abcd".to_owned(),
        created: NOW,
        expires: None,
        last_used: None,
        revoked: None,
    }
}

fn attempt(key: u8, id: u128) -> Attempt {
    let route = "POST /clients".to_owned();
    Attempt { account: resource(11), route, key: [key; 32], said: [3; 32], id: uuid(id) }
}

/// Users 11 (who holds a seat) and 12 (who waits for one), groups 21 (of both), 22 (of none) and 23 (deleted, of 11),
/// and a row of everything else.
fn furnish(write: &mut Write<'_>) -> Result<(), StoreError> {
    let organization = write.organization();
    write.insert_attempt(&attempt(1, 61), NOW)?;
    write.insert_connection(&Connection {
        id: connection(),
        name: "one".to_owned(),
        kind: "generic".to_owned(),
        created: NOW,
        adds_roles_only: false,
    })?;
    write.insert_client(&new_client(client(organization), "client"))?;
    let digest = [u8::try_from(organization.0).expect("few organizations"); 32];
    write.insert_credential(
        &new_credential(credential(organization), client(organization), CredentialKind::Token),
        &digest,
    )?;
    write.insert_api_key(&new_api_key(api_key_id(organization)), &digest)?;
    write.use_assertion(uuid(5).into(), &[9; 32], NOW)?;
    write.count_quirks(uuid(5).into(), &[("bare-word", 2)], NOW)?;
    write.insert_refused_push(uuid(5).into(), &refused_push("1", NOW))?;
    write.raise_issue(&issue("subject"))?;
    write
        .insert_extension(&StoredExtension { urn: "urn:x:y".to_owned(), definition: "{}".to_owned() }, NOW)?;
    for (number, name) in [(11, "ann"), (12, "bob")] {
        write.insert_resource("User", resource(number), connection(), &draft("{}", 0), &[key(name)])?;
    }
    for (number, members) in [(21, 2), (22, 0)] {
        write.insert_resource("Group", resource(number), connection(), &draft("{}", members), &[])?;
    }
    write.add_members(resource(21), &[member(11), member(12)])?;
    write.add_members(resource(23), &[member(11)])?;
    write.leave_for_purge(resource(23))?;
    write.insert_settings(&settings(1))?;
    write.bind_group(&binding("support"), NOW)?;
    write.insert_accounts(&[account(11, "admin"), account(12, "member")])?;
    write.put_pin(&pin("a"))?;
    write.put_pin(&pin("b"))?;
    write.lock_pools(&["desk".to_owned()])?;
    write.update_pool("desk", count(1))?;
    write.insert_seats(&[seat(11, "desk", None), seat(12, "desk", Some(1))])?;
    write.put_resolution(&resolution(0))?;
    reachable::furnish(write)?;
    write.insert_change(&change(41, resource(11)))?;
    write.insert_change(&change(42, resource(12)))?;
    write.lease_seal("holder", NOW, NOW.plus_seconds(30))?;
    let seal = Seal { position: 1, hash: vec![3; 32] };
    write.seal_change(&uuid(41).to_string(), &seal)?;
    write.advance_seal(&seal)
}

type Deed = (&'static str, fn(&mut Write<'_>) -> Result<String, StoreError>);

fn told<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Result<String, StoreError> {
    result.map(|value| format!("{value:?}"))
}

/// One call of each function that writes.
const DEEDS: &[Deed] = &[
    ("insert_attempt", |write| told(write.insert_attempt(&attempt(2, 62), NOW))),
    ("lock_attempt", |write| told(write.lock_attempt(&attempt(1, 61)))),
    ("renew_attempt", |write| told(write.renew_attempt(&attempt(1, 63), NOW))),
    ("commit_attempt", |write| told(write.commit_attempt(&attempt(1, 63)))),
    ("keep_answer", |write| told(write.keep_answer(&attempt(1, 63), "{}"))),
    ("drop_attempt", |write| told(write.drop_attempt(&attempt(2, 62)))),
    ("forget_answers", |write| told(write.forget_answers())),
    ("insert_connection", |write| {
        let other = Connection {
            id: uuid(2).into(),
            name: "two".to_owned(),
            kind: "okta".to_owned(),
            created: NOW,
            adds_roles_only: false,
        };
        told(write.insert_connection(&other))
    }),
    ("insert_client", |write| told(write.insert_client(&new_client(uuid(6).into(), "second")))),
    ("disable_client", |write| {
        let id = client(write.organization());
        told(write.disable_client(id, NOW))
    }),
    ("insert_credential", |write| {
        let id = client(write.organization());
        told(write.insert_credential(&new_credential(uuid(7).into(), id, CredentialKind::Access), &[255; 32]))
    }),
    ("revoke_credential", |write| {
        let id = credential(write.organization());
        told(write.revoke_credential(id, NOW))
    }),
    ("expire_credential", |write| {
        let id = credential(write.organization());
        told(write.expire_credential(id, NOW))
    }),
    ("touch_credential", |write| {
        let id = credential(write.organization());
        told(write.touch_credential(id, NOW))
    }),
    ("touch_api_key", |write| {
        let id = api_key_id(write.organization());
        told(write.touch_api_key(id, NOW))
    }),
    ("insert_api_key", |write| told(write.insert_api_key(&new_api_key(uuid(8).into()), &[254; 32]))),
    ("revoke_api_key", |write| {
        let id = api_key_id(write.organization());
        told(write.revoke_api_key(id, NOW))
    }),
    ("revoke_keys_of", |write| told(write.revoke_keys_of(resource(11), NOW))),
    ("revoke_access", |write| {
        let id = client(write.organization());
        told(write.revoke_access(id, NOW))
    }),
    ("lock_client", |write| {
        let id = client(write.organization());
        told(write.lock_client(id))
    }),
    ("suspend_organization", |write| told(write.suspend_organization(NOW))),
    ("let_go", |write| told(write.let_go(&Seal { position: 1, hash: vec![3; 32] }))),
    ("lock_groups", |write| told(write.lock_groups(&[resource(21), resource(22)]))),
    ("use_assertion", |write| told(write.use_assertion(uuid(5).into(), &[8; 32], NOW))),
    ("count_quirks", |write| told(write.count_quirks(uuid(5).into(), &[("bare-word", 5)], NOW))),
    ("insert_refused_push", |write| told(write.insert_refused_push(uuid(5).into(), &refused_push("2", NOW)))),
    ("raise_issue", |write| told(write.raise_issue(&issue("subject")))),
    ("clear_issue", |write| told(write.clear_issue(connection(), "unknown_member", "subject"))),
    ("insert_extension", |write| {
        let extension = StoredExtension { urn: "urn:x:z".to_owned(), definition: "{}".to_owned() };
        told(write.insert_extension(&extension, NOW))
    }),
    ("lock_resource", |write| told(write.lock_resource("User", resource(11)))),
    ("lock_kinds_of", |write| told(write.lock_kinds_of(&[resource(11), resource(21)]))),
    ("lock_group_edges", |write| told(write.lock_group_edges())),
    ("insert_resource", |write| {
        told(write.insert_resource("User", resource(13), connection(), &draft("{}", 0), &[key("cy")]))
    }),
    ("update_resource", |write| {
        let current = write.resource("User", resource(11))?.expect("ann");
        told(write.update_resource(&current, &draft("{\"a\":1}", 0), &[key("ann")], &[key("eve")]))
    }),
    ("hand_over_resource", |write| {
        let current = write.resource("User", resource(11))?.expect("ann");
        told(write.hand_over_resource(&Record { made_by: uuid(9).into(), ..current }))
    }),
    ("count_members", |write| told(write.count_members(resource(21), 3, true, NOW))),
    ("hand_over_resource", |write| {
        let current = write.resource("User", resource(11))?.expect("ann");
        told(write.hand_over_resource(&Record { made_by: uuid(2).into(), ..current }))
    }),
    ("delete_resource", |write| {
        let current = write.resource("User", resource(12))?.expect("bob");
        told(write.delete_resource(&current, &[key("bob")]))
    }),
    ("add_members", |write| told(write.add_members(resource(22), &[member(11)]))),
    ("remove_members", |write| told(write.remove_members(resource(21), &[resource(12)]))),
    ("leave_for_purge", |write| told(write.leave_for_purge(resource(22)))),
    ("purge_group", |write| told(write.purge_group(resource(23), 10))),
    ("insert_change", |write| told(write.insert_change(&change(43, resource(11))))),
    ("erase_values", |write| told(write.erase_values(&resource(11).to_string()))),
    ("lease_seal", |write| told(write.lease_seal("another", NOW.plus_seconds(60), NOW.plus_seconds(90)))),
    ("seal_change", |write| {
        told(write.seal_change(&uuid(42).to_string(), &Seal { position: 2, hash: vec![4; 32] }))
    }),
    ("advance_seal", |write| told(write.advance_seal(&Seal { position: 2, hash: vec![4; 32] }))),
    ("lock_revisions", |write| told(write.lock_revisions())),
    ("hold_revisions", |write| told(write.hold_revisions())),
    ("insert_settings", |write| told(write.insert_settings(&settings(2)))),
    ("bind_group", |write| told(write.bind_group(&binding("sales"), NOW.plus_seconds(1)))),
    ("unbind_group", |write| told(write.unbind_group(connection(), "support", NOW.plus_seconds(2)))),
    ("note_adding_roles_only", |write| told(write.note_adding_roles_only(connection(), true, NOW))),
    ("lock_accounts", |write| told(write.lock_accounts(&[resource(11), resource(12)]))),
    ("insert_accounts", |write| told(write.insert_accounts(&[account(13, "member")]))),
    ("update_account", |write| told(write.update_account(&account(11, "super_admin")))),
    ("stamp_accounts", |write| told(write.stamp_accounts(&[resource(11)], 5))),
    ("stamp_everybody", |write| told(write.stamp_everybody(-1))),
    ("delete_account", |write| told(write.delete_account(resource(12)))),
    ("put_pin", |write| told(write.put_pin(&PinRow { expires: None, ..pin("c") }))),
    ("delete_pin", |write| told(write.delete_pin(resource(11), "portal", "a"))),
    ("delete_expired_pins", |write| told(write.delete_expired_pins(resource(11), NOW))),
    ("delete_pins", |write| told(write.delete_pins(resource(11)))),
    ("lock_pools", |write| told(write.lock_pools(&["desk".to_owned()]))),
    ("update_pool", |write| told(write.update_pool("desk", count(2)))),
    ("insert_seats", |write| told(write.insert_seats(&[seat(11, "phone", None)]))),
    ("promote_seats", |write| told(write.promote_seats("desk", &[resource(12)], NOW))),
    ("delete_seats", |write| told(write.delete_seats("desk", &[resource(11), resource(12)]))),
    ("take_resolution", |write| told(write.take_resolution())),
    ("lock_resolution", |write| told(write.lock_resolution())),
    ("put_resolution", |write| told(write.put_resolution(&resolution(1)))),
    ("start_resolution", |write| told(write.start_resolution(7, NOW))),
    ("end_resolution", |write| told(write.end_resolution())),
    ("take_seat", |write| {
        // For "desk" somebody waits.
        write.lock_pools(&["chat".to_owned()])?;
        told(write.take_seat("chat", 10, NOW))
    }),
    ("attempt", |write| {
        let failed = write.attempt(|write| -> Result<(), StoreError> {
            write.remove_members(resource(21), &[resource(11)])?;
            Err(StoreError::TooMany)
        })?;
        Ok(format!("{failed:?}"))
    }),
];

fn deeds() -> impl Iterator<Item = &'static Deed> {
    DEEDS.iter().chain(reachable::DEEDS)
}

fn looks() -> impl Iterator<Item = &'static Look> {
    LOOKS.iter().chain(reachable::LOOKS)
}

/// The public functions on `Read` or `Write`, from the source: one that is added must be called here too.
fn functions_on(name: &str) -> BTreeSet<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the store's files") {
        let path = entry.expect("a file").path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut inside = false;
        for line in text.lines() {
            inside = (inside || line == format!("impl {name}<'_> {{")) && line != "}";
            if let Some(rest) = line.strip_prefix("    pub fn ").filter(|_| inside) {
                let (name, _) = rest.split_once(['(', '<']).expect("parameters");
                found.insert(name.to_owned());
            }
        }
    }
    // Says nothing of any organization.
    found.remove("check_deadline");
    found
}

#[test]
fn every_function_of_the_store_is_called_here() {
    let names = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(functions_on("Write"), names(deeds().map(|(name, _)| *name).collect()));
    assert_eq!(functions_on("Read"), names(looks().map(|(name, _)| *name).collect()));
}

/// What each look sees.
fn look(bench: &Bench, organization: OrganizationId) -> Vec<(&'static str, String)> {
    let see = |(name, look): &Look| {
        let look = *look;
        let told = bench.core.store.read_blocking(organization, None, look);
        (*name, told.unwrap_or_else(|error: StoreError| panic!("{name}: {error}")))
    };
    looks().map(see).collect()
}

#[test]
fn nothing_done_in_one_organization_is_seen_in_another() {
    on_both(|bench| {
        let organizations = [0, 1].map(|number| {
            let organization = bench.core.store.system_write_blocking(move |system| {
                system.insert_organization(&format!("i{number}"), "An organization", NOW)
            });
            let organization: OrganizationId =
                organization.unwrap_or_else(|error: StoreError| panic!("{error}"));
            bench.core.store.write_blocking(organization, Weight::Light, furnish).expect("furnished");
            organization
        });
        let [acting, idle] = organizations;
        let (rows, sight) = (belongings(bench, idle.0), look(bench, idle));
        for (name, deed) in deeds() {
            let deed = *deed;
            let before = belongings(bench, acting.0);
            let done = bench.core.store.write_blocking(acting, Weight::Light, deed);
            let done = done.unwrap_or_else(|error: StoreError| panic!("{name}: {error:?}"));
            assert_eq!(belongings(bench, idle.0), rows, "{name} wrote to another organization");
            assert_eq!(look(bench, idle), sight, "{name} changed what another organization sees");
            let only_looks =
                name.starts_with("lock_") || ["attempt", "hold_revisions", "take_resolution"].contains(name);
            assert_eq!(belongings(bench, acting.0) == before, only_looks, "{name} did {done}");
        }
        // The other one still can do all of it: nothing that was taken in the first is taken there.
        for (name, deed) in deeds()
            .filter(|(name, _)| !["insert_client", "insert_credential", "insert_api_key"].contains(name))
        {
            let deed = *deed;
            let done: Result<String, StoreError> = bench.core.store.write_blocking(idle, Weight::Light, deed);
            assert!(done.is_ok(), "{name}: {done:?}");
        }
    });
}

#[test]
fn what_an_empty_organization_sees_is_empty() {
    on_both(|bench| {
        let make = |slug: &'static str| {
            let made: Result<OrganizationId, StoreError> =
                bench.core.store.system_write_blocking(move |system| {
                    system.insert_organization(slug, "An organization", NOW)
                });
            made.expect("an organization")
        };
        let (full, empty) = (make("full"), make("empty"));
        let before = look(bench, empty);
        bench.core.store.write_blocking(full, Weight::Light, furnish).expect("furnished");
        assert_eq!(look(bench, empty), before);
    });
}
