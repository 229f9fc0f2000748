//! Table `files`: files of this machine that were found kept.

use std::collections::HashMap;

use portreto_core::Digest;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::images::{self, ROWS};
use crate::{
    error::Result,
    image::{Image, ImageId},
    portreto::FileState,
};

pub(super) async fn images(
    db: &mut SqliteConnection,
    files: &[FileState],
    stores: &[u8],
) -> Result<Vec<Option<Image>>> {
    let mut found: HashMap<Vec<u8>, (Vec<u8>, Image)> = HashMap::with_capacity(files.len());
    for chunk in files.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT files.place, files.stamp, images.* FROM files JOIN images ON images.id = files.image \
             WHERE files.stores = ",
        );
        query.push_bind(stores.to_vec()).push(" AND files.place IN (");
        let mut places = query.separated(", ");
        for file in chunk {
            places.push_bind(file.place.to_vec());
        }
        query.push(")");
        let rows = query.build().fetch_all(&mut *db).await?;
        let there = images::with_labels(db, &rows).await?;
        for (row, there) in rows.iter().zip(there) {
            found.insert(row.try_get("place")?, (row.try_get("stamp")?, there.image));
        }
    }
    let image_of = |file: &FileState| {
        let (stamp, image) = found.get(&file.place[..])?;
        (*stamp == file.stamp).then(|| image.clone())
    };
    Ok(files.iter().map(image_of).collect())
}

/// Remembers files, unless their images are gone by now.
pub(super) async fn put(
    db: &mut SqliteConnection,
    files: &[(FileState, ImageId)],
    stores: &[u8],
) -> Result<()> {
    for chunk in files.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO files (place, stamp, stores, image) \
             SELECT column1, column2, column3, id FROM (",
        );
        query.push_values(chunk, |mut row, (file, image)| {
            row.push_bind(file.place.to_vec())
                .push_bind(file.stamp.to_vec())
                .push_bind(stores.to_vec())
                .push_bind(image.to_string());
        });
        query.push(
            ") AS there JOIN images ON images.id = column4 WHERE true \
             ON CONFLICT (place) DO UPDATE SET stamp = excluded.stamp, stores = excluded.stores, \
             image = excluded.image",
        );
        query.build().persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

pub(super) async fn forget(db: &mut SqliteConnection, original: &Digest) -> Result<()> {
    let query = "DELETE FROM files WHERE image IN (SELECT id FROM images WHERE digest = $1)";
    sqlx::query(query).bind(original.to_string()).execute(db).await?;
    Ok(())
}
