//! The names inside the square brackets of a value path.

use super::super::path::AttributePath;
use super::super::schema::{Attribute, Kind, Resolved};
use super::literal::literal;
use super::resolve::{Names, check_filterable};
use super::{CompareValue, Context, Filter, FilterError};
use crate::domain::{Comparison, Field, Index, Ordering, Predicate, Test};

/// Answers for the sub-attributes of one element. In a simple multi-valued attribute, `value` is the element.
pub(super) struct Element<'a> {
    context: &'a Context<'a>,
    attribute: &'a Attribute,
    /// The attribute's name as sent.
    name: String,
    /// Where the attribute is, if it is known: what an element has is then found by index.
    place: Option<Resolved<'a>>,
    /// The names that the attribute has not.
    pub(super) unknown: Vec<String>,
}

/// A sub-attribute, or the element itself.
struct Found<'a> {
    attribute: &'a Attribute,
    field: Field,
}

impl<'a> Element<'a> {
    pub(super) const fn new(
        context: &'a Context<'a>,
        attribute: &'a Attribute,
        name: String,
        place: Option<Resolved<'a>>,
    ) -> Self {
        Self { context, attribute, name, place, unknown: Vec::new() }
    }

    fn full_name(&self, path: &AttributePath) -> String {
        format!("{}.{path}", self.name)
    }

    fn find(&self, path: &AttributePath) -> Result<Option<Found<'a>>, FilterError> {
        if !path.is_plain_name() {
            return Ok(None);
        }
        if self.attribute.kind != Kind::Complex {
            let is_element = path.attribute.eq_ignore_ascii_case("value");
            let index = self.place.and_then(|place| place.index());
            let field = Field { path: Vec::new(), index };
            return Ok(is_element.then_some(Found { attribute: self.attribute, field }));
        }
        let Some(sub) = self.attribute.sub(&path.attribute) else { return Ok(None) };
        check_filterable(sub, &self.full_name(path))?;
        let field = Field { path: vec![sub.name.clone()], index: self.index(sub) };
        Ok(Some(Found { attribute: sub, field }))
    }

    fn index(&self, sub: &'a Attribute) -> Option<Index> {
        let place = self.place.filter(|place| place.sub.is_none())?;
        Resolved { sub: Some(sub), ..place }.index()
    }

    fn unknown(&mut self, path: &AttributePath) -> Predicate {
        self.unknown.push(self.full_name(path));
        Predicate::Always(false)
    }
}

impl Names for Element<'_> {
    fn present(&mut self, path: &AttributePath) -> Result<Predicate, FilterError> {
        Ok(match self.find(path)? {
            Some(Found { field, .. }) => Predicate::Test(Test { field, comparison: Comparison::Present }),
            None => self.unknown(path),
        })
    }

    fn is(
        &mut self,
        path: &AttributePath,
        ordering: Ordering,
        value: &CompareValue,
    ) -> Result<Predicate, FilterError> {
        let Some(Found { attribute, field }) = self.find(path)? else { return Ok(self.unknown(path)) };
        let literal = literal(self.context, attribute, &self.full_name(path), ordering, value)?;
        Ok(Predicate::Test(Test { field, comparison: Comparison::Is(ordering, literal) }))
    }

    /// The grammar has no value path within another.
    fn element(&mut self, path: &AttributePath, _filter: &Filter) -> Result<Predicate, FilterError> {
        Err(FilterError::NotAList { attribute: self.full_name(path) })
    }
}
