//! All rows of a run, and how one finds a number in them again.

use std::fmt;

use crate::measure::{Measurement, float};

/// The database under the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A row: measured, or failed with its reason.
#[derive(Debug, Clone)]
pub struct Row {
    /// The database.
    pub backend: Backend,
    /// The size of the directory.
    pub users: u64,
    /// What was measured.
    pub name: String,
    /// The numbers.
    pub outcome: Result<Measurement, String>,
}

/// A number that a requirement needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// It was measured.
    Measured(f64),
    /// Its row failed.
    Failed,
    /// There is no such row.
    Missing,
}

impl Number {
    /// This divided by another.
    pub fn per(self, other: Self) -> Self {
        match (self, other) {
            (Self::Measured(a), Self::Measured(b)) if b > 0.0 => Self::Measured(a / b),
            // A rate or a time of zero measured nothing.
            (Self::Failed, _) | (_, Self::Failed) | (Self::Measured(_), Self::Measured(_)) => Self::Failed,
            (Self::Missing, _) | (_, Self::Missing) => Self::Missing,
        }
    }
}

/// The rows in the order in which they were measured.
#[derive(Debug, Clone, Default)]
pub struct Results {
    rows: Vec<Row>,
}

/// The rows of a run: the directory's and the organization's with rules are no neighbours.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Without rules.
    pub directory: Results,
    /// With rules.
    pub provisioning: Results,
}

impl Results {
    /// Adds a row.
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Whether some row failed.
    pub fn any_failed(&self) -> bool {
        self.rows.iter().any(|row| row.outcome.is_err())
    }

    /// Requests a second; where something was measured twice, over both together.
    pub fn rate(&self, backend: Backend, users: u64, name: &str) -> Number {
        self.number(backend, users, name, |rows| {
            let mut whole = Measurement::of(name, rows.iter().map(|row| row.elapsed).sum(), Vec::new());
            whole.requests = rows.iter().map(|row| row.requests).sum();
            whole.rate()
        })
    }

    /// The median latency in milliseconds; where something was measured twice, the mean of both.
    pub fn p50(&self, backend: Backend, users: u64, name: &str) -> Number {
        self.number(backend, users, name, |rows| {
            let sum: f64 = rows.iter().map(|row| row.p50.as_secs_f64() * 1e3).sum();
            sum / rows.iter().map(|_row| 1.0).sum::<f64>()
        })
    }

    /// The latency in milliseconds that 99 of 100 stayed under; where something was measured twice, the larger.
    pub fn p99(&self, backend: Backend, users: u64, name: &str) -> Number {
        self.number(backend, users, name, |rows| {
            rows.iter().map(|row| row.p99.as_secs_f64() * 1e3).fold(0.0, f64::max)
        })
    }

    /// The server's peak of memory in MiB over the rows of the sizes that `sizes` accepts.
    pub fn peak(&self, backend: Backend, sizes: impl Fn(u64) -> bool) -> Number {
        let rows = self.rows.iter().filter(|row| row.backend == backend && sizes(row.users));
        let peaks = rows.filter_map(|row| row.outcome.as_ref().ok()?.peak_kib);
        let peak = peaks.max().and_then(|kib| u32::try_from(kib).ok());
        peak.map_or(Number::Missing, |kib| Number::Measured(f64::from(kib) / 1024.0))
    }

    /// The largest peak of memory in MiB of the rows of a name.
    pub fn peak_of(&self, backend: Backend, users: u64, name: &str) -> Number {
        let found = self.number(backend, users, name, |rows| {
            let peaks = rows.iter().filter_map(|row| row.peak_kib).map(|kib| float(kib) / 1024.0);
            peaks.fold(0.0, f64::max)
        });
        // A row that knows no peak says nothing about memory.
        if found == Number::Measured(0.0) { Number::Failed } else { found }
    }

    fn number(
        &self,
        backend: Backend,
        users: u64,
        name: &str,
        of: impl Fn(&[&Measurement]) -> f64,
    ) -> Number {
        let found = self.rows.iter().filter(|r| r.backend == backend && r.users == users && r.name == name);
        match found.map(|row| row.outcome.as_ref()).collect::<Result<Vec<_>, _>>() {
            Err(_reason) => Number::Failed,
            Ok(rows) if rows.is_empty() => Number::Missing,
            Ok(rows) => Number::Measured(of(&rows)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    pub fn row(name: &str, users: u64, requests: u64, seconds: u64) -> Row {
        let mut m = Measurement::of(name, Duration::from_secs(seconds), vec![Duration::from_millis(2)]);
        m.requests = requests;
        Row { backend: Backend::Sqlite, users, name: name.to_owned(), outcome: Ok(m) }
    }

    #[test]
    fn a_limit_measured_twice_counts_as_one() {
        let mut results = Results::default();
        results.add(row("limit", 10, 100, 1));
        results.add(row("limit", 10, 500, 2));
        results.add(row("limit", 20, 1, 1));
        assert_eq!(results.rate(Backend::Sqlite, 10, "limit"), Number::Measured(200.0));
        assert_eq!(results.rate(Backend::Postgres, 10, "limit"), Number::Missing);
        assert_eq!(results.rate(Backend::Sqlite, 10, "other"), Number::Missing);
        assert_eq!(results.p50(Backend::Sqlite, 10, "limit"), Number::Measured(2.0));
    }

    #[test]
    fn a_failed_row_fails_what_needs_it() {
        let mut results = Results::default();
        results.add(row("read", 10, 100, 1));
        results.add(Row { outcome: Err("wrong".to_owned()), ..row("limit", 10, 1, 1) });
        let (read, limit) =
            (results.rate(Backend::Sqlite, 10, "read"), results.rate(Backend::Sqlite, 10, "limit"));
        assert_eq!(read.per(limit), Number::Failed);
        assert_eq!(limit.per(Number::Missing), Number::Failed);
        assert_eq!(read.per(Number::Missing), Number::Missing);
        assert_eq!(read.per(Number::Measured(0.0)), Number::Failed);
        assert_eq!(read.per(Number::Measured(50.0)), Number::Measured(2.0));
        assert!(results.any_failed());
    }

    #[test]
    fn the_peak_is_the_largest_of_the_accepted_sizes() {
        let mut results = Results::default();
        for (users, kib) in [(10, 1024), (10, 3072), (20, 9216)] {
            let mut row = row("x", users, 1, 1);
            if let Ok(m) = row.outcome.as_mut() {
                m.peak_kib = Some(kib);
            }
            results.add(row);
        }
        assert_eq!(results.peak(Backend::Sqlite, |users| users <= 10), Number::Measured(3.0));
        assert_eq!(results.peak(Backend::Sqlite, |users| users > 20), Number::Missing);
        assert_eq!(results.peak_of(Backend::Sqlite, 10, "x"), Number::Measured(3.0));
        assert_eq!(results.peak_of(Backend::Sqlite, 10, "y"), Number::Missing);
        results.add(row("y", 10, 1, 1));
        assert_eq!(results.peak_of(Backend::Sqlite, 10, "y"), Number::Failed);
    }
}
