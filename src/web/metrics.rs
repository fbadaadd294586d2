//! What is measured, in Prometheus' text format.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::scim::profile::{Profile, Tolerance};
use crate::service::{Denied, Meters};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: String,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QuirkLabels {
    profile: &'static str,
    quirk: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeniedLabels {
    reason: &'static str,
}

type Latency = Family<RouteLabels, Histogram, fn() -> Histogram>;

/// The meters of one server; clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    latency: Latency,
    quirks: Family<QuirkLabels, Counter>,
    denied: Family<DeniedLabels, Counter>,
    connections: Gauge,
    idle: Gauge,
    token_expiry: Gauge,
    dropped_lines: Gauge,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// What is looked up when somebody reads the meters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    pub connections: u32,
    pub idle: u32,
    /// Seconds until the next bearer token ends; negative if none does.
    pub token_expiry: i64,
    pub dropped_lines: u64,
}

fn latency() -> Histogram {
    Histogram::new(exponential_buckets(0.000_1, 2.0, 17))
}

impl Metrics {
    /// Meters that show the store's as well.
    #[must_use]
    pub fn new(store: &Meters) -> Self {
        let mut registry = Registry::default();
        store.register(&mut registry);
        let latency: Latency = Family::new_with_constructor(latency);
        let (requests, quirks, denied) = (Family::default(), Family::default(), Family::default());
        let gauges: [Gauge; 4] = std::array::from_fn(|_| Gauge::default());
        let [connections, idle, token_expiry, dropped_lines] = gauges;
        let server = registry.sub_registry_with_prefix("roster");
        server.register("http_requests", "Requests by route and status", Clone::clone(&requests));
        server.register("http_request_seconds", "Time to the head of the answer", latency.clone());
        server.register("quirks", "Deviations forgiven", Clone::clone(&quirks));
        server.register("denied", "Requests without a token that counts", Clone::clone(&denied));
        server.register("pool_connections", "Database connections open", connections.clone());
        server.register("pool_idle", "Database connections idle", idle.clone());
        server.register(
            "next_token_expiry_seconds",
            "Seconds to the next token's end, -1 if none",
            token_expiry.clone(),
        );
        server.register(
            "log_lines_dropped",
            "Log lines dropped while nobody read them",
            dropped_lines.clone(),
        );
        let registry = Arc::new(registry);
        Self { registry, requests, latency, quirks, denied, connections, idle, token_expiry, dropped_lines }
    }

    pub(super) fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { method: labels.method, route: labels.route };
        self.latency.get_or_create(&labels).observe(took.as_secs_f64());
    }

    pub(super) fn forgiven(&self, profile: Profile, tolerance: &Tolerance) {
        for (quirk, times) in tolerance.seen() {
            let labels = QuirkLabels { profile: profile.as_str(), quirk: quirk.as_str() };
            self.quirks.get_or_create(&labels).inc_by(u64::from(times));
        }
    }

    pub(super) fn denied(&self, reason: Denied) {
        self.denied.get_or_create(&DeniedLabels { reason: reason.as_str() }).inc();
    }

    /// The text that Prometheus reads.
    pub(super) fn text(&self, levels: Levels) -> String {
        self.connections.set(i64::from(levels.connections));
        self.idle.set(i64::from(levels.idle));
        self.token_expiry.set(levels.token_expiry);
        self.dropped_lines.set(i64::try_from(levels.dropped_lines).unwrap_or(i64::MAX));
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // Writing to a String cannot fail.
            Err(std::fmt::Error) => String::new(),
        }
    }
}
