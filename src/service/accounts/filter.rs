//! The filters of rules: SCIM filters (RFC 7644 section 3.4.2.2) on what is pushed of a user.

use crate::domain::{Field, Predicate};
use crate::scim::filter::{self, FilterError, Scope};
use crate::scim::limits::Limits;
use crate::scim::profile::{Profile, Tolerance};
use crate::scim::schema::Registry;
use crate::scim::{Context, urn};

/// Why a rule's filter cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RuleFilterError {
    /// It is no filter on a user.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// It asks for something that no directory pushes.
    #[error("a rule cannot ask for \"{0}\", which is not pushed; name groups by any_of and all_of")]
    NotPushed(String),
}

/// What only the server says of a user.
const NOT_PUSHED: [&str; 4] = ["id", "meta", "groups", "schemas"];

/// Reads a rule's filter.
pub fn read(text: &str, registry: &Registry, limits: &Limits) -> Result<Predicate, RuleFilterError> {
    let tolerance = Tolerance::new(Profile::Rfc);
    let context = Context { registry, tolerance: &tolerance, limits };
    let parsed = filter::parse(text, &context)?;
    let users: Vec<_> = registry.resource_types().iter().filter(|one| one.schema == urn::USER).collect();
    let scope = Scope { base_url: "", connection: uuid::Uuid::nil().into() };
    let predicate = filter::resolve(&parsed, &context, &users, &scope)?;
    let predicate = predicate.into_iter().next().unwrap_or(Predicate::Always(false));
    of_anybody(predicate)
}

/// The same without the question who made the user: a rule counts for every connection's. As deep as the filter was.
fn of_anybody(predicate: Predicate) -> Result<Predicate, RuleFilterError> {
    let each = |parts: Vec<Predicate>| parts.into_iter().map(of_anybody).collect::<Result<Vec<_>, _>>();
    Ok(match predicate {
        Predicate::MadeBy(_) => Predicate::Always(true),
        Predicate::All(parts) => Predicate::All(each(parts)?),
        Predicate::Any(parts) => Predicate::Any(each(parts)?),
        Predicate::Not(part) => Predicate::Not(Box::new(of_anybody(*part)?)),
        Predicate::Test(test) => {
            pushed(&test.field)?;
            Predicate::Test(test)
        }
        Predicate::Element { field, matches } => {
            pushed(&field)?;
            Predicate::Element { field, matches }
        }
        Predicate::Always(answer) => Predicate::Always(answer),
    })
}

fn pushed(field: &Field) -> Result<(), RuleFilterError> {
    match field.path.first() {
        Some(name) if NOT_PUSHED.contains(&name.as_str()) => Err(RuleFilterError::NotPushed(name.clone())),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reading(text: &str) -> Result<Predicate, RuleFilterError> {
        read(text, &Registry::built_in(), &Limits::default())
    }

    #[test]
    fn a_filter_asks_for_what_is_pushed_whoever_pushed_it() {
        let user = json!({"userName": "ada", "externalId": "7", "emails": [{"value": "ada@example.com"}]});
        for text in ["userName eq \"ADA\"", "externalId eq \"7\"", "emails[value ew \"@example.com\"]"] {
            let predicate = reading(text).unwrap();
            assert!(predicate.holds(user.as_object().unwrap(), uuid::Uuid::max().into()), "{text}");
        }
    }

    #[test]
    fn what_only_the_server_knows_cannot_be_asked_for() {
        for text in
            ["groups.value eq \"x\"", "not (meta.created gt \"2026-01-01T00:00:00Z\")", "title pr and id pr"]
        {
            assert!(matches!(reading(text), Err(RuleFilterError::NotPushed(_))), "{text}");
        }
        assert!(matches!(reading("nonsense eq 1"), Err(RuleFilterError::Filter(_))));
    }
}
