//! WebP: the extended form of the file (RFC 9649, section 2.7).

use super::Attached;
use crate::encode::riff;

pub(super) fn put(file: &[u8], attached: &Attached) -> Option<Vec<u8>> {
    let mut chunks = riff::chunks(file)?;
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
            riff::extended(0, side(6)?, side(8)?)
        }
        (b"VP8L", content) => {
            let packed = u32::from_le_bytes(*content.get(1..)?.first_chunk()?);
            let alpha = if packed >> 28 & 1 == 1 { riff::ALPHA } else { 0 };
            riff::extended(alpha, (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
        }
        _ => return None,
    };
    for (flag, name, content) in
        [(riff::EXIF, b"EXIF", &attached.exif), (riff::XMP, b"XMP ", &attached.xmp)]
    {
        if let Some(content) = content {
            extended[0] |= flag;
            chunks.push((name, content));
        }
    }
    if let Some(icc) = &attached.icc {
        extended[0] |= riff::ICC;
        chunks.insert(0, (b"ICCP", icc));
    }
    let mut body = Vec::with_capacity(file.len());
    riff::push(&mut body, (b"VP8X", &extended));
    for chunk in chunks {
        riff::push(&mut body, chunk);
    }
    Some(riff::file(&body))
}
