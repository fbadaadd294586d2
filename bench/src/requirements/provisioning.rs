//! What provisioning must reach.

use super::{Bound, Judge, Line};
use crate::declaration::PORTAL;
use crate::names::{self, thousands};
use crate::results::{Backend, Number, Results};
use crate::run::{ASKED, CREATED_AMID, SMALL_GROUP, Sizes};

/// Judges the rows of the organization with rules.
pub(super) fn judge(results: &Results, backend: Backend, sizes: &Sizes) -> Vec<Line> {
    let mut judge = Judge { results, backend, lines: Vec::new() };
    let users = sizes.provisioning.users();
    judge.creates(users);
    judge.joins(users, sizes.provisioning.accounts);
    judge.asks(users);
    judge.preview(users);
    judge.reapplying(users);
    judge.lines
}

impl Judge<'_> {
    fn creates(&mut self, users: u64) {
        let ratio = self.rate(users, names::CREATE_RULED).per(self.rate(users, names::CREATE_PLAIN));
        self.line("create with 20 rules over 50 groups / without any", Bound::Percent(60.0), ratio);
    }

    fn joins(&mut self, users: u64, accounts: usize) {
        let p50 = |size| self.results.p50(self.backend, users, &names::join(size));
        let growth = p50(accounts).per(p50(SMALL_GROUP));
        let (large, small) = (thousands(accounts), thousands(SMALL_GROUP));
        let text = format!("add a member, 5 rules: p50 in {large} / in {small}");
        self.line(text, Bound::Times(1.5), growth);
    }

    fn asks(&mut self, users: u64) {
        for portal in [None, Some(PORTAL)] {
            let name = names::ask(ASKED, portal);
            let p99 = self.results.p99(self.backend, users, &name);
            self.line(format!("{name}: p99"), Bound::Millis(2.0), p99);
        }
    }

    fn preview(&mut self, users: u64) {
        let at = thousands(users);
        let peak = |name: &str| self.results.peak_of(self.backend, users, name);
        let seconds = self.results.p50(self.backend, users, names::PREVIEW).per(Number::Measured(1e3));
        let server = peak(names::PREVIEW);
        let process = peak(&names::own_process(names::PREVIEW));
        self.line(format!("preview of a rule over {at} accounts"), Bound::Seconds(20.0), seconds);
        self.line("preview: memory of its process", Bound::Mebibytes(250.0), process);
        self.line("preview: memory of the server", Bound::Mebibytes(250.0), server);
    }

    fn reapplying(&mut self, users: u64) {
        if self.backend == Backend::Sqlite {
            for name in [names::REAPPLY_MORE, names::REAPPLY_LESS] {
                let rate = self.rate(users, name);
                self.line(format!("{name}, accounts"), Bound::Rate(5000.0), rate);
            }
        }
        let name = names::creates_amid(CREATED_AMID);
        let p99 = self.results.p99(self.backend, users, &name);
        self.line(format!("{name}: p99"), Bound::Millis(1000.0), p99);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::Verdict;
    use crate::requirements::tests::{add, found, sizes};

    #[test]
    fn a_requirement_compares_the_right_rows() {
        let users = sizes().provisioning.users();
        let mut results = Results::default();
        add(&mut results, users, names::CREATE_PLAIN, 100, 1);
        add(&mut results, users, names::CREATE_RULED, 59, 1);
        add(&mut results, users, &names::join(SMALL_GROUP), 10, 10);
        add(&mut results, users, &names::join(1000), 10, 15);
        add(&mut results, users, &names::ask(ASKED, None), 500, 2);
        add(&mut results, users, &names::ask(ASKED, Some(PORTAL)), 500, 3);
        add(&mut results, users, names::PREVIEW, 1000, 20_001);
        add(&mut results, users, &names::own_process(names::PREVIEW), 1000, 1);
        add(&mut results, users, names::REAPPLY_MORE, 5000, 1000);
        add(&mut results, users, names::REAPPLY_LESS, 4999, 1000);
        let lines = judge(&results, Backend::Sqlite, &sizes());
        let cases = [
            ("create with 20 rules over 50 groups / without any", Verdict::Fail),
            ("add a member, 5 rules: p50 in 1,000 / in 100", Verdict::Pass),
            ("ask by userName and product, 500 a second: p99", Verdict::Pass),
            ("ask by userName and product and portal, 500 a second: p99", Verdict::Fail),
            ("preview of a rule over 1,010 accounts", Verdict::Fail),
            ("preview: memory of its process", Verdict::Pass),
            ("preview: memory of the server", Verdict::Pass),
            ("re-apply rules: a product more, accounts", Verdict::Pass),
            ("re-apply rules: a product less, accounts", Verdict::Fail),
            ("create 50 users a second, rules re-applied: p99", Verdict::NotMeasured),
        ];
        for (text, verdict) in cases {
            assert_eq!(found(&lines, text), verdict, "{text}");
        }
        assert_eq!(lines.len(), cases.len());
    }
}
