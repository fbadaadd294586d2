//! `/admin/v1/keys`: which keys there are, and revoking them. Keys make no keys.

use crate::web::api::endpoint::{Call, Endpoint, delete, get};
use crate::web::api::{Answered, answer};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![get("/keys", "List API keys", list), delete("/keys/{id}", "Revoke an API key", revoke)]
}

async fn list(call: Call) -> Answered {
    let query = call.list_query(&[])?;
    Ok(answer::page(call.access.keys(query.after_id()?, query.limit()?).await?))
}

async fn revoke(call: Call) -> Answered {
    call.access.revoke_key(call.id("id")?).await?;
    Ok(answer::done())
}
