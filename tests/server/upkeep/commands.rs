//! What a command does is done whole or not at all, and it is told in the trail.

use roster::domain::{Clock as _, OrganizationId, ResourceId};
use roster::service::{ClientWish, Problem, Sealing};
use roster::store::{Seal, StoreError, Weight};

use super::Bench;
use crate::support::{Backend, Server, on_both};

#[test]
fn an_organization_is_made_with_its_connection_or_not_at_all() {
    on_both(|backend| {
        let bench = Bench::new(backend);
        bench.refuse("INSERT", "connections", "name", "'default'");
        assert!(bench.core.create_organization("acme", "Acme").is_err());
        assert!(bench.core.organizations().expect("a list").is_empty());
        bench.allow("connections");
        bench.core.create_organization("acme", "Acme").expect("an organization");
        let mut actions = bench.actions("acme");
        actions.sort();
        assert_eq!(actions, ["connection.created", "organization.created"]);
    });
}

#[test]
fn a_client_is_made_with_its_credential_or_not_at_all() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        bench.refuse("INSERT", "credentials", "organization_id", "1");
        let wish = ClientWish::default();
        assert!(bench.core.create_client_with_secret("one", "app", &wish).is_err());
        assert!(bench.core.create_token("one", "app", &wish, None).is_err());
        assert!(bench.core.clients("one").expect("a list").is_empty());
        bench.allow("credentials");
        let (client, _) = bench.core.create_client_with_secret("one", "app", &wish).expect("a client");
        bench.core.create_token("one", "app", &wish, None).expect("a token");
        assert_eq!(bench.core.clients("one").expect("clients"), [client]);
        assert_eq!(bench.core.credentials("one").expect("both").len(), 2);
    });
}

#[test]
fn a_token_is_rotated_with_its_end_recorded_or_not_at_all() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        bench.core.create_token("one", "okta", &ClientWish::default(), None).expect("a token");
        let old = bench.core.credentials("one").expect("tokens").remove(0).id;
        bench.refuse("UPDATE", "credentials", "organization_id", "1");
        assert!(bench.core.rotate_token(old).is_err());
        assert_eq!(bench.core.credentials("one").expect("tokens").len(), 1);
        bench.allow("credentials");
        bench.core.rotate_token(old).expect("a successor");
        let known = bench.core.credentials("one").expect("tokens");
        let ends = known.iter().find(|known| known.id == old).expect("the old one").expires;
        assert_eq!((known.len(), ends), (2, Some(bench.clock.now().plus_seconds(7 * 24 * 60 * 60))));
        assert!(bench.actions("one").contains(&"credential.rotated".to_owned()));
    });
}

#[test]
fn commands_at_once_make_no_third_secret() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        let client = bench.core.create_client("one", "app", &ClientWish::default()).expect("a client").id;
        let made = std::thread::scope(|scope| {
            let commands: Vec<_> =
                (0..8).map(|_| scope.spawn(|| bench.core.create_client_secret(client))).collect();
            commands.into_iter().flat_map(|command| command.join().unwrap()).count()
        });
        assert_eq!(made, 2);
        assert_eq!(bench.core.credentials("one").expect("secrets").len(), 2);
    });
}

#[test]
fn a_suspension_that_is_run_again_is_recorded() {
    let bench = Bench::with_two(Backend::Postgres);
    bench.run(
        "CREATE SEQUENCE attempts; CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF nextval('attempts') = 1 THEN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END IF; \
         RETURN NEW; END $$; \
         CREATE TRIGGER lost BEFORE INSERT ON changes FOR EACH ROW EXECUTE FUNCTION lose()",
    );
    bench.core.suspend_organization("one").expect("suspended");
    assert_eq!(bench.number("SELECT last_value AS value FROM attempts"), 2, "it was run again");
    assert_eq!(bench.number("SELECT count(*) AS value FROM organizations WHERE suspended_at IS NOT NULL"), 1);
    assert!(bench.actions("one").contains(&"organization.suspended".to_owned()));
}

#[test]
fn only_a_person_is_erased() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        let values = || bench.number("SELECT count(*) AS value FROM change_values");
        let before = values();
        let connection = bench.core.connections("one").expect("connections").remove(0).id;
        let id: ResourceId = connection.to_string().parse().expect("an id");
        assert!(matches!(bench.core.erase_user(id), Err(Problem::Unknown { .. })));
        assert_eq!(values(), before);
        assert!(!bench.actions("one").contains(&"user.erased".to_owned()));
    });
}

#[test]
fn who_reads_the_trail_seals_it_unless_another_does() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        let (now, one) = (bench.clock.now(), OrganizationId(1));
        assert_eq!(bench.core.seal_now("one").expect("an answer"), Sealing::Done);
        bench.core.create_connection("one", "okta", "okta").expect("a connection");
        // The command's lease was over at once: another process has it now.
        let leased: Result<Option<Seal>, StoreError> =
            bench.core.store.write_blocking(one, Weight::Heavy, move |write| {
                write.lease_seal("another", now, now.plus_seconds(30))
            });
        assert!(leased.expect("an answer").is_some());
        assert_eq!(bench.core.seal_now("one").expect("an answer"), Sealing::Elsewhere);
        bench.forward(31);
        assert_eq!(bench.core.seal_now("one").expect("an answer"), Sealing::Done);
        assert_eq!(bench.actions("one").len(), 3);
    });
}

#[test]
fn the_trail_of_commands_is_listed_without_a_server() {
    on_both(|backend| {
        let place = Server::prepare(backend, &[]);
        place.expect(&["migrate"]);
        place.expect(&["organization", "create", "acme", "--name", "Acme"]);
        assert_eq!(place.expect(&["changes", "list"]).lines().count(), 2);
        assert!(place.expect(&["changes", "verify"]).starts_with("acme: 2 changes, whole"));
    });
}
