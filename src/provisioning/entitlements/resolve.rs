//! The precedence of grants: pins, what the directory says of the user, rules by rank, what is so for everybody.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::first::{ByHand, by_hand, first};
use super::licences::Licences;
use super::matching::{Match, matches};
use super::{Entitlements, Granted, Source, Trouble};
use crate::domain::{Role, Status, Suspension, fold};
use crate::provisioning::catalogue::Catalogue;
use crate::provisioning::facts::{BoundRule, Facts, Own, PinValue, Transfer};
use crate::provisioning::powers;
use crate::provisioning::settings::{GrantKind, Settings};
use crate::provisioning::wishes::{Attribute, ENTITLEMENTS, ROLES, Wishes, wishes};

/// What an account should have, and what could not be given to it. `rules` are those in force, in order of rank: the
/// first that sets what an account has one of decides. Neither depends on the order of groups, pins or elements.
///
/// A suspended account has no role and no licences; what it is placed in (team, user group, portals, device groups)
/// is kept for its return.
#[must_use]
pub fn entitlements(
    facts: &Facts<'_>,
    rules: &[BoundRule],
    settings: &Settings,
    catalogue: &Catalogue,
) -> (Entitlements, Vec<Trouble>) {
    let (wishes, troubles) = wishes(facts.document, catalogue, settings);
    let matches = matches(facts, rules);
    let mut resolution = Resolution { facts, matches, wishes, settings, catalogue, troubles };
    let entitlements = resolution.entitlements();
    let mut troubles = resolution.troubles;
    troubles.sort_unstable();
    troubles.dedup();
    (entitlements, troubles)
}

/// Everything that one resolution looks at, and the troubles that it meets.
pub(super) struct Resolution<'a> {
    pub facts: &'a Facts<'a>,
    pub matches: Vec<Match<'a>>,
    pub wishes: Wishes,
    pub settings: &'a Settings,
    pub catalogue: &'a Catalogue,
    pub troubles: Vec<Trouble>,
}

impl Resolution<'_> {
    fn entitlements(&mut self) -> Entitlements {
        let status = status(self.facts.document, self.facts.own);
        let given = status.grants();
        Entitlements {
            status,
            role: given.then(|| self.role()),
            user_group: self.user_group(),
            team: self.team(),
            products: if given { Licences::of(self) } else { BTreeMap::new() },
            portals: self.portals(),
            device_groups: self.device_groups(),
            manages: self.manages(),
            profile: self.profile(),
            welcome_email: self.of_rules(|rule| rule.grants.welcome_email.as_ref()),
            language: self.of_rules(|rule| rule.grants.language.as_ref()),
        }
    }

    /// What was chosen by hand is not bound by the ceiling: whoever chose it was asked then.
    fn role(&mut self) -> Granted<Role> {
        let (settings, catalogue) = (self.settings, self.catalogue);
        let missing = |role: &Role, source: &Source| match role {
            Role::Custom(key) if !settings.roles.contains_key(key) => Some(unfit(key, source)),
            Role::Custom(_) | Role::Member | Role::Admin | Role::SuperAdmin => None,
        };
        let pinned = match by_hand(self.facts.pins, GrantKind::Role, "") {
            ByHand::None => Some((Role::Member, Source::Pin)),
            ByHand::Key(key) => Some((key.to_owned().into(), Source::Pin)),
            ByHand::Open => None,
        };
        if let Some(role) = first(pinned, &mut self.troubles, missing) {
            return role;
        }
        let provider = self.facts.connection;
        let core = || self.wishes.core_role.clone().map(|role| (role, Source::Scim(ROLES.to_owned())));
        let pushed = self.wishes.role.clone().map(|role| (role, Attribute::Role.source()));
        let rules =
            self.matches.iter().filter_map(|rule| Some((rule.grants.role.clone()?, rule.source.clone())));
        // One that only ever adds roles says nothing by those that it leaves.
        let (early, late) = if provider.adds_roles_only { (None, core()) } else { (core(), None) };
        let candidates = pushed.into_iter().chain(early).chain(rules).chain(late);
        first(candidates, &mut self.troubles, |role, source| {
            missing(role, source).or_else(|| {
                powers::is_above(role, &provider.ceiling, settings, catalogue)
                    .then(|| Trouble::AboveCeiling { role: role.clone(), source: source.clone() })
            })
        })
        .unwrap_or(Granted { value: Role::Member, source: Source::Default })
    }

    fn user_group(&mut self) -> Option<Granted<String>> {
        let known = &self.settings.user_groups;
        let pushed = self.wishes.user_group.clone().map(|key| (key, Attribute::UserGroup.source()));
        let of_rule = |rule: &Match<'_>| rule.grants.user_group.clone();
        self.one(GrantKind::UserGroup, pushed, of_rule, |key| known.contains_key(key))
    }

    fn team(&mut self) -> Option<Granted<String>> {
        let known = &self.settings.teams;
        let pushed = self.wishes.team.clone().map(|key| (key, Attribute::Team.source()));
        self.one(GrantKind::Team, pushed, |rule| rule.grants.team.clone(), |key| known.contains_key(key))
    }

    fn one(
        &mut self,
        kind: GrantKind,
        pushed: Option<(String, Source)>,
        of_rule: impl Fn(&Match<'_>) -> Option<String>,
        known: impl Fn(&str) -> bool,
    ) -> Option<Granted<String>> {
        let pinned = match by_hand(self.facts.pins, kind, "") {
            ByHand::None => return None,
            ByHand::Key(key) => Some((key.to_owned(), Source::Pin)),
            ByHand::Open => None,
        };
        let rules = self.matches.iter().filter_map(|rule| Some((of_rule(rule)?, rule.source.clone())));
        let candidates = pinned.into_iter().chain(pushed).chain(rules);
        first(candidates, &mut self.troubles, |key, source| (!known(key)).then(|| unfit(key, source)))
    }

    fn of_rules<'m>(
        &'m self,
        value: impl Fn(&'m Match<'_>) -> Option<&'m String>,
    ) -> Option<Granted<String>> {
        self.matches
            .iter()
            .find_map(|rule| Some(Granted { value: value(rule)?.clone(), source: rule.source.clone() }))
    }

    fn portals(&mut self) -> BTreeMap<String, Vec<Source>> {
        let known = &self.settings.portals;
        let pushed =
            self.wishes.portals.iter().map(|key| (key.clone(), Source::Scim(ENTITLEMENTS.to_owned())));
        let rules = self
            .matches
            .iter()
            .flat_map(|rule| rule.grants.portals.iter().map(|key| (key.clone(), rule.source.clone())));
        let given = pushed.chain(rules).collect();
        self.several(GrantKind::Portal, given, |key| known.contains_key(key))
    }

    fn device_groups(&mut self) -> BTreeMap<String, Vec<Source>> {
        let known = &self.settings.device_groups;
        let rules = self
            .matches
            .iter()
            .flat_map(|rule| rule.grants.device_groups.iter().map(|key| (key.clone(), rule.source.clone())));
        let given = rules.collect();
        self.several(GrantKind::DeviceGroup, given, |key| known.contains_key(key))
    }

    /// A user group that is gone still limits: without it the role would reach everybody.
    fn manages(&mut self) -> BTreeMap<String, Vec<Source>> {
        let known = &self.settings.user_groups;
        let manages = self.several(GrantKind::Manages, Vec::new(), |_| true);
        let gone = manages.keys().filter(|key| !known.contains_key(*key));
        self.troubles.extend(gone.map(|key| unfit(key, &Source::Pin)));
        manages
    }

    /// The union of what is given and of pins that give, less what pins take.
    pub(super) fn several(
        &mut self,
        kind: GrantKind,
        given: Vec<(String, Source)>,
        known: impl Fn(&str) -> bool,
    ) -> BTreeMap<String, Vec<Source>> {
        let mut all: BTreeMap<String, Vec<Source>> = BTreeMap::new();
        let of_kind = |wanted: PinValue| {
            let pins = self.facts.pins.iter();
            pins.filter(move |pin| pin.kind == kind && pin.value == wanted).map(|pin| &pin.subject)
        };
        let by_hand = of_kind(PinValue::Given).map(|key| (key.clone(), Source::Pin));
        for (key, source) in by_hand.chain(given) {
            let sources = all.entry(key).or_default();
            if sources.last() != Some(&source) {
                sources.push(source);
            }
        }
        for key in of_kind(PinValue::Taken) {
            all.remove(key);
        }
        all.retain(|key, sources| {
            if !known(key) {
                self.troubles.extend(sources.iter().map(|source| unfit(key, source)));
            }
            known(key)
        });
        all
    }

    fn profile(&self) -> BTreeMap<String, Granted<String>> {
        let mut profile = BTreeMap::new();
        for rule in &self.matches {
            for (field, path) in &rule.grants.profile {
                if let Some(value) = text_at(self.facts.document, path) {
                    let filled = || Granted { value, source: rule.source.clone() };
                    profile.entry(field.clone()).or_insert_with(filled);
                }
            }
        }
        profile
    }
}

/// That something of this key cannot be given by this source.
pub(super) fn unfit(key: &str, source: &Source) -> Trouble {
    Trouble::Unfit { key: key.to_owned(), source: source.clone() }
}

/// Active is who the directory says is active, and nobody else.
fn status(document: &Map<String, Value>, own: &Own) -> Status {
    if document.get("active") != Some(&Value::Bool(true)) {
        return Status::Suspended(Suspension::Directory);
    }
    match own.transfer {
        _ if own.suspended => Status::Suspended(Suspension::Hand),
        Some(Transfer::Declined) => Status::Suspended(Suspension::TransferDeclined),
        Some(Transfer::Pending) => Status::TransferPending,
        None if own.registered.is_empty() => Status::Invited,
        None => Status::Active,
    }
}

/// The schema whose attributes stand in the document itself, folded (RFC 7643 section 4.1).
const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:user";

/// The text of an attribute by its path (RFC 7644 section 3.10), of several values the first; numbers and booleans are
/// written out.
fn text_at(document: &Map<String, Value>, path: &str) -> Option<String> {
    let extension = path.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    let (object, names) = match path.rsplit_once(':').filter(|_| extension) {
        Some((urn, names)) if fold(urn) == CORE_USER => (document, names),
        Some((urn, names)) => (member(document, urn)?.as_object()?, names),
        None => (document, path),
    };
    let mut names = names.split('.');
    let mut value = one(member(object, names.next()?)?)?;
    for name in names {
        value = one(member(value.as_object()?, name)?)?;
    }
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(answer) => Some(answer.to_string()),
        // Of a complex attribute its value (RFC 7643 section 2.4).
        Value::Object(members) => members.get("value").and_then(Value::as_str).map(str::to_owned),
        Value::String(_) | Value::Null | Value::Array(_) => None,
    }
}

/// Names of attributes are compared without regard to case (RFC 7643 section 2.1).
fn member<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let spelled = || object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    object.get(name).or_else(spelled)
}

fn one(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(elements) => elements.first(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => Some(value),
    }
}
