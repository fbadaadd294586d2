//! HTTP/1.1 on a byte stream (RFC 9112), one request and one answer per connection.
//!
//! Written out here because a replayed request must reach the server exactly as a transcript has it: no normalised target,
//! no header added, none reordered, nothing followed or decoded.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};

/// The largest head that is read, in bytes.
const HEAD_LIMIT: usize = 64 * 1024;
/// The most header lines that are read.
const HEADER_LIMIT: usize = 128;
/// The largest body that is read, in bytes.
const BODY_LIMIT: u64 = 256 * 1024 * 1024;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The connection failed while the answer was read.
    #[error("reading failed: {0}")]
    Read(std::io::ErrorKind),
    /// The server closed the connection before it answered.
    #[error("the server closed the connection without an answer")]
    Closed,
    /// The server closed the connection within its answer.
    #[error("the answer ends too early")]
    Truncated,
    /// What came is not HTTP/1.1.
    #[error("the answer is not HTTP/1.1: {0}")]
    Malformed(&'static str),
    /// The answer is larger than this client reads.
    #[error("the answer is too large")]
    TooLarge,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names as sent, values with bytes beyond ASCII replaced.
    pub headers: Vec<(String, String)>,
    /// The body, still encoded if the server encoded it.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header; the last one if it was sent more than once.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .rev()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The bytes of a request. `Host` and `Content-Length` are added unless they are among the headers; the latter also for a
/// method that usually has a body and has none here.
#[must_use]
pub fn request(
    method: &str,
    target: &str,
    authority: &str,
    headers: &[(String, String)],
    body: Option<&[u8]>,
) -> Vec<u8> {
    let given = |name: &str| headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    let mut line = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        _ = write!(head, "{name}: {value}\r\n");
    };
    if !given("Host") {
        line("Host", authority);
    }
    for (name, value) in headers {
        line(name, value);
    }
    let length = body.map_or(0, <[u8]>::len);
    if !given("Content-Length") && (body.is_some() || matches!(method, "POST" | "PUT" | "PATCH")) {
        line("Content-Length", &length.to_string());
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body.unwrap_or_default());
    bytes
}

/// Reads the answer to a request of this method; interim answers (1xx) are passed over.
///
/// # Errors
/// The connection fails, or what comes is not a complete answer.
pub fn read_response(stream: impl Read, method: &str) -> Result<Response, Error> {
    let mut stream = BufReader::new(stream);
    let mut response = loop {
        let response = read_head(&mut stream)?;
        if !(100..200).contains(&response.status) {
            break response;
        }
    };
    if method != "HEAD" && !matches!(response.status, 204 | 304) {
        response.body = read_body(&mut stream, &response)?;
    }
    Ok(response)
}

fn read_head(stream: &mut impl BufRead) -> Result<Response, Error> {
    let mut head = Vec::new();
    loop {
        let line = read_line(stream, HEAD_LIMIT.saturating_sub(head.len()))?;
        if line.is_empty() {
            return Err(if head.is_empty() { Error::Closed } else { Error::Truncated });
        }
        head.extend_from_slice(&line);
        if matches!(line.as_slice(), b"\r\n" | b"\n") && head.len() > line.len() {
            return parse_head(&head);
        }
    }
}

fn parse_head(head: &[u8]) -> Result<Response, Error> {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
    let mut parsed = httparse::Response::new(&mut headers);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(Error::Truncated),
        Err(_reason) => return Err(Error::Malformed("bad status line or header")),
    }
    let headers = parsed
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let status = parsed.code.ok_or(Error::Malformed("no status code"))?;
    Ok(Response { status, headers, body: Vec::new() })
}

/// The body's length is found as RFC 9112 section 6.3 says.
fn read_body(stream: &mut impl BufRead, head: &Response) -> Result<Vec<u8>, Error> {
    match (head.header("Transfer-Encoding"), head.header("Content-Length")) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => read_chunks(stream),
        (None, Some(length)) => {
            let length = length.parse().map_err(|_reason| Error::Malformed("bad Content-Length"))?;
            read_exactly(stream, length)
        }
        (Some(_), _) | (None, None) => read_to_end(stream),
    }
}

fn read_chunks(stream: &mut impl BufRead) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    loop {
        let size = chunk_size(&read_line(stream, HEAD_LIMIT)?)?;
        if size == 0 {
            break;
        }
        body.extend_from_slice(&read_exactly(stream, size)?);
        if u64::try_from(body.len()).is_ok_and(|length| length > BODY_LIMIT) {
            return Err(Error::TooLarge);
        }
        if read_exactly(stream, 2)? != b"\r\n" {
            return Err(Error::Malformed("a chunk does not end where it should"));
        }
    }
    // Trailers say nothing that is looked at.
    while !matches!(read_line(stream, HEAD_LIMIT)?.as_slice(), b"\r\n" | b"\n" | b"") {}
    Ok(body)
}

/// The size of a chunk, in hexadecimal before any extension (RFC 9112 section 7.1).
fn chunk_size(line: &[u8]) -> Result<u64, Error> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok())
        .ok_or(Error::Malformed("bad chunk size"))
}

fn read_exactly(stream: &mut impl BufRead, length: u64) -> Result<Vec<u8>, Error> {
    if length > BODY_LIMIT {
        return Err(Error::TooLarge);
    }
    let mut body = Vec::new();
    let read = stream.take(length).read_to_end(&mut body).map_err(failed)?;
    if u64::try_from(read) == Ok(length) { Ok(body) } else { Err(Error::Truncated) }
}

fn read_to_end(stream: &mut impl BufRead) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let read = stream.take(BODY_LIMIT.saturating_add(1)).read_to_end(&mut body).map_err(failed)?;
    if u64::try_from(read).is_ok_and(|read| read <= BODY_LIMIT) { Ok(body) } else { Err(Error::TooLarge) }
}

/// A line with its end; empty at the end of the stream.
fn read_line(stream: &mut impl BufRead, limit: usize) -> Result<Vec<u8>, Error> {
    let mut line = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    stream.take(limit).read_until(b'\n', &mut line).map_err(failed)?;
    if u64::try_from(line.len()) == Ok(limit) && line.last() != Some(&b'\n') {
        return Err(Error::TooLarge);
    }
    Ok(line)
}

#[expect(clippy::needless_pass_by_value, reason = "the signature that map_err wants")]
fn failed(error: std::io::Error) -> Error {
    Error::Read(error.kind())
}

#[cfg(test)]
mod tests;
