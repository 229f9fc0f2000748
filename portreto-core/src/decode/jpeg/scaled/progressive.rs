//! The scans of a progressive frame (ITU-T T.81, annex G): those that matter to what is wanted.
//!
//! A component of which only means are wanted needs its DC scans alone, which come first. For more, its AC
//! scans of the lowest frequencies are needed, and with them every scan that their refinements look back at.

use super::{
    bits::{Stream, Window},
    frame::Component,
    huffman::{Code, Dc, extended},
    segments::ScanHeader,
    zigzag::NATURAL,
};

/// What has been read of a component.
pub(super) struct Kept {
    /// Blocks of `n_coefficients` coefficients in natural order, not yet multiplied.
    pub(super) blocks: Vec<i16>,
    /// 1 or 64.
    pub(super) n_coefficients: usize,
    /// Bits that each coefficient still lacks; none before its first scan.
    pub(super) missing: [Option<u8>; 64],
}

impl Kept {
    pub(super) fn new(component: &Component, n_coefficients: usize) -> Self {
        let n_blocks = component.blocks.0 * component.blocks.1;
        Self { blocks: vec![0; n_blocks * n_coefficients], n_coefficients, missing: [None; 64] }
    }

    /// Bytes of a component.
    pub(super) fn bytes(component: &Component, n_coefficients: usize) -> u64 {
        (component.blocks.0 * component.blocks.1 * n_coefficients * 2) as u64
    }

    /// Notes what a scan brings; none when it does not follow from what came before.
    pub(super) fn advance(&mut self, header: &ScanHeader) -> Option<()> {
        let (above, below) = header.precision;
        for missing in &mut self.missing[header.band.0..=header.band.1] {
            let follows = match missing {
                None => above == 0,
                Some(missing) => *missing == above && below + 1 == above,
            };
            follows.then_some(())?;
            *missing = Some(below);
        }
        Some(())
    }
}

/// One component of a scan of DC coefficients.
pub(super) struct DcPart<'a> {
    pub(super) component: &'a Component,
    pub(super) kept: &'a mut Kept,
    /// None when one bit of each is refined.
    pub(super) code: Option<Dc>,
    pub(super) predicted: i32,
}

/// Reads a scan of DC coefficients; where it ends in the file.
pub(super) fn dc_scan(
    (mut stream, mut window): (Stream<'_>, Window),
    parts: &mut [DcPart<'_>],
    units: (usize, usize),
    restart_interval: usize,
    below: u8,
) -> Option<usize> {
    let is_alone = parts.len() == 1;
    let (across, down) = if is_alone { parts[0].component.own_blocks } else { units };
    // Which part, and the place of each of a unit's blocks in it.
    let mut slots = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let (h, v) = if is_alone { (1, 1) } else { part.component.sampling };
        for (y, x) in (0..v).flat_map(|y| (0..h).map(move |x| (y, x))) {
            slots.push((at, h, v, (y * part.component.blocks.0 + x) * part.kept.n_coefficients));
        }
    }
    let mut n_units = 0;
    for y in 0..down {
        for x in 0..across {
            if restart_interval > 0 && n_units > 0 && n_units % restart_interval == 0 {
                window = stream.restart(window, n_units / restart_interval - 1)?;
                for part in &mut *parts {
                    part.predicted = 0;
                }
            }
            n_units += 1;
            window = stream.ready(window)?;
            for &(at, h, v, first) in &slots {
                let DcPart { component, kept, code, predicted } = parts.get_mut(at)?;
                let block = y * v * component.blocks.0 + x * h;
                let to = kept.blocks.get_mut(first + block * kept.n_coefficients)?;
                window.refill(stream.chunk());
                if let Some(code) = code {
                    let (difference, used) = code.difference(window.bits)?;
                    window.consume(used);
                    *predicted = predicted.wrapping_add(difference);
                    *to = (*predicted << below) as i16;
                } else {
                    *to |= (window.take(1) << below) as i16;
                }
            }
        }
    }
    stream.finish(window)
}

/// Reads a scan of AC coefficients of one component; where it ends in the file.
pub(super) fn ac_scan(
    (mut stream, mut window): (Stream<'_>, Window),
    component: &Component,
    kept: &mut Kept,
    code: &Code,
    header: &ScanHeader,
    restart_interval: usize,
) -> Option<usize> {
    let mut band = Band {
        code,
        first: header.band.0,
        last: header.band.1,
        below: header.precision.1,
        n_ended: 0,
    };
    let refines = header.precision.0 > 0;
    let (across, down) = component.own_blocks;
    let mut n_units = 0;
    for y in 0..down {
        for x in 0..across {
            if restart_interval > 0 && n_units > 0 && n_units % restart_interval == 0 {
                window = stream.restart(window, n_units / restart_interval - 1)?;
                band.n_ended = 0;
            }
            n_units += 1;
            window = stream.ready(window)?;
            let at = (y * component.blocks.0 + x) * kept.n_coefficients;
            let block = kept.blocks.get_mut(at..)?.first_chunk_mut::<64>()?;
            if refines {
                band.refine(&mut window, &stream, block)?;
            } else {
                band.read(&mut window, &stream, block)?;
            }
        }
    }
    stream.finish(window)
}

/// The state of a scan of AC coefficients.
struct Band<'a> {
    code: &'a Code,
    first: usize,
    last: usize,
    below: u8,
    /// Blocks to come that have nothing new.
    n_ended: u32,
}

impl Band<'_> {
    /// T.81, G.1.2.2.
    fn read(
        &mut self,
        window: &mut Window,
        stream: &Stream<'_>,
        block: &mut [i16; 64],
    ) -> Option<()> {
        if self.n_ended > 0 {
            self.n_ended -= 1;
            return Some(());
        }
        let mut at = self.first;
        while at <= self.last {
            window.refill(stream.chunk());
            let (length, symbol) = self.code.symbol(window.bits)?;
            window.consume(length);
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && run < 15 {
                self.n_ended = (1 << run) - 1 + window.take(run);
                break;
            }
            at += run as usize;
            if size > 0 {
                let value = extended(window.bits, size);
                window.consume(size);
                *block.get_mut(usize::from(*NATURAL.get(at)?))? = (value << self.below) as i16;
            }
            at += 1;
        }
        Some(())
    }

    /// T.81, G.1.2.3.
    fn refine(
        &mut self,
        window: &mut Window,
        stream: &Stream<'_>,
        block: &mut [i16; 64],
    ) -> Option<()> {
        let bit = 1_i16 << self.below;
        let mut at = self.first;
        if self.n_ended == 0 {
            while at <= self.last {
                window.refill(stream.chunk());
                let (length, symbol) = self.code.symbol(window.bits)?;
                window.consume(length);
                let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                let mut new = 0;
                if size == 1 {
                    new = if window.take(1) == 1 { bit } else { -bit };
                } else if size != 0 {
                    return None;
                } else if run < 15 {
                    self.n_ended = (1 << run) + window.take(run);
                    break;
                }
                // The new value goes behind so many zeros; what is not zero is refined on the way.
                let mut zeros = run;
                while at <= self.last {
                    let coefficient = &mut block[usize::from(NATURAL[at])];
                    if *coefficient != 0 {
                        correct(coefficient, bit, window, stream);
                    } else if zeros == 0 {
                        *coefficient = new;
                        break;
                    } else {
                        zeros -= 1;
                    }
                    at += 1;
                }
                at += 1;
            }
        }
        if self.n_ended > 0 {
            self.n_ended -= 1;
            for &place in NATURAL.get(at..=self.last).unwrap_or_default() {
                let coefficient = &mut block[usize::from(place)];
                if *coefficient != 0 {
                    correct(coefficient, bit, window, stream);
                }
            }
        }
        Some(())
    }
}

/// Adds a bit to what is not zero.
fn correct(coefficient: &mut i16, bit: i16, window: &mut Window, stream: &Stream<'_>) {
    window.refill(stream.chunk());
    if window.take(1) == 1 && *coefficient & bit == 0 {
        let sign = if *coefficient < 0 { -bit } else { bit };
        *coefficient = coefficient.wrapping_add(sign);
    }
}
