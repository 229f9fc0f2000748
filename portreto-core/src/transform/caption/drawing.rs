//! A line of text as coverage: how much of each pixel is ink.
//!
//! Outlines are scaled and filled in 32-bit floats by sums, products and quotients in one order (never fused), which are the
//! same on every machine (IEEE 754).

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};

use crate::{
    error::{Error, ErrorKind, Result},
    limits::Limits,
};

/// `DejaVu` Sans, free under the licence of Bitstream Vera.
static FONT: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(dejavu::sans::regular()).ok());

/// How much of each pixel of a box is ink, of 65535.
pub(super) struct Line {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) coverage: Vec<u16>,
}

/// Draws `text`, `size` pixels from the font's highest to its lowest.
pub(super) fn draw(text: &str, size: u32, limits: &Limits) -> Result<Line> {
    let broken = || Error::new(ErrorKind::Internal, "the font of captions cannot be read");
    let font = FONT.as_ref().ok_or_else(broken)?.as_scaled(PxScale::from(size as f32));
    let mut pen = 0.0_f32;
    let mut last = None;
    let mut glyphs = Vec::with_capacity(text.len());
    for sign in text.chars() {
        let id = font.glyph_id(sign);
        if let Some(last) = last {
            pen += font.kern(last, id);
        }
        glyphs.push(id.with_scale_and_position(font.scale(), point(pen, font.ascent())));
        pen += font.h_advance(id);
        last = Some(id);
    }
    let (width, height) = (pen.ceil().max(1.0) as u32, size);
    limits.check_memory(u64::from(width) * u64::from(height) * 16)?;
    let mut coverage = vec![0_u16; width as usize * height as usize];
    for glyph in glyphs {
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let bounds = outline.px_bounds();
        let (left, top) = (bounds.min.x as i64, bounds.min.y as i64);
        outline.draw(|x, y, share| {
            let (x, y) = (left + i64::from(x), top + i64::from(y));
            if (0..i64::from(width)).contains(&x) && (0..i64::from(height)).contains(&y) {
                let ink = (share.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16;
                let pixel = &mut coverage[(y * i64::from(width) + x) as usize];
                *pixel = pixel.saturating_add(ink);
            }
        });
    }
    Ok(Line { width, height, coverage })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, size: u32) -> Vec<String> {
        let line = draw(text, size, &Limits::default()).unwrap();
        let rows = line.coverage.chunks(line.width as usize);
        rows.map(|row| row.iter().map(|ink| if *ink >= 32768 { '#' } else { '.' }).collect())
            .collect()
    }

    #[test]
    fn letters_can_be_read() {
        assert_eq!(
            lines("TL", 16),
            [
                ".................",
                ".................",
                ".................",
                "########..#......",
                "....#.....#......",
                "....#.....#......",
                "....#.....#......",
                "....#.....#......",
                "....#.....#......",
                "....#.....#......",
                "....#.....#......",
                "....#.....#......",
                "....#.....######.",
                ".................",
                ".................",
                ".................",
            ]
        );
    }

    #[test]
    fn a_line_grows_with_its_text_and_size() {
        let width = |text: &str, size| draw(text, size, &Limits::default()).unwrap().width;
        assert!(width("mm", 20) > width("m", 20));
        assert!(width("m", 40) > 2 * width("m", 20) - 3);
        assert!(draw(" ", 20, &Limits::default()).unwrap().coverage.iter().all(|ink| *ink == 0));
        let small = Limits { memory_bytes: 1000, ..Limits::default() };
        assert!(draw("m", 20, &small).is_err());
    }
}
