//! `--palette NAME|FILE|HEX,HEX…`

use std::{fs::File, io::Read};

use anyhow::{Context as _, Result, ensure};
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
    let mut content = String::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut content)
        .with_context(|| format!("cannot read the palette {text}"))?;
    ensure!(content.len() as u64 <= MAX_FILE_BYTES, "the palette {text} is above 64 KiB");
    let colors = colors_of(&content).with_context(|| format!("cannot read the palette {text}"))?;
    Palette::custom(colors).with_context(|| format!("cannot use the palette {text}"))
}

const MAX_FILE_BYTES: u64 = 64 << 10;

/// Colors of a file: `rrggbb` a line (as Lospec exports `.hex`), GIMP's `.gpl`, or JASC's `.pal`.
///
/// GIMP: "GIMP Palette", then `Name:` and `Columns:`, comments with `#`, and lines of `R G B name`
/// (developer.gimp.org/core/standards/gpl). JASC: "JASC-PAL", a version, a count, and lines of `R G B`.
fn colors_of(content: &str) -> Result<Vec<Color>> {
    let mut lines = content.lines().map(str::trim).enumerate().peekable();
    let is_triples = match lines.peek() {
        Some((_, "GIMP Palette")) => {
            lines.next();
            true
        }
        Some((_, "JASC-PAL")) => {
            lines.nth(2);
            true
        }
        _ => false,
    };
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(';'))
        .filter(|(_, line)| !is_triples || !(line.starts_with('#') || line.contains(':')))
        .map(|(index, line)| {
            let color = if is_triples { triple(line) } else { color(line) };
            color.with_context(|| format!("line {} is {line:.40?}, which is no color", index + 1))
        })
        .collect()
}

fn triple(line: &str) -> Option<Color> {
    let mut channels = line.split_whitespace().map(|channel| channel.parse().ok());
    Some(Color::opaque(channels.next()??, channels.next()??, channels.next()??))
}

fn color(text: &str) -> Option<Color> {
    let text = text.trim();
    text.strip_prefix('#').unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_gives_the_same_colors() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("palette");
        let expected = palette("000000,ff8000,FFFFFF").unwrap();
        assert_eq!(expected.colors()[1], Color::opaque(255, 128, 0));
        assert_eq!(palette("#000000,#ff8000,#ffffff").unwrap(), expected);
        for content in [
            "000000\nff8000\nffffff\n",
            "#000000\r\n#FF8000\r\n\r\n#ffffff",
            "GIMP Palette\nName: three\nColumns: 3\n# colors\n  0   0   0\tBlack\n255 128 0 Orange\n255 255 255\n",
            "JASC-PAL\r\n0100\r\n3\r\n0 0 0\r\n255 128 0\r\n255 255 255\r\n",
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(palette(path.to_str().unwrap()).unwrap(), expected, "{content:?}");
        }
        assert_eq!(palette("gameboy").unwrap().colors().len(), 4);
    }

    #[test]
    fn what_is_no_palette_is_said_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("palette");
        std::fs::write(&path, "000000\nblue\n").unwrap();
        let error = palette(path.to_str().unwrap()).unwrap_err();
        assert_eq!(error.root_cause().to_string(), "line 2 is \"blue\", which is no color");
        std::fs::write(&path, "0".repeat(100_000)).unwrap();
        assert!(palette(path.to_str().unwrap()).unwrap_err().to_string().contains("64 KiB"));
        assert!(palette("no-such-name").unwrap_err().root_cause().to_string().contains("gameboy"));
        assert!(palette("ff0000").is_err(), "one color is no palette");
    }
}
