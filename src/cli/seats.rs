//! `roster seats` and `roster issues`

use super::arguments::Trail;
use super::{CommandError, print_rows};
use crate::app::App;
use crate::service::{Organization, Problem};

pub(super) fn run(app: &App, command: &Trail) -> Result<(), CommandError> {
    for organization in organizations(app, command)? {
        let seats = app.core.seats(organization.id).map_err(Problem::from)?;
        print_rows(seats.into_iter().map(|(product, seats)| {
            let size = seats.size.map_or_else(|| "unlimited".to_owned(), |size| size.to_string());
            [
                organization.slug.clone(),
                product,
                format!("{} of {size} taken", seats.taken),
                format!("{} waiting", seats.waiting),
                seats.policy.to_owned(),
            ]
        }))?;
    }
    Ok(())
}

pub(super) fn issues(app: &App, command: &Trail) -> Result<(), CommandError> {
    for organization in organizations(app, command)? {
        let issues = app.core.issues(organization.id).map_err(Problem::from)?;
        print_rows(issues.into_iter().map(|issue| {
            let critical = if issue.kind.is_critical() { "critical: " } else { "" };
            let detail = format!("{critical}{}", issue.detail);
            let people: Vec<String> = issue.people.iter().take(20).map(ToString::to_string).collect();
            [
                organization.slug.clone(),
                issue.kind.to_string(),
                issue.subject,
                detail,
                issue.count.to_string(),
                people.join(" "),
            ]
        }))?;
    }
    Ok(())
}

fn organizations(app: &App, command: &Trail) -> Result<Vec<Organization>, Problem> {
    match &command.organization {
        Some(slug) => Ok(vec![app.core.organization(slug)?]),
        None => app.core.organizations(),
    }
}
