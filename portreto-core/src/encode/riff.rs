//! The container of WebP (RFC 9649, section 2): chunks, each with a name and a length, padded to an even one.

/// Flags of the chunk `VP8X`.
pub(super) const ICC: u8 = 0x20;
pub(super) const ALPHA: u8 = 0x10;
pub(super) const EXIF: u8 = 0x08;
pub(super) const XMP: u8 = 0x04;
pub(super) const ANIMATION: u8 = 0x02;

pub(super) type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

/// The chunks of a WebP; none when one is cut off.
pub(super) fn chunks(file: &[u8]) -> Option<Vec<Chunk<'_>>> {
    let mut rest = file.get(12..)?;
    let mut chunks = Vec::new();
    while let Some((name, behind)) = rest.split_first_chunk() {
        let (length, behind) = behind.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        chunks.push((name, behind.get(..length)?));
        rest = behind.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
    Some(chunks)
}

/// Appends a chunk.
pub(super) fn push(bytes: &mut Vec<u8>, (name, content): Chunk<'_>) {
    bytes.extend(name);
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
    if !content.len().is_multiple_of(2) {
        bytes.push(0);
    }
}

/// The file of these chunks, one after another.
pub(super) fn file(chunks: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(chunks.len() + 12);
    push(&mut file, (b"RIFF", &[b"WEBP", chunks].concat()));
    file
}

/// The content of `VP8X` (section 2.7): flags, three reserved bytes, width and height less one.
pub(super) fn extended(flags: u8, width: u32, height: u32) -> [u8; 10] {
    let [w0, w1, w2] = three_bytes(width.wrapping_sub(1));
    let [h0, h1, h2] = three_bytes(height.wrapping_sub(1));
    [flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}

/// A number of 24 bits.
pub(super) fn three_bytes(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}
