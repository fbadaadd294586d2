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
