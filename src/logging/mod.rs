//! The log: `env_logger`, one line a record on standard error, never in the way of a request.
//!
//! Lines go into a queue of bounded size that a thread of its own writes out. Where standard error is slow or
//! blocked the queue fills up, and lines are dropped and counted instead of anyone waiting.

use std::io::{self, Write as _};
use std::panic;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use env_logger::{Builder, Target};
use log::{LevelFilter, Record};

mod line;
mod queue;

use line::Escaped;
use queue::{Lines, Queue};

/// Bytes of log that wait to be written: about 8,000 lines.
const QUEUE_BYTES: usize = 1024 * 1024;

/// The lines of this process's log: there is one, as there is one logger.
static QUEUE: OnceLock<Arc<Queue>> = OnceLock::new();

/// How many lines were lost since the start, because standard error was slow, blocked or closed.
#[must_use]
pub fn dropped() -> u64 {
    QUEUE.get().map_or(0, |queue| queue.dropped())
}

/// Waits until everything logged so far is written, but no longer than this. Whether it was.
pub fn flush(bound: Duration) -> bool {
    QUEUE.get().is_none_or(|queue| queue.wait_until_written(bound))
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The process has a logger already.
    #[error("logging was started before")]
    Started(#[from] log::SetLoggerError),
    /// No thread to be had.
    #[error("the thread that writes the log did not start")]
    Thread(#[source] io::Error),
}

/// Starts logging for the whole process. `filter` is what `RUST_LOG` says (such as `info,roster::store=debug`);
/// without it `level` holds.
pub fn start(level: LevelFilter, filter: Option<&str>) -> Result<(), StartError> {
    let queue = QUEUE.get_or_init(|| Arc::new(Queue::new(QUEUE_BYTES)));
    builder(queue, level, filter).try_init()?;
    let write_out = || queue.write_to(&mut io::stderr());
    thread::Builder::new().name("log".to_owned()).spawn(write_out).map_err(StartError::Thread)?;
    Ok(())
}

/// Has panics logged. The standard hook writes to standard error itself, and waits for it.
pub fn log_panics() {
    panic::set_hook(Box::new(|panic| log::error!("{panic}")));
}

fn builder(queue: &Arc<Queue>, level: LevelFilter, filter: Option<&str>) -> Builder {
    let mut builder = Builder::new();
    builder.filter_level(level).format(format).target(Target::Pipe(Box::new(Lines::new(Arc::clone(queue)))));
    if let Some(filter) = filter {
        builder.parse_filters(filter);
    }
    builder
}

fn format(buffer: &mut env_logger::fmt::Formatter, record: &Record<'_>) -> io::Result<()> {
    let time = buffer.timestamp_micros();
    writeln!(buffer, "{time} {:<5} {} {}", record.level(), record.target(), Escaped(record.args()))
}

#[cfg(test)]
mod tests;
