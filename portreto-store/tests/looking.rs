//! What is known of pictures beside their bytes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, path::Path};

use portreto_samples::{JpegOptions, camera_exif, chart, jpeg, with_exif};
use portreto_store::{Image, Look, Options, Portreto, Upload};
use sqlx::{Connection as _, SqliteConnection};

async fn open(home: &Path) -> Portreto {
    let mut options = Options::new(home);
    options.create = true;
    Portreto::open(options).await.unwrap()
}

fn upload(bytes: Vec<u8>) -> Upload {
    Upload {
        bytes: bytes.into(),
        name: "photo.jpg".to_owned(),
        labels: BTreeSet::new(),
        owner: String::new(),
        transforms: Vec::new(),
        keep_damaged: true,
    }
}

fn photo() -> Vec<u8> {
    with_exif(&jpeg(&chart(320, 240), JpegOptions::default()), &camera_exif(6, true))
}

#[tokio::test]
async fn a_picture_that_cannot_be_decoded_is_kept_without() {
    let directory = tempfile::tempdir().unwrap();
    let portreto = open(directory.path()).await;
    let photo = photo();
    let half = photo[..photo.len() / 2].to_vec();
    let image = portreto.add(upload(half.clone())).await.unwrap().image;
    assert_eq!(image.fingerprint, None);
    // Its Exif is at its start, and whole.
    let metadata = image.metadata.clone().unwrap();
    assert_eq!((metadata.iso, metadata.orientation), (Some(400), Some(6)));
    assert_eq!(portreto.original(&image).await.unwrap(), half);
    let again = portreto.add(upload(half)).await.unwrap();
    assert!(again.already_there);
    assert_eq!(again.image, image);
    assert_eq!(portreto.dupes("", 8).await.unwrap().n_unknown, 1);
    assert!(portreto.dupes("", 17).await.is_err());
}

#[tokio::test]
async fn an_image_of_before_is_looked_at_when_it_is_uploaded_again() {
    let directory = tempfile::tempdir().unwrap();
    let portreto = open(directory.path()).await;
    let image = portreto.add(upload(photo())).await.unwrap().image;
    assert!(image.fingerprint.is_some() && image.metadata.is_some());
    portreto.close().await;

    let catalog = directory.path().join("catalog.sqlite");
    let url = format!("sqlite://{}", catalog.display());
    let mut db = SqliteConnection::connect(&url).await.unwrap();
    let forget = "UPDATE images SET fingerprint = NULL, metadata = NULL, perceptual = NULL";
    sqlx::query(forget).execute(&mut db).await.unwrap();
    db.close().await.unwrap();

    let portreto = open(directory.path()).await;
    assert_eq!(portreto.find(&image.id.to_string()).await.unwrap().fingerprint, None);
    let again = portreto.add(upload(photo())).await.unwrap();
    assert!(again.already_there);
    assert_eq!(again.image, image);
    portreto.close().await;

    // And its record says so, too.
    std::fs::remove_file(&catalog).unwrap();
    let (portreto, report) =
        Portreto::rebuild(Options::new(directory.path()), false).await.unwrap();
    assert_eq!(report.images, 1);
    assert_eq!(portreto.find(&image.id.to_string()).await.unwrap(), image);
}

#[tokio::test]
async fn what_was_left_for_later_is_looked_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let portreto = open(directory.path()).await;
    let limits = portreto_core::Limits::default();
    let (whole, mut half) = (photo(), photo());
    half.truncate(whole.len() / 2);
    let mut later = Vec::new();
    for bytes in [whole, half] {
        let checked = upload(bytes).check(&limits).unwrap();
        later.push(portreto.add_checked(checked, Look::Later).await.unwrap().image);
    }
    // Headers are read at once, pixels are not.
    assert!(later.iter().all(|image| image.fingerprint.is_none() && image.metadata.is_some()));
    assert_eq!(portreto.n_unseen("").await.unwrap(), 2);
    assert_eq!(portreto.dupes("", 8).await.unwrap().n_unknown, 2);
    let now =
        portreto.add(upload(jpeg(&chart(32, 24), JpegOptions::default()))).await.unwrap().image;

    let looked = portreto.look_at_rest("", &|_| ()).await.unwrap();
    assert_eq!((looked.n_images, looked.n_unread), (2, 0));
    assert_eq!(portreto.n_unseen("").await.unwrap(), 0);
    let whole = portreto.find(&later[0].id.to_string()).await.unwrap();
    assert!(whole.fingerprint.is_some());
    assert_eq!(
        portreto.find(&later[1].id.to_string()).await.unwrap(),
        later[1],
        "cannot be decoded"
    );
    assert_eq!(portreto.look_at_rest("", &|_| ()).await.unwrap().n_images, 0);
    assert_eq!(portreto.find(&now.id.to_string()).await.unwrap(), now);
    portreto.close().await;

    // The records say so, too.
    std::fs::remove_file(directory.path().join("catalog.sqlite")).unwrap();
    let (portreto, _) = Portreto::rebuild(Options::new(directory.path()), false).await.unwrap();
    assert_eq!(portreto.find(&whole.id.to_string()).await.unwrap(), whole);
}

#[tokio::test]
async fn an_original_that_cannot_be_read_now_is_looked_at_another_time() {
    let directory = tempfile::tempdir().unwrap();
    let portreto = open(directory.path()).await;
    let checked = upload(photo()).check(&portreto_core::Limits::default()).unwrap();
    let image = portreto.add_checked(checked, Look::Later).await.unwrap().image;
    let digest = image.digest.to_string();
    let copy = |store: &str| {
        let stores = directory.path().join("stores").join(store);
        stores.join("blobs").join(&digest[..2]).join(&digest)
    };
    for store in ["a", "b"] {
        std::fs::rename(copy(store), directory.path().join(store)).unwrap();
    }
    let looked = portreto.look_at_rest("", &|_| ()).await.unwrap();
    assert_eq!((looked.n_images, looked.n_unread), (0, 1));
    for store in ["a", "b"] {
        std::fs::rename(directory.path().join(store), copy(store)).unwrap();
    }
    assert!(portreto.looked_at(image).await.unwrap().fingerprint.is_some());
    assert_eq!(portreto.n_unseen("").await.unwrap(), 0);
}

#[test]
fn a_record_of_before_is_still_read() {
    let record = r#"{"id":"01999999-0000-7000-8000-000000000000","digest":"af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262","name":"a.png","media_type":"image/png","width":1,"height":2,"bytes":3,"labels":[],"created":"2026-01-01T00:00:00Z"}"#;
    let image: Image = serde_json::from_str(record).unwrap();
    assert_eq!((image.fingerprint.as_ref(), image.metadata.as_ref()), (None, None));
    assert_eq!(serde_json::to_string(&image).unwrap(), record);
}
