//! `roster apply --preview` of a changed rule.

use std::path::Path;

use crate::declaration::CHANGED_PRODUCT;
use crate::drive::Plan;
use crate::error::Error;
use crate::measure::Measurement;
use crate::notes;
use crate::program::Program;

/// Previews a declaration by which so many people gain a product.
pub fn run(
    plan: &Plan,
    program: &Program,
    declaration: &Path,
    gaining: u64,
) -> Result<Vec<Measurement>, Error> {
    let people = super::count(&notes::users(&plan.notes)?);
    let finished = program.watch(&["apply", &declaration.display().to_string(), "--preview"])?;
    judge(&finished.printed, people, gaining)?;
    Ok(super::command(&plan.name, people, &finished).into())
}

/// The first line counts people; then each grant that somebody would gain has a line with how many.
fn judge(printed: &str, people: u64, gaining: u64) -> Result<(), Error> {
    let wrong = |what: String| {
        Err(Error::Wrong(format!("{what}: {}", printed.chars().take(300).collect::<String>())))
    };
    let counted = format!(": {gaining} of {people} people");
    if !printed.lines().next().unwrap_or_default().ends_with(&counted) {
        return wrong(format!("expected {gaining} of {people} people"));
    }
    let gained = printed.lines().filter_map(|line| {
        let (grant, rest) = line.strip_prefix("+\t")?.split_once('\t')?;
        grant.contains(CHANGED_PRODUCT).then(|| rest.split('\t').next())?
    });
    if gained.clone().any(|count| count.parse() == Ok(gaining)) {
        return Ok(());
    }
    wrong(format!("expected {gaining} to gain {CHANGED_PRODUCT}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_judged_by_who_gains_what() {
        let printed = "revision 3: 70 of 80 people\n+\tproduct helpdesk\t70\ta@b c@d\n-\tx\t0\t";
        assert!(judge(printed, 80, 70).is_ok());
        assert!(judge(printed, 80, 7).is_err(), "another number of people");
        assert!(judge(printed, 70, 70).is_err(), "another size");
        assert!(judge(&printed.replace("+\t", "-\t"), 80, 70).is_err(), "lost, not gained");
        assert!(judge(&printed.replace("desk\t70", "desk\t7"), 80, 70).is_err(), "fewer gain it");
        assert!(judge("", 0, 0).is_err());
    }
}
