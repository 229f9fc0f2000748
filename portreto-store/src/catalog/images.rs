//! Tables `images` and `labels`.

use std::collections::{BTreeMap, BTreeSet};

use portreto_core::{Digest, Fingerprint, PerceptualHash, replica::Shard};

use super::database::{
    Connection, Query, Row, count, from_json, integer, json, parsed, sql, time, unreadable,
};
use crate::{
    error::Result,
    image::{Image, ImageId},
    portreto::{Filter, Page, Seen},
};

/// An image and the revision of its record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Catalogued {
    pub(crate) image: Image,
    pub(crate) revision: u64,
    /// The object in the stores that its record is in together with others'; none when it has one of its own.
    pub(crate) bundle: Option<Digest>,
}

impl Catalogued {
    /// Images whose records were found in a bundle.
    pub(crate) fn in_bundle(
        records: Vec<(Image, u64)>,
        bundle: &Digest,
    ) -> impl Iterator<Item = Self> {
        let bundle = Some(*bundle);
        records.into_iter().map(move |(image, revision)| Self { image, revision, bundle })
    }
}

/// Rows of one statement: well below the number of parameters that every database takes.
pub(super) const ROWS: usize = 500;

pub(super) async fn insert(
    db: &mut Connection,
    images: &[&Image],
    revision: u64,
    bundle: Option<&Digest>,
) -> Result<()> {
    for chunk in images.chunks(ROWS) {
        let mut query = Query::of(
            "INSERT INTO images (reversed, id, owner, digest, name, media_type, width, height, bytes, \
             created, revision, fingerprint, metadata, perceptual, seen, bundle) ",
        );
        let mut rows = Vec::with_capacity(chunk.len());
        for image in chunk {
            let id = image.id.to_string();
            rows.push([
                reversed(&digits(&id)).into(),
                id.into(),
                (&image.owner).into(),
                image.digest.to_string().into(),
                (&image.name).into(),
                (&image.media_type).into(),
                i64::from(image.width).into(),
                i64::from(image.height).into(),
                integer(image.bytes).into(),
                image.created.as_microsecond().into(),
                integer(revision).into(),
                json(image.fingerprint.as_ref())?.into(),
                json(image.metadata.as_ref())?.into(),
                perceptual(image.fingerprint.as_ref()).into(),
                i64::from(image.fingerprint.is_some()).into(),
                bundle.map(ToString::to_string).into(),
            ]);
        }
        query.push_rows(rows);
        query.kept(chunk.len() == 1).execute(&mut *db).await?;
    }
    let labels_of =
        |image: &&Image| image.labels.iter().map(|label| (image.id, label.clone())).collect();
    let labels: Vec<Vec<_>> = images.iter().map(labels_of).collect();
    insert_labels(db, &labels.concat()).await?;
    Ok(())
}

/// Puts a newer record in the place of an image's; what was referred to by its id still is.
pub(super) async fn replace(db: &mut Connection, found: &Catalogued) -> Result<()> {
    let Catalogued { image, revision, .. } = found;
    let (fingerprint, metadata) =
        (json(image.fingerprint.as_ref())?, json(image.metadata.as_ref())?);
    let query = "UPDATE images SET name = $2, revision = $3, fingerprint = $4, metadata = $5, \
                 perceptual = $6, seen = $7, bundle = NULL WHERE id = $1 AND revision < $3";
    sql(query)
        .bind(image.id.to_string())
        .bind(&image.name)
        .bind(integer(*revision))
        .bind(fingerprint)
        .bind(metadata)
        .bind(perceptual(image.fingerprint.as_ref()))
        .bind(i64::from(image.fingerprint.is_some()))
        .execute(&mut *db)
        .await?;
    let labels: Vec<_> = image.labels.iter().map(|label| (image.id, label.clone())).collect();
    insert_labels(db, &labels).await?;
    Ok(())
}

/// Gives whether any label was new; the revision is then one higher.
pub(super) async fn add_labels(
    db: &mut Connection,
    id: ImageId,
    labels: &BTreeSet<String>,
) -> Result<bool> {
    // A label may not outlive its image: nobody deletes it until the transaction ends.
    let query = "SELECT 1 FROM images WHERE id = $1 {locked}";
    if sql(query).bind(id.to_string()).fetch_optional(&mut *db).await?.is_none() {
        return Ok(false);
    }
    let labels: Vec<_> = labels.iter().map(|label| (id, label.clone())).collect();
    let added = insert_labels(db, &labels).await?;
    if added {
        sql("UPDATE images SET revision = revision + 1, bundle = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(db)
            .await?;
    }
    Ok(added)
}

/// Gives whether any was new.
async fn insert_labels(db: &mut Connection, labels: &[(ImageId, String)]) -> Result<bool> {
    let mut added = 0;
    for chunk in labels.chunks(ROWS) {
        let mut query = Query::of("INSERT INTO labels (image, label) ");
        query
            .push_rows(chunk.iter().map(|(image, label)| [image.to_string().into(), label.into()]));
        query.push(" ON CONFLICT DO NOTHING");
        added += query.kept(chunk.len() == 1).execute(&mut *db).await?;
    }
    Ok(added > 0)
}

/// Catalogues what was seen in an image after it was inserted. Gives whether that was anything new; the
/// revision is then one higher.
pub(super) async fn describe(db: &mut Connection, seen: &Seen) -> Result<bool> {
    let Seen { image, fingerprint, metadata } = seen;
    let (fingerprint_json, metadata) = (json(fingerprint.as_ref())?, json(metadata.as_ref())?);
    let query = "UPDATE images SET fingerprint = $2, metadata = $3, perceptual = $4, seen = 1, \
                 revision = revision + 1, bundle = NULL WHERE id = $1 AND \
                 (fingerprint IS DISTINCT FROM $2 OR metadata IS DISTINCT FROM $3)";
    let done = sql(query)
        .bind(image.to_string())
        .bind(fingerprint_json)
        .bind(metadata)
        .bind(perceptual(fingerprint.as_ref()))
        .execute(&mut *db)
        .await?;
    if done > 0 {
        return Ok(true);
    }
    let query = "UPDATE images SET seen = 1 WHERE id = $1";
    sql(query).bind(image.to_string()).execute(db).await?;
    Ok(false)
}

pub(super) async fn unseen(
    db: &mut Connection,
    owner: &str,
    after: Option<ImageId>,
    limit: u32,
) -> Result<Vec<Catalogued>> {
    let query =
        "SELECT * FROM images WHERE seen = 0 AND owner = $1 AND id > $2 ORDER BY id LIMIT $3";
    let rows = sql(query)
        .bind(owner)
        .bind(after.map_or_else(String::new, |id| id.to_string()))
        .bind(i64::from(limit))
        .fetch_all(&mut *db)
        .await?;
    with_labels(db, &rows).await
}

pub(super) async fn n_unseen(db: &mut Connection, owner: &str) -> Result<u64> {
    let query = "SELECT count(*) AS n FROM images WHERE seen = 0 AND owner = $1";
    count(&sql(query).bind(owner).fetch_one(db).await?, "n")
}

pub(super) async fn is_unseen(db: &mut Connection, id: ImageId) -> Result<bool> {
    let query = "SELECT 1 FROM images WHERE seen = 0 AND id = $1";
    Ok(sql(query).bind(id.to_string()).fetch_optional(db).await?.is_some())
}

/// The perceptual hashes of the images of one owner, in the order of their ids, and how many have none.
pub(super) async fn perceptual_hashes(
    db: &mut Connection,
    owner: &str,
) -> Result<(Vec<(ImageId, PerceptualHash)>, u64)> {
    let query = "SELECT id, perceptual FROM images WHERE owner = $1 AND perceptual IS NOT NULL \
                 ORDER BY id";
    let rows = sql(query).bind(owner).fetch_all(&mut *db).await?;
    let hashes = rows.iter().map(|row| Ok((parsed(row, "id")?, parsed(row, "perceptual")?)));
    let hashes = hashes.collect::<Result<_>>()?;
    let query = "SELECT count(*) AS n FROM images WHERE owner = $1 AND perceptual IS NULL";
    let without = sql(query).bind(owner).fetch_one(db).await?;
    Ok((hashes, count(&without, "n")?))
}

fn perceptual(fingerprint: Option<&Fingerprint>) -> Option<String> {
    fingerprint?.perceptual.map(|hash| hash.to_string())
}

pub(super) async fn by_id(db: &mut Connection, id: ImageId) -> Result<Option<Catalogued>> {
    let row = sql("SELECT * FROM images WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(&mut *db)
        .await?;
    one(db, row).await
}

pub(super) async fn of_owner(
    db: &mut Connection,
    owner: &str,
    digest: &Digest,
) -> Result<Option<Catalogued>> {
    let row = sql("SELECT * FROM images WHERE owner = $1 AND digest = $2")
        .bind(owner)
        .bind(digest.to_string())
        .fetch_optional(&mut *db)
        .await?;
    one(db, row).await
}

/// The images of all owners with these originals.
pub(super) async fn of_digests(db: &mut Connection, digests: &[Digest]) -> Result<Vec<Catalogued>> {
    let mut found = Vec::new();
    for chunk in digests.chunks(ROWS) {
        let mut query = Query::of("SELECT * FROM images WHERE digest IN (");
        query.push_list(chunk.iter().map(Digest::to_string)).push(")");
        let rows = query.kept(chunk.len() == 1).fetch_all(&mut *db).await?;
        found.append(&mut with_labels(db, &rows).await?);
    }
    Ok(found)
}

/// Images whose id begins or ends with `abbreviation`, which is hexadecimal digits only.
pub(super) async fn abbreviated(
    db: &mut Connection,
    abbreviation: &str,
    limit: u32,
) -> Result<Vec<Image>> {
    let prefix = hyphenated(abbreviation);
    let suffix = reversed(abbreviation);
    // `g` comes after every hexadecimal digit: the range of all texts with a prefix, by the index.
    let rows = sql(
        "SELECT * FROM images WHERE (id >= $1 AND id < $2) OR (reversed >= $3 AND reversed < $4) \
         ORDER BY id LIMIT $5",
    )
    .bind(&prefix)
    .bind(format!("{prefix}g"))
    .bind(&suffix)
    .bind(format!("{suffix}g"))
    .bind(i64::from(limit))
    .fetch_all(&mut *db)
    .await?;
    Ok(with_labels(db, &rows).await?.into_iter().map(|there| there.image).collect())
}

pub(super) async fn page(
    db: &mut Connection,
    filter: &Filter,
    after: Option<ImageId>,
    limit: u32,
) -> Result<Page> {
    let mut query = Query::of("SELECT * FROM images WHERE 1 = 1");
    if let Some(after) = after {
        query.push(" AND id > ").push_bind(after.to_string());
    }
    if let Some(owner) = &filter.owner {
        query.push(" AND owner = ").push_bind(owner);
    }
    if let Some(name) = &filter.name {
        let pattern = name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query.push(" AND lower(name) LIKE lower(").push_bind(format!("%{pattern}%"));
        query.push(") ESCAPE '\\'");
    }
    if let Some(since) = filter.since {
        query.push(" AND created >= ").push_bind(since.as_microsecond());
    }
    if let Some(until) = filter.until {
        query.push(" AND created < ").push_bind(until.as_microsecond());
    }
    for label in &filter.labels {
        query.push(" AND id IN (SELECT image FROM labels WHERE label = ");
        query.push_bind(label.clone()).push(")");
    }
    // One more than asked for tells whether there is a next page.
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit) + 1);
    let mut rows = query.fetch_all(&mut *db).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let images: Vec<Image> =
        with_labels(db, &rows).await?.into_iter().map(|there| there.image).collect();
    let next = images.last().filter(|_| more).map(|image| image.id);
    Ok(Page { images, next })
}

pub(super) async fn delete(db: &mut Connection, id: ImageId) -> Result<()> {
    sql("DELETE FROM images WHERE id = $1").bind(id.to_string()).execute(db).await?;
    Ok(())
}

/// Whether any image has this original.
pub(super) async fn refer_to(db: &mut Connection, digest: &Digest) -> Result<bool> {
    let query = "SELECT 1 FROM images WHERE digest = $1 LIMIT 1";
    Ok(sql(query).bind(digest.to_string()).fetch_optional(db).await?.is_some())
}

/// Images, and bytes of distinct originals.
pub(super) async fn totals(db: &mut Connection) -> Result<(u64, u64)> {
    let row = sql(
        "SELECT (SELECT count(*) FROM images) AS n, (SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM \
         (SELECT DISTINCT digest, bytes FROM images) AS originals) AS bytes",
    )
    .fetch_one(db)
    .await?;
    Ok((count(&row, "n")?, count(&row, "bytes")?))
}

async fn one(db: &mut Connection, row: Option<Row>) -> Result<Option<Catalogued>> {
    Ok(with_labels(db, row.as_slice()).await?.pop())
}

pub(super) async fn with_labels(db: &mut Connection, rows: &[Row]) -> Result<Vec<Catalogued>> {
    let mut labels = labels_of(db, rows).await?;
    rows.iter()
        .map(|row| {
            let id: ImageId = parsed(row, "id")?;
            let image = Image {
                id,
                digest: parsed(row, "digest")?,
                name: row.try_get("name")?,
                media_type: row.try_get("media_type")?,
                width: count(row, "width")?,
                height: count(row, "height")?,
                bytes: count(row, "bytes")?,
                owner: row.try_get("owner")?,
                labels: labels.remove(&id).unwrap_or_default(),
                created: time(row, "created")?,
                fingerprint: from_json(row, "fingerprint")?,
                metadata: from_json(row, "metadata")?,
            };
            let bundle: Option<String> = row.try_get("bundle")?;
            let bundle = bundle.map(|text| text.parse().map_err(|_| unreadable("bundle", &text)));
            Ok(Catalogued { image, revision: count(row, "revision")?, bundle: bundle.transpose()? })
        })
        .collect()
}

async fn labels_of(
    db: &mut Connection,
    rows: &[Row],
) -> Result<BTreeMap<ImageId, BTreeSet<String>>> {
    let mut labels: BTreeMap<ImageId, BTreeSet<String>> = BTreeMap::new();
    for chunk in rows.chunks(ROWS) {
        let mut query = Query::of("SELECT image, label FROM labels WHERE image IN (");
        let ids = chunk.iter().map(|row| row.try_get::<String>("id"));
        query.push_list(ids.collect::<sqlx::Result<Vec<_>>>()?).push(")");
        for row in query.fetch_all(&mut *db).await? {
            labels.entry(parsed(&row, "image")?).or_default().insert(row.try_get("label")?);
        }
    }
    Ok(labels)
}

fn digits(id: &str) -> String {
    id.replace('-', "")
}

fn reversed(digits: &str) -> String {
    digits.chars().rev().collect()
}

/// The hyphens of a UUID put into the first digits of one: 8-4-4-4-12.
fn hyphenated(digits: &str) -> String {
    let mut text = String::with_capacity(36);
    for (i, digit) in digits.chars().enumerate() {
        if matches!(i, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// The images whose originals are in this shard: their ids and originals, and whether they have records of their own.
pub(super) async fn in_shard(
    db: &mut Connection,
    shard: Shard,
) -> Result<Vec<(ImageId, Digest, bool)>> {
    let (first, last) = shard.bounds();
    let query =
        "SELECT id, digest, bundle IS NULL AS alone FROM images WHERE digest BETWEEN $1 AND $2";
    let rows = sql(query).bind(first.to_string()).bind(last.to_string()).fetch_all(db).await?;
    rows.iter()
        .map(|row| Ok((parsed(row, "id")?, parsed(row, "digest")?, row.try_get("alone")?)))
        .collect()
}
