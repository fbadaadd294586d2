//! Requests, put together from parts that were prepared once.

use std::io::Write as _;
use std::net::SocketAddr;

/// The parts that all requests to one server share.
#[derive(Debug, Clone)]
pub struct Requests {
    /// From the version to the last shared header.
    shared: Vec<u8>,
}

impl Requests {
    /// Requests to `address`, with a bearer token.
    pub fn new(address: SocketAddr, token: &str) -> Self {
        let shared = format!(
            " HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nAccept: application/scim+json\r\n"
        );
        Self { shared: shared.into_bytes() }
    }

    /// Appends a request without a body.
    pub fn bare(&self, method: &str, path: &str, out: &mut Vec<u8>) {
        self.start(method, path, out);
        out.extend_from_slice(b"\r\n");
    }

    /// Appends a request with a SCIM body.
    pub fn with_body(&self, method: &str, path: &str, body: &[u8], out: &mut Vec<u8>) {
        self.start(method, path, out);
        // Writing to a vector cannot fail.
        let _written =
            write!(out, "Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n", body.len());
        out.extend_from_slice(body);
    }

    fn start(&self, method: &str, path: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(method.as_bytes());
        out.push(b' ');
        out.extend_from_slice(path.as_bytes());
        out.extend_from_slice(&self.shared);
    }
}
