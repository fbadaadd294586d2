//! What products ask by their keys: what may this person do right now?

use serde_json::{Map, Value, json};

use super::authority::basis;
use super::{Access, AdminError, Item, tag_of};
use crate::domain::{ResourceId, Setting, fold};
use crate::provisioning::effective::Features;
use crate::service::accounts::{ByHand, Declared, HandRefusal, Standing, Terms, Who, sign_in_address};
use crate::service::permissions::Power;
use crate::store::{Cost, KeyHolder, Read, Scope};

impl Access {
    fn product(&self) -> Result<&str, AdminError> {
        match &self.principal.who {
            KeyHolder::Product(product) => Ok(product),
            KeyHolder::Account(_) => Err(AdminError::WrongKind("a product's key")),
        }
    }

    /// What somebody may do in the product now, through one portal or through any.
    pub async fn entitlements_of(&self, who: Who, portal: Option<String>) -> Result<Item, AdminError> {
        let product = self.product()?.to_owned();
        let organization = self.principal.organization;
        let found = self.core.find_account(organization, who).await?.ok_or_else(AdminError::not_found)?;
        let core = self.core.clone();
        let work = move |read: &mut Read<'_>| -> Result<Item, AdminError> {
            let standing = core.standing_within(read, found)?.ok_or_else(AdminError::not_found)?;
            let Declared { settings, catalogue, .. } = &**standing.declared();
            // Inside a product an API manager has nothing but the API.
            let power = Power::of(&basis(read, &standing, catalogue)?, settings, catalogue, false);
            let mut body = shown(&standing, &product, portal.as_deref());
            if let Some(members) = body.as_object_mut() {
                members.insert("permissions".to_owned(), json!(power.told_to(&product, catalogue)));
            }
            Ok(Item { etag: tag_of(&body), body })
        };
        self.core.store.read(organization, Cost::Point, None, work).await
    }

    /// Notes that the product saw somebody sign in, with that address: an account that was invited is active from then
    /// on. The address must be the account's, and be there where the account signs in by address.
    pub async fn registered(&self, account: ResourceId, email: Option<String>) -> Result<(), AdminError> {
        if self.principal.scope == Scope::Read {
            return Err(AdminError::ReadOnlyKey);
        }
        let product = self.product()?.to_owned();
        let (author, organization) = (self.author(), self.principal.organization);
        let standing = self.core.standing(organization, account).await?.ok_or_else(AdminError::not_found)?;
        if !standing.status().usable() || !standing.holds(&product) {
            return Err(AdminError::Conflict("the account cannot be used in this product now"));
        }
        self.check_address(&standing, &product, email.as_deref()).await?;
        if standing.is_registered(&product) {
            return Ok(());
        }
        let deeds = vec![ByHand::Registered { product }];
        let done = self.core.change_by_hand(&author, organization, account, deeds, Terms::default()).await;
        done.map_err(HandRefusal::into)
    }

    async fn check_address(
        &self,
        standing: &Standing,
        product: &str,
        email: Option<&str>,
    ) -> Result<(), AdminError> {
        let organization = self.principal.organization;
        let (id, document) = (standing.id(), standing.document().clone());
        let of = product.to_owned();
        let work = move |read: &mut Read<'_>| sign_in_address(read, &document, &of, id);
        let address = self.core.store.read(organization, Cost::Point, None, work).await?;
        match (email, address) {
            (Some(email), Some(address)) if fold(email) != fold(&address) => {
                Err(AdminError::Conflict("the address is not the one that the account signs in with"))
            }
            (None, _) if standing.signs_in_by_address(product) => {
                Err(AdminError::invalid("email", "it is required: the account signs in with its address"))
            }
            (_, _) => Ok(()),
        }
    }
}

fn shown(standing: &Standing, product: &str, portal: Option<&str>) -> Value {
    let features = match portal {
        Some(portal) => standing.features_through(product, portal),
        None => standing.features(product),
    };
    let licence = standing.entitlements.products.get(product).filter(|_| standing.holds(product));
    let seat = match standing.waits(product) {
        Some(_) => "waiting",
        None if standing.holds(product) => "held",
        None => "none",
    };
    let portals: Vec<&String> = match licence {
        Some(_) => standing.entitlements.portals.keys().collect(),
        None => Vec::new(),
    };
    json!({
        "id": standing.id(),
        "userName": standing.user_name(),
        "status": standing.status().as_str(),
        "reason": standing.status().reason(),
        "product": product,
        "seat": seat,
        "role": licence.and_then(|licence| Some(&licence.role.as_ref()?.value)),
        "registered": standing.is_registered(product),
        "signIn": standing.sign_in(product),
        "portals": portals,
        "features": values(features),
    })
}

/// The values alone: a product acts by them, administrators ask why.
fn values(features: Option<Features>) -> Map<String, Value> {
    let value = |setting| match setting {
        Setting::Flag(on) => Value::Bool(on),
        Setting::Limit(most) => most.into(),
    };
    features.into_iter().flatten().map(|(key, explained)| (key, value(explained.value))).collect()
}
