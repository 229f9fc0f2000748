//! One band: as many rows as there are lanes, a step at a time.

use super::{
    choose::{Choose, Out},
    lanes::{BLOCK, Chunk, Code, Columns, LAST, Lanes, Rows, Values},
    line::Line,
    spread::{Shape, Spread, Way, unrolled},
};
use crate::dither::{kernel::MAX_REACH, scale::ONE};

/// The picture, and how its samples are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Picture<'a> {
    /// Rows of `width` pixels of `C` samples.
    pub(crate) samples: &'a [u8],
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: &'a Values,
    /// How much of an error is given on.
    pub(crate) strength: i32,
}

/// What is needed while a band is dithered; bands may follow each other in the same.
pub(crate) struct Scratch<L: Lanes, const C: usize> {
    chunks: [Vec<Chunk>; C],
    columns: [L::Samples; C],
    errors: [Box<[[i16; LAST]; BLOCK]>; C],
    codes: L::Codes,
    bits: Box<[u64; BLOCK]>,
    /// For each lane, the bits that belong to the next word of its row.
    carried: Box<[u64; BLOCK]>,
    /// For each lane, by how much its words are shifted.
    shifts: Box<[u32; BLOCK]>,
    entering: [[[i16; BLOCK]; 3]; C],
}

impl<L: Lanes, const C: usize> Scratch<L, C> {
    pub(crate) fn new() -> Self {
        Self {
            chunks: std::array::from_fn(|_| vec![[0; BLOCK]; L::N]),
            columns: std::array::from_fn(|_| L::Samples::new()),
            errors: std::array::from_fn(|_| Box::new([[0; LAST]; BLOCK])),
            codes: L::Codes::new(),
            bits: Box::new([0; BLOCK]),
            carried: Box::new([0; BLOCK]),
            shifts: Box::new([0; BLOCK]),
            entering: [[[0; BLOCK]; 3]; C],
        }
    }
}

/// The band that is dithered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Band<'a> {
    /// Its first row.
    pub(crate) top: usize,
    /// The errors of the band before it.
    pub(crate) before: Option<&'a Line>,
    /// Where its own go.
    pub(crate) after: &'a Line,
}

/// The step at which a lane begins.
fn offset(lane: usize, shape: &Shape) -> usize {
    MAX_REACH + 2 + lane * shape.lag
}

/// Steps of a band, to the end of its last row.
pub(crate) fn n_steps(width: usize, n_lanes: usize, shape: &Shape) -> usize {
    width + offset(n_lanes - 1, shape)
}

/// Dithers a band into `rows`, which are zero: packed bits, or codes, row after row.
#[inline(always)]
pub(crate) fn dither<L: Lanes, H: Choose<L, C>, const C: usize>(
    lanes: L,
    scratch: &mut Scratch<L, C>,
    picture: &Picture<'_>,
    spread: impl Spread,
    choose: H,
    band: Band<'_>,
    rows: &mut [u8],
) {
    let width = picture.width;
    let offset = |lane: usize| offset(lane, spread.shape());
    let n_steps = n_steps(width, L::N, spread.shape());
    let mut ways = [Way::new(lanes.splat(0)); C];
    let offsets = offsets(lanes, spread.shape().lag);
    scratch.carried.fill(0);
    for (lane, shift) in scratch.shifts.iter_mut().enumerate() {
        // Where, of 64 columns, a block of steps begins in this lane.
        *shift = (BLOCK - offset(lane) % BLOCK) as u32 % BLOCK as u32;
    }
    let mut start = 0;
    while start < n_steps {
        let is_inside = start >= offset(L::N - 1) && start + BLOCK <= width;
        read(lanes, scratch, picture, band.top, (start, is_inside), offset);
        enter(lanes, scratch, picture, spread, band.before, start);
        let edges = (start, offsets);
        let ahead = Ahead::new::<C>((band.top, start), width, spread.shape(), rows);
        let ways = &mut ways;
        let steps =
            Steps { lanes, scratch: &mut *scratch, ways, picture, spread, choose, edges, ahead };
        if is_inside {
            lanes.apart(Inside(steps));
        } else {
            lanes.apart(Edge(steps));
        }
        for (channel, errors) in scratch.errors.iter().enumerate() {
            band.after.set(channel, start, errors);
        }
        band.after.publish((start + BLOCK).saturating_sub(offset(L::N - 1)));
        write::<L, H, C>(lanes, scratch, width, (start, is_inside), offset, rows);
        start += BLOCK;
    }
    if <H::Out as Out<L>>::IS_BITS {
        for (lane, row) in rows.chunks_exact_mut(width.div_ceil(8)).enumerate() {
            let column = start.saturating_sub(offset(lane));
            put_bits(row, width, column - column % BLOCK, scratch.carried[lane].to_be());
        }
    }
}

/// How many blocks ahead of its use a sample is asked for: as long as memory takes, and not so long that the nearest
/// memory forgets it.
const BLOCKS_AHEAD: usize = 2;

/// Reads the samples of a block of steps.
#[inline(always)]
fn read<L: Lanes, const C: usize>(
    lanes: L,
    scratch: &mut Scratch<L, C>,
    picture: &Picture<'_>,
    top: usize,
    (start, is_inside): (usize, bool),
    offset: impl Fn(usize) -> usize,
) {
    let row_samples = picture.width * C;
    let is_whole = is_inside && top + L::N <= picture.height;
    if is_whole {
        let first = top * row_samples + C * (start - offset(0));
        let stride = row_samples - C * (offset(1) - offset(0));
        if C == 1 {
            let rows = Rows { samples: picture.samples, first, stride };
            lanes.columns(rows, picture.values, &mut scratch.columns[0]);
            return;
        }
        for lane in 0..L::N {
            let pixels = &picture.samples[first + lane * stride..];
            split(lanes, pixels.first_chunk().expect("a block"), &mut scratch.chunks, lane);
        }
    } else {
        for lane in 0..L::N {
            let y = (top + lane).min(picture.height - 1);
            let row = &picture.samples[y * row_samples..][..row_samples];
            let column = start as isize - offset(lane) as isize;
            if C == 1 {
                chunk(row, column, &mut scratch.chunks[0][lane]);
            } else {
                let mut pixels = [0; 3 * BLOCK];
                chunk(row, 3 * column, &mut pixels);
                split(lanes, &pixels, &mut scratch.chunks, lane);
            }
        }
    }
    for (columns, chunks) in scratch.columns.iter_mut().zip(&scratch.chunks) {
        let rows = Rows { samples: chunks.as_flattened(), first: 0, stride: BLOCK };
        lanes.columns(rows, picture.values, columns);
    }
}

/// Takes the samples of a lane apart.
#[inline(always)]
fn split<L: Lanes, const C: usize>(
    lanes: L,
    pixels: &[u8; 3 * BLOCK],
    chunks: &mut [Vec<Chunk>; C],
    lane: usize,
) {
    if let [red, green, blue] = &mut chunks[..] {
        lanes.split(pixels, [&mut red[lane], &mut green[lane], &mut blue[lane]]);
    }
}

/// Reads a part of a row that may begin before it and end behind it; what is outside is any number.
#[inline(always)]
fn chunk<const N: usize>(row: &[u8], start: isize, to: &mut [u8; N]) {
    let inside = usize::try_from(start).ok().and_then(|start| row.get(start..start + N));
    if let Some(inside) = inside.and_then(|inside| inside.first_chunk()) {
        *to = *inside;
        return;
    }
    let first = start.clamp(0, row.len() as isize);
    let end = (start + N as isize).clamp(0, row.len() as isize);
    if first < end {
        to[(first - start) as usize..(end - start) as usize]
            .copy_from_slice(&row[first as usize..end as usize]);
    }
}

/// Computes what the rows above give to this block of steps, when they are done.
#[inline(always)]
fn enter<L: Lanes, const C: usize>(
    lanes: L,
    scratch: &mut Scratch<L, C>,
    picture: &Picture<'_>,
    spread: impl Spread,
    before: Option<&Line>,
    start: usize,
) {
    let Some(before) = before else {
        scratch.entering = [[[0; BLOCK]; 3]; C];
        return;
    };
    // The first lane looks ahead, and a kernel looks beside that.
    before.wait((start + BLOCK + MAX_REACH).min(picture.width));
    for (channel, entering) in scratch.entering.iter_mut().enumerate() {
        lanes.entering(before, channel, start, spread.shape(), entering);
    }
}

/// A block of steps.
struct Steps<'a, L: Lanes, S, H, const C: usize> {
    lanes: L,
    scratch: &'a mut Scratch<L, C>,
    ways: &'a mut [Way<L::V>; C],
    picture: &'a Picture<'a>,
    spread: S,
    choose: H,
    /// The number of the first step, and the step at which each lane begins.
    edges: (usize, L::V),
    ahead: Ahead<'a>,
}

/// Memory that will be used soon: for the first lane, and how far it is to that for the next.
#[derive(Debug, Clone, Copy)]
struct Ahead<'a> {
    samples: isize,
    samples_stride: isize,
    /// Where codes go; bits are so few that they need not be asked for.
    codes: &'a [u8],
    code: isize,
    code_stride: isize,
}

impl<'a> Ahead<'a> {
    /// For what is [`BLOCKS_AHEAD`] of the block of steps from `start` on.
    #[inline(always)]
    fn new<const C: usize>(
        (top, start): (usize, usize),
        width: usize,
        shape: &Shape,
        codes: &'a [u8],
    ) -> Self {
        let (width, lag) = (width as isize, shape.lag as isize);
        let channels = C as isize;
        let column = (start + (BLOCKS_AHEAD + 1) * BLOCK) as isize - offset(0, shape) as isize - 1;
        Self {
            samples: channels * (top as isize * width + column),
            samples_stride: channels * (width - lag),
            codes,
            code: column,
            code_stride: width - lag,
        }
    }
}

/// All lanes are within the picture.
struct Inside<T>(T);
/// Some lanes may not be.
struct Edge<T>(T);

impl<L: Lanes, S: Spread, H: Choose<L, C>, const C: usize> Code for Inside<Steps<'_, L, S, H, C>> {
    #[inline(always)]
    fn run(self) {
        self.0.run::<false>();
    }
}

impl<L: Lanes, S: Spread, H: Choose<L, C>, const C: usize> Code for Edge<Steps<'_, L, S, H, C>> {
    #[inline(always)]
    fn run(self) {
        self.0.run::<true>();
    }
}

impl<L: Lanes, S: Spread, H: Choose<L, C>, const C: usize> Steps<'_, L, S, H, C> {
    #[inline(always)]
    fn run<const EDGE: bool>(self) {
        let Self { lanes, scratch, ways, picture, spread, choose, edges, ahead } = self;
        let mut way = *ways;
        let weak = picture.strength != ONE;
        let strength = lanes.splat(if weak { picture.strength as i16 } else { 0 });
        let mut ahead = ahead;
        for at in 0..BLOCK {
            // As many streams as there are lanes are too many for the machine to foresee; asked for one after the other,
            // while there is something to compute, they cost nothing.
            if at < L::N {
                for line in 0..C {
                    lanes.prefetch(picture.samples, ahead.samples + (line * BLOCK) as isize);
                }
                if !<H::Out as Out<L>>::IS_BITS {
                    lanes.prefetch(ahead.codes, ahead.code);
                }
                ahead.samples += ahead.samples_stride;
                ahead.code += ahead.code_stride;
            }
            let mut value = [lanes.splat(0); C];
            unrolled!(CHANNEL in [0 1 2] {
                if CHANNEL < C {
                    let base = lanes.values(&scratch.columns[CHANNEL], at, picture.values);
                    value[CHANNEL] = lanes.add_saturating(base, way[CHANNEL].given());
                }
            });
            let (step, mut error) = choose.choose(lanes, value);
            if <H::Out as Out<L>>::IS_BITS {
                scratch.bits[at] = <H::Out as Out<L>>::bits(step);
            } else {
                let codes = <H::Out as Out<L>>::codes(lanes, step);
                lanes.put_codes(codes, &mut scratch.codes, at);
            }
            if EDGE {
                let (start, offsets) = edges;
                // Lanes whose column is within the picture: offset <= step < offset + width.
                let step = (start + at) as i32;
                let begun = (step + 1).min(i32::from(i16::MAX)) as i16;
                let ended = (step - picture.width as i32).clamp(-1, i32::from(i16::MAX)) as i16;
                let begun = lanes.greater(lanes.splat(begun), offsets);
                let ended = lanes.greater(offsets, lanes.splat(ended));
                let inside = lanes.both(begun, ended);
                for error in &mut error {
                    *error = lanes.only(inside, *error);
                }
            }
            unrolled!(CHANNEL in [0 1 2] {
                if CHANNEL < C {
                    let mut error = error[CHANNEL];
                    if weak {
                        error = lanes.part(error, strength);
                    }
                    lanes.put_last(error, &mut scratch.errors[CHANNEL][at]);
                    let [first, second, third] = &scratch.entering[CHANNEL];
                    way[CHANNEL].give(lanes, spread, error, [first[at], second[at], third[at]]);
                }
            });
        }
        for (to, from) in ways.iter_mut().zip(&way) {
            to.take(from, spread);
        }
    }
}

/// The step at which each lane begins.
#[inline(always)]
fn offsets<L: Lanes>(lanes: L, lag: usize) -> L::V {
    let mut offsets = lanes.splat((MAX_REACH + 2) as i16);
    let lag = lanes.splat(lag as i16);
    let zero = lanes.splat(0);
    // Each lane but the first adds a lag for each lane before it.
    let mut more = lanes.follow(lag, zero);
    for _ in 1..L::N {
        offsets = lanes.add(offsets, more);
        more = lanes.follow(more, zero);
    }
    offsets
}

/// Writes what a block of steps became into the rows.
#[inline(always)]
fn write<L: Lanes, H: Choose<L, C>, const C: usize>(
    lanes: L,
    scratch: &mut Scratch<L, C>,
    width: usize,
    (start, is_inside): (usize, bool),
    offset: impl Fn(usize) -> usize,
    rows: &mut [u8],
) {
    if <H::Out as Out<L>>::IS_BITS {
        let mut words = lanes.turn(&scratch.bits);
        for lane in 0..BLOCK {
            let (word, shift) = (words[lane], scratch.shifts[lane]);
            words[lane] = (scratch.carried[lane] | word >> shift).to_be();
            scratch.carried[lane] = if shift == 0 { 0 } else { word << (BLOCK as u32 - shift) };
        }
        let n_bytes = width.div_ceil(8);
        if is_inside {
            for (lane, word) in words.iter().enumerate().take(rows.len() / n_bytes) {
                let place = lane * n_bytes + (start - offset(lane)) / BLOCK * (BLOCK / 8);
                rows[place..place + BLOCK / 8].copy_from_slice(&word.to_ne_bytes());
            }
            return;
        }
        for (lane, row) in rows.chunks_exact_mut(n_bytes).enumerate() {
            // The block's first column lies in this word; words before the first column are none of the row's.
            if let Some(column) = start.checked_sub(offset(lane)) {
                put_bits(row, width, column - column % BLOCK, words[lane]);
            }
        }
    } else {
        let chunks = &mut scratch.chunks[0];
        lanes.rows(&scratch.codes, chunks);
        if is_inside {
            for (lane, chunk) in chunks.iter().enumerate().take(rows.len() / width) {
                let place = lane * width + start - offset(lane);
                rows[place..place + BLOCK].copy_from_slice(chunk);
            }
            return;
        }
        for (lane, (row, chunk)) in rows.chunks_exact_mut(width).zip(chunks).enumerate() {
            let column = start as isize - offset(lane) as isize;
            let first = column.clamp(0, width as isize);
            let end = (column + BLOCK as isize).clamp(0, width as isize);
            if first < end {
                row[first as usize..end as usize]
                    .copy_from_slice(&chunk[(first - column) as usize..(end - column) as usize]);
            }
        }
    }
}

/// Writes a word, already in the order of bytes, to 64 columns of packed bits; what is behind the last is dropped.
#[inline(always)]
fn put_bits(row: &mut [u8], width: usize, column: usize, word: u64) {
    let byte = column / 8;
    let bytes = word.to_ne_bytes();
    if column + BLOCK <= width {
        row[byte..byte + 8].copy_from_slice(&bytes);
    } else if column < width {
        let row = &mut row[byte..];
        row.copy_from_slice(&bytes[..row.len()]);
        if !width.is_multiple_of(8) {
            let last = row.len() - 1;
            row[last] &= !(u8::MAX >> (width % 8));
        }
    }
}
