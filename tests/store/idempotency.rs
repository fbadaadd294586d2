//! Requests with an `Idempotency-Key`, wherever between the claim and the answer whoever carries one out is stopped.

use std::sync::Arc;

use roster::domain::ResourceId;
use roster::service::{
    Access, AdminError, Begun, ByHand, ClientDraft, ClientWish, GrantKind, Kept, KeyFor, KeyWish,
    OnceRefusal, PinOrder, PinValue, Terms, authenticate_key,
};
use serde_json::json;

use crate::bench::{Bench, Tenant, on_both};

const DAY: i64 = 24 * 60 * 60;
const ROUTE: &str = "POST /clients";

/// A super admin of an organization.
fn chief(bench: &Bench, tenant: &Tenant, name: &str) -> Access {
    let user = json!({"schemas": [], "userName": name});
    let id: ResourceId = bench.create(&tenant.sessions[0], "User", &user).expect("a user");
    let role = PinOrder {
        kind: GrantKind::Role,
        subject: String::new(),
        value: Some(PinValue::Key("super_admin".to_owned())),
        reason: String::new(),
        expires: None,
    };
    let (core, organization) = (&bench.core, tenant.sessions[0].caller.organization);
    let deeds = vec![ByHand::Pin(vec![role])];
    core.change_by_hand_blocking(&core.by_command(), organization, id, deeds, Terms::default())
        .expect("pinned");
    let wish = KeyWish { holder: KeyFor::Account(name.to_owned()), name: None, scope: None, lasts: None };
    let key = core.create_key(&tenant.slug, &wish).expect("a key").expose().to_owned();
    let principal = bench.run(authenticate_key(core, &key)).expect("it counts");
    Access { core: core.clone(), principal: Arc::new(principal), request: "r".into(), attempt: None }
}

/// What becomes of a request with this key that says this.
#[derive(Debug, PartialEq)]
enum Told {
    Fresh,
    Before(String),
    Refused(OnceRefusal),
}

fn told(bench: &Bench, access: &Access, key: &str, said: &str) -> (Told, Access) {
    match bench.run(access.begin_once(ROUTE, key, said)) {
        Ok(Begun::Fresh(access)) => (Told::Fresh, access),
        Ok(Begun::Before(kept)) => (Told::Before(kept.body), access.clone()),
        Err(AdminError::Once(refusal)) => (Told::Refused(refusal), access.clone()),
        Err(error) => panic!("{error}"),
    }
}

fn begin(bench: &Bench, access: &Access, key: &str) -> Access {
    let (begun, access) = told(bench, access, key, "{}");
    assert_eq!(begun, Told::Fresh);
    access
}

fn again(bench: &Bench, access: &Access, key: &str) -> Told {
    told(bench, access, key, "{}").0
}

fn make(bench: &Bench, access: &Access, name: &str) -> Result<(), AdminError> {
    let draft = ClientDraft { name: name.to_owned(), wish: ClientWish::default(), secret: false };
    bench.run(access.create_scim_client(draft)).map(drop)
}

fn clients(bench: &Bench, access: &Access) -> Vec<String> {
    let page = bench.run(access.scim_clients(None, 100)).expect("a page");
    page.items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn whoever_stops_before_it_is_done_blocks_the_key_for_a_minute() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let chief = chief(bench, &tenant, "chief");
        let stopped = begin(bench, &chief, "k");
        assert_eq!(again(bench, &chief, "k"), Told::Refused(OnceRefusal::UnderWay));
        let other = told(bench, &chief, "k", "{\"a\":1}").0;
        assert_eq!(other, Told::Refused(OnceRefusal::OtherRequest));
        bench.clock.forward(59);
        assert_eq!(again(bench, &chief, "k"), Told::Refused(OnceRefusal::UnderWay));
        bench.clock.forward(2);
        let second = begin(bench, &chief, "k");
        // Were the first only slow, it does nothing any more.
        let late = make(bench, &stopped, "late");
        assert!(matches!(late, Err(AdminError::Once(OnceRefusal::UnderWay))), "{late:?}");
        make(bench, &second, "made").expect("made");
        assert!(make(bench, &stopped, "late").is_err());
        let names = clients(bench, &chief);
        assert!(names.contains(&"made".to_owned()) && !names.contains(&"late".to_owned()), "{names:?}");
        // Nor does it give up what another has done.
        bench.run(stopped.give_up());
        bench.run(second.give_up());
        assert_eq!(again(bench, &chief, "k"), Told::Refused(OnceRefusal::UnderWay));
    });
}

#[test]
fn whoever_stops_before_the_answer_is_kept_has_done_it_and_nobody_does_it_twice() {
    on_both(|bench| {
        let tenant = bench.tenant();
        let chief = chief(bench, &tenant, "chief");
        let first = begin(bench, &chief, "k");
        make(bench, &first, "made").expect("made");
        // The answer may be on its way.
        assert_eq!(again(bench, &chief, "k"), Told::Refused(OnceRefusal::UnderWay));
        for seconds in [61, DAY - 120] {
            bench.clock.forward(seconds);
            assert_eq!(again(bench, &chief, "k"), Told::Refused(OnceRefusal::NotKept));
        }
        bench.clock.forward(120);
        begin(bench, &chief, "k");
    });
}

#[test]
fn an_answer_is_known_for_a_day_to_whoever_asked_for_it() {
    on_both(|bench| {
        let tenants = [bench.tenant(), bench.tenant()];
        let owner = chief(bench, &tenants[0], "chief");
        let first = begin(bench, &owner, "k");
        make(bench, &first, "made").expect("made");
        let kept = Kept { status: 201, etag: None, location: None, body: "made".to_owned() };
        bench.run(first.keep_answer(&kept));
        assert_eq!(again(bench, &owner, "k"), Told::Before("made".to_owned()));
        // Another person's, organization's or operation's key is another.
        for other in [chief(bench, &tenants[0], "other"), chief(bench, &tenants[1], "chief")] {
            assert_eq!(again(bench, &other, "k"), Told::Fresh);
        }
        let elsewhere = bench.run(owner.begin_once("POST /end-users", "k", "{}"));
        assert!(matches!(elsewhere, Ok(Begun::Fresh(_))), "{elsewhere:?}");
        // What did nothing leaves its key to others.
        let idle = begin(bench, &owner, "idle");
        bench.run(idle.give_up());
        begin(bench, &owner, "idle");
        bench.clock.forward(DAY - 1);
        assert_eq!(again(bench, &owner, "k"), Told::Before("made".to_owned()));
        bench.clock.forward(2);
        assert_eq!(again(bench, &owner, "k"), Told::Fresh);
    });
}
