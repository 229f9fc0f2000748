//! Table `files`: files of this machine that were found kept.

use std::collections::{BTreeMap, HashMap};

use portreto_core::Digest;

use super::{
    database::{Connection, Query, sql},
    images::{self, ROWS},
};
use crate::{
    error::Result,
    image::{Image, ImageId},
    portreto::FileState,
};

pub(super) async fn images(
    db: &mut Connection,
    files: &[FileState],
    stores: &[u8],
) -> Result<Vec<Option<Image>>> {
    let mut found: HashMap<Vec<u8>, (Vec<u8>, Image)> = HashMap::with_capacity(files.len());
    for chunk in files.chunks(ROWS) {
        let mut query = Query::of(
            "SELECT files.place, files.stamp, images.* FROM files JOIN images ON images.id = files.image \
             WHERE files.stores = ",
        );
        query.push_bind(stores.to_vec()).push(" AND files.place IN (");
        query.push_list(chunk.iter().map(|file| file.place.to_vec())).push(")");
        let rows = query.fetch_all(&mut *db).await?;
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
    db: &mut Connection,
    files: &[(FileState, ImageId)],
    stores: &[u8],
) -> Result<()> {
    // One statement may not write a row twice.
    let newest: BTreeMap<_, _> = files.iter().map(|file| (&file.0.place, file)).collect();
    let files: Vec<_> = newest.into_values().collect();
    for chunk in files.chunks(ROWS) {
        let mut query = Query::of(
            "INSERT INTO files (place, stamp, stores, image) \
             SELECT column1, column2, column3, id FROM (",
        );
        query.push_rows(chunk.iter().map(|(file, image)| {
            let (place, stamp) = (file.place.to_vec().into(), file.stamp.to_vec().into());
            [place, stamp, stores.to_vec().into(), image.to_string().into()]
        }));
        query.push(
            ") AS there JOIN images ON images.id = column4 WHERE true \
             ON CONFLICT (place) DO UPDATE SET stamp = excluded.stamp, stores = excluded.stores, \
             image = excluded.image",
        );
        query.kept(false).execute(&mut *db).await?;
    }
    Ok(())
}

pub(super) async fn forget(db: &mut Connection, original: &Digest) -> Result<()> {
    let query = "DELETE FROM files WHERE image IN (SELECT id FROM images WHERE digest = $1)";
    sql(query).bind(original.to_string()).execute(db).await?;
    Ok(())
}
