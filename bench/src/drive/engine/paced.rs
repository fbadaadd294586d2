//! Requests at a fixed rate: each is sent when it is due, or as soon afterwards as a connection is free.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Token, Waker};

use super::{BUFFER, Load, PATIENCE, Pool, Traffic, silent, wait};
use crate::error::Error;

/// No connection has this key.
const BEAT: Token = Token(usize::MAX);

/// Wakes the engine whenever a request is due; it stops when this is dropped. A thread sleeps much more exactly than a poll,
/// which counts in whole milliseconds.
struct Metronome {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Metronome {
    fn start(waker: Waker, from: Instant, interval: Duration) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let beat = move || {
            let mut due = from;
            while !stopped.load(Ordering::Relaxed) && waker.wake().is_ok() {
                due += interval;
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        };
        let thread = thread::Builder::new().name("metronome".to_owned()).spawn(beat);
        Ok(Self { stop, thread: Some(thread.map_err(Error::io("a thread"))?) })
    }
}

impl Drop for Metronome {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It cannot panic.
            drop(thread.join());
        }
    }
}

/// Sends `per_second` requests a second for `duration`, or until the traffic has nothing left.
pub(super) fn run(
    pool: Pool,
    per_second: u32,
    duration: Duration,
    traffic: &mut impl Traffic,
) -> Result<Load, Error> {
    let Pool { mut readiness, connections: mut pool } = pool;
    let interval = Duration::from_secs(1) / per_second.max(1);
    let waker = Waker::new(readiness.registry(), BEAT).map_err(Error::io("poll"))?;
    let mut buffer = vec![0; BUFFER];
    let mut events = Events::with_capacity(pool.len().saturating_add(1));
    // In turns: a server closes a connection over which nothing comes.
    let mut idle: VecDeque<usize> = (0..pool.len()).collect();
    let mut load = Load::default();
    let start = Instant::now();
    let (mut due, mut end) = (start, start + duration);
    let mut heard = start;
    let metronome = Metronome::start(waker, start, interval)?;
    loop {
        while due < end && due <= Instant::now() {
            let Some(key) = idle.pop_front() else { break };
            let Some(connection) = pool.get_mut(key) else { break };
            if !connection.start(key, traffic)? {
                idle.push_front(key);
                end = due;
                break;
            }
            connection.sent = due;
            due += interval;
        }
        if due >= end && idle.len() == pool.len() {
            drop(metronome);
            return Ok(load);
        }
        // The metronome ends every wait, so that a silent server has to be noticed here.
        if idle.len() == pool.len() {
            heard = Instant::now();
        } else if heard.elapsed() > PATIENCE {
            return Err(silent());
        }
        wait(&mut readiness, &mut events)?;
        for event in &events {
            let key = event.token().0;
            let Some(connection) = pool.get_mut(key).filter(|connection| connection.busy) else { continue };
            if connection.go_on(key, start, &mut buffer, traffic, &mut load)? {
                heard = Instant::now();
                idle.push_back(key);
            }
        }
    }
}
