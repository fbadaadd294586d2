//! Answers too large to hold: written in pieces while they are read, in bounded memory.

use bytes::Bytes;
use tokio::sync::mpsc;

/// How many bytes are collected before a piece goes out.
const PIECE: usize = 64 * 1024;
/// How many pieces may wait for a slow client.
const WAITING: usize = 4;

/// A body: whole, or still being written.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// Pieces as they come. If the writer fails on the way it ends with an error, so that nobody takes what came for
    /// the whole.
    Pieces(mpsc::Receiver<Result<Bytes, Cut>>),
}

/// The body ends here though it is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer could not be completed")]
pub struct Cut;

/// The client is gone, so nobody needs the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// The writing end. It blocks while the client is slow, so it belongs on the blocking pool.
pub(super) struct Outflow {
    piece: Vec<u8>,
    to: mpsc::Sender<Result<Bytes, Cut>>,
}

impl Outflow {
    pub(super) fn new() -> (Self, mpsc::Receiver<Result<Bytes, Cut>>) {
        let (to, from) = mpsc::channel(WAITING);
        (Self { piece: Vec::with_capacity(PIECE), to }, from)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() < PIECE {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.to.blocking_send(Ok(full.into())).map_err(|_closed| Gone)
    }

    pub(super) fn finish(self) {
        if !self.piece.is_empty() {
            drop(self.to.blocking_send(Ok(self.piece.into())));
        }
    }

    pub(super) fn cut(self) {
        drop(self.to.blocking_send(Err(Cut)));
    }
}
