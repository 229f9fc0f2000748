//! Any bytes as a JPEG at all scales at once: planes of the right size or nothing, never a panic; and every scale is the
//! same alone.

use portreto_core::scaled_jpeg;

/// As large as a picture may be here, bytes of planes.
const MEMORY_BYTES: u64 = 8 << 20;

/// Reads `bytes` as a JPEG at every scale.
///
/// # Panics
///
/// When a promise is broken.
pub fn jpeg_scaled(bytes: &[u8]) {
    let begins = bytes.starts_with(b"\xFF\xD8");
    let file = if begins { bytes.to_vec() } else { [&b"\xFF\xD8"[..], bytes].concat() };
    let Some(together) = scaled_jpeg(&file, &[1, 2, 4, 8], MEMORY_BYTES) else { return };
    for (width, height, samples) in &together {
        assert_eq!(width * height, samples.len());
    }
    for scale in [1, 2, 4, 8] {
        let Some(alone) = scaled_jpeg(&file, &[scale], MEMORY_BYTES) else {
            // A progressive file may be sound only as far as a small scale reads it, not the other way around.
            panic!("{scale} eighths cannot be read alone");
        };
        assert!(alone.iter().all(|plane| together.contains(plane)), "{scale} eighths differ");
    }
}
