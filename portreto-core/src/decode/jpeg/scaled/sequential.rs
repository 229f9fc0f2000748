//! The scan of a sequential frame (ITU-T T.81, annex F): every symbol is read, few are looked at.

use super::{
    bits::{Chunk, Stream, Window},
    channel::Plane,
    frame::Component,
    huffman::{Ac, Dc, END},
    inverse::{Block, coefficient, mean},
    zigzag::{NATURAL, last_of},
};

/// One component of a scan.
pub(super) struct Part<'a> {
    pub(super) component: &'a Component,
    pub(super) divisors: &'a [u16; 64],
    pub(super) dc: Dc,
    pub(super) ac: Ac,
    pub(super) planes: &'a mut [Plane],
}

/// A block's place in a unit, and all that is asked of it for each block: what happens between one block and the
/// next is a good part of the time.
struct Slot<'a> {
    dc: &'a Dc,
    ac: &'a Ac,
    divisors: &'a [u16; 64],
    /// Which component.
    part: usize,
    /// Whether one sample a block is all that is wanted.
    is_mean: bool,
    /// The block's place in its component, and how far it is from a unit to the next.
    place: (usize, usize),
    step: (usize, usize),
    n_across: usize,
    /// The place in the first unit.
    first: (usize, usize),
}

/// Reads a scan; where it ends in the file.
pub(super) fn scan(
    (mut stream, mut window): (Stream<'_>, Window),
    parts: &mut [Part<'_>],
    units: (usize, usize),
    restart_interval: usize,
) -> Option<usize> {
    let is_alone = parts.len() == 1;
    let (across, down) = if is_alone { parts[0].component.own_blocks } else { units };
    let mut slots = Vec::new();
    let mut outputs: Vec<&mut [Plane]> = Vec::new();
    for (at, Part { component, divisors, dc, ac, planes }) in parts.iter_mut().enumerate() {
        let (h, v) = if is_alone { (1, 1) } else { component.sampling };
        let is_mean = matches!(**planes, [Plane { side: 1, .. }]);
        let n_across = component.blocks.0;
        for first in (0..v).flat_map(|y| (0..h).map(move |x| (x, y))) {
            let (place, step) = (first, (h, v));
            slots.push(Slot { dc, ac, divisors, part: at, is_mean, place, step, n_across, first });
        }
        outputs.push(planes);
    }
    let mut predicted = [0_i32; 4];
    let mut n_to_restart = restart_interval;
    let mut n_restarts = 0;
    for y in 0..down {
        for slot in &mut slots {
            slot.place = (slot.first.0, slot.first.1 + y * slot.step.1);
        }
        for _ in 0..across {
            if restart_interval > 0 {
                if n_to_restart == 0 {
                    window = stream.restart(window, n_restarts)?;
                    predicted = [0; 4];
                    n_restarts += 1;
                    n_to_restart = restart_interval;
                }
                n_to_restart -= 1;
            }
            window = stream.ready(window)?;
            for slot in &mut slots {
                window.refill(stream.chunk());
                let (difference, used) = slot.dc.difference(window.bits)?;
                window.consume(used);
                let value = &mut predicted[slot.part & 3];
                *value = value.wrapping_add(difference);
                let planes = outputs.get_mut(slot.part)?;
                if slot.is_mean {
                    let sample = mean(*value, slot.divisors[0].into());
                    let at = slot.place.1 * slot.n_across + slot.place.0;
                    *planes.first_mut()?.samples.get_mut(at)? = sample;
                    window = slot.ac.pass(window, stream.chunk(), 0);
                } else {
                    window = detailed(window, stream.chunk(), slot, *value, planes);
                }
                slot.place.0 += slot.step.0;
            }
        }
    }
    stream.finish(window)
}

/// The rest of a block of which some coefficients are wanted.
fn detailed(
    mut window: Window,
    chunk: &Chunk,
    slot: &Slot<'_>,
    dc: i32,
    planes: &mut [Plane],
) -> Window {
    let Slot { ac, divisors, .. } = slot;
    let mut block: Block = [0; 64];
    block[0] = coefficient(dc, divisors[0]);
    let last = last_of(planes.last().map_or(1, |plane| plane.side));
    let mut at = 0;
    while at < last {
        window.refill(chunk);
        let Some((advance, value, used)) = ac.value(window.bits) else { return Window::SPOILED };
        window.consume(used);
        at += advance;
        if at < 64 {
            block[usize::from(NATURAL[at])] = coefficient(value, divisors[at]);
        } else if advance == END {
            break;
        } else {
            return Window::SPOILED;
        }
    }
    for plane in planes {
        plane.put(&block, slot.place);
    }
    if at < 63 { ac.pass(window, chunk, at) } else { window }
}
