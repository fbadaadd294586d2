//! One organization that cannot be worked on holds up no other.

use roster::domain::{Clock as _, OrganizationId};
use roster::service::{ClientWish, Jobs, Verdict};

use super::{Bench, wait_for};
use crate::support::on_both;

#[test]
fn an_organization_that_cannot_be_sealed_holds_up_no_other() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        bench.refuse("UPDATE", "changes", "organization_id", "1");
        let unsealed = |id| {
            bench.number(&format!(
                "SELECT count(*) AS value FROM changes WHERE organization_id = {id} AND position IS NULL"
            ))
        };
        let before = unsealed(1);
        let _jobs = Jobs::start(bench.core.clone()).expect("the jobs");
        wait_for("the other is sealed", || unsealed(2) == 0);
        assert_eq!(unsealed(1), before);
    });
}

#[test]
fn an_organization_that_cannot_be_purged_holds_up_no_other() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        let group = "01890000-0000-7000-8000-000000000001";
        bench.run(&format!("INSERT INTO group_purges VALUES (1, '{group}'), (2, '{group}')"));
        bench.refuse("DELETE", "group_purges", "organization_id", "1");
        let left = || bench.number("SELECT max(organization_id) AS value FROM group_purges");
        let _jobs = Jobs::start(bench.core.clone()).expect("the jobs");
        wait_for("the other is purged", || left() == 1);
    });
}

#[test]
fn the_ledger_of_one_organization_is_not_lost_with_that_of_another() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        let now = bench.clock.now();
        for (organization, slug) in [(1, "one"), (2, "two")] {
            bench.core.create_token(slug, "okta", &ClientWish::default(), None).expect("a token");
            let token = bench.core.credentials(slug).expect("tokens").remove(0);
            bench.core.ledger.used(OrganizationId(organization), token.id, None, now);
        }
        bench.refuse("UPDATE", "credentials", "organization_id", "1");
        bench.core.write_ledger();
        let last_used = |slug| bench.core.credentials(slug).expect("tokens").remove(0).last_used;
        assert_eq!((last_used("one"), last_used("two")), (None, Some(now)));
    });
}

#[test]
fn what_cannot_be_let_go_in_one_organization_is_let_go_in_another_and_the_house_is_kept() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        bench.core.create_token("two", "okta", &ClientWish::default(), None).expect("a token");
        bench.run("UPDATE credentials SET kind = 'access', expires_at = 1");
        for slug in ["one", "two"] {
            bench.core.seal_now(slug).expect("sealed");
        }
        bench.forward(3 * 24 * 60 * 60);
        bench.refuse("DELETE", "changes", "organization_id", "1");
        let changes =
            |id| bench.number(&format!("SELECT count(*) AS value FROM changes WHERE organization_id = {id}"));
        let kept = changes(1);
        let _jobs = Jobs::start(bench.core.clone()).expect("the jobs");
        wait_for("old changes are let go", || changes(2) == 0);
        wait_for("what expired is gone", || bench.number("SELECT count(*) AS value FROM credentials") == 0);
        assert_eq!(changes(1), kept);
        for slug in ["one", "two"] {
            assert!(matches!(bench.core.verify_changes(slug), Ok(Verdict::Whole { .. })), "{slug}");
        }
    });
}
