//! Bounds of connections and of the time a request may take.

use std::time::Duration;

use super::reader::Reader;

/// The server section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Threads that serve; none is one for each core.
    pub workers: Option<usize>,
    /// Connections at most; more wait to be accepted.
    pub connections: usize,
    /// Bytes of a request's head: its line and its headers.
    pub head_bytes: usize,
    /// Time for a request's head to arrive.
    pub head_timeout: Duration,
    /// Time for a body of up to a megabyte to arrive; larger ones have more in proportion.
    pub body_timeout: Duration,
    /// Time for a request to be answered.
    pub request_timeout: Duration,
    /// Time for requests under way to be answered after SIGTERM.
    pub shutdown_timeout: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            workers: None,
            connections: 2000,
            head_bytes: 32 * 1024,
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

impl Server {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let default = Self::default();
        let time = Duration::from_millis(100)..=Duration::from_mins(10);
        Self {
            workers: reader.optional_count("server.workers", &(1..=1024)),
            connections: reader.count("server.connections", default.connections, &(1..=1_000_000)),
            // actix reads no more of a head than 128 KiB.
            head_bytes: reader.size("server.head_bytes", default.head_bytes, &(1024..=128 * 1024)),
            head_timeout: reader.duration("server.head_timeout", default.head_timeout, &time),
            body_timeout: reader.duration("server.body_timeout", default.body_timeout, &time),
            request_timeout: reader.duration("server.request_timeout", default.request_timeout, &time),
            shutdown_timeout: reader.duration("server.shutdown_timeout", default.shutdown_timeout, &time),
        }
    }
}
