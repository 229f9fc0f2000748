//! AVIF and HEIC: tiles of AV1 or HEVC, decoded, put together, and made red, green and blue.
//!
//! The steps, each in its room: the container (`probe/heif`), samples ([`av1`], [`hevc`]), planes to pixels ([`planes`], [`matrix`]).
//! Other colors than those of sRGB come by an ICC profile, or by code points ([`light`]). Pictures of 8 bits stay so; those of 10 and 12 become 16. All of it is done in whole numbers on one thread.

mod av1;
#[cfg(feature = "heic")]
mod hevc;
#[cfg(not(feature = "heic"))]
#[path = "hevc/absent.rs"]
mod hevc;
mod light;
mod matrix;
mod planes;
mod units;

use self::{
    av1::Frame,
    matrix::Matrix,
    planes::{Canvas, Planes},
};
use super::{Stored, contradiction, straight::straight};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    limits::Limits,
    probe::{Headers, Heif, Nclx, Tiles, damaged},
};

/// What a pixel takes while its light is mapped: four floating point numbers, and samples of 16 bits before and after.
const LIGHT_BYTES: u64 = 16 + 8 + 8;

pub(super) fn decode(bytes: &[u8], headers: &Headers<'_>, limits: &Limits) -> Result<Stored> {
    if !headers.is_complete {
        return Err(damaged(headers.format, "it ends before its picture does"));
    }
    let heif = Heif::open(bytes, headers.format)?;
    let is_gray = headers.channels < 3;
    let mut canvas = Canvas::new(headers);
    let colors = heif.colors()?;
    let nclx = each_tile(&heif, &colors, headers, limits, |frame, x, y| {
        let shape = frame.shape();
        if shape.is_gray != is_gray || (shape.bits > 8) != (headers.bits > 8) {
            return Err(contradiction(headers));
        }
        let nclx = heif.nclx().unwrap_or(shape.nclx);
        let matrix = Matrix::new(nclx, shape.bits, canvas.largest());
        let matrix = matrix.ok_or_else(|| unknown_matrix(headers.format))?;
        canvas.lay_colors(frame, &matrix, x, y);
        Ok(nclx)
    })?;
    if let Some(alpha) = heif.alpha() {
        let alpha = alpha?;
        if (alpha.width, alpha.height) != (headers.width, headers.height) {
            return Err(contradiction(headers));
        }
        each_tile(&heif, &alpha, headers, limits, |frame, x, y| {
            let shape = frame.shape();
            let matrix = Matrix::new(of_alpha(shape.nclx), shape.bits, canvas.largest());
            let matrix = matrix.ok_or_else(|| unknown_matrix(headers.format))?;
            canvas.lay_alpha(frame, &matrix, x, y);
            Ok(shape.nclx)
        })?;
    }
    let mut image = canvas.into_image().ok_or_else(|| contradiction(headers))?;
    if heif.is_premultiplied() {
        straight(&mut image);
    }
    if headers.icc.is_some() {
        return Ok(Stored::Direct(image));
    }
    if light::is_light(nclx) {
        limits.check_memory(headers.pixels() * LIGHT_BYTES)?;
    }
    Ok(Stored::Direct(light::to_srgb(image, nclx)))
}

/// Decodes tile after tile, and hands each to `lay` with its place; what it says of the first is returned.
fn each_tile(
    heif: &Heif<'_>,
    tiles: &Tiles,
    headers: &Headers<'_>,
    limits: &Limits,
    mut lay: impl FnMut(&dyn Planes, u32, u32) -> Result<Nclx>,
) -> Result<Nclx> {
    let contradiction = || damaged(headers.format, "its tiles do not make a picture");
    let mut first = None;
    for (item, number) in tiles.items.iter().zip(0..) {
        let frame: Box<dyn Planes> = match headers.format {
            Format::Heic => hevc::decode(heif, *item, headers, limits)?,
            _ => Box::new(av1(heif, *item, limits)?),
        };
        let shape = frame.shape();
        let (width, height) = (shape.width, shape.height);
        let (_, (tile_width, tile_height)) = *first.get_or_insert((shape.nclx, (width, height)));
        let (column, row) = (number % tiles.columns, number / tiles.columns);
        let place = column.checked_mul(tile_width).zip(row.checked_mul(tile_height));
        let (x, y) = place.ok_or_else(contradiction)?;
        let n_rows = tiles.items.len() as u32 / tiles.columns;
        let reaches = |at: u32, side: u32, number: u32, count: u32, whole: u32| {
            at < whole
                && if tiles.may_reach_beyond {
                    (at + side >= whole) == (number + 1 == count)
                } else {
                    side == whole
                }
        };
        let is_sound = (width, height) == (tile_width, tile_height)
            && reaches(x, width, column, tiles.columns, tiles.width)
            && reaches(y, height, row, n_rows, tiles.height);
        if !is_sound {
            return Err(contradiction());
        }
        let nclx = lay(frame.as_ref(), x, y)?;
        if number == 0 {
            first = Some((nclx, (tile_width, tile_height)));
        }
    }
    first.map(|(nclx, _)| nclx).ok_or_else(contradiction)
}

fn av1(heif: &Heif<'_>, item: u32, limits: &Limits) -> Result<Frame> {
    let code = units::of_first_picture(&heif.code(item)?)?;
    // A tile at the edge may reach beyond it.
    let most_pixels = limits.pixels.min(u64::from(u32::MAX)) as u32;
    Frame::decode(&code, most_pixels)
        .map_err(|_| damaged(Format::Avif, "its picture cannot be decoded"))
}

/// Alpha is luma without color.
fn of_alpha(nclx: Nclx) -> Nclx {
    Nclx { matrix: 1, ..nclx }
}

fn unknown_matrix(format: Format) -> Error {
    let message = format!("{format} files with this kind of colors cannot be read");
    Error::new(ErrorKind::Unsupported, message)
}

#[cfg(test)]
mod tests;
