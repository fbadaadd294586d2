//! SCIM clients, what they present, and API keys.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

/// A SCIM client.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ListedClient {
    id: String,
    name: String,
    /// The connection, by name.
    connection: Option<String>,
    profile: Profile,
    scope: Scope,
    jwks_uri: Option<String>,
    has_jwks: bool,
    created_at: String,
    disabled_at: Option<String>,
}

/// A SCIM client with its tokens and secrets, and what it was forgiven.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ScimClient {
    id: String,
    name: String,
    /// The connection, by name.
    connection: Option<String>,
    profile: Profile,
    scope: Scope,
    jwks_uri: Option<String>,
    has_jwks: bool,
    created_at: String,
    disabled_at: Option<String>,
    tokens: Vec<Token>,
    quirks: Vec<Quirk>,
    /// The client secret, in the answer that makes the client and never again.
    secret: Option<String>,
    /// That the secret is not shown again.
    notice: Option<String>,
}

/// A token or secret: what is known of it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Token {
    id: String,
    client: String,
    kind: Presented,
    /// What it begins with.
    hint: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

/// A token or secret that was just made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct IssuedToken {
    id: String,
    client: String,
    kind: Presented,
    /// What it begins with.
    hint: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
    /// Itself, this once; null in a repetition.
    secret: Option<String>,
    /// That the secret is not shown again.
    notice: Option<String>,
}

/// A deviation that a client was forgiven.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Quirk {
    quirk: String,
    occurrences: i64,
    last_seen_at: String,
}

/// All that a client was forgiven.
#[derive(ToSchema)]
pub struct Quirks {
    items: Vec<Quirk>,
    next: Option<String>,
}

/// A push that was refused; nothing of its body is kept.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RefusedPush {
    id: String,
    at: String,
    method: String,
    route: String,
    target: Option<String>,
    status: i64,
    scim_type: Option<String>,
    detail: String,
    request: String,
}

/// How a client's pushes are understood.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Profile {
    Entra,
    Okta,
    Generic,
    Rfc,
    Strict,
}

/// What may be done.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Scope {
    Read,
    Write,
}

/// What a client presents.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Presented {
    Token,
    Secret,
}

/// A SCIM client that is to be made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct NewClient {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// By name; `default` if none is said.
    connection: Option<String>,
    /// That of the connection's kind if none is said.
    profile: Option<Profile>,
    /// `write` if none is said.
    scope: Option<Scope>,
    /// Where the key set is fetched from with which assertions are verified.
    jwks_uri: Option<String>,
    /// The key set itself.
    jwks: Option<BTreeMap<String, Value>>,
    /// Whether an OAuth client secret is made with it.
    secret: Option<bool>,
}

/// A token or secret that is to be made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct NewToken {
    /// A token if nothing is said.
    kind: Option<Presented>,
    /// 365 if nothing is said.
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<u32>,
    never_expires: Option<bool>,
}

/// An API key: what is known of it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct Key {
    id: String,
    /// Whose it is, where it is an account's.
    account: Option<String>,
    /// Whose it is, where it is a product's.
    product: Option<String>,
    name: String,
    scope: Scope,
    /// What it begins with.
    hint: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}
