//! What the server needs to know to serve.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::RateLimit;

/// How to serve.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The public URL without a trailing slash: what links begin with and what assertions are meant for.
    pub public_url: String,
    /// Certificate and key, to speak TLS.
    pub tls: Option<Tls>,
    /// How many threads serve.
    pub workers: usize,
    /// How many connections may be open.
    pub connections: usize,
    /// How many bytes a request's head may have.
    pub head_bytes: usize,
    /// How long a client may take to send a head.
    pub head_time: Duration,
    /// How long a client may take to send a body of up to a megabyte; large ones have in proportion more.
    pub body_time: Duration,
    /// How many requests a client may send.
    pub rate: RateLimit,
    /// How many log lines were dropped so far.
    pub dropped_lines: fn() -> u64,
    /// How long requests under way may take to finish once the server is told to stop.
    pub grace: Duration,
}

/// Files for TLS.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}
