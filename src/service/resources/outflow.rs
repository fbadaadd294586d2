//! Answers too large to hold: written in pieces while they are read, in bounded memory and time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How many bytes are collected before a piece goes out.
const PIECE: usize = 64 * 1024;
/// How many pieces may wait for a slow client.
const WAITING: usize = 4;
/// How long a client may take for one piece, and for all of them: while it reads, a connection and a snapshot of the
/// database are held for it.
const PIECE_TIME: Duration = Duration::from_secs(10);
pub(in crate::service) const WHOLE_TIME: Duration = Duration::from_mins(1);

/// A body: whole, or still being written.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// Pieces as they come.
    Pieces(Pieces),
}

/// The reading end.
#[derive(Debug)]
pub struct Pieces {
    from: mpsc::Receiver<Piece>,
    ended: bool,
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    /// Nothing follows, and nothing is missing.
    End,
}

/// The body ends here though it is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer could not be completed")]
pub struct Cut;

impl Pieces {
    /// The next piece; none at the end. Whatever became of the writer, a body that is not complete ends with an
    /// error, so that nobody takes what came for the whole.
    pub fn poll_next(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Bytes, Cut>>> {
        if self.ended {
            return std::task::Poll::Ready(None);
        }
        self.from.poll_recv(context).map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(bytes)),
            Some(Piece::End) => {
                self.ended = true;
                None
            }
            None => {
                self.ended = true;
                Some(Err(Cut))
            }
        })
    }
}

/// The client is gone, or as good as: nobody needs the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) struct Gone;

/// The writing end. It blocks while the client is slow, so it belongs on the blocking pool.
pub(in crate::service) struct Outflow {
    piece: Vec<u8>,
    to: mpsc::Sender<Piece>,
    until: Instant,
}

impl Outflow {
    pub(in crate::service) fn new() -> (Self, Pieces) {
        let (to, from) = mpsc::channel(WAITING);
        let until = Instant::now() + WHOLE_TIME;
        (Self { piece: Vec::with_capacity(PIECE), to, until }, Pieces { from, ended: false })
    }

    pub(in crate::service) fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() < PIECE {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.send(Piece::Bytes(full.into()))
    }

    /// Whether anybody still reads, in time.
    pub(in crate::service) fn check(&self) -> Result<(), Gone> {
        if self.to.is_closed() || Instant::now() > self.until { Err(Gone) } else { Ok(()) }
    }

    /// Says that the body is complete. Without it the reader gets an error.
    pub(in crate::service) fn finish(mut self) -> Result<(), Gone> {
        let rest = std::mem::take(&mut self.piece);
        self.send(Piece::Bytes(rest.into()))?;
        self.send(Piece::End)
    }

    fn send(&self, piece: Piece) -> Result<(), Gone> {
        let left = self.until.saturating_duration_since(Instant::now()).min(PIECE_TIME);
        let sent = Handle::current().block_on(timeout(left, self.to.send(piece)));
        if matches!(sent, Ok(Ok(()))) { Ok(()) } else { Err(Gone) }
    }
}
