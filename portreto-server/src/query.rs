//! Parameters of a query, strictly: what is not known, or is there twice, is an error and no silence.

use std::str::FromStr;

use axum::http::StatusCode;

use crate::problem::Problem;

/// The parameters of a request, until they are taken.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn read(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// Every value of a parameter, in order.
    pub(crate) fn all(&mut self, name: &str) -> Vec<String> {
        let taken = self.0.extract_if(.., |(key, _)| key == name);
        taken.map(|(_, value)| value).collect()
    }

    /// The value of a parameter that may be there once.
    pub(crate) fn one<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, Problem> {
        let mut values = self.all(name);
        let value = values.pop();
        if !values.is_empty() {
            return Err(bad(name, format!("the parameter {name} is there more than once")));
        }
        value
            .map(|text| {
                let wrong =
                    |error| bad(name, format!("the parameter {name} is {text:.80?}: {error}"));
                text.parse().map_err(wrong)
            })
            .transpose()
    }

    /// A number of things to list, from 1 to 1000.
    pub(crate) fn limit(&mut self) -> Result<u32, Problem> {
        match self.one("limit")?.unwrap_or(100) {
            limit @ 1..=1000 => Ok(limit),
            other => {
                Err(bad("limit", format!("the parameter limit is {other}, and may be 1 to 1000")))
            }
        }
    }

    /// Nothing else may be there.
    pub(crate) fn end(self) -> Result<(), Problem> {
        match self.0.into_iter().next() {
            Some((name, _)) => Err(bad(&name, format!("there is no parameter {name:.80?} here"))),
            None => Ok(()),
        }
    }
}

/// What is wrong with a field, a parameter or a header.
pub(crate) fn bad(field: &str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).field(field).detail(detail)
}
