//! `/admin/v1/end-users`: people who can request tickets. `origin` says whose list is meant, the console's or the
//! administration's.

use super::shapes::accounts as shapes;
use crate::service::{AdminError, EndUserChange, EndUserDraft, Origin};
use crate::web::api::endpoint::{Call, Endpoint, delete, get, patch, post};
use crate::web::api::{Answered, answer};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/end-users", "List the people who can request tickets", list)
            .listing::<shapes::EndUser>(&["origin"]),
        post("/end-users", "Make somebody who can request tickets", create)
            .creating()
            .giving(&[200, 201])
            .taking::<shapes::NewEndUser>()
            .showing::<shapes::EndUser>(),
        get("/end-users/{id}", "See an end user", read).versioned().showing::<shapes::EndUser>(),
        patch("/end-users/{id}", "Change an end user", change)
            .versioned()
            .taking::<shapes::EndUserChange>()
            .showing::<shapes::EndUser>(),
        delete("/end-users/{id}", "Take an end user off a list", remove).asking(&["origin"]).versioned(),
    ]
}

fn origin(text: &str) -> Result<Origin, AdminError> {
    match text {
        "console" => Ok(Origin::Console),
        "administration" => Ok(Origin::Administration),
        _ => Err(AdminError::invalid("origin", "it must be console or administration")),
    }
}

async fn list(call: Call) -> Answered {
    let of = call.query.get("origin").map_or(Ok(Origin::Console), origin)?;
    Ok(answer::page(call.access.end_users(of, call.query.after_id()?, call.query.limit()?).await?))
}

async fn create(mut call: Call) -> Answered {
    let mut body = call.members().await?;
    let draft = EndUserDraft {
        origin: origin(&body.required("origin")?)?,
        email: body.required("email")?,
        name: body.required("name")?,
        phone: body.text("phone")?,
    };
    body.end()?;
    let (item, fresh) = call.access.create_end_user(draft).await?;
    Ok(if fresh { answer::created(&call.request, &call.shared, &item) } else { answer::changed(&item) })
}

async fn read(call: Call) -> Answered {
    Ok(answer::item(&call.request, &call.access.end_user(call.id("id")?).await?))
}

async fn change(mut call: Call) -> Answered {
    let end_user = call.id("id")?;
    let mut body = call.members().await?;
    let change =
        EndUserChange { email: body.kept("email")?, name: body.kept("name")?, phone: body.change("phone")? };
    body.end()?;
    Ok(answer::changed(&call.access.change_end_user(end_user, change, call.preconditions()).await?))
}

async fn remove(call: Call) -> Answered {
    let from = call.query.get("origin").ok_or_else(|| AdminError::invalid("origin", "it is required"))?;
    let (end_user, from) = (call.id("id")?, origin(from)?);
    call.access.delete_end_user(end_user, from, call.preconditions()).await?;
    Ok(answer::done())
}
