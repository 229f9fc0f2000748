//! A text with its values, to be asked of either database.

use std::borrow::Cow;

use sqlx::{
    Database, Encode, Postgres, Sqlite, Type, postgres::PgArguments, query::Query as Prepared,
    sqlite::SqliteArguments,
};

use super::{Connection, Row, Which, dialect::Dialect};
use crate::error::Result;

/// What a column can hold.
#[derive(Debug, Clone)]
pub(in crate::catalog) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Bytes(Vec<u8>),
}

/// A text that is the same every time, with `$1`, `$2`, … for its values.
pub(in crate::catalog) fn sql(text: &'static str) -> Query {
    Query { text: Cow::Borrowed(text), values: Vec::new(), numbered: true, is_kept: true }
}

/// A question, or an order.
#[derive(Debug)]
pub(in crate::catalog) struct Query {
    text: Cow<'static, str>,
    values: Vec<Value>,
    numbered: bool,
    is_kept: bool,
}

impl Query {
    /// The beginning of a text that is put together.
    pub(in crate::catalog) fn of(text: &str) -> Self {
        let text = Cow::Owned(text.to_owned());
        Self { text, values: Vec::new(), numbered: false, is_kept: true }
    }

    /// Whether it is worth remembering for the next time; no, when it will hardly be asked again in the same words.
    pub(in crate::catalog) fn kept(mut self, is_kept: bool) -> Self {
        self.is_kept = is_kept;
        self
    }

    /// The next value of a literal text.
    pub(in crate::catalog) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds to a text that is put together.
    pub(in crate::catalog) fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// The same for a value.
    pub(in crate::catalog) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.push("?")
    }

    /// Values with commas between them.
    pub(in crate::catalog) fn push_list<V: Into<Value>>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        for (n, value) in values.into_iter().enumerate() {
            if n > 0 {
                self.push(", ");
            }
            self.push_bind(value);
        }
        self
    }

    /// `VALUES` and rows.
    pub(in crate::catalog) fn push_rows<R: IntoIterator<Item = Value>>(
        &mut self,
        rows: impl IntoIterator<Item = R>,
    ) -> &mut Self {
        self.push("VALUES ");
        for (n, row) in rows.into_iter().enumerate() {
            self.push(if n > 0 { ", (" } else { "(" }).push_list(row).push(")");
        }
        self
    }

    /// Gives how many rows it has changed.
    pub(in crate::catalog) async fn execute(self, db: &mut Connection) -> Result<u64> {
        Ok(match db.which() {
            Which::Sqlite(db) => self.for_sqlite().execute(db).await?.rows_affected(),
            Which::Postgres(db) => self.for_postgres().execute(db).await?.rows_affected(),
        })
    }

    pub(in crate::catalog) async fn fetch_all(self, db: &mut Connection) -> Result<Vec<Row>> {
        Ok(match db.which() {
            Which::Sqlite(db) => {
                self.for_sqlite().fetch_all(db).await?.into_iter().map(Row::Sqlite).collect()
            }
            Which::Postgres(db) => {
                self.for_postgres().fetch_all(db).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    pub(in crate::catalog) async fn fetch_optional(
        self,
        db: &mut Connection,
    ) -> Result<Option<Row>> {
        Ok(match db.which() {
            Which::Sqlite(db) => self.for_sqlite().fetch_optional(db).await?.map(Row::Sqlite),
            Which::Postgres(db) => self.for_postgres().fetch_optional(db).await?.map(Row::Postgres),
        })
    }

    pub(in crate::catalog) async fn fetch_one(self, db: &mut Connection) -> Result<Row> {
        let row = self.fetch_optional(db).await?;
        row.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    fn for_sqlite(self) -> Prepared<'static, Sqlite, SqliteArguments> {
        let text = Dialect::Sqlite.say(self.text, self.numbered);
        bound(sqlx::query(text), self.values).persistent(self.is_kept)
    }

    fn for_postgres(self) -> Prepared<'static, Postgres, PgArguments> {
        let text = Dialect::Postgres.say(self.text, self.numbered);
        bound(sqlx::query(text), self.values).persistent(self.is_kept)
    }
}

fn bound<DB: Database>(
    query: Prepared<'static, DB, DB::Arguments>,
    values: Vec<Value>,
) -> Prepared<'static, DB, DB::Arguments>
where
    for<'t> Option<String>: Encode<'t, DB> + Type<DB>,
    for<'t> Option<i64>: Encode<'t, DB> + Type<DB>,
    for<'t> Vec<u8>: Encode<'t, DB> + Type<DB>,
{
    values.into_iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Integer(integer) => query.bind(integer),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(Some(integer))
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}
