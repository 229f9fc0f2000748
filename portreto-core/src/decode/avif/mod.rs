//! AVIF: tiles of AV1, decoded, put together, and made red, green and blue.
//!
//! The steps, each in its room: the container (`probe/heif`), samples ([`av1`]), planes to pixels ([`planes`], [`matrix`]).
//! Other colors than those of sRGB come by an ICC profile, or by code points ([`light`]). Pictures of 8 bits stay so; those of 10 and 12 become 16. All of it is done in whole numbers on one thread.

mod av1;
mod light;
mod matrix;
mod planes;
mod units;

use self::{av1::Frame, matrix::Matrix, planes::Canvas};
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
        return Err(damaged(Format::Avif, "it ends before its picture does"));
    }
    let heif = Heif::open(bytes, Format::Avif)?;
    let is_gray = headers.channels < 3;
    let mut canvas = Canvas::new(headers);
    let colors = heif.colors()?;
    let nclx = each_tile(&heif, &colors, limits, |frame, x, y| {
        if frame.is_gray != is_gray || (frame.bits > 8) != (headers.bits > 8) {
            return Err(contradiction(headers));
        }
        let nclx = heif.nclx().unwrap_or(frame.nclx);
        let matrix = Matrix::new(nclx, frame.bits, canvas.largest()).ok_or_else(unknown_matrix)?;
        canvas.lay_colors(&frame, &matrix, x, y);
        Ok(nclx)
    })?;
    if let Some(alpha) = heif.alpha() {
        let alpha = alpha?;
        if (alpha.width, alpha.height) != (headers.width, headers.height) {
            return Err(contradiction(headers));
        }
        each_tile(&heif, &alpha, limits, |frame, x, y| {
            let matrix = Matrix::new(of_alpha(frame.nclx), frame.bits, canvas.largest());
            canvas.lay_alpha(&frame, &matrix.ok_or_else(unknown_matrix)?, x, y);
            Ok(frame.nclx)
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
    limits: &Limits,
    mut lay: impl FnMut(Frame, u32, u32) -> Result<Nclx>,
) -> Result<Nclx> {
    let contradiction = || damaged(Format::Avif, "its tiles do not make a picture");
    let mut first = None;
    for (item, number) in tiles.items.iter().zip(0..) {
        let code = units::of_first_picture(&heif.code(*item)?)?;
        // A tile at the edge may reach beyond it.
        let most_pixels = limits.pixels.min(u64::from(u32::MAX)) as u32;
        let frame = Frame::decode(&code, most_pixels)
            .map_err(|_| damaged(Format::Avif, "its picture cannot be decoded"))?;
        let (width, height) = (frame.width, frame.height);
        let (_, (tile_width, tile_height)) = *first.get_or_insert((frame.nclx, (width, height)));
        let (column, row) = (number % tiles.columns, number / tiles.columns);
        let place = column.checked_mul(tile_width).zip(row.checked_mul(tile_height));
        let (x, y) = place.ok_or_else(contradiction)?;
        let n_rows = tiles.items.len() as u32 / tiles.columns;
        let reaches = |at: u32, side: u32, number: u32, count: u32, whole: u32| {
            at < whole
                && if count == 1 {
                    side == whole
                } else {
                    (at + side >= whole) == (number + 1 == count)
                }
        };
        let is_sound = (width, height) == (tile_width, tile_height)
            && reaches(x, width, column, tiles.columns, tiles.width)
            && reaches(y, height, row, n_rows, tiles.height);
        if !is_sound {
            return Err(contradiction());
        }
        let nclx = lay(frame, x, y)?;
        if number == 0 {
            first = Some((nclx, (tile_width, tile_height)));
        }
    }
    first.map(|(nclx, _)| nclx).ok_or_else(contradiction)
}

/// Alpha is luma without color.
fn of_alpha(nclx: Nclx) -> Nclx {
    Nclx { matrix: 1, ..nclx }
}

fn unknown_matrix() -> Error {
    Error::new(ErrorKind::Unsupported, "avif files with this kind of colors cannot be read")
}

#[cfg(test)]
mod tests;
