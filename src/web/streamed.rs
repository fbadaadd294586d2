//! Bodies that are sent while they are written.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use crate::service::{Cut, Pieces};

/// The pieces of a body as they come.
pub(super) struct Streamed(pub Pieces);

impl Stream for Streamed {
    type Item = Result<Bytes, Cut>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next(context)
    }
}
