//! `/admin/v1/accounts`: people with their accounts.

use actix_web::HttpRequest;
use actix_web::web::{self, Data, Payload, ServiceConfig, resource};
use serde_json::{Value, json};

use crate::domain::{Setting, Timestamp};
use crate::service::{
    AdminError, ByHand, EmailChoice, GrantKind, NewPeople, PeopleFilter, PersonChange, PersonEdit, PinOrder,
    PinValue,
};
use crate::web::admission::Shared;
use crate::web::api::members::Members;
use crate::web::api::query::Query;
use crate::web::api::{Answered, answer, enter_as_account, id, only, read_members, reading};
use crate::web::preconditions::preconditions;

pub(super) fn routes(config: &mut ServiceConfig) {
    let list = resource("/accounts")
        .route(reading().to(list))
        .route(web::post().to(create))
        .route(web::patch().to(change_several))
        .default_service(only("GET, POST, PATCH"));
    let item = resource("/accounts/{id}")
        .route(reading().to(read))
        .route(web::patch().to(change))
        .route(web::delete().to(delete))
        .default_service(only("GET, PATCH, DELETE"));
    config.service(list).service(item);
    for (path, deed) in
        [("suspend", ByHand::Suspend), ("reactivate", ByHand::Reactivate), ("hand-over", ByHand::HandOver)]
    {
        let act = move |request: HttpRequest, shared: Data<Shared>| {
            let deed = deed.clone();
            async move { act(&request, &shared, deed).await }
        };
        let action = resource(format!("/accounts/{{id}}/{path}"));
        config.service(action.route(web::post().to(act)).default_service(only("POST")));
    }
    let history = resource("/accounts/{id}/changes").route(reading().to(history));
    config.service(history.default_service(only("GET")));
    let transfer = resource("/accounts/{id}/transfer");
    config.service(transfer.route(web::post().to(transferred)).default_service(only("POST")));
}

async fn list(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let query = Query::of_list(&request, &["status", "product", "userName"])?;
    let text = |name: &str| query.get(name).map(str::to_owned);
    let filter =
        PeopleFilter { status: text("status"), product: text("product"), user_name: text("userName") };
    Ok(answer::page(access.people(filter, query.after_id()?, query.limit()?).await?))
}

/// What somebody has is worked out at each read and is no part of the version: it is answered anew whatever the client has.
async fn read(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    Ok(answer::changed(&access.person(id(&request, "id")?).await?))
}

/// One person or several with the same settings.
async fn create(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let mut body = read_members(&request, payload, &shared).await?;
    let mut people = Vec::new();
    for person in body.objects("people")?.unwrap_or_default() {
        people.push(person.into_rest());
    }
    let deeds = given(&mut body, Unsaid::Given)?;
    let waits = body.flag("wait")?.unwrap_or_default();
    body.end()?;
    let made = access.create_people(NewPeople { people, deeds, waits }).await?;
    let items: Vec<Value> = made.into_iter().map(|item| item.body).collect();
    Ok(answer::made(&json!({"items": items})))
}

async fn change(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let account = id(&request, "id")?;
    let mut body = read_members(&request, payload, &shared).await?;
    let attributes = body.object("attributes")?.flatten().map(Members::into_rest);
    let change = attributes.map(|attributes| PersonChange { attributes });
    let edit = PersonEdit { change, ..read_edit(body)? };
    Ok(answer::changed(&access.change_person(account, edit, preconditions(&request)).await?))
}

/// The same for several people who are there, such as a product with its settings for all of them.
async fn change_several(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let mut body = read_members(&request, payload, &shared).await?;
    let accounts = body.texts("accounts")?.unwrap_or_default();
    let accounts: Result<Vec<_>, _> = accounts.iter().map(|id| id.parse()).collect();
    let accounts = accounts.map_err(|_malformed| AdminError::not_found())?;
    let changed = access.change_people(accounts, read_edit(body)?).await?;
    let items: Vec<Value> = changed.into_iter().map(|item| item.body).collect();
    Ok(answer::value(&json!({"items": items})))
}

/// What is done to accounts that are there.
fn read_edit(mut body: Members) -> Result<PersonEdit, AdminError> {
    let mut deeds = given(&mut body, Unsaid::Kept)?;
    let mut pins = Vec::new();
    for pin in body.objects("pins")?.unwrap_or_default() {
        pins.push(read_pin(pin)?);
    }
    if !pins.is_empty() {
        deeds.push(ByHand::Pin(pins));
    }
    let waits = body.flag("wait")?.unwrap_or_default();
    body.end()?;
    Ok(PersonEdit { change: None, deeds, waits })
}

/// What was done to a person, the latest first.
async fn history(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let query = Query::of_list(&request, &[])?;
    Ok(answer::page(access.history(id(&request, "id")?, query.after()?, query.limit()?).await?))
}

async fn delete(request: HttpRequest, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    access.delete_person(id(&request, "id")?, preconditions(&request)).await?;
    Ok(answer::done())
}

async fn act(request: &HttpRequest, shared: &Data<Shared>, deed: ByHand) -> Answered {
    let access = enter_as_account(request, shared).await?;
    let waits = Query::read(request, &["wait"])?.flag("wait")?;
    let edit = PersonEdit { deeds: vec![deed], waits, ..PersonEdit::default() };
    Ok(answer::changed(&access.change_person(id(request, "id")?, edit, preconditions(request)).await?))
}

async fn transferred(request: HttpRequest, payload: Payload, shared: Data<Shared>) -> Answered {
    let access = enter_as_account(&request, &shared).await?;
    let mut body = read_members(&request, payload, &shared).await?;
    let deed = access.transfer(&body.required("answer")?)?;
    body.end()?;
    act(&request, &shared, deed).await
}

/// What it means for a product to be named without a word on whether it is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsaid {
    /// Somebody new gets what is named.
    Given,
    /// Somebody known has it or has it not, by whatever says so; only its settings change.
    Kept,
}

/// What is given together with a person: role, products with their settings, placing, choices about e-mail.
fn given(body: &mut Members, unsaid: Unsaid) -> Result<Vec<ByHand>, AdminError> {
    let reason = body.text("reason")?.unwrap_or_default();
    let mut pins = Vec::new();
    for (name, kind) in
        [("role", GrantKind::Role), ("userGroup", GrantKind::UserGroup), ("team", GrantKind::Team)]
    {
        if let Some(key) = body.change(name)? {
            pins.push((kind, String::new(), key.map(PinValue::Key)));
        }
    }
    for (name, kind) in [
        ("portals", GrantKind::Portal),
        ("deviceGroups", GrantKind::DeviceGroup),
        ("manages", GrantKind::Manages),
    ] {
        let keys = body.texts(name)?.unwrap_or_default();
        pins.extend(keys.into_iter().map(|key| (kind, key, Some(PinValue::Given))));
    }
    let mut deeds = Vec::new();
    for product in body.objects("products")?.unwrap_or_default() {
        deeds.extend(read_product(product, unsaid, &mut pins)?);
    }
    if let Some(choice) = body.text("welcomeEmail")? {
        deeds.push(ByHand::Email(EmailChoice::Welcome(choice)));
    }
    if let Some(choice) = body.text("notify")? {
        let told = match choice.as_str() {
            "yes" => true,
            "no" => false,
            _ => return Err(body.refuse("notify", "it must be yes or no")),
        };
        deeds.push(ByHand::Email(EmailChoice::Products(told)));
    }
    if let Some(product) = body.text("cameThrough")? {
        deeds.push(ByHand::CameThrough { product });
    }
    let order =
        |(kind, subject, value)| PinOrder { kind, subject, value, reason: reason.clone(), expires: None };
    if !pins.is_empty() {
        deeds.insert(0, ByHand::Pin(pins.into_iter().map(order).collect()));
    }
    Ok(deeds)
}

type Pin = (GrantKind, String, Option<PinValue>);

/// A product with its settings; what is to be done besides pinning.
fn read_product(
    mut product: Members,
    unsaid: Unsaid,
    pins: &mut Vec<Pin>,
) -> Result<Vec<ByHand>, AdminError> {
    let key = product.required("product")?;
    let assigned = match (product.flag("assigned")?, unsaid) {
        (Some(true), _) | (None, Unsaid::Given) => Some(PinValue::Given),
        (Some(false), _) => Some(PinValue::Taken),
        (None, Unsaid::Kept) => None,
    };
    if let Some(assigned) = assigned {
        pins.push((GrantKind::Product, key.clone(), Some(assigned)));
    }
    for (name, kind) in [("template", GrantKind::Template), ("role", GrantKind::ProductRole)] {
        if let Some(choice) = product.change(name)? {
            pins.push((kind, key.clone(), choice.map(PinValue::Key)));
        }
    }
    if let Some(features) = product.object("features")?.flatten() {
        for (feature, value) in features.into_rest() {
            let value = pinned(GrantKind::Feature, &value)?;
            pins.push((GrantKind::Feature, format!("{key}/{feature}"), value));
        }
    }
    let mut deeds = Vec::new();
    if let Some(switches) = product.object("signIn")?.flatten() {
        for (setting, value) in switches.into_rest() {
            let on = value.as_bool();
            let on = on.ok_or_else(|| AdminError::invalid("signIn", "its members are true or false"))?;
            deeds.push(ByHand::SignIn { product: key.clone(), setting, on });
        }
    }
    product.end()?;
    Ok(deeds)
}

/// A pin as it is written: a key, true or false, or a number; null leaves it to the directory and the rules.
fn read_pin(mut pin: Members) -> Result<PinOrder, AdminError> {
    let kind = pin.required("kind")?;
    let kind: GrantKind = serde_json::from_value(Value::String(kind))
        .map_err(|_unknown| AdminError::invalid("kind", "there is no such kind of grant"))?;
    let subject = pin.text("subject")?.unwrap_or_default();
    let value = pin.raw("value").unwrap_or(Value::Null);
    let reason = pin.text("reason")?.unwrap_or_default();
    let expires = pin.text("expires")?.map(|text| text.parse::<Timestamp>());
    let expires = expires.transpose().map_err(|_malformed| {
        AdminError::invalid("expires", "it must be a time such as 2026-01-31T09:30:00Z")
    })?;
    pin.end()?;
    Ok(PinOrder { kind, subject, value: pinned(kind, &value)?, reason, expires })
}

fn pinned(kind: GrantKind, value: &Value) -> Result<Option<PinValue>, AdminError> {
    let unfit = || AdminError::invalid("value", "it must be a key, true or false, a number, or null");
    Ok(match (kind, value) {
        (_, Value::Null) => None,
        (GrantKind::Feature, Value::Bool(on)) => Some(PinValue::Setting(Setting::Flag(*on))),
        (GrantKind::Feature, Value::Number(number)) => {
            let limit = number.as_u64().and_then(|limit| u32::try_from(limit).ok()).ok_or_else(unfit)?;
            Some(PinValue::Setting(Setting::Limit(limit)))
        }
        (_, Value::String(key)) => Some(PinValue::Key(key.clone())),
        (_, Value::Bool(true)) => Some(PinValue::Given),
        (_, Value::Bool(false)) => Some(PinValue::Taken),
        (_, Value::Number(_) | Value::Array(_) | Value::Object(_)) => return Err(unfit()),
    })
}
