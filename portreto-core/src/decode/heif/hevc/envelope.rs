//! The smallest HEIF file that there is around one coded picture (ISO/IEC 23008-12, section 6; ISO/IEC 14496-12, section 8.11).

use super::units::Coded;

/// A file of one item and nothing else.
pub(super) fn around(coded: &Coded) -> Vec<u8> {
    let kind = boxed(*b"ftyp", &[&b"heic\0\0\0\0mif1heic"[..]]);
    let size = [coded.shown.0, coded.shown.1].map(u32::to_be_bytes).concat();
    let properties =
        boxed(*b"ipco", &[&boxed(*b"hvcC", &[&coded.configuration]), &full(*b"ispe", 0, &[&size])]);
    // One item with two properties: the first must be understood.
    let uses = full(*b"ipma", 0, &[&[0, 0, 0, 1, 0, 1, 2, 0x81, 2]]);
    let entry = full(*b"infe", 2, &[&[0, 1, 0, 0], b"hvc1\0"]);
    let mut meta = [
        full(*b"hdlr", 0, &[&[0; 4], b"pict", &[0; 13]]),
        full(*b"pitm", 0, &[&[0, 1]]),
        full(*b"iinf", 0, &[&[0, 1], &entry]),
        boxed(*b"iprp", &[&properties, &uses]),
    ]
    .concat();
    // The place is one of the last numbers of `meta`, and the box of 8 bytes follows before the code itself.
    let place = |offset: usize| {
        let extent = [offset as u32, coded.code.len() as u32].map(u32::to_be_bytes).concat();
        full(*b"iloc", 0, &[&[0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1], &extent])
    };
    let meta_bytes = 12 + meta.len() + place(0).len();
    meta.extend(place(kind.len() + meta_bytes + 8));
    [kind, full(*b"meta", 0, &[&meta]), boxed(*b"mdat", &[&coded.code])].concat()
}

fn boxed(kind: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&(content.len() as u32 + 8).to_be_bytes()[..], &kind, &content].concat()
}

fn full(kind: [u8; 4], version: u8, parts: &[&[u8]]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, 0], &parts.concat()])
}
