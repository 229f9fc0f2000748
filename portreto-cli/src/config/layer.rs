//! Where settings come from: defaults, a file, the environment, flags.

use std::{env, fmt, fs, io, ops::Range, path::PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use toml::de::{DeTable, DeValue};

use super::{
    Setting, Value,
    home::ConfigFile,
    key::{self, Key},
    value,
};

/// Some settings from one place.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    settings: Vec<(&'static str, Setting<Value>)>,
    /// Texts of transforms by name.
    presets: Vec<(String, Setting<String>)>,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody said anything.
    Default,
    /// A line, counted from 1, of a file.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

impl Layer {
    /// The settings in order.
    pub(super) fn into_settings(self) -> impl Iterator<Item = (&'static str, Setting<Value>)> {
        self.settings.into_iter()
    }

    /// The presets, which only a file has; none are left.
    pub(super) fn take_presets(&mut self) -> Vec<(String, Setting<String>)> {
        std::mem::take(&mut self.presets)
    }

    /// What holds when nobody says anything: every setting.
    pub(super) fn defaults() -> Self {
        let setting = |key: &Key| Setting { value: (key.default)(), source: Source::Default };
        let settings = key::ALL.into_iter().map(|key| (key.name, setting(key))).collect();
        Self { settings, presets: Vec::new() }
    }

    /// The configuration file; nothing when there is none and none was named.
    pub(super) fn file(file: &ConfigFile) -> Result<Self> {
        let cannot = || format!("cannot read the configuration {}", file.path.display());
        let text = match fs::read_to_string(&file.path) {
            Ok(text) => text,
            Err(error) if !file.is_named && error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error).with_context(cannot),
        };
        let at = |span: Range<usize>| Source::File(file.path.clone(), line_of(&text, span.start));
        let table = DeTable::parse(&text).map_err(|error| {
            let place = at(error.span().unwrap_or_default());
            anyhow!("{place}: {}", error.message())
        })?;
        let mut layer = Self::default();
        layer.read_table("", table.get_ref(), &at)?;
        Ok(layer)
    }

    /// Environment variables.
    pub(super) fn environment() -> Result<Self> {
        let mut layer = Self::default();
        for key in key::ALL {
            let name = key.variable();
            let Some(text) = env::var_os(&name).filter(|text| !text.is_empty()) else { continue };
            let text = text.to_str().with_context(|| format!("{name} is not UTF-8"))?;
            layer.read_text(key, text, Source::Environment(name))?;
        }
        Ok(layer)
    }

    /// What was typed: flag, key, value.
    pub(super) fn flags(flags: &[(String, String, String)]) -> Result<Self> {
        let mut layer = Self::default();
        for (flag, name, text) in flags {
            let source = Source::Flag(flag.clone());
            let key = Key::find(name).ok_or_else(|| unknown(&source, name))?;
            layer.read_text(key, text, source)?;
        }
        Ok(layer)
    }

    fn read_text(&mut self, key: &Key, text: &str, source: Source) -> Result<()> {
        let value =
            Value::from_text(key.kind, text).with_context(|| format!("{source}: {}", key.name))?;
        self.settings.push((key.name, Setting { value, source }));
        Ok(())
    }

    fn read_presets(
        &mut self,
        table: &DeTable<'_>,
        at: &impl Fn(Range<usize>) -> Source,
    ) -> Result<()> {
        for (name, value) in table {
            let (source, name) = (at(name.span()), name.get_ref().to_string());
            let DeValue::String(text) = value.get_ref() else {
                let found = value::article(value.get_ref().type_str());
                bail!(
                    "{source}: {PRESETS}.{name}: it is {found}, but must be the text of a transform"
                )
            };
            self.presets.push((name, Setting { value: text.to_string(), source }));
        }
        Ok(())
    }

    fn read_table(
        &mut self,
        prefix: &str,
        table: &DeTable<'_>,
        at: &impl Fn(Range<usize>) -> Source,
    ) -> Result<()> {
        for (name, value) in table {
            let source = at(name.span());
            let name = format!("{prefix}{}", name.get_ref());
            match (Key::find(&name), value.get_ref()) {
                (Some(key), value) => {
                    let value = Value::from_toml(key.kind, value)
                        .with_context(|| format!("{source}: {name}"))?;
                    self.settings.push((key.name, Setting { value, source }));
                }
                (None, DeValue::Table(table)) if name == PRESETS => {
                    self.read_presets(table, at)?;
                }
                (None, other) if name == PRESETS => {
                    let found = value::article(other.type_str());
                    bail!("{source}: {name}: it is {found}, but must be a table")
                }
                (None, DeValue::Table(table)) if is_table(&name) => {
                    self.read_table(&format!("{name}."), table, at)?;
                }
                (None, other) if is_table(&name) => {
                    let found = value::article(other.type_str());
                    bail!("{source}: {name}: it is {found}, but must be a table")
                }
                (None, _) => return Err(unknown(&source, &name)),
            }
        }
        Ok(())
    }
}

/// The table of presets: names of the user's own, with the texts of transforms.
const PRESETS: &str = "presets";

fn is_table(name: &str) -> bool {
    key::ALL.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

fn unknown(source: &Source, name: &str) -> anyhow::Error {
    anyhow!("{source}: unknown key {name:?}; the keys are {}", key::known_names())
}

fn line_of(text: &str, at: usize) -> usize {
    text[..text.floor_char_boundary(at)].split('\n').count()
}
