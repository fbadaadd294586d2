//! Looks a filter's names up in the schemas and checks what is compared with what.
//!
//! The answer is one predicate for each queried type, because the same name may be another attribute there, or
//! none: an attribute that a type lacks has no value (RFC 7644 section 3.4.2.1), and is an error only where no
//! queried type has it.

use super::super::path::AttributePath;
use super::super::profile::Quirk;
use super::super::schema::{Attribute, Kind, Mutability, Resolved, ResourceType, Returned};
use super::element::Element;
use super::literal::literal;
use super::{CompareValue, Context, Filter, FilterError, Operator};
use crate::domain::{Comparison, ConnectionId, Field, Index, Literal, Ordering, Predicate, Test};

/// Whose question it is.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// What locations begin with: `meta.location` is this, the type's endpoint, a slash and the id.
    pub base_url: &'a str,
    /// The connection that asks: only resources that it made have an `externalId` for it.
    pub connection: ConnectionId,
}

/// Resolves a filter for each of the types, in their order.
pub fn resolve(
    filter: &Filter,
    context: &Context<'_>,
    types: &[&ResourceType],
    scope: &Scope<'_>,
) -> Result<Vec<Predicate>, FilterError> {
    let mut predicates = Vec::with_capacity(types.len());
    let mut unknown: Option<Vec<String>> = None;
    for queried in types {
        let mut resource = Resource { context, queried, scope, unknown: Vec::new() };
        predicates.push(walk(filter, &mut resource)?);
        unknown = Some(match unknown {
            Some(everywhere) => {
                everywhere.into_iter().filter(|name| resource.unknown.contains(name)).collect()
            }
            None => resource.unknown,
        });
    }
    match unknown.into_iter().flatten().next() {
        Some(attribute) => Err(FilterError::UnknownAttribute { attribute }),
        None => Ok(predicates),
    }
}

/// Resolves the filter of a value path on the attribute; the fields are relative to one element, for
/// [`Predicate::holds_for_element`].
pub fn resolve_element(
    filter: &Filter,
    context: &Context<'_>,
    attribute: &Attribute,
) -> Result<Predicate, FilterError> {
    let mut element = Element::new(context, attribute, attribute.name.clone(), None);
    let predicate = walk(filter, &mut element)?;
    match element.unknown.into_iter().next() {
        Some(attribute) => Err(FilterError::UnknownAttribute { attribute }),
        None => Ok(predicate),
    }
}

/// Answers for the names in a filter. A name that is unknown counts as an attribute without a value, and is noted.
pub(super) trait Names {
    /// The attribute has a value.
    fn present(&mut self, path: &AttributePath) -> Result<Predicate, FilterError>;

    /// The attribute has a value in this relation to one that is not null.
    fn is(
        &mut self,
        path: &AttributePath,
        ordering: Ordering,
        value: &CompareValue,
    ) -> Result<Predicate, FilterError>;

    /// An element of the attribute satisfies the filter.
    fn element(&mut self, path: &AttributePath, filter: &Filter) -> Result<Predicate, FilterError>;
}

/// Resolves a filter; recursion is as deep as the parser's limit allows.
pub(super) fn walk(filter: &Filter, names: &mut dyn Names) -> Result<Predicate, FilterError> {
    match filter {
        Filter::And(parts) => {
            Ok(all(parts.iter().map(|part| walk(part, names)).collect::<Result<_, _>>()?))
        }
        Filter::Or(parts) => Ok(any(parts.iter().map(|part| walk(part, names)).collect::<Result<_, _>>()?)),
        Filter::Not(part) => Ok(not(walk(part, names)?)),
        Filter::Present(path) => names.present(path),
        Filter::Compare { path, operator, value } => compare(path, *operator, value, names),
        Filter::ValuePath { path, filter } => names.element(path, filter),
    }
}

fn compare(
    path: &AttributePath,
    operator: Operator,
    value: &CompareValue,
    names: &mut dyn Names,
) -> Result<Predicate, FilterError> {
    let ordering = match operator {
        Operator::NotEqual => return Ok(not(compare(path, Operator::Equal, value, names)?)),
        Operator::Equal if *value == CompareValue::Null => return Ok(not(names.present(path)?)),
        Operator::Equal => Ordering::Equal,
        Operator::Contains => Ordering::Contains,
        Operator::StartsWith => Ordering::StartsWith,
        Operator::EndsWith => Ordering::EndsWith,
        Operator::Greater => Ordering::Greater,
        Operator::GreaterOrEqual => Ordering::GreaterOrEqual,
        Operator::Less => Ordering::Less,
        Operator::LessOrEqual => Ordering::LessOrEqual,
    };
    if *value == CompareValue::Null {
        return Err(FilterError::NullOrdered { attribute: path.to_string(), operator: operator.as_str() });
    }
    names.is(path, ordering, value)
}

/// Every part; what is already decided is left out.
fn all(mut parts: Vec<Predicate>) -> Predicate {
    if parts.contains(&Predicate::Always(false)) {
        return Predicate::Always(false);
    }
    parts.retain(|part| *part != Predicate::Always(true));
    match parts.len() {
        0 => Predicate::Always(true),
        1 => parts.remove(0),
        _ => Predicate::All(parts),
    }
}

/// Some part; what is already decided is left out.
fn any(mut parts: Vec<Predicate>) -> Predicate {
    if parts.contains(&Predicate::Always(true)) {
        return Predicate::Always(true);
    }
    parts.retain(|part| *part != Predicate::Always(false));
    match parts.len() {
        0 => Predicate::Always(false),
        1 => parts.remove(0),
        _ => Predicate::Any(parts),
    }
}

fn not(part: Predicate) -> Predicate {
    match part {
        Predicate::Always(answer) => Predicate::Always(!answer),
        Predicate::Not(inner) => *inner,
        part @ (Predicate::All(_)
        | Predicate::Any(_)
        | Predicate::Test(_)
        | Predicate::Element { .. }
        | Predicate::MadeBy(_)) => Predicate::Not(Box::new(part)),
    }
}

/// Refuses what a filter must not reveal or cannot see.
pub(super) fn check_filterable(attribute: &Attribute, name: &str) -> Result<(), FilterError> {
    if attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly {
        return Err(FilterError::Sensitive { attribute: name.to_owned() });
    }
    if attribute.is_computed_on_request() {
        return Err(FilterError::NotFilterable { attribute: name.to_owned() });
    }
    Ok(())
}

/// Answers for the attributes of a resource of one type.
struct Resource<'a> {
    context: &'a Context<'a>,
    queried: &'a ResourceType,
    scope: &'a Scope<'a>,
    /// The names that this type has not.
    unknown: Vec<String>,
}

impl Names for Resource<'_> {
    fn present(&mut self, path: &AttributePath) -> Result<Predicate, FilterError> {
        if let Some(extension) = self.whole_extension(path) {
            let field = Field { path: vec![extension.to_owned()], index: None };
            return Ok(Predicate::Test(Test { field, comparison: Comparison::Present }));
        }
        let Some(resolved) = self.find(path)? else { return Ok(self.unknown(path)) };
        let resolved = in_rows(resolved).unwrap_or(resolved);
        Ok(self.owned(&resolved, test(&resolved, Comparison::Present)))
    }

    fn is(
        &mut self,
        path: &AttributePath,
        ordering: Ordering,
        value: &CompareValue,
    ) -> Result<Predicate, FilterError> {
        if self.whole_extension(path).is_some() {
            return Err(FilterError::ComplexAttribute { attribute: path.to_string() });
        }
        let Some(resolved) = self.find(path)? else { return Ok(self.unknown(path)) };
        let resolved = self.comparable(resolved, path)?;
        let literal = literal(self.context, resolved.leaf(), &path.to_string(), ordering, value)?;
        Ok(match self.by_place(&resolved, ordering, &literal) {
            Some(predicate) => predicate,
            None => self.owned(&resolved, test(&resolved, Comparison::Is(ordering, literal))),
        })
    }

    fn element(&mut self, path: &AttributePath, filter: &Filter) -> Result<Predicate, FilterError> {
        let Some(resolved) = self.find(path)? else {
            self.note_all(path, filter);
            return Ok(Predicate::Always(false));
        };
        let attribute = resolved.leaf();
        if attribute.kind != Kind::Complex && !attribute.multi_valued {
            return Err(FilterError::NotAList { attribute: path.to_string() });
        }
        let mut element = Element::new(self.context, attribute, path.to_string(), Some(resolved));
        let matches = walk(filter, &mut element)?;
        self.unknown.append(&mut element.unknown);
        if matches == Predicate::Always(false) {
            return Ok(matches);
        }
        let field = Field { path: resolved.path(), index: None };
        Ok(Predicate::Element { field, matches: Box::new(matches) })
    }
}

impl<'a> Resource<'a> {
    /// The attribute that a path names, if the type has it.
    fn find(&self, path: &AttributePath) -> Result<Option<Resolved<'a>>, FilterError> {
        let resolved = path.resolve(self.context, self.queried);
        if let Some(resolved) = resolved {
            let name = path.to_string();
            check_filterable(resolved.attribute, &name)?;
            check_filterable(resolved.leaf(), &name)?;
        }
        Ok(resolved)
    }

    /// The URN of the extension that the path names as a whole, as its schema spells it.
    fn whole_extension(&self, path: &AttributePath) -> Option<&'a str> {
        let urn = path.urn.as_deref().filter(|_| path.attribute.is_empty())?;
        self.context.registry.extension(self.queried, urn).map(|schema| schema.id.as_str())
    }

    /// What is compared where a complex attribute is named: its `value`. The RFC's own examples do so with
    /// multi-valued attributes (`emails co "example.com"`, section 3.4.2.2); elsewhere its text asks for a
    /// sub-attribute.
    fn comparable(&self, resolved: Resolved<'a>, path: &AttributePath) -> Result<Resolved<'a>, FilterError> {
        let leaf = resolved.leaf();
        if leaf.kind != Kind::Complex {
            return Ok(resolved);
        }
        match resolved.attribute.sub("value").filter(|_| resolved.sub.is_none()) {
            Some(value) if leaf.multi_valued || self.context.tolerance.forgives(Quirk::ComplexComparison) => {
                Ok(Resolved { sub: Some(value), ..resolved })
            }
            Some(_) | None => Err(FilterError::ComplexAttribute { attribute: path.to_string() }),
        }
    }

    /// The answers that follow from the type and the id alone: `meta.resourceType`, and equality of `meta.location`.
    fn by_place(&self, resolved: &Resolved<'_>, ordering: Ordering, literal: &Literal) -> Option<Predicate> {
        let sub =
            resolved.sub.filter(|_| resolved.extension.is_none() && resolved.attribute.name == "meta")?;
        match (sub.name.as_str(), literal, ordering) {
            ("resourceType", _, _) => {
                let comparison = Comparison::Is(ordering, literal.clone());
                Some(Predicate::Always(comparison.passes(&self.queried.name.as_str().into())))
            }
            ("location", Literal::Exact(location), Ordering::Equal) => {
                let path =
                    location.strip_prefix(self.scope.base_url)?.strip_prefix(&*self.queried.endpoint)?;
                let id = Literal::Exact(path.strip_prefix('/')?.to_owned());
                let field = Field { path: vec!["id".to_owned()], index: Some(Index::Id) };
                Some(Predicate::Test(Test { field, comparison: Comparison::Is(Ordering::Equal, id) }))
            }
            (_, _, _) => None,
        }
    }

    /// Another connection's `externalId` is none for the one that asks.
    fn owned(&self, resolved: &Resolved<'_>, test: Predicate) -> Predicate {
        if resolved.extension.is_none() && resolved.attribute.name == "externalId" {
            all(vec![Predicate::MadeBy(self.scope.connection), test])
        } else {
            test
        }
    }

    fn unknown(&mut self, path: &AttributePath) -> Predicate {
        self.unknown.push(path.to_string());
        Predicate::Always(false)
    }

    /// Notes every name in the filter of a value path whose attribute the type has not.
    fn note_all(&mut self, parent: &AttributePath, filter: &Filter) {
        match filter {
            Filter::And(parts) | Filter::Or(parts) => {
                for part in parts {
                    self.note_all(parent, part);
                }
            }
            Filter::Not(part) => self.note_all(parent, part),
            Filter::Present(path) | Filter::Compare { path, .. } | Filter::ValuePath { path, .. } => {
                self.unknown.push(format!("{parent}.{path}"));
            }
        }
    }
}

/// A user's groups and a group's members are rows found by id; each has its `value`.
fn in_rows(resolved: Resolved<'_>) -> Option<Resolved<'_>> {
    let value = resolved.attribute.sub("value").filter(|_| resolved.sub.is_none())?;
    let rows = Resolved { sub: Some(value), ..resolved };
    matches!(rows.index(), Some(Index::Groups | Index::Members)).then_some(rows)
}

fn test(resolved: &Resolved<'_>, comparison: Comparison) -> Predicate {
    Predicate::Test(Test { field: Field { path: resolved.path(), index: resolved.index() }, comparison })
}
