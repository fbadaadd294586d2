//! What the driver sends: one file per scenario.

mod ask;
mod crawl;
mod create;
mod edit_members;
pub mod fill_group;
mod filter;
mod fixed;
mod join;
mod load;
mod messages;
mod patch_active;
mod preview;
mod read;
mod read_group;
mod reapply;
mod scan;
mod spread;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::drive::Plan;
use crate::error::Error;
use crate::measure::Measurement;
use crate::names;
use crate::program::{Finished, Program};

/// Where the protocol lives.
const BASE: &str = "/scim/v2";

/// A scenario with its sizes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// POST users, until the time or the number is reached.
    Create {
        /// The number of users when it stops, should the time suffice.
        users: u64,
        /// So many a second, or as many as can be.
        per_second: Option<u32>,
    },
    /// Create the rest through `/Bulk`, unhurried by any time.
    Load {
        /// The number of users when it stops.
        users: u64,
    },
    /// GET one random user by id.
    Read {
        /// The path before the id.
        prefix: String,
    },
    /// Filter by a random `userName`.
    Filter,
    /// Filter by a word in an attribute that has no index.
    Scan,
    /// PATCH `active` of one user after another.
    PatchActive,
    /// Make a group and fill it.
    FillGroup {
        /// Its members.
        size: usize,
    },
    /// Take one member out and put it back, on all connections in one group.
    EditMembers {
        /// The group's members.
        size: usize,
    },
    /// GET a group with all its members.
    ReadGroup {
        /// Its members.
        size: usize,
    },
    /// Page through all users.
    Crawl {
        /// By `cursor` (RFC 9865) or by `startIndex` (RFC 7644 section 3.4.2.4).
        by_cursor: bool,
    },
    /// Fill groups so that everybody is in one of them.
    Spread {
        /// The groups' ids.
        groups: Vec<String>,
        /// How many people.
        people: usize,
    },
    /// Have the last people of the directory join a group, or leave it.
    Join {
        /// The group's members before.
        size: usize,
        /// How many people.
        people: usize,
        /// They leave it.
        leave: bool,
    },
    /// Apply a declaration, until all accounts are resolved.
    Reapply {
        /// The program that applies it.
        program: Program,
        /// Its file.
        declaration: PathBuf,
        /// How many people a second are created meanwhile.
        creates: Option<u32>,
    },
    /// Preview a declaration.
    Preview {
        /// The program that previews it.
        program: Program,
        /// Its file.
        declaration: PathBuf,
        /// How many people gain a product by it.
        gaining: u64,
    },
    /// Ask about an account as a product, at a fixed rate.
    Ask {
        /// The product's key in the catalogue.
        product: String,
        /// The portal that it asks for.
        portal: Option<String>,
        /// Questions a second.
        per_second: u32,
    },
    /// GET the same answer over and over.
    Fixed {
        /// Its path.
        path: String,
        /// The size of its body in bytes.
        size: usize,
    },
}

impl Scenario {
    /// Carries it out; the rows it measured.
    pub fn run(&self, plan: &Plan) -> Result<Vec<Measurement>, Error> {
        match self {
            Self::Create { users, per_second } => create::run(plan, *users, *per_second),
            Self::Load { users } => load::run(plan, *users),
            Self::Read { prefix } => read::run(plan, prefix),
            Self::Filter => filter::run(plan),
            Self::Scan => scan::run(plan),
            Self::PatchActive => patch_active::run(plan),
            Self::FillGroup { size } => fill_group::run(plan, *size),
            Self::EditMembers { size } => edit_members::run(plan, *size),
            Self::ReadGroup { size } => read_group::run(plan, *size),
            Self::Crawl { by_cursor } => crawl::run(plan, *by_cursor),
            Self::Spread { groups, people } => spread::run(plan, groups, *people),
            Self::Join { size, people, leave } => join::run(plan, *size, *people, *leave),
            Self::Reapply { program, declaration, creates } => {
                reapply::run(plan, program, declaration, *creates)
            }
            Self::Preview { program, declaration, gaining } => {
                preview::run(plan, program, declaration, *gaining)
            }
            Self::Ask { product, portal, per_second } => {
                ask::run(plan, product, portal.as_deref(), *per_second)
            }
            Self::Fixed { path, size } => fixed::run(plan, path, *size),
        }
    }
}

/// A length as it is written on the wire.
fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// How many there are.
fn count<T>(of: &[T]) -> u64 {
    number(of.len())
}

/// The rows of a command that went over so many accounts: one that gets the server's memory, and one with its own.
fn command(name: &str, accounts: u64, finished: &Finished) -> [Measurement; 2] {
    let row = |name: String, peak_kib| {
        let mut row = Measurement::of(name, finished.elapsed, vec![finished.elapsed]);
        (row.requests, row.peak_kib) = (accounts, peak_kib);
        row
    };
    [row(name.to_owned(), None), row(names::own_process(name), Some(finished.peak_kib))]
}

/// One of the users, with its number.
fn random<'a>(random: &mut fastrand::Rng, ids: &'a [String]) -> Option<(usize, &'a str)> {
    let n = if ids.is_empty() { 0 } else { random.usize(..ids.len()) };
    Some((n, ids.get(n)?))
}

/// A value for the query part of a URI.
fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The PATCH that adds members.
fn add_members(ids: &[String]) -> String {
    let values: Vec<String> = ids.iter().map(|id| format!(r#"{{"value":"{id}"}}"#)).collect();
    patch(&format!(r#"{{"op":"add","path":"members","value":[{}]}}"#, values.join(",")))
}

/// The PATCH that removes one member.
fn remove_member(id: &str) -> String {
    patch(&format!(r#"{{"op":"remove","path":"members[value eq \"{id}\"]"}}"#))
}

/// A PATCH with one operation (RFC 7644 section 3.5.2).
fn patch(operation: &str) -> String {
    format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operation}]}}"#)
}
