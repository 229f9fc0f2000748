//! A catalog into another database: from a file of the home to PostgreSQL, and back.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{
    Options, Portreto,
    home::{Home, HomeLock, discard, publish},
    rebuild::set_aside,
};
use crate::{
    catalog::{Catalog, CopiedTable},
    error::{Error, ErrorKind, Result},
};

/// A catalog that was copied.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CopiedCatalog {
    /// All its tables: how many rows, and one digest of them, which was compared with that of the copy.
    pub tables: Vec<CopiedTable>,
    /// Where the file of the home is now that it is not used any more.
    pub set_aside: Option<PathBuf>,
}

impl Portreto {
    /// Copies the catalog of a home to `to`, a `postgres://` URL or a file that is not there. The copy is that of one moment, and
    /// is compared row by row.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no catalog; `Conflict` when there is something at `to`. Nothing is there then that was not
    /// before.
    pub async fn copy_catalog(
        options: &Options,
        to: &str,
        progress: &(dyn Fn(&str, u64) + Sync),
    ) -> Result<CopiedCatalog> {
        let from = source(options).await?;
        let tables = if is_url(to) {
            into_database(&from, to, progress).await
        } else {
            into_file(&from, Path::new(to), progress).await
        };
        from.close().await;
        Ok(CopiedCatalog { tables: tables?, set_aside: None })
    }

    /// Moves the catalog of a home: to PostgreSQL at the URL `to`, or with none, from there into a file of the home. The file
    /// is set aside afterwards; a database is left as it is.
    ///
    /// # Errors
    ///
    /// As for [`Portreto::copy_catalog`]; `Conflict` also while another process uses the catalog.
    pub async fn migrate_catalog(
        options: &Options,
        to: Option<&str>,
        progress: &(dyn Fn(&str, u64) + Sync),
    ) -> Result<CopiedCatalog> {
        let home = Home::new(&options.home);
        let conflict = |message: &str| Err(Error::new(ErrorKind::Conflict, message));
        if to.is_some() == options.catalog.is_some() {
            return conflict(if to.is_some() {
                "the catalog is on PostgreSQL already: `portreto catalog copy` copies it to another database"
            } else {
                "the catalog is in a file of the home already"
            });
        }
        // Held until the end: nobody begins to write what would not be copied.
        let Some(_alone) = HomeLock::alone_at_once(&home).await? else {
            return conflict("another process has the home open: stop it first");
        };
        let from = source(options).await?;
        if from.has_others().await? {
            from.close().await;
            return conflict(
                "other processes have the catalog open: stop all servers and workers first",
            );
        }
        let tables = match to {
            Some(url) => into_database(&from, url, progress).await,
            None => into_file(&from, &home.catalog(), progress).await,
        };
        from.close().await;
        let tables = tables?;
        let set_aside = if to.is_some() { set_aside(&home.catalog())? } else { None };
        Ok(CopiedCatalog { tables, set_aside })
    }
}

/// The catalog of a home as it is.
async fn source(options: &Options) -> Result<Catalog> {
    if let Some(url) = &options.catalog {
        return Catalog::connect(url).await;
    }
    let path = Home::new(&options.home).catalog();
    if !path.exists() {
        let message = format!("there is no catalog {}", path.display());
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    Catalog::open(&path, false).await
}

/// Copies into an empty database.
pub(super) async fn into_database(
    from: &Catalog,
    url: &str,
    progress: &(dyn Fn(&str, u64) + Sync),
) -> Result<Vec<CopiedTable>> {
    let to = Catalog::connect(url).await?;
    let copied = from.copy_to(&to, progress).await;
    to.close().await;
    copied
}

/// Copies into a new file, which appears whole.
async fn into_file(
    from: &Catalog,
    path: &Path,
    progress: &(dyn Fn(&str, u64) + Sync),
) -> Result<Vec<CopiedTable>> {
    if path.exists() {
        let message = format!("there is a file {} already", path.display());
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    let mut staging = path.as_os_str().to_owned();
    staging.push(".new");
    let staging = PathBuf::from(staging);
    discard(&staging);
    let to = Catalog::open(&staging, true).await?;
    let copied = from.copy_to(&to, progress).await;
    to.close().await;
    if copied.is_ok() {
        publish(&staging, path)?;
    } else {
        discard(&staging);
    }
    copied
}

fn is_url(to: &str) -> bool {
    ["postgres://", "postgresql://"].iter().any(|scheme| to.starts_with(scheme))
}
