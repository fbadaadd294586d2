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
    /// `entra`, `okta`, `generic`, `rfc` or `strict`.
    profile: String,
    /// `read` or `write`.
    scope: String,
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
    /// `entra`, `okta`, `generic`, `rfc` or `strict`.
    profile: String,
    /// `read` or `write`.
    scope: String,
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
    /// `token` or `secret`.
    kind: String,
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
    /// `token` or `secret`.
    kind: String,
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

/// A SCIM client that is to be made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct NewClient {
    name: String,
    /// By name; `default` if none is said.
    connection: Option<String>,
    /// `entra`, `okta`, `generic`, `rfc` or `strict`; that of the connection's kind if none is said.
    profile: Option<String>,
    /// `read` or `write`, which is meant if none is said.
    scope: Option<String>,
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
    /// `token` or `secret`.
    kind: Option<String>,
    /// 1 to 3650; 365 if nothing is said.
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
    /// `read` or `write`.
    scope: String,
    /// What it begins with.
    hint: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}
