//! What an organization declares, and the catalogue that it is about.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use super::accounts::Setting;

/// One thing of a section.
#[derive(ToSchema)]
pub struct SectionItem {
    /// Its key.
    id: String,
    /// What is declared of it; of a product without a pool null.
    value: Option<Value>,
    /// Of a pool: as counted at this moment.
    seats: Option<Seats>,
    /// The revision of the settings.
    revision: Option<i64>,
}

/// What happens to one who is entitled where no seat is left.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Policy {
    Waitlist,
    Refuse,
    Overage,
    Unlimited,
}

/// The seats of a product.
#[derive(ToSchema)]
pub struct Seats {
    /// How many there are; null: as many as are asked for.
    size: Option<u32>,
    taken: i64,
    waiting: i64,
    policy: Policy,
}

/// A whole section, with the revision that was seen.
#[derive(ToSchema)]
pub struct SectionOrder {
    revision: u32,
    values: BTreeMap<String, Value>,
    /// What it is for.
    note: Option<String>,
}

/// One thing of a section, with the revision that was seen.
#[derive(ToSchema)]
pub struct SectionItemOrder {
    revision: u32,
    value: Value,
    /// What it is for.
    note: Option<String>,
}

/// What is to be previewed: all of a section, or one thing of it.
#[derive(ToSchema)]
pub struct SectionProposal {
    values: Option<BTreeMap<String, Value>>,
    key: Option<String>,
    /// Null: without it.
    value: Option<Value>,
}

/// What a change would do.
#[derive(ToSchema)]
pub struct Preview {
    /// The revision that it was worked out with, for whoever applies it.
    revision: i64,
    /// How many people were looked at.
    people: u64,
    /// How many of them it would touch.
    touched: u64,
    /// What they would gain, by grant.
    gained: BTreeMap<String, PreviewedGrant>,
    /// What they would lose, by grant.
    lost: BTreeMap<String, PreviewedGrant>,
    /// The seats as they would be, by product.
    seats: BTreeMap<String, PreviewedSeats>,
}

/// One grant, and those who would gain or lose it.
#[derive(ToSchema)]
pub struct PreviewedGrant {
    count: u64,
    /// The first of them.
    people: Vec<String>,
}

/// How the seats of a product would be.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct PreviewedSeats {
    size: Option<u32>,
    taken: u64,
    entitled: u64,
    would_hold: u64,
    would_wait: u64,
}

/// The revision in force after something was applied.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct AppliedRevision {
    revision: i64,
    /// Whether it is another than before: what changes nothing makes none.
    is_new: bool,
}

/// The revision that was seen.
#[derive(ToSchema)]
pub struct SeenRevision {
    revision: u32,
}

/// What is declared.
#[derive(ToSchema)]
pub struct Settings {
    revision: i64,
    /// By section.
    settings: BTreeMap<String, Value>,
}

/// A revision of the settings.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ListedRevision {
    revision: i64,
    created_at: String,
    actor: String,
    note: String,
}

/// A revision of the settings with what it declared.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Revision {
    revision: i64,
    created_at: String,
    actor: String,
    note: String,
    settings: BTreeMap<String, Value>,
}

/// What there is to be had.
#[derive(ToSchema)]
pub struct Catalogue {
    /// By key: what custom roles and roles inside products may permit.
    permissions: BTreeMap<String, BTreeMap<String, Value>>,
    /// By key: products with their features, roles and ways to sign in.
    products: BTreeMap<String, BTreeMap<String, Value>>,
    /// By key: products that bring others.
    bundles: BTreeMap<String, BTreeMap<String, Value>>,
}

/// A team or portal: a tree, with values of features by product.
#[derive(ToSchema)]
pub struct Node {
    /// Its key.
    id: String,
    name: Option<String>,
    /// What it is below.
    parent: Option<String>,
    features: Option<BTreeMap<String, BTreeMap<String, Setting>>>,
}

/// The same, as it is put.
#[derive(ToSchema)]
pub struct NewNode {
    name: Option<String>,
    parent: Option<String>,
    features: Option<BTreeMap<String, BTreeMap<String, Setting>>>,
}

/// A named set of values of features for one product.
#[derive(ToSchema)]
pub struct Template {
    /// Its key.
    id: String,
    name: Option<String>,
    product: String,
    features: Option<BTreeMap<String, Setting>>,
}

/// The same, as it is put.
#[derive(ToSchema)]
pub struct NewTemplate {
    name: Option<String>,
    product: String,
    features: Option<BTreeMap<String, Setting>>,
}

/// A user group or device group.
#[derive(ToSchema)]
pub struct Group {
    /// Its key.
    id: String,
    name: Option<String>,
}

/// The same, as it is put.
#[derive(ToSchema)]
pub struct NewGroup {
    name: Option<String>,
}
