//! SQLite's one writer: takes what has queued up, commits once, and only then answers each.
//!
//! Each request runs in its own savepoint, so a failing one undoes itself alone. Where SQLite ended the whole
//! transaction, everybody in it is told so. The queue is bounded and fair between organizations.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::connection::{AnyConnection, Manager};
use super::error::{Failure, StoreError};
use super::meters::Meters;
use crate::domain::{Causes, OrganizationId};

/// How much one transaction takes in before it commits.
const BATCH_REQUESTS: usize = 64;
const BATCH_TIME: Duration = Duration::from_millis(5);
/// How many requests may wait in all, and how many of one organization.
const QUEUE_REQUESTS: usize = 4_096;
const QUEUE_REQUESTS_OF_ONE: usize = 2_048;
/// How long a request may wait before it is refused rather than run.
const QUEUE_TIME: Duration = Duration::from_secs(20);

/// A request of more rows runs alone.
const LIGHT_ROWS: usize = 200;

/// Whether a request shares its transaction with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Few rows: batched with others.
    Light,
    /// Many rows, bulk, or a job: runs alone.
    Heavy,
}

impl Weight {
    /// That of a request which writes so many rows.
    #[must_use]
    pub const fn of_rows(rows: usize) -> Self {
        if rows > LIGHT_ROWS { Self::Heavy } else { Self::Light }
    }
}

/// What became of a request inside its savepoint.
enum Verdict {
    Keep,
    Undo,
    /// SQLite ended the transaction.
    Dead,
}

/// What became of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Committed,
    /// SQLite ended it: nothing of it is there.
    Lost,
    /// The commit failed: it may be found in the log again after a crash.
    Unknown,
}

/// A request in the queue.
trait Request: Send {
    fn run(&mut self, connection: &mut AnyConnection) -> Verdict;
    /// Sends the answer.
    fn answer(self: Box<Self>, fate: Fate);
    /// Refuses without having run.
    fn refuse(self: Box<Self>, why: StoreError);
}

struct Pending<T, E, F> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Request for Pending<T, E, F>
where
    T: Send,
    E: Failure,
    F: FnMut(&mut AnyConnection) -> Result<T, E> + Send,
{
    fn run(&mut self, connection: &mut AnyConnection) -> Verdict {
        // The savepoint undoes whatever a panicking request did, so no broken state is seen afterwards.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(connection)));
        let result = outcome.unwrap_or_else(|_panic| Err(StoreError::Panicked.into()));
        let verdict = match &result {
            Ok(_) => Verdict::Keep,
            Err(error) if error.store_failure().is_some_and(StoreError::ended_the_transaction) => {
                Verdict::Dead
            }
            Err(_) => Verdict::Undo,
        };
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, fate: Fate) {
        let result = match (fate, self.result) {
            (Fate::Committed, Some(result)) => result,
            // What was refused is refused whatever became of the others.
            (Fate::Unknown, Some(Err(error))) => Err(error),
            (Fate::Unknown, Some(Ok(_))) => Err(StoreError::CommitFailed.into()),
            (Fate::Lost, _) | (_, None) => Err(transaction_lost().into()),
        };
        // The asker may have gone away; the write stands all the same.
        drop(self.reply.send(result));
    }

    fn refuse(self: Box<Self>, why: StoreError) {
        drop(self.reply.send(Err(why.into())));
    }
}

fn transaction_lost() -> StoreError {
    StoreError::Unavailable(diesel::result::Error::RollbackTransaction)
}

struct Queued {
    request: Box<dyn Request>,
    weight: Weight,
    since: Instant,
}

#[derive(Default)]
struct Queue {
    of: HashMap<OrganizationId, VecDeque<Queued>>,
    turns: VecDeque<OrganizationId>,
    length: usize,
    stopped: bool,
}

impl Queue {
    fn push(&mut self, organization: OrganizationId, queued: Queued) {
        let line = self.of.entry(organization).or_default();
        if line.is_empty() {
            self.turns.push_back(organization);
        }
        line.push_back(queued);
        self.length += 1;
    }

    /// The next request, one of each organization in turn; a heavy one only where it may run alone.
    fn pop(&mut self, alone: bool) -> Option<Queued> {
        let organization = self.turns.front().copied()?;
        let line = self.of.get_mut(&organization)?;
        if line.front()?.weight == Weight::Heavy && !alone {
            return None;
        }
        let queued = line.pop_front();
        self.turns.pop_front();
        if line.is_empty() {
            self.of.remove(&organization);
        } else {
            self.turns.push_back(organization);
        }
        self.length = self.length.saturating_sub(1);
        queued
    }
}

struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle by which requests reach the writer.
pub(super) struct Writer {
    shared: Arc<Shared>,
    meters: Meters,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the writer's thread. The connection is opened there, and again after it broke.
    pub(super) fn start(manager: Manager, meters: Meters) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), arrived: Condvar::new() });
        let worker = Worker { shared: Arc::clone(&shared), manager, meters: meters.clone() };
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || worker.run())?;
        Ok(Self { shared, meters, thread: Mutex::new(Some(thread)) })
    }

    /// Queues a request; its answer comes after the commit.
    pub(super) fn submit<T, E, F>(
        &self,
        organization: OrganizationId,
        weight: Weight,
        work: F,
    ) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: Failure,
        F: FnMut(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let request: Box<dyn Request> = Box::new(Pending { work, result: None, reply });
        let mut queue = self.shared.lock();
        if queue.stopped {
            return Err(StoreError::Stopped);
        }
        let waiting = queue.of.get(&organization).map_or(0, VecDeque::len);
        if queue.length >= QUEUE_REQUESTS || waiting >= QUEUE_REQUESTS_OF_ONE {
            return Err(StoreError::Overloaded);
        }
        queue.push(organization, Queued { request, weight, since: Instant::now() });
        self.meters.queue_length.set(i64::try_from(queue.length).unwrap_or(i64::MAX));
        drop(queue);
        self.shared.arrived.notify_one();
        Ok(answer)
    }
}

impl Drop for Writer {
    /// Finishes what has queued up, then stops.
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.arrived.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A request may hold the last handle: then this runs on the writer's own thread, which cannot wait for itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            drop(thread.join());
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    manager: Manager,
    meters: Meters,
}

impl Worker {
    fn run(self) {
        let mut connection = None;
        while self.wait() {
            if connection.is_none() {
                match self.manager.open() {
                    Ok(opened) => connection = Some(opened),
                    Err(error) => {
                        log::error!("the writer cannot open the database: {error}");
                        self.refuse_batch();
                        continue;
                    }
                }
            }
            // Requests catch their own panics; one of ours must not leave all that come after waiting for ever.
            let batch = || connection.as_mut().is_some_and(|connection| self.batch(connection));
            let healthy = catch_unwind(AssertUnwindSafe(batch)).unwrap_or(false);
            if !healthy {
                connection = None;
            }
        }
    }

    /// Waits for a request; false when there will be none any more.
    fn wait(&self) -> bool {
        let mut queue = self.shared.lock();
        while queue.length == 0 {
            if queue.stopped {
                return false;
            }
            queue = self.shared.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    fn next(&self, alone: bool) -> Option<Queued> {
        loop {
            let mut queue = self.shared.lock();
            let queued = queue.pop(alone)?;
            self.meters.queue_length.set(i64::try_from(queue.length).unwrap_or(i64::MAX));
            drop(queue);
            if queued.since.elapsed() < QUEUE_TIME {
                return Some(queued);
            }
            queued.request.refuse(StoreError::Overloaded);
        }
    }

    /// Refuses as many as a batch would have taken.
    fn refuse_batch(&self) {
        for _ in 0..BATCH_REQUESTS {
            let Some(queued) = self.next(true) else { return };
            queued.request.refuse(transaction_lost());
        }
    }

    /// Runs one batch; false when the connection should be opened anew.
    fn batch(&self, connection: &mut AnyConnection) -> bool {
        if let Err(error) = connection.command("BEGIN IMMEDIATE") {
            log::error!("the writer cannot begin: {}", Causes(&error));
            self.refuse_batch();
            return false;
        }
        let (batch, alive) = self.fill(connection);
        let fate = if alive { self.commit(connection) } else { Fate::Lost };
        self.meters.batch_size.observe(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
        for request in batch {
            request.answer(fate);
        }
        if fate != Fate::Committed {
            // Harmless where SQLite has rolled back already.
            drop(connection.run("ROLLBACK"));
        }
        fate == Fate::Committed
    }

    /// Runs requests until the batch is full; false when the transaction ended under them.
    fn fill(&self, connection: &mut AnyConnection) -> (Vec<Box<dyn Request>>, bool) {
        let begun = Instant::now();
        let mut batch = Vec::new();
        while batch.len() < BATCH_REQUESTS && begun.elapsed() < BATCH_TIME {
            let Some(Queued { mut request, weight, .. }) = self.next(batch.is_empty()) else { break };
            let alive = run_in_savepoint(connection, request.as_mut());
            batch.push(request);
            if !alive {
                return (batch, false);
            }
            if weight == Weight::Heavy {
                break;
            }
        }
        (batch, true)
    }

    fn commit(&self, connection: &mut AnyConnection) -> Fate {
        let begun = Instant::now();
        let committed = connection.command("COMMIT");
        self.meters.commit_seconds.observe(begun.elapsed().as_secs_f64());
        match committed {
            Ok(()) => Fate::Committed,
            Err(error) => {
                log::error!("the writer cannot commit: {}", Causes(&error));
                Fate::Unknown
            }
        }
    }
}

/// Runs one request in a savepoint of its own; false when the transaction is gone.
fn run_in_savepoint(connection: &mut AnyConnection, request: &mut dyn Request) -> bool {
    if connection.command("SAVEPOINT request").is_err() {
        return false;
    }
    match request.run(connection) {
        Verdict::Keep => connection.command("RELEASE request").is_ok(),
        // Undoing fails exactly where SQLite has ended the transaction and the savepoint with it.
        Verdict::Undo => {
            let undone = connection.command("ROLLBACK TO request");
            undone.and_then(|()| connection.command("RELEASE request")).is_ok()
        }
        Verdict::Dead => false,
    }
}

#[cfg(test)]
mod tests;
