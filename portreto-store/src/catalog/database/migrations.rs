//! The tables of each database, as they came to be: what a catalog has not been through yet is done when it is opened.
//!
//! They are listed here, and not found by a macro, because that would build the drivers of both databases a second time.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

/// The files of a directory: the number that begins its name, its name, its text.
macro_rules! files {
    ($directory:literal: $($name:literal)*) => {
        [$(($name, include_str!(concat!("../../../migrations/", $directory, "/", $name, ".sql")))),*]
    };
}

const SQLITE: [(&str, &str); 12] = files!("sqlite":
    "0001_catalog"
    "0002_fingerprints"
    "0003_debts"
    "0004_seen_and_files"
    "0005_queue"
    "0006_people"
    "0008_request_keys"
    "0009_usage"
    "0011_conditional_puts"
    "0012_bundles"
    "0013_images_by_owner"
    "0030_sinks"
);

const POSTGRES: [(&str, &str); 2] = files!("postgres":
    "0001_catalog"
    "0030_sinks"
);

pub(super) fn sqlite() -> Migrator {
    migrator(&SQLITE)
}

pub(super) fn postgres() -> Migrator {
    migrator(&POSTGRES)
}

fn migrator(files: &[(&'static str, &'static str)]) -> Migrator {
    let migration = |(name, text): &(&'static str, &'static str)| {
        let (number, words) = name.split_once('_')?;
        let description = Cow::Owned(words.replace('_', " "));
        let (number, text) = (number.parse().ok()?, text.into_sql_str());
        Some(Migration::new(number, description, MigrationType::Simple, text, false))
    };
    // That each of them has a number is tested.
    Migrator::with_migrations(files.iter().filter_map(migration).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_migration() {
        for (directory, files, migrator) in
            [("sqlite", &SQLITE[..], sqlite()), ("postgres", &POSTGRES[..], postgres())]
        {
            let directory =
                std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(directory);
            let mut there: Vec<String> = std::fs::read_dir(directory)
                .unwrap()
                .map(|entry| {
                    entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()
                })
                .collect();
            there.sort();
            let listed: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
            assert_eq!(listed, there);
            assert_eq!(migrator.iter().count(), files.len());
        }
        let third = sqlite().iter().nth(3).map(|one| (one.version, one.description.to_string()));
        assert_eq!(third, Some((4, "seen and files".to_owned())));
    }
}
