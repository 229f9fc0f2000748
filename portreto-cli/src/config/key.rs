//! The keys of `portreto.toml`: one table, from which the file, the environment, `--set` and
//! `portreto config` all read.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use portreto_core::Limits;

use super::Value;

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name in the file, dots between tables. In the environment: `PORTRETO_` and the name in capitals,
    /// `.` as `_`.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(super) default: fn() -> Value,
}

/// What kind of value a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole number in this range.
    Number { least: u64, most: u64 },
    /// A network address to listen on: IP address and port.
    Address,
    /// A length of time, such as `24h` or `90m`.
    Duration,
    /// The URL of a database, which may have a password in it.
    Database,
    /// Several texts; in the environment and in `--set` with commas between them.
    List,
}

/// A whole number of 64 bits, as far as TOML has them.
const LARGE: Kind = Kind::Number { least: 1, most: i64::MAX as u64 };
/// A whole number of 32 bits.
const SMALL: Kind = Kind::Number { least: 1, most: u32::MAX as u64 };
/// How many of something run at once; 0 for a number that suits this machine.
const PARALLEL: Kind = Kind::Number { least: 0, most: 1024 };

/// URLs or directories of the stores that a new home begins with; empty for two directories in the home.
pub(super) const STORES: Key =
    Key { name: "stores", kind: Kind::List, default: || Value::List(Vec::new()) };
/// A catalog on PostgreSQL, which many machines share; empty for a file in the home.
pub(super) const CATALOG: Key =
    Key { name: "catalog", kind: Kind::Database, default: || Value::Database(String::new()) };
/// Files in flight at once during an upload; 0 for 64 a core, 256 at most.
pub(super) const CONCURRENCY: Key =
    Key { name: "concurrency", kind: PARALLEL, default: || Value::Number(0) };
/// Threads that render; 0 for one a core.
pub(super) const THREADS: Key =
    Key { name: "threads", kind: PARALLEL, default: || Value::Number(0) };
/// Where `serve` listens. The default is this machine only.
pub(super) const LISTEN: Key = Key {
    name: "listen",
    kind: Kind::Address,
    default: || Value::Address(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
};
/// How long bytes that nothing refers to are kept before `repair` removes them.
pub(super) const GRACE: Key = Key {
    name: "grace",
    kind: Kind::Duration,
    default: || Value::Duration(Duration::from_hours(24)),
};
/// Largest file, bytes.
pub(super) const LIMITS_INPUT_BYTES: Key = Key {
    name: "limits.input_bytes",
    kind: LARGE,
    default: || Value::Number(Limits::default().input_bytes),
};
/// Largest picture, width × height, pixels.
pub(super) const LIMITS_PIXELS: Key =
    Key { name: "limits.pixels", kind: LARGE, default: || Value::Number(Limits::default().pixels) };
/// Widest picture, pixels.
pub(super) const LIMITS_WIDTH: Key = Key {
    name: "limits.width",
    kind: SMALL,
    default: || Value::Number(Limits::default().width.into()),
};
/// Tallest picture, pixels.
pub(super) const LIMITS_HEIGHT: Key = Key {
    name: "limits.height",
    kind: SMALL,
    default: || Value::Number(Limits::default().height.into()),
};
/// Most frames of an animation.
pub(super) const LIMITS_FRAMES: Key = Key {
    name: "limits.frames",
    kind: SMALL,
    default: || Value::Number(Limits::default().frames.into()),
};
/// Largest animation, width × height × frames, pixels.
pub(super) const LIMITS_ANIMATION_PIXELS: Key = Key {
    name: "limits.animation_pixels",
    kind: LARGE,
    default: || Value::Number(Limits::default().animation_pixels),
};
/// Most memory that one picture may take, bytes.
pub(super) const LIMITS_MEMORY_BYTES: Key = Key {
    name: "limits.memory_bytes",
    kind: LARGE,
    default: || Value::Number(Limits::default().memory_bytes),
};

/// Every setting.
pub(super) const ALL: [&Key; 13] = [
    &STORES,
    &CATALOG,
    &CONCURRENCY,
    &THREADS,
    &LISTEN,
    &GRACE,
    &LIMITS_INPUT_BYTES,
    &LIMITS_PIXELS,
    &LIMITS_WIDTH,
    &LIMITS_HEIGHT,
    &LIMITS_FRAMES,
    &LIMITS_ANIMATION_PIXELS,
    &LIMITS_MEMORY_BYTES,
];

impl Key {
    /// The setting of this name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        ALL.into_iter().find(|key| key.name == name)
    }

    /// The environment variable of this setting.
    pub(super) fn variable(&self) -> String {
        format!("PORTRETO_{}", self.name.replace('.', "_").to_uppercase())
    }
}

/// All names, for an error about one that does not exist.
pub(super) fn known_names() -> String {
    ALL.map(|key| key.name).join(", ")
}
