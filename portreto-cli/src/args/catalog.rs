use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Copy or move the catalog to PostgreSQL, and back
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Catalog {
    #[command(subcommand)]
    pub(crate) command: CatalogCommand,
}

/// What to do with the catalog.
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Move the catalog of the home to PostgreSQL, or from there into a file of the home
    ///
    /// Move the catalog of the home to PostgreSQL, or from there into a file of the home. Every table is copied in one
    /// transaction, read back and compared; interrupted, nothing has happened. Nobody else may have the catalog open. The
    /// file is set aside afterwards; a database stays as it is, to be dropped by hand.
    Migrate {
        /// The URL of an empty database; with none, the catalog moves from PostgreSQL into the home
        #[arg(value_name = "URL")]
        to: Option<String>,

        /// Print the tables as a JSON object, with their rows and digests
        #[arg(long)]
        json: bool,
    },
    /// Copy the catalog as it is at this moment, while it is used
    ///
    /// Copy the catalog as it is at this moment, while it is used: a backup that is compared with what it was made from.
    Copy {
        /// The URL of an empty database, or a file that is not there
        #[arg(value_name = "URL|FILE")]
        to: PathBuf,

        /// Print the tables as a JSON object, with their rows and digests
        #[arg(long)]
        json: bool,
    },
}

const EXAMPLES: &str = "\
Examples:
  portreto catalog migrate postgres://portreto@db/portreto
  portreto catalog copy /mnt/backup/catalog.sqlite
  portreto --catalog postgres://portreto@db/portreto catalog migrate";
