use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, Timestamp};
use portreto_core::{Digest, Fingerprint, Limits, Metadata, fingerprint, replica::Key};
use uuid::Uuid;

use super::{
    trial::{Place, on_both_databases},
    *,
};
use crate::{Error, ErrorKind};

on_both_databases! {
    an_image_comes_back_as_it_went_in_and_only_once
    variants_that_are_looked_for_at_the_same_time_are_each_found
    what_is_known_of_a_picture_comes_back_and_can_be_told_later
    images_that_come_together_are_each_told_the_truth
    one_that_gives_up_leaves_the_others_their_turn
    labels_add_up_and_raise_the_revision_only_when_new
    pages_join_to_the_whole_list_and_filters_hold
    abbreviations_match_either_end
    deleting_marks_only_what_nothing_refers_to
    an_upload_clears_a_mark_and_a_condemned_blob_is_put_again
    a_removal_that_fails_leaves_the_blob_condemned
    jobs_wait_until_done_or_failed
    adoption_takes_what_is_not_there_and_honours_tombstones
    what_is_owed_again_before_it_is_crossed_off_stays_owed
}

struct Fixture {
    catalog: Catalog,
    place: Place,
    next: u128,
}

impl Fixture {
    async fn on(place: Place) -> Self {
        Self { catalog: place.open().await, place, next: 0 }
    }

    fn uuid(&mut self) -> Uuid {
        self.next += 1;
        // Spread over the whole id, so that abbreviations tell them apart.
        Uuid::from_u128(self.next.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
    }

    fn image(&mut self, name: &str) -> Image {
        Image {
            id: ImageId::new(self.uuid()),
            digest: Digest::of(name.as_bytes()),
            name: name.to_owned(),
            media_type: "image/png".to_owned(),
            width: 3,
            height: 4,
            bytes: 5,
            owner: String::new(),
            labels: BTreeSet::from(["x".to_owned(), "ä ö".to_owned()]),
            created: at(self.next as i64),
            fingerprint: None,
            metadata: None,
        }
    }

    async fn commit(&mut self, image: &Image) -> Committed {
        let event = self.uuid();
        self.catalog.commit_image(image, &[], event).await.unwrap().0
    }

    pub(super) fn new_job(&mut self, key: &JobKey) -> NewJob {
        NewJob {
            id: self.uuid(),
            key: key.clone(),
            owner: String::new(),
            priority: 0,
            delay: Duration::ZERO,
            attempts: 5,
        }
    }

    async fn events(&self) -> Vec<String> {
        self.catalog.kinds_of_events().await
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn variant(original: &Image, transform: &str) -> Variant {
    Variant {
        original: original.digest,
        transform: transform.to_owned(),
        engine_version: 1,
        digest: Digest::of(transform.as_bytes()),
        media_type: "image/png".to_owned(),
        width: 1,
        height: 2,
        bytes: 10,
    }
}

async fn an_image_comes_back_as_it_went_in_and_only_once(mut f: Fixture) {
    let image = f.image("a.png");
    assert!(matches!(f.commit(&image).await, Committed::New));
    let again = Image { id: ImageId::new(f.uuid()), ..image.clone() };
    assert!(matches!(f.commit(&again).await, Committed::Exists));
    let other_owner = Image { owner: "eve".to_owned(), ..again };
    assert!(matches!(f.commit(&other_owner).await, Committed::New));

    assert_eq!(f.catalog.image_of("", &image.digest).await.unwrap().unwrap().image, image);
    assert_eq!(f.catalog.image(image.id).await.unwrap().unwrap().revision, 1);
    assert_eq!(f.events().await, ["portreto.image.uploaded"; 2]);
    // And after opening the file again.
    f.catalog.close().await;
    let catalog = f.place.open().await;
    assert_eq!(catalog.image(image.id).await.unwrap().unwrap().image, image);
}

async fn variants_that_are_looked_for_at_the_same_time_are_each_found(mut f: Fixture) {
    let image = f.image("a");
    f.commit(&image).await;
    let variants: Vec<Variant> = (1..60).map(|n| variant(&image, &format!("{n}"))).collect();
    for variant in variants.iter().step_by(2) {
        f.catalog.commit_variant(variant, at(1), Uuid::from_u128(rand::random())).await.unwrap();
    }
    let keys: Vec<JobKey> = variants.iter().map(JobKey::of).collect();
    let found = futures::future::join_all(keys.iter().map(|key| f.catalog.variant(key))).await;
    for (n, found) in found.into_iter().enumerate() {
        assert_eq!(found.unwrap().as_ref(), n.is_multiple_of(2).then(|| &variants[n]), "{n}");
    }
}

/// A picture of two bars, and what is known of it.
fn known() -> (Fingerprint, Metadata) {
    let metadata = r#"{"taken":"2024-05-06T07:08:09","f_number":2.8,"location":{"latitude":52.5166667,"longitude":-13.1}}"#;
    let picture = b"P5 2 1 255\n\x00\xFF";
    (fingerprint(picture, &Limits::default()).unwrap(), serde_json::from_str(metadata).unwrap())
}

async fn what_is_known_of_a_picture_comes_back_and_can_be_told_later(mut f: Fixture) {
    let (print, metadata) = known();
    let mut image = f.image("a");
    image.fingerprint = Some(print.clone());
    image.metadata = Some(metadata.clone());
    let mut later = f.image("b");
    f.commit(&image).await;
    f.commit(&later).await;
    assert_eq!(f.catalog.image(image.id).await.unwrap().unwrap().image, image);
    let hash = print.perceptual.unwrap();
    let hashes = f.catalog.perceptual_hashes("").await.unwrap();
    assert_eq!(hashes, (vec![(image.id, hash)], 1));

    // What was never looked at is known, and is looked at once.
    let unseen = async || f.catalog.unseen("", None, 9).await.unwrap();
    let ids: Vec<ImageId> = unseen().await.iter().map(|there| there.image.id).collect();
    assert_eq!(ids, [later.id]);
    assert_eq!(f.catalog.n_unseen("").await.unwrap(), 1);
    assert!(f.catalog.unseen("", Some(later.id), 9).await.unwrap().is_empty());
    assert!(f.catalog.unseen("eve", None, 9).await.unwrap().is_empty());
    let nothing = Seen { image: later.id, fingerprint: None, metadata: None };
    assert_eq!(f.catalog.describe(&[nothing]).await.unwrap(), []);
    assert!(unseen().await.is_empty() && !f.catalog.is_unseen(later.id).await.unwrap());

    later.fingerprint = Some(print.clone());
    let seen = Seen { image: later.id, fingerprint: Some(print), metadata: None };
    let told = f.catalog.describe(std::slice::from_ref(&seen)).await.unwrap().remove(0);
    assert_eq!((told.image, told.revision), (later.clone(), 2));
    assert_eq!(f.catalog.describe(std::slice::from_ref(&seen)).await.unwrap(), [], "nothing new");
    let mut both = vec![(image.id, hash), (later.id, hash)];
    both.sort();
    assert_eq!(f.catalog.perceptual_hashes("").await.unwrap(), (both, 0));
    assert_eq!(f.catalog.perceptual_hashes("eve").await.unwrap(), (Vec::new(), 0));
    let gone = Seen { image: f.image("c").id, ..seen };
    assert_eq!(f.catalog.describe(&[gone]).await.unwrap(), []);
}

async fn images_that_come_together_are_each_told_the_truth(mut f: Fixture) {
    let condemned = f.image("condemned");
    f.catalog.mark_garbage(&[condemned.digest], at(0)).await.unwrap();
    f.catalog.collect(&condemned.digest, at(9), at(9), async || Ok(())).await.unwrap();
    let mut images: Vec<Image> = (0..40).map(|n| f.image(&format!("{}", n % 20))).collect();
    images.push(condemned.clone());
    // An id that is taken fails, and takes nobody along.
    let mut taken = f.image("other bytes");
    taken.id = images[0].id;
    images.push(taken);
    let events: Vec<Uuid> = images.iter().map(|_| f.uuid()).collect();
    let commits = images.iter().zip(events).map(|(image, event)| {
        let (catalog, image) = (f.catalog.clone(), image.clone());
        tokio::spawn(async move { catalog.commit_image(&image, &[], event).await })
    });
    let mut counts = [0; 4];
    for told in commits.collect::<Vec<_>>() {
        counts[match told.await.unwrap() {
            Ok((Committed::New, _)) => 0,
            Ok((Committed::Exists, _)) => 1,
            Ok((Committed::Collected, _)) => 2,
            Err(_) => 3,
        }] += 1;
    }
    assert_eq!(counts, [20, 20, 1, 1]);
    assert_eq!(f.events().await.len(), 20);
    for image in &images[..20] {
        assert!(f.catalog.image_of("", &image.digest).await.unwrap().is_some());
    }
    assert!(matches!(f.commit(&condemned).await, Committed::New), "the mark is gone");
}

async fn one_that_gives_up_leaves_the_others_their_turn(mut f: Fixture) {
    let images: Vec<Image> = (0..30).map(|n| f.image(&format!("{n}"))).collect();
    let events: Vec<Uuid> = images.iter().map(|_| f.uuid()).collect();
    let commits: Vec<_> = images
        .iter()
        .zip(events)
        .map(|(image, event)| {
            let (catalog, image) = (f.catalog.clone(), image.clone());
            tokio::spawn(async move { catalog.commit_image(&image, &[], event).await })
        })
        .collect();
    // The first one leads; it may be in the middle of the transaction, or not have begun.
    tokio::task::yield_now().await;
    commits[0].abort();
    for told in commits.into_iter().skip(1) {
        assert!(matches!(told.await.unwrap().unwrap().0, Committed::New | Committed::Exists));
    }
    for image in &images[1..] {
        assert!(f.catalog.image(image.id).await.unwrap().is_some());
    }
}

async fn labels_add_up_and_raise_the_revision_only_when_new(mut f: Fixture) {
    let image = f.image("a");
    f.commit(&image).await;
    let same = f.catalog.add_labels(image.id, &image.labels).await.unwrap();
    assert!(same.is_none());
    let more = BTreeSet::from(["trip".to_owned()]);
    let changed = f.catalog.add_labels(image.id, &more).await.unwrap().unwrap();
    assert_eq!(changed.revision, 2);
    assert_eq!(changed.image.labels.len(), 3);
}

async fn pages_join_to_the_whole_list_and_filters_hold(mut f: Fixture) {
    let mut all = Vec::new();
    for i in 0..23 {
        let mut image = f.image(&format!("IMG_{i:02}%.jpg"));
        if i % 2 == 0 {
            image.labels.insert("even".to_owned());
        }
        f.commit(&image).await;
        all.push(image);
    }
    all.sort_by_key(|image| image.id);
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = f.catalog.page(&Filter::default(), after, 5).await.unwrap();
        assert!(page.images.len() <= 5);
        listed.extend(page.images);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, all);

    let count =
        async |filter: Filter| f.catalog.page(&filter, None, 100).await.unwrap().images.len();
    let labels = |labels: &[&str]| labels.iter().map(ToString::to_string).collect();
    assert_eq!(count(Filter { labels: labels(&["even"]), ..Filter::default() }).await, 12);
    assert_eq!(count(Filter { labels: labels(&["even", "ä ö"]), ..Filter::default() }).await, 12);
    assert_eq!(count(Filter { labels: labels(&["odd"]), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { name: Some("img_1".to_owned()), ..Filter::default() }).await, 10);
    assert_eq!(count(Filter { name: Some("1%.".to_owned()), ..Filter::default() }).await, 3);
    assert_eq!(count(Filter { name: Some("img%jpg".to_owned()), ..Filter::default() }).await, 0);
    let since = Some(all.iter().map(|image| image.created).max().unwrap());
    assert_eq!(count(Filter { since, ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { until: since, ..Filter::default() }).await, 22);
}

async fn abbreviations_match_either_end(mut f: Fixture) {
    let images: Vec<Image> = (0..40).map(|i| f.image(&i.to_string())).collect();
    for image in &images {
        f.commit(image).await;
    }
    for image in &images {
        let digits = image.id.to_string().replace('-', "");
        for n in 1..=32 {
            for (part, suffix) in [(&digits[..n], false), (&digits[32 - n..], true)] {
                let mut expected: Vec<_> = images
                    .iter()
                    .map(|i| i.id)
                    .filter(|id| {
                        let id = id.to_string().replace('-', "");
                        id.starts_with(part) || id.ends_with(part)
                    })
                    .collect();
                expected.sort();
                let found = f.catalog.abbreviated(part, 100).await.unwrap();
                let found: Vec<_> = found.iter().map(|i| i.id).collect();
                assert_eq!(found, expected, "{part} {suffix}");
            }
        }
    }
}

async fn deleting_marks_only_what_nothing_refers_to(mut f: Fixture) {
    let mine = f.image("a");
    let theirs = Image { id: ImageId::new(f.uuid()), owner: "eve".to_owned(), ..mine.clone() };
    let other = f.image("b");
    for image in [&mine, &theirs, &other] {
        f.commit(image).await;
    }
    // The same bytes are a variant of two originals.
    for original in [&mine, &other] {
        let event = f.uuid();
        f.catalog.commit_variant(&variant(original, "same"), at(0), event).await.unwrap();
    }
    let garbage = async || -> Vec<Digest> {
        f.catalog.garbage().await.unwrap().into_iter().map(|(digest, ..)| digest).collect()
    };
    let delete = async |id| {
        f.catalog
            .delete_image(
                id,
                at(9),
                Uuid::from_u128(f.next + u128::from(id.uuid().as_u64_pair().0)),
            )
            .await
            .unwrap()
    };
    let (_, variants) = delete(mine.id).await.unwrap();
    assert!(variants.is_empty());
    assert_eq!(garbage().await, [], "eve still has it");
    let (_, variants) = delete(theirs.id).await.unwrap();
    assert_eq!(variants.len(), 1);
    assert_eq!(garbage().await, [mine.digest], "the variant's bytes are another's too");
    delete(other.id).await.unwrap();
    assert_eq!(garbage().await.len(), 3);
    assert!(delete(other.id).await.is_none());
    let mut buried = 0;
    for shard in Shard::all() {
        let keys = f.catalog.keys_in(shard).await.unwrap();
        assert!(keys.iter().all(|key| matches!(key, Key::Tombstone { .. })), "{keys:?}");
        buried += keys.len();
    }
    assert_eq!(buried, 3);
    assert_eq!(f.catalog.stats().await.unwrap(), Stats::default());
    let uploaded = "portreto.image.uploaded";
    let (created, deleted) = ("portreto.variant.created", "portreto.image.deleted");
    assert_eq!(
        f.events().await,
        [uploaded, uploaded, uploaded, created, created, deleted, deleted, deleted]
    );
}

async fn an_upload_clears_a_mark_and_a_condemned_blob_is_put_again(mut f: Fixture) {
    let image = f.image("a");
    let digest = image.digest;
    let collect = async |f: &Fixture| {
        let mut ran = false;
        let done = f.catalog.collect(&digest, at(100), at(200), async || {
            ran = true;
            Ok(())
        });
        let done = done.await.unwrap();
        assert_eq!(done, ran);
        done
    };
    // Marked too late to be collected, then reclaimed by an upload.
    f.catalog.mark_garbage(&[digest], at(150)).await.unwrap();
    assert!(!collect(&f).await);
    assert!(matches!(f.commit(&image).await, Committed::New));
    assert_eq!(f.catalog.garbage().await.unwrap(), []);
    // What is referred to is never marked.
    f.catalog.mark_garbage(&[digest], at(0)).await.unwrap();
    assert_eq!(f.catalog.garbage().await.unwrap(), []);

    let event = f.uuid();
    f.catalog.delete_image(image.id, at(50), event).await.unwrap();
    assert!(collect(&f).await);
    let again = Image { id: ImageId::new(f.uuid()), ..image };
    assert!(matches!(f.commit(&again).await, Committed::Collected), "its bytes have gone");
    assert!(matches!(f.commit(&again).await, Committed::New), "they were put again");

    // A condemned row is forgotten after its time, and not before.
    let event = f.uuid();
    f.catalog.delete_image(again.id, at(50), event).await.unwrap();
    assert!(collect(&f).await);
    f.catalog.forget_condemned(at(199)).await.unwrap();
    assert_eq!(f.catalog.garbage().await.unwrap().len(), 1);
    f.catalog.forget_condemned(at(200) + SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(f.catalog.garbage().await.unwrap(), []);
}

async fn a_removal_that_fails_leaves_the_blob_condemned(mut f: Fixture) {
    let image = f.image("a");
    f.catalog.mark_garbage(&[image.digest], at(0)).await.unwrap();
    let failing = f.catalog.collect(&image.digest, at(1), at(2), async || {
        Err(Error::new(ErrorKind::Internal, "the store went away"))
    });
    assert!(failing.await.is_err());
    assert!(matches!(f.commit(&image).await, Committed::Collected));
}

async fn jobs_wait_until_done_or_failed(mut f: Fixture) {
    let image = f.image("a");
    let keys = ["one", "two"].map(|transform| JobKey::of(&variant(&image, transform)));
    let jobs: Vec<NewJob> = keys.iter().map(|key| f.new_job(key)).collect();
    let event = f.uuid();
    f.catalog.commit_image(&image, &jobs, event).await.unwrap();
    assert_eq!(f.catalog.stats().await.unwrap().queued_jobs, 2);
    let event = f.uuid();
    f.catalog.commit_variant(&variant(&image, "one"), at(1), event).await.unwrap();
    let event = f.uuid();
    f.catalog.fail_job(&keys[1], "too large", at(1), event).await.unwrap();
    let stats = f.catalog.stats().await.unwrap();
    assert_eq!((stats.queued_jobs, stats.variants, stats.variant_bytes), (0, 1, 10));
    assert_eq!(f.events().await[1..], ["portreto.variant.created", "portreto.job.failed"]);
}

async fn adoption_takes_what_is_not_there_and_honours_tombstones(mut f: Fixture) {
    let (image, duplicate) = (f.image("a"), f.image("a"));
    let records =
        [&image, &duplicate].map(|i| Catalogued { image: i.clone(), revision: 4, bundle: None });
    assert_eq!(f.catalog.adopt_images(&records).await.unwrap(), 1);
    assert_eq!(f.catalog.image(image.id).await.unwrap().unwrap().revision, 4);
    let stranger = f.image("b");
    let variants = [variant(&image, "t"), variant(&stranger, "t")];
    assert_eq!(f.catalog.adopt_variants(&variants).await.unwrap(), 1);
    let tombstone = Tombstone { image: image.id, original: image.digest, deleted: at(3) };
    let event = f.uuid();
    f.catalog.adopt_tombstone(&tombstone, at(5), event).await.unwrap();
    assert!(f.catalog.image(image.id).await.unwrap().is_none());
    assert!(f.catalog.variants_of(&image.digest).await.unwrap().is_empty());
}

async fn what_is_owed_again_before_it_is_crossed_off_stays_owed(f: Fixture) {
    let debt = |text: &str| Debt {
        store: "a".parse().unwrap(),
        key: Key::Blob(Digest::of(text.as_bytes())),
    };
    f.catalog.owe(&[debt("once"), debt("twice")], at(5)).await.unwrap();
    let before = f.catalog.debts_after(None, 9).await.unwrap();
    // The clock need not have gone on for it.
    f.catalog.owe(&[debt("twice")], at(4)).await.unwrap();
    f.catalog.settle(&before).await.unwrap();
    let left = f.catalog.debts_after(None, 9).await.unwrap();
    assert_eq!(left.iter().map(|owed| &owed.debt).collect::<Vec<_>>(), [&debt("twice")]);
    f.catalog.settle(&left).await.unwrap();
    assert!(f.catalog.debts_after(None, 9).await.unwrap().is_empty());
}
