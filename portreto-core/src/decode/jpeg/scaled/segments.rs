//! The segments between scans (ITU-T T.81, annex B), and the tables that they define.

use super::{frame::Frame, huffman::Code};

/// What the segments before a scan have said so far.
#[derive(Default)]
pub(super) struct Tables {
    /// Divisors by zigzag index.
    pub(super) quantization: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Code>; 4],
    pub(super) ac: [Option<Code>; 4],
    /// Units between restart markers; 0 for none.
    pub(super) restart_interval: usize,
    pub(super) frame: Option<Frame>,
}

/// One scan's header.
pub(super) struct ScanHeader {
    /// Place in the frame, table of DC codes, table of AC codes.
    pub(super) components: Vec<(usize, usize, usize)>,
    /// First and last zigzag index.
    pub(super) band: (usize, usize),
    /// Bits above which the values were sent before, and above which they are sent now.
    pub(super) precision: (u8, u8),
}

/// What comes behind some segments.
pub(super) enum Next {
    Scan(ScanHeader),
    End,
}

/// A walk over the bytes of a file.
pub(super) struct Segments<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Segments<'_> {
    /// Reads segments into `tables` up to the next scan or the end; none for what cannot be read.
    pub(super) fn next_scan(&mut self, tables: &mut Tables) -> Option<Next> {
        loop {
            let Some(marker) = self.marker() else { return Some(Next::End) };
            match marker {
                0xD9 => return Some(Next::End),
                // Markers without content.
                0x01 | 0xD0..=0xD8 => continue,
                _ => {}
            }
            let length: [u8; 2] = self.bytes.get(self.at..self.at + 2)?.try_into().ok()?;
            let end = self.at + usize::from(u16::from_be_bytes(length));
            let content = self.bytes.get(self.at + 2..end)?;
            self.at = end;
            match marker {
                0xC4 => tables.add_codes(content)?,
                0xDB => tables.add_divisors(content)?,
                0xDD => tables.restart_interval = be16(content, 0)?.into(),
                0xC0..=0xC2 if tables.frame.is_none() => {
                    tables.frame = Some(Frame::read(content, marker == 0xC2)?);
                }
                // Lossless, hierarchical, arithmetic; a second frame; a height that comes later.
                0xC0..=0xCF | 0xDC => return None,
                0xDA => {
                    let header = ScanHeader::read(content, tables.frame.as_ref()?)?;
                    return Some(Next::Scan(header));
                }
                _ => {}
            }
        }
    }

    /// Goes past the data of a scan, to the marker behind it.
    pub(super) fn skip_scan(&mut self) {
        let ends = |&at: &usize| {
            let next = self.bytes.get(self.at + at + 1);
            !matches!(next, Some(0 | 0xFF | 0xD0..=0xD7) | None)
        };
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr_iter(0xFF, rest).find(ends).unwrap_or(rest.len());
    }

    /// The next marker; bytes that belong to nothing are passed over.
    fn marker(&mut self) -> Option<u8> {
        loop {
            self.at += memchr::memchr(0xFF, self.bytes.get(self.at..)?)?;
            match *self.bytes.get(self.at + 1)? {
                0xFF => self.at += 1,
                0 => self.at += 2,
                marker => {
                    self.at += 2;
                    return Some(marker);
                }
            }
        }
    }
}

impl Tables {
    /// T.81, B.2.4.1.
    fn add_divisors(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((&head, rest)) = content.split_first() {
            let table = self.quantization.get_mut(usize::from(head & 15))?;
            let wide = head >> 4 != 0;
            let (values, rest) = rest.split_at_checked(if wide { 128 } else { 64 })?;
            let mut divisors = [0; 64];
            for (at, divisor) in divisors.iter_mut().enumerate() {
                *divisor = if wide { be16(values, 2 * at)? } else { values[at].into() };
            }
            *table = Some(divisors);
            content = rest;
        }
        Some(())
    }

    /// T.81, B.2.4.2.
    fn add_codes(&mut self, mut content: &[u8]) -> Option<()> {
        while let Some((&head, rest)) = content.split_first() {
            let (lengths, rest) = rest.split_first_chunk::<16>()?;
            let n_symbols = lengths.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(n_symbols)?;
            let code = Code::new(lengths, symbols)?;
            let tables = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(head & 15))? = Some(code);
            content = rest;
        }
        Some(())
    }
}

impl ScanHeader {
    /// T.81, B.2.3.
    fn read(content: &[u8], frame: &Frame) -> Option<Self> {
        let (&count, rest) = content.split_first()?;
        let (named, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let mut components: Vec<(usize, usize, usize)> = Vec::new();
        for pair in named.chunks_exact(2) {
            let place = frame.components.iter().position(|component| component.id == pair[0])?;
            if components.iter().any(|&(other, ..)| other == place) {
                return None;
            }
            components.push((place, usize::from(pair[1] >> 4), usize::from(pair[1] & 15)));
        }
        let &[first, last, precision, ..] = rest else { return None };
        let band = if frame.is_progressive { (first.into(), last.into()) } else { (0, 63) };
        let is_sound = band.0 <= band.1 && band.1 < 64 && precision & 15 < 14;
        (is_sound && !components.is_empty()).then_some(Self {
            components,
            band,
            precision: (precision >> 4, precision & 15),
        })
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}
