//! People, as the administration manages them: seen, made, changed, pinned, suspended and deleted.

mod gains;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::authority::Authority;
use super::{Access, AdminError, Item};
use crate::domain::{ResourceId, Role};
use crate::provisioning::effective::of_team;
use crate::provisioning::facts::PinValue;
use crate::provisioning::settings::GrantKind;
use crate::service::accounts::{
    AccountView, ByHand, NewPeople, PersonChange, PinOrder, Standing, Terms, TransferStep,
};
use crate::service::permissions::{Decision, Lack, Operation, Target, Whom};
use crate::service::resources::Preconditions;
use crate::store::{Cost, Weight, Write};

/// How many people can be made or changed at once.
const MOST_AT_ONCE: usize = 500;
/// About how many rows are written of each.
const ROWS_EACH: usize = 10;

/// What making or changing so many people weighs.
const fn weight_of(people: usize) -> Weight {
    Weight::of_rows(people.saturating_mul(ROWS_EACH))
}

/// What shall be done to one person, all or nothing.
#[derive(Debug, Clone, Default)]
pub struct PersonEdit {
    /// What the person is called and the like.
    pub change: Option<PersonChange>,
    /// What is done to the account.
    pub deeds: Vec<ByHand>,
    /// Whoever finds no seat left waits.
    pub waits: bool,
}

impl Access {
    /// A person with their account, and what gave it what it has.
    pub async fn person(&self, id: ResourceId) -> Result<Item, AdminError> {
        self.read(Cost::Point, move |read, authority| {
            let standing = authority.require_on(read, Operation::SeePerson, id)?;
            Ok(item(&standing, authority))
        })
        .await
    }

    /// Makes people, all or none.
    pub async fn create_people(&self, order: NewPeople) -> Result<Vec<Item>, AdminError> {
        if order.people.is_empty() || order.people.len() > MOST_AT_ONCE {
            return Err(AdminError::invalid("people", "1 to 500 people can be made at once"));
        }
        let access = self.clone();
        self.write_weighing(weight_of(order.people.len()), move |write, authority| {
            authority.require_creation(&order.deeds)?;
            authority.require_deeds(None, &order.deeds)?;
            let made = access.core.create_people_within(write, &access.author(), &order)?;
            let shown = |id: ResourceId| {
                let standing = access.standing_now(write, id)?;
                authority.require_made(&standing)?;
                Ok(item(&standing, authority))
            };
            made.into_iter().map(shown).collect()
        })
        .await
    }

    /// Changes a person, all that is asked or nothing.
    pub async fn change_person(
        &self,
        id: ResourceId,
        edit: PersonEdit,
        preconditions: Preconditions,
    ) -> Result<Item, AdminError> {
        let access = self.clone();
        self.write(move |write, authority| {
            // Two who saw the same version do not both go on.
            write.lock_accounts(&[id])?;
            let standing = authority.require_on(write, Operation::SeePerson, id)?;
            if edit.change.is_some() {
                authority.require_of(Operation::ChangePerson, &standing)?;
            }
            authority.require_deeds(Some(&standing), &edit.deeds)?;
            preconditions.check(&tag_of_person(&standing))?;
            let (core, author) = (&access.core, access.author());
            if let Some(change) = &edit.change {
                core.change_person_within(write, &author, id, change)?;
                authority.require_gains(Some(&standing), &access.standing_now(write, id)?)?;
            }
            if !edit.deeds.is_empty() {
                let terms = Terms { seen: None, waits: edit.waits };
                core.by_hand_within(write, &author, id, &edit.deeds, terms)?;
            }
            access.item_within(write, authority, id)
        })
        .await
    }

    /// Does the same to several people, to all of them or to none.
    pub async fn change_people(
        &self,
        ids: Vec<ResourceId>,
        edit: PersonEdit,
    ) -> Result<Vec<Item>, AdminError> {
        if ids.is_empty() || ids.len() > MOST_AT_ONCE {
            return Err(AdminError::invalid("accounts", "1 to 500 people can be changed at once"));
        }
        // In one order, so that two who change the same people do not wait for each other.
        let ids: BTreeSet<ResourceId> = ids.into_iter().collect();
        let ids: Vec<ResourceId> = ids.into_iter().collect();
        let access = self.clone();
        self.write_weighing(weight_of(ids.len()), move |write, authority| {
            // All of them before any pool: others come for a seat while they hold an account.
            write.lock_accounts(&ids)?;
            let mut changed = Vec::with_capacity(ids.len());
            for id in &ids {
                let standing = authority.require_on(write, Operation::SeePerson, *id)?;
                authority.require_deeds(Some(&standing), &edit.deeds)?;
                let terms = Terms { seen: None, waits: edit.waits };
                access.core.by_hand_within(write, &access.author(), *id, &edit.deeds, terms)?;
                changed.push(access.item_within(write, authority, *id)?);
            }
            Ok(changed)
        })
        .await
    }

    /// Deletes a person who was made by hand.
    pub async fn delete_person(
        &self,
        id: ResourceId,
        preconditions: Preconditions,
    ) -> Result<(), AdminError> {
        let access = self.clone();
        self.write(move |write, authority| {
            write.lock_accounts(&[id])?;
            let standing = authority.require_on(write, Operation::DeletePerson, id)?;
            preconditions.check(&tag_of_person(&standing))?;
            Ok(access.core.delete_person_within(write, &access.author(), id)?)
        })
        .await
    }

    fn item_within(
        &self,
        write: &mut Write<'_>,
        authority: &Authority,
        id: ResourceId,
    ) -> Result<Item, AdminError> {
        Ok(item(&self.standing_now(write, id)?, authority))
    }

    fn standing_now(&self, write: &mut Write<'_>, id: ResourceId) -> Result<Standing, AdminError> {
        self.core.standing_within(write, id)?.ok_or_else(AdminError::not_found)
    }
}

impl Authority {
    /// Whether people with all this can be made.
    fn require_creation(&self, deeds: &[ByHand]) -> Result<(), AdminError> {
        let pins = || deeds.iter().flat_map(pins_of);
        let keyed = |kind: GrantKind| {
            pins().filter(move |pin| pin.kind == kind).find_map(|pin| match &pin.value {
                Some(PinValue::Key(key)) => Some(key.clone()),
                Some(PinValue::Given | PinValue::Taken | PinValue::Setting(_)) | None => None,
            })
        };
        let role = keyed(GrantKind::Role).map(Role::from).unwrap_or_default();
        let (user_group, team) = (keyed(GrantKind::UserGroup), keyed(GrantKind::Team));
        let given = |pin: &&PinOrder| pin.kind == GrantKind::Product && pin.value == Some(PinValue::Given);
        let products: Vec<&str> = pins().filter(given).map(|pin| pin.subject.as_str()).collect();
        let whom = Whom {
            role: &role,
            user_group: user_group.as_deref(),
            team: team.as_deref(),
            products: &products,
        };
        self.require(Operation::CreatePerson, Target::Other(&whom))
    }

    /// Whether all this can be done to somebody; to somebody new, if nobody is named.
    fn require_deeds(&self, whom: Option<&Standing>, deeds: &[ByHand]) -> Result<(), AdminError> {
        for deed in deeds {
            match deed {
                ByHand::Pin(pins) => pins.iter().try_for_each(|pin| self.require_pin(whom, pin))?,
                ByHand::Suspend => self.require_for(whom, Operation::SuspendPerson)?,
                ByHand::Reactivate => self.require_for(whom, Operation::ReactivatePerson)?,
                ByHand::SignIn { product, .. } => {
                    self.require_for(whom, Operation::ChangeProductSettings { product })?;
                }
                ByHand::Email(_) | ByHand::Transfer(_) => {
                    self.require_for(whom, Operation::ChangePerson)?;
                }
                ByHand::HandOver => self.require(Operation::ChangeCeilings, Target::Organization)?,
                // Only products say whom they saw.
                ByHand::Registered { .. } => return Err(AdminError::WrongKind("a product's key")),
                ByHand::CameThrough { product } => {
                    self.require_for(whom, Operation::ChangeLicences { product })?;
                }
            }
        }
        Ok(())
    }

    fn require_for(&self, whom: Option<&Standing>, operation: Operation<'_>) -> Result<(), AdminError> {
        match whom {
            Some(standing) => self.require_of(operation, standing),
            // Whether one may make such a person was asked before.
            None => self.require(operation, Target::Organization),
        }
    }

    /// Nobody gives what they may not, nor moves people beyond their own reach.
    fn require_pin(&self, whom: Option<&Standing>, pin: &PinOrder) -> Result<(), AdminError> {
        let subject = pin.subject.as_str();
        let key = match &pin.value {
            Some(PinValue::Key(key)) => Some(key.as_str()),
            Some(PinValue::Given | PinValue::Taken | PinValue::Setting(_)) | None => None,
        };
        // What was given by hand may have held something higher down.
        if pin.value.is_none() && matches!(pin.kind, GrantKind::Role | GrantKind::ProductRole) {
            self.require(Operation::ChangeRoles, Target::Organization)?;
        }
        match pin.kind {
            GrantKind::Role => {
                self.require_for(whom, Operation::ChangeRole)?;
                let role = key.map(|key| Role::from(key.to_owned())).unwrap_or_default();
                decided(self.power.may_give_role(&role))
            }
            GrantKind::Manages => {
                self.require_for(whom, Operation::ChangeRole)?;
                // Who a custom role reaches is as much as the role itself.
                decided(self.power.may_give_role(&Role::Custom(String::new())))
            }
            GrantKind::UserGroup => {
                self.require_for(whom, Operation::MovePerson)?;
                if self.power.reaches_group(key) { Ok(()) } else { Err(beyond()) }
            }
            GrantKind::Team => {
                self.require_for(whom, Operation::AssignRepresentative)?;
                if self.power.reaches_team(key) { Ok(()) } else { Err(beyond()) }
            }
            GrantKind::Portal => self.require_for(whom, Operation::AssignRepresentative),
            GrantKind::DeviceGroup => self.require_for(whom, Operation::AssignDeviceGroups),
            GrantKind::Product => self.require_for(whom, Operation::ChangeLicences { product: subject }),
            GrantKind::Template => {
                self.require_for(whom, Operation::ChangeProductSettings { product: subject })
            }
            GrantKind::Feature => {
                let (product, feature) = subject.split_once('/').unwrap_or((subject, ""));
                self.require_for(whom, Operation::ChangeProductSettings { product })?;
                self.require_of_team(whom, product, feature, pin.value.as_ref())
            }
            GrantKind::ProductRole => {
                self.require_for(whom, Operation::ChangeManagers { product: subject })?;
                let catalogue = &self.declared.catalogue;
                let role = catalogue.products.get(subject).and_then(|product| product.roles.get(key?));
                match role {
                    Some(role) => {
                        let team = whom.and_then(Standing::team);
                        decided(self.power.may_give_product_role(subject, role, team, catalogue))
                    }
                    None => Ok(()),
                }
            }
        }
    }

    /// Managers of teams give what the team has, and no more.
    fn require_of_team(
        &self,
        whom: Option<&Standing>,
        product: &str,
        feature: &str,
        value: Option<&PinValue>,
    ) -> Result<(), AdminError> {
        let team = whom.and_then(Standing::team);
        let (Some(team), Some(PinValue::Setting(wanted))) = (team, value) else { return Ok(()) };
        if !self.power.is_of_teams(product) {
            return Ok(());
        }
        match of_team(team, product, feature, &self.declared.settings) {
            Some(has) if wanted.meet(has) != *wanted => {
                Err(AdminError::Forbidden(Lack::Team(feature.to_owned())))
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn decided(decision: Decision) -> Result<(), AdminError> {
    match decision {
        Decision::Allowed => Ok(()),
        Decision::Hidden => Err(AdminError::not_found()),
        Decision::Forbidden(lack) => Err(AdminError::Forbidden(lack)),
    }
}

fn beyond() -> AdminError {
    AdminError::Conflict("people cannot be moved there by you")
}

fn pins_of(deed: &ByHand) -> &[PinOrder] {
    match deed {
        ByHand::Pin(pins) => pins,
        ByHand::Suspend
        | ByHand::Reactivate
        | ByHand::HandOver
        | ByHand::SignIn { .. }
        | ByHand::Registered { .. }
        | ByHand::Transfer(_)
        | ByHand::Email(_)
        | ByHand::CameThrough { .. } => &[],
    }
}

fn item(standing: &Standing, authority: &Authority) -> Item {
    Item { etag: tag_of_person(standing), body: value(&shown(standing, authority)) }
}

pub(super) fn value(view: &AccountView) -> Value {
    serde_json::to_value(view).unwrap_or_else(|_unwritable| Value::Object(Map::new()))
}

/// An account as one may see it: what the organization forbids is not shown to managers.
pub(super) fn shown(standing: &Standing, authority: &Authority) -> AccountView {
    let mut view = standing.view();
    if authority.sees_settings() {
        return view;
    }
    for (product, licence) in &mut view.licenses {
        licence.features.retain(|feature, _| !authority.is_forbidden(product, feature));
    }
    let hidden = |subject: &str| {
        let feature = subject.split_once('/');
        feature.is_some_and(|(product, feature)| authority.is_forbidden(product, feature))
    };
    view.pins.retain(|pin| pin.kind != GrantKind::Feature || !hidden(&pin.subject));
    view
}

impl Access {
    /// The step of a transfer that a word means.
    pub fn transfer(&self, word: &str) -> Result<ByHand, AdminError> {
        Ok(ByHand::Transfer(match word {
            "ask" => TransferStep::Ask,
            "accept" => TransferStep::Accept,
            "decline" => TransferStep::Decline,
            "withdraw" => TransferStep::Withdraw,
            _ => return Err(AdminError::invalid("answer", "it must be ask, accept, decline or withdraw")),
        }))
    }
}

/// The entity tag of a person: of the account's version, and of what was said of the person, which changes without it.
fn tag_of_person(standing: &Standing) -> String {
    super::tag_of(&json!([standing.version(), standing.document()]))
}
