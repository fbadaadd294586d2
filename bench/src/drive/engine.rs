//! Sends requests over some kept-alive connections from one thread, and measures how long each takes.

mod paced;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::error::Error;
use crate::http::{Decoder, Response};

/// A server that is silent for so long is taken for dead.
const PATIENCE: Duration = Duration::from_mins(1);
/// What is read from a socket at once, in bytes.
const BUFFER: usize = 64 << 10;

/// What a scenario sends, and how it judges the answers.
pub trait Traffic {
    /// Appends the next request of a connection; false when the connection has nothing left to send.
    fn request(&mut self, connection: usize, out: &mut Vec<u8>) -> bool;
    /// Judges the answer to a connection's last request.
    fn answer(&mut self, connection: usize, response: &Response<'_>) -> Result<(), Error>;
}

/// When to stop sending; the answers on their way are still awaited.
#[derive(Debug, Clone, Copy)]
pub enum Budget {
    /// After this time.
    Time(Duration),
    /// When the traffic has nothing left to send.
    Whole,
    /// After this time, or when the traffic has nothing left. Until then so many requests a second are due, however long the
    /// answers take; a latency counts from when its request was due, not from when a connection was free for it.
    Paced {
        /// Requests a second.
        per_second: u32,
        /// How long requests are due.
        duration: Duration,
    },
}

/// What was measured.
#[derive(Debug, Clone, Default)]
pub struct Load {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// One per request, in the order of the answers.
    pub latencies: Vec<Duration>,
    /// The bytes of all bodies.
    pub bytes: u64,
}

/// One kept-alive connection with at most one request on its way.
struct Connection {
    stream: TcpStream,
    decoder: Decoder,
    request: Vec<u8>,
    /// How much of the request is written.
    written: usize,
    sent: Instant,
    busy: bool,
}

/// Sends until the budget or the traffic ends. The first wrong answer ends it with an error.
pub fn run(
    address: SocketAddr,
    connections: usize,
    budget: Budget,
    traffic: &mut impl Traffic,
) -> Result<Load, Error> {
    let limit = match budget {
        Budget::Time(limit) => limit,
        Budget::Whole => Duration::MAX,
        Budget::Paced { per_second, duration } => {
            let pool = Pool::connect(address, connections)?;
            return paced::run(pool, per_second, duration, traffic);
        }
    };
    let Pool { mut readiness, connections: mut pool } = Pool::connect(address, connections)?;
    let mut buffer = vec![0; BUFFER];
    let mut events = Events::with_capacity(connections.max(1));
    let mut load = Load::default();
    let start = Instant::now();
    let mut busy = 0_usize;
    for (key, connection) in pool.iter_mut().enumerate() {
        busy += usize::from(connection.start(key, traffic)?);
    }
    while busy > 0 {
        wait(&mut readiness, &mut events)?;
        for event in &events {
            let key = event.token().0;
            let Some(connection) = pool.get_mut(key).filter(|connection| connection.busy) else { continue };
            if !connection.go_on(key, start, &mut buffer, traffic, &mut load)? {
                continue;
            }
            if load.elapsed >= limit || !connection.start(key, traffic)? {
                busy -= 1;
            }
        }
    }
    Ok(load)
}

/// All connections to a server, and what tells which can go on.
struct Pool {
    readiness: Poll,
    connections: Vec<Connection>,
}

impl Pool {
    fn connect(address: SocketAddr, connections: usize) -> Result<Self, Error> {
        let readiness = Poll::new().map_err(Error::io("poll"))?;
        let connections =
            (0..connections).map(|key| connect(&readiness, address, key)).collect::<Result<_, _>>()?;
        Ok(Self { readiness, connections })
    }
}

fn connect(poll: &Poll, address: SocketAddr, key: usize) -> Result<Connection, Error> {
    let doing = format!("connect to {address}");
    let stream = std::net::TcpStream::connect(address).map_err(Error::io(&doing))?;
    stream.set_nodelay(true).map_err(Error::io(&doing))?;
    stream.set_nonblocking(true).map_err(Error::io(&doing))?;
    let mut stream = TcpStream::from_std(stream);
    poll.registry()
        .register(&mut stream, Token(key), Interest::READABLE | Interest::WRITABLE)
        .map_err(Error::io(&doing))?;
    let (decoder, request) = (Decoder::new(), Vec::new());
    Ok(Connection { stream, decoder, request, written: 0, sent: Instant::now(), busy: false })
}

/// Waits until some connection can go on.
fn wait(poll: &mut Poll, events: &mut Events) -> Result<(), Error> {
    loop {
        match poll.poll(events, Some(PATIENCE)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io("poll")(error)),
            Ok(()) if events.is_empty() => return Err(silent()),
            Ok(()) => return Ok(()),
        }
    }
}

fn silent() -> Error {
    Error::Wrong(format!("no answer within {} s", PATIENCE.as_secs()))
}

impl Connection {
    /// Sends the next request; false when there is none.
    fn start(&mut self, key: usize, traffic: &mut impl Traffic) -> Result<bool, Error> {
        self.request.clear();
        self.written = 0;
        self.decoder.reset();
        self.busy = traffic.request(key, &mut self.request);
        if self.busy {
            self.sent = Instant::now();
            self.write()?;
        }
        Ok(self.busy)
    }

    /// Writes and reads what the socket allows; true once the answer is whole, which is then noted and judged.
    fn go_on(
        &mut self,
        key: usize,
        start: Instant,
        buffer: &mut [u8],
        traffic: &mut impl Traffic,
        load: &mut Load,
    ) -> Result<bool, Error> {
        self.write()?;
        if !self.read(buffer)? {
            return Ok(false);
        }
        let now = Instant::now();
        load.latencies.push(now.duration_since(self.sent));
        load.elapsed = now.duration_since(start);
        let response = self.decoder.response();
        load.bytes += u64::try_from(response.body.len()).unwrap_or_default();
        traffic.answer(key, &response)?;
        self.busy = false;
        Ok(true)
    }

    /// Writes what the socket takes; readiness is reported by edge, so it goes on until the socket refuses.
    fn write(&mut self) -> Result<(), Error> {
        while let Some(rest) = self.request.get(self.written..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("send a request")(error)),
            }
        }
        Ok(())
    }

    /// Reads what has arrived; true once the answer is whole.
    fn read(&mut self, buffer: &mut [u8]) -> Result<bool, Error> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(Error::Wrong("the connection was closed".to_owned())),
                Ok(count) => {
                    if self.decoder.feed(buffer.get(..count).unwrap_or_default())? {
                        return Ok(true);
                    }
                    // A short read has emptied the socket (epoll(7)); more will be a new edge.
                    if count < buffer.len() {
                        return Ok(false);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read an answer")(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
