//! One operation of a bulk request.

use serde_json::{Map, Value};

use super::super::Context;
use super::super::message::member;
use super::super::profile::{Quirk, Tolerance};
use super::super::schema::ResourceType;
use super::OperationError;
use super::reference::PREFIX;

/// What can be done in bulk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Modifies.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    const ALL: [Self; 4] = [Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// The HTTP method.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// An operation as sent: what its answer repeats, and what it does.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The method, where it is one that bulk has.
    pub method: Option<Method>,
    /// The client's identifier of the operation; required with POST, repeated in the answer with any method.
    pub bulk_id: Option<String>,
    /// What it does, or why it cannot.
    pub action: Result<Action<'a>, OperationError>,
}

/// What an operation does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<'a> {
    /// POST to a resource type's endpoint.
    Create {
        /// The type of the new resource.
        resource_type: &'a ResourceType,
        /// By what the request's other operations name it.
        bulk_id: String,
        /// The resource.
        data: Value,
    },
    /// PUT of a resource.
    Replace {
        /// Which one.
        target: Target<'a>,
        /// The version it must have, as `If-Match` would say.
        version: Option<String>,
        /// The resource.
        data: Value,
    },
    /// PATCH of a resource.
    Modify {
        /// Which one.
        target: Target<'a>,
        /// The version it must have, as `If-Match` would say.
        version: Option<String>,
        /// The `PatchOp` message.
        data: Value,
    },
    /// DELETE of a resource.
    Delete {
        /// Which one.
        target: Target<'a>,
        /// The version it must have, as `If-Match` would say.
        version: Option<String>,
    },
}

/// An existing resource, or one that this request creates.
#[derive(Debug, Clone, PartialEq)]
pub struct Target<'a> {
    /// Its type.
    pub resource_type: &'a ResourceType,
    /// Its id as sent, or `bulkId:` and the identifier of the POST that creates it.
    pub id: String,
}

impl<'a> Action<'a> {
    /// The resource that is changed; none for a new one.
    #[must_use]
    pub const fn target(&self) -> Option<&Target<'a>> {
        match self {
            Self::Create { .. } => None,
            Self::Replace { target, .. } | Self::Modify { target, .. } | Self::Delete { target, .. } => {
                Some(target)
            }
        }
    }

    /// The type of the resource.
    #[must_use]
    pub const fn resource_type(&self) -> &'a ResourceType {
        match self {
            Self::Create { resource_type, .. } => resource_type,
            Self::Replace { target, .. } | Self::Modify { target, .. } | Self::Delete { target, .. } => {
                target.resource_type
            }
        }
    }

    /// What is sent along.
    #[must_use]
    pub const fn data(&self) -> Option<&Value> {
        match self {
            Self::Create { data, .. } | Self::Replace { data, .. } | Self::Modify { data, .. } => Some(data),
            Self::Delete { .. } => None,
        }
    }
}

/// Reads one operation; what is wrong with it stands inside.
pub(super) fn read<'a>(operation: &Value, context: &Context<'a>) -> Entry<'a> {
    let Some(members) = operation.as_object() else {
        return Entry { method: None, bulk_id: None, action: Err(OperationError::NotAnObject) };
    };
    let method = method(members, context.tolerance);
    let text = |name| member(members, name, context.tolerance).and_then(Value::as_str);
    let bulk_id = text("bulkId").filter(|bulk_id| !bulk_id.is_empty()).map(str::to_owned);
    let action = match method {
        Some(method) => action(method, bulk_id.as_ref(), members, context),
        None => Err(OperationError::Method),
    };
    Entry { method, bulk_id, action }
}

fn method(members: &Map<String, Value>, tolerance: &Tolerance) -> Option<Method> {
    let sent = member(members, "method", tolerance)?.as_str()?;
    Method::ALL.into_iter().find(|method| {
        let name = method.as_str();
        name == sent || (name.eq_ignore_ascii_case(sent) && tolerance.forgives(Quirk::OperationCase))
    })
}

fn action<'a>(
    method: Method,
    bulk_id: Option<&String>,
    members: &Map<String, Value>,
    context: &Context<'a>,
) -> Result<Action<'a>, OperationError> {
    let path = member(members, "path", context.tolerance).and_then(Value::as_str);
    if method == Method::Post {
        return Ok(Action::Create {
            resource_type: endpoint(path, context)?,
            bulk_id: bulk_id.cloned().ok_or(OperationError::BulkIdMissing)?,
            data: data(members, context.tolerance)?,
        });
    }
    let target = target(path, context)?;
    let version = version(members, context.tolerance)?;
    Ok(match method {
        Method::Put => Action::Replace { target, version, data: data(members, context.tolerance)? },
        Method::Patch => Action::Modify { target, version, data: data(members, context.tolerance)? },
        Method::Delete | Method::Post => Action::Delete { target, version },
    })
}

/// `/Users`.
fn endpoint<'a>(path: Option<&str>, context: &Context<'a>) -> Result<&'a ResourceType, OperationError> {
    const EXPECTED: &str = "the endpoint of a resource type, such as /Users";
    let name = path.map(relative).filter(|name| !name.is_empty() && !name.contains('/'));
    let name = name.ok_or(OperationError::Path { expected: EXPECTED })?;
    context.registry.resource_type_at(name).ok_or(OperationError::UnknownResourceType)
}

/// `/Users/ID` or `/Users/bulkId:NAME`, where only the latter may go on with slashes.
fn target<'a>(path: Option<&str>, context: &Context<'a>) -> Result<Target<'a>, OperationError> {
    const EXPECTED: &str = "the path of a resource, such as /Users/ID";
    let (name, id) = path
        .and_then(|path| relative(path).split_once('/'))
        .filter(|(_, id)| !id.is_empty() && (id.starts_with(PREFIX) || !id.contains(['/', '?', '#'])))
        .ok_or(OperationError::Path { expected: EXPECTED })?;
    let resource_type = context.registry.resource_type_at(name).ok_or(OperationError::UnknownResourceType)?;
    Ok(Target { resource_type, id: id.to_owned() })
}

/// The path without the slash it may begin with.
fn relative(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

fn version(members: &Map<String, Value>, tolerance: &Tolerance) -> Result<Option<String>, OperationError> {
    match member(members, "version", tolerance) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(version)) => Ok(Some(version.clone())),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(OperationError::Version)
        }
    }
}

fn data(members: &Map<String, Value>, tolerance: &Tolerance) -> Result<Value, OperationError> {
    match member(members, "data", tolerance) {
        None | Some(Value::Null) => Err(OperationError::DataMissing),
        Some(data @ Value::Object(_)) => Ok(data.clone()),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(OperationError::DataNotAnObject)
        }
    }
}
