//! A measurement: how many requests in which time, and how long each took.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one row of the table says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The row's name.
    pub name: String,
    /// Requests answered rightly (for a database's limit: rows or rounds).
    pub requests: u64,
    /// From the first request's start to the last answer's end.
    pub elapsed: Duration,
    /// Half of the requests took at most this.
    pub p50: Duration,
    /// 99 of 100 requests took at most this.
    pub p99: Duration,
    /// The mean size of an answer's body in bytes.
    pub body: u64,
    /// Processor time of the server meanwhile.
    pub server_cpu: Option<Duration>,
    /// Processor time of the driver meanwhile.
    pub driver_cpu: Option<Duration>,
    /// The server's peak of resident memory in KiB, since the scenario began.
    pub peak_kib: Option<u64>,
}

impl Measurement {
    /// A measurement from every request's latency.
    pub fn of(name: impl Into<String>, elapsed: Duration, mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self {
            name: name.into(),
            requests: u64::try_from(latencies.len()).unwrap_or(u64::MAX),
            elapsed,
            p50: percentile(&latencies, 50),
            p99: percentile(&latencies, 99),
            body: 0,
            server_cpu: None,
            driver_cpu: None,
            peak_kib: None,
        }
    }

    /// Requests a second; 0 when nothing was measured.
    pub fn rate(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { float(self.requests) / seconds } else { 0.0 }
    }

    /// A time that was spent on all requests, in microseconds for one of them.
    pub fn micros_each(&self, spent: Duration) -> f64 {
        if self.requests == 0 { 0.0 } else { spent.as_secs_f64() * 1e6 / float(self.requests) }
    }
}

/// The smallest of the sorted values that at least `percent` of 100 do not exceed (nearest rank); zero of none.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// A count as a floating-point number; counts here stay far below 2^32, above it the bound is returned.
pub fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let cases: [(Vec<Duration>, usize, u64); 7] = [
            (vec![], 50, 0),
            (millis([7]), 50, 7),
            (millis([7]), 99, 7),
            (millis([1, 2]), 50, 1),
            (millis([1, 2, 3]), 50, 2),
            (millis(1..=100), 99, 99),
            (millis(1..=1000), 99, 990),
        ];
        for (values, percent, expected) in cases {
            assert_eq!(
                percentile(&values, percent),
                Duration::from_millis(expected),
                "{percent} % of {}",
                values.len()
            );
        }
    }

    #[test]
    fn a_measurement_sorts_its_latencies() {
        let m = Measurement::of("x", Duration::from_secs(2), millis([9, 1, 5, 3]));
        assert_eq!((m.requests, m.p50, m.p99), (4, Duration::from_millis(3), Duration::from_millis(9)));
        assert!((m.rate() - 2.0).abs() < 1e-9);
        assert!((m.micros_each(Duration::from_millis(2)) - 500.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_measured_has_no_rate() {
        let m = Measurement::of("x", Duration::ZERO, Vec::new());
        assert!(m.rate().abs() < f64::EPSILON);
        assert!(m.micros_each(Duration::from_secs(1)).abs() < f64::EPSILON);
    }
}
