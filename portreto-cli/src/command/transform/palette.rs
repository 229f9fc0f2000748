//! `--palette NAME|FILE|HEX,HEX…`

use std::{fs::File, io::Read};

use anyhow::{Context as _, Result};
use portreto_core::transform::{Color, Palette};

/// The palette that was meant: a name, then colors, then a file.
pub(super) fn palette(text: &str) -> Result<Palette> {
    let named = match text.parse::<Palette>() {
        Ok(palette) => return Ok(palette),
        Err(error) => error,
    };
    let colors = text.split([',', '.']).map(color).collect::<Option<Vec<_>>>();
    if let Some(colors) = colors {
        return Ok(Palette::custom(colors)?);
    }
    let Ok(file) = File::open(text) else {
        return Err(named).context("--palette is no name, no file and no list of colors");
    };
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, whatever its length claims.
    file.take(Palette::MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read the palette {text}"))?;
    Palette::from_bytes(&bytes).with_context(|| format!("cannot use the palette {text}"))
}

fn color(text: &str) -> Option<Color> {
    let text = text.trim();
    text.strip_prefix('#').unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use portreto_core::transform::PaletteFormat;

    use super::*;

    #[test]
    fn every_spelling_gives_the_same_colors() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("palette");
        let expected = palette("000000,ff8000,FFFFFF").unwrap();
        assert_eq!(expected.colors()[1], Color::opaque(255, 128, 0));
        assert_eq!(palette("#000000,#ff8000,#ffffff").unwrap(), expected);
        for &format in PaletteFormat::ALL {
            std::fs::write(&path, expected.to_bytes(format)).unwrap();
            assert_eq!(palette(path.to_str().unwrap()).unwrap(), expected, "{format}");
        }
        assert_eq!(palette("gameboy").unwrap().colors().len(), 4);
    }

    #[test]
    fn what_is_no_palette_is_said_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("palette");
        std::fs::write(&path, "000000\nblue\n").unwrap();
        let error = palette(path.to_str().unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("cannot use the palette /"), "{error}");
        let says = "hex palette: line 2 is \"blue\", which is no color";
        assert_eq!(error.root_cause().to_string(), says);
        let large = File::create(&path).unwrap();
        large.set_len(Palette::MAX_FILE_BYTES + 1).unwrap();
        let error = palette(path.to_str().unwrap()).unwrap_err();
        assert!(error.root_cause().to_string().contains("at most 16777216"), "{error:?}");
        assert!(palette("no-such-name").unwrap_err().root_cause().to_string().contains("gameboy"));
        assert!(palette("ff0000").is_err(), "one color is no palette");
    }
}
