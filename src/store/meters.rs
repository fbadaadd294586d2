//! What the store measures of itself.

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The store's meters; clones share their values.
#[derive(Debug, Clone)]
pub struct Meters {
    /// Writes waiting (SQLite).
    pub queue_length: Gauge,
    /// Writes in one commit (SQLite).
    pub batch_size: Arc<Histogram>,
    /// Seconds a commit took (SQLite).
    pub commit_seconds: Arc<Histogram>,
    /// Transactions run again after a deadlock or serialization failure (PostgreSQL).
    pub retries: Counter,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            queue_length: Gauge::default(),
            batch_size: Arc::new(Histogram::new(exponential_buckets(1.0, 2.0, 7))),
            commit_seconds: Arc::new(Histogram::new(exponential_buckets(0.000_05, 2.0, 16))),
            retries: Counter::default(),
        }
    }
}

impl Meters {
    /// Makes them readable under `roster_store_...`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("roster_store");
        registry.register("writer_queue_length", "Writes waiting for the writer", self.queue_length.clone());
        registry.register("writer_batch_size", "Writes in one commit", (*self.batch_size).clone());
        registry.register("writer_commit_seconds", "Duration of a commit", (*self.commit_seconds).clone());
        registry.register("transaction_retries", "Transactions run again", self.retries.clone());
    }
}
