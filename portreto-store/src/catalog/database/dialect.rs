//! What the two databases say differently, and how one text says both.
//!
//! Words in braces stand for it:
//!
//! | word | SQLite | PostgreSQL |
//! |---|---|---|
//! | `{now}` | the database's clock, microseconds since 1970 | the same |
//! | `{greater}`, `{lesser}` | `max`, `min` of two values | `greatest`, `least` |
//! | `{locked}` | nothing: nobody else writes | `FOR UPDATE`: waits for whoever changes the row, then sees it as that one left it |
//! | `{if_free}` | nothing | `FOR UPDATE SKIP LOCKED`: passes over rows that somebody else has |
//! | `{cursor}` | the position of an event | its transaction and position |
//! | `{cursor_desc}` | the same, the last one first | the same |
//! | `{cursor_value}` | the value `$2` | the values `$1` and `$2` |
//! | `{tx}` | 0 | the transaction of an event, a number |
//! | `{settled}` | always | no transaction is under way any more that may have written something before this event |
//!
//! Values in literal texts are `$1`, `$2`, …, which both know. A text that is put together has `?` for each value:
//! SQLite looks for each named one among all before it.

use std::borrow::Cow;

use sqlx::SqlStr;

/// A database's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

const WORDS: [(&str, &str, &str); 10] = [
    (
        "{now}",
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        // Not `clock_timestamp()`: it may be another one for each row, and then no index serves.
        "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT)",
    ),
    ("{greater}", "max", "greatest"),
    ("{lesser}", "min", "least"),
    ("{locked}", "", "FOR UPDATE"),
    ("{if_free}", "", "FOR UPDATE SKIP LOCKED"),
    // Positions are given when a row is written, not when it can be seen: in the order of positions alone one that is written by a slow
    // transaction would be passed over.
    ("{cursor_value}", "$2", "CAST(CAST($1 AS TEXT) AS XID8), $2"),
    ("{cursor}", "position", "tx, position"),
    ("{cursor_desc}", "position DESC", "tx DESC, position DESC"),
    ("{tx}", "0", "CAST(CAST(tx AS TEXT) AS BIGINT)"),
    ("{settled}", "1 = 1", "tx < pg_snapshot_xmin(pg_current_snapshot())"),
];

impl Dialect {
    /// A text in these words. `numbered`: whether its values are.
    pub(super) fn say(self, text: Cow<'static, str>, numbered: bool) -> SqlStr {
        use sqlx::{AssertSqlSafe, SqlSafeStr};
        let text = if text.contains('{') {
            let mut said = text.into_owned();
            for (word, sqlite, postgres) in WORDS {
                let its = if self == Self::Sqlite { sqlite } else { postgres };
                said = said.replace(word, its);
            }
            Cow::Owned(said)
        } else {
            text
        };
        match text {
            Cow::Borrowed(text) => text.into_sql_str(),
            Cow::Owned(text) if numbered || self == Self::Sqlite => {
                AssertSqlSafe(text).into_sql_str()
            }
            Cow::Owned(text) => AssertSqlSafe(number(&text)).into_sql_str(),
        }
    }
}

/// `$1`, `$2`, … in the place of each `?`.
fn number(text: &str) -> String {
    let mut numbered = String::with_capacity(text.len() * 2);
    for (n, part) in text.split('?').enumerate() {
        if n > 0 {
            numbered.push('$');
            numbered.push_str(&n.to_string());
        }
        numbered.push_str(part);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_is_told_in_its_own_words() {
        let literal = "SELECT {greater}(a, $1) FROM t WHERE due <= {now} {locked}";
        let say = |dialect: Dialect| dialect.say(literal.into(), true).as_str().to_owned();
        assert_eq!(
            say(Dialect::Sqlite),
            "SELECT max(a, $1) FROM t WHERE due <= CAST(unixepoch('subsec') * 1000000 AS INTEGER) "
        );
        assert!(
            say(Dialect::Postgres)
                .starts_with("SELECT greatest(a, $1) FROM t WHERE due <= CAST(extract(")
        );
        assert!(say(Dialect::Postgres).ends_with(" FOR UPDATE"));
        let made = || Cow::Owned("VALUES (?, ?), (?, ?)".to_owned());
        assert_eq!(Dialect::Sqlite.say(made(), false).as_str(), "VALUES (?, ?), (?, ?)");
        assert_eq!(Dialect::Postgres.say(made(), false).as_str(), "VALUES ($1, $2), ($3, $4)");
    }
}
