//! The part of a predicate that SQL can answer. [`narrow`] splits a predicate; the [`Condition`] that comes out is a
//! query fragment for both databases and never excludes a resource that the whole predicate would keep.
//!
//! Values become binds, names come from the columns; nothing of a client's ever becomes SQL text.

use std::collections::BTreeMap;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType, Text};
use diesel::sqlite::Sqlite;

use super::connection::MultiBackend;
use super::glance::LookUp;
use crate::domain::{
    Comparison, Index, Key, Literal, MAX_KEY_BYTES, Ordering, OrganizationId, Predicate, Test,
};

/// What SQL checks for each resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    organization: i64,
    kind: String,
    node: Node,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Always(bool),
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    MadeBy(String),
    Id(Relation, String),
    Created(Relation, i64),
    Modified(Relation, i64),
    /// Some key of the attribute relates so.
    Key {
        attribute: String,
        test: KeyTest,
    },
    /// In this group.
    InGroup(String),
    /// Has this member.
    HasMember(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Debug, Clone, PartialEq)]
enum KeyTest {
    Is(Relation, String),
    OneOf(Vec<String>),
    /// At least the first, below the second where there is one.
    From(String, Option<String>),
    Present,
}

/// Whether the condition says exactly what the predicate says, or only keeps whatever may satisfy it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Exact,
    Wider,
}

/// The condition that SQL can check for resources of a type.
pub(super) fn narrow(predicate: &Predicate, organization: OrganizationId, kind: &str) -> (Condition, Fit) {
    let (node, fit) = Narrowing { left: SETS, ranges: true }.node(predicate);
    (Condition { organization: organization.0, kind: kind.to_owned(), node }, fit)
}

/// The same for reading on where much matches: ranges of keys match much too, and would be looked up for each chunk
/// anew, while the documents are read in any case.
pub(super) fn narrow_to_look_ups(
    predicate: &Predicate,
    organization: OrganizationId,
    kind: &str,
) -> Condition {
    let (node, _fit) = Narrowing { left: SETS, ranges: false }.node(predicate);
    Condition { organization: organization.0, kind: kind.to_owned(), node }
}

const EVERYTHING: (Node, Fit) = (Node::Always(true), Fit::Wider);

/// What the terms of one statement may cost. Each makes the set of what it matches, in memory; a range is the larger.
const SETS: u32 = 4;
const LOOK_UP: u32 = 1;
const RANGE: u32 = 2;

/// Narrows one predicate. What costs too much is left to evaluation.
#[derive(Debug, Clone)]
struct Narrowing {
    /// What further terms may cost.
    left: u32,
    ranges: bool,
}

impl Narrowing {
    fn node(&mut self, predicate: &Predicate) -> (Node, Fit) {
        match predicate {
            Predicate::Always(answer) => (Node::Always(*answer), Fit::Exact),
            Predicate::All(parts) => {
                // What matches little comes first, as long as it can be paid for.
                let mut parts: Vec<&Predicate> = parts.iter().collect();
                parts.sort_by_key(|part| cost(part));
                let (nodes, fits): (Vec<Node>, Vec<Fit>) =
                    parts.into_iter().map(|part| self.node(part)).unzip();
                (Node::All(nodes), worst(&fits))
            }
            Predicate::Any(parts) => self.any(parts),
            // The opposite of something too wide would be too narrow.
            Predicate::Not(part) => match self.node(part) {
                (node, Fit::Exact) => (Node::Not(Box::new(node)), Fit::Exact),
                (_, Fit::Wider) => EVERYTHING,
            },
            Predicate::MadeBy(connection) => (Node::MadeBy(connection.to_string()), Fit::Exact),
            Predicate::Test(test) => self.paid(narrow_test(test)),
            Predicate::Element { matches, .. } => (self.node(matches).0.without_negations(), Fit::Wider),
        }
    }

    /// Values of one attribute are looked up together. One part that may be anything makes the others useless.
    fn any(&mut self, parts: &[Predicate]) -> (Node, Fit) {
        let before = self.left;
        let mut looked_up: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let (mut nodes, mut fits) = (Vec::new(), Vec::new());
        for part in parts {
            if let Some((attribute, key)) = looks_up(part) {
                looked_up.entry(attribute).or_default().push(key.to_owned());
            } else {
                let (node, fit) = self.node(part);
                nodes.push(node);
                fits.push(fit);
            }
        }
        for (attribute, keys) in looked_up {
            let test = KeyTest::OneOf(keys);
            let (node, fit) = self.paid((Node::Key { attribute: attribute.to_owned(), test }, Fit::Exact));
            nodes.push(node);
            fits.push(fit);
        }
        if nodes.contains(&Node::Always(true)) {
            self.left = before;
            return EVERYTHING;
        }
        (Node::Any(nodes), worst(&fits))
    }

    /// The term, if what is left pays for it.
    fn paid(&mut self, term: (Node, Fit)) -> (Node, Fit) {
        let cost = term.0.cost();
        match self.left.checked_sub(cost) {
            Some(left) if self.ranges || cost < RANGE => {
                self.left = left;
                term
            }
            Some(_) | None => EVERYTHING,
        }
    }
}

/// What a part that is a term costs; anything composed comes after.
fn cost(part: &Predicate) -> u32 {
    match part {
        Predicate::Always(_) | Predicate::MadeBy(_) => 0,
        Predicate::Test(test) => narrow_test(test).0.cost(),
        Predicate::All(_) | Predicate::Any(_) | Predicate::Not(_) | Predicate::Element { .. } => {
            RANGE.saturating_add(1)
        }
    }
}

impl LookUp {
    /// The look-up that says all that the predicate says, if there is one.
    #[must_use]
    pub fn of(kind: &str, predicate: &Predicate) -> Option<Self> {
        let (made_by, part) = match predicate {
            Predicate::All(parts) => match parts.as_slice() {
                [Predicate::MadeBy(connection), part] => (Some(*connection), part),
                _ => return None,
            },
            Predicate::Test(_) => (None, predicate),
            Predicate::Always(_)
            | Predicate::Any(_)
            | Predicate::Not(_)
            | Predicate::Element { .. }
            | Predicate::MadeBy(_) => return None,
        };
        let (attribute, key) = looks_up(part)?;
        Some(Self { kind: kind.to_owned(), attribute: attribute.to_owned(), key: key.to_owned(), made_by })
    }
}

/// The attribute and the key, where the part looks up one value.
fn looks_up(part: &Predicate) -> Option<(&str, &str)> {
    let Predicate::Test(test) = part else { return None };
    match (&test.field.index, &test.comparison) {
        (
            Some(Index::Attribute(attribute)),
            Comparison::Is(Ordering::Equal, Literal::Exact(key) | Literal::Folded(key)),
        ) if fits_a_key(key) => Some((attribute, key)),
        (_, Comparison::Present | Comparison::Is(..)) => None,
    }
}

fn worst(fits: &[Fit]) -> Fit {
    if fits.contains(&Fit::Wider) { Fit::Wider } else { Fit::Exact }
}

impl Node {
    /// What a term costs; see [`SETS`].
    const fn cost(&self) -> u32 {
        match self {
            Self::Key { test: KeyTest::Is(Relation::Equal, _) | KeyTest::OneOf(_), .. }
            | Self::InGroup(_)
            | Self::HasMember(_) => LOOK_UP,
            Self::Key { .. } => RANGE,
            Self::Always(_)
            | Self::All(_)
            | Self::Any(_)
            | Self::Not(_)
            | Self::MadeBy(_)
            | Self::Id(..)
            | Self::Created(..)
            | Self::Modified(..) => 0,
        }
    }

    /// Whether this is a look-up by key, alone or within a connection: the shapes by which clients match.
    fn is_look_up(&self) -> bool {
        match self {
            Self::Always(_)
            | Self::Id(Relation::Equal, _)
            | Self::Key { test: KeyTest::Is(Relation::Equal, _), .. }
            | Self::InGroup(_)
            | Self::HasMember(_) => true,
            Self::All(parts) => match parts.as_slice() {
                [Self::MadeBy(_), part] => !matches!(part, Self::All(_)) && part.is_look_up(),
                _ => false,
            },
            Self::Any(_)
            | Self::Not(_)
            | Self::MadeBy(_)
            | Self::Id(..)
            | Self::Created(..)
            | Self::Modified(..)
            | Self::Key { .. } => false,
        }
    }

    /// Inside one element a negation says nothing about the resource's other elements.
    fn without_negations(self) -> Self {
        match self {
            Self::All(parts) => Self::All(parts.into_iter().map(Self::without_negations).collect()),
            Self::Any(parts) => Self::Any(parts.into_iter().map(Self::without_negations).collect()),
            Self::Not(_) => Self::Always(true),
            other @ (Self::Always(_)
            | Self::MadeBy(_)
            | Self::Id(..)
            | Self::Created(..)
            | Self::Modified(..)
            | Self::Key { .. }
            | Self::InGroup(_)
            | Self::HasMember(_)) => other,
        }
    }
}

fn narrow_test(test: &Test) -> (Node, Fit) {
    match (&test.field.index, &test.comparison) {
        (Some(Index::Attribute(attribute)), comparison) => narrow_key(attribute, comparison),
        (Some(Index::Id), Comparison::Is(ordering, Literal::Exact(id))) => match relation(*ordering) {
            Some(relation) => (Node::Id(relation, id.clone()), Fit::Exact),
            None => EVERYTHING,
        },
        (Some(Index::Created), Comparison::Is(ordering, Literal::Time(time))) => match relation(*ordering) {
            Some(relation) => (Node::Created(relation, time.as_micros()), Fit::Exact),
            None => EVERYTHING,
        },
        (Some(Index::LastModified), Comparison::Is(ordering, Literal::Time(time))) => {
            match relation(*ordering) {
                Some(relation) => (Node::Modified(relation, time.as_micros()), Fit::Exact),
                None => EVERYTHING,
            }
        }
        (Some(Index::Groups), Comparison::Is(Ordering::Equal, Literal::Exact(id) | Literal::Folded(id))) => {
            (Node::InGroup(id.clone()), Fit::Exact)
        }
        (Some(Index::Members), Comparison::Is(Ordering::Equal, Literal::Exact(id) | Literal::Folded(id))) => {
            (Node::HasMember(id.clone()), Fit::Exact)
        }
        (_, Comparison::Present | Comparison::Is(..)) => EVERYTHING,
    }
}

/// A literal that a cut key cannot equal, nor share its first bytes with by accident.
fn fits_a_key(literal: &str) -> bool {
    literal.len() < MAX_KEY_BYTES.saturating_sub(4)
}

fn narrow_key(attribute: &str, comparison: &Comparison) -> (Node, Fit) {
    let key = |test| Node::Key { attribute: attribute.to_owned(), test };
    match comparison {
        Comparison::Present => (key(KeyTest::Present), Fit::Exact),
        Comparison::Is(ordering, Literal::Exact(text) | Literal::Folded(text)) => {
            if !fits_a_key(text) {
                let cut = || key(KeyTest::Is(Relation::Equal, Key::new(text, true).into_string()));
                return if *ordering == Ordering::Equal { (cut(), Fit::Wider) } else { EVERYTHING };
            }
            match (ordering, relation(*ordering)) {
                (_, Some(relation)) => (key(KeyTest::Is(relation, text.clone())), Fit::Exact),
                (Ordering::StartsWith, None) => {
                    (key(KeyTest::From(text.clone(), successor(text))), Fit::Exact)
                }
                // No index helps to look into keys, and the documents are read anyway.
                (_, None) => EVERYTHING,
            }
        }
        Comparison::Is(_, Literal::Boolean(_) | Literal::Number(_) | Literal::Time(_)) => EVERYTHING,
    }
}

const fn relation(ordering: Ordering) -> Option<Relation> {
    match ordering {
        Ordering::Equal => Some(Relation::Equal),
        Ordering::Greater => Some(Relation::Greater),
        Ordering::GreaterOrEqual => Some(Relation::GreaterOrEqual),
        Ordering::Less => Some(Relation::Less),
        Ordering::LessOrEqual => Some(Relation::LessOrEqual),
        Ordering::Contains | Ordering::StartsWith | Ordering::EndsWith => None,
    }
}

/// The least text above all that begin with this one, by bytes; there is none above the last character.
fn successor(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = (u32::from(last).saturating_add(1)..=0x0010_FFFF).find_map(char::from_u32);
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

impl Relation {
    const fn sql(self) -> &'static str {
        match self {
            Self::Equal => " = ",
            Self::Greater => " > ",
            Self::GreaterOrEqual => " >= ",
            Self::Less => " < ",
            Self::LessOrEqual => " <= ",
        }
    }
}

type Pass<'a, 'b, DB> = AstPass<'a, 'b, DB>;

impl Condition {
    fn walk<'b, DB>(&'b self, mut out: Pass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
        String: ToSql<Text, DB>,
        i64: ToSql<BigInt, DB>,
    {
        // Statements are kept by their text. Clients compose filters, so only the few shapes of a look-up are kept.
        if !self.node.is_look_up() {
            out.unsafe_to_cache_prepared();
        }
        self.walk_node(&self.node, &mut out)
    }

    fn walk_node<'b, DB>(&'b self, node: &'b Node, out: &mut Pass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
        String: ToSql<Text, DB>,
        i64: ToSql<BigInt, DB>,
    {
        match node {
            Node::Always(true) => out.push_sql("1 = 1"),
            Node::Always(false) => out.push_sql("1 = 0"),
            Node::All(parts) => self.walk_parts(parts, " AND ", "1 = 1", out)?,
            Node::Any(parts) => self.walk_parts(parts, " OR ", "1 = 0", out)?,
            Node::Not(part) => {
                out.push_sql("NOT (");
                self.walk_node(part, out)?;
                out.push_sql(")");
            }
            Node::MadeBy(connection) => {
                out.push_sql("resources.connection_id = ");
                out.push_bind_param::<Text, _>(connection)?;
            }
            Node::Id(relation, id) => {
                out.push_sql("resources.id");
                out.push_sql(relation.sql());
                out.push_bind_param::<Text, _>(id)?;
            }
            Node::Created(relation, time) => {
                out.push_sql("resources.created_at");
                out.push_sql(relation.sql());
                out.push_bind_param::<BigInt, _>(time)?;
            }
            Node::Modified(relation, time) => {
                out.push_sql("resources.modified_at");
                out.push_sql(relation.sql());
                out.push_bind_param::<BigInt, _>(time)?;
            }
            Node::Key { attribute, test } => self.walk_key(attribute, test, out)?,
            Node::InGroup(group) => {
                out.push_sql("resources.id IN (SELECT m.member_id FROM memberships m JOIN resources g ON ");
                out.push_sql(
                    "g.organization_id = m.organization_id AND g.kind = 'Group' AND g.id = m.group_id ",
                );
                out.push_sql("WHERE m.organization_id = ");
                out.push_bind_param::<BigInt, _>(&self.organization)?;
                out.push_sql(" AND m.group_id = ");
                out.push_bind_param::<Text, _>(group)?;
                out.push_sql(")");
            }
            Node::HasMember(member) => {
                out.push_sql(
                    "resources.id IN (SELECT m.group_id FROM memberships m WHERE m.organization_id = ",
                );
                out.push_bind_param::<BigInt, _>(&self.organization)?;
                out.push_sql(" AND m.member_id = ");
                out.push_bind_param::<Text, _>(member)?;
                out.push_sql(")");
            }
        }
        Ok(())
    }

    /// A balanced tree: SQLite bounds the depth of an expression, and it parses a long chain as a deep one.
    fn walk_parts<'b, DB>(
        &'b self,
        parts: &'b [Node],
        operator: &'static str,
        none: &'static str,
        out: &mut Pass<'_, 'b, DB>,
    ) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
        String: ToSql<Text, DB>,
        i64: ToSql<BigInt, DB>,
    {
        match parts {
            [] => out.push_sql(none),
            [part] => self.walk_node(part, out)?,
            [..] => {
                let (left, right) = parts.split_at(parts.len() / 2);
                out.push_sql("(");
                self.walk_parts(left, operator, none, out)?;
                out.push_sql(operator);
                self.walk_parts(right, operator, none, out)?;
                out.push_sql(")");
            }
        }
        Ok(())
    }

    fn walk_key<'b, DB>(
        &'b self,
        attribute: &'b String,
        test: &'b KeyTest,
        out: &mut Pass<'_, 'b, DB>,
    ) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Text> + HasSqlType<BigInt>,
        String: ToSql<Text, DB>,
        i64: ToSql<BigInt, DB>,
    {
        out.push_sql("resources.id IN (SELECT k.resource_id FROM resource_keys k WHERE k.organization_id = ");
        out.push_bind_param::<BigInt, _>(&self.organization)?;
        out.push_sql(" AND k.kind = ");
        out.push_bind_param::<Text, _>(&self.kind)?;
        out.push_sql(" AND k.attribute = ");
        out.push_bind_param::<Text, _>(attribute)?;
        out.push_sql(" AND ");
        match test {
            KeyTest::Is(relation, key) => {
                out.push_sql("k.key");
                out.push_sql(relation.sql());
                out.push_bind_param::<Text, _>(key)?;
            }
            KeyTest::From(least, above) => {
                out.push_sql("k.key >= ");
                out.push_bind_param::<Text, _>(least)?;
                if let Some(above) = above {
                    out.push_sql(" AND k.key < ");
                    out.push_bind_param::<Text, _>(above)?;
                }
            }
            KeyTest::OneOf(keys) => {
                out.push_sql("k.key IN (");
                for (at, key) in keys.iter().enumerate() {
                    if at > 0 {
                        out.push_sql(", ");
                    }
                    out.push_bind_param::<Text, _>(key)?;
                }
                out.push_sql(")");
            }
            KeyTest::Present => out.push_sql("k.key > ''"),
        }
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Pg> for Condition {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.walk(out)
    }
}

impl QueryFragment<Sqlite> for Condition {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.walk(out)
    }
}

impl QueryFragment<MultiBackend> for Condition {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(self, out)
    }
}

impl Expression for Condition {
    type SqlType = Bool;
}

impl ValidGrouping<()> for Condition {
    type IsAggregate = is_aggregate::No;
}

// It names `resources` itself, so it may stand wherever that table is queried, joined or not.
impl<Source> AppearsOnTable<Source> for Condition {}
impl<Source> SelectableExpression<Source> for Condition {}

impl QueryId for Condition {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(test)]
mod dialects;
#[cfg(test)]
mod tests;
