//! What the numbers must reach: ratios inside one run, as the same machine differs from itself by the hour.

mod provisioning;

use crate::names::{self, Beside};
use crate::results::{Backend, Number, Outcome, Results};
use crate::run::Sizes;

/// Whether a requirement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Pass,
    /// It is not, or a row that it needs failed.
    Fail,
    /// The run did not measure it.
    NotMeasured,
}

/// One requirement with its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The database.
    pub backend: Backend,
    /// What is required.
    pub text: String,
    /// What was measured.
    pub measured: String,
    /// The bound.
    pub required: String,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// Where the number must lie.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    /// Percent, at least.
    Percent(f64),
    /// Times, at most.
    Times(f64),
    /// Milliseconds, at most.
    Millis(f64),
    /// Seconds, at most.
    Seconds(f64),
    /// So many a second, at least.
    Rate(f64),
    /// MiB, below.
    Mebibytes(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::Percent(bound) => value * 100.0 >= bound,
            Self::Rate(bound) => value >= bound,
            Self::Times(bound) | Self::Millis(bound) | Self::Seconds(bound) => value <= bound,
            Self::Mebibytes(bound) => value < bound,
        }
    }

    fn required(self) -> String {
        match self {
            Self::Percent(bound) => format!(">= {bound:.0} %"),
            Self::Times(bound) => format!("<= {bound:.1} x"),
            Self::Millis(bound) => format!("<= {bound:.0} ms"),
            Self::Seconds(bound) => format!("<= {bound:.0} s"),
            Self::Rate(bound) => format!(">= {bound:.0} / s"),
            Self::Mebibytes(bound) => format!("< {bound:.0} MiB"),
        }
    }

    fn shown(self, value: f64) -> String {
        match self {
            Self::Percent(_) => format!("{:.1} %", value * 100.0),
            Self::Times(_) => format!("{value:.2} x"),
            Self::Millis(_) => format!("{value:.2} ms"),
            Self::Seconds(_) => format!("{value:.2} s"),
            Self::Rate(_) => format!("{value:.0} / s"),
            Self::Mebibytes(_) => format!("{value:.0} MiB"),
        }
    }
}

/// Collects the lines of one database.
struct Judge<'a> {
    results: &'a Results,
    backend: Backend,
    lines: Vec<Line>,
}

/// Judges both parts' rows of a database, measured at these sizes.
pub fn judge(outcome: &Outcome, backend: Backend, sizes: &Sizes) -> Vec<Line> {
    let mut lines = directory(&outcome.directory, backend, sizes);
    lines.extend(provisioning::judge(&outcome.provisioning, backend, sizes));
    lines
}

fn directory(results: &Results, backend: Backend, sizes: &Sizes) -> Vec<Line> {
    let mut judge = Judge { results, backend, lines: Vec::new() };
    for users in &sizes.stages {
        judge.reads(*users);
        judge.writes(*users);
    }
    if let (Some(smallest), Some(largest)) = (sizes.stages.first(), sizes.stages.last())
        && smallest < largest
    {
        let growth = judge.rate(*largest, names::FILTER).per(judge.rate(*smallest, names::FILTER));
        let (smallest, largest) = (names::thousands(smallest), names::thousands(largest));
        judge.line(format!("filter at {largest} users / at {smallest}"), Bound::Percent(80.0), growth);
    }
    judge.members(sizes);
    judge.pages(sizes);
    judge.memory(sizes);
    judge.lines
}

impl Judge<'_> {
    fn line(&mut self, text: impl Into<String>, bound: Bound, number: Number) {
        let (measured, verdict) = match number {
            Number::Measured(value) if bound.holds(value) => (bound.shown(value), Verdict::Pass),
            Number::Measured(value) => (bound.shown(value), Verdict::Fail),
            Number::Failed => ("row failed".to_owned(), Verdict::Fail),
            Number::Missing => (String::new(), Verdict::NotMeasured),
        };
        let line =
            Line { backend: self.backend, text: text.into(), measured, required: bound.required(), verdict };
        self.lines.push(line);
    }

    fn rate(&self, users: u64, name: &str) -> Number {
        self.results.rate(self.backend, users, name)
    }

    fn reads(&mut self, users: u64) {
        let (limit, what, read, filter) = match self.backend {
            Backend::Sqlite => (names::ROW, "L2", 60.0, 50.0),
            Backend::Postgres => (names::SELECT, "L4's select", 30.0, 30.0),
        };
        let at = names::thousands(users);
        let limit = self.rate(users, limit);
        let ratio = self.rate(users, names::READ).per(limit);
        self.line(format!("read by id at {at} users / {what}"), Bound::Percent(read), ratio);
        let ratio = self.rate(users, names::FILTER).per(limit);
        self.line(format!("filter userName eq at {at} users / {what}"), Bound::Percent(filter), ratio);
    }

    fn writes(&mut self, users: u64) {
        let at = names::thousands(users);
        let create = self.rate(users, names::CREATE);
        match self.backend {
            Backend::Sqlite => {
                let sixteen = self.rate(users, &names::sqlite_inserts(16, Beside::Users));
                let one = self.rate(users, &names::sqlite_inserts(1, Beside::Users));
                let patch = self.rate(users, names::PATCH);
                self.line(
                    format!("create before {at} users / L3 at 16"),
                    Bound::Percent(35.0),
                    create.per(sixteen),
                );
                self.line(
                    format!("create before {at} users / L3 at one"),
                    Bound::Percent(100.0),
                    create.per(one),
                );
                self.line(
                    format!("PATCH active before {at} users / create"),
                    Bound::Percent(100.0),
                    patch.per(create),
                );
            }
            Backend::Postgres => {
                let own = self.rate(users, names::REPLAY);
                let insert = self.rate(users, names::INSERT);
                self.line(
                    format!("create before {at} users / its statements"),
                    Bound::Percent(50.0),
                    create.per(own),
                );
                self.line(
                    format!("create before {at} users / L4's insert"),
                    Bound::Percent(15.0),
                    create.per(insert),
                );
            }
        }
    }

    fn members(&mut self, sizes: &Sizes) {
        let users = sizes.detail;
        let p50 = |size| self.results.p50(self.backend, users, &names::edit(size, 1));
        if let (Some(smallest), Some(largest)) = (sizes.groups.first(), sizes.groups.last())
            && smallest < largest
        {
            let growth = p50(*largest).per(p50(*smallest));
            let (smallest, largest) = (names::thousands(smallest), names::thousands(largest));
            self.line(format!("edit a member: p50 of {largest} / of {smallest}"), Bound::Times(1.3), growth);
        }
        for size in &sizes.groups {
            let of = names::thousands(size);
            let one = self.rate(users, &names::edit(*size, 1));
            let eight = self.rate(users, &names::edit(*size, 8));
            if self.backend == Backend::Sqlite {
                let limit = self.rate(users, &names::sqlite_inserts(1, Beside::Members));
                self.line(format!("edit a member of {of} / L3 at one"), Bound::Percent(50.0), one.per(limit));
            }
            let text = format!("edit a member of {of}, none lost: 8 connections / 1");
            self.line(text, Bound::Percent(100.0), eight.per(one));
        }
    }

    fn pages(&mut self, sizes: &Sizes) {
        let at = names::thousands(sizes.detail);
        let p50 = |name: &str| self.results.p50(self.backend, sizes.detail, name);
        let (index, cursor) = (p50(names::CRAWL_INDEX), p50(names::CRAWL_CURSOR));
        let first = p50(&names::part(names::CRAWL_CURSOR, "first tenth"));
        let growth = p50(&names::part(names::CRAWL_CURSOR, "last tenth")).per(first);
        let group = p50(&names::of_size(names::GROUP, sizes.group_to_read));
        let scan = self.results.p99(self.backend, sizes.detail, names::SCAN);
        self.line(format!("page of 100 by index of {at}, each user once: p50"), Bound::Millis(5.0), index);
        self.line(format!("page of 100 by cursor of {at}: p50"), Bound::Millis(5.0), cursor);
        self.line("page by cursor: p50 of the last / of the first", Bound::Times(1.3), growth);
        let size = names::thousands(sizes.group_to_read);
        self.line(format!("read a group of {size}: p50"), Bound::Millis(15.0), group);
        self.line(format!("filter without index over {at}: p99"), Bound::Millis(1000.0), scan);
    }

    fn memory(&mut self, sizes: &Sizes) {
        const SMALL: u64 = 100_000;
        let small = self.results.peak(self.backend, |users| users <= SMALL);
        let large = self.results.peak(self.backend, |users| users > SMALL);
        self.line("peak memory up to 100,000 users", Bound::Mebibytes(150.0), small);
        if sizes.stages.iter().any(|users| *users > SMALL) {
            self.line("peak memory above 100,000 users", Bound::Mebibytes(300.0), large);
        }
    }
}

#[cfg(test)]
pub mod tests {
    use std::time::Duration;

    use super::*;
    use crate::measure::Measurement;
    use crate::results::Row;
    use crate::run::Provisioned;

    pub fn sizes() -> Sizes {
        let provisioning = Provisioned { accounts: 1000, newcomers: 10 };
        Sizes { stages: vec![10, 1000], detail: 10, groups: vec![5, 9], group_to_read: 9, provisioning }
    }

    pub fn add(results: &mut Results, users: u64, name: &str, requests: u64, p50: u64) {
        let mut m = Measurement::of(name, Duration::from_secs(1), vec![Duration::from_millis(p50)]);
        m.requests = requests;
        m.peak_kib = Some(150 << 10);
        results.add(Row { backend: Backend::Sqlite, users, name: name.to_owned(), outcome: Ok(m) });
    }

    fn verdict(results: &Results, text: &str) -> Verdict {
        let lines = directory(results, Backend::Sqlite, &sizes());
        found(&lines, text)
    }

    pub fn found(lines: &[Line], text: &str) -> Verdict {
        let found: Vec<&Line> = lines.iter().filter(|line| line.text == text).collect();
        assert_eq!(found.len(), 1, "{text} among {lines:#?}");
        found[0].verdict
    }

    #[test]
    fn without_rows_nothing_passes() {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let lines = judge(&Outcome::default(), backend, &sizes());
            assert!(lines.iter().all(|line| line.verdict == Verdict::NotMeasured), "{lines:#?}");
            assert!(lines.len() > 22, "{}", lines.len());
        }
    }

    #[test]
    fn bounds_hold_where_they_say() {
        let cases = [
            (Bound::Percent(60.0), 0.60, true),
            (Bound::Percent(60.0), 0.599, false),
            (Bound::Times(1.3), 1.3, true),
            (Bound::Times(1.3), 1.31, false),
            (Bound::Millis(5.0), 5.1, false),
            (Bound::Seconds(20.0), 20.0, true),
            (Bound::Seconds(20.0), 20.1, false),
            (Bound::Rate(5000.0), 5000.0, true),
            (Bound::Rate(5000.0), 4999.0, false),
            (Bound::Mebibytes(150.0), 149.9, true),
            (Bound::Mebibytes(150.0), 150.0, false),
        ];
        for (bound, value, holds) in cases {
            assert_eq!(bound.holds(value), holds, "{value} {}", bound.required());
        }
    }

    #[test]
    fn a_requirement_compares_the_right_rows() {
        let mut results = Results::default();
        add(&mut results, 10, names::ROW, 100, 1);
        add(&mut results, 10, names::READ, 60, 1);
        add(&mut results, 10, names::FILTER, 49, 1);
        add(&mut results, 1000, names::FILTER, 40, 1);
        add(&mut results, 10, &names::edit(5, 1), 10, 10);
        add(&mut results, 10, &names::edit(9, 1), 10, 14);
        assert_eq!(verdict(&results, "read by id at 10 users / L2"), Verdict::Pass);
        assert_eq!(verdict(&results, "filter userName eq at 10 users / L2"), Verdict::Fail);
        assert_eq!(verdict(&results, "filter userName eq at 1,000 users / L2"), Verdict::NotMeasured);
        assert_eq!(verdict(&results, "filter at 1,000 users / at 10"), Verdict::Pass);
        assert_eq!(verdict(&results, "edit a member: p50 of 9 / of 5"), Verdict::Fail);
        assert_eq!(verdict(&results, "peak memory up to 100,000 users"), Verdict::Fail);
    }
}
