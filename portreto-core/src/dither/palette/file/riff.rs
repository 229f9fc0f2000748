//! Microsoft's RIFF palette ("Multimedia Programming Interface and Data Specifications 1.0", 1991, "Palette File
//! Format"): a form `PAL ` whose chunk `data` is a LOGPALETTE: version 0x0300, a count, and as many red, green, blue,
//! flags.

use super::{Distinct, damaged, fields::Fields};
use crate::{error::Result, transform::Color};

pub(super) fn read(bytes: &[u8], colors: &mut Distinct) -> Result<()> {
    let mut file = Fields::new(bytes, "RIFF");
    file.slice(8)?;
    let form = file.slice(4)?;
    if form != b"PAL " {
        let form = String::from_utf8_lossy(form);
        return Err(damaged("RIFF", format_args!("is a {form:?} file, but must be a \"PAL \"")));
    }
    loop {
        let id = file.slice(4)?;
        let length = file.le32()? as usize;
        if id == b"data" {
            break;
        }
        // Chunks begin at even places.
        file.slice(length.saturating_add(length % 2))?;
    }
    let version = file.le16()?;
    if version != 0x0300 {
        let what = format_args!("is of version {version:#06x}, but must be 0x0300");
        return Err(damaged("RIFF", what));
    }
    let n_colors = usize::from(file.le16()?);
    let (entries, _) = file.slice(4 * n_colors)?.as_chunks::<4>();
    for &[red, green, blue, _] in entries {
        colors.push(Color::opaque(red, green, blue))?;
    }
    Ok(())
}
