//! Large bodies are worked on one at a time: parsed, each takes many times the memory that it has bytes.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::error::WebError;

/// From how many bytes on a body is large.
const LARGE_BYTES: usize = 256 * 1024;
/// How long one waits for its turn.
const WAIT: Duration = Duration::from_secs(10);

/// Whose turn it is.
#[derive(Debug, Clone)]
pub(super) struct LargeBodies(Arc<Semaphore>);

/// A turn, kept with the request until that is answered.
struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Default for LargeBodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl LargeBodies {
    /// Waits for the turn of a request whose body has arrived, if that is large. No client is waited for meanwhile.
    pub(super) async fn take_turn(&self, request: &HttpRequest, bytes: usize) -> Result<(), WebError> {
        if bytes < LARGE_BYTES {
            return Ok(());
        }
        match timeout(WAIT, Arc::clone(&self.0).acquire_owned()).await {
            Ok(Ok(permit)) => {
                request.extensions_mut().insert(Turn { _permit: permit });
                Ok(())
            }
            Ok(Err(_)) | Err(_) => {
                Err(WebError::new(503, None, "too many large requests at once; nothing was changed").after(2))
            }
        }
    }
}
