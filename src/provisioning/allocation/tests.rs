use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::*;

fn stock(size: u32, taken: u32) -> Stock {
    Stock { size, taken, policy: Policy::Waitlist, overage_percent: 0 }
}

fn pools(pools: &[(&str, Stock)]) -> Pools {
    pools.iter().map(|(product, stock)| ((*product).to_owned(), *stock)).collect()
}

fn account(number: u128) -> ResourceId {
    Uuid::from_u128(number).into()
}

fn keys(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|&key| key.to_owned()).collect()
}

/// The claim of the account of the same number.
fn claim(number: i64, needs: &[&str]) -> Claim {
    Claim { account: account(number.unsigned_abs().into()), needs: keys(needs), number }
}

fn seated(taken: &[&str]) -> Outcome {
    Outcome { taken: keys(taken), ..Outcome::default() }
}

fn waiting(short: &[&str], overtaken: bool) -> Outcome {
    Outcome { short: keys(short), overtaken, ..Outcome::default() }
}

#[test]
fn seats_go_to_whoever_came_first() {
    let mut pools = pools(&[("a", stock(3, 1))]);
    let claims = [claim(30, &["a"]), claim(10, &["a"]), claim(20, &["a"])];
    assert_eq!(allocate(&mut pools, &claims), [waiting(&["a"], false), seated(&["a"]), seated(&["a"])]);
    assert_eq!(pools["a"].taken, 3);
}

#[test]
fn a_claim_gets_all_its_seats_or_none_and_is_told_who_passed_it() {
    let mut pools = pools(&[("a", stock(1, 0)), ("b", stock(1, 1))]);
    let claims = [claim(1, &["a", "b"]), claim(2, &["a"]), claim(3, &["b"])];
    let wanted = [waiting(&["b"], true), seated(&["a"]), waiting(&["b"], false)];
    assert_eq!(allocate(&mut pools, &claims), wanted);
    assert_eq!((pools["a"].taken, pools["b"].taken), (1, 1));
}

#[test]
fn a_product_without_a_pool_has_seats_for_all() {
    let mut pools = pools(&[("b", stock(0, 0))]);
    let claims = [claim(1, &["a"]), claim(2, &[]), claim(3, &["a", "b"])];
    assert_eq!(allocate(&mut pools, &claims), [seated(&["a"]), seated(&[]), waiting(&["b"], false)]);
}

#[test]
fn a_pool_that_was_shrunk_gives_nothing_until_below_its_size() {
    let mut pools = pools(&[("a", stock(2, 4))]);
    assert!(pools["a"].is_over());
    assert_eq!(allocate(&mut pools, &[claim(1, &["a"])]), [waiting(&["a"], false)]);
    pools.insert("a".to_owned(), stock(2, 1));
    assert_eq!(allocate(&mut pools, &[claim(1, &["a"])]), [seated(&["a"])]);
}

#[test]
fn overage_gives_a_percentage_more_and_flags_it() {
    let overage =
        |size, percent| Stock { policy: Policy::Overage, overage_percent: percent, ..stock(size, size) };
    for (size, percent, more) in [(10, 10, 1), (10, 19, 1), (9, 10, 0), (10, 0, 0), (2, 150, 3), (0, 100, 0)]
    {
        let mut pools = pools(&[("a", overage(size, percent))]);
        let claims: Vec<Claim> = (0..5).map(|number| claim(number, &["a"])).collect();
        let outcomes = allocate(&mut pools, &claims);
        assert_eq!(
            outcomes.iter().filter(|outcome| outcome.is_seated()).count(),
            more,
            "{percent} % of {size}"
        );
        assert!(outcomes.iter().all(|outcome| outcome.over == outcome.taken));
    }
    assert_eq!(overage(u32::MAX, u32::MAX).most(), u32::MAX);
    let refuse = Stock { policy: Policy::Refuse, overage_percent: 50, ..stock(10, 10) };
    assert!(!refuse.has_room());
}

#[test]
fn an_account_takes_one_seat_of_a_product_that_it_claims_twice() {
    let mut pools = pools(&[("a", stock(9, 0)), ("b", stock(9, 0))]);
    let mine = |number, needs: &[&str]| Claim { account: account(7), needs: keys(needs), number };
    let claims = [mine(1, &["a", "b"]), mine(2, &["b"])];
    assert_eq!(allocate(&mut pools, &claims), [seated(&["a", "b"]), seated(&[])]);
    assert_eq!((pools["a"].taken, pools["b"].taken), (1, 1));
}

#[test]
fn an_account_does_not_overtake_itself() {
    let mut pools = pools(&[("a", stock(0, 0)), ("b", stock(9, 0))]);
    let mine = |number, needs: &[&str]| Claim { account: account(7), needs: keys(needs), number };
    let claims = [mine(1, &["a", "b"]), mine(2, &["b"])];
    assert_eq!(allocate(&mut pools, &claims), [waiting(&["a"], false), seated(&["b"])]);
}

#[test]
fn what_comes_along_with_a_product_is_of_its_unit() {
    let licence = |sources: &[Source]| Licence { sources: sources.to_vec(), ..Licence::default() };
    let with = |head: &str| Source::Bundle(head.to_owned());
    let products = BTreeMap::from([
        ("phone".to_owned(), licence(&[Source::Pin])),
        ("fax".to_owned(), licence(&[with("phone")])),
        ("mail".to_owned(), licence(&[Source::Pin, with("phone")])),
        ("left".to_owned(), licence(&[with("gone")])),
    ]);
    let wanted = BTreeMap::from([
        ("left".to_owned(), keys(&["left"])),
        ("mail".to_owned(), keys(&["mail"])),
        ("phone".to_owned(), keys(&["fax", "mail", "phone"])),
    ]);
    assert_eq!(units(&products), wanted);
}

const PRODUCTS: [&str; 3] = ["a", "b", "c"];

fn some_pools() -> impl Strategy<Value = Pools> {
    let policy = select(vec![Policy::Waitlist, Policy::Refuse, Policy::Overage]);
    let pool = (0..6_u32, 0..6_u32, policy, 0..60_u32)
        .prop_map(|(size, taken, policy, overage_percent)| Stock { size, taken, policy, overage_percent });
    btree_map(select(&PRODUCTS[..]).prop_map(str::to_owned), pool, 0..=3)
}

fn some_needs() -> impl Strategy<Value = BTreeSet<String>> {
    btree_set(select(&PRODUCTS[..]).prop_map(str::to_owned), 1..=2)
}

/// Claims of accounts of their own, numbered in any order.
fn some_claims() -> impl Strategy<Value = Vec<Claim>> {
    vec(some_needs(), 0..12)
        .prop_map(|all| {
            (0..).zip(all).map(|(number, needs)| Claim { needs, ..claim(number, &[]) }).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

/// What happens to an organization's seats.
#[derive(Debug, Clone)]
enum Event {
    /// Somebody becomes entitled to products that go together.
    Entitled(BTreeSet<String>),
    /// The nth entitled account is no longer entitled.
    Gone(usize),
    /// A pool gets another size.
    Resized(String, u32),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        5 => some_needs().prop_map(Event::Entitled),
        2 => any::<usize>().prop_map(Event::Gone),
        1 => (select(&PRODUCTS[..]), 0..6_u32).prop_map(|(product, size)| Event::Resized(product.to_owned(), size)),
    ];
    vec(event, 0..40)
}

/// The entitled accounts with what they need and whether they have it, and the pools.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Organization {
    pools: Pools,
    entitled: BTreeMap<i64, (BTreeSet<String>, bool)>,
    next: i64,
}

impl Organization {
    fn new(pools: &Pools) -> Self {
        let mut pools = pools.clone();
        for pool in pools.values_mut() {
            pool.taken = 0;
        }
        Self { pools, entitled: BTreeMap::new(), next: 0 }
    }

    /// One event, and then seats for whoever waits, asked in an order of the caller's.
    fn after(&mut self, event: &Event, backwards: bool) {
        match event {
            Event::Entitled(needs) => {
                self.entitled.insert(self.next, (needs.clone(), false));
                self.next += 1;
            }
            Event::Gone(nth) => {
                let key = self.entitled.keys().nth(nth % self.entitled.len().max(1)).copied();
                let left = key.and_then(|key| self.entitled.remove(&key));
                for product in left.filter(|(_, held)| *held).into_iter().flat_map(|(needs, _)| needs) {
                    self.pools.entry(product).and_modify(|pool| pool.taken -= 1);
                }
            }
            Event::Resized(product, size) => {
                self.pools.entry(product.clone()).and_modify(|pool| pool.size = *size);
            }
        }
        let waiting = self.entitled.iter().filter(|(_, (_, held))| !held);
        let mut claims: Vec<Claim> = waiting
            .map(|(number, (needs, _))| Claim { needs: needs.clone(), ..claim(*number, &[]) })
            .collect();
        if backwards {
            claims.reverse();
        }
        for (claim, outcome) in claims.iter().zip(allocate(&mut self.pools, &claims)) {
            self.entitled.get_mut(&claim.number).unwrap().1 = outcome.is_seated();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn everybody_gets_all_or_nothing_and_no_pool_gives_more_than_it_may(before in some_pools(), claims in some_claims()) {
        let mut after = before.clone();
        let outcomes = allocate(&mut after, &claims);
        prop_assert_eq!(outcomes.len(), claims.len());
        for (claim, outcome) in claims.iter().zip(&outcomes) {
            prop_assert!(!outcome.is_seated() || outcome.taken == claim.needs);
            prop_assert!(outcome.short.is_subset(&claim.needs));
            prop_assert!(outcome.is_seated() || outcome.taken.is_empty());
        }
        for (product, pool) in &after {
            let given = outcomes.iter().filter(|outcome| outcome.taken.contains(product)).count();
            prop_assert_eq!(u32::try_from(given).unwrap(), pool.taken - before[product].taken);
            prop_assert!(given == 0 || pool.taken <= pool.most());
            let over = outcomes.iter().filter(|outcome| outcome.over.contains(product)).count();
            let above = pool.taken.saturating_sub(pool.size.max(before[product].taken));
            prop_assert_eq!(u32::try_from(over).unwrap(), above);
        }
    }

    #[test]
    fn nobody_who_waits_is_overtaken_but_for_want_of_another_seat(mut pools in some_pools(), claims in some_claims()) {
        let outcomes = allocate(&mut pools, &claims);
        let all: Vec<_> = claims.iter().zip(&outcomes).collect();
        for (claim, outcome) in all.iter().filter(|(_, outcome)| !outcome.is_seated()) {
            let later = || all.iter().filter(|(later, _)| later.number > claim.number);
            for product in &outcome.short {
                prop_assert!(later().all(|(_, other)| !other.taken.contains(product)), "no seat was left");
                prop_assert!(!pools[product].has_room());
            }
            let passed = later().any(|(_, other)| !other.taken.is_disjoint(&claim.needs));
            prop_assert_eq!(outcome.overtaken, passed);
        }
        prop_assert!(all.iter().all(|(_, outcome)| !(outcome.is_seated() && outcome.overtaken)));
    }

    #[test]
    fn asking_again_gives_nothing_more(mut pools in some_pools(), claims in some_claims()) {
        let outcomes = allocate(&mut pools, &claims);
        let left: Vec<Claim> =
            claims.iter().zip(&outcomes).filter(|(_, outcome)| !outcome.is_seated()).map(|(claim, _)| claim.clone()).collect();
        let before = pools.clone();
        prop_assert!(allocate(&mut pools, &left).iter().all(|outcome| !outcome.is_seated()));
        prop_assert_eq!(pools, before);
    }

    #[test]
    fn replaying_the_events_gives_the_same_holders_who_are_entitled(pools in some_pools(), events in events()) {
        let (mut one, mut other) = (Organization::new(&pools), Organization::new(&pools));
        for event in &events {
            let before = one.clone();
            one.after(event, false);
            other.after(event, true);
            prop_assert_eq!(&one, &other);
            for (product, pool) in &one.pools {
                let holders = one.entitled.values().filter(|(needs, held)| *held && needs.contains(product)).count();
                prop_assert_eq!(usize::try_from(pool.taken).unwrap(), holders);
                // Above what it may give only since it was shrunk: never by giving more.
                prop_assert!(pool.taken <= pool.most() || pool.taken <= before.pools[product].taken);
            }
            for (number, (_, held)) in &before.entitled {
                prop_assert!(!held || one.entitled.get(number).is_none_or(|(_, held)| *held), "a seat stays");
            }
        }
    }
}
