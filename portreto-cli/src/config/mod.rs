//! Settings: where each comes from, and which one wins.
//!
//! A flag wins over the environment, the environment over `portreto.toml`, and that over the default.
//! Every value remembers its [`Source`], so that `portreto config` can say why it is in force and an error
//! can say where to mend it.

mod home;
mod key;
mod layer;
mod value;

use std::{collections::BTreeMap, net::SocketAddr, num::NonZeroUsize, path::PathBuf, thread};

use anyhow::{Context, Result};
use portreto_core::{Limits, transform::Presets};
use portreto_store::Options;

use self::key::Key;
pub(crate) use self::{
    layer::{Layer, Source},
    value::Value,
};

/// What is in force, and from where.
#[derive(Debug)]
pub(crate) struct Settings {
    home: Setting<PathBuf>,
    values: BTreeMap<&'static str, Setting<Value>>,
    presets: Presets,
    /// `presets.NAME`, and what it is defined as.
    preset_texts: BTreeMap<String, Setting<String>>,
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// The settings that were typed.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    /// `--home`
    pub(crate) home: Option<PathBuf>,
    /// `--config`
    pub(crate) file: Option<PathBuf>,
    /// `--set KEY=VALUE`, and flags of their own: flag, key, value.
    pub(crate) flags: Vec<(String, String, String)>,
}

impl Settings {
    /// Reads the file and the environment, and puts what was typed over them.
    pub(crate) fn load(typed: &Typed) -> Result<Self> {
        let home = home::find(typed.home.as_deref())?;
        let mut file = Layer::file(&home::config_file(typed.file.as_deref(), &home.value))?;
        let (presets, preset_texts) = presets(file.take_presets())?;
        let layers = [Layer::defaults(), file, Layer::environment()?, Layer::flags(&typed.flags)?];
        let values = layers.into_iter().flat_map(Layer::into_settings).collect();
        Ok(Self { home, values, presets, preset_texts })
    }

    /// Every setting by name: its value as text, and where it comes from.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Value, &Source)> {
        let home = Value::Text(self.home.value.to_string_lossy().into_owned());
        let rest = self
            .values
            .iter()
            .map(|(name, setting)| (*name, setting.value.clone(), &setting.source));
        let presets = self.preset_texts.iter().map(|(name, setting)| {
            (name.as_str(), Value::Text(setting.value.clone()), &setting.source)
        });
        std::iter::once(("home", home, &self.home.source)).chain(rest).chain(presets)
    }

    /// Transforms by name.
    pub(crate) fn presets(&self) -> &Presets {
        &self.presets
    }

    /// The directory of the home.
    pub(crate) fn home(&self) -> &PathBuf {
        &self.home.value
    }

    /// Bounds on pictures.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.input_bytes = self.number(&key::LIMITS_INPUT_BYTES);
        limits.pixels = self.number(&key::LIMITS_PIXELS);
        limits.width = self.number_32(&key::LIMITS_WIDTH);
        limits.height = self.number_32(&key::LIMITS_HEIGHT);
        limits.frames = self.number_32(&key::LIMITS_FRAMES);
        limits.animation_pixels = self.number(&key::LIMITS_ANIMATION_PIXELS);
        limits.memory_bytes = self.number(&key::LIMITS_MEMORY_BYTES);
        limits
    }

    /// How many files are in flight at once.
    pub(crate) fn concurrency(&self) -> usize {
        match self.number(&key::CONCURRENCY) {
            // Most of them wait for a disk or a server, which serve many at once best.
            0 => 128 * n_cores().min(4),
            n => usize::try_from(n).unwrap_or(usize::MAX),
        }
    }

    /// How many threads render; never 0.
    pub(crate) fn threads(&self) -> usize {
        match self.number(&key::THREADS) {
            0 => n_cores(),
            n => usize::try_from(n).unwrap_or(usize::MAX),
        }
    }

    /// The address to serve on.
    pub(crate) fn listen(&self) -> SocketAddr {
        match self.get(&key::LISTEN) {
            Value::Address(address) => *address,
            other => unreachable!("listen is {other}"),
        }
    }

    /// The URL of the catalog on PostgreSQL, if it is there.
    pub(crate) fn catalog(&self) -> Option<String> {
        match self.get(&key::CATALOG) {
            Value::Database(url) => Some(url.clone()).filter(|url| !url.is_empty()),
            other => unreachable!("catalog is {other}"),
        }
    }

    /// How to open the home.
    pub(crate) fn options(&self, create: bool) -> Options {
        let mut options = Options::new(self.home());
        options.stores = match self.get(&key::STORES) {
            Value::List(stores) => stores.clone(),
            other => unreachable!("stores is {other}"),
        };
        options.catalog = self.catalog();
        options.limits = self.limits();
        options.create = create;
        options.threads = self.threads();
        options.grace = match self.get(&key::GRACE) {
            Value::Duration(grace) => *grace,
            other => unreachable!("grace is {other}"),
        };
        options
    }

    /// The layer of defaults has every key, and a layer takes only values of the key's kind.
    fn get(&self, key: &Key) -> &Value {
        &self.values[key.name].value
    }

    fn number(&self, key: &Key) -> u64 {
        match self.get(key) {
            Value::Number(number) => *number,
            other => unreachable!("{} is {other}", key.name),
        }
    }

    fn number_32(&self, key: &Key) -> u32 {
        u32::try_from(self.number(key)).unwrap_or(u32::MAX)
    }
}

/// The presets of a file, in the order in which they stand there: a later one may use an earlier one.
fn presets(
    mut texts: Vec<(String, Setting<String>)>,
) -> Result<(Presets, BTreeMap<String, Setting<String>>)> {
    texts.sort_by_key(|(_, setting)| match setting.source {
        Source::File(_, line) => line,
        _ => 0,
    });
    let mut presets = Presets::new();
    for (name, setting) in &texts {
        let place = || format!("{}: presets.{name}", setting.source);
        presets.define(name, &setting.value).with_context(place)?;
    }
    let texts = texts.into_iter().map(|(name, setting)| (format!("presets.{name}"), setting));
    Ok((presets, texts.collect()))
}

fn n_cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

#[cfg(test)]
mod tests;
