//! What holders of API keys ask: the administration's use cases, by an account's key, and the products' questions.

mod error;
mod problem;

use std::sync::Arc;

pub use error::AdminError;
pub use problem::{ProblemDetails, ProblemKind};

use super::Core;
use super::api_keys::Principal;
use super::trail::Author;

/// One request of one holder of an API key. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access {
    /// What use cases work with.
    pub core: Core,
    /// Who asks.
    pub principal: Arc<Principal>,
    /// The request's id.
    pub request: Arc<str>,
}

impl Access {
    pub(super) fn author(&self) -> Author {
        self.principal.author(&self.request)
    }
}
