//! Random sequences of coming, going, changing and declaring leave seats as their rules say, and the trail tells them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use roster::domain::ResourceId;
use roster::service::{ByHand, GrantKind, PinOrder, PinValue, Terms};
use roster::store::StoreError;
use serde_json::{Value, json};

use crate::bench::{Bench, Tenant};
use crate::people::check;

const SUITE: &str = "remote-support";
const DESK: &str = "helpdesk";

/// How many seats there are, and whether the one product comes with the other.
#[derive(Debug, Clone, Copy)]
struct Declared {
    suite: i64,
    desk: i64,
    bundled: bool,
}

impl Declared {
    fn size(self, product: &str) -> i64 {
        if product == SUITE { self.suite } else { self.desk }
    }

    fn toml(self, slug: &str) -> String {
        let bundle = if self.bundled { ", bundle = \"support-suite\"" } else { "" };
        let rule = |key: &str, product: &str| {
            format!(
                "rules.{key} = {{ filter = 'title eq \"{key}\" or title eq \"both\"', \
                 grants = {{ products = [{{ product = \"{product}\" }}] }} }}\n"
            )
        };
        format!(
            "organization = \"{slug}\"\nproducts = [\"{SUITE}\", \"{DESK}\"]\n\
             pools.{SUITE} = {{ size = {}{bundle} }}\npools.{DESK}.size = {}\n{}{}",
            self.suite,
            self.desk,
            rule("suite", SUITE),
            rule("desk", DESK)
        )
    }
}

/// What happens; people are named by when they came, counted round.
#[derive(Debug, Clone)]
enum Step {
    Come(&'static str, bool),
    Title(usize, &'static str),
    Active(usize, bool),
    Go(usize),
    Pin(usize, Option<PinValue>),
    Declare(Declared),
}

fn declared() -> impl Strategy<Value = Declared> {
    (0_i64..4, 0_i64..4, any::<bool>()).prop_map(|(suite, desk, bundled)| Declared { suite, desk, bundled })
}

fn title() -> impl Strategy<Value = &'static str> {
    select(&["suite", "suite", "desk", "both", "none"][..])
}

fn step() -> impl Strategy<Value = Step> {
    let pins = [None, Some(PinValue::Given), Some(PinValue::Taken)];
    prop_oneof![
        4 => (title(), prop::bool::weighted(0.8)).prop_map(|(title, active)| Step::Come(title, active)),
        4 => (0_usize..12, title()).prop_map(|(at, title)| Step::Title(at, title)),
        3 => (0_usize..12, any::<bool>()).prop_map(|(at, active)| Step::Active(at, active)),
        2 => (0_usize..12).prop_map(Step::Go),
        2 => (0_usize..12, select(pins.to_vec())).prop_map(|(at, pin)| Step::Pin(at, pin)),
        2 => declared().prop_map(Step::Declare),
    ]
}

/// What is known of somebody.
#[derive(Debug, Clone)]
struct Person {
    id: ResourceId,
    title: &'static str,
    active: bool,
    pin: Option<PinValue>,
}

type Units = BTreeMap<&'static str, BTreeSet<&'static str>>;

impl Person {
    /// What they should have: by what is assigned, what is needed for it.
    fn units(&self, bundled: bool) -> Units {
        let has = |one: &str| self.active && [one, "both"].contains(&self.title);
        let taken = self.pin == Some(PinValue::Taken);
        let mut units = Units::new();
        if has("suite") {
            let with =
                if bundled && !taken { BTreeSet::from([SUITE, DESK]) } else { BTreeSet::from([SUITE]) };
            units.insert(SUITE, with);
        }
        if !taken && (has("desk") || (self.active && self.pin == Some(PinValue::Given))) {
            units.insert(DESK, BTreeSet::from([DESK]));
        }
        units
    }
}

/// Where everybody stands: nothing, a seat, or a number.
type Places = BTreeMap<(ResourceId, String), Option<i64>>;

struct World<'b> {
    bench: &'b Bench,
    tenant: Tenant,
    declared: Declared,
    people: Vec<Person>,
    places: Places,
    taken: BTreeMap<String, i64>,
}

impl World<'_> {
    fn carry_out(&mut self, step: &Step) {
        let session = &self.tenant.sessions[0];
        self.bench.clock.forward(1);
        match step {
            Step::Come(title, active) => {
                let name = format!("p{}", self.bench.core.ids.next::<uuid::Uuid>());
                let body = json!({"schemas": [], "userName": name, "title": title, "active": active});
                let id = self.bench.create(session, "User", &body).expect("a user");
                self.people.push(Person { id, title, active: *active, pin: None });
            }
            Step::Declare(declared) => return self.declare(*declared),
            _ if self.people.is_empty() => return,
            Step::Title(at, title) => {
                let at = at % self.people.len();
                self.set(at, "title", &json!(title));
                self.people[at].title = title;
            }
            Step::Active(at, active) => {
                let at = at % self.people.len();
                self.set(at, "active", &json!(active));
                self.people[at].active = *active;
            }
            Step::Go(at) => {
                let gone = self.people.remove(at % self.people.len());
                self.bench.delete(session, "User", gone.id).expect("deleted");
            }
            Step::Pin(at, value) => self.pin(at % self.people.len(), value.as_ref()),
        }
        self.assert_sound();
    }

    fn set(&self, at: usize, attribute: &str, value: &Value) {
        let operations = json!([{"op": "replace", "path": attribute, "value": value}]);
        let session = &self.tenant.sessions[0];
        self.bench.patch(session, "User", self.people[at].id, &operations).expect("changed");
    }

    fn pin(&mut self, at: usize, value: Option<&PinValue>) {
        let order = PinOrder {
            kind: GrantKind::Product,
            subject: DESK.to_owned(),
            value: value.cloned(),
            reason: String::new(),
            expires: None,
        };
        let (core, organization) = (&self.bench.core, self.tenant.sessions[0].caller.organization);
        let deeds = vec![ByHand::Pin(vec![order])];
        core.change_by_hand_blocking(
            &core.by_command(),
            organization,
            self.people[at].id,
            deeds,
            Terms { seen: None, waits: true },
        )
        .expect("pinned");
        self.people[at].pin = value.cloned();
    }

    /// What a preview told is what applying then does.
    fn declare(&mut self, declared: Declared) {
        let core = &self.bench.core;
        let proposal = core.read_declaration(&declared.toml(&self.tenant.slug)).expect("a declaration");
        let preview = core.preview_settings(&proposal).expect("a preview");
        core.apply_settings(&core.by_command(), &proposal).expect("applied");
        core.resolve_all(proposal.organization, |_| ()).expect("resolved");
        self.declared = declared;
        self.assert_sound();
        for (product, seats) in &preview.seats {
            let taken = self.taken.get(product).copied().unwrap_or_default();
            assert_eq!(i64::try_from(seats.would_hold), Ok(taken), "{product} was previewed otherwise");
        }
    }

    fn assert_sound(&mut self) {
        let ids: Vec<ResourceId> = self.people.iter().map(|person| person.id).collect();
        let organization = self.tenant.sessions[0].caller.organization;
        let seen: Result<_, StoreError> = self.bench.core.store.read_blocking(organization, None, |read| {
            let seats = read.seats_of(&ids)?.into_values().flatten();
            let places: Places = seats.map(|seat| ((seat.account, seat.product), seat.waiting)).collect();
            Ok((places, read.pool_counts()?))
        });
        let (places, counts) = seen.expect("seats");
        let taken: BTreeMap<String, i64> =
            counts.into_iter().map(|(product, count)| (product, count.taken)).collect();
        for product in [SUITE, DESK] {
            let held = places.iter().filter(|((_, of), place)| of == product && place.is_none()).count();
            let counted = taken.get(product).copied().unwrap_or_default();
            assert_eq!(i64::try_from(held), Ok(counted), "{product} is counted wrong");
            let before = self.taken.get(product).copied().unwrap_or_default();
            assert!(counted <= before.max(self.declared.size(product)), "{product} is given beyond its size");
            let numbers: Vec<i64> =
                places.iter().filter(|((_, of), _)| of == product).filter_map(|(_, place)| *place).collect();
            assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "a number is one's own");
        }
        for person in &self.people {
            self.assert_fair(person, &places, &taken);
        }
        (self.places, self.taken) = (places, taken);
    }

    fn assert_fair(&self, person: &Person, places: &Places, taken: &BTreeMap<String, i64>) {
        let units = person.units(self.declared.bundled);
        let place = |places: &Places, product: &str| places.get(&(person.id, product.to_owned())).copied();
        let holds = |product: &str| place(places, product) == Some(None);
        let has_room =
            |product: &str| taken.get(product).copied().unwrap_or_default() < self.declared.size(product);
        let comes_with_held =
            |product: &str| units.iter().any(|(head, unit)| holds(head) && unit.contains(product));
        for product in [SUITE, DESK] {
            let now = place(places, product);
            let entitled = units.contains_key(product) || comes_with_held(product);
            assert_eq!(now.is_some(), entitled, "{product} of {person:?}");
            match (place(&self.places, product), now) {
                (Some(None), Some(Some(_))) => panic!("a seat of {product} was taken from {person:?}"),
                (Some(Some(before)), Some(Some(number))) => {
                    assert_eq!(before, number, "the place of {person:?}");
                }
                _ => {}
            }
            if let Some(Some(_)) = now {
                let alone = BTreeSet::from([product]);
                let needs = units.get(product).unwrap_or(&alone);
                let is_blocked = needs.iter().any(|product| !holds(product) && !has_room(product));
                assert!(is_blocked, "{person:?} waits for {product}, of which there is one");
            }
        }
    }

    /// Who holds and who waits, by the trail alone.
    fn assert_told(&self) {
        self.bench.seal();
        let mut told: BTreeMap<(String, String), Option<i64>> = BTreeMap::new();
        let mut replay = |change: Value| {
            let target = change["target"]["id"].as_str().expect("an id").to_owned();
            match change["action"].as_str().expect("an action") {
                "account.changed" => {
                    for (product, place) in change["after"]["seats"].as_object().into_iter().flatten() {
                        told.remove(&(target.clone(), product.clone()));
                        if !place.is_null() {
                            told.insert((target.clone(), product.clone()), place.as_i64());
                        }
                    }
                }
                "seats.passed_on" => {
                    let risen = change["after"]["held"].as_array().expect("who moved up").iter();
                    let risen = risen.map(|id| id.as_str().expect("an id").to_owned());
                    told.extend(risen.map(|id| ((id, target.clone()), None)));
                }
                "user.deleted" => told.retain(|(account, _), _| *account != target),
                _ => {}
            }
            Ok(())
        };
        self.bench.core.export_changes(&self.tenant.slug, &mut replay).expect("changes");
        let stand: BTreeMap<(String, String), Option<i64>> = self
            .places
            .iter()
            .map(|((id, product), place)| ((id.to_string(), product.clone()), *place))
            .collect();
        assert_eq!(told, stand, "the changes in their order give the holders");
    }
}

#[test]
fn whatever_happens_seats_are_fair_counted_previewed_and_told() {
    let strategy = (declared(), prop::collection::vec(step(), 5..40));
    check(file!(), 24, &strategy, |bench, (first, steps)| {
        let tenant = bench.tenant();
        let (people, places, taken) = (Vec::new(), Places::new(), BTreeMap::new());
        let mut world = World { bench, tenant, declared: *first, people, places, taken };
        world.declare(*first);
        for step in steps {
            world.carry_out(step);
        }
        world.assert_told();
    });
}
