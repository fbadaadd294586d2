//! The connection to the server: base URL, TLS, time limits.

use crate::wire::{self, Response};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

/// How long connecting, each read and each write may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Why a request got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The base URL is not one.
    #[error("the URL must be http://HOST[:PORT][/PATH] or https://..., without query and fragment")]
    Url,
    /// No address of the server takes connections.
    #[error("cannot connect: {0}")]
    Connect(io::ErrorKind),
    /// TLS cannot be set up, or the server's certificate is not trusted.
    #[error("TLS: {0}")]
    Tls(String),
    /// A header that cannot be sent, by name.
    #[error("header {0:?} holds a line break or another character that no header may have")]
    Header(String),
    /// The request could not be sent.
    #[error("sending failed: {0}")]
    Send(io::ErrorKind),
    /// No answer came.
    #[error(transparent)]
    Answer(#[from] wire::Error),
}

/// Talks to one server.
#[derive(Clone, Debug)]
pub struct Client {
    base: Base,
    tls: Option<Arc<ClientConfig>>,
}

/// The parts of a base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Base {
    /// As the `Host` header has it.
    authority: String,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    /// Without a slash at its end.
    path: String,
    tls: bool,
}

impl Client {
    /// A client of the server at this base URL; for https the system's certificate authorities are trusted.
    ///
    /// # Errors
    /// The URL is not one that can be used, or TLS cannot be set up.
    pub fn new(url: &str) -> Result<Self, Error> {
        let base = Base::parse(url).ok_or(Error::Url)?;
        let tls = base.tls.then(tls_config).transpose()?;
        Ok(Self { base, tls })
    }

    /// Sends a request and reads its answer, over a connection of its own. The target is what follows the base URL.
    ///
    /// # Errors
    /// The request cannot be sent, or no complete answer comes.
    pub fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: Option<&[u8]>,
    ) -> Result<Response, Error> {
        if let Some((name, _)) = headers.iter().find(|(name, value)| !is_header(name, value)) {
            return Err(Error::Header(name.clone()));
        }
        let target = format!("{}{target}", self.base.path);
        let request = wire::request(method, &target, &self.base.authority, headers, body);
        let connection = self.connect()?;
        match &self.tls {
            None => exchange(connection, &request, method),
            Some(config) => {
                let name = ServerName::try_from(self.base.host.clone()).map_err(|_reason| Error::Url)?;
                let session = ClientConnection::new(Arc::clone(config), name)
                    .map_err(|error| Error::Tls(error.to_string()))?;
                exchange(StreamOwned::new(session, connection), &request, method)
            }
        }
    }

    fn connect(&self) -> Result<TcpStream, Error> {
        let failed = |error: io::Error| Error::Connect(error.kind());
        let mut last = Error::Connect(io::ErrorKind::AddrNotAvailable);
        for address in (self.base.host.as_str(), self.base.port).to_socket_addrs().map_err(failed)? {
            match TcpStream::connect_timeout(&address, TIME_LIMIT) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(TIME_LIMIT)).map_err(failed)?;
                    stream.set_write_timeout(Some(TIME_LIMIT)).map_err(failed)?;
                    stream.set_nodelay(true).map_err(failed)?;
                    return Ok(stream);
                }
                Err(error) => last = failed(error),
            }
        }
        Err(last)
    }
}

/// A server may answer before it has read the whole request and close: then its answer counts, not the failed write.
fn exchange(mut stream: impl Read + Write, request: &[u8], method: &str) -> Result<Response, Error> {
    let sent = stream.write_all(request).and_then(|()| stream.flush());
    match (wire::read_response(&mut stream, method), sent) {
        (Ok(response), _) => Ok(response),
        (Err(_no_answer), Err(error)) => Err(match error.get_ref() {
            Some(inner) if inner.is::<rustls::Error>() => Error::Tls(inner.to_string()),
            _ => Error::Send(error.kind()),
        }),
        (Err(error), Ok(())) => Err(error.into()),
    }
}

fn tls_config() -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// RFC 9110 sections 5.1 and 5.5.
fn is_header(name: &str, value: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty()
        && name.bytes().all(is_token)
        && !value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t')
}

impl Base {
    fn parse(url: &str) -> Option<Self> {
        let (tls, rest) = match url.split_once("://")? {
            (scheme, rest) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            (scheme, rest) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            _ => return None,
        };
        if !rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#@".contains(&byte)) {
            return None;
        }
        let (authority, path) = rest.split_once('/').map_or((rest, String::new()), |(authority, path)| {
            (authority, format!("/{path}").trim_end_matches('/').to_owned())
        });
        let (host, port) = split_authority(authority)?;
        let port = port.map_or(Some(if tls { 443 } else { 80 }), |port| port.parse().ok())?;
        Some(Self { authority: authority.to_owned(), host: host.to_owned(), port, path, tls })
    }
}

/// Host and port of an authority; an IPv6 address stands in brackets.
fn split_authority(authority: &str) -> Option<(&str, Option<&str>)> {
    let (host, after) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => {
            authority.find(':').and_then(|colon| authority.split_at_checked(colon)).unwrap_or((authority, ""))
        }
    };
    match after.strip_prefix(':') {
        _ if host.is_empty() => None,
        Some(port) => Some((host, Some(port))),
        None => after.is_empty().then_some((host, None)),
    }
}

#[cfg(test)]
mod tests;
