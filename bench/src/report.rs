//! The tables.

use std::time::Duration;

use crate::measure::Measurement;
use crate::names::thousands;
use crate::requirements::{Line, Verdict};
use crate::results::Row;

/// The heading of the rows.
pub fn heading() -> String {
    let line = format!(
        "{:<10} {:>9}  {:<58} {:>10} {:>9} {:>9} {:>9} {:>9} {:>8}",
        "database", "users", "what", "per s", "p50", "p99", "server µs", "driver µs", "peak MiB"
    );
    format!("{line}\n{}", "-".repeat(line.chars().count()))
}

/// One row; processor time is per request.
pub fn row(row: &Row) -> String {
    let start = format!("{:<10} {:>9}  {:<58}", row.backend, thousands(row.users), row.name);
    match &row.outcome {
        Err(reason) => format!("{start} FAILED: {reason}"),
        Ok(m) => format!(
            "{start} {:>10} {:>9} {:>9} {:>9} {:>9} {:>8}",
            rate(m.rate()),
            time(m.p50),
            time(m.p99),
            cpu(m, m.server_cpu),
            cpu(m, m.driver_cpu),
            m.peak_kib.map_or("-".to_owned(), |kib| format!("{}", kib.div_ceil(1024))),
        ),
    }
}

/// The table of what is required.
pub fn requirements(lines: &[Line]) -> String {
    let width = lines.iter().map(|line| line.text.chars().count()).max().unwrap_or_default();
    let shown = lines.iter().map(|line| {
        let verdict = match line.verdict {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::NotMeasured => "-",
        };
        format!(
            "{:<10} {:<width$}  {:>12}  {:>12}  {verdict}",
            line.backend, line.text, line.measured, line.required
        )
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn cpu(of: &Measurement, spent: Option<Duration>) -> String {
    spent.map_or("-".to_owned(), |spent| format!("{:.1}", of.micros_each(spent)))
}

/// A rate; a slow one with its fraction.
fn rate(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.1}") } else { thousands(format!("{rate:.0}")) }
}

/// A latency with three digits.
fn time(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    match duration.as_micros() {
        0..1_000 => format!("{micros:.0} µs"),
        1_000..10_000 => format!("{:.2} ms", micros / 1e3),
        10_000..100_000 => format!("{:.1} ms", micros / 1e3),
        100_000..1_000_000 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Backend;

    #[test]
    fn times_have_three_digits() {
        let cases = [(0, "0 µs"), (999, "999 µs"), (1_500, "1.50 ms"), (15_000, "15.0 ms")];
        for (micros, text) in cases {
            assert_eq!(time(Duration::from_micros(micros)), text);
        }
        assert_eq!(time(Duration::from_millis(150)), "150 ms");
        assert_eq!(time(Duration::from_millis(1500)), "1.50 s");
    }

    #[test]
    fn a_row_shows_its_numbers_or_its_failure() {
        let mut m = Measurement::of("x", Duration::from_secs(2), vec![Duration::from_millis(1); 4]);
        m.server_cpu = Some(Duration::from_micros(100));
        m.peak_kib = Some(1025);
        let mut shown =
            Row { backend: Backend::Sqlite, users: 10_000, name: "read".to_owned(), outcome: Ok(m) };
        let words =
            |row_: &Row| row(row_).split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(words(&shown), "SQLite 10,000 read 2.0 1.00 ms 1.00 ms 25.0 - 2");
        assert_eq!(row(&shown).chars().count(), heading().lines().next().unwrap().chars().count());
        shown.outcome = Err("wrong answer".to_owned());
        assert_eq!(words(&shown), "SQLite 10,000 read FAILED: wrong answer");
    }
}
