//! What every command takes.

use std::{num::NonZeroU64, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{Context, Result, bail};
use clap::{ArgAction, Args, ColorChoice};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, Zoned, civil::DateTime, tz::TimeZone};

use crate::config::Typed;

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Common {
    /// Directory of the catalog and the default stores
    ///
    /// Directory of the catalog and, unless configured otherwise, of the stores. Default: `PORTRETO_HOME`,
    /// or the platform's data directory.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) home: Option<PathBuf>,

    /// Catalog on PostgreSQL, which many machines share
    ///
    /// Catalog on PostgreSQL, which many machines share, such as `postgres://portreto@db/portreto`; the home then keeps what
    /// belongs to this machine. A password is better in `PORTRETO_CATALOG`, in portreto.toml or in ~/.pgpass, where
    /// other users do not see it. Default: a file in the home.
    #[arg(long, value_name = "URL", global = true)]
    catalog: Option<String>,

    /// Configuration file
    ///
    /// Configuration file. Default: `PORTRETO_CONFIG`, or portreto.toml in the home. `portreto config` shows
    /// what is in force.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    /// Override one setting of the configuration
    ///
    /// Override one setting of the configuration, such as `limits.pixels=200000000`. May be given several
    /// times.
    #[arg(long, value_name = "KEY=VALUE", global = true, value_parser = assignment)]
    set: Vec<(String, String)>,

    /// Say more; -vv for every step
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Append all that is said to a file, and what became of each file of an upload
    ///
    /// Append all that is said, whatever --quiet leaves out, and what became of each file of an upload, to a file: one
    /// line each, with its time.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) log_file: Option<PathBuf>,

    /// Say only what goes wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// When to use colors
    ///
    /// When to use colors. `auto` means on a terminal, unless `NO_COLOR` is set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

impl Common {
    /// The settings among what was typed.
    pub(crate) fn settings(&self) -> Typed {
        let set =
            |(key, value): &(String, String)| ("--set".to_owned(), key.clone(), value.clone());
        let catalog = self.catalog.clone();
        let catalog = catalog.map(|url| ("--catalog".to_owned(), "catalog".to_owned(), url));
        Typed {
            home: self.home.clone(),
            file: self.config.clone(),
            flags: self.set.iter().map(set).chain(catalog).collect(),
        }
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => Err("must be KEY=VALUE".to_owned()),
    }
}

/// A point in time as it is typed: `2026-05-01`, `2026-05-01T12:00`, RFC 3339, or `7d` ago.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl FromStr for Moment {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Ok(timestamp) = text.parse() {
            return Ok(Self(timestamp));
        }
        if let Ok(local) = text.parse::<DateTime>() {
            return Ok(Self(local.to_zoned(TimeZone::system())?.timestamp()));
        }
        let ago = match text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok()) {
            Some(days) => days.checked_mul(24).and_then(SignedDuration::try_from_hours),
            None => text.parse().ok(),
        };
        let ago =
            ago.context("must be a date, a date and time, or a length of time ago like 7d or 12h")?;
        Ok(Self(Zoned::now().timestamp().checked_sub(ago)?))
    }
}

/// A number of bytes as it is typed: `5000`, `500k`, `20M`, `1.5Gi`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) NonZeroU64);

impl FromStr for Bytes {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim().trim_end_matches("/s").trim_end_matches(['B', 'b']);
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit: f64 = match text[number.len()..].to_ascii_lowercase().as_str() {
            "" => 1.0,
            "k" => 1e3,
            "m" => 1e6,
            "g" => 1e9,
            "ki" => 1024.0,
            "mi" => 1_048_576.0,
            "gi" => 1_073_741_824.0,
            unit => bail!("the unit {unit:?} is none of k, M, G, Ki, Mi, Gi"),
        };
        let number: f64 = number.trim().parse().context("must be a number of bytes such as 20M")?;
        // From NaN to infinity, whatever is out of range becomes 0 or the most there is.
        let bytes = NonZeroU64::new((number * unit) as u64).filter(|_| number.is_finite());
        bytes.map(Self).context("must be at least one byte")
    }
}

/// A length of time as jiff's friendly durations are written; a day has 24 hours.
pub(super) fn length_of_time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a length of time such as 90m, 12h, 7d");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(duration).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units() {
        let of = |text: &str| text.parse::<Bytes>().map(|bytes| bytes.0.get());
        for (text, bytes) in [
            ("5000", 5000),
            ("20M", 20_000_000),
            ("1.5Gi", 1_610_612_736),
            ("8 kB", 8000),
            ("2MB/s", 2_000_000),
            ("3KiB", 3072),
        ] {
            assert_eq!(of(text).unwrap(), bytes, "{text}");
        }
        for wrong in ["", "0", "-1", "0.5", "x", "5T", "M", "nan", "infG", "1e400"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_is_a_time_or_a_while_ago() {
        let at = |text: &str| text.parse::<Moment>().map(|moment| moment.0);
        assert_eq!(at("2026-05-01T12:00:00Z").unwrap().as_second(), 1_777_636_800);
        let midnight = at("2026-05-01").unwrap().to_zoned(TimeZone::system());
        assert_eq!((midnight.hour(), midnight.day()), (0, 1));
        assert_eq!(at("1d").unwrap().duration_until(at("0d").unwrap()).as_hours(), 24);
        assert_eq!(at("90m").unwrap().duration_until(at("0d").unwrap()).as_mins(), 90);
        for wrong in ["", "yesterday", "2026-13-01", "9999999999999999999d", "99999999999d"] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lengths_of_time_are_read_and_others_refused() {
        assert_eq!(length_of_time("7d"), Ok(Duration::from_hours(168)));
        assert_eq!(length_of_time("1h 30m"), Ok(Duration::from_mins(90)));
        assert_eq!(length_of_time("2w"), Ok(Duration::from_hours(336)));
        for wrong in ["", "7", "-1h", "soon", "1mo", "99999999999999999999d"] {
            let error = length_of_time(wrong).unwrap_err();
            assert!(error.contains("12h"), "{wrong}: {error}");
        }
    }
}
