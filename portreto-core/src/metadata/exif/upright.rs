//! A block that is kept whole, made true of another picture.

use std::ops::Range;

use super::{
    Block,
    block::{Directory, LONG, SHORT},
    tag,
};

impl Block<'_> {
    /// The same block for a picture of `size` pixels that is stored upright: without the small picture in it, which shows
    /// another one. None when its directories are broken.
    pub(crate) fn upright(&self, size: (u32, u32)) -> Option<Vec<u8>> {
        let first = self.first()?;
        let mut bytes = self.bytes.to_vec();
        let exif = self.below(&first, tag::EXIF);
        let thumbnail = if first.next == 0 { None } else { self.directory(first.next) };
        if let Some(thumbnail) = thumbnail {
            self.clear(&thumbnail, &mut bytes);
        }
        if first.next != 0 {
            bytes.get_mut(first.place.end - 4..first.place.end)?.fill(0);
        }
        for (tag, at) in self.slots(&first) {
            match tag {
                tag::ORIENTATION => self.set(&mut bytes, at, SHORT, 1),
                tag::WIDTH => self.set(&mut bytes, at, LONG, size.0),
                tag::HEIGHT => self.set(&mut bytes, at, LONG, size.1),
                _ => {}
            }
        }
        for (tag, at) in exif.iter().flat_map(|exif| self.slots(exif)) {
            match tag {
                tag::PIXELS_ACROSS => self.set(&mut bytes, at, LONG, size.0),
                tag::PIXELS_DOWN => self.set(&mut bytes, at, LONG, size.1),
                _ => {}
            }
        }
        // In a block that was made to deceive, what was cleared is read as something else.
        let changed = Block { bytes: &bytes, ..*self };
        let is_upright = changed.first().is_some_and(|first| {
            let mut orientations =
                first.entries.iter().filter(|entry| entry.tag == tag::ORIENTATION);
            first.next == 0 && orientations.all(|entry| changed.number(entry) == Some(1))
        });
        is_upright.then_some(bytes)
    }

    /// Clears the directory of a small picture and its data, and cuts off what lies at the end of the block.
    fn clear(&self, thumbnail: &Directory, bytes: &mut Vec<u8>) {
        let number = |tag: u16| {
            let entry = thumbnail.entries.iter().find(|entry| entry.tag == tag)?;
            Some(self.number(entry)? as usize)
        };
        let mut cleared = vec![thumbnail.place.clone()];
        cleared.extend(thumbnail.entries.iter().map(|entry| entry.value.clone()));
        for (start, length) in
            [(tag::THUMBNAIL, tag::THUMBNAIL_BYTES), (tag::STRIPS, tag::STRIP_BYTES)]
        {
            if let (Some(start), Some(length)) = (number(start), number(length)) {
                cleared.push(start..start.saturating_add(length));
            }
        }
        let mut end = bytes.len();
        let within = |place: &Range<usize>| place.start.min(end)..place.end.min(end);
        let mut cleared: Vec<_> = cleared.iter().map(within).collect();
        cleared.sort_by_key(|place| (place.end, place.start));
        for place in cleared.into_iter().rev() {
            bytes[place.clone()].fill(0);
            if place.end >= end {
                end = end.min(place.start);
            }
        }
        bytes.truncate(end);
    }

    fn set(&self, bytes: &mut [u8], at: usize, kind: u16, value: u32) {
        let put = |bytes: &mut [u8], value: u32, n: usize| {
            let order = value.to_be_bytes();
            for (place, byte) in bytes[..n].iter_mut().enumerate() {
                let big = order[4 - n + place];
                let little = order[3 - place];
                *byte = if self.is_big_endian { big } else { little };
            }
        };
        let Some(place) = bytes.get_mut(at..at + 12) else { return };
        place[8..].fill(0);
        put(&mut place[2..], kind.into(), 2);
        put(&mut place[4..], 1, 4);
        put(&mut place[8..], value, if kind == SHORT { 2 } else { 4 });
    }
}
