//! L4: the very statements of a create, driven from plain connections: what PostgreSQL allows the server at most.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;

use super::capture::{Captured, Statement};
use super::postgres::{CONNECTIONS, connect};
use super::threads;
use crate::error::Error;
use crate::measure::Measurement;

/// The length of a UUID in text.
const UUID: usize = 36;

/// A create that can be repeated with new names and ids.
#[derive(Debug)]
pub struct Replay {
    url: String,
    steps: Vec<Step>,
    next: AtomicU64,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Executed as it is.
    Plain(String),
    /// Prepared once per connection, executed with values.
    Prepared { text: String, values: Vec<Vec<Piece>> },
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// The same each time; what lies between values belongs here too.
    Fixed(String),
    /// The person's number.
    Person,
    /// The create's id of this number.
    Id(usize),
}

impl Replay {
    /// A replay in the database at `url`.
    pub fn new(url: String, captured: &Captured) -> Self {
        let ids = own_ids(captured);
        let steps = captured.statements.iter().map(|s| Step::new(s, captured.person, &ids)).collect();
        Self { url, steps, next: AtomicU64::new(0) }
    }

    /// How many statements a create has.
    pub fn statements(&self) -> usize {
        self.steps.len()
    }

    /// Creates on all connections.
    pub fn creates(&self, name: &str, duration: Duration) -> Result<Measurement, Error> {
        let mut connections = (0..CONNECTIONS).map(|_n| self.connect()).collect::<Result<Vec<_>, _>>()?;
        threads::repeat(name, duration, 1, &mut connections, |connection| {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            for (k, step) in self.steps.iter().enumerate() {
                let text = step.execution(k, n);
                connection.batch_execute(&text).map_err(Error::database("a statement of a create"))?;
            }
            Ok(())
        })
    }

    fn connect(&self) -> Result<PgConnection, Error> {
        let mut connection = connect(&self.url)?;
        for (k, step) in self.steps.iter().enumerate() {
            if let Step::Prepared { text, .. } = step {
                let prepare = format!("PREPARE step_{k} AS {text}");
                connection.batch_execute(&prepare).map_err(Error::database("prepare a statement"))?;
            }
        }
        Ok(connection)
    }
}

impl Step {
    fn new(statement: &Statement, person: u64, ids: &[String]) -> Self {
        if statement.parameters.is_empty() {
            return Self::Plain(statement.text.clone());
        }
        let value = |parameter: &Option<String>| match parameter {
            None => vec![Piece::Fixed("NULL".to_owned())],
            Some(text) => pieces(&quoted(text), person, ids),
        };
        Self::Prepared {
            text: statement.text.clone(),
            values: statement.parameters.iter().map(value).collect(),
        }
    }

    /// The statement that executes step `k` for create number `n`.
    fn execution(&self, k: usize, n: u64) -> String {
        let values = match self {
            Self::Plain(text) => return text.clone(),
            Self::Prepared { values, .. } => values,
        };
        let mut text = format!("EXECUTE step_{k} (");
        for (place, piece) in values.iter().enumerate() {
            if place > 0 {
                text.push_str(", ");
            }
            for piece in piece {
                match piece {
                    Piece::Fixed(fixed) => text.push_str(fixed),
                    Piece::Person => text.push_str(&number(n)),
                    Piece::Id(id) => text.push_str(&new_id(n, *id)),
                }
            }
        }
        text.push(')');
        text
    }
}

/// A person's number as it stands in names.
fn number(person: u64) -> String {
    format!("{person:07}")
}

/// A text as a literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An id that no other create has, ascending like the server's own.
fn new_id(n: u64, id: usize) -> String {
    format!("{:08x}-{:04x}-7000-8000-{id:012x}", (n >> 16) & 0xffff_ffff, n & 0xffff)
}

/// The UUIDs that occur in this create only.
fn own_ids(captured: &Captured) -> Vec<String> {
    let elsewhere: HashSet<&str> = captured.elsewhere.iter().flat_map(|value| uuids(value)).collect();
    let mut own: Vec<String> = Vec::new();
    let values = captured.statements.iter().flat_map(|statement| statement.parameters.iter().flatten());
    for id in values.flat_map(|value| uuids(value)) {
        if !elsewhere.contains(id) && own.iter().all(|known| known != id) {
            own.push(id.to_owned());
        }
    }
    own
}

/// The UUIDs in a text.
fn uuids(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match text.get(at..at + UUID).filter(|candidate| is_uuid(candidate)) {
            Some(uuid) => {
                found.push(uuid);
                at += UUID;
            }
            None => at += 1,
        }
    }
    found
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Cuts a literal at the person's number and at the create's own ids.
fn pieces(literal: &str, person: u64, ids: &[String]) -> Vec<Piece> {
    let number = number(person);
    let mut marks: Vec<(&str, Piece)> = vec![(&number, Piece::Person)];
    marks.extend(ids.iter().enumerate().map(|(k, id)| (id.as_str(), Piece::Id(k))));
    let mut pieces = Vec::new();
    let mut rest = literal;
    loop {
        let next = marks.iter().filter_map(|(mark, piece)| Some((rest.find(mark)?, mark.len(), piece)));
        let Some((at, length, piece)) = next.min_by_key(|(at, _length, _piece)| *at) else { break };
        let (before, from) = rest.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Fixed(before.to_owned()));
        }
        pieces.push(piece.clone());
        rest = from.get(length..).unwrap_or_default();
    }
    if !rest.is_empty() {
        pieces.push(Piece::Fixed(rest.to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORGANIZATION: &str = "019a0000-0000-7000-8000-0000000000aa";
    const USER: &str = "019a0000-0000-7000-8000-0000000000bb";

    fn statement(text: &str, parameters: &[Option<&str>]) -> Statement {
        let parameters = parameters.iter().map(|value| value.map(str::to_owned)).collect();
        Statement { text: text.to_owned(), parameters }
    }

    #[test]
    fn a_replay_has_names_and_ids_of_its_own() {
        let doc = format!("{{\"id\":\"{USER}\",\"name\":\"user9173501's\"}}");
        let captured = Captured {
            statements: vec![
                statement("BEGIN", &[]),
                statement("INSERT", &[Some(ORGANIZATION), Some(USER), None, Some(&doc)]),
            ],
            person: 9_173_501,
            elsewhere: vec![ORGANIZATION.to_owned()],
        };
        let replay = Replay::new(String::new(), &captured);
        let texts = |n| replay.steps.iter().enumerate().map(|(k, s)| s.execution(k, n)).collect::<Vec<_>>();
        let id = "00000000-0007-7000-8000-000000000000";
        let insert = format!(
            "EXECUTE step_1 ('{ORGANIZATION}', '{id}', NULL, '{{\"id\":\"{id}\",\"name\":\"user0000007''s\"}}')"
        );
        assert_eq!(texts(7), ["BEGIN".to_owned(), insert]);
        assert_ne!(texts(7), texts(8));
        assert!(new_id(0xffff, 9) < new_id(0x1_0000, 0));
    }

    #[test]
    fn ids_are_found_wherever_they_stand() {
        assert_eq!(uuids(&format!("é{USER}{ORGANIZATION}-")), [USER, ORGANIZATION]);
        assert_eq!(uuids("019a0000-0000-7000-8000"), Vec::<&str>::new());
    }
}
