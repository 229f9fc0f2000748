//! Buckets in memory, for `s3s` to speak S3 in front of: as little work as a server can have, and it does what a test tells it to.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures::TryStreamExt as _;
use s3s::{
    S3, S3Request, S3Response, S3Result,
    auth::SimpleAuth,
    crypto::{Checksum as _, Crc64Nvme, Sha256},
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, CommonPrefix,
        CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CreateMultipartUploadInput,
        CreateMultipartUploadOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag,
        GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input,
        ListObjectsV2Output, Object, PutObjectInput, PutObjectOutput, StreamingBlob,
        UploadPartInput, UploadPartOutput,
    },
    host::SingleDomain,
    s3_error,
    service::{S3Service, S3ServiceBuilder},
};

/// What a page of a listing has, as at Amazon.
const PAGE: usize = 1000;

/// A server's buckets, of which there is one by every name. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Memory {
    state: Arc<Mutex<State>>,
    page: Arc<AtomicUsize>,
    ignores_conditions: Arc<AtomicBool>,
    is_old: Arc<AtomicBool>,
}

/// Objects are named `BUCKET/KEY`.
#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Bytes>,
    /// What was under a name before the last put.
    before: BTreeMap<String, Bytes>,
    uploads: BTreeMap<String, BTreeMap<i32, Bytes>>,
    n_uploads: usize,
}

impl Default for Memory {
    fn default() -> Self {
        let page = Arc::new(AtomicUsize::new(PAGE));
        Self {
            state: Arc::default(),
            page,
            ignores_conditions: Arc::default(),
            is_old: Arc::default(),
        }
    }
}

impl Memory {
    /// A server of S3 in front of it for whoever has this key and secret, reached by path and, as `BUCKET.s3.test`, by host.
    #[must_use]
    pub fn service(&self, key: &str, secret: &str) -> S3Service {
        let mut builder = S3ServiceBuilder::new(self.clone());
        builder.set_auth(SimpleAuth::from_single(key, secret));
        if let Ok(host) = SingleDomain::new("s3.test") {
            builder.set_host(host);
        }
        builder.build()
    }

    /// From now on it lists no more than so many at a time.
    pub fn list_in_pages_of(&self, n: usize) {
        self.page.store(n, Ordering::SeqCst);
    }

    /// From now on it overwrites whatever the conditions are, as some servers do.
    pub fn ignore_conditions(&self) {
        self.ignores_conditions.store(true, Ordering::SeqCst);
    }

    /// From now on it knows nothing of checksums that came after SHA-256, like servers of some years ago: it neither checks nor
    /// confirms them.
    pub fn grow_old(&self) {
        self.is_old.store(true, Ordering::SeqCst);
    }

    /// What is under a name, `BUCKET/KEY`, behind everybody's back.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<Bytes> {
        self.lock().objects.get(name).cloned()
    }

    /// What was there before the last put.
    #[must_use]
    pub fn old_object(&self, name: &str) -> Option<Bytes> {
        self.lock().before.get(name).cloned()
    }

    /// Uploads in parts that were begun, and those that are neither done nor called off.
    #[must_use]
    pub fn uploads(&self) -> (usize, usize) {
        let state = self.lock();
        (state.n_uploads, state.uploads.len())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(bucket: &str, key: &str) -> String {
    format!("{bucket}/{key}")
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
    ETag::Strong(base64(Crc64Nvme::checksum(bytes).as_ref()))
}

#[async_trait::async_trait]
impl S3 for Memory {
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
        let name = name(&input.bucket, &input.key);
        let mut state = self.lock();
        let conditional =
            input.if_none_match.is_some() && !self.ignores_conditions.load(Ordering::SeqCst);
        if conditional && state.objects.contains_key(&name) {
            return Err(s3_error!(PreconditionFailed));
        }
        let e_tag = Some(e_tag(&bytes));
        if let Some(old) = state.objects.insert(name.clone(), bytes) {
            state.before.insert(name, old);
        }
        let checksum_crc64nvme = input.checksum_crc64nvme.filter(|_| !is_old);
        Ok(S3Response::new(PutObjectOutput { e_tag, checksum_crc64nvme, ..Default::default() }))
    }

    async fn get_object(
        &self,
        req: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let name = name(&req.input.bucket, &req.input.key);
        let bytes = self.object(&name).ok_or_else(|| s3_error!(NoSuchKey))?;
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
        let name = name(&req.input.bucket, &req.input.key);
        let bytes = self.object(&name).ok_or_else(|| s3_error!(NoSuchKey))?;
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
            self.lock().objects.remove(&name(&req.input.bucket, &object.key));
            deleted.push(DeletedObject { key: Some(object.key), ..Default::default() });
        }
        let deleted = Some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, ..Default::default() }))
    }

    async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = req.input;
        let bucket = name(&input.bucket, "");
        let prefix = input.prefix.unwrap_or_default();
        let after = input.continuation_token.or(input.start_after).unwrap_or_default();
        let most = self.page.load(Ordering::SeqCst);
        let (mut contents, mut folders, mut last) = (Vec::new(), Vec::new(), None);
        for (name, bytes) in self.lock().objects.range(bucket.clone()..) {
            let Some(key) = name.strip_prefix(&bucket) else { break };
            if *key <= *after || !key.starts_with(&prefix) || last.as_deref() > Some(key) {
                continue;
            }
            if contents.len() + folders.len() == most {
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
            last = Some(key.to_owned());
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
        state.objects.insert(name(&input.bucket, &input.key), bytes);
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
