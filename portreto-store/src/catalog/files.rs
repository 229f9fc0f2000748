//! Table `files`: files of this machine that were found kept.

use std::collections::HashMap;

use portreto_core::Digest;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::images;
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
    // Well below the number of parameters that every database takes.
    for chunk in files.chunks(500) {
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

/// Remembers a file, unless its image is gone by now.
pub(super) async fn put(
    db: &mut SqliteConnection,
    file: &FileState,
    image: ImageId,
    stores: &[u8],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO files (place, stamp, stores, image) SELECT $1, $2, $3, id FROM images \
         WHERE id = $4 ON CONFLICT (place) DO UPDATE SET stamp = excluded.stamp, \
         stores = excluded.stores, image = excluded.image",
    )
    .bind(file.place.to_vec())
    .bind(file.stamp.to_vec())
    .bind(stores.to_vec())
    .bind(image.to_string())
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn forget(db: &mut SqliteConnection, original: &Digest) -> Result<()> {
    let query = "DELETE FROM files WHERE image IN (SELECT id FROM images WHERE digest = $1)";
    sqlx::query(query).bind(original.to_string()).execute(db).await?;
    Ok(())
}
