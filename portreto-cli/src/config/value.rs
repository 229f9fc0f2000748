//! Values of settings, checked once where they come in.

use std::{fmt, net::SocketAddr, time::Duration};

use anyhow::{Result, bail};
use jiff::SignedDuration;
use serde::{Serialize, Serializer};
use toml::de::DeValue;

use super::key::Kind;

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Number(u64),
    Text(String),
    Address(SocketAddr),
    /// The URL of a database: shown without its password.
    Database(String),
    Duration(Duration),
    List(Vec<String>),
}

impl Value {
    /// Reads what was typed, or set in the environment.
    pub(super) fn from_text(kind: Kind, text: &str) -> Result<Self> {
        match kind {
            Kind::Number { .. } => {
                let digits = text.replace('_', "");
                let number = digits.parse().ok().filter(|_| !digits.starts_with('+'));
                number.map_or_else(|| expected(kind, &format!("{text:?}")), |n| in_range(kind, n))
            }
            Kind::Address => address(text),
            Kind::Database => database(text),
            Kind::Duration => duration(text),
            Kind::List => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Ok(Self::List(items.map(str::to_owned).collect()))
            }
        }
    }

    /// Reads a value of a TOML file.
    pub(super) fn from_toml(kind: Kind, value: &DeValue<'_>) -> Result<Self> {
        match (kind, value) {
            (Kind::Number { .. }, DeValue::Integer(integer)) => {
                match u64::from_str_radix(integer.as_str(), integer.radix()) {
                    Ok(number) => in_range(kind, number),
                    Err(_) => expected(kind, &integer.to_string()),
                }
            }
            (Kind::Address, DeValue::String(text)) => address(text),
            (Kind::Database, DeValue::String(text)) => database(text),
            (Kind::Duration, DeValue::String(text)) => duration(text),
            (Kind::List, DeValue::Array(array)) => {
                let items = array.iter().map(|item| match item.get_ref() {
                    DeValue::String(text) => Ok(text.clone().into_owned()),
                    other => expected(kind, &format!("a list with {}", article(other.type_str()))),
                });
                Ok(Self::List(items.collect::<Result<_>>()?))
            }
            (_, other) => expected(kind, &article(other.type_str())),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Address(address) => address.fmt(f),
            Self::Database(url) => f.write_str(&without_password(url)),
            Self::Duration(duration) => {
                let duration = SignedDuration::try_from(*duration).unwrap_or(SignedDuration::MAX);
                write!(f, "{duration:#}")
            }
            Self::List(items) => f.write_str(&items.join(",")),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::List(items) => items.serialize(serializer),
            Self::Text(_) | Self::Address(_) | Self::Database(_) | Self::Duration(_) => {
                serializer.collect_str(self)
            }
        }
    }
}

fn database(text: &str) -> Result<Value> {
    let is_one = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if text.is_empty() || is_one {
        return Ok(Value::Database(text.to_owned()));
    }
    // What was typed may have a password in it.
    bail!("must be a URL such as postgres://USER:PASSWORD@HOST/DATABASE")
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.find(['/', '?']).unwrap_or(rest.len());
    let Some(at) = rest[..authority].rfind('@') else { return url.to_owned() };
    match rest[..at].split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***{}", &rest[at..]),
        None => url.to_owned(),
    }
}

fn in_range(kind: Kind, number: u64) -> Result<Value> {
    match kind {
        Kind::Number { least, most } if !(least..=most).contains(&number) => {
            bail!("it is {number}, but must be from {least} to {most}")
        }
        _ => Ok(Value::Number(number)),
    }
}

fn address(text: &str) -> Result<Value> {
    match text.parse() {
        Ok(address) => Ok(Value::Address(address)),
        Err(_) => expected(Kind::Address, &format!("{text:?}")),
    }
}

fn duration(text: &str) -> Result<Value> {
    match text.parse::<SignedDuration>().map(Duration::try_from) {
        Ok(Ok(duration)) => Ok(Value::Duration(duration)),
        _ => expected(Kind::Duration, &format!("{text:?}")),
    }
}

fn expected<T>(kind: Kind, found: &str) -> Result<T> {
    let wanted = match kind {
        Kind::Number { .. } => "a whole number",
        Kind::Database => "a URL such as \"postgres://USER:PASSWORD@HOST/DATABASE\"",
        Kind::Address => "an IP address and a port, such as \"127.0.0.1:8080\"",
        Kind::Duration => "a length of time such as \"24h\" or \"90m\"",
        Kind::List => "a list of texts",
    };
    bail!("it is {found}, but must be {wanted}")
}

/// A noun with its article.
pub(super) fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {noun}")
}
