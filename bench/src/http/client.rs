//! One request at a time over one kept-alive connection: for what is not measured.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::{Decoder, Requests, Response};
use crate::error::Error;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A connection for single requests.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    requests: Requests,
    decoder: Decoder,
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr, token: &str) -> Result<Self, Error> {
        let doing = format!("connect to {address}");
        let stream = TcpStream::connect(address).map_err(Error::io(&doing))?;
        stream.set_nodelay(true).map_err(Error::io(&doing))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(Error::io(&doing))?;
        Ok(Self { stream, requests: Requests::new(address, token), decoder: Decoder::new() })
    }

    /// Sends a request, with a body where there is one, and waits for its answer.
    pub fn call(&mut self, method: &str, path: &str, body: Option<&[u8]>) -> Result<Response<'_>, Error> {
        let mut request = Vec::new();
        match body {
            Some(body) => self.requests.with_body(method, path, body, &mut request),
            None => self.requests.bare(method, path, &mut request),
        }
        let doing = || format!("{method} {path}");
        self.stream.write_all(&request).map_err(Error::io(doing()))?;
        self.decoder.reset();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = self.stream.read(&mut buffer).map_err(Error::io(doing()))?;
            if count == 0 {
                return Err(Error::Wrong(format!("{}: the connection was closed", doing())));
            }
            if self.decoder.feed(buffer.get(..count).unwrap_or_default())? {
                return Ok(self.decoder.response());
            }
        }
    }
}
