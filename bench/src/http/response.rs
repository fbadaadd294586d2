//! Answers, decoded as they arrive.

use crate::error::Error;

/// No server here sends more headers than this.
const MAX_HEADERS: usize = 32;

/// A whole answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The body, without its transfer coding.
    pub body: &'a [u8],
}

impl Response<'_> {
    /// This answer as an error, with the beginning of its body.
    pub fn wrong(&self, why: impl std::fmt::Display) -> Error {
        let shown = self.body.get(..300).unwrap_or(self.body);
        Error::Wrong(format!("{why}: status {}, body {:?}", self.status, String::from_utf8_lossy(shown)))
    }

    /// The body as a message; any other status, or a body of another shape, is a wrong answer.
    pub fn json<'b, T: serde::Deserialize<'b>>(&'b self, status: u16) -> Result<T, Error> {
        if self.status != status {
            return Err(self.wrong(format_args!("expected status {status}")));
        }
        serde_json::from_slice(self.body).map_err(|error| self.wrong(error))
    }
}

/// How far the answer being received is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The head is not complete.
    Head,
    /// The body lies in the raw bytes from `start` to `end`.
    Length { status: u16, start: usize, end: usize },
    /// The next chunk's size begins at `next`.
    Chunked { status: u16, next: usize },
}

/// Decodes one answer after another from the bytes of one connection.
#[derive(Debug)]
pub struct Decoder {
    raw: Vec<u8>,
    /// The chunks so far.
    chunks: Vec<u8>,
    progress: Progress,
}

impl Decoder {
    /// A decoder of a fresh connection.
    pub fn new() -> Self {
        Self { raw: Vec::new(), chunks: Vec::new(), progress: Progress::Head }
    }

    /// Takes bytes as they arrived; true once the answer is whole.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<bool, Error> {
        self.raw.extend_from_slice(bytes);
        if self.progress == Progress::Head {
            self.read_head()?;
        }
        match self.progress {
            Progress::Head => Ok(false),
            Progress::Length { end, .. } => Ok(self.raw.len() >= end),
            Progress::Chunked { status, next } => self.read_chunks(status, next),
        }
    }

    /// The whole answer; meaningful once `feed` has returned true.
    pub fn response(&self) -> Response<'_> {
        match self.progress {
            Progress::Head => Response { status: 0, body: &[] },
            Progress::Length { status, start, end } => {
                Response { status, body: self.raw.get(start..end).unwrap_or_default() }
            }
            Progress::Chunked { status, .. } => Response { status, body: &self.chunks },
        }
    }

    /// Forgets the answer, for the next one on the connection.
    pub fn reset(&mut self) {
        self.raw.clear();
        self.chunks.clear();
        self.progress = Progress::Head;
    }

    fn read_head(&mut self) -> Result<(), Error> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let start = match head.parse(&self.raw).map_err(malformed)? {
            httparse::Status::Partial => return Ok(()),
            httparse::Status::Complete(start) => start,
        };
        let status = head.code.unwrap_or(0);
        self.progress = if header(head.headers, "transfer-encoding").is_some() {
            Progress::Chunked { status, next: start }
        } else {
            let length = match header(head.headers, "content-length") {
                Some(value) => std::str::from_utf8(value)
                    .ok()
                    .and_then(|value| value.trim().parse().ok())
                    .ok_or_else(|| malformed("Content-Length is not a number"))?,
                None if status == 204 || status == 304 => 0,
                None => return Err(malformed("an answer without a length")),
            };
            let end = start.checked_add(length).ok_or_else(|| malformed("Content-Length is too large"))?;
            Progress::Length { status, start, end }
        };
        Ok(())
    }

    /// Moves every complete chunk to the body; true after the last one (trailers are not expected).
    fn read_chunks(&mut self, status: u16, mut next: usize) -> Result<bool, Error> {
        loop {
            let rest = self.raw.get(next..).unwrap_or_default();
            let (digits, size) = match httparse::parse_chunk_size(rest).map_err(malformed_chunk)? {
                httparse::Status::Partial => break,
                httparse::Status::Complete(found) => found,
            };
            let size = usize::try_from(size).map_err(malformed)?;
            let end = digits.checked_add(size).ok_or_else(|| malformed("a chunk is too large"))?;
            let (Some(chunk), Some(line_end)) = (rest.get(digits..end), rest.get(end..end.saturating_add(2)))
            else {
                break;
            };
            if line_end != b"\r\n" {
                return Err(malformed("a chunk does not end where it says"));
            }
            if size == 0 {
                return Ok(true);
            }
            self.chunks.extend_from_slice(chunk);
            next += end + 2;
            self.progress = Progress::Chunked { status, next };
        }
        Ok(false)
    }
}

fn header<'h>(headers: &[httparse::Header<'h>], name: &str) -> Option<&'h [u8]> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

fn malformed(why: impl std::fmt::Display) -> Error {
    Error::Wrong(format!("not HTTP: {why}"))
}

fn malformed_chunk(_reason: httparse::InvalidChunkSize) -> Error {
    malformed("a chunk's size is not a number")
}
