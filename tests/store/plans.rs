//! How the databases go about the look-ups by which clients match: by index, with some thousand rows and their
//! statistics, and on SQLite without statistics too, since nobody gathers them there.
//!
//! The statements are those that the program itself sends, overheard from diesel.

use std::sync::{Mutex, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use roster::domain::{Key, ResourceId, Timestamp};
use roster::store::{
    AccountRow, Among, Draft, KeyRow, Member, PinRow, Read, Seat, StoreError, Weight, Write,
};
use serde_json::{Value, json};

use crate::bench::{Backend, Bench, Tenant};

const USERS: usize = 3_000;
const GROUPS: usize = 100;
/// More rows than any of these look-ups has to look at.
const MANY: f64 = 120.0;

static OVERHEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// What is overheard belongs to one test at a time.
static TURN: Mutex<()> = Mutex::new(());

#[expect(clippy::unnecessary_wraps, reason = "diesel asks for a function of this type")]
fn overhear() -> Option<Box<dyn Instrumentation>> {
    let listen = |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            OVERHEARD.lock().unwrap_or_else(PoisonError::into_inner).push(query.to_string());
        }
    };
    Some(Box::new(listen))
}

/// The statements on a table with this text among their values, the values filled in.
fn overheard(table: &str, needle: &str) -> Vec<String> {
    let heard = OVERHEARD.lock().unwrap_or_else(PoisonError::into_inner);
    let reads = |text: &&String| text.contains(needle) && text.contains("FROM") && text.contains(table);
    heard.iter().filter(reads).map(|text| filled(text)).collect()
}

/// `... = ? -- binds: ["a"]` becomes `... = 'a'`.
fn filled(query: &str) -> String {
    let (sql, binds) = query.split_once(" -- binds: ").expect("a statement and its values");
    let binds: Vec<Value> = serde_json::from_str(binds).unwrap_or_else(|error| panic!("{binds}: {error}"));
    let literals: Vec<String> = binds.iter().map(literal).collect();
    if sql.contains("$1") {
        let numbered = literals.iter().enumerate().rev();
        return numbered
            .fold(sql.to_owned(), |sql, (at, literal)| sql.replace(&format!("${}", at + 1), literal));
    }
    let mut parts = sql.split('?');
    let first = parts.next().expect("a statement").to_owned();
    parts.zip(literals).fold(first, |sql, (part, literal)| sql + &literal + part)
}

fn literal(bind: &Value) -> String {
    match bind {
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Array(binds) => {
            let literals: Vec<String> = binds.iter().map(literal).collect();
            format!("ARRAY[{}]", literals.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => bind.to_string(),
    }
}

fn key(attribute: &str, value: &str, case_exact: bool, unique: Among) -> KeyRow {
    KeyRow { attribute: attribute.to_owned(), key: Key::new(value, case_exact).into_string(), unique }
}

fn draft(document: &str, members: i64) -> Draft<'_> {
    Draft { document, display_name: None, members, now: Timestamp::default() }
}

/// Some thousand users with two e-mails each, and a hundred groups of sixty.
fn populate(bench: &Bench, tenant: &Tenant) -> (Vec<ResourceId>, Vec<ResourceId>) {
    let caller = &tenant.sessions[0].caller;
    let ids = |count: usize| -> Vec<ResourceId> { (0..count).map(|_| bench.core.ids.next()).collect() };
    let (users, groups) = (ids(USERS), ids(GROUPS));
    let (made_by, rows) = (caller.connection, (users.clone(), groups.clone()));
    let work = move |write: &mut Write<'_>| -> Result<(), StoreError> {
        for (at, id) in rows.0.iter().enumerate() {
            let [work, home] = ["work", "home"].map(|kind| format!("user{at}@{kind}.example"));
            let emails = json!([{"value": work, "type": "work"}, {"value": home, "type": "home"}]);
            let (name, external) = (format!("user{at}"), format!("external{at}"));
            let document = json!({"userName": name, "externalId": external, "emails": emails}).to_string();
            let keys = [
                key("userName", &name, false, Among::Organization),
                key("externalId", &external, true, Among::Nothing),
                key("emails.value", &work, false, Among::Nothing),
                key("emails.value", &home, false, Among::Nothing),
            ];
            write.insert_resource("User", *id, made_by, &draft(&document, 0), &keys)?;
        }
        for (at, id) in rows.1.iter().enumerate() {
            let name = format!("group{at}");
            let document = json!({"displayName": name}).to_string();
            let keys = [key("displayName", &name, false, Among::Connection(made_by))];
            write.insert_resource("Group", *id, made_by, &draft(&document, 60), &keys)?;
            let member =
                |number: usize| Member { id: rows.0[(at * 30 + number) % USERS], kind: "User".to_owned() };
            write.add_members(*id, &(0..60).map(member).collect::<Vec<_>>())?;
        }
        Ok(())
    };
    bench.core.store.write_blocking(caller.organization, Weight::Heavy, work).expect("populated");
    (users, groups)
}

/// Fails where a plan goes through more than it has to.
fn assert_looks_up(bench: &Bench, filter: &str, sql: &str) {
    match bench.backend {
        Backend::Sqlite => {
            let plan = bench.plan(&format!("EXPLAIN QUERY PLAN {sql}"));
            for line in &plan {
                let found_by_id = !line.contains(" resources ") || line.contains("AND id=?)");
                // A list of values is gone through, not a table.
                let scans = line.starts_with("SCAN") && !line.starts_with("SCAN json_each");
                assert!(!scans && found_by_id, "{filter}: {sql}\n{}", plan.join("\n"));
            }
        }
        Backend::Postgres => {
            let plan = bench.plan(&format!("EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) {sql}"));
            for line in &plan {
                assert!(rows_touched(line) < MANY, "{filter}: {sql}\n{}", plan.join("\n"));
            }
        }
    }
}

/// How many rows a line of a plan tells of.
fn rows_touched(line: &str) -> f64 {
    let number = |text: &str| -> f64 {
        let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        digits.parse().unwrap_or(0.0)
    };
    let after = |name: &str| line.rsplit_once(name).map(|(_, rest)| number(rest));
    let actual = line.split_once("(actual ").map_or(0.0, |(_, actual)| {
        let of = |name: &str| actual.split_once(name).map_or(0.0, |(_, rest)| number(rest));
        of("rows=") * of("loops=")
    });
    actual.max(after("Rows Removed by Filter: ").unwrap_or(0.0))
}

#[test]
fn the_lookups_by_which_clients_match_go_by_index() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    set_default_instrumentation(overhear).expect("listening");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let bench = Bench::new(backend);
        let tenant = bench.tenant();
        let (users, groups) = populate(&bench, &tenant);
        let (user, group) = (users[USERS / 2].to_string(), groups[GROUPS / 2].to_string());
        let lookups = [
            ("User", r#"userName eq "User2000""#.to_owned(), "user2000", 1),
            ("User", r#"externalId eq "external1999""#.to_owned(), "external1999", 1),
            ("User", r#"emails.value eq "user1500@work.example""#.to_owned(), "user1500@work.example", 1),
            ("User", r#"emails eq "user1501@work.example""#.to_owned(), "user1501@work.example", 1),
            (
                "User",
                r#"emails[type eq "work"].value eq "user1502@work.example""#.to_owned(),
                "user1502@work",
                1,
            ),
            (
                "User",
                r#"emails[type eq "home" and value eq "user1503@work.example"]"#.to_owned(),
                "user1503@",
                0,
            ),
            ("User", r#"userName eq "user1505" and active eq true"#.to_owned(), "user1505", 0),
            ("User", format!("id eq \"{user}\""), &user, 1),
            ("Group", r#"displayName eq "group42""#.to_owned(), "group42", 1),
            ("Group", format!("members.value eq \"{user}\""), &user, 2),
            ("Group", format!("members[value eq \"{user}\"]"), &user, 2),
            ("Group", format!("displayName eq \"group43\" and members eq \"{user}\""), "group43", 0),
            ("Group", format!("id eq \"{group}\""), &group, 1),
        ];
        let rounds: &[bool] = if backend == Backend::Sqlite { &[false, true] } else { &[true] };
        for with_statistics in rounds {
            if *with_statistics {
                bench.execute("ANALYZE");
            }
            for (kind, filter, needle, found) in &lookups {
                OVERHEARD.lock().unwrap_or_else(PoisonError::into_inner).clear();
                let page = bench.list(&tenant.sessions[0], &[kind], &[("filter", filter)]);
                assert_eq!(page.expect("a page")["totalResults"], *found, "{filter}");
                let statements = overheard("resources", needle);
                assert!(!statements.is_empty(), "nothing was overheard of {filter}");
                for sql in statements {
                    assert_looks_up(&bench, filter, &sql);
                }
            }
        }
    }
}

/// Some thousand accounts: of some, something could not be given; some have pins that end; two thirds hold a seat and
/// the others wait for one.
fn provision(bench: &Bench, tenant: &Tenant, users: &[ResourceId]) {
    let users = users.to_vec();
    let work = move |write: &mut Write<'_>| -> Result<(), StoreError> {
        let now = Timestamp::default();
        let account = |(at, id): (usize, &ResourceId)| AccountRow {
            id: *id,
            version: 1,
            revision: 1,
            changed: now,
            status: "invited".to_owned(),
            role: "member".to_owned(),
            own: "{}".to_owned(),
            grants: "{}".repeat(50),
            troubles: (at % 60 == 0).then(|| "[]".to_owned()),
        };
        write.insert_accounts(&users.iter().enumerate().map(account).collect::<Vec<_>>())?;
        let seat = |(at, id): (usize, &ResourceId)| Seat {
            product: "planned".to_owned(),
            account: *id,
            waiting: (at % 3 == 0).then_some(i64::try_from(at).unwrap_or_default() + 1),
            since: now,
        };
        write.insert_seats(&users.iter().enumerate().map(seat).collect::<Vec<_>>())?;
        users.iter().enumerate().try_for_each(|(at, id)| {
            write.put_pin(&PinRow {
                account: *id,
                kind: "portal".to_owned(),
                subject: "main".to_owned(),
                value: "\"given\"".to_owned(),
                author: "command".to_owned(),
                reason: String::new(),
                created: now,
                expires: (at % 100 == 0).then(|| now.plus_seconds(1)),
            })
        })
    };
    let organization = tenant.sessions[0].caller.organization;
    bench.core.store.write_blocking(organization, Weight::Heavy, work).expect("provisioned");
}

type Look = fn(&mut Read<'_>, ResourceId) -> Result<usize, StoreError>;

/// The look-ups of jobs and of resolutions: on which table, with what among their values, and how many they find.
const LOOKS: [(&str, &str, Look, usize); 7] = [
    ("seats", "planned", |read, _| read.waiting("planned", 1_000, 40).map(|found| found.len()), 40),
    ("seats", "ID", |read, id| read.seats_of(&[id]).map(|found| found.len()), 1),
    ("pins", "ID", |read, id| read.pins_of(&[id]).map(|found| found.len()), 1),
    (
        "pins",
        "1234567",
        |read, _| {
            let now = Timestamp::from_micros(1_234_567);
            read.accounts_with_expired_pins(now, 40).map(|found| found.len())
        },
        30,
    ),
    ("accounts", "ID", |read, id| read.people(&[id]).map(|found| found.len()), 1),
    ("accounts", "ID", |read, id| read.accounts_before(2, &id.to_string(), 40).map(|found| found.len()), 40),
    ("accounts", "ID", |read, id| read.troubled_accounts(Some(id), 20).map(|found| found.len()), 20),
];

#[test]
fn the_lookups_of_accounts_and_seats_go_by_index() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    set_default_instrumentation(overhear).expect("listening");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let bench = Bench::new(backend);
        let tenant = bench.tenant();
        let (users, _) = populate(&bench, &tenant);
        provision(&bench, &tenant, &users);
        let (organization, one) = (tenant.sessions[0].caller.organization, users[USERS / 2]);
        let rounds: &[bool] = if backend == Backend::Sqlite { &[false, true] } else { &[true] };
        for with_statistics in rounds {
            if *with_statistics {
                bench.execute("ANALYZE");
            }
            for (table, needle, look, found) in LOOKS {
                OVERHEARD.lock().unwrap_or_else(PoisonError::into_inner).clear();
                let seen: Result<usize, StoreError> =
                    bench.core.store.read_blocking(organization, None, move |read| look(read, one));
                assert_eq!(seen.expect("an answer"), found, "{table} {needle}");
                let id = one.to_string();
                let statements = overheard(table, if needle == "ID" { &id } else { needle });
                assert!(!statements.is_empty(), "nothing was overheard of {table} {needle}");
                for sql in statements {
                    assert_looks_up(&bench, table, &sql);
                }
            }
        }
    }
}
