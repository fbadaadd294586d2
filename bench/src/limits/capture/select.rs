//! Which of the logged statements are the create's: the server has other work too (sealing, leases), in other transactions.

use std::collections::HashMap;

use super::Captured;
use super::log::{Entry, Statement};
use crate::error::Error;
use crate::people;

/// A transaction, or a statement outside of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Unit {
    /// The place of its first and its last statement in the log.
    first: usize,
    last: usize,
    statements: Vec<Statement>,
}

impl Unit {
    /// The same work has the same texts, whatever the values are.
    fn does_as(&self, other: &Self) -> bool {
        self.statements.iter().map(|s| &s.text).eq(other.statements.iter().map(|s| &s.text))
    }

    fn mentions(&self, value: &str) -> bool {
        self.values().any(|parameter| parameter.contains(value))
    }

    fn values(&self) -> impl Iterator<Item = &String> {
        self.statements.iter().flat_map(|statement| statement.parameters.iter().flatten())
    }

    fn is_transaction(&self) -> bool {
        self.statements.len() > 1
    }
}

/// The statements that all creates have in common, up to the commit of the user's row, with the values of the first create.
pub fn common(creates: &[(u64, Vec<Entry>)]) -> Result<Captured, Error> {
    let creates: Vec<(u64, Vec<Unit>)> = creates
        .iter()
        .map(|(n, entries)| Ok((*n, until_commit(*n, entries)?)))
        .collect::<Result<_, Error>>()?;
    let [(person, first), rest @ ..] = creates.as_slice() else {
        return Err(Error::Other("no create was captured".to_owned()));
    };
    let shared: Vec<&Unit> = first
        .iter()
        .filter(|unit| rest.iter().all(|(_n, units)| units.iter().any(|other| other.does_as(unit))))
        .collect();
    if !shared.iter().any(|unit| unit.is_transaction() && unit.mentions(&people::user_name(*person))) {
        return Err(Error::Other("the captured creates have no transaction in common".to_owned()));
    }
    let statements = shared.iter().flat_map(|unit| unit.statements.clone()).collect();
    let elsewhere =
        rest.iter().flat_map(|(_n, units)| units.iter().flat_map(Unit::values)).cloned().collect();
    Ok(Captured { statements, person: *person, elsewhere })
}

/// The units that began before the transaction with the user's row ended. What the server does after it is left out: the limit is
/// rather too high than too low.
fn until_commit(n: u64, entries: &[Entry]) -> Result<Vec<Unit>, Error> {
    let mut units = units(entries);
    let name = people::user_name(n);
    let end = units
        .iter()
        .find(|unit| unit.is_transaction() && unit.mentions(&name))
        .map(|unit| unit.last)
        .ok_or_else(|| Error::Other(format!("PostgreSQL's log has no transaction with {name}")))?;
    units.retain(|unit| unit.first <= end);
    Ok(units)
}

/// Puts the statements of each session's transactions together, in the order of their beginning.
fn units(entries: &[Entry]) -> Vec<Unit> {
    let mut open: HashMap<&str, Unit> = HashMap::new();
    let mut units = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let session = entry.session.as_str();
        let inside = open.contains_key(session);
        let unit = open.entry(session).or_insert_with(|| Unit { first: place, ..Unit::default() });
        unit.last = place;
        unit.statements.push(entry.statement.clone());
        let ended = if inside {
            begins_with(&entry.statement, &["COMMIT", "END", "ABORT"]) || is_whole_rollback(&entry.statement)
        } else {
            !begins_with(&entry.statement, &["BEGIN", "START TRANSACTION"])
        };
        if ended {
            units.extend(open.remove(session));
        }
    }
    units.sort_by_key(|unit| unit.first);
    units
}

fn begins_with(statement: &Statement, words: &[&str]) -> bool {
    let text = statement.text.trim_start().to_ascii_uppercase();
    words.iter().any(|word| text.starts_with(word))
}

/// `ROLLBACK TO SAVEPOINT` ends no transaction.
fn is_whole_rollback(statement: &Statement) -> bool {
    let text = statement.text.to_ascii_uppercase();
    text.trim_start().starts_with("ROLLBACK") && !text.contains(" TO ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(session: &str, text: &str, value: Option<String>) -> Entry {
        let parameters = value.map(Some).into_iter().collect();
        Entry { session: session.to_owned(), statement: Statement { text: text.to_owned(), parameters } }
    }

    /// A create of person `n` among other work.
    fn create(n: u64, other: &[Entry]) -> (u64, Vec<Entry>) {
        let mut entries = vec![entry("a", "SELECT token", None), entry("a", "BEGIN", None)];
        entries.extend_from_slice(other);
        entries.push(entry("a", "INSERT user", Some(people::user_name(n))));
        entries.push(entry("a", "ROLLBACK TO SAVEPOINT s", None));
        entries.push(entry("a", "COMMIT", None));
        entries.push(entry("a", "SELECT after", None));
        (n, entries)
    }

    fn texts(captured: &Captured) -> Vec<&str> {
        captured.statements.iter().map(|statement| statement.text.as_str()).collect()
    }

    #[test]
    fn only_what_every_create_did_before_its_commit_is_taken() {
        let seal = [entry("b", "BEGIN", None), entry("b", "UPDATE lease", None), entry("b", "COMMIT", None)];
        let tick = [entry("c", "SELECT 1", None)];
        let captured = common(&[create(1, &seal), create(2, &tick), create(3, &seal)]).unwrap();
        let expected = ["SELECT token", "BEGIN", "INSERT user", "ROLLBACK TO SAVEPOINT s", "COMMIT"];
        assert_eq!(texts(&captured), expected);
        assert_eq!(captured.person, 1);
        assert_eq!(captured.elsewhere, [people::user_name(2), people::user_name(3)]);
    }

    #[test]
    fn without_the_users_row_nothing_is_captured() {
        let (_n, entries) = create(1, &[]);
        assert!(common(&[(2, entries)]).is_err());
        assert!(common(&[]).is_err());
    }
}
