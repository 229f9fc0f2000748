//! Codes, and the tables that answer for many bits at once.
//!
//! Decoding is bound by latency: the next code begins where the last one ends. So each table takes a code
//! together with the bits of its value, and [`Ac::skips`] takes as many whole symbols as its bits hold.

/// Bits that select an entry of [`Ac::skips`]; 12 to 14 take the same time.
const SKIP_BITS: u32 = 13;

/// Bits that select an entry of [`Dc`] and [`Ac::values`].
const VALUE_BITS: u32 = 10;

/// Bits that tell most codes.
const SHORT_BITS: u32 = 9;

/// Codes by their length (ITU-T T.81, annexes C and F.2.2.3).
#[derive(Clone)]
pub(super) struct Code {
    /// For each length from 1: one above the largest code, at the top of 16 bits.
    ends: [u32; 16],
    /// For each length: what leads from a code to its symbol.
    offsets: [i32; 16],
    symbols: [u8; 256],
    /// Length and symbol by the first bits, for codes of no more; 0 for longer ones.
    short: [u16; 1 << SHORT_BITS],
}

impl Code {
    /// The code with so many symbols of each length; none when they overflow it.
    pub(super) fn new(lengths: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut code = Self { ends: [0; 16], offsets: [0; 16], symbols: [0; 256], short: [0; _] };
        code.symbols.get_mut(..symbols.len())?.copy_from_slice(symbols);
        let (mut next, mut n_before) = (0_u32, 0_i32);
        for (at, &count) in lengths.iter().enumerate() {
            code.offsets[at] = n_before - next as i32;
            next += u32::from(count);
            n_before += i32::from(count);
            if next > 2 << at {
                return None;
            }
            code.ends[at] = next << (15 - at);
            next <<= 1;
        }
        for prefix in 0..1 << SHORT_BITS {
            if let Some((length, symbol)) = code.long_symbol((prefix as u64) << (64 - SHORT_BITS))
                && length <= SHORT_BITS
            {
                code.short[prefix] = (length << 8) as u16 | u16::from(symbol);
            }
        }
        Some(code)
    }

    /// Length and symbol of the code at the top of `bits`; none when there is no such code.
    #[inline]
    pub(super) fn symbol(&self, bits: u64) -> Option<(u32, u8)> {
        let entry = self.short[(bits >> (64 - SHORT_BITS)) as usize];
        if entry == 0 { self.long_symbol(bits) } else { Some((u32::from(entry >> 8), entry as u8)) }
    }

    fn long_symbol(&self, bits: u64) -> Option<(u32, u8)> {
        let top = (bits >> 48) as u32;
        let at = self.ends.iter().position(|&end| top < end)?;
        let index = (top >> (15 - at)) as i32 + self.offsets[at];
        Some((at as u32 + 1, *self.symbols.get(index as usize)?))
    }
}

/// The value of `size` bits at the top of `bits` (T.81, F.2.2.1, EXTEND).
#[inline]
pub(super) fn extended(bits: u64, size: u32) -> i32 {
    if size == 0 {
        return 0;
    }
    let value = (bits >> (64 - size)) as i32;
    if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value }
}

/// Codes of DC differences.
pub(super) struct Dc {
    code: Code,
    /// Difference in the upper half, bits in the lower; 0 for what is longer.
    values: Box<[u32; 1 << VALUE_BITS]>,
}

impl Dc {
    pub(super) fn new(code: &Code) -> Self {
        let mut dc = Self { code: code.clone(), values: Box::new([0; _]) };
        for prefix in 0..1 << VALUE_BITS {
            if let Some((difference, used)) = dc.slowly((prefix as u64) << (64 - VALUE_BITS))
                && used <= VALUE_BITS
            {
                dc.values[prefix] = (difference as u32) << 16 | used;
            }
        }
        dc
    }

    /// Difference and length of what is at the top of `bits`, of which there are 32 at least.
    #[inline]
    pub(super) fn difference(&self, bits: u64) -> Option<(i32, u32)> {
        let entry = self.values[(bits >> (64 - VALUE_BITS)) as usize];
        if entry != 0 { Some((entry as i32 >> 16, entry & 63)) } else { self.slowly(bits) }
    }

    #[cold]
    fn slowly(&self, bits: u64) -> Option<(i32, u32)> {
        let (length, size) = self.code.symbol(bits)?;
        let size = u32::from(size);
        (size < 16).then(|| (extended(bits << length, size), length + size))
    }
}

/// Codes of AC coefficients: a run of zeros and the size of what follows.
pub(super) struct Ac {
    code: Code,
    /// See [`Ac::skip`].
    skips: Box<[u16; 1 << SKIP_BITS]>,
    /// See [`Ac::value`].
    values: Box<[u32; 1 << VALUE_BITS]>,
}

/// Coefficients that [`Ac::skip`] passes when the block ends.
pub(super) const END: usize = 128;

/// What [`Ac::skip`] adds when no symbol is whole.
pub(super) const LONG: usize = 512;

impl Ac {
    pub(super) fn new(code: &Code) -> Self {
        // One symbol with the bits of its value each: advance and bits, or 0.
        let mut ones = [0_u16; 1 << SKIP_BITS];
        let mut values = Box::new([0; 1 << VALUE_BITS]);
        for prefix in 0..1_usize << SKIP_BITS {
            let bits = (prefix as u64) << (64 - SKIP_BITS);
            let Some((length, symbol)) = code.symbol(bits) else { continue };
            let Some((advance, size)) = meaning(symbol) else { continue };
            let used = length + size;
            if used <= SKIP_BITS {
                ones[prefix] = (advance << 6) as u16 | used as u16;
            }
            if used <= VALUE_BITS {
                let value = extended(bits << length, size);
                values[prefix >> (SKIP_BITS - VALUE_BITS)] =
                    (value as u32) << 16 | (advance << 6) as u32 | used;
            }
        }
        let mut skips = Box::new([0; 1 << SKIP_BITS]);
        for (prefix, skip) in skips.iter_mut().enumerate() {
            let mut all = ones[prefix];
            while all != 0 && usize::from(all >> 6) < END {
                let used = u32::from(all & 63);
                let next = ones[prefix << used & ((1 << SKIP_BITS) - 1)];
                // A sum of more than a block has is left to the last step to find out.
                let is_within = usize::from(all >> 6) + usize::from(next >> 6) % END < 64;
                if next == 0 || used + u32::from(next & 63) > SKIP_BITS || !is_within {
                    break;
                }
                all += next;
            }
            *skip = if all == 0 { (LONG << 6) as u16 } else { all };
        }
        Self { code: code.clone(), skips, values }
    }

    /// Passes over whole symbols at the top of `bits`: bits used in the lower six bits, above them how far
    /// it goes, [`END`] more when the block ends there; [`LONG`] when not even one symbol is whole.
    #[inline]
    pub(super) fn skip(&self, bits: u64) -> u16 {
        self.skips[(bits >> (64 - SKIP_BITS)) as usize]
    }

    /// One symbol with its value: how far it goes ([`END`] for the block's end), value, bits used.
    #[inline]
    pub(super) fn value(&self, bits: u64) -> Option<(usize, i32, u32)> {
        let entry = self.values[(bits >> (64 - VALUE_BITS)) as usize];
        if entry != 0 {
            Some((entry as usize >> 6 & 1023, entry as i32 >> 16, entry & 63))
        } else {
            self.slowly(bits)
        }
    }

    #[cold]
    fn slowly(&self, bits: u64) -> Option<(usize, i32, u32)> {
        let (length, symbol) = self.code.symbol(bits)?;
        let (advance, size) = meaning(symbol)?;
        Some((advance, extended(bits << length, size), length + size))
    }
}

/// How far a symbol of a sequential scan goes, and the bits of its value; none for what has no meaning.
fn meaning(symbol: u8) -> Option<(usize, u32)> {
    let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
    match (run, size) {
        (15, 0) => Some((16, 0)),
        (0, 0) => Some((END, 0)),
        (_, 0) => None,
        _ => Some((run + 1, size)),
    }
}
