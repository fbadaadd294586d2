//! Bytes on their way to a slow reader: bounded, and never waited for by those who put them in.

use std::io::{self, Write};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long lines are gathered before they are written together.
const GATHERING: Duration = Duration::from_millis(5);

/// Lines that wait to be written.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    written: Condvar,
    dropped: AtomicU64,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Whole lines.
    bytes: Vec<u8>,
    /// The thread is at work on lines that it took out.
    writing: bool,
}

impl Queue {
    /// A queue of at most so many bytes; as many again may be at the writer.
    pub(super) fn new(capacity: usize) -> Self {
        let (waiting, arrived, written) = Default::default();
        Self { waiting, arrived, written, dropped: AtomicU64::new(0), capacity }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Puts in a line, or drops and counts it where there is no room.
    fn push(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if waiting.bytes.len().saturating_add(line.len()) > self.capacity {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // The writer sleeps only while there is nothing: whoever comes first wakes it.
        let first = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        drop(waiting);
        if first {
            self.arrived.notify_one();
        }
    }

    /// Waits until nothing is left to write, but no longer than this. Whether nothing is.
    pub(super) fn wait_until_written(&self, bound: Duration) -> bool {
        let busy = |waiting: &mut Waiting| waiting.writing || !waiting.bytes.is_empty();
        let waited = self.written.wait_timeout_while(self.lock(), bound, busy);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Writes what arrives, for ever. What cannot be written is lost and counted.
    pub(super) fn write_to(&self, out: &mut dyn Write) -> ! {
        let mut batch = Vec::new();
        let mut told = 0;
        loop {
            self.take(&mut batch);
            if out.write_all(&batch).and_then(|()| out.flush()).is_err() {
                let lines = batch.split(|byte| *byte == b'\n').count().saturating_sub(1);
                self.dropped.fetch_add(u64::try_from(lines).unwrap_or(u64::MAX), Ordering::Relaxed);
                continue;
            }
            let dropped = self.dropped();
            if dropped > told && writeln!(out, "{} lines of this log were dropped", dropped - told).is_ok() {
                told = dropped;
            }
        }
    }

    /// Waits for lines and takes them all; what was taken before counts as written.
    fn take(&self, batch: &mut Vec<u8>) {
        batch.clear();
        let mut waiting = self.lock();
        waiting.writing = false;
        if waiting.bytes.is_empty() {
            self.written.notify_all();
        }
        let waited = self.arrived.wait_while(waiting, |waiting| waiting.bytes.is_empty());
        // Some more lines come along: under load waking for each would cost more than serving the request.
        drop(waited);
        thread::sleep(GATHERING);
        let mut waiting = self.lock();
        mem::swap(batch, &mut waiting.bytes);
        waiting.writing = true;
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a queue that `env_logger` writes to: each write is one whole line.
#[derive(Debug)]
pub(super) struct Lines {
    queue: Arc<Queue>,
}

impl Lines {
    pub(super) const fn new(queue: Arc<Queue>) -> Self {
        Self { queue }
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.queue.push(line);
        Ok(line.len())
    }

    /// Nothing waits here for anything to be written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
