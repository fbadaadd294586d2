//! `/admin/v1/clients` and `/admin/v1/tokens`: SCIM clients and what they present.

use serde_json::Value;
use url::Url;

use super::shapes::clients as shapes;
use crate::service::{AdminError, ClientDraft, ClientWish, Presented, TOKEN_SECONDS};
use crate::web::api::endpoint::{Call, Endpoint, delete, get, post};
use crate::web::api::members::Members;
use crate::web::api::{Answered, answer};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/clients", "List SCIM clients", list).listing::<shapes::ListedClient>(&[]),
        post("/clients", "Make a SCIM client", create)
            .creating()
            .versioned()
            .taking::<shapes::NewClient>()
            .showing::<shapes::ScimClient>(),
        get("/clients/{id}", "See a SCIM client with its tokens and quirks", read)
            .versioned()
            .showing::<shapes::ScimClient>(),
        post("/clients/{id}/disable", "Disable a SCIM client", disable)
            .versioned()
            .showing::<shapes::ScimClient>(),
        get("/clients/{id}/quirks", "See what a SCIM client was forgiven", quirks)
            .showing::<shapes::Quirks>(),
        get("/clients/{id}/refused-pushes", "List the refused pushes of a SCIM client", refused_pushes)
            .listing::<shapes::RefusedPush>(&[]),
        get("/clients/{id}/tokens", "List the tokens and secrets of a SCIM client", tokens_of)
            .listing::<shapes::Token>(&[]),
        post("/clients/{id}/tokens", "Make a token or secret of a SCIM client", create_token)
            .creating()
            .taking::<shapes::NewToken>()
            .showing::<shapes::IssuedToken>(),
        get("/tokens", "List the tokens and secrets of all SCIM clients", tokens)
            .listing::<shapes::Token>(&[]),
        post("/tokens/{id}/rotate", "Make the successor of a token", rotate)
            .creating()
            .showing::<shapes::IssuedToken>(),
        delete("/tokens/{id}", "Revoke a token or secret", revoke),
    ]
}

async fn list(call: Call) -> Answered {
    Ok(answer::page(call.access.scim_clients(call.query.after()?, call.query.limit()?).await?))
}

async fn create(mut call: Call) -> Answered {
    let draft = draft(call.members().await?)?;
    Ok(answer::issued(&call.access.create_scim_client(draft).await?))
}

fn draft(mut body: Members) -> Result<ClientDraft, AdminError> {
    let name = body.required("name")?;
    let profile = body.text("profile")?.map(|text| text.parse());
    let profile = profile.transpose().map_err(|_unknown| {
        AdminError::invalid("profile", "it must be entra, okta, generic, rfc or strict")
    })?;
    let scope = body.text("scope")?.map(|text| text.parse());
    let scope =
        scope.transpose().map_err(|_unknown| AdminError::invalid("scope", "it must be read or write"))?;
    let url = body.text("jwksUri")?;
    if url.as_deref().is_some_and(|url| !is_plain_https(url)) {
        return Err(AdminError::invalid("jwksUri", "it must be an https URL of nobody's name and no part"));
    }
    let key_set = body.object("jwks")?.flatten().map(|set| Value::Object(set.into_rest()).to_string());
    if key_set.is_some() && url.is_some() {
        return Err(AdminError::invalid("jwks", "either jwks or jwksUri is given"));
    }
    let connection = body.text("connection")?;
    let secret = body.flag("secret")?.unwrap_or_default();
    body.end()?;
    let wish = ClientWish { connection, profile, scope, key_set, key_set_url: url };
    Ok(ClientDraft { name, wish, secret })
}

/// Whether a key set can be fetched from there: over TLS, with a host, and with neither a name nor a part in it.
fn is_plain_https(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let nameless = url.username().is_empty() && url.password().is_none();
        url.scheme() == "https" && url.host_str().is_some() && nameless && url.fragment().is_none()
    })
}

async fn read(call: Call) -> Answered {
    Ok(answer::item(&call.request, &call.access.scim_client(call.id("id")?).await?))
}

async fn disable(call: Call) -> Answered {
    Ok(answer::changed(&call.access.disable_scim_client(call.id("id")?, call.preconditions()).await?))
}

async fn quirks(call: Call) -> Answered {
    Ok(answer::value(&call.access.quirks(call.id("id")?).await?))
}

async fn refused_pushes(call: Call) -> Answered {
    Ok(answer::page(
        call.access.refused_pushes(call.id("id")?, call.query.after()?, call.query.limit()?).await?,
    ))
}

async fn tokens_of(call: Call) -> Answered {
    Ok(answer::page(
        call.access.tokens(Some(call.id("id")?), call.query.after_id()?, call.query.limit()?).await?,
    ))
}

async fn tokens(call: Call) -> Answered {
    Ok(answer::page(call.access.tokens(None, call.query.after_id()?, call.query.limit()?).await?))
}

async fn create_token(mut call: Call) -> Answered {
    let client = call.id("id")?;
    let wished = presented(call.members().await?)?;
    Ok(answer::issued(&call.access.create_token(client, wished).await?))
}

/// A year where nothing is said; `expiresInDays: 0` for ever would be a trap, so that is said in words.
fn presented(mut body: Members) -> Result<Presented, AdminError> {
    let kind = body.text("kind")?;
    let days = body.number("expiresInDays")?;
    let never = body.flag("neverExpires")?.unwrap_or_default();
    body.end()?;
    match (kind.as_deref(), days, never) {
        (Some("secret"), None, false) => Ok(Presented::Secret),
        (None | Some("token"), None, true) => Ok(Presented::Token(None)),
        (None | Some("token"), None, false) => Ok(Presented::Token(Some(TOKEN_SECONDS))),
        (None | Some("token"), Some(days @ 1..=3650), false) => {
            Ok(Presented::Token(Some(i64::from(days) * DAY)))
        }
        (Some("secret" | "token") | None, ..) => Err(AdminError::invalid(
            "expiresInDays",
            "a token has 1 to 3650 days or neverExpires; a secret has neither",
        )),
        (Some(_), ..) => Err(AdminError::invalid("kind", "it must be token or secret")),
    }
}

async fn rotate(call: Call) -> Answered {
    Ok(answer::issued(&call.access.rotate_token(call.id("id")?).await?))
}

async fn revoke(call: Call) -> Answered {
    call.access.revoke_token(call.id("id")?).await?;
    Ok(answer::done())
}
