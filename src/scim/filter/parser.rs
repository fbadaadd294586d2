//! Reads a filter by recursive descent; every recursion passes through a bracket, and brackets are counted.

use super::super::path::{AttributePath, is_attribute_name};
use super::super::profile::Quirk;
use super::lexer::Lexer;
use super::{CompareValue, Context, Filter, FilterError, Operator};

/// Where a filter stands, which decides what may be in it and where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scim) enum Within {
    /// A filter of resources: ends with the text.
    Resource,
    /// A filter in square brackets: ends before `]`.
    Element,
}

/// Reads a filter from the start of the text; also returns what follows it.
pub(in crate::scim) fn parse_prefix<'a>(
    text: &'a str,
    context: &Context<'_>,
    within: Within,
) -> Result<(Filter, &'a str), FilterError> {
    let limit = context.limits.filter_bytes;
    if text.len() > limit {
        return Err(FilterError::TooLong { limit });
    }
    let mut parser = Parser { lexer: Lexer::new(text), context, within, depth: 0, terms: 0 };
    parser.lexer.skip_spaces();
    let filter = parser.disjunction()?;
    Ok((filter, parser.lexer.rest()))
}

/// What to say of the rest of a text that should have ended before it.
pub(super) fn unexpected(text: &str, rest: &str) -> FilterError {
    let read = text.len().saturating_sub(rest.len());
    let position = text.get(..read).map_or(0, |read| read.chars().count()) + 1;
    FilterError::Expected { what: "\"and\", \"or\" or its end", position }
}

struct Parser<'a, 'c> {
    lexer: Lexer<'a>,
    context: &'c Context<'c>,
    within: Within,
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'a, '_> {
    /// Terms joined by `or`, which binds weakest.
    fn disjunction(&mut self) -> Result<Filter, FilterError> {
        self.joined("or", Self::conjunction, Filter::Or)
    }

    fn conjunction(&mut self) -> Result<Filter, FilterError> {
        self.joined("and", Self::term, Filter::And)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Filter, FilterError>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, FilterError> {
        let first = part(self)?;
        if !self.take_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.take_word(word) {
            parts.push(part(self)?);
        }
        Ok(join(parts))
    }

    /// Reads this word and the spaces around it, if it comes next.
    fn take_word(&mut self, word: &str) -> bool {
        self.lexer.skip_spaces();
        let found = self.lexer.peek_word().eq_ignore_ascii_case(word);
        if found {
            self.lexer.word();
            self.lexer.skip_spaces();
        }
        found
    }

    fn term(&mut self) -> Result<Filter, FilterError> {
        if self.lexer.take('(') {
            return self.group();
        }
        let start = self.lexer.clone();
        let word = self.lexer.word();
        if word.eq_ignore_ascii_case("not") {
            let after_not = self.lexer.clone();
            self.lexer.skip_spaces();
            if self.lexer.take('(') {
                return Ok(Filter::Not(Box::new(self.group()?)));
            }
            self.lexer = after_not;
        }
        let Ok(path) = AttributePath::parse(word, self.context) else {
            return Err(expected("an attribute", &start));
        };
        if self.lexer.take('[') { self.value_path(path) } else { self.test(path) }
    }

    /// A filter in round brackets, the opening one being read.
    fn group(&mut self) -> Result<Filter, FilterError> {
        self.deeper()?;
        self.lexer.skip_spaces();
        let filter = self.disjunction()?;
        self.close(')', "\"and\", \"or\" or a closing bracket")?;
        Ok(filter)
    }

    fn deeper(&mut self) -> Result<(), FilterError> {
        let limit = self.context.limits.filter_depth;
        self.depth += 1;
        if self.depth > limit { Err(FilterError::TooDeep { limit }) } else { Ok(()) }
    }

    fn close(&mut self, bracket: char, what: &'static str) -> Result<(), FilterError> {
        self.lexer.skip_spaces();
        if !self.lexer.take(bracket) {
            return Err(expected(what, &self.lexer));
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// `[filter]`, the opening bracket being read, and the comparison that some clients write after it.
    fn value_path(&mut self, path: AttributePath) -> Result<Filter, FilterError> {
        if self.within == Within::Element {
            return Err(expected("an operator", &self.lexer));
        }
        self.deeper()?;
        self.lexer.skip_spaces();
        self.within = Within::Element;
        let filter = self.disjunction()?;
        self.within = Within::Resource;
        self.close(']', "\"and\", \"or\" or a closing square bracket")?;
        let filter = match self.trailing_test()? {
            Some(test) => conjoin(filter, test),
            None => filter,
        };
        Ok(Filter::ValuePath { path, filter: Box::new(filter) })
    }

    /// `emails[type eq "work"].value eq "x"` and `emails[type eq "work"] eq "x"` are not in the grammar; they
    /// mean that the same element passes the comparison too.
    fn trailing_test(&mut self) -> Result<Option<Filter>, FilterError> {
        let start = self.lexer.clone();
        let sub_attribute = if self.lexer.take('.') {
            self.lexer.word()
        } else {
            let mut ahead = self.lexer.clone();
            ahead.skip_spaces();
            let word = ahead.word();
            if Operator::named(word).is_none() && !is_present(word) {
                return Ok(None);
            }
            "value"
        };
        if !is_attribute_name(sub_attribute) {
            return Err(expected("a sub-attribute", &start));
        }
        if !self.context.tolerance.forgives(Quirk::ValuePathComparison) {
            return Err(expected("\"and\", \"or\" or its end", &start));
        }
        self.test(AttributePath::of(sub_attribute)).map(Some)
    }

    /// An operator and its value, after the attribute.
    fn test(&mut self, path: AttributePath) -> Result<Filter, FilterError> {
        let limit = self.context.limits.filter_terms;
        self.terms += 1;
        if self.terms > limit {
            return Err(FilterError::TooManyTerms { limit });
        }
        if !self.lexer.skip_spaces() {
            return Err(expected("a space and an operator", &self.lexer));
        }
        let start = self.lexer.clone();
        let word = self.lexer.word();
        if is_present(word) {
            return Ok(Filter::Present(path));
        }
        if word.is_empty() {
            return Err(expected("an operator", &start));
        }
        let operator = Operator::named(word)
            .ok_or_else(|| FilterError::UnknownOperator { position: start.position() })?;
        if !self.lexer.skip_spaces() {
            return Err(expected("a space and a value", &self.lexer));
        }
        let value = self.value()?;
        Ok(Filter::Compare { path, operator, value })
    }

    fn value(&mut self) -> Result<CompareValue, FilterError> {
        let start = self.lexer.clone();
        let value = if start.rest().starts_with('"') {
            CompareValue::Text(self.lexer.string()?)
        } else {
            let word = self.lexer.word();
            self.word_value(word, &start)?
        };
        if let CompareValue::Text(text) = &value
            && text.contains('\0')
        {
            return Err(FilterError::ImpossibleText { position: start.position() });
        }
        if self.lexer.is_at_boundary() { Ok(value) } else { Err(expected("a space", &self.lexer)) }
    }

    fn word_value(&self, word: &'a str, start: &Lexer<'_>) -> Result<CompareValue, FilterError> {
        if word.eq_ignore_ascii_case("true") {
            Ok(CompareValue::Boolean(true))
        } else if word.eq_ignore_ascii_case("false") {
            Ok(CompareValue::Boolean(false))
        } else if word.eq_ignore_ascii_case("null") {
            Ok(CompareValue::Null)
        } else if is_number(word) {
            Ok(CompareValue::Number(word.to_owned()))
        } else if !word.is_empty() && self.context.tolerance.forgives(Quirk::BareWord) {
            Ok(CompareValue::Text(word.to_owned()))
        } else {
            Err(expected("a string in quotes, a number, true, false or null", start))
        }
    }
}

fn is_present(word: &str) -> bool {
    word.eq_ignore_ascii_case("pr")
}

/// Whether the word is a JSON number (RFC 8259 section 6) within the range of a floating point number.
fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && serde_json::from_str::<serde_json::Number>(word).is_ok()
}

fn conjoin(filter: Filter, test: Filter) -> Filter {
    match filter {
        Filter::And(mut parts) => {
            parts.push(test);
            Filter::And(parts)
        }
        Filter::Or(_)
        | Filter::Not(_)
        | Filter::Present(_)
        | Filter::Compare { .. }
        | Filter::ValuePath { .. } => Filter::And(vec![filter, test]),
    }
}

fn expected(what: &'static str, at: &Lexer<'_>) -> FilterError {
    FilterError::Expected { what, position: at.position() }
}
