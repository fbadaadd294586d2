//! The tables as the databases themselves describe them: the same on both, as `schema.rs` says, made and unmade by the
//! migrations, and none of them forgotten when an organization is deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use diesel::prelude::*;
use roster::domain::{Clock as _, ResourceId, Timestamp};
use roster::service::{ByHand, GrantKind, KeyFor, KeyWish, PinOrder, PinValue, ServiceError, Terms};
use roster::store::{Attempt, PhoneDevice, PhoneNumber, RefusedPush, StoreError, Weight, Write};
use serde_json::json;

use crate::bench::{Backend, Bench, Tenant, on_both};

/// What diesel is told of the tables.
#[path = "../../src/store/schema.rs"]
mod schema;
const SCHEMA: &str = include_str!("../../src/store/schema.rs");

/// A column: its type in diesel's words, and whether it may be null.
type Column = (String, bool);

#[derive(Debug, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, Column>,
    key: Vec<String>,
}

type Tables = BTreeMap<String, Table>;

/// The tables as the database describes them, without diesel's own.
fn tables(bench: &Bench) -> Tables {
    let columns = match bench.backend {
        Backend::Sqlite => {
            "SELECT m.name || ' ' || p.name || ' ' || p.type || ' ' || \
             CASE WHEN p.\"notnull\" = 1 OR p.pk > 0 THEN 'NO' ELSE 'YES' END || ' ' || p.pk AS value \
             FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND m.name <> '__diesel_schema_migrations' ORDER BY p.pk"
        }
        Backend::Postgres => {
            "SELECT concat_ws(' ', c.table_name, c.column_name, c.data_type, c.is_nullable, \
             coalesce(k.ordinal_position, 0)) AS value FROM information_schema.columns c \
             LEFT JOIN information_schema.key_column_usage k ON k.table_schema = c.table_schema \
             AND k.table_name = c.table_name AND k.column_name = c.column_name \
             AND k.constraint_name LIKE '%\\_pkey' \
             WHERE c.table_schema = 'public' AND c.table_name <> '__diesel_schema_migrations' ORDER BY coalesce(k.ordinal_position, 0)"
        }
    };
    let mut tables = Tables::new();
    for row in bench.texts(columns) {
        let [table, column, kind, nullable, key] = row.split(' ').collect::<Vec<_>>()[..] else {
            panic!("five words: {row}");
        };
        let new = || Table { columns: BTreeMap::new(), key: Vec::new() };
        let known = tables.entry(table.to_owned()).or_insert_with(new);
        known.columns.insert(column.to_owned(), (kind.to_owned(), nullable == "YES"));
        if key != "0" {
            known.key.push(column.to_owned());
        }
    }
    tables
}

/// What `schema.rs` says of the tables, in a database's words for the types.
fn described(backend: Backend) -> Tables {
    let word = |kind: &str| match (backend, kind) {
        (Backend::Sqlite, "BigInt" | "Bool") => "INTEGER",
        (Backend::Sqlite, "Text") => "TEXT",
        (Backend::Sqlite, "Binary") => "BLOB",
        (Backend::Postgres, "BigInt") => "bigint",
        (Backend::Postgres, "Bool") => "boolean",
        (Backend::Postgres, "Text") => "text",
        (Backend::Postgres, "Binary") => "bytea",
        (_, kind) => panic!("a type without a word: {kind}"),
    };
    let mut tables = Tables::new();
    let mut name = String::new();
    for line in SCHEMA.lines() {
        if let Some((column, kind)) = line.trim().split_once(" -> ") {
            let kind = kind.trim_end_matches(',');
            let inner = kind.strip_prefix("Nullable<").map(|inner| inner.trim_end_matches('>'));
            let column_type = (word(inner.unwrap_or(kind)).to_owned(), inner.is_some());
            let table: &mut Table = tables.get_mut(&name).expect("a column stands in a table");
            table.columns.insert(column.to_owned(), column_type);
        } else if let Some((table, key)) =
            line.trim().strip_suffix(") {").and_then(|line| line.split_once(" ("))
        {
            table.clone_into(&mut name);
            let key = key.split(", ").map(str::to_owned).collect();
            tables.insert(name.clone(), Table { columns: BTreeMap::new(), key });
        }
    }
    tables
}

#[test]
fn both_databases_have_the_tables_and_columns_that_diesel_knows() {
    on_both(|bench| {
        let known = described(bench.backend);
        assert!(known.len() >= 18, "{known:?}");
        assert_eq!(tables(bench), known);
    });
}

/// Selects every column of each table, as diesel spells it.
macro_rules! select_from_each {
    ($bench:expr, $($table:ident),+ $(,)?) => {
        BTreeSet::from([$({
            use schema::$table::dsl::$table;
            let sql = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&$table.select(schema::$table::all_columns))
                .to_string();
            let sql = sql.split(" -- ").next().expect("a statement").replace('`', "\"");
            $bench.execute(&sql);
            stringify!($table).to_owned()
        }),+])
    };
}

#[test]
fn every_table_can_be_selected_from() {
    on_both(|bench| {
        let selected = select_from_each!(
            bench,
            organizations,
            connections,
            clients,
            credentials,
            api_keys,
            used_assertions,
            quirks,
            refused_pushes,
            sync_issues,
            extension_schemas,
            resources,
            resource_keys,
            memberships,
            group_purges,
            changes,
            change_values,
            change_memberships,
            seals,
            cursor_keys,
            end_users,
            idempotent_requests,
            phone_devices,
            phone_lines,
            phone_numbers,
            phone_systems,
            catalogues,
            settings,
            group_bindings,
            accounts,
            pins,
            pools,
            seats,
            resolutions,
        );
        assert_eq!(selected, tables(bench).into_keys().collect());
    });
}

/// The indexes that a migration names.
fn indexes(bench: &Bench) -> BTreeSet<String> {
    let sql = match bench.backend {
        Backend::Sqlite => {
            "SELECT name AS value FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_%'"
        }
        Backend::Postgres => {
            "SELECT CAST(indexname AS text) AS value FROM pg_indexes WHERE schemaname = 'public' \
             AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'"
        }
    };
    bench.texts(sql).into_iter().collect()
}

#[test]
fn both_databases_have_the_same_indexes_and_keys() {
    let [sqlite, postgres] = [Backend::Sqlite, Backend::Postgres].map(Bench::new);
    assert_eq!(indexes(&sqlite), indexes(&postgres));
    assert!(indexes(&sqlite).contains("memberships_member"));
    let keys =
        |bench| tables(bench).into_iter().map(|(name, table)| (name, table.key)).collect::<BTreeMap<_, _>>();
    assert_eq!(keys(&sqlite), keys(&postgres));
}

#[test]
fn the_migrations_can_be_taken_back_and_run_again() {
    on_both(|bench| {
        let before = (tables(bench), indexes(bench));
        let folder = match bench.backend {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgresql",
        };
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        let entries = std::fs::read_dir(folder).expect("migrations");
        let mut steps: Vec<PathBuf> = entries.map(|entry| entry.expect("a step").path()).collect();
        steps.sort();
        for step in steps.iter().rev() {
            bench.execute(&std::fs::read_to_string(step.join("down.sql")).expect("a way back"));
        }
        assert_eq!((tables(bench), indexes(bench)), (Tables::new(), BTreeSet::new()));
        bench.execute("DELETE FROM __diesel_schema_migrations");
        let run = bench.core.store.migrate().expect("the schema is made again");
        assert_eq!(run, steps.len());
        assert_eq!((tables(bench), indexes(bench)), before);
    });
}

/// An organization with a row in each table, once its changes are sealed and a group of it is deleted: which one.
fn full_tenant(bench: &Bench) -> (Tenant, ResourceId) {
    let tenant = bench.tenant();
    let session = &tenant.sessions[0];
    let user = |name: &str| {
        let emails = [json!({"value": format!("{name}@example.com")})];
        let body = json!({"schemas": [], "userName": name, "externalId": name, "emails": emails});
        bench.create(session, "User", &body).expect("a user")
    };
    let members = |id: &str| json!({"schemas": [], "displayName": id, "members": [{"value": id}]});
    let [ann, bob] = ["ann", "bob"].map(user);
    bench.create(session, "Group", &members(&ann.to_string())).expect("a group");
    let doomed = bench.create(session, "Group", &members(&bob.to_string())).expect("a group");
    let unknown = bench.create(session, "Group", &members(&uuid::Uuid::nil().to_string()));
    assert!(matches!(unknown, Err(ServiceError::UnknownMembers { .. })));
    let wish = KeyWish { holder: KeyFor::Account("ann".to_owned()), name: None, scope: None, lasts: None };
    bench.core.create_key(&tenant.slug, &wish).expect("a key");
    // Not expired yet, or the jobs would take it away.
    let (client, at) = (session.caller.client, bench.clock.now().plus_seconds(1_000_000));
    let push = refused_push("1", at);
    let work = move |write: &mut Write<'_>| -> Result<(), StoreError> {
        write.use_assertion(client, &[7; 32], at)?;
        write.count_quirks(client, &[("bare-word", 1)], at)?;
        write.insert_refused_push(client, &push)?;
        write.lock_phones("telephony", 1_000, at)?;
        write.insert_attempt(&attempt(ann), at)?;
        write.insert_phone_device("telephony", &phone_device(client.as_uuid()))?;
        write.insert_phone_number("telephony", &phone_number())
    };
    bench.core.store.write_blocking(session.caller.organization, Weight::Light, work).expect("written");
    provision(bench, &tenant, ann);
    (tenant, doomed)
}

fn attempt(account: ResourceId) -> Attempt {
    let route = "POST /clients".to_owned();
    Attempt { account, route, key: [1; 32], said: [2; 32], id: account.as_uuid() }
}

fn phone_device(id: uuid::Uuid) -> PhoneDevice {
    PhoneDevice { id: id.into(), mac: "00a0deadbeef".to_owned(), model: None, account: None }
}

fn phone_number() -> PhoneNumber {
    PhoneNumber {
        number: "+4930123456".to_owned(),
        country: "DE".to_owned(),
        account: None,
        sms: false,
        emergency_location: None,
    }
}

/// Lets everybody have products, by a rule that names a group, and pins something to somebody.
fn provision(bench: &Bench, tenant: &Tenant, somebody: ResourceId) {
    let (core, organization) = (&bench.core, tenant.sessions[0].caller.organization);
    let declaration = format!(
        "organization = \"{}\"\nproducts = [\"helpdesk\", \"telephony\"]\n[pools.helpdesk]\nsize = 1\n\
         [rules.all]\npriority = 1\nany_of = [{{ group = \"{somebody}\" }}]\n[rules.all.grants]\n\
         products = [{{ product = \"helpdesk\" }}, {{ product = \"telephony\" }}]\n\
         [[end_users]]\nemail = \"front@example.com\"\nname = \"Front\"\n",
        tenant.slug
    );
    let proposal = core.read_declaration(&declaration).expect("a declaration");
    core.apply_settings(&core.by_command(), &proposal).expect("applied");
    core.resolve_all(organization, |_| ()).expect("resolved");
    let order = PinOrder {
        kind: GrantKind::Role,
        subject: String::new(),
        value: Some(PinValue::Key("admin".to_owned())),
        reason: String::new(),
        expires: None,
    };
    let pinned = ByHand::Pin(vec![order]);
    core.change_by_hand_blocking(&core.by_command(), organization, somebody, vec![pinned], Terms::default())
        .expect("pinned");
}

fn count(bench: &Bench, table: &str, organization: i64) -> i64 {
    let column = if table == "organizations" { "id" } else { "organization_id" };
    bench.number(&format!("SELECT count(*) AS value FROM {table} WHERE {column} = {organization}"))
}

#[test]
fn deleting_an_organization_leaves_nothing_of_it_in_any_table() {
    on_both(|bench| {
        let full = [full_tenant(bench), full_tenant(bench)];
        bench.seal();
        // Only now: the jobs that seal would purge what a deleted group leaves behind.
        let [doomed, kept] = full.map(|(tenant, group)| {
            let (session, now) = (&tenant.sessions[0], bench.clock.now());
            bench.delete(session, "Group", group).expect("deleted");
            // The same of accounts to be resolved.
            let work = move |write: &mut Write<'_>| write.start_resolution(1, now);
            let started: Result<(), StoreError> =
                bench.core.store.write_blocking(session.caller.organization, Weight::Light, work);
            started.expect("written");
            tenant
        });
        let owned: Vec<String> = tables(bench)
            .into_iter()
            .filter(|(name, table)| name == "organizations" || table.columns.contains_key("organization_id"))
            .map(|(name, _)| name)
            .collect();
        let counts = |tenant: &Tenant| -> Vec<(String, i64)> {
            owned.iter().map(|table| (table.clone(), count(bench, table, tenant.organization()))).collect()
        };
        let before = counts(&kept);
        for (table, rows) in before.iter().chain(&counts(&doomed)) {
            assert!(*rows > 0, "this test must put something into {table}");
        }
        bench.core.delete_organization(&doomed.slug).expect("deleted");
        for (table, rows) in counts(&doomed) {
            assert_eq!(rows, 0, "left in {table}");
        }
        assert_eq!(counts(&kept), before, "what belongs to another stays");
    });
}

/// Every row of every table as one text, with blobs in hexadecimal.
pub fn everything(bench: &Bench) -> Vec<String> {
    tables(bench).iter().flat_map(|(name, table)| rows_of(bench, name, table, "1 = 1")).collect()
}

fn rows_of(bench: &Bench, name: &str, table: &Table, condition: &str) -> Vec<String> {
    let row = match bench.backend {
        Backend::Sqlite => {
            let columns: Vec<String> =
                table.columns.keys().map(|column| format!("quote({column})")).collect();
            columns.join(" || ' ' || ")
        }
        Backend::Postgres => "CAST(t AS text)".to_owned(),
    };
    let rows = bench.texts(&format!("SELECT {row} AS value FROM {name} t WHERE {condition} ORDER BY 1"));
    rows.into_iter().map(|row| format!("{name}: {row}")).collect()
}

/// A push that was refused at a time.
pub fn refused_push(id: &str, at: Timestamp) -> RefusedPush {
    RefusedPush {
        id: id.to_owned(),
        at,
        method: "PUT".to_owned(),
        route: "/Users/{id}".to_owned(),
        target: None,
        status: 400,
        scim_type: None,
        detail: "no".to_owned(),
        request: "r".to_owned(),
    }
}

/// The same of one organization.
pub fn belongings(bench: &Bench, organization: i64) -> Vec<String> {
    let mut rows = Vec::new();
    for (name, table) in tables(bench) {
        let owner = if name == "organizations" { "id" } else { "organization_id" };
        if table.columns.contains_key(owner) && name != "cursor_keys" {
            rows.extend(rows_of(bench, &name, &table, &format!("{owner} = {organization}")));
        }
    }
    rows
}
