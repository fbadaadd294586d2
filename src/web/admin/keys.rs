//! `/admin/v1/keys`: which keys there are, and revoking them. Keys make no keys.

use super::shapes::clients::Key;
use crate::web::api::endpoint::{Call, Endpoint, delete, get};
use crate::web::api::{Answered, answer};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/keys", "List API keys", list).listing::<Key>(&[]),
        delete("/keys/{id}", "Revoke an API key", revoke),
    ]
}

async fn list(call: Call) -> Answered {
    Ok(answer::page(call.access.keys(call.query.after_id()?, call.query.limit()?).await?))
}

async fn revoke(call: Call) -> Answered {
    call.access.revoke_key(call.id("id")?).await?;
    Ok(answer::done())
}
