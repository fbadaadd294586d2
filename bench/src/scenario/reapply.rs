//! `roster apply` of a changed rule, until everybody's account is resolved; alone, or while people are created.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::create;
use crate::drive::{Budget, Plan};
use crate::error::Error;
use crate::measure::Measurement;
use crate::names;
use crate::notes;
use crate::program::{Finished, Program};

/// People are created for at most so long.
const LONGEST: Duration = Duration::from_hours(1);

/// Applies a declaration; meanwhile creates so many people a second, if any.
pub fn run(
    plan: &Plan,
    program: &Program,
    declaration: &Path,
    creates: Option<u32>,
) -> Result<Vec<Measurement>, Error> {
    let accounts = super::count(&notes::users(&plan.notes)?);
    let Some(per_second) = creates else {
        return Ok(super::command(&plan.name, accounts, &apply(program, declaration)?).into());
    };
    let applied = AtomicBool::new(false);
    let (finished, pushed) = thread::scope(|scope| {
        let applying = scope.spawn(|| {
            let finished = apply(program, declaration);
            applied.store(true, Ordering::Relaxed);
            finished
        });
        let budget = Budget::Paced { per_second, duration: LONGEST };
        let pushed = create::create(plan, u64::MAX, budget, &applied);
        let panicked = |_panic| Err(Error::Other("applying panicked".to_owned()));
        (applying.join().unwrap_or_else(panicked), pushed)
    });
    let [applied, own] = super::command(&names::reapply_amid(per_second), accounts, &finished?);
    Ok(vec![pushed?, applied, own])
}

fn apply(program: &Program, declaration: &Path) -> Result<Finished, Error> {
    let finished = program.apply(declaration)?;
    let printed = finished.printed.lines().next().unwrap_or_default();
    if printed.strip_prefix("revision ").is_some_and(|rest| rest.parse::<u64>().is_ok()) {
        return Ok(finished);
    }
    Err(Error::Wrong(format!("expected a new revision: {printed}")))
}
