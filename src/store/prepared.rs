//! What keeps statements prepared. To plan a statement costs more than to run one of ours, and diesel does it anew for
//! every UPDATE and for every list of values on SQLite.

use std::fmt;

use diesel::associations::HasTable;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AsChangeset, AstPass, IntoUpdateTarget, Query, QueryFragment, QueryId};
use diesel::query_source::QuerySource;
use diesel::serialize::{IsNull, Output, Result as Serialized, ToSql};
use diesel::sql_types::{Array, Bool, Text};
use diesel::sqlite::Sqlite;

/// `diesel::update(target).set(changes)` that stays prepared. Diesel leaves that out because a changeset may leave out
/// columns; ours never do, so each type of one has one text.
pub(super) fn update<T, V>(target: T, changes: V) -> Update<FromClause<T>, V::Changeset, T::WhereClause>
where
    T: IntoUpdateTarget,
    V: AsChangeset<Target = T::Table>,
{
    let target = target.into_update_target();
    Update {
        from: target.table.from_clause(),
        changes: changes.as_changeset(),
        filter: target.where_clause,
        returning: Nothing,
    }
}

type FromClause<T> = <<T as HasTable>::Table as QuerySource>::FromClause;

/// See [`update`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Update<F, C, W, R = Nothing> {
    from: F,
    changes: C,
    filter: W,
    returning: R,
}

/// No RETURNING clause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nothing;

/// A RETURNING clause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Returning<E>(E);

impl<F, C, W> Update<F, C, W> {
    /// What the changed rows then have.
    pub(super) fn returning<E: Expression>(self, expression: E) -> Update<F, C, W, Returning<E>> {
        let Self { from, changes, filter, .. } = self;
        Update { from, changes, filter, returning: Returning(expression) }
    }
}

impl<F, C, W, R, DB> QueryFragment<DB> for Update<F, C, W, R>
where
    DB: Backend,
    F: QueryFragment<DB>,
    C: QueryFragment<DB>,
    W: QueryFragment<DB>,
    R: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.from.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        self.filter.walk_ast(out.reborrow())?;
        self.returning.walk_ast(out)
    }
}

/// Kept by its text: the parts of a changeset have no types by which it could be known.
impl<F, C, W, R> QueryId for Update<F, C, W, R> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for Nothing {
    fn walk_ast<'b>(&'b self, _out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

impl<E: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Returning<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(" RETURNING ");
        self.0.walk_ast(out)
    }
}

impl<F, C, W, E: Expression> Query for Update<F, C, W, Returning<E>> {
    type SqlType = E::SqlType;
}

impl<F, C, W, R, Conn> RunQueryDsl<Conn> for Update<F, C, W, R> {}

/// A command without values, such as one that marks or ends a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Command(pub &'static str);

impl QueryFragment<Sqlite> for Command {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl QueryId for Command {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<SqliteConnection> for Command {}

/// Whether a column is one of these texts: a single value for the statement, however many they are.
pub(super) fn one_of<C>(column: C, texts: Vec<String>) -> OneOf<C>
where
    C: Expression<SqlType = Text>,
{
    OneOf { column, texts: Texts(texts) }
}

/// See [`one_of`].
#[derive(Debug, Clone)]
pub(super) struct OneOf<C> {
    column: C,
    texts: Texts,
}

/// Kept by its text, of which there are two.
impl<C> QueryId for OneOf<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[derive(Clone)]
struct Texts(Vec<String>);

impl Texts {
    fn json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Texts {
    /// As the value that SQLite gets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.json(), f)
    }
}

impl<C> Expression for OneOf<C>
where
    C: Expression<SqlType = Text>,
{
    type SqlType = Bool;
}

impl<C, Source> AppearsOnTable<Source> for OneOf<C> where
    C: Expression<SqlType = Text> + AppearsOnTable<Source>
{
}

impl<C: ValidGrouping<G>, G> ValidGrouping<G> for OneOf<C> {
    type IsAggregate = C::IsAggregate;
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        // One value is looked up whatever the planner knows of the table; for several it may go through a whole group
        // that was filled since the last ANALYZE.
        if let [text] = self.texts.0.as_slice() {
            out.push_sql(" = ");
            return out.push_bind_param::<Text, String>(text);
        }
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Text>, Vec<String>>(&self.texts.0)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, Texts>(&self.texts)?;
        out.push_sql("))");
        Ok(())
    }
}

impl ToSql<Text, Sqlite> for Texts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> Serialized {
        out.set_value(self.json());
        Ok(IsNull::No)
    }
}
