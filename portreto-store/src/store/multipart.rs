//! Large blobs go to buckets in parts, so that a line that breaks costs one part and not the whole.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use portreto_core::replica::StoreError;

use super::patience::within;

/// From this size on, bytes. Below it one request is cheaper than four.
pub(super) const FROM: usize = 16 << 20;

/// Of one part, bytes. S3 takes 5 MiB to 5 GiB and 10,000 parts; the largest blob makes 256.
const PART: usize = 8 << 20;

/// Parts of one blob under way at once. Bulk uploads have many blobs under way besides.
const AT_ONCE: usize = 4;

/// Uploads `bytes` in parts; what was begun and cannot be finished is called off, so that no parts stay behind that
/// are paid for. After a kill they do: a lifecycle rule of the bucket (`AbortIncompleteMultipartUpload`) takes them.
///
/// # Errors
///
/// Offline when there is no end in `limit`; inside, what `object_store` says.
pub(super) async fn upload(
    store: Arc<dyn ObjectStore>,
    path: &Path,
    bytes: &Bytes,
    (limit, place, what): (Duration, &str, &str),
) -> Result<object_store::Result<()>, StoreError> {
    let mut upload = match within(limit, place, what, store.put_multipart(path)).await? {
        Ok(upload) => upload,
        Err(error) => return Ok(Err(error)),
    };
    let part = |start| {
        let end = bytes.len().min(start + PART);
        upload.put_part(PutPayload::from_bytes(bytes.slice(start..end)))
    };
    let parts: Vec<_> = (0..bytes.len()).step_by(PART).map(part).collect();
    let sending = futures::stream::iter(parts).buffer_unordered(AT_ONCE).try_collect::<()>();
    let finished = match within(limit, place, what, sending).await {
        Ok(Ok(())) => match within(limit, place, what, upload.complete()).await {
            Ok(Ok(_)) => return Ok(Ok(())),
            Ok(Err(error)) => Ok(Err(error)),
            Err(late) => Err(late),
        },
        Ok(Err(error)) => Ok(Err(error)),
        Err(late) => Err(late),
    };
    // A completion whose answer was lost may have had its effect; then this finds nothing to call off.
    match within(limit, place, "calling an upload off", upload.abort()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(place, %error, "parts of an upload stay behind"),
        Err(error) => tracing::warn!(place, %error, "parts of an upload may stay behind"),
    }
    finished
}
