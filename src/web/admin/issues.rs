//! `/admin/v1/issues`: what could not be done and somebody should look at.

use super::shapes::trail::Issue;
use crate::web::api::endpoint::{Call, Endpoint, get};
use crate::web::api::{Answered, answer};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![get("/issues", "List what could not be done", list).listing::<Issue>(&["kind"])]
}

async fn list(call: Call) -> Answered {
    let kind = call.query.get("kind").map(str::to_owned);
    Ok(answer::page(call.access.issues(kind, call.query.after()?, call.query.limit()?).await?))
}
