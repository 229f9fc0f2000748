//! Error diffusion in many rows at once, on many threads, with the bytes of one row after the other.
//!
//! A pixel waits for those that give it a part of their error, and for no other: row `y + 1` can follow row `y` at the distance
//! of the kernel's reach. So a *band* of as many rows as a vector has lanes is dithered together, each row a few
//! columns behind the one above (`band`, `spread`), and the next band follows on another thread, as far behind as the last
//! row of this one (`line`). What a lane computes is what `diffusion` computes, number for number: parts of
//! errors are products of 16-bit numbers that every vector unit rounds alike (`lanes`).
//!
//! Serpentine rows cannot follow each other: a row begins where the one above ends.

#![expect(
    clippy::inline_always,
    reason = "code is compiled for an instruction set by being inlined into a function that has it"
)]
#![expect(clippy::needless_range_loop, reason = "a lane or a channel is a place in several arrays")]

mod band;
mod bits;
mod cells;
mod choose;
mod gather;
mod lanes;
mod line;
mod palette;
mod spread;

use std::{
    slice::ChunksMut,
    sync::{Mutex, PoisonError},
};

#[cfg(target_arch = "x86_64")]
pub(crate) use self::lanes::{
    avx2::{self, Avx2},
    avx512::{self, Avx512},
};
use self::{
    band::{Band, Picture, Scratch},
    choose::{BlackWhite, Choose, Nearest, Rungs},
    lanes::pair::Pair,
    line::Line,
    palette::PaletteTable,
    spread::Any,
};
pub(crate) use self::{
    choose::MAX_RUNGS,
    gather::gather,
    lanes::{BLOCK, Instructions, Lanes, Values, plain::Plain},
    spread::{Fixed, Shape, Spread},
};
use super::{
    kernel::KERNELS,
    level::{Level, Room},
    scale::{WHITE, fraction},
};

/// What is dithered, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    /// Rows of `width` pixels of 1 or 3 samples.
    pub(crate) samples: &'a [u8],
    pub(crate) n_channels: usize,
    pub(crate) width: usize,
    /// Row of [`KERNELS`].
    pub(crate) kernel: usize,
    /// Thousandths.
    pub(crate) strength: u16,
}

/// Where the rows go, `n_bytes` each.
pub(crate) struct Sheet<'a> {
    pub(crate) rows: &'a mut [u8],
    pub(crate) n_bytes: usize,
    /// Makes a row of codes of one byte, where these are not rows themselves.
    pub(crate) put: Option<&'a PutRow<'a>>,
}

/// From codes of one byte each to a row.
pub(crate) type PutRow<'a> = dyn Fn(&[u8], &mut [u8]) + Sync + 'a;

/// The colors.
#[derive(Debug)]
pub(crate) enum Colors<'a> {
    /// Rungs of each channel, ascending from black to white, 2 to 16.
    Rungs(&'a [i32]),
    /// 2 to 256 colors.
    Palette(&'a [[i32; 3]]),
}

/// Dithers on `n_threads` threads of rayon's pool at most. `value` is what a sample stands for.
///
/// Two gray rungs make bits, that is rows of packed bits, and all else makes codes: the digits of the channels' rungs, the
/// first channel's highest, or places of colors.
pub(crate) fn diffuse(
    level: Level,
    job: &Job<'_>,
    value: impl Fn(u8) -> i32,
    colors: &Colors<'_>,
    sheet: Sheet<'_>,
    n_threads: usize,
) {
    let values = Values::new(value);
    let height = job.samples.len() / (job.width * job.n_channels);
    let picture = Picture {
        samples: job.samples,
        width: job.width,
        height,
        values: &values,
        strength: fraction(i32::from(job.strength), 1000),
    };
    let shape = Shape::of(&KERNELS[job.kernel]);
    let any = Any(&shape);
    let run = Run { level, picture, sheet, n_threads };
    match colors {
        Colors::Rungs([0, WHITE]) if job.n_channels == 1 => match job.kernel {
            0 => run.go(Fixed::<0>, BlackWhite),
            1 => run.go(Fixed::<1>, BlackWhite),
            2 => run.go(Fixed::<2>, BlackWhite),
            3 => run.go(Fixed::<3>, BlackWhite),
            4 => run.go(Fixed::<4>, BlackWhite),
            5 => run.go(Fixed::<5>, BlackWhite),
            6 => run.go(Fixed::<6>, BlackWhite),
            7 => run.go(Fixed::<7>, BlackWhite),
            8 => run.go(Fixed::<8>, BlackWhite),
            9 => run.go(Fixed::<9>, BlackWhite),
            10 => run.go(Fixed::<10>, BlackWhite),
            11 => run.go(Fixed::<11>, BlackWhite),
            12 => run.go(Fixed::<12>, BlackWhite),
            13 => run.go(Fixed::<13>, BlackWhite),
            14 => run.go(Fixed::<14>, BlackWhite),
            15 => run.go(Fixed::<15>, BlackWhite),
            16 => run.go(Fixed::<16>, BlackWhite),
            _ => run.go(any, BlackWhite),
        },
        Colors::Rungs(rungs) => {
            let step = |pair: &[i32]| (i32::midpoint(pair[0], pair[1]), pair[1] - pair[0]);
            let steps = rungs.windows(2).map(step).map(|(at, by)| (at as i16, by as i16));
            let steps: Vec<_> = steps.collect();
            let rungs = Rungs { steps: &steps };
            match (job.n_channels, job.kernel) {
                (1, 0) => run.go::<_, _, 1>(Fixed::<0>, rungs),
                (1, _) => run.go::<_, _, 1>(any, rungs),
                (_, 0) => run.go::<_, _, 3>(Fixed::<0>, rungs),
                _ => run.go::<_, _, 3>(any, rungs),
            }
        }
        Colors::Palette(colors) => {
            let table = PaletteTable::new(colors, job.width * height);
            match job.kernel {
                0 => run.go(Fixed::<0>, Nearest(&table)),
                _ => run.go(any, Nearest(&table)),
            }
        }
    }
}

struct Run<'a> {
    level: Level,
    picture: Picture<'a>,
    sheet: Sheet<'a>,
    n_threads: usize,
}

/// The way of choosing works in every room.
trait Everywhere<const C: usize>: Choose<Pair<Plain>, C> + Here<C> + Send + Sync {}
impl<H: Choose<Pair<Plain>, C> + Here<C> + Send + Sync, const C: usize> Everywhere<C> for H {}

#[cfg(target_arch = "x86_64")]
trait Here<const C: usize>:
    Choose<Avx2, C> + Choose<Pair<Avx2>, C> + Choose<Avx512, C> + Choose<Pair<Avx512>, C>
{
}
#[cfg(target_arch = "x86_64")]
impl<H, const C: usize> Here<C> for H where
    H: Choose<Avx2, C> + Choose<Pair<Avx2>, C> + Choose<Avx512, C> + Choose<Pair<Avx512>, C>
{
}
#[cfg(not(target_arch = "x86_64"))]
trait Here<const C: usize> {}
#[cfg(not(target_arch = "x86_64"))]
impl<H, const C: usize> Here<C> for H {}

impl Run<'_> {
    fn go<S: Spread + Send + Sync, H: Everywhere<C>, const C: usize>(self, spread: S, choose: H) {
        // One channel alone is a single chain of errors, and two chains hide each other's latency; three do so anyway.
        match self.level.0 {
            Room::Plain => self.follow(Pair(Plain), bands, spread, choose),
            #[cfg(target_arch = "x86_64")]
            Room::Avx2(proof) if C == 1 => self.follow(Pair(proof), avx2::bands, spread, choose),
            #[cfg(target_arch = "x86_64")]
            Room::Avx2(proof) => self.follow(proof, avx2::bands, spread, choose),
            #[cfg(target_arch = "x86_64")]
            Room::Avx512(proof) if C == 1 => {
                self.follow(Pair(proof), avx512::bands, spread, choose);
            }
            #[cfg(target_arch = "x86_64")]
            Room::Avx512(proof) => self.follow(proof, avx512::bands, spread, choose),
        }
    }

    fn follow<
        L: Lanes + Send + Sync,
        S: Spread + Send + Sync,
        H: Choose<L, C> + Send + Sync,
        const C: usize,
    >(
        self,
        lanes: L,
        bands: fn(L, &Bands<'_>, S, H),
        spread: S,
        choose: H,
    ) {
        let n_bands = self.picture.height.div_ceil(L::N);
        let n_threads = self.n_threads.clamp(1, n_bands);
        let n_steps = band::n_steps(self.picture.width, L::N, spread.shape());
        let lines = || Line::new(n_steps, L::N, C, spread.shape());
        let work = Bands {
            picture: self.picture,
            put: self.sheet.put,
            n_bytes: self.sheet.n_bytes,
            rest: Mutex::new((0, self.sheet.rows.chunks_mut(L::N * self.sheet.n_bytes))),
            lines: std::iter::repeat_with(lines).take(n_threads + 1).collect(),
        };
        if n_threads == 1 {
            bands(lanes, &work, spread, choose);
        } else {
            // This thread works as well: if it slept, those that wake up would meet on its core.
            rayon::in_place_scope(|scope| {
                for _ in 1..n_threads {
                    scope.spawn(|_| bands(lanes, &work, spread, choose));
                }
                bands(lanes, &work, spread, choose);
            });
        }
    }
}

/// The bands that are left, and the errors between them.
///
/// A thread claims the next band when it has done another, in order: so whoever waits for a line waits for a band that a
/// running thread has claimed, and of `n` threads those that are not done are the last `n`. `n + 1` lines are enough.
pub(crate) struct Bands<'a> {
    picture: Picture<'a>,
    put: Option<&'a PutRow<'a>>,
    n_bytes: usize,
    rest: Mutex<(usize, ChunksMut<'a, u8>)>,
    lines: Vec<Line>,
}

impl Bands<'_> {
    #[inline(always)]
    pub(crate) fn run<L: Lanes, H: Choose<L, C>, const C: usize>(
        &self,
        lanes: L,
        spread: impl Spread,
        choose: H,
    ) {
        let is_bits = <H::Out as choose::Out<L>>::IS_BITS;
        let mut scratch = Scratch::new();
        // Bits are rows, and so may codes be.
        let put = if is_bits { None } else { self.put };
        let mut codes = vec![0; put.map_or(0, |_| L::N * self.picture.width)];
        loop {
            let (index, rows) = {
                let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(rows) = rest.1.next() else { return };
                let index = rest.0;
                rest.0 += 1;
                self.lines[index % self.lines.len()].reset();
                (index, rows)
            };
            let line = |index: usize| &self.lines[index % self.lines.len()];
            let band = Band {
                top: index * L::N,
                before: index.checked_sub(1).map(line),
                after: line(index),
            };
            let target = if put.is_none() { &mut *rows } else { &mut codes };
            band::dither(lanes, &mut scratch, &self.picture, spread, choose, band, target);
            if let Some(put) = put {
                let codes = codes.chunks_exact(self.picture.width);
                for (row, codes) in rows.chunks_exact_mut(self.n_bytes).zip(codes) {
                    put(codes, row);
                }
            }
        }
    }
}

fn bands<L: Lanes, S: Spread, H: Choose<L, C>, const C: usize>(
    lanes: L,
    bands: &Bands<'_>,
    spread: S,
    choose: H,
) {
    bands.run(lanes, spread, choose);
}
