//! Any bytes as a palette file: an answer, never a panic; and what was read can be written and read again.

use portreto_core::{
    ErrorKind,
    transform::{Palette, PaletteFormat},
};

/// The first bytes of each format, so that none has to be guessed.
const MAGIC: [&[u8]; 7] = [
    b"",
    b"GIMP Palette\n",
    b"JASC-PAL\n0100\n",
    b"RIFF\0\0\0\0PAL data",
    b"\0\x01\0\x03",
    b"\0\x02\0\x03",
    b"\x89PNG\r\n\x1A\n",
];

/// Reads `bytes` as every kind of palette file.
///
/// # Panics
///
/// When a promise is broken.
pub fn palette(bytes: &[u8]) {
    let Some((&choice, rest)) = bytes.split_last() else { return };
    check(bytes);
    check(&[MAGIC[usize::from(choice) % MAGIC.len()], rest].concat());
    // An Adobe table is told by its length.
    let mut table = bytes.to_vec();
    table.resize(if choice % 2 == 0 { 768 } else { 772 }, choice);
    check(&table);
}

fn check(bytes: &[u8]) {
    match Palette::from_bytes(bytes) {
        Ok(palette) => {
            for &format in PaletteFormat::ALL {
                let again = Palette::from_bytes(&palette.to_bytes(format));
                assert_eq!(again.expect("what was written can be read"), palette, "{format}");
            }
            let text = palette.to_string();
            assert_eq!(text.parse::<Palette>().expect("its text can be read"), palette);
        }
        Err(error) => assert_ne!(error.kind(), ErrorKind::Internal, "{error}"),
    }
}
