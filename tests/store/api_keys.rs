//! Which API keys count, and from when on they do not.

use roster::domain::ResourceId;
use roster::service::{
    ClientWish, Denied, KeyFor, KeyHolder, KeyWish, Problem, Scope, ServiceError, authenticate,
    authenticate_key,
};
use serde_json::json;

use crate::bench::{Bench, Tenant, on_both};

const DAY: i64 = 24 * 60 * 60;

fn of_account(user_name: &str) -> KeyWish {
    KeyWish { holder: KeyFor::Account(user_name.to_owned()), name: None, scope: None, lasts: None }
}

fn key(bench: &Bench, tenant: &Tenant, wish: &KeyWish) -> String {
    bench.core.create_key(&tenant.slug, wish).expect("a key").expose().to_owned()
}

/// Whose key it is, or the refusal in the words of the log.
fn holder(bench: &Bench, key: &str) -> Result<KeyHolder, String> {
    match bench.run(authenticate_key(&bench.core, key)) {
        Ok(principal) => Ok(principal.who),
        Err(ServiceError::Unauthorized(denied)) => Err(denied.as_str().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn user(bench: &Bench, tenant: &Tenant, name: &str) -> ResourceId {
    bench.create(&tenant.sessions[0], "User", &json!({"schemas": [], "userName": name})).expect("a user")
}

#[test]
fn a_key_says_whose_it_is_and_what_it_may_do() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let ann = user(bench, &tenant, "ann");
        let of_ann = key(bench, &tenant, &of_account("ANN"));
        assert!(of_ann.starts_with("rosterkey_"), "{of_ann}");
        let principal = bench.run(authenticate_key(&bench.core, &of_ann)).expect("it counts");
        assert_eq!((principal.who, principal.scope), (KeyHolder::Account(ann), Scope::Write));
        assert_eq!((principal.organization.0, principal.slug), (tenant.organization(), tenant.slug.clone()));
        let wish = KeyWish {
            holder: KeyFor::Product("helpdesk".to_owned()),
            scope: Some(Scope::Read),
            ..of_account("")
        };
        let of_desk = key(bench, &tenant, &wish);
        let principal = bench.run(authenticate_key(&bench.core, &of_desk)).expect("it counts");
        assert_eq!(
            (principal.who, principal.scope),
            (KeyHolder::Product("helpdesk".to_owned()), Scope::Read)
        );
        let nobody = bench.core.create_key(&tenant.slug, &of_account("nobody")).map(drop);
        assert!(matches!(nobody, Err(Problem::Unknown { what: "account", .. })), "{nobody:?}");
    });
}

#[test]
fn a_key_counts_until_the_moment_it_expires() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let ann = user(bench, &tenant, "ann");
        let short = key(bench, &tenant, &KeyWish { lasts: Some(DAY), ..of_account("ann") });
        let endless = key(bench, &tenant, &of_account("ann"));
        bench.clock.forward(DAY - 1);
        assert_eq!(holder(bench, &short), Ok(KeyHolder::Account(ann)));
        bench.clock.forward(1);
        assert_eq!(holder(bench, &short), Err(Denied::Expired.as_str().to_owned()));
        bench.clock.forward(1_000 * DAY);
        assert_eq!(holder(bench, &endless), Ok(KeyHolder::Account(ann)));
    });
}

#[test]
fn what_is_no_key_of_ours_says_why_to_the_log() {
    on_both(|bench| {
        let tenant = bench.tenant();
        user(bench, &tenant, "ann");
        let known = key(bench, &tenant, &of_account("ann"));
        let token =
            bench.core.create_token(&tenant.slug, "another", &ClientWish::default(), None).expect("a token");
        let foreign = Bench::new(bench.backend);
        let elsewhere = foreign.tenant();
        user(&foreign, &elsewhere, "ann");
        let foreign = key(&foreign, &elsewhere, &of_account("ann"));
        let mut short = known.chars();
        short.next_back();
        for (text, denied) in [
            ("", Denied::Malformed),
            ("rosterkey_", Denied::Malformed),
            (short.as_str(), Denied::Malformed),
            (token.expose(), Denied::Malformed),
            (&foreign, Denied::Unknown),
        ] {
            assert_eq!(holder(bench, text), Err(denied.as_str().to_owned()), "{text}");
        }
        let as_token = bench.run(authenticate(&bench.core, &known)).map(drop);
        assert!(matches!(as_token, Err(ServiceError::Unauthorized(Denied::Malformed))), "{as_token:?}");
    });
}

#[test]
fn a_revoked_key_counts_no_more_and_another_still_does() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let ann = user(bench, &tenant, "ann");
        let [one, two] = [0; 2].map(|_| key(bench, &tenant, &of_account("ann")));
        let id = bench.core.keys(&tenant.slug).expect("keys")[0].id;
        bench.core.revoke_key(id).expect("revoked");
        assert_eq!(holder(bench, &one), Err(Denied::Revoked.as_str().to_owned()));
        assert_eq!(holder(bench, &two), Ok(KeyHolder::Account(ann)));
        bench.core.suspend_organization(&tenant.slug).expect("suspended");
        assert_eq!(holder(bench, &two), Err(ServiceError::Suspended.to_string()));
    });
}

#[test]
fn the_keys_of_an_account_die_with_it_and_a_new_one_of_its_name_has_none() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let (ann, bob) = (user(bench, &tenant, "ann"), user(bench, &tenant, "bob"));
        let [one, two] = [0; 2].map(|_| key(bench, &tenant, &of_account("ann")));
        let of_bob = key(bench, &tenant, &of_account("bob"));
        bench.delete(&tenant.sessions[0], "User", ann).expect("deleted");
        user(bench, &tenant, "ann");
        for dead in [one, two] {
            assert_eq!(holder(bench, &dead), Err(Denied::Revoked.as_str().to_owned()));
        }
        assert_eq!(holder(bench, &of_bob), Ok(KeyHolder::Account(bob)));
        let told = bench.number(
            "SELECT count(*) AS value FROM changes WHERE action = 'key.revoked' AND actor LIKE 'client:%'",
        );
        assert_eq!(told, 2);
    });
}
