//! The chunks of a PNG (W3C, third edition, sections 5 and 11).

use image::metadata::Orientation;

use super::{Headers, Icc, damaged, exif_orientation, fields::Fields};
use crate::{error::Result, format::Format};

/// Bytes of a chunk beside its content: length, name and check sum.
const FRAMING: usize = 12;

/// Keyword, no compression, no language, no translation (ISO 16684-3, section 4.6).
const XMP: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let fields = Fields { bytes, format: Format::Png };
    if fields.slice(12, 4)? != b"IHDR" {
        return Err(damaged(Format::Png, "it does not begin with its header"));
    }
    let (bits, color) = (fields.u8(24)?, fields.u8(25)?);
    let (channels, mut has_alpha) = match color {
        0 => (1, false),
        2 | 3 => (3, false),
        4 => (2, true),
        6 => (4, true),
        _ => return Err(damaged(Format::Png, "its color type is unknown")),
    };
    let mut headers = Headers {
        format: Format::Png,
        width: fields.be32(16)?,
        height: fields.be32(20)?,
        orientation: Orientation::NoTransforms,
        has_alpha,
        bits,
        frames: 1,
        icc: None,
        exif: None,
        xmp: None,
        channels,
        workspace: 0,
        jpeg_adobe: None,
        jpeg_split_scans: false,
        jpeg_scans: 0,
        plays: 1,
        is_complete: false,
    };
    let mut at = 8;
    let mut pixels = false;
    loop {
        let chunk = match Chunk::read(&fields, at) {
            Ok(chunk) => chunk,
            // What is cut off behind the start of the pixels is not a matter of headers.
            Err(_) if pixels => break,
            Err(error) => return Err(error),
        };
        match &chunk.name {
            b"IEND" => {
                headers.is_complete = bytes.len() - at >= FRAMING + chunk.content.len();
                break;
            }
            b"IDAT" => pixels = true,
            b"tRNS" => has_alpha = true,
            b"acTL" => {
                let content = Fields { bytes: chunk.content, ..fields };
                headers.frames = content.be32(0)?.max(1);
            }
            b"eXIf" => {
                headers.orientation = exif_orientation(chunk.content);
                headers.exif = Some(chunk.content);
            }
            b"iTXt" => headers.xmp = headers.xmp.or(chunk.content.strip_prefix(XMP)),
            b"iCCP" if headers.icc.is_none() => headers.icc = profile(chunk.content),
            _ => {}
        }
        at += chunk.content.len() + FRAMING;
    }
    if !pixels {
        return Err(damaged(Format::Png, "it holds no picture"));
    }
    headers.channels += u8::from(has_alpha && !headers.has_alpha);
    headers.has_alpha = has_alpha;
    Ok(headers)
}

struct Chunk<'a> {
    name: [u8; 4],
    content: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(fields: &Fields<'a>, at: usize) -> Result<Self> {
        let length = fields.be32(at)? as usize;
        let name = fields.be32(at + 4)?.to_be_bytes();
        // The pixels' own chunk may be cut off: it is not looked into.
        let content = match fields.slice(at + 8, length) {
            Err(_) if &name == b"IDAT" => &fields.bytes[at + 8..],
            content => content?,
        };
        Ok(Self { name, content })
    }
}

/// The stream behind the profile's name (1 to 79 bytes, then 0) and the compression method, which is 0.
fn profile(content: &[u8]) -> Option<Icc<'_>> {
    let name = content.iter().take(80).position(|&byte| byte == 0)?;
    match &content[name + 1..] {
        [0, stream @ ..] => Some(Icc::Deflated(stream)),
        _ => None,
    }
}
