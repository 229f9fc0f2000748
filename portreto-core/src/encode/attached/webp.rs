//! WebP: the extended form of the file (RFC 9649, section 2.7).

use super::Attached;

/// Flags of the `VP8X` chunk.
const ALPHA: u8 = 0x10;
const ICC: u8 = 0x20;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;

pub(super) fn put(file: &[u8], attached: &Attached) -> Option<Vec<u8>> {
    let mut chunks = chunks(file.get(12..)?)?;
    let mut extended = match chunks.first()? {
        (b"VP8X", content) => {
            let extended = *content.first_chunk::<10>()?;
            chunks.remove(0);
            extended
        }
        (b"VP8 ", content) => {
            let side = |at: usize| {
                Some(u32::from(u16::from_le_bytes(*content.get(at..)?.first_chunk()?) & 0x3FFF))
            };
            header(0, side(6)?, side(8)?)
        }
        (b"VP8L", content) => {
            let packed = u32::from_le_bytes(*content.get(1..)?.first_chunk()?);
            let alpha = if packed >> 28 & 1 == 1 { ALPHA } else { 0 };
            header(alpha, (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
        }
        _ => return None,
    };
    for (flag, name, content) in [(EXIF, b"EXIF", &attached.exif), (XMP, b"XMP ", &attached.xmp)] {
        if let Some(content) = content {
            extended[0] |= flag;
            chunks.push((name, content));
        }
    }
    if let Some(icc) = &attached.icc {
        extended[0] |= ICC;
        chunks.insert(0, (b"ICCP", icc));
    }
    let mut body = b"WEBP".to_vec();
    for (name, content) in std::iter::once((b"VP8X", &extended[..])).chain(chunks) {
        body.extend(name);
        body.extend((content.len() as u32).to_le_bytes());
        body.extend(content);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    let length = u32::try_from(body.len()).ok()?;
    Some([&b"RIFF"[..], &length.to_le_bytes(), &body].concat())
}

/// Section 2.7: flags, three reserved bytes, width and height less one.
fn header(flags: u8, width: u32, height: u32) -> [u8; 10] {
    let [w0, w1, w2, _] = width.wrapping_sub(1).to_le_bytes();
    let [h0, h1, h2, _] = height.wrapping_sub(1).to_le_bytes();
    [flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}

type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

fn chunks(mut rest: &[u8]) -> Option<Vec<Chunk<'_>>> {
    let mut chunks = Vec::new();
    while let Some((name, behind)) = rest.split_first_chunk() {
        let (length, behind) = behind.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        chunks.push((name, behind.get(..length)?));
        rest = behind.get(length.next_multiple_of(2)..).unwrap_or_default();
    }
    Some(chunks)
}
