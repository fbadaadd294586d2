//! Whose the files are, and that a backup takes no other's place.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use roster::service::BackupError;

use super::Bench;
use crate::support::Backend;

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap_or_else(|error| panic!("{file:?}: {error}")).permissions().mode() & 0o777
}

#[test]
fn nobody_else_reads_the_files_of_a_sqlite_database() {
    let bench = Bench::with_two(Backend::Sqlite);
    for name in ["roster.db", "roster.db-wal", "roster.db-shm"] {
        assert_eq!(mode(&bench.place.directory.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn of_backups_to_one_name_at_once_one_is_made_and_nothing_else_is_left() {
    // Only the copying itself differs on PostgreSQL.
    let bench = Bench::with_two(Backend::Sqlite);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("copy");
    let outcomes: Vec<Result<(), BackupError>> = std::thread::scope(|scope| {
        let copies: Vec<_> = (0..4).map(|_| scope.spawn(|| bench.core.store.backup(&file))).collect();
        copies.into_iter().map(|copy| copy.join().unwrap()).collect()
    });
    let exists = |outcome: &&Result<(), BackupError>| matches!(outcome, Err(BackupError::Exists));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(exists).count(), 3, "{outcomes:?}");
    assert_eq!(mode(&file), 0o600);
    let left = std::fs::read_dir(directory.path()).expect("a list").map(|entry| entry.unwrap().path());
    assert_eq!(left.filter(|path| *path != file).count(), 0);
}
