//! Edits of a group's members, which are rows and not part of its document.

use serde_json::Value;

use super::super::Context;
use super::super::document::{MemberRef, read_members};
use super::super::filter::{CompareValue, Filter, Operator, resolve_element};
use super::super::profile::Quirk;
use super::super::schema::Attribute;
use super::{Fault, Op};
use crate::domain::Predicate;

/// What becomes of a group's members. Adding one that is there or removing one that is not changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum MemberEdit {
    /// These become members. Each must exist.
    Add(Vec<MemberRef>),
    /// The resources with these ids are no longer members. The ids are as sent; they may be of nothing.
    Remove(Vec<String>),
    /// Nobody is a member any more.
    RemoveAll,
    /// Exactly these are members. Each must exist. Never empty.
    Replace(Vec<MemberRef>),
    /// The members whose element (`value`, `type`, `display`, `$ref`) satisfies this are no longer members.
    RemoveWhere(Predicate),
}

/// A member edit and the operation that asked for it, so that an error can name its position.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberStep {
    /// The operation, counted from 0.
    pub operation: usize,
    /// What it does.
    pub edit: MemberEdit,
}

impl MemberEdit {
    /// How many members the edit names.
    pub(super) const fn named(&self) -> usize {
        match self {
            Self::Add(members) | Self::Replace(members) => members.len(),
            Self::Remove(ids) => ids.len(),
            Self::RemoveAll | Self::RemoveWhere(_) => 0,
        }
    }
}

/// The edit that an operation on `members` as a whole means; none if it changes nothing.
pub(super) fn of_all(
    op: Op,
    value: Option<Value>,
    context: &Context<'_>,
) -> Result<Option<MemberEdit>, Fault> {
    let value = value.filter(|value| !value.is_null());
    Ok(match (op, value) {
        (Op::Add, None) => None,
        (Op::Replace | Op::Remove, None) => Some(MemberEdit::RemoveAll),
        (Op::Add, Some(value)) => {
            Some(read_members(*context, value)?).filter(|members| !members.is_empty()).map(MemberEdit::Add)
        }
        (Op::Replace, Some(value)) => {
            let members = read_members(*context, value)?;
            Some(if members.is_empty() { MemberEdit::RemoveAll } else { MemberEdit::Replace(members) })
        }
        (Op::Remove, Some(value)) => {
            if !context.tolerance.forgives(Quirk::RemoveWithValue) {
                return Err(Fault::RemoveWithValue { attribute: "members".to_owned() });
            }
            let ids: Vec<String> =
                read_members(*context, value)?.into_iter().map(|member| member.value).collect();
            (!ids.is_empty()).then_some(MemberEdit::Remove(ids))
        }
    })
}

/// The edit that an operation on the members selected by a filter means.
pub(super) fn of_selected(
    op: Op,
    filter: &Filter,
    value: Option<&Value>,
    attribute: &Attribute,
    context: &Context<'_>,
) -> Result<Option<MemberEdit>, Fault> {
    let predicate = resolve_element(filter, context, attribute)?;
    let ids = ids(filter);
    if op == Op::Remove || value.is_none_or(Value::is_null) {
        return Ok(Some(ids.map_or(MemberEdit::RemoveWhere(predicate), MemberEdit::Remove)));
    }
    let ids = ids.unwrap_or_default();
    let sent = value.and_then(|value| value.get("value").or(Some(value))).and_then(Value::as_str);
    if sent.is_some_and(|sent| !ids.iter().any(|id| id == sent)) {
        return Err(immutable("value"));
    }
    match ids.as_slice() {
        // The target does not exist or is just this one: to add it is to make it a member.
        [id] if op == Op::Add => Ok(Some(MemberEdit::Add(vec![MemberRef { value: id.clone(), kind: None }]))),
        [..] => of_detail("display", context).map(|()| None),
    }
}

/// A change of a sub-attribute of members: they are immutable (RFC 7643 section 4.2).
pub(super) fn of_detail(sub: &str, context: &Context<'_>) -> Result<(), Fault> {
    if sub.eq_ignore_ascii_case("value") || !context.tolerance.forgives(Quirk::MemberDetails) {
        return Err(immutable(sub));
    }
    Ok(())
}

fn immutable(sub: &str) -> Fault {
    Fault::Immutable { attribute: format!("members.{sub}") }
}

/// The ids, where the filter is one `value eq "ID"` or several joined by `or`.
fn ids(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Compare { path, operator: Operator::Equal, value: CompareValue::Text(id) }
            if path.is_plain_name() && path.attribute.eq_ignore_ascii_case("value") =>
        {
            Some(vec![id.clone()])
        }
        Filter::Or(parts) => {
            let ids: Option<Vec<_>> = parts.iter().map(ids).collect();
            ids.map(|ids| ids.into_iter().flatten().collect())
        }
        Filter::And(_)
        | Filter::Not(_)
        | Filter::Present(_)
        | Filter::Compare { .. }
        | Filter::ValuePath { .. } => None,
    }
}
