//! That a blocked target stops nobody, and that no message makes two lines.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use log::{Level, Log as _};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Writes what it is given, but only while allowed: each write takes one permit and waits for it.
struct Gate {
    permits: Receiver<io::Result<()>>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl io::Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A gate whose other end is gone lets nothing pass any more.
        self.permits.recv().unwrap_or_else(|_gone| {
            loop {
                thread::park();
            }
        })?;
        self.written.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Running {
    queue: Arc<Queue>,
    lines: Lines,
    permits: Sender<io::Result<()>>,
    written: Arc<Mutex<Vec<u8>>>,
}

fn run(capacity: usize) -> Running {
    let queue = Arc::new(Queue::new(capacity));
    let written = Arc::new(Mutex::new(Vec::new()));
    let (permits, gate) = channel();
    let mut gate = Gate { permits: gate, written: Arc::clone(&written) };
    let behind = Arc::clone(&queue);
    thread::spawn(move || behind.write_to(&mut gate));
    Running { lines: Lines::new(Arc::clone(&queue)), queue, permits, written }
}

impl Running {
    fn log(&mut self, text: &str) {
        self.lines.write_all(text.as_bytes()).unwrap();
    }

    fn let_pass(&self, writes: usize) {
        (0..writes).for_each(|_| self.permits.send(Ok(())).unwrap());
    }

    fn written(&self) -> String {
        String::from_utf8(self.written.lock().unwrap().clone()).unwrap()
    }
}

#[test]
fn lines_are_written_in_order() {
    let mut log = run(1 << 20);
    log.let_pass(2000);
    let lines: Vec<String> = (0..1000).map(|number| format!("line {number}\n")).collect();
    for line in &lines {
        log.log(line);
    }
    assert!(log.queue.wait_until_written(10 * SECOND));
    assert_eq!(log.written(), lines.concat());
    assert_eq!(log.queue.dropped(), 0);
}

#[test]
fn a_blocked_target_stops_nobody_and_what_is_lost_is_counted_and_told() {
    let mut log = run(100);
    let begin = Instant::now();
    // Ten bytes each: at most ten lines wait and ten are at the writer; the rest is dropped.
    (0..1000).for_each(|_| log.log("123456789\n"));
    assert!(begin.elapsed() < SECOND, "a thousand lines took {:?}", begin.elapsed());
    let dropped = log.queue.dropped();
    assert!((980..=990).contains(&dropped), "{dropped}");
    assert!(!log.queue.wait_until_written(Duration::from_millis(20)), "nothing was let pass");
    log.let_pass(100);
    assert!(log.queue.wait_until_written(10 * SECOND));
    let written = log.written();
    let kept = written.lines().filter(|line| *line == "123456789").count();
    assert_eq!(u64::try_from(kept).unwrap() + dropped, 1000);
    assert!(written.contains(&format!("{dropped} lines of this log were dropped\n")), "{written}");
}

#[test]
fn a_target_that_fails_loses_lines_and_heals() {
    let mut log = run(100);
    log.permits.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
    log.log("lost\n");
    assert!(log.queue.wait_until_written(10 * SECOND));
    assert_eq!(log.queue.dropped(), 1);
    log.let_pass(100);
    log.log("kept\n");
    assert!(log.queue.wait_until_written(10 * SECOND));
    assert!(log.written().starts_with("kept\n"), "{}", log.written());
}

#[test]
fn no_message_makes_two_lines_or_moves_the_cursor() {
    let cases = [
        ("plain ünïcode 名", "plain ünïcode 名"),
        ("two\nlines", "two\\nlines"),
        ("\r\x1b[2K\u{9b}1A\0", "\\r\\u{1b}[2K\\u{9b}1A\\u{0}"),
        ("a\u{2028}b\u{2029}c\u{85}", "a\\u{2028}b\\u{2029}c\\u{85}"),
        ("\u{202e}gpj.exe\u{2066}", "\\u{202e}gpj.exe\\u{2066}"),
    ];
    for (message, line) in cases {
        assert_eq!(Escaped(message).to_string(), line);
    }
}

#[test]
fn a_long_message_is_cut() {
    for message in ["x".repeat(100_000), "é\n".repeat(50_000)] {
        let line = Escaped(&message).to_string();
        assert!(line.len() < 20_000 && line.ends_with(" [cut]"), "{}", line.len());
    }
    assert_eq!(Escaped("x".repeat(8192)).to_string().len(), 8192);
}

#[test]
fn a_record_becomes_a_line_with_time_level_and_target() {
    let log = run(1 << 20);
    log.let_pass(10);
    let logger = builder(&log.queue, LevelFilter::Info, None).build();
    let record = |level| {
        let arguments = format_args!("one\n{}", "two");
        logger.log(&Record::builder().level(level).target("roster::web").args(arguments).build());
    };
    record(Level::Warn);
    record(Level::Debug);
    assert!(log.queue.wait_until_written(10 * SECOND));
    let written = log.written();
    let (time, rest) = written.split_once(' ').unwrap();
    assert_eq!(rest, "WARN  roster::web one\\ntwo\n");
    assert!(time.parse::<crate::domain::Timestamp>().is_ok(), "{time}");
}

#[test]
fn the_environment_filter_wins_over_the_level() {
    let queue = Arc::new(Queue::new(100));
    let filter = |filter| builder(&queue, LevelFilter::Info, filter).build().filter();
    assert_eq!(filter(None), LevelFilter::Info);
    assert_eq!(filter(Some("error")), LevelFilter::Error);
    assert_eq!(filter(Some("info,roster::store=trace")), LevelFilter::Trace);
}
