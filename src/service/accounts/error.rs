//! Why what an account should have cannot be worked out.

use crate::store::StoreError;

/// No seat is left for what somebody would be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no licence of {product} is left: {taken} of {size} are taken")]
pub struct NoSeat {
    /// The product, as people call it.
    pub product: String,
    /// How many are taken.
    pub taken: i64,
    /// How many there are.
    pub size: i64,
}

/// Why accounts cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No seat is left, and the pool's policy is to refuse what would need one.
    #[error(transparent)]
    NoSeat(#[from] NoSeat),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}
