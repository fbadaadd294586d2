//! Hostile input: a table of cases, each with the number of its row (S01 to S76) in the catalogue of what is sent to
//! SCIM servers to break them, or none where it tries one of our own limits.
//!
//! After every case the server answers another request at once, a refused one has left the database as it was, and
//! nothing has panicked. Each backend has one server for the whole table; what needs other settings starts its own.

mod authentication;
mod bodies;
mod bulk;
mod case;
mod filters;
mod groups;
mod http;
mod json;
mod limits;
mod names;
mod paging;
mod patch;
mod paths;
mod races;
mod timing;
mod world;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::case::Case;
use self::world::{Ids, World};
use crate::support::Backend;

/// The rows of the catalogue.
const ROWS: std::ops::RangeInclusive<u8> = 1..=76;

/// The whole table, theme by theme.
fn table(ids: &Ids) -> Vec<Case> {
    let themes = [
        json::cases,
        names::cases,
        filters::cases,
        paging::cases,
        paths::cases,
        bodies::cases,
        patch::cases,
        groups::cases,
        bulk::cases,
        http::cases,
        limits::cases,
        races::cases,
        timing::cases,
        // Last, for it uses up what wrong tokens an address may send.
        authentication::cases,
    ];
    themes.into_iter().flat_map(|cases| cases(ids)).collect()
}

#[test]
fn every_row_has_a_case() {
    let covered: BTreeSet<u8> = table(&Ids::unknown()).iter().filter_map(|case| case.row).collect();
    let missing: Vec<String> =
        ROWS.filter(|row| !covered.contains(row)).map(|row| format!("S{row:02}")).collect();
    assert!(missing.is_empty(), "rows without a case: {}", missing.join(", "));
    assert_eq!(covered.iter().find(|row| !ROWS.contains(row)), None, "no such row");
}

#[test]
fn no_two_cases_have_one_name() {
    let mut seen = BTreeSet::new();
    for case in table(&Ids::unknown()) {
        assert!(seen.insert(case.title()), "{} is there twice", case.title());
    }
}

#[test]
fn sqlite_withstands_the_table() {
    withstand(Backend::Sqlite);
}

#[test]
fn postgres_withstands_the_table() {
    withstand(Backend::Postgres);
}

/// What is refused comes first: so the number of changes may be compared over all of it.
fn withstand(backend: Backend) {
    let world = World::new(backend);
    let wanted = std::env::var("HOSTILE_ONLY").unwrap_or_default();
    let (refused, others): (Vec<Case>, Vec<Case>) = table(&world.ids)
        .into_iter()
        .filter(|case| case.title().contains(&wanted))
        .partition(Case::is_refusal);
    let mut failed = Vec::new();
    let changes = world.changes();
    run(&world, &refused, &mut failed);
    if world.changes() != changes {
        failed.push("something that was refused has written a change".to_owned());
    }
    run(&world, &others, &mut failed);
    assert!(failed.is_empty(), "{} on {backend:?} failed:\n{}", failed.len(), failed.join("\n"));
}

fn run(world: &World, cases: &[Case], failed: &mut Vec<String>) {
    for case in cases {
        for profile in case.profiles {
            if catch_unwind(AssertUnwindSafe(|| case.run(world, profile))).is_err() {
                failed.push(format!("{} as {profile}", case.title()));
            }
        }
    }
}
