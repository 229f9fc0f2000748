//! Where the home is, and the configuration file in it.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{Setting, Source};

/// Where `portreto.toml` is looked for.
#[derive(Debug)]
pub(super) struct ConfigFile {
    pub(super) path: PathBuf,
    /// Whether it was named, and so must be there.
    pub(super) is_named: bool,
}

/// The home: `--home`, `PORTRETO_HOME`, or the platform's place for data of programs.
pub(super) fn find(typed: Option<&Path>) -> Result<Setting<PathBuf>> {
    if let Some(home) = typed {
        return Ok(Setting { value: home.to_owned(), source: Source::Flag("--home".into()) });
    }
    if let Some(home) = variable("PORTRETO_HOME") {
        return Ok(Setting { value: home, source: Source::Environment("PORTRETO_HOME".into()) });
    }
    let directories = directories::ProjectDirs::from("", "", "portreto")
        .context("no home directory is known; name one with --home DIR or PORTRETO_HOME")?;
    Ok(Setting { value: directories.data_dir().to_owned(), source: Source::Default })
}

/// The configuration file: `--config`, `PORTRETO_CONFIG`, or `portreto.toml` in the home.
pub(super) fn config_file(typed: Option<&Path>, home: &Path) -> ConfigFile {
    match typed.map(Path::to_owned).or_else(|| variable("PORTRETO_CONFIG")) {
        Some(path) => ConfigFile { path, is_named: true },
        None => ConfigFile { path: home.join("portreto.toml"), is_named: false },
    }
}

/// An environment variable that names a path; one that is set to nothing counts as not set.
fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
