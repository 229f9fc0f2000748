//! Which scans of a file are read, and into what.

use super::{
    Detail,
    bits::Stream,
    channel::{Channel, Plane},
    frame::Frame,
    huffman::{Ac, Dc},
    inverse::{Block, coefficient, mean},
    progressive::{DcPart, Kept, ac_scan, dc_scan},
    segments::{Next, ScanHeader, Segments, Tables},
    sequential::{self, Part},
    zigzag::{NATURAL, last_of},
};

/// Reads the scans that matter; see [`decode`](super::decode).
pub(super) fn read(bytes: &[u8], wanted: &[Detail], memory_bytes: u64) -> Option<Vec<Channel>> {
    let mut segments = Segments { bytes, at: 2 };
    let mut tables = Tables::default();
    let Next::Scan(first) = segments.next_scan(&mut tables)? else { return None };
    let frame = tables.frame.as_ref()?;
    let sides: Vec<_> = (frame.components.iter().enumerate())
        .map(|(place, component)| sides(wanted, place == 0, component.density))
        .collect();
    if bytes_of(frame, &sides) > memory_bytes {
        return None;
    }
    let mut channels: Vec<_> = (frame.components.iter().zip(&sides))
        .map(|(component, sides)| Channel {
            density: component.density,
            planes: sides.iter().map(|&side| Plane::new(component, side)).collect(),
        })
        .collect();
    let is_progressive = frame.is_progressive;
    if is_progressive {
        progressive(segments, &mut tables, first, &mut channels)?;
    } else {
        sequential(segments, &mut tables, first, &mut channels)?;
    }
    let frame = tables.frame.as_ref()?;
    for channel in &mut channels {
        for plane in &mut channel.planes {
            let scale = plane.side as f64 / 8.0;
            let (across, down) = channel.density;
            plane.cut(frame.width as f64 * across * scale, frame.height as f64 * down * scale);
        }
    }
    Some(channels)
}

/// The scales of one channel, smallest first.
fn sides(wanted: &[Detail], is_luma: bool, density: (f64, f64)) -> Vec<usize> {
    let mut sides: Vec<_> = wanted.iter().map(|detail| detail.side(is_luma, density)).collect();
    sides.sort_unstable();
    sides.dedup();
    sides
}

/// Memory for the planes, and for the coefficients of a progressive picture.
fn bytes_of(frame: &Frame, sides: &[Vec<usize>]) -> u64 {
    let channels = frame.components.iter().zip(sides).map(|(component, sides)| {
        let planes: u64 = sides.iter().map(|&side| Plane::bytes(component, side)).sum();
        let kept =
            if frame.is_progressive { Kept::bytes(component, n_coefficients(sides)) } else { 0 };
        planes + kept
    });
    channels.sum()
}

/// Coefficients that are kept of each block of a progressive picture.
fn n_coefficients(sides: &[usize]) -> usize {
    if sides == [1] { 1 } else { 64 }
}

fn sequential(
    mut segments: Segments<'_>,
    tables: &mut Tables,
    first: ScanHeader,
    channels: &mut [Channel],
) -> Option<()> {
    let mut header = first;
    let mut is_read = vec![false; channels.len()];
    loop {
        let frame = tables.frame.as_ref()?;
        let mut parts = Vec::new();
        let mut planes: Vec<_> =
            channels.iter_mut().map(|channel| Some(&mut *channel.planes)).collect();
        for &(place, dc, ac) in &header.components {
            let component = &frame.components[place];
            if std::mem::replace(&mut is_read[place], true) {
                return None;
            }
            parts.push(Part {
                component,
                divisors: tables.quantization.get(component.table)?.as_ref()?,
                dc: Dc::new(tables.dc.get(dc)?.as_ref()?),
                ac: Ac::new(tables.ac.get(ac)?.as_ref()?),
                planes: planes[place].take()?,
            });
        }
        let stream = Stream::new(segments.bytes, segments.at);
        segments.at = sequential::scan(stream, &mut parts, frame.units, tables.restart_interval)?;
        if is_read.iter().all(|&is_read| is_read) {
            return Some(());
        }
        let Next::Scan(next) = segments.next_scan(tables)? else { return None };
        header = next;
    }
}

fn progressive(
    mut segments: Segments<'_>,
    tables: &mut Tables,
    first: ScanHeader,
    channels: &mut [Channel],
) -> Option<()> {
    let frame = tables.frame.as_ref()?;
    let n_coefficients = |channel: &Channel| {
        n_coefficients(&channel.planes.iter().map(|plane| plane.side).collect::<Vec<_>>())
    };
    let mut kept: Vec<_> = (frame.components.iter().zip(&*channels))
        .map(|(component, channel)| Kept::new(component, n_coefficients(channel)))
        .collect();
    let mut divisors = vec![None; channels.len()];
    let lasts = lasts(segments.bytes, channels)?;
    let mut next = Next::Scan(first);
    while let Next::Scan(header) = next {
        let frame = tables.frame.as_ref()?;
        for &(place, ..) in &header.components {
            // Those of the first scan are meant, whatever comes later.
            let table = frame.components[place].table;
            divisors[place] = divisors[place].or(*tables.quantization.get(table)?);
        }
        let is_needed = header.components.iter().any(|&(place, ..)| header.band.0 <= lasts[place]);
        if is_needed {
            segments.at = progressive_scan(&segments, tables, &header, &mut kept)?;
        } else {
            segments.skip_scan();
        }
        let is_whole = |(kept, &last): (&Kept, &usize)| {
            kept.missing[..=last].iter().all(|missing| *missing == Some(0))
        };
        if kept.iter().zip(&lasts).all(is_whole) {
            break;
        }
        next = segments.next_scan(tables)?;
    }
    // What has no DC has no picture.
    let is_there = kept.iter().all(|kept| kept.missing[0].is_some());
    is_there.then_some(())?;
    let frame = tables.frame.as_ref()?;
    let components = frame.components.iter().zip(&kept);
    for (((component, kept), channel), divisors) in components.zip(channels).zip(divisors) {
        let divisors = divisors?;
        if let ([only], 1) = (&mut channel.planes[..], kept.n_coefficients) {
            for (sample, &value) in only.samples.iter_mut().zip(&kept.blocks) {
                *sample = mean(value.into(), divisors[0].into());
            }
            continue;
        }
        let mut factors = [0; 64];
        for (&place, divisor) in NATURAL.iter().zip(divisors) {
            factors[usize::from(place)] = divisor;
        }
        for (at, values) in kept.blocks.chunks_exact(kept.n_coefficients).enumerate() {
            let place = (at % component.blocks.0, at / component.blocks.0);
            let mut block: Block = [0; 64];
            for ((to, &value), &factor) in block.iter_mut().zip(values).zip(&factors) {
                *to = coefficient(value.into(), factor);
            }
            for plane in &mut channel.planes {
                plane.put(&block, place);
            }
        }
    }
    Some(())
}

fn progressive_scan(
    segments: &Segments<'_>,
    tables: &Tables,
    header: &ScanHeader,
    kept: &mut [Kept],
) -> Option<usize> {
    let frame = tables.frame.as_ref()?;
    let stream = Stream::new(segments.bytes, segments.at);
    for &(place, ..) in &header.components {
        kept[place].advance(header)?;
    }
    if header.band.0 > 0 {
        let &[(place, _, ac)] = &header.components[..] else { return None };
        let code = tables.ac.get(ac)?.as_ref()?;
        let interval = tables.restart_interval;
        return ac_scan(stream, &frame.components[place], &mut kept[place], code, header, interval);
    }
    if header.band.1 > 0 {
        return None;
    }
    let mut all: Vec<_> = kept.iter_mut().map(Some).collect();
    let mut parts = Vec::new();
    for &(place, dc, _) in &header.components {
        let code = match header.precision.0 {
            0 => Some(Dc::new(tables.dc.get(dc)?.as_ref()?)),
            _ => None,
        };
        let component = &frame.components[place];
        parts.push(DcPart { component, kept: all[place].take()?, code, predicted: 0 });
    }
    dc_scan(stream, &mut parts, frame.units, tables.restart_interval, header.precision.1)
}

/// The last zigzag index of each channel that must be read: that of its largest plane, and as far as the
/// refinements reach that bear upon it.
fn lasts(bytes: &[u8], channels: &[Channel]) -> Option<Vec<usize>> {
    let mut lasts: Vec<_> = (channels.iter())
        .map(|channel| channel.planes.last().map_or(0, |plane| last_of(plane.side)))
        .collect();
    if lasts.iter().all(|&last| last == 0) {
        return Some(lasts);
    }
    let mut segments = Segments { bytes, at: 2 };
    let mut tables = Tables::default();
    let mut headers = Vec::new();
    while let Next::Scan(header) = segments.next_scan(&mut tables)? {
        segments.skip_scan();
        headers.push(header);
    }
    for header in headers.iter().cycle().take(headers.len() * 64) {
        let [(place, ..)] = header.components[..] else { continue };
        let last = &mut lasts[place];
        if *last > 0 && header.precision.0 > 0 && header.band.0 <= *last {
            *last = header.band.1.max(*last);
        }
    }
    Some(lasts)
}
