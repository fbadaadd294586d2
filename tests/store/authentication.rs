//! Which bearer tokens count, and from when on they do not.

use roster::service::{ClientWish, Denied, ServiceError, authenticate};

use crate::bench::{Bench, on_both};

const ORGANIZATION: &str = "acme";
const DAY: i64 = 24 * 60 * 60;

fn token(bench: &Bench, client: &str, lasts: Option<i64>) -> String {
    let wish = ClientWish::default();
    bench.core.create_token(ORGANIZATION, client, &wish, lasts).expect("a token").expose().to_owned()
}

/// What an authentication says, in the words of the refusal.
fn answer(bench: &Bench, token: &str) -> Result<String, String> {
    match bench.run(authenticate(&bench.core, token)) {
        Ok(caller) => Ok(caller.client_name),
        Err(ServiceError::Unauthorized(denied)) => Err(denied.as_str().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn on_both_with_organization(test: impl Fn(&Bench)) {
    on_both(|bench| {
        bench.core.create_organization(ORGANIZATION, "Acme").expect("an organization");
        test(bench);
    });
}

#[test]
fn a_token_counts_until_the_moment_it_expires() {
    on_both_with_organization(|bench| {
        let [short, endless] = [Some(DAY), None].map(|lasts| token(bench, "client", lasts));
        bench.clock.forward(DAY - 1);
        assert_eq!(answer(bench, &short), Ok("client".to_owned()));
        bench.clock.forward(1);
        assert_eq!(answer(bench, &short), Err(Denied::Expired.as_str().to_owned()));
        bench.clock.forward(1_000 * DAY);
        assert_eq!(answer(bench, &endless), Ok("client".to_owned()));
    });
}

#[test]
fn what_is_no_live_token_of_ours_says_why_to_the_log() {
    on_both_with_organization(|bench| {
        let known = token(bench, "client", None);
        let client = bench.core.clients(ORGANIZATION).expect("clients")[0].id;
        let secret = bench.core.create_client_secret(client).expect("a secret");
        // Well-formed and made by nobody: another database's.
        let foreign = Bench::new(bench.backend);
        foreign.core.create_organization(ORGANIZATION, "Acme").expect("an organization");
        let foreign = token(&foreign, "client", None);
        let mut short = known.chars();
        short.next_back();
        let short = short.as_str();
        for (text, denied) in [
            ("", Denied::Malformed),
            ("scim_", Denied::Malformed),
            (short, Denied::Malformed),
            (&known.to_uppercase(), Denied::Malformed),
            // A client secret is no bearer token, whatever it begins with.
            (secret.expose(), Denied::Malformed),
            (&foreign, Denied::Unknown),
        ] {
            assert_eq!(answer(bench, text), Err(denied.as_str().to_owned()), "{text}");
        }
        assert_eq!(answer(bench, &known), Ok("client".to_owned()));
    });
}

#[test]
fn revoking_disabling_and_suspending_count_at_once_and_for_their_own_alone() {
    on_both_with_organization(|bench| {
        let [first, second] = [None, None].map(|lasts| token(bench, "one", lasts));
        let other = token(bench, "two", None);
        bench.core.create_organization("globex", "Globex").expect("an organization");
        let wish = ClientWish::default();
        let elsewhere = bench.core.create_token("globex", "three", &wish, None).expect("a token");
        let all = [first.as_str(), &second, &other, elsewhere.expose()];
        let answers = || all.map(|token| answer(bench, token));
        let ok = |name: &str| Ok(name.to_owned());
        let denied = |denied: Denied| Err(denied.as_str().to_owned());
        assert_eq!(answers(), [ok("one"), ok("one"), ok("two"), ok("three")]);

        let credential = bench.core.credentials(ORGANIZATION).expect("credentials")[0].id;
        bench.core.revoke_credential(credential).expect("revoked");
        assert_eq!(answers(), [denied(Denied::Revoked), ok("one"), ok("two"), ok("three")]);

        let clients = bench.core.clients(ORGANIZATION).expect("clients");
        let one = clients.iter().find(|client| client.name == "one").expect("a client").id;
        bench.core.disable_client(one).expect("disabled");
        assert_eq!(answers(), [denied(Denied::Revoked), denied(Denied::Disabled), ok("two"), ok("three")]);

        bench.core.suspend_organization(ORGANIZATION).expect("suspended");
        let suspended = || Err(ServiceError::Suspended.to_string());
        let expected = [denied(Denied::Revoked), denied(Denied::Disabled), suspended(), ok("three")];
        assert_eq!(answers(), expected);
    });
}

#[test]
fn what_another_process_revokes_is_refused_by_who_has_just_seen_it() {
    on_both_with_organization(|bench| {
        let elsewhere = bench.second_core();
        let token = token(bench, "client", None);
        for _ in 0..3 {
            assert_eq!(answer(bench, &token), Ok("client".to_owned()));
        }
        let credential = bench.core.credentials(ORGANIZATION).expect("credentials")[0].id;
        elsewhere.revoke_credential(credential).expect("revoked");
        assert_eq!(answer(bench, &token), Err(Denied::Revoked.as_str().to_owned()));
    });
}

#[test]
fn a_rotated_token_goes_on_for_a_week_and_its_successor_lasts_as_long_as_it_did() {
    on_both_with_organization(|bench| {
        let old = token(bench, "client", Some(100 * DAY));
        bench.clock.forward(50 * DAY);
        let credential = bench.core.credentials(ORGANIZATION).expect("credentials")[0].id;
        let new = bench.core.rotate_token(credential).expect("a successor");
        let answers = || [old.as_str(), new.expose()].map(|token| answer(bench, token).is_ok());
        assert_eq!(answers(), [true, true]);
        assert!(bench.core.create_token(ORGANIZATION, "client", &ClientWish::default(), None).is_err());
        bench.clock.forward(7 * DAY);
        assert_eq!(answers(), [false, true]);
        bench.clock.forward(93 * DAY - 1);
        assert_eq!(answers(), [false, true]);
        bench.clock.forward(1);
        assert_eq!(answers(), [false, false]);
    });
}

#[test]
fn the_last_use_of_a_token_is_noted_at_most_once_a_minute() {
    on_both_with_organization(|bench| {
        let token = token(bench, "client", None);
        let last_used = || bench.core.credentials(ORGANIZATION).expect("credentials")[0].last_used;
        let use_it = || {
            answer(bench, &token).expect("it counts");
            bench.core.write_ledger();
        };
        assert_eq!(last_used(), None);
        use_it();
        let first = last_used();
        assert!(first.is_some());
        bench.clock.forward(59);
        use_it();
        assert_eq!(last_used(), first);
        bench.clock.forward(1);
        use_it();
        assert!(last_used() > first);
    });
}
