//! A bucket in memory, for `s3s` to speak S3 in front of.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use s3s::{
    S3, S3Request, S3Response, S3Result,
    auth::SimpleAuth,
    crypto::{Checksum as _, Crc64Nvme, Sha256},
    dto::*,
    host::SingleDomain,
    s3_error,
    service::{S3Service, S3ServiceBuilder},
};

/// Cheap to clone; all clones are the same bucket, `photos`, the only one of its server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bucket {
    state: Arc<Mutex<State>>,
    ignores_conditions: Arc<AtomicBool>,
    is_old: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Bytes>,
    /// What was under a key before the last put.
    before: BTreeMap<String, Bytes>,
    uploads: BTreeMap<String, BTreeMap<i32, Bytes>>,
    n_uploads: usize,
}

impl Bucket {
    /// A server of S3 in front of it, reached by path and, as `photos.s3.test`, by host.
    pub(crate) fn service(&self) -> S3Service {
        let mut builder = S3ServiceBuilder::new(self.clone());
        builder.set_auth(SimpleAuth::from_single(crate::KEY, crate::SECRET));
        builder.set_host(SingleDomain::new("s3.test").unwrap());
        builder.build()
    }

    /// From now on it overwrites whatever the conditions are, as some servers do.
    pub(crate) fn ignore_conditions(&self) {
        self.ignores_conditions.store(true, Ordering::SeqCst);
    }

    /// From now on it knows nothing of checksums that came after SHA-256, like servers of some years ago: it neither checks nor
    /// confirms them.
    pub(crate) fn grow_old(&self) {
        self.is_old.store(true, Ordering::SeqCst);
    }

    /// What is under `key`, behind the back of the store.
    pub(crate) fn object(&self, key: &str) -> Option<Bytes> {
        self.lock().objects.get(key).cloned()
    }

    /// What was there before the last put.
    pub(crate) fn old_object(&self, key: &str) -> Option<Bytes> {
        self.lock().before.get(key).cloned()
    }

    /// Uploads in parts that were begun, and those that are neither done nor called off.
    pub(crate) fn uploads(&self) -> (usize, usize) {
        let state = self.lock();
        (state.n_uploads, state.uploads.len())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

async fn whole(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(body) = body else { return Ok(Bytes::new()) };
    let pieces: Vec<Bytes> = body.try_collect().await.map_err(|_| s3_error!(IncompleteBody))?;
    Ok(Bytes::from(pieces.concat()))
}

/// The whole body, if it is what its checksum says.
async fn body(body: Option<StreamingBlob>, sha256: Option<&str>) -> S3Result<Bytes> {
    let bytes = whole(body).await?;
    let expected = sha256.ok_or_else(|| s3_error!(InvalidRequest, "no checksum was sent"))?;
    if base64(Sha256::checksum(&bytes).as_ref()) != expected {
        return Err(s3_error!(BadDigest));
    }
    Ok(bytes)
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i) & 63) as usize] as char;
            text.push(if i <= group.len() { letter } else { '=' });
        }
    }
    text
}

/// Tells versions apart, which is all that an entity tag does here.
fn e_tag(bytes: &[u8]) -> ETag {
    ETag::Strong(portreto_core::Digest::of(bytes).to_string())
}

#[async_trait]
impl S3 for Bucket {
    async fn put_object(
        &self,
        req: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = req.input;
        let is_old = self.is_old.load(Ordering::SeqCst);
        let bytes = match &input.checksum_crc64nvme {
            Some(expected) => {
                let bytes = whole(input.body).await?;
                if !is_old && base64(Crc64Nvme::checksum(&bytes).as_ref()) != *expected {
                    return Err(s3_error!(BadDigest));
                }
                bytes
            }
            None => body(input.body, input.checksum_sha256.as_deref()).await?,
        };
        let mut state = self.lock();
        let conditional =
            input.if_none_match.is_some() && !self.ignores_conditions.load(Ordering::SeqCst);
        if conditional && state.objects.contains_key(&input.key) {
            return Err(s3_error!(PreconditionFailed));
        }
        let e_tag = Some(e_tag(&bytes));
        if let Some(old) = state.objects.insert(input.key.clone(), bytes) {
            state.before.insert(input.key, old);
        }
        let checksum_crc64nvme = input.checksum_crc64nvme.filter(|_| !is_old);
        Ok(S3Response::new(PutObjectOutput { e_tag, checksum_crc64nvme, ..Default::default() }))
    }

    async fn get_object(
        &self,
        req: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let bytes = self.object(&req.input.key).ok_or_else(|| s3_error!(NoSuchKey))?;
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(bytes.len() as i64),
            e_tag: Some(e_tag(&bytes)),
            last_modified: Some(std::time::SystemTime::UNIX_EPOCH.into()),
            body: Some(s3s::Body::from(bytes).into()),
            ..Default::default()
        }))
    }

    async fn head_object(
        &self,
        req: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let bytes = self.object(&req.input.key).ok_or_else(|| s3_error!(NoSuchKey))?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(bytes.len() as i64),
            e_tag: Some(e_tag(&bytes)),
            last_modified: Some(std::time::SystemTime::UNIX_EPOCH.into()),
            ..Default::default()
        }))
    }

    async fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let mut deleted = Vec::new();
        for object in req.input.delete.objects {
            self.lock().objects.remove(&object.key);
            deleted.push(DeletedObject { key: Some(object.key), ..Default::default() });
        }
        let deleted = Some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, ..Default::default() }))
    }

    /// In pages of three, so that every listing of a test has several.
    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = req.input;
        let prefix = input.prefix.unwrap_or_default();
        let after = input.continuation_token.or(input.start_after).unwrap_or_default();
        let (mut contents, mut folders, mut last) = (Vec::new(), Vec::new(), None);
        for (key, bytes) in &self.lock().objects {
            if *key <= after || !key.starts_with(&prefix) || last.as_ref() > Some(key) {
                continue;
            }
            if contents.len() + folders.len() == 3 {
                return Ok(page(contents, folders, last));
            }
            let folder = input.delimiter.as_ref().and_then(|delimiter| {
                let rest = &key[prefix.len()..];
                Some(key[..=prefix.len() + rest.find(delimiter.as_str())?].to_owned())
            });
            if let Some(folder) = folder {
                // After everything in it.
                last = Some(format!("{folder}\u{10ffff}"));
                folders.push(CommonPrefix { prefix: Some(folder) });
                continue;
            }
            last = Some(key.clone());
            contents.push(Object {
                key: last.clone(),
                size: Some(bytes.len() as i64),
                e_tag: Some(e_tag(bytes)),
                last_modified: Some(std::time::SystemTime::UNIX_EPOCH.into()),
                ..Default::default()
            });
        }
        Ok(page(contents, folders, None))
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let mut state = self.lock();
        state.n_uploads += 1;
        let id = format!("upload-{}", state.n_uploads);
        state.uploads.insert(id.clone(), BTreeMap::new());
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(req.input.bucket),
            key: Some(req.input.key),
            upload_id: Some(id),
            ..Default::default()
        }))
    }

    async fn upload_part(
        &self,
        req: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = req.input;
        let checksum_sha256 = input.checksum_sha256.clone();
        let bytes = body(input.body, checksum_sha256.as_deref()).await?;
        let e_tag = Some(e_tag(&bytes));
        let mut state = self.lock();
        let upload =
            state.uploads.get_mut(&input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        upload.insert(input.part_number, bytes);
        Ok(S3Response::new(UploadPartOutput { e_tag, checksum_sha256, ..Default::default() }))
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = req.input;
        let mut state = self.lock();
        let parts =
            state.uploads.remove(&input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let bytes = Bytes::from(parts.into_values().collect::<Vec<_>>().concat());
        let e_tag = Some(e_tag(&bytes));
        state.objects.insert(input.key, bytes);
        Ok(S3Response::new(CompleteMultipartUploadOutput { e_tag, ..Default::default() }))
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let known = self.lock().uploads.remove(&req.input.upload_id);
        known.ok_or_else(|| s3_error!(NoSuchUpload))?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

fn page(
    contents: Vec<Object>,
    folders: Vec<CommonPrefix>,
    next: Option<String>,
) -> S3Response<ListObjectsV2Output> {
    S3Response::new(ListObjectsV2Output {
        is_truncated: Some(next.is_some()),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(folders),
        ..Default::default()
    })
}
