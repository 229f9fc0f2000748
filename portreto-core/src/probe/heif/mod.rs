//! The headers of AVIF and HEIC, which are boxes of the same kind (ISO/IEC 23008-12, "HEIF"; AOM, "AV1 Image File Format").
//!
//! Rows and columns of tiles (`grid`), alpha in a picture of its own, turns and mirrors are understood. Exif says nothing
//! about a turn here (ISO/IEC 23008-12, annex A), and a clean aperture is not cropped, as in browsers.

mod boxes;
mod items;

use std::borrow::Cow;

use image::metadata::Orientation;

use self::{
    boxes::{Boxes, Reader},
    items::Meta,
};
use super::{Headers, Icc, damaged};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
};

/// Tiles of one picture; those of cameras are some dozens.
const MOST_TILES: usize = 1_024;

/// What the tiles may have in bytes above the whole file.
const MOST_SHARED_BYTES: usize = 16 << 20;

/// The format that a file type box promises; none for other files of the family.
pub(crate) fn sniff(bytes: &[u8]) -> Option<Format> {
    let [0, 0, high, low, b'f', b't', b'y', b'p', major @ ..] = bytes else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low])).saturating_sub(8);
    let brands = &major[..length.min(major.len())];
    let known = |brand: &[u8; 4]| match brand {
        b"avif" | b"avis" => Some(Format::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(Format::Heic),
        _ => None,
    };
    // A version stands behind the first.
    let (all, _) = brands.as_chunks::<4>();
    let others = all.iter().skip(2);
    all.first().into_iter().chain(others).find_map(known)
}

/// The picture of a file, as its boxes describe it.
#[derive(Debug)]
pub(crate) struct Heif<'a> {
    meta: Meta<'a>,
    primary: u32,
    alpha: Option<u32>,
    format: Format,
}

/// How a picture, or its alpha, is made of coded ones.
#[derive(Debug)]
pub(crate) struct Tiles {
    /// Pixels of the whole.
    pub(crate) width: u32,
    /// Pixels of the whole.
    pub(crate) height: u32,
    /// Tiles in a row.
    pub(crate) columns: u32,
    /// Whether tiles may reach beyond the right and the lower edge: those of a grid.
    pub(crate) may_reach_beyond: bool,
    /// The item of each tile, row after row.
    pub(crate) items: Vec<u32>,
}

/// Code points of ITU-T H.273.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nclx {
    pub(crate) primaries: u16,
    pub(crate) transfer: u16,
    pub(crate) matrix: u16,
    pub(crate) is_full_range: bool,
}

impl<'a> Heif<'a> {
    pub(crate) fn open(bytes: &'a [u8], format: Format) -> Result<Self> {
        let meta = Meta::of(bytes).ok_or_else(|| match Boxes::of(bytes).first(*b"moov") {
            None => damaged(format, "its headers are missing or cut off"),
            Some(_) => unsupported(format, "hold nothing but a film"),
        })?;
        let missing = || damaged(format, "it does not say which picture to show");
        let primary = meta.primary().ok_or_else(missing)?;
        let is_alpha = |item| meta.property(item, *b"auxC").is_some_and(means_alpha);
        let alpha = meta.referring(*b"auxl", primary, is_alpha);
        Ok(Self { meta, primary, alpha, format })
    }

    /// The colors of the picture.
    pub(crate) fn colors(&self) -> Result<Tiles> {
        self.tiles(self.primary)
    }

    /// The alpha of the picture, if it has any.
    pub(crate) fn alpha(&self) -> Option<Result<Tiles>> {
        self.alpha.map(|item| self.tiles(item))
    }

    /// Whether the colors were multiplied by alpha.
    pub(crate) fn is_premultiplied(&self) -> bool {
        self.alpha
            .is_some_and(|alpha| self.meta.references(*b"prem", self.primary).contains(&alpha))
    }

    /// What the container says of the colors; it has the last word (AVIF 1.1, section 2.1).
    pub(crate) fn nclx(&self) -> Option<Nclx> {
        let mut colors = self.described(self.primary).filter(|property| property.0 == *b"colr");
        colors.find_map(|(_, content)| {
            let mut reader = Reader::new(content.strip_prefix(b"nclx")?);
            let mut word = || reader.number(2).map(|word| word as u16);
            let (primaries, transfer, matrix) = (word()?, word()?, word()?);
            let is_full_range = reader.number(1)? & 0x80 != 0;
            Some(Nclx { primaries, transfer, matrix, is_full_range })
        })
    }

    fn icc(&self) -> Option<Icc<'a>> {
        let mut colors = self.described(self.primary).filter(|property| property.0 == *b"colr");
        colors.find_map(|(_, content)| {
            let profile =
                content.strip_prefix(b"prof").or_else(|| content.strip_prefix(b"rICC"))?;
            Some(Icc::Plain(Cow::Borrowed(profile)))
        })
    }

    /// The Exif block: behind the length of what stands before it (ISO/IEC 23008-12, annex A.2.1).
    fn exif(&self) -> Option<&'a [u8]> {
        let item = self.describing(|item| self.meta.kind(item) == Some(*b"Exif"))?;
        let mut reader = Reader::new(item);
        let before = usize::try_from(reader.number(4)?).ok()?;
        reader.rest().get(before..)
    }

    fn xmp(&self) -> Option<&'a [u8]> {
        let begins =
            |item: &[u8]| item.starts_with(b"<?xpacket") || item.starts_with(b"<x:xmpmeta");
        let is_xmp = |item| {
            self.meta.kind(item) == Some(*b"mime")
                && self.meta.data(item).is_some_and(|item| begins(&item))
        };
        self.describing(is_xmp)
    }

    /// The item about the picture for which `is_wanted` holds, if it lies in one piece.
    fn describing(&self, is_wanted: impl Fn(u32) -> bool) -> Option<&'a [u8]> {
        let item = self.meta.referring(*b"cdsc", self.primary, is_wanted)?;
        match self.meta.data(item)? {
            Cow::Borrowed(bytes) => Some(bytes),
            Cow::Owned(_) => None,
        }
    }

    /// Properties of an item, and behind them those of its first tile.
    fn described(&self, item: u32) -> impl Iterator<Item = ([u8; 4], &'a [u8])> {
        let tile = self.meta.references(*b"dimg", item).first().copied();
        let of_tile = tile.into_iter().flat_map(|tile| self.meta.properties(tile));
        self.meta.properties(item).chain(of_tile)
    }

    /// Width and height of the picture.
    fn size(&self, item: u32) -> Result<(u32, u32)> {
        let sides = self.meta.property(item, *b"ispe").and_then(|content| {
            let (_, _, mut reader) = Reader::versioned(content)?;
            Some((reader.number(4)? as u32, reader.number(4)? as u32))
        });
        sides.ok_or_else(|| damaged(self.format, "it does not say how large its picture is"))
    }

    /// The code of a tile.
    pub(crate) fn code(&self, item: u32) -> Result<Cow<'a, [u8]>> {
        self.meta.data(item).filter(|data| !data.is_empty()).ok_or_else(|| self.cut_off())
    }

    /// What HEVC needs to know before the code of a tile (`hvcC`: ISO/IEC 14496-15, section 8.3.3.1).
    #[cfg(feature = "heic")]
    pub(crate) fn configuration(&self, item: u32) -> Option<&'a [u8]> {
        self.meta.property(item, *b"hvcC")
    }

    fn tiles(&self, item: u32) -> Result<Tiles> {
        let (width, height) = self.size(item)?;
        let (columns, items) = match self.meta.kind(item).as_ref() {
            Some(b"grid") => self.grid(item, (width, height))?,
            Some(b"av01" | b"hvc1") => (1, vec![item]),
            _ => return Err(unsupported(self.format, "are coded in another way")),
        };
        let mut n_bytes = 0_usize;
        for tile in &items {
            let bytes = self.meta.data_bytes(*tile).filter(|bytes| *bytes > 0);
            n_bytes = n_bytes.saturating_add(bytes.ok_or_else(|| self.cut_off())?);
        }
        // Tiles may share their bytes, but not to make hours of work of a small file.
        if n_bytes > self.meta.file_bytes() + MOST_SHARED_BYTES {
            return Err(self.contradiction());
        }
        let may_reach_beyond = items != [item];
        Ok(Tiles { width, height, columns, may_reach_beyond, items })
    }

    /// Columns and tiles of a grid that is `size` large (ISO/IEC 23008-12, section 6.6.2.3).
    fn grid(&self, item: u32, size: (u32, u32)) -> Result<(u32, Vec<u32>)> {
        let grid = self.code(item)?;
        let mut reader = Reader::new(&grid);
        let mut number = |n_bytes| reader.number(n_bytes).ok_or_else(|| self.contradiction());
        number(1)?;
        let side_bytes = if number(1)? & 1 == 1 { 4 } else { 2 };
        let (rows, columns) = (number(1)? as usize + 1, number(1)? as usize + 1);
        let stated = (number(side_bytes)? as u32, number(side_bytes)? as u32);
        let tiles = self.meta.references(*b"dimg", item);
        if stated != size || tiles.len() != rows * columns {
            return Err(self.contradiction());
        }
        if tiles.len() > MOST_TILES {
            return Err(unsupported(self.format, "consist of too many tiles"));
        }
        Ok((columns as u32, tiles))
    }

    fn cut_off(&self) -> Error {
        damaged(self.format, "it ends before its picture does")
    }

    fn contradiction(&self) -> Error {
        damaged(self.format, "its tiles do not make a picture")
    }

    /// Turns and mirrors, in the order in which they are applied.
    fn orientation(&self) -> Orientation {
        let steps = self.meta.properties(self.primary).filter_map(|(kind, content)| {
            let value = content.first()?;
            match (&kind, value & 3) {
                // Quarter turns against the clock.
                (b"irot", quarters) => Some(
                    [
                        Orientation::NoTransforms,
                        Orientation::Rotate270,
                        Orientation::Rotate180,
                        Orientation::Rotate90,
                    ][usize::from(quarters)],
                ),
                (b"imir", axis) if axis & 1 == 0 => Some(Orientation::FlipVertical),
                (b"imir", _) => Some(Orientation::FlipHorizontal),
                _ => None,
            }
        });
        steps.fold(Orientation::NoTransforms, then)
    }

    /// Frames of the film beside the picture, if there is one (`stsz`: ISO/IEC 14496-12, section 8.7.3).
    fn frames(bytes: &[u8]) -> u32 {
        let inner = |bytes, kind| Boxes::of(bytes).first(kind);
        let tracks = inner(bytes, *b"moov").map_or(Boxes::of(&[]), Boxes::of);
        let frames = tracks.filter(|one| one.kind == *b"trak").filter_map(|track| {
            let media = inner(track.bytes, *b"mdia")?;
            let table = inner(inner(media, *b"minf")?, *b"stbl")?;
            let (_, _, mut reader) = Reader::versioned(inner(table, *b"stsz")?)?;
            reader.number(4)?;
            Some(reader.number(4)? as u32)
        });
        frames.max().unwrap_or(1).max(1)
    }
}

/// The headers of a file that [`sniff`] knew.
pub(super) fn headers(format: Format, bytes: &[u8]) -> Result<Headers<'_>> {
    if !format.is_read() {
        return Err(not_built());
    }
    let heif = Heif::open(bytes, format)?;
    let (width, height) = heif.size(heif.primary)?;
    let (bits, is_gray) = samples(&heif);
    let has_alpha = heif.alpha.is_some();
    let boxes_are_whole = Boxes::of(bytes).all(|one| one.is_whole);
    let is_complete =
        boxes_are_whole && heif.colors().is_ok() && heif.alpha().is_none_or(|alpha| alpha.is_ok());
    Ok(Headers {
        format,
        width,
        height,
        orientation: heif.orientation(),
        has_alpha,
        bits,
        frames: Heif::frames(bytes),
        icc: heif.icc(),
        channels: if is_gray { 1 } else { 3 } + u8::from(has_alpha),
        // Planes, and what the decoder notes of each block.
        workspace: if bits > 8 { 20 } else { 12 },
        plays: 1,
        exif: heif.exif(),
        xmp: heif.xmp(),
        jpeg_adobe: None,
        jpeg_split_scans: false,
        jpeg_scans: 0,
        is_complete,
    })
}

/// Bits of a sample, and whether the picture is gray.
fn samples(heif: &Heif<'_>) -> (u8, bool) {
    let coded = heif.described(heif.primary).find_map(|(kind, content)| match &kind {
        // "AV1 Codec ISO Media File Format Binding", section 2.3.
        b"av1C" => {
            let flags = content.get(2)?;
            let bits = match (flags & 0x40, flags & 0x20) {
                (0, _) => 8,
                (_, 0) => 10,
                _ => 12,
            };
            Some((bits, flags & 0x10 != 0))
        }
        // ISO/IEC 14496-15, section 8.3.3.1: the form of colors, and bits of luma above 8.
        b"hvcC" => Some((content.get(17)? % 8 + 8, content.get(16)? % 4 == 0)),
        _ => None,
    });
    coded.unwrap_or((8, false))
}

fn means_alpha(content: &[u8]) -> bool {
    [&b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"[..], b"urn:mpeg:hevc:2015:auxid:1\0"]
        .iter()
        .any(|name| content.get(4..).is_some_and(|content| content.starts_with(name)))
}

/// One orientation after another, both as what is done to the stored picture.
fn then(first: Orientation, second: Orientation) -> Orientation {
    const ALL: [Orientation; 8] = [
        Orientation::NoTransforms,
        Orientation::Rotate90,
        Orientation::Rotate180,
        Orientation::Rotate270,
        Orientation::FlipHorizontal,
        Orientation::FlipVertical,
        Orientation::Rotate90FlipH,
        Orientation::Rotate270FlipH,
    ];
    let wanted = moved(second, moved(first, [(1, 0), (0, 1)]));
    let same = |one: &Orientation| moved(*one, [(1, 0), (0, 1)]) == wanted;
    ALL.into_iter().find(same).unwrap_or(first)
}

/// Where directions of a picture point to after `orientation`; y goes down.
fn moved(orientation: Orientation, points: [(i8, i8); 2]) -> [(i8, i8); 2] {
    points.map(|(x, y)| match orientation {
        Orientation::NoTransforms => (x, y),
        Orientation::Rotate90 => (-y, x),
        Orientation::Rotate180 => (-x, -y),
        Orientation::Rotate270 => (y, -x),
        Orientation::FlipHorizontal => (-x, y),
        Orientation::FlipVertical => (x, -y),
        // Turned first, then mirrored.
        Orientation::Rotate90FlipH => (y, x),
        Orientation::Rotate270FlipH => (-y, -x),
    })
}

/// What a build without the feature `heic` says of such files.
fn not_built() -> Error {
    let message = "heic files are read only by a build with the feature heic; convert them to jpg or avif first";
    Error::new(ErrorKind::Unsupported, message)
}

fn unsupported(format: Format, what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{format} files that {what} cannot be read"))
}

#[cfg(test)]
mod tests;
