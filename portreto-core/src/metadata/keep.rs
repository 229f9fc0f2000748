//! What is kept of an original's metadata in its variants.

use super::{
    Block, Fields,
    exif::{TOO_LARGE, tag},
    xmp,
};
use crate::{encode::Attached, format::Format, probe::Headers, transform::MetadataPolicy};

/// What a variant of `size` pixels says about its picture.
pub(crate) fn kept(headers: &Headers<'_>, policy: MetadataPolicy, size: (u32, u32)) -> Attached {
    let block = headers.exif.and_then(Block::new);
    match policy {
        MetadataPolicy::Strip => Attached::default(),
        MetadataPolicy::Copyright => {
            Attached { exif: block.as_ref().and_then(copyright), ..Attached::default() }
        }
        MetadataPolicy::All => Attached {
            exif: block.as_ref().and_then(|block| whole(block, headers.format, size)),
            icc: None,
            xmp: packet(headers, block).and_then(xmp::upright).map(Into::into),
        },
    }
}

fn packet<'a>(headers: &Headers<'a>, block: Option<Block<'a>>) -> Option<&'a [u8]> {
    let in_directory = || block.filter(|_| headers.format == Format::Tiff)?.value(tag::XMP);
    headers.xmp.or_else(in_directory)
}

/// A block that says no more than who made the picture and whose it is.
fn copyright(block: &Block<'_>) -> Option<Vec<u8>> {
    let picture = block.copyright();
    let is_big_endian = block.is_big_endian();
    let fields = Fields { picture, below: Vec::new(), is_big_endian };
    Some(fields.to_block()).filter(|_| !fields.is_empty())
}

/// The same of a block of ours.
pub(crate) fn copyright_of(exif: &[u8]) -> Option<Vec<u8>> {
    copyright(&Block::new(exif)?)
}

/// All that it says.
fn whole(block: &Block<'_>, format: Format, size: (u32, u32)) -> Option<Vec<u8>> {
    // In a TIFF, the block is the file.
    if format == Format::Tiff {
        let fields = Fields::of(block).sized(size);
        let block =
            Some(fields).filter(|fields| !fields.is_empty()).map(|fields| fields.to_block());
        return block.filter(|block| block.len() <= TOO_LARGE);
    }
    if block.n_bytes() > TOO_LARGE { None } else { block.upright(size) }
}
