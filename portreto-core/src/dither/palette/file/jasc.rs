//! JASC Paint Shop Pro's palette: `JASC-PAL`, a version, the number of colors, and lines of `R G B`.

use std::fmt::Write as _;

use super::{Distinct, damaged, no_color, triple};
use crate::{error::Result, transform::Color};

pub(super) const MAGIC: &str = "JASC-PAL";

pub(super) fn read(text: &str, colors: &mut Distinct) -> Result<()> {
    let mut lines = text.lines().map(str::trim).enumerate();
    let mut header = || lines.next().map_or("", |(_, line)| line);
    let (_, version, count) = (header(), header(), header());
    if version != "0100" {
        return Err(damaged("JASC", format_args!("line 2 is {version:.40?}, but must be 0100")));
    }
    let expected = count.parse::<usize>().map_err(|_| {
        damaged("JASC", format_args!("line 3 is {count:.40?}, but must be the number of colors"))
    })?;
    let mut found = 0;
    for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match triple(line) {
            Some((color, "")) => colors.push(color)?,
            _ => return Err(no_color("JASC", index, line)),
        }
        found += 1;
    }
    if found != expected {
        let what = format_args!("line 3 counts {expected} colors, but {found} follow");
        return Err(damaged("JASC", what));
    }
    Ok(())
}

pub(super) fn write(colors: &[Color]) -> String {
    let mut text = format!("{MAGIC}\r\n0100\r\n{}\r\n", colors.len());
    for color in colors {
        let [red, green, blue, _] = color.rgba();
        // Writing to a string cannot fail.
        let _ = write!(text, "{red} {green} {blue}\r\n");
    }
    text
}
