//! Passing over coefficients that are not wanted, several symbols at a time.

#![expect(clippy::inline_always, reason = "5 to 8 % of the time of a thumbnail")]

use super::{
    bits::{Chunk, Window},
    huffman::{Ac, END, LONG},
};

impl Ac {
    /// Passes over what is left of a block after the coefficient `from`.
    #[inline(always)]
    pub(super) fn pass(&self, start: Window, chunk: &Chunk, from: usize) -> Window {
        // Three steps of 13 bits are within what is ready behind a DC value of the usual length, and four within
        // what is ready otherwise.
        let (mut window, mut at) =
            if start.n_ready() < 39 { (start, from) } else { self.steps::<3>(start, from) };
        loop {
            if at < 63 {
                window.refill(chunk);
                (window, at) = self.steps::<4>(window, at);
            }
            match at {
                0..63 => {}
                // The last coefficient, or the end after another.
                63 | END..=190 => return window,
                LONG.. => {
                    window.refill(chunk);
                    let Some((advance, _, used)) = self.value(window.bits) else {
                        return Window::SPOILED;
                    };
                    window.consume(used);
                    if advance == END {
                        return window;
                    }
                    at = at - LONG + advance;
                    match at {
                        0..63 => {}
                        63 => return window,
                        _ => return Window::SPOILED,
                    }
                }
                _ => return self.pass_singly(start, chunk, from),
            }
        }
    }

    /// Takes up to `N` entries of symbols, until the block may have ended.
    #[inline(always)]
    fn steps<const N: usize>(&self, mut window: Window, mut at: usize) -> (Window, usize) {
        for _ in 0..N {
            let entry = self.skip(window.bits);
            window.consume(u32::from(entry & 63));
            at += usize::from(entry >> 6);
            if at >= 63 {
                break;
            }
        }
        (window, at)
    }

    /// The same, symbol by symbol: where the block's last coefficient stands among symbols that are passed
    /// over at once.
    #[cold]
    fn pass_singly(&self, mut window: Window, chunk: &Chunk, mut at: usize) -> Window {
        while at < 63 {
            window.refill(chunk);
            let Some((advance, _, used)) = self.value(window.bits) else {
                return Window::SPOILED;
            };
            window.consume(used);
            if advance == END {
                return window;
            }
            at += advance;
        }
        if at == 63 { window } else { Window::SPOILED }
    }
}
