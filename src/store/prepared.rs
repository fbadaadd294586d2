//! What keeps statements prepared. To plan a statement costs more than to run one of ours, and diesel does it anew for
//! every UPDATE and for every list of values on SQLite.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::{IsNull, Output, Result as Serialized, ToSql};
use diesel::sql_types::{Array, Bool, Text};
use diesel::sqlite::Sqlite;

/// An UPDATE that stays prepared. Diesel leaves that out because a changeset may leave out columns; ours never do, so
/// there is one text for each place that makes one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<T>(pub T);

impl<T: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Kept<T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<T> QueryId for Kept<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Query> Query for Kept<T> {
    type SqlType = T::SqlType;
}

impl<T, Conn> RunQueryDsl<Conn> for Kept<T> {}

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
#[derive(Debug, Clone, QueryId)]
pub(super) struct OneOf<C> {
    column: C,
    texts: Texts,
}

#[derive(Debug, Clone)]
struct Texts(Vec<String>);

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
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}
