//! The data of a scan as a stream of bits.
//!
//! A 0xFF byte of the data is followed by a 0 in the file (ITU-T T.81, B.1.1.5). The zeros are taken out
//! chunk by chunk, so that who reads bits has nothing to look out for, and the chunk stays in the cache.

#![expect(clippy::inline_always, reason = "5 to 8 % of the time of a thumbnail")]

/// Bytes of a chunk.
const CHUNK: usize = 1 << 14;

/// More bytes than a unit takes: ten blocks of 64 coefficients of at most 31 bits.
const UNIT: usize = 10 * 64 * 4;

/// Bytes of a scan, behind its header.
pub(super) struct Stream<'a> {
    file: &'a [u8],
    /// Where the next chunk begins.
    at: usize,
    /// Data up to `end`, and zeros.
    chunk: Box<[u8; CHUNK + 8]>,
    end: usize,
    /// Where a unit may still begin.
    low: usize,
    /// A marker was met: what `at` points to.
    is_over: bool,
}

/// The next bits of a stream: what is read and changed most, and so apart, and small enough for two registers.
#[derive(Clone, Copy)]
pub(super) struct Window {
    /// From the top; below `count` of them, anything.
    pub(super) bits: u64,
    count: u32,
    /// The next byte of the chunk.
    at: u32,
}

impl<'a> Stream<'a> {
    pub(super) fn new(file: &'a [u8], at: usize) -> (Self, Window) {
        #[expect(
            clippy::large_stack_arrays,
            reason = "eight bytes above the bound, and boxed at once"
        )]
        let chunk = Box::new([0; CHUNK + 8]);
        let mut stream = Self { file, at, chunk, end: 0, low: 0, is_over: false };
        stream.fill(0);
        (stream, Window::START)
    }

    /// Has the bytes of a unit ready; none when more bits were read than there are.
    #[inline]
    pub(super) fn ready(&mut self, window: Window) -> Option<Window> {
        if window.at as usize <= self.low { Some(window) } else { self.more(window) }
    }

    #[cold]
    fn more(&mut self, mut window: Window) -> Option<Window> {
        let consumed = window.consumed();
        if consumed > self.end || self.is_over {
            return (consumed <= self.end).then_some(window);
        }
        // What is not consumed moves to the front.
        let kept = self.end - consumed;
        self.chunk.copy_within(consumed..self.end, 0);
        window.at -= consumed as u32;
        self.fill(kept);
        Some(window)
    }

    /// Fills the chunk from `kept` on.
    fn fill(&mut self, kept: usize) {
        self.end = kept;
        let limit = CHUNK - UNIT;
        while self.end < limit {
            let room = limit - self.end;
            let Some(rest) = self.file.get(self.at..).filter(|rest| !rest.is_empty()) else {
                self.is_over = true;
                break;
            };
            let rest = &rest[..rest.len().min(room)];
            let n_plain = memchr::memchr(0xFF, rest).unwrap_or(rest.len());
            self.chunk[self.end..self.end + n_plain].copy_from_slice(&rest[..n_plain]);
            self.end += n_plain;
            self.at += n_plain;
            if n_plain == rest.len() {
                continue;
            }
            match self.file.get(self.at + 1) {
                Some(0) => {
                    self.chunk[self.end] = 0xFF;
                    self.end += 1;
                    self.at += 2;
                }
                Some(0xFF) => self.at += 1,
                _ => {
                    self.is_over = true;
                    break;
                }
            }
        }
        // As far as a unit that begins at the end could read.
        self.chunk[self.end..self.end + UNIT].fill(0);
        self.low = if self.is_over { self.end } else { self.end.saturating_sub(UNIT) };
    }

    /// Goes on behind the restart marker of this number (T.81, E.2.4); none when there is another.
    pub(super) fn restart(&mut self, window: Window, number: usize) -> Option<Window> {
        self.finish(window)?;
        let marker = 0xD0 + (number & 7) as u8;
        if self.file.get(self.at..self.at + 2)? != [0xFF, marker] {
            return None;
        }
        self.at += 2;
        self.is_over = false;
        self.fill(0);
        Some(Window::START)
    }

    /// Where the marker is that ends the data; none when more bits were read than there are.
    ///
    /// Data that nobody asked for is passed over.
    pub(super) fn finish(&mut self, window: Window) -> Option<usize> {
        if window.consumed() > self.end {
            return None;
        }
        while !self.is_over {
            self.fill(0);
        }
        Some(self.at)
    }

    pub(super) fn chunk(&self) -> &Chunk {
        &self.chunk
    }
}

/// Bytes without stuffing, and zeros.
pub(super) type Chunk = [u8; CHUNK + 8];

impl Window {
    const START: Self = Self { bits: 0, count: 0, at: 0 };

    /// What follows a fault: so far beyond all data that there is no further unit, whatever is read before one is asked for.
    pub(super) const SPOILED: Self = Self { bits: 0, count: 0, at: 1 << 31 };

    /// Has at least 56 bits ready (F. Giesen, "Reading bits in far too many ways, part 2", 2018).
    #[inline(always)]
    pub(super) fn refill(&mut self, chunk: &Chunk) {
        let at = self.at as usize & (CHUNK - 1);
        let mut next = [0; 8];
        next.copy_from_slice(&chunk[at..at + 8]);
        self.bits |= u64::from_be_bytes(next) >> self.count;
        self.at += (63 - self.count) >> 3;
        self.count |= 0b11_1000;
    }

    /// Bits that are ready.
    #[inline]
    pub(super) fn n_ready(self) -> u32 {
        self.count
    }

    /// Drops bits that are ready.
    #[inline(always)]
    pub(super) fn consume(&mut self, n_bits: u32) {
        self.bits <<= n_bits;
        self.count -= n_bits;
    }

    /// The next bits, at most 16, dropped; some must be ready.
    #[inline]
    pub(super) fn take(&mut self, n_bits: u32) -> u32 {
        let taken = if n_bits == 0 { 0 } else { (self.bits >> (64 - n_bits)) as u32 };
        self.consume(n_bits);
        taken
    }

    /// Bytes of which at least one bit was read.
    fn consumed(&self) -> usize {
        (self.at - (self.count >> 3)) as usize
    }
}
