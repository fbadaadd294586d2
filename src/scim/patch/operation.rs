//! The PATCH message as sent (RFC 7644 section 3.5.2).

use serde_json::{Map, Value};

use super::super::Context;
use super::super::message::{member, open, operations};
use super::super::path::PatchPath;
use super::super::profile::{Profile, Quirk};
use super::super::urn;
use super::{Fault, PatchError};

/// What is to be done at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// RFC 7644 section 3.5.2.1.
    Add,
    /// RFC 7644 section 3.5.2.3.
    Replace,
    /// RFC 7644 section 3.5.2.2.
    Remove,
}

/// One operation; its names are not yet looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What is to be done.
    pub op: Op,
    /// Where; none means at the resource itself.
    pub path: Option<PatchPath>,
    /// With what; there with `add` and `replace`. JSON's null unassigns.
    pub value: Option<Value>,
}

/// Reads a `PatchOp` message. Members that are not the message's are ignored.
pub fn read(body: &Value, context: &Context<'_>) -> Result<Vec<Operation>, PatchError> {
    let message = open(body, urn::PATCH_OP, context.tolerance)?;
    let sent = operations(message, context.tolerance)?;
    let limit = context.limits.patch_operations;
    if sent.len() > limit {
        return Err(PatchError::TooManyOperations { count: sent.len(), limit });
    }
    if sent.is_empty() && !context.tolerance.forgives(Quirk::NoOperations) {
        return Err(PatchError::Empty);
    }
    sent.iter()
        .enumerate()
        .map(|(position, operation)| read_one(operation, context).map_err(|fault| fault.at(position)))
        .collect()
}

fn read_one(operation: &Value, context: &Context<'_>) -> Result<Operation, Fault> {
    let members = operation.as_object().ok_or(Fault::NotAnObject)?;
    let op = op(members, context)?;
    let path = path(members, context)?;
    let value = member(members, "value", context.tolerance).cloned();
    match (op, &path, &value) {
        (Op::Remove, None, _) => Err(Fault::RemoveWithoutPath),
        (Op::Add | Op::Replace, _, None) => Err(Fault::ValueMissing),
        (Op::Add | Op::Replace, None, Some(_)) if context.tolerance.profile() == Profile::Strict => {
            Err(Fault::PathRequired)
        }
        (Op::Add | Op::Replace | Op::Remove, _, _) => Ok(Operation { op, path, value }),
    }
}

fn op(members: &Map<String, Value>, context: &Context<'_>) -> Result<Op, Fault> {
    const NAMES: [(&str, Op); 3] = [("add", Op::Add), ("replace", Op::Replace), ("remove", Op::Remove)];
    let sent = member(members, "op", context.tolerance).and_then(Value::as_str).ok_or(Fault::UnknownOp)?;
    let (name, op) =
        NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(sent)).ok_or(Fault::UnknownOp)?;
    if name == sent || context.tolerance.forgives(Quirk::OperationCase) {
        Ok(op)
    } else {
        Err(Fault::UnknownOp)
    }
}

fn path(members: &Map<String, Value>, context: &Context<'_>) -> Result<Option<PatchPath>, Fault> {
    match member(members, "path", context.tolerance) {
        None => Ok(None),
        Some(Value::String(path)) if !path.is_empty() => Ok(Some(PatchPath::parse(path, context)?)),
        Some(Value::Null | Value::String(_)) if context.tolerance.forgives(Quirk::EmptyPath) => Ok(None),
        Some(
            Value::Null
            | Value::String(_)
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_),
        ) => Err(Fault::NotAPath),
    }
}
