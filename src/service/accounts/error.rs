//! Why what an account should have cannot be worked out.

use crate::store::StoreError;

/// Why accounts cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No seat is left, and the pool's policy is to refuse what would need one.
    #[error("no licence of {product} is left: {taken} of {size} are taken")]
    NoSeat {
        /// The product, as people call it.
        product: String,
        /// How many are taken.
        taken: i64,
        /// How many there are.
        size: i64,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}
