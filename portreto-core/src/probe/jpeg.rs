//! The segments of a JPEG (ITU-T T.81, annex B).

use image::metadata::Orientation;

use super::{Headers, Icc, damaged, exif_orientation, fields::Fields};
use crate::{error::Result, format::Format};

const EXIF: &[u8] = b"Exif\0\0";
/// ISO 16684-3, section 4.2.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let mut frame = None;
    let (mut exif, mut xmp) = (None, None);
    let mut profile = Vec::new();
    let mut adobe = None;
    let mut segments = Segments::new(bytes);
    let in_scan = loop {
        let Segment { marker, content } = segments.next()?;
        match marker {
            0xDA => break content.first().copied().unwrap_or(0),
            0xD9 => break 0,
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) && frame.is_none() => {
                frame = Some(Frame::read(marker, content)?);
            }
            0xE1 => {
                exif = exif.or(content.strip_prefix(EXIF));
                xmp = xmp.or(content.strip_prefix(XMP));
            }
            0xE2 => {
                if let Some([number, _, part @ ..]) = content.strip_prefix(ICC) {
                    profile.push((*number, part));
                }
            }
            0xEE if content.starts_with(b"Adobe") => adobe = content.get(11).copied(),
            _ => {}
        }
    };
    let frame = frame.filter(|_| in_scan > 0);
    let frame = frame.ok_or_else(|| damaged(Format::Jpeg, "it holds no picture"))?;
    let (jpeg_scans, is_complete) = scans(segments);
    profile.sort_by_key(|&(number, _)| number);
    let parts: Vec<_> = profile.into_iter().map(|(_, part)| part).collect();
    Ok(Headers {
        format: Format::Jpeg,
        width: frame.width.into(),
        height: frame.height.into(),
        orientation: exif.map_or(Orientation::NoTransforms, exif_orientation),
        has_alpha: false,
        bits: frame.bits,
        frames: 1,
        icc: (!parts.is_empty()).then_some(Icc::Parts(parts)),
        exif,
        xmp,
        channels: frame.components.min(4),
        // A progressive picture is complete only with its last scan: all its coefficients are kept.
        workspace: if frame.progressive { frame.components.min(4) * 2 } else { 0 },
        jpeg_adobe: adobe,
        jpeg_split_scans: !frame.progressive && in_scan < frame.components,
        jpeg_scans,
        plays: 1,
        is_complete,
    })
}

/// How many scans there are, counted from inside the first without decoding them, and whether the
/// end-of-image marker follows. Where it is missing, decoders paint the rest of the picture gray and call it
/// a success.
fn scans(mut segments: Segments<'_>) -> (u32, bool) {
    let mut count = 1;
    segments.skip_scan();
    loop {
        match segments.next() {
            Ok(Segment { marker: 0xD9, .. }) => return (count, true),
            Ok(Segment { marker: 0xDA, .. }) => {
                count += 1;
                segments.skip_scan();
            }
            Ok(_) => {}
            Err(_) => return (count, false),
        }
    }
}

struct Frame {
    width: u16,
    height: u16,
    bits: u8,
    components: u8,
    progressive: bool,
}

impl Frame {
    fn read(marker: u8, content: &[u8]) -> Result<Self> {
        let fields = Fields { bytes: content, format: Format::Jpeg };
        Ok(Self {
            bits: fields.u8(0)?,
            height: fields.be16(1)?,
            width: fields.be16(3)?,
            components: fields.u8(5)?,
            progressive: matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE),
        })
    }
}

struct Segment<'a> {
    marker: u8,
    content: &'a [u8],
}

struct Segments<'a> {
    fields: Fields<'a>,
    at: usize,
}

impl<'a> Segments<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { fields: Fields { bytes, format: Format::Jpeg }, at: 2 }
    }

    /// The next marker with its content; bytes that belong to nothing are passed over, as decoders do.
    fn next(&mut self) -> Result<Segment<'a>> {
        loop {
            let rest =
                self.fields.slice(self.at, self.fields.bytes.len().saturating_sub(self.at))?;
            let skipped = memchr::memchr(0xFF, rest).unwrap_or(rest.len());
            self.at += skipped;
            let marker = self.fields.u8(self.at + 1)?;
            if marker == 0xFF {
                self.at += 1; // a fill byte
                continue;
            }
            self.at += 2;
            match marker {
                0 | 1 | 0xD0..=0xD8 => {}
                0xD9 => return Ok(Segment { marker, content: &[] }),
                _ => {
                    let length = usize::from(self.fields.be16(self.at)?);
                    if length < 2 {
                        return Err(damaged(Format::Jpeg, "a segment is shorter than its length"));
                    }
                    let content = self.fields.slice(self.at + 2, length - 2)?;
                    self.at += length;
                    return Ok(Segment { marker, content });
                }
            }
        }
    }

    /// Goes to the marker that ends the scan.
    fn skip_scan(&mut self) {
        let rest = &self.fields.bytes[self.at..];
        let ends = |&at: &usize| {
            rest.get(at + 1).is_some_and(|&next| !matches!(next, 0 | 0xFF | 0xD0..=0xD7))
        };
        self.at += memchr::memchr_iter(0xFF, rest).find(ends).unwrap_or(rest.len());
    }
}
