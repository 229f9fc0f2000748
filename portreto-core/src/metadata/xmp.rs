//! XMP packets (ISO 16684-1): XML that repeats much of what Exif says.

use std::borrow::Cow;

/// Packets that are larger are not kept: what takes more room are pictures within them.
const TOO_LARGE: usize = 1 << 20;

/// The property that repeats the orientation in Exif, as an attribute or an element.
const ORIENTATION: &[u8] = b"tiff:Orientation";

/// `packet` for a picture that is stored upright: its orientation, if it names one, is 1.
pub(super) fn upright(packet: &[u8]) -> Option<Cow<'_, [u8]>> {
    if packet.len() > TOO_LARGE {
        return None;
    }
    let mut changed = Cow::Borrowed(packet);
    for found in memchr::memmem::find_iter(packet, ORIENTATION) {
        let at = found + ORIENTATION.len();
        // `="6"` or `>6<`, with spaces around the sign that XML allows.
        let sign = packet[at..]
            .iter()
            .position(|byte| !(byte.is_ascii_whitespace() || b"=\"'>".contains(byte)));
        if let Some(sign) = sign.filter(|&sign| sign > 0)
            && (b'2'..=b'8').contains(&packet[at + sign])
        {
            changed.to_mut()[at + sign] = b'1';
        }
    }
    Some(changed)
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_orientation_becomes_upright_however_it_is_written() {
        for (packet, upright) in [
            ("<a tiff:Orientation=\"6\" x='6'/>", "<a tiff:Orientation=\"1\" x='6'/>"),
            ("<a tiff:Orientation = '8'/>", "<a tiff:Orientation = '1'/>"),
            ("<tiff:Orientation>3</tiff:Orientation>", "<tiff:Orientation>1</tiff:Orientation>"),
            ("<a tiff:Orientation=\"1\"/>6", "<a tiff:Orientation=\"1\"/>6"),
            ("tiff:Orientation", "tiff:Orientation"),
            ("tiff:Orientations=\"6\"", "tiff:Orientations=\"6\""),
        ] {
            let changed = super::upright(packet.as_bytes()).unwrap();
            assert_eq!(changed, upright.as_bytes(), "{packet}");
        }
    }
}
