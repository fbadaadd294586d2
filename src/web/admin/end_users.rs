//! `/admin/v1/end-users`: people who can request tickets. `origin` says whose list is meant, the console's or the
//! administration's.

use actix_web::HttpRequest;
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};

use crate::service::{AdminError, EndUserChange, EndUserDraft, Origin};
use crate::web::admission::Shared;
use crate::web::api::query::Query;
use crate::web::api::{Answered, answer, enter_as_account, id, only, read_members, reading};
use crate::web::preconditions::preconditions;

pub(super) fn routes(config: &mut ServiceConfig) {
    let list = resource("/end-users")
        .route(reading().to(list))
        .route(web::post().to(create))
        .default_service(only("GET, POST"));
    let item = resource("/end-users/{id}")
        .route(reading().to(read))
        .route(web::patch().to(change))
        .route(web::delete().to(delete))
        .default_service(only("GET, PATCH, DELETE"));
    config.service(list).service(item);
}

fn origin(text: &str) -> Result<Origin, AdminError> {
    match text {
        "console" => Ok(Origin::Console),
        "administration" => Ok(Origin::Administration),
        _ => Err(AdminError::invalid("origin", "it must be console or administration")),
    }
}

async fn list(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let query = Query::of_list(&request, &["origin"])?;
    let of = query.get("origin").map_or(Ok(Origin::Console), origin)?;
    Ok(answer::page(access.end_users(of, query.after_id()?, query.limit()?).await?))
}

async fn create(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let mut body = read_members(&request, payload, &shared).await?;
    let draft = EndUserDraft {
        origin: origin(&body.required("origin")?)?,
        email: body.required("email")?,
        name: body.required("name")?,
        phone: body.text("phone")?,
    };
    body.end()?;
    let (item, fresh) = access.create_end_user(draft).await?;
    Ok(if fresh { answer::created(&request, &shared, &item) } else { answer::changed(&item) })
}

async fn read(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    Ok(answer::item(&request, &access.end_user(id(&request, "id")?).await?))
}

async fn change(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let end_user = id(&request, "id")?;
    let mut body = read_members(&request, payload, &shared).await?;
    let change =
        EndUserChange { email: body.kept("email")?, name: body.kept("name")?, phone: body.change("phone")? };
    body.end()?;
    Ok(answer::changed(&access.change_end_user(end_user, change, preconditions(&request)).await?))
}

async fn delete(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let query = Query::read(&request, &["origin"])?;
    let from = query.get("origin").ok_or_else(|| AdminError::invalid("origin", "it is required"))?;
    let (end_user, from) = (id(&request, "id")?, origin(from)?);
    access.delete_end_user(end_user, from, preconditions(&request)).await?;
    Ok(answer::done())
}
