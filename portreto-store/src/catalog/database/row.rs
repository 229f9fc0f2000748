//! Columns to values: the few types that SQL does not know.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type, postgres::PgRow, sqlite::SqliteRow};

use crate::error::{Error, ErrorKind, Result};

/// A row of an answer.
#[derive(Debug)]
pub(in crate::catalog) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column.
    pub(in crate::catalog) fn try_get<'r, T>(&'r self, column: &'static str) -> sqlx::Result<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }
}

/// A column whose text has a Rust type.
pub(in crate::catalog) fn parsed<T: FromStr>(row: &Row, column: &'static str) -> Result<T> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| unreadable(column, &text))
}

/// A column that counts something.
pub(in crate::catalog) fn count<T: TryFrom<i64>>(row: &Row, column: &'static str) -> Result<T> {
    let value: i64 = row.try_get(column)?;
    value.try_into().map_err(|_| unreadable(column, &value.to_string()))
}

/// A column in microseconds since 1970.
pub(in crate::catalog) fn time(row: &Row, column: &'static str) -> Result<Timestamp> {
    let value: i64 = row.try_get(column)?;
    Timestamp::from_microsecond(value).map_err(|_| unreadable(column, &value.to_string()))
}

/// A column that holds the JSON of something, or nothing.
pub(in crate::catalog) fn from_json<T: DeserializeOwned>(
    row: &Row,
    column: &'static str,
) -> Result<Option<T>> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| unreadable(column, &text))).transpose()
}

/// What such a column holds.
pub(in crate::catalog) fn json(value: Option<&impl Serialize>) -> Result<Option<String>> {
    value.map(serde_json::to_string).transpose().map_err(|source| {
        Error::new(ErrorKind::Internal, "an image cannot be written as JSON").with_source(source)
    })
}

/// A length or count as SQL keeps it. Nothing here comes near 2⁶³.
pub(in crate::catalog) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(in crate::catalog) fn unreadable(column: &str, value: &str) -> Error {
    let message = format!("the catalog has {value:?} in column {column}, which cannot be");
    Error::new(ErrorKind::Catalog, message)
}
