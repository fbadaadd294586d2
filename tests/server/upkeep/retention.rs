//! Letting go of old changes leaves a chain that holds.

use roster::domain::{Clock as _, OrganizationId};
use roster::service::Verdict;
use roster::store::{Seal, StoreError, Weight};

use super::Bench;
use crate::support::on_both;

const ONE: OrganizationId = OrganizationId(1);

fn let_go(bench: &Bench, last: Seal) -> usize {
    let gone: Result<_, StoreError> =
        bench.core.store.write_blocking(ONE, Weight::Heavy, move |write| write.let_go(&last));
    gone.expect("an answer")
}

fn base(bench: &Bench) -> i64 {
    bench.number("SELECT base_position AS value FROM seals WHERE organization_id = 1")
}

#[test]
fn the_base_of_a_chain_never_moves_back() {
    on_both(|backend| {
        let bench = Bench::with_two(backend);
        bench.core.create_connection("one", "okta", "okta").expect("a connection");
        bench.core.create_connection("one", "entra", "entra").expect("a connection");
        bench.core.seal_now("one").expect("sealed");
        let now = bench.clock.now();
        let last_before = |until, most| {
            let last: Result<_, StoreError> =
                bench.core.store.read_blocking(ONE, None, |read| read.last_before(until, most));
            last.expect("an answer")
        };
        assert_eq!(last_before(now, 500), None, "nothing is older than now");
        let later = now.plus_seconds(1);
        // Two nodes have looked; the one that found less is the slower.
        let [less, more] = [1, 3].map(|most| last_before(later, most).expect("old changes"));
        assert_eq!((less.position, more.position), (1, 3));
        assert_eq!(let_go(&bench, more), 3);
        assert_eq!(let_go(&bench, less), 0);
        assert_eq!(base(&bench), 3);
        assert!(matches!(bench.core.verify_changes("one"), Ok(Verdict::Whole { changes: 4, .. })));
        assert_eq!(last_before(later, 500).map(|seal| seal.position), Some(4));
    });
}
