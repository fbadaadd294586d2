//! The writer alone, on a database with one table.

use std::path::Path;
use std::sync::mpsc;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::store::Location;

diesel::table! {
    notes (id) {
        id -> BigInt,
    }
}

type Answer = oneshot::Receiver<Result<(), StoreError>>;

/// A writer whose queue can be held up, so that what queues up meanwhile is one batch.
struct Bench {
    directory: TempDir,
    writer: Writer,
}

const ONE: OrganizationId = OrganizationId(1);
const TWO: OrganizationId = OrganizationId(2);

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = open(directory.path());
        connection.batch_execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)").unwrap();
        let writer = Writer::start(manager(directory.path()), Meters::default()).unwrap();
        Self { directory, writer }
    }

    /// Keeps the writer busy until what is returned is dropped.
    fn hold(&self) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel();
        let (begun, begins) = mpsc::channel();
        let work = move |_: &mut AnyConnection| -> Result<(), StoreError> {
            begun.send(()).unwrap();
            // An error says that the holder let go.
            let _let_go = released.recv();
            Ok(())
        };
        drop(self.writer.submit(OrganizationId(99), Weight::Heavy, work).unwrap());
        begins.recv().unwrap();
        release
    }

    fn submit(
        &self,
        organization: OrganizationId,
        weight: Weight,
        work: impl FnMut(&mut AnyConnection) -> Result<(), StoreError> + Send + 'static,
    ) -> Answer {
        self.writer.submit(organization, weight, work).unwrap()
    }

    /// A light request that notes a number.
    fn note(&self, number: i64) -> Answer {
        self.submit(ONE, Weight::Light, move |connection| insert(connection, number))
    }

    /// What has been committed.
    fn notes(&self) -> Vec<i64> {
        noted(self.directory.path())
    }
}

fn manager(directory: &Path) -> Manager {
    Manager::new(Location::Sqlite(directory.join("notes.db")), false)
}

fn open(directory: &Path) -> AnyConnection {
    manager(directory).open().unwrap()
}

fn noted(directory: &Path) -> Vec<i64> {
    notes::table.select(notes::id).order(notes::id).load(&mut open(directory)).unwrap()
}

fn insert(connection: &mut AnyConnection, number: i64) -> Result<(), StoreError> {
    diesel::insert_into(notes::table).values(notes::id.eq(number)).execute(connection)?;
    Ok(())
}

fn wait(answer: Answer) -> Result<(), StoreError> {
    answer.blocking_recv().expect("an answer")
}

#[test]
fn a_failing_request_rolls_back_alone_while_its_batch_commits() {
    let bench = Bench::new();
    let held = bench.hold();
    let first = bench.note(1);
    let failing = bench.submit(ONE, Weight::Light, |connection| {
        insert(connection, 2)?;
        Err(StoreError::TooMany)
    });
    let conflicting = bench.submit(ONE, Weight::Light, |connection| {
        insert(connection, 3)?;
        insert(connection, 1)
    });
    let directory = bench.directory.path().to_owned();
    let last = bench.submit(ONE, Weight::Light, move |connection| {
        assert_eq!(noted(&directory), Vec::<i64>::new(), "nothing is committed yet: it is one batch");
        insert(connection, 4)
    });
    drop(held);
    assert!(wait(first).is_ok());
    assert!(matches!(wait(failing), Err(StoreError::TooMany)));
    assert!(matches!(wait(conflicting), Err(StoreError::Unique)));
    assert!(wait(last).is_ok());
    assert_eq!(bench.notes(), [1, 4]);
}

#[test]
fn a_panicking_request_fails_alone() {
    let bench = Bench::new();
    let held = bench.hold();
    let first = bench.note(1);
    let panicking = bench.submit(ONE, Weight::Light, |connection| {
        insert(connection, 2)?;
        panic!("a test panics on purpose");
    });
    let last = bench.note(3);
    drop(held);
    assert!(wait(first).is_ok());
    assert!(matches!(wait(panicking), Err(StoreError::Panicked)));
    assert!(wait(last).is_ok());
    assert_eq!(bench.notes(), [1, 3]);
    assert!(wait(bench.note(4)).is_ok(), "the writer goes on");
}

#[test]
fn where_the_transaction_ended_everybody_in_it_is_told_so() {
    let bench = Bench::new();
    let held = bench.hold();
    let first = bench.note(1);
    let fatal = bench.submit(ONE, Weight::Light, |connection| {
        // As SQLite does by itself when the disk is full.
        connection.run("ROLLBACK")?;
        Err(StoreError::Unavailable(diesel::result::Error::RollbackTransaction))
    });
    let last = bench.note(3);
    drop(held);
    assert!(matches!(wait(first), Err(StoreError::Unavailable(_))));
    assert!(matches!(wait(fatal), Err(StoreError::Unavailable(_))));
    assert!(wait(last).is_ok(), "the next batch has a connection of its own");
    assert_eq!(bench.notes(), [3]);
}

#[test]
fn a_transaction_that_ends_unnoticed_is_not_answered_as_committed() {
    let bench = Bench::new();
    let held = bench.hold();
    let first = bench.note(1);
    let silent = bench.submit(ONE, Weight::Light, |connection| connection.run("ROLLBACK"));
    drop(held);
    assert!(matches!(wait(first), Err(StoreError::Unavailable(_))));
    assert!(matches!(wait(silent), Err(StoreError::Unavailable(_))));
    assert_eq!(bench.notes(), Vec::<i64>::new());
    assert!(wait(bench.note(2)).is_ok());
}

#[test]
fn a_heavy_request_runs_alone() {
    let bench = Bench::new();
    let held = bench.hold();
    let before = bench.note(1);
    let directory = bench.directory.path().to_owned();
    let heavy = bench.submit(ONE, Weight::Heavy, move |connection| {
        assert_eq!(noted(&directory), [1], "what came before is committed");
        insert(connection, 2)
    });
    let directory = bench.directory.path().to_owned();
    let after = bench.submit(ONE, Weight::Light, move |connection| {
        assert_eq!(noted(&directory), [1, 2], "so is the heavy one");
        insert(connection, 3)
    });
    drop(held);
    for answer in [before, heavy, after] {
        assert!(wait(answer).is_ok());
    }
}

#[test]
fn an_organization_with_much_to_write_does_not_hold_up_another() {
    let bench = Bench::new();
    let held = bench.hold();
    let (ran, runs) = mpsc::channel();
    let mut answers = Vec::new();
    let mut submit = |organization: OrganizationId| {
        let ran = ran.clone();
        answers.push(bench.submit(organization, Weight::Light, move |_| {
            ran.send(organization).unwrap();
            Ok(())
        }));
    };
    (0..20).for_each(|_| submit(ONE));
    (0..2).for_each(|_| submit(TWO));
    drop(held);
    for answer in answers {
        assert!(wait(answer).is_ok());
    }
    let order: Vec<OrganizationId> = runs.try_iter().collect();
    assert_eq!(order[..5], [ONE, TWO, ONE, TWO, ONE]);
}

#[test]
fn requests_beyond_the_queues_bounds_are_refused_and_never_run() {
    let bench = Bench::new();
    let held = bench.hold();
    let idle = || |_: &mut AnyConnection| -> Result<(), StoreError> { Ok(()) };
    let refused = |organization| {
        let answer = bench.writer.submit(organization, Weight::Light, idle());
        matches!(answer, Err(StoreError::Overloaded))
    };
    let fill = |organization, requests: usize| -> Vec<Answer> {
        (0..requests).map(|_| bench.submit(organization, Weight::Light, idle())).collect()
    };
    let mut answers = fill(ONE, QUEUE_REQUESTS_OF_ONE);
    assert!(refused(ONE), "one organization may not fill the queue");
    answers.extend(fill(TWO, QUEUE_REQUESTS - QUEUE_REQUESTS_OF_ONE));
    assert!(refused(OrganizationId(3)), "the queue is full");
    assert_eq!(bench.writer.meters.queue_length.get(), 4_096);
    drop(held);
    for answer in answers {
        assert!(wait(answer).is_ok());
    }
    assert!(wait(bench.note(1)).is_ok(), "there is room again");
    assert_eq!(bench.writer.meters.queue_length.get(), 0);
}

#[test]
fn what_has_queued_up_is_written_before_the_writer_stops() {
    let bench = Bench::new();
    let held = bench.hold();
    let answers: Vec<Answer> = (0..100).map(|number| bench.note(number)).collect();
    let Bench { directory, writer } = bench;
    drop(held);
    drop(writer);
    for answer in answers {
        assert!(wait(answer).is_ok());
    }
    assert_eq!(noted(directory.path()).len(), 100);
}

#[test]
fn a_request_that_holds_the_last_handle_does_not_end_the_writer_early() {
    let Bench { directory, writer } = Bench::new();
    let writer = Arc::new(writer);
    let (release, released) = mpsc::channel::<()>();
    let last_handle = Arc::clone(&writer);
    let holding = move |connection: &mut AnyConnection| {
        let _let_go = released.recv();
        assert!(!last_handle.shared.lock().stopped);
        insert(connection, 1)
    };
    let first = writer.submit(ONE, Weight::Heavy, holding).unwrap();
    let second = writer.submit(ONE, Weight::Light, |connection| insert(connection, 2)).unwrap();
    drop(writer);
    drop(release);
    assert!(wait(first).is_ok());
    assert!(wait(second).is_ok());
    assert_eq!(noted(directory.path()), [1, 2]);
}
