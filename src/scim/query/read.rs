//! Reads a query's parameters, from a URL or from a search request, and checks them together.

use serde_json::{Map, Value};

use super::super::Context;
use super::super::filter;
use super::super::path::AttributePath;
use super::super::profile::Quirk;
use super::super::project::Projection;
use super::super::urn;
use super::{ListQuery, Paging, Parameter, QueryError, SortOrder};

/// Attribute names in one list. Each is compared with each attribute of each resource of a page.
const MAX_NAMES: usize = 200;

/// The parameters as sent.
#[derive(Debug, Default)]
struct Sent {
    filter: Option<String>,
    sort_by: Option<String>,
    sort_order: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    cursor: Option<String>,
    attributes: Vec<String>,
    excluded_attributes: Vec<String>,
}

impl ListQuery {
    /// Reads the decoded name and value pairs of a URL's query. Names count in any case; unknown ones are
    /// ignored (RFC 7644 section 3.4.2).
    pub fn from_pairs(pairs: &[(String, String)], context: &Context<'_>) -> Result<Self, QueryError> {
        let mut sent = Sent::default();
        let mut seen = Vec::new();
        for (name, text) in pairs {
            if let Some(parameter) = first_time(name, &mut seen)? {
                sent.take_text(parameter, text)?;
            }
        }
        sent.check(context)
    }

    /// Reads the body of a search request (RFC 7644 section 3.4.3); null is as good as absent.
    pub fn from_body(body: &Value, context: &Context<'_>) -> Result<Self, QueryError> {
        let members = body.as_object().ok_or(QueryError::NotAnObject)?;
        check_schemas(members, context)?;
        let mut sent = Sent::default();
        let mut seen = Vec::new();
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            if let Some(parameter) = first_time(name, &mut seen)? {
                let as_spelt = name == parameter.as_str();
                if as_spelt || context.tolerance.forgives(Quirk::MessageMemberCase) {
                    sent.take_value(parameter, value, context)?;
                }
            }
        }
        sent.check(context)
    }
}

/// The parameter of this name, if there is one; fails if it was seen before.
fn first_time(name: &str, seen: &mut Vec<Parameter>) -> Result<Option<Parameter>, QueryError> {
    let Some(parameter) = Parameter::named(name) else { return Ok(None) };
    if seen.contains(&parameter) {
        return Err(QueryError::Repeated(parameter));
    }
    seen.push(parameter);
    Ok(Some(parameter))
}

fn check_schemas(members: &Map<String, Value>, context: &Context<'_>) -> Result<(), QueryError> {
    let named = match members.get("schemas").filter(|schemas| !schemas.is_null()) {
        Some(schemas) => schemas.as_array().is_some_and(|urns| {
            let mut urns = urns.iter().filter_map(Value::as_str);
            urns.any(|sent| sent.eq_ignore_ascii_case(urn::SEARCH_REQUEST))
        }),
        None => context.tolerance.forgives(Quirk::MissingSchemas),
    };
    if named { Ok(()) } else { Err(QueryError::NotASearchRequest) }
}

impl Sent {
    fn take_text(&mut self, parameter: Parameter, text: &str) -> Result<(), QueryError> {
        match parameter {
            Parameter::Filter => self.filter = Some(text.to_owned()),
            Parameter::SortBy => self.sort_by = Some(text.to_owned()),
            Parameter::SortOrder => self.sort_order = Some(text.to_owned()),
            Parameter::StartIndex => self.start_index = Some(integer(parameter, text)?),
            Parameter::Count => self.count = Some(integer(parameter, text)?),
            Parameter::Cursor => self.cursor = Some(text.to_owned()),
            Parameter::Attributes => self.attributes = names(text),
            Parameter::ExcludedAttributes => self.excluded_attributes = names(text),
        }
        Ok(())
    }

    fn take_value(
        &mut self,
        parameter: Parameter,
        value: &Value,
        context: &Context<'_>,
    ) -> Result<(), QueryError> {
        match (parameter, value) {
            (Parameter::StartIndex, Value::Number(number)) => {
                self.start_index = Some(number.as_i64().ok_or(QueryError::NotAnInteger(parameter))?);
            }
            (Parameter::Count, Value::Number(number)) => {
                self.count = Some(number.as_i64().ok_or(QueryError::NotAnInteger(parameter))?);
            }
            (Parameter::StartIndex | Parameter::Count, Value::String(text))
                if context.tolerance.forgives(Quirk::NumberAsText) =>
            {
                self.take_text(parameter, text)?;
            }
            (Parameter::StartIndex | Parameter::Count, _) => return Err(QueryError::NotAnInteger(parameter)),
            (Parameter::Attributes, Value::Array(elements)) => {
                self.attributes = texts(parameter, elements)?;
            }
            (Parameter::ExcludedAttributes, Value::Array(elements)) => {
                self.excluded_attributes = texts(parameter, elements)?;
            }
            (Parameter::Attributes | Parameter::ExcludedAttributes, Value::String(text))
                if context.tolerance.forgives(Quirk::SingleForList) =>
            {
                self.take_text(parameter, text)?;
            }
            (Parameter::Attributes | Parameter::ExcludedAttributes, _) => {
                return Err(QueryError::NotNames(parameter));
            }
            (_, Value::String(text)) => self.take_text(parameter, text)?,
            (_, _) => return Err(QueryError::NotText(parameter)),
        }
        Ok(())
    }

    fn check(self, context: &Context<'_>) -> Result<ListQuery, QueryError> {
        let paging = self.paging(context)?;
        let sort_by = self.sort_by.as_deref().map(|text| AttributePath::parse(text, context));
        Ok(ListQuery {
            filter: self.filter.as_deref().map(|text| filter::parse(text, context)).transpose()?,
            sort_by: sort_by.transpose().map_err(|_reason| QueryError::UnknownSortBy)?,
            sort_order: sort_order(self.sort_order.as_deref())?,
            paging,
            projection: self.projection()?,
        })
    }

    fn projection(&self) -> Result<Projection, QueryError> {
        let limit = MAX_NAMES;
        for (parameter, names) in [
            (Parameter::Attributes, &self.attributes),
            (Parameter::ExcludedAttributes, &self.excluded_attributes),
        ] {
            if names.len() > limit {
                return Err(QueryError::TooManyNames { parameter, limit });
            }
        }
        let attributes = self.attributes.iter().map(String::as_str);
        let excluded = self.excluded_attributes.iter().map(String::as_str);
        Projection::read(attributes, excluded).map_err(|_both| QueryError::BothProjections)
    }

    fn paging(&self, context: &Context<'_>) -> Result<Paging, QueryError> {
        let limit = context.limits.page_max;
        // RFC 7644 section 3.4.2.4: a negative count is 0, a start below 1 is 1.
        let wanted = self.count.map(|count| usize::try_from(count.max(0)).unwrap_or(usize::MAX));
        let count = wanted.unwrap_or(context.limits.page_default);
        match &self.cursor {
            Some(_) if self.start_index.is_some() => Err(QueryError::BothPagings),
            Some(_) if count > limit => Err(QueryError::CountTooLarge { limit }),
            Some(cursor) => {
                Ok(Paging::Cursor { cursor: Some(cursor.clone()).filter(|text| !text.is_empty()), count })
            }
            None => {
                let start_index = u64::try_from(self.start_index.unwrap_or(1)).unwrap_or(1).max(1);
                Ok(Paging::Index { start_index, count: count.min(limit) })
            }
        }
    }
}

fn integer(parameter: Parameter, text: &str) -> Result<i64, QueryError> {
    text.parse().map_err(|_reason| QueryError::NotAnInteger(parameter))
}

/// Names separated by commas; spaces around them and empty ones count for nothing.
fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn texts(parameter: Parameter, elements: &[Value]) -> Result<Vec<String>, QueryError> {
    let texts = elements.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
    let texts = texts.ok_or(QueryError::NotNames(parameter))?;
    Ok(texts.into_iter().flat_map(names).collect())
}

fn sort_order(text: Option<&str>) -> Result<SortOrder, QueryError> {
    match text {
        None => Ok(SortOrder::default()),
        Some(text) if text.eq_ignore_ascii_case("ascending") => Ok(SortOrder::Ascending),
        Some(text) if text.eq_ignore_ascii_case("descending") => Ok(SortOrder::Descending),
        Some(_) => Err(QueryError::UnknownSortOrder),
    }
}
