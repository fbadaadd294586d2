//! `/admin/v1/accounts`: people with their accounts.

use serde_json::{Value, json};

use super::shapes::accounts as shapes;
use super::shapes::trail::Change;
use crate::domain::{Setting, Timestamp};
use crate::service::{
    AdminError, ByHand, EmailChoice, GrantKind, NewPeople, PeopleFilter, PeopleQuery, PeopleSort,
    PersonChange, PersonEdit, PinOrder, PinValue,
};
use crate::web::api::endpoint::{Call, Endpoint, delete, get, patch, post};
use crate::web::api::members::Members;
use crate::web::api::query::Query;
use crate::web::api::{Answered, answer};

/// Comma-separated values.
const CSV: &str = "text/csv";

/// What narrows people, and what a list of them can be asked besides.
const NARROWING: [&str; 6] = ["search", "filter", "status", "role", "product", "userName"];
const LISTING: [&str; 8] = ["search", "filter", "status", "role", "product", "userName", "sort", "count"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        get("/accounts", "List the people whom one may see", list).listing::<shapes::Account>(&LISTING),
        post("/accounts", "Make people with their accounts", create)
            .creating()
            .taking::<shapes::NewAccounts>()
            .showing::<shapes::Accounts>(),
        patch("/accounts", "Change several people alike", change_several)
            .looking_up()
            .taking::<shapes::AccountsChange>()
            .showing::<shapes::Accounts>(),
        get("/accounts/export", "Export people with licences and reasons", export)
            .asking(&NARROWING)
            .of_media(CSV),
        get("/accounts/{id}", "See a person with their account", read)
            .recomputed()
            .showing::<shapes::Account>(),
        patch("/accounts/{id}", "Change a person", change)
            .versioned()
            .taking::<shapes::AccountChange>()
            .showing::<shapes::Account>(),
        delete("/accounts/{id}", "Delete a person who was made by hand", remove).versioned(),
        post("/accounts/{id}/suspend", "Suspend a person by hand", suspend)
            .asking(&["wait"])
            .versioned()
            .showing::<shapes::Account>(),
        post("/accounts/{id}/reactivate", "Lift a suspension by hand", reactivate)
            .asking(&["wait"])
            .versioned()
            .showing::<shapes::Account>(),
        post("/accounts/{id}/hand-over", "Let a directory take a person over", hand_over)
            .asking(&["wait"])
            .versioned()
            .showing::<shapes::Account>(),
        get("/accounts/{id}/why", "See what gave a person what they have", why).showing::<shapes::Why>(),
        get("/accounts/{id}/changes", "See what was done to a person", history).listing::<Change>(&[]),
        post("/accounts/{id}/transfer", "Take a step in moving an account here", transferred)
            .asking(&["wait"])
            .versioned()
            .taking::<shapes::TransferAnswer>()
            .showing::<shapes::Account>(),
    ]
}

async fn list(call: Call) -> Answered {
    let (sort, descending) = order(call.query.get("sort"))?;
    let (after, limit, count) = (call.query.after()?, call.query.limit()?, call.query.flag("count")?);
    let page = PeopleQuery { filter: narrowing(&call.query)?, sort, descending, after, limit, count };
    Ok(answer::page(call.access.people(page).await?))
}

/// Comma-separated values: one line for each licence, of those whom one may see.
async fn export(call: Call) -> Answered {
    Ok(answer::csv("accounts.csv", call.access.export_people(narrowing(&call.query)?).await?))
}

fn narrowing(query: &Query) -> Result<PeopleFilter, AdminError> {
    let text = |name: &str| query.get(name).map(str::to_owned);
    let filter = PeopleFilter {
        search: text("search"),
        filter: text("filter"),
        status: text("status"),
        role: text("role"),
        product: text("product"),
        user_name: text("userName"),
    };
    filter.check()?;
    Ok(filter)
}

/// By what a list is sorted: a word, after a hyphen where the greatest comes first.
fn order(text: Option<&str>) -> Result<(PeopleSort, bool), AdminError> {
    let Some(text) = text else { return Ok((PeopleSort::default(), false)) };
    let (word, descending) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
    let known = PeopleSort::ALL.iter().find(|(known, _)| *known == word);
    let (_, sort) = known.ok_or_else(|| {
        AdminError::invalid(
            "sort",
            "it must be created, userName, displayName, status or role, perhaps after -",
        )
    })?;
    Ok((*sort, descending))
}

/// What somebody has is worked out at each read and is no part of the version: it is answered anew whatever the client has.
async fn read(call: Call) -> Answered {
    Ok(answer::changed(&call.access.person(call.id("id")?).await?))
}

/// One person or several with the same settings.
async fn create(mut call: Call) -> Answered {
    let mut body = call.members().await?;
    let mut people = Vec::new();
    for person in body.objects("people")?.unwrap_or_default() {
        people.push(person.into_rest());
    }
    let deeds = given(&mut body, Unsaid::Given)?;
    let waits = body.flag("wait")?.unwrap_or_default();
    body.end()?;
    let made = call.access.create_people(NewPeople { people, deeds, waits }).await?;
    let items: Vec<Value> = made.into_iter().map(|item| item.body).collect();
    Ok(answer::made(&json!({"items": items})))
}

async fn change(mut call: Call) -> Answered {
    let account = call.id("id")?;
    let mut body = call.members().await?;
    let attributes = body.object("attributes")?.flatten().map(Members::into_rest);
    let change = attributes.map(|attributes| PersonChange { attributes });
    let edit = PersonEdit { change, ..read_edit(body)? };
    Ok(answer::changed(&call.access.change_person(account, edit, call.preconditions()).await?))
}

/// The same for several people who are there, such as a product with its settings for all of them.
async fn change_several(mut call: Call) -> Answered {
    let mut body = call.members().await?;
    let accounts = body.texts("accounts")?.unwrap_or_default();
    let accounts: Result<Vec<_>, _> = accounts.iter().map(|id| id.parse()).collect();
    let accounts = accounts.map_err(|_malformed| AdminError::not_found())?;
    let changed = call.access.change_people(accounts, read_edit(body)?).await?;
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

/// What gave a person each of the things that they have.
async fn why(call: Call) -> Answered {
    Ok(answer::value(&call.access.why(call.id("id")?).await?))
}

/// What was done to a person, the latest first.
async fn history(call: Call) -> Answered {
    Ok(answer::page(call.access.history(call.id("id")?, call.query.after()?, call.query.limit()?).await?))
}

async fn remove(call: Call) -> Answered {
    call.access.delete_person(call.id("id")?, call.preconditions()).await?;
    Ok(answer::done())
}

async fn suspend(call: Call) -> Answered {
    act(call, ByHand::Suspend).await
}

async fn reactivate(call: Call) -> Answered {
    act(call, ByHand::Reactivate).await
}

async fn hand_over(call: Call) -> Answered {
    act(call, ByHand::HandOver).await
}

async fn act(call: Call, deed: ByHand) -> Answered {
    let waits = call.query.flag("wait")?;
    let edit = PersonEdit { deeds: vec![deed], waits, ..PersonEdit::default() };
    Ok(answer::changed(&call.access.change_person(call.id("id")?, edit, call.preconditions()).await?))
}

async fn transferred(mut call: Call) -> Answered {
    let mut body = call.members().await?;
    let deed = call.access.transfer(&body.required("answer")?)?;
    body.end()?;
    act(call, deed).await
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
