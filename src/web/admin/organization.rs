//! `/admin/v1/organization`, `/jobs` and `/changes`.

use super::shapes::trail as shapes;
use crate::service::ChangeFilter;
use crate::web::api::endpoint::{Call, Endpoint, get};
use crate::web::api::{Answered, answer};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/organization", "See the organization", organization)
            .versioned()
            .showing::<shapes::Organization>(),
        get("/jobs", "See how far the jobs are", jobs).showing::<shapes::Jobs>(),
        get("/changes", "List what was done", changes)
            .listing::<shapes::Change>(&["target", "actor", "action"]),
    ]
}

async fn organization(call: Call) -> Answered {
    Ok(answer::item(&call.request, &call.access.organization().await?))
}

async fn jobs(call: Call) -> Answered {
    Ok(answer::value(&call.access.jobs().await?))
}

async fn changes(call: Call) -> Answered {
    let text = |name: &str| call.query.get(name).map(str::to_owned);
    let filter = ChangeFilter { target: text("target"), actor: text("actor"), action: text("action") };
    Ok(answer::page(call.access.changes(filter, call.query.after()?, call.query.limit()?).await?))
}
